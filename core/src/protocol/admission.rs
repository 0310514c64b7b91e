//! From the bytes of a request to the service and method that it means, or to the refusal that Java would send.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::exporter::{Exporter, Exporters, exporter_key};
use super::failure::NOT_FOUND_EXPORTED_SERVICE;
use super::recent::Lookup;
use crate::codec::descriptor::{is_echo, is_generic_call};
use crate::codec::hessian::Limits;
use crate::codec::request::{DecodedRequest, RequestHead, WireAttachments};
use crate::codec::version::supports_response_attachments;
use crate::rpc::{Attachments, Method};

/// Id of Hessian2, the one serialization that is spoken here.
pub(crate) const HESSIAN2: u8 = 2;

/// A request that has found its service.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) target: Target,
    pub(crate) arguments: Bytes,
    /// Where they are in the body.
    pub(crate) arguments_at: Range<usize>,
    pub(crate) argument_count: usize,
    /// Those that the filters of the service see; without filters, those that the service itself sees.
    pub(crate) attachments: Attachments,
    /// How long the caller still waits, if it says so.
    pub(crate) time_left: Option<Duration>,
    /// Whether the caller reads response attachments.
    pub(crate) with_attachments: bool,
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Target {
    /// A method of the service.
    Method(Arc<Method>),
    /// A method named in the arguments.
    Generic,
    /// The argument itself.
    Echo,
}

/// Why a request is not executed, as status and text of the answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u8,
    pub(crate) text: String,
}

impl Refusal {
    pub(crate) fn new(status: u8, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// The request could not be decoded; `cause` names what is wrong.
    pub(crate) fn broken(cause: impl std::fmt::Display) -> Self {
        Self::new(40, format!("Fail to decode request due to: {cause}"))
    }
}

/// The two ends of the connection, for texts and for the lookup by port.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) remote: SocketAddr,
    pub(crate) local: SocketAddr,
}

/// Finds what a request means that is unlike the recent ones.
pub(crate) fn admit(
    exporters: &Exporters,
    recent: &Lookup<'_>,
    serialization: u8,
    body: &Bytes,
    limits: Limits,
    ends: Ends,
) -> Result<Admitted, Refusal> {
    if serialization != HESSIAN2 {
        return Err(Refusal::broken(format_args!(
            "java.io.IOException: Unexpected serialization id:{serialization} received from network, please check if \
             the peer send the right id. "
        )));
    }
    let admitted = decode(exporters, body, limits, ends)?;
    recent.remember(body, &admitted);
    Ok(admitted)
}

fn decode(exporters: &Exporters, body: &Bytes, limits: Limits, ends: Ends) -> Result<Admitted, Refusal> {
    let hessian = |error| Refusal::broken(format_args!("HessianProtocolException: {error}"));
    let head = RequestHead::decode(body, limits).map_err(hessian)?;
    check_declared(exporters, &head)?;
    let request = head.finish().map_err(hessian)?;
    let Some(exporter) = exporters.find(request.path(), request.version(), request.group()) else {
        return Err(not_exported(exporters, &request, ends));
    };
    let target = target(&exporter, &request.head)?;
    let with_attachments = supports_response_attachments(request.head.protocol_version.as_deref());
    let attachments = visible(&exporter, &request.attachments);
    let time_left = time_left(&request.attachments);
    let DecodedRequest { arguments, arguments_at, argument_count, .. } = request;
    Ok(Admitted {
        exporter,
        target,
        arguments,
        arguments_at,
        argument_count,
        attachments,
        time_left,
        with_attachments,
    })
}

/// Attachments that are the protocol's own business: services do not see them.
const PROTOCOL_KEYS: [&str; 10] =
    ["path", "interface", "group", "version", "dubbo", "token", "timeout", "_TO", "_to", "async"];

/// True for what a service sees among the attachments of a call.
pub(crate) fn is_for_services(key: &str) -> bool {
    !PROTOCOL_KEYS.contains(&key)
}

pub(crate) fn visible(exporter: &Exporter, attachments: &WireAttachments<'_>) -> Attachments {
    let filtered = !exporter.chain().is_empty();
    attachments.to_attachments(|key| filtered || is_for_services(key))
}

/// `_TO`, or `_to` as some 3.x senders spell it, in milliseconds.
pub(crate) fn time_left(attachments: &WireAttachments<'_>) -> Option<Duration> {
    let ms = attachments.number("_TO").or_else(|| attachments.number("_to"))?;
    u64::try_from(ms).ok().map(Duration::from_millis)
}

/// Java's check while decoding: the interface must have the method. Calls without parameters pass here, since Java
/// looks at the interface only to find out the types of the arguments.
fn check_declared(exporters: &Exporters, head: &RequestHead<'_>) -> Result<(), Refusal> {
    let (method, descriptor) = (&*head.method, &*head.descriptor);
    if descriptor.is_empty() || is_echo(method, descriptor) || is_generic_call(method, descriptor) {
        return Ok(());
    }
    let has_method = |exporter: &Exporter| exporter.methods().find(method, descriptor).map(drop);
    exporters.find_declared(&head.path, has_method).ok_or_else(|| {
        Refusal::broken(format_args!(
            "java.lang.IllegalArgumentException: Service not found:{}, {method}",
            head.path
        ))
    })
}

fn target(exporter: &Exporter, head: &RequestHead<'_>) -> Result<Target, Refusal> {
    let (method, descriptor) = (&*head.method, &*head.descriptor);
    if is_echo(method, descriptor) {
        return Ok(Target::Echo);
    }
    // A service may implement generic calls itself; one that takes every name does not.
    if is_generic_call(method, descriptor) && !exporter.methods().has(method) {
        return Ok(Target::Generic);
    }
    if let Some(method) = exporter.methods().find(method, descriptor) {
        return Ok(Target::Method(method));
    }
    let interface = exporter.interface();
    Err(Refusal::new(
        70,
        format!(
            "org.apache.dubbo.rpc.RpcException: Failed to invoke remote proxy method {method} to {}, cause: Not found \
             method \"{method}\" in class {interface}.",
            exporter.url()
        ),
    ))
}

fn not_exported(exporters: &Exporters, request: &DecodedRequest<'_>, ends: Ends) -> Refusal {
    let key = exporter_key(request.group(), request.path(), request.version(), ends.local.port());
    let text = format!(
        "org.apache.dubbo.remoting.RemotingException: {NOT_FOUND_EXPORTED_SERVICE}{key} in {}, may be version or group \
         mismatch , channel: consumer: /{} --> provider: /{}, message:RpcInvocation [methodName={}, \
         parameterTypes={}]",
        exporters.keys(),
        ends.remote,
        ends.local,
        request.head.method,
        request.head.descriptor,
    );
    Refusal::new(70, text)
}
