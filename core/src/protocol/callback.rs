//! Objects that travel as parameters and are called back over the same connection.
//!
//! The consumer writes null for such a parameter and names the object by a number in the attachment
//! `sys_callback_arg-<index>`. The provider calls the object with an ordinary request in the other direction, whose
//! attachment `callback.service.instid` is that number. Which parameters these are stands in the provider's URL:
//! `<method>.<index>.callback` is `true` where the method takes an object, `false` where it lets one go.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::admission::{Ends, Refusal, time_left, visible};
use super::exporter::Exporter;
use super::failure::rpc_error;
use super::inbound::{CallResponder, ServiceHandler};
use super::method_table::MethodTable;
use super::outcome;
use super::server::Arrival;
use crate::codec::descriptor::{Parameters, class_name};
use crate::codec::frame::status;
use crate::codec::hessian::Limits;
use crate::codec::request::{RequestHead, RequestTemplate};
use crate::codec::version::supports_response_attachments;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::{Body, Channel, Handler, Request};
use crate::filter::FilterRegistry;
use crate::rpc::{Arguments, Attachments, CallbackArgument, Invocation, Method, RpcResult};
use crate::url::Url;

/// Attachment that names the object of a reverse call.
const INSTANCE: &str = "callback.service.instid";

/// Dubbo's default of `callbacks`: objects of one interface that may live on one connection.
const DEFAULT_INSTANCES: i64 = 1;

fn argument_key(index: usize) -> String {
    format!("sys_callback_arg-{index}")
}

/// The callback parameters of each method, as `<method>.<index>.callback` declares them: index, and whether the object
/// comes (true) or goes.
pub(crate) fn declared_by_method(url: &Url) -> FxHashMap<Box<str>, Vec<(usize, bool)>> {
    let mut declared: FxHashMap<Box<str>, Vec<(usize, bool)>> = FxHashMap::default();
    for (key, value) in url.params() {
        let Some((method, index)) = key.strip_suffix(".callback").and_then(|key| key.rsplit_once('.')) else {
            continue;
        };
        let Ok(index) = index.parse() else { continue };
        declared.entry(method.into()).or_default().push((index, value.eq_ignore_ascii_case("true")));
    }
    declared
}

// ---- provider: calls go back to the consumer ----------------------------------------------------

/// An object of the consumer, as the provider holds it. It works for as long as the connection does.
#[derive(Clone)]
pub struct CallbackProxy {
    /// The parameter that it was passed as.
    pub index: usize,
    /// True when the method that received it lets it go: it must not be kept after the call.
    pub is_leaving: bool,
    channel: Channel,
    interface: Arc<str>,
    instance: Arc<str>,
    timeout: Duration,
}

impl CallbackProxy {
    /// Name of its interface.
    #[must_use]
    pub fn interface(&self) -> &str {
        &self.interface
    }

    /// True until the connection ends.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.channel.is_open()
    }

    /// Number of the connection that it lives on.
    #[must_use]
    pub fn connection(&self) -> u64 {
        self.channel.id()
    }

    /// The number that the consumer gave to the object; unique on the connection for its interface.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Calls the object and waits for its answer.
    ///
    /// # Errors
    ///
    /// As a call of a service; [`ErrorCode::Network`] when the connection has ended.
    pub async fn invoke(&self, invocation: &Invocation) -> Result<RpcResult> {
        let method = &invocation.method;
        let timeout = invocation.options.timeout.unwrap_or(self.timeout);
        let result = match self.body(invocation) {
            Ok(body) => {
                self.channel.request(body, timeout).await.and_then(|r| outcome::decode(r, Limits::DEFAULT))
            }
            Err(error) => Err(error),
        };
        result.map_err(|error| rpc_error(error, &method.name, &self.url()))
    }

    fn body(&self, invocation: &Invocation) -> Result<Body> {
        let mut constants = Attachments::new();
        constants.set("path", self.interface.to_string());
        constants.set(INSTANCE, self.instance.to_string());
        let template = RequestTemplate::new(&self.interface, None, &invocation.method, constants)
            .map_err(outcome::encode_error)?;
        let pieces = template.encode(&invocation.arguments, &invocation.attachments);
        Ok(Body::from_segments(pieces.map_err(outcome::encode_error)?.all().into_iter().cloned()))
    }

    fn url(&self) -> Url {
        let remote = self.channel.remote_addr();
        Url::new("dubbo", &remote.ip().to_string(), remote.port()).with_path(&self.interface)
    }
}

impl fmt::Debug for CallbackProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallbackProxy({}.{} on {})", self.interface, self.instance, self.channel)
    }
}

/// Which objects of the consumer live on a connection.
#[derive(Debug, Default)]
struct Instances(Mutex<Vec<(Arc<str>, Arc<str>)>>);

/// The objects that a call brings or takes away.
pub(super) fn proxies(
    channel: &Channel,
    exporter: &Exporter,
    method: &Method,
    attachments: &Attachments,
) -> Result<Vec<CallbackProxy>, Refusal> {
    let declared = exporter.callbacks(&method.name);
    if declared.is_empty() {
        return Ok(Vec::new());
    }
    let instances = channel.extension(Instances::default);
    let mut proxies = Vec::new();
    for &(index, is_coming) in declared {
        let Some(instance) = attachments.text(&argument_key(index)) else { continue };
        let interface = Parameters::new(&method.descriptor).nth(index).and_then(class_name);
        let Some(interface) = interface else {
            return Err(Refusal::broken(format_args!(
                "callback parameter {index} of {} is no object",
                method.name
            )));
        };
        let (interface, instance): (Arc<str>, Arc<str>) = (interface.into(), instance.into());
        if is_coming {
            let limit = exporter.url().int_param("callbacks", DEFAULT_INSTANCES);
            instances.add(&interface, &instance, limit, channel)?;
        } else {
            instances.remove(&interface, &instance);
        }
        let timeout = exporter.url().millis_param("timeout", Duration::from_secs(1));
        let is_leaving = !is_coming;
        proxies.push(CallbackProxy {
            index,
            is_leaving,
            channel: channel.clone(),
            interface,
            instance,
            timeout,
        });
    }
    Ok(proxies)
}

impl Instances {
    fn add(
        &self,
        interface: &Arc<str>,
        instance: &Arc<str>,
        limit: i64,
        channel: &Channel,
    ) -> Result<(), Refusal> {
        let mut all = self.0.lock();
        if all.iter().any(|(i, n)| i == interface && n == instance) {
            return Ok(());
        }
        let count = all.iter().filter(|(i, _)| i == interface).count();
        if i64::try_from(count).is_ok_and(|count| count >= limit) {
            return Err(Refusal::broken(format_args!(
                "java.lang.IllegalStateException: interface {interface} `s callback instances num exceed providers \
                 limit :{limit} ,current num: {}. The new callback service will not work !!! you can cancel the \
                 callback service which exported before. channel :{channel}",
                count + 1
            )));
        }
        all.push((Arc::clone(interface), Arc::clone(instance)));
        Ok(())
    }

    fn remove(&self, interface: &Arc<str>, instance: &Arc<str>) {
        self.0.lock().retain(|(i, n)| i != interface || n != instance);
    }
}

// ---- consumer: objects are called back -----------------------------------------------------------

/// An object that may be passed to a provider to be called back. Passing it twice passes the same object.
#[derive(Debug)]
pub struct CallbackService(Arc<Exporter>);

impl CallbackService {
    /// Creates an object with this Java interface.
    ///
    /// # Errors
    ///
    /// None today; the signature leaves room for filters of callbacks.
    pub fn new(interface: &str, methods: MethodTable, handler: Arc<dyn ServiceHandler>) -> Result<Arc<Self>> {
        let url = Url::new("dubbo", "0.0.0.0", 0).with_path(interface).with_param("interface", interface);
        Ok(Arc::new(Self(Arc::new(Exporter::new(url, methods, handler, &FilterRegistry::builtin())?))))
    }

    /// This object as parameter `index` of a call, whose encoded argument must be null.
    #[must_use]
    pub fn argument(self: &Arc<Self>, index: usize) -> CallbackArgument {
        CallbackArgument { index, object: Arc::clone(self) as Arc<dyn Any + Send + Sync> }
    }
}

/// The objects that were passed to the provider at the other end of a client, by number. The numbers count up from 1
/// and are never used twice.
#[derive(Debug, Default)]
pub(crate) struct CallbackHost {
    objects: Mutex<Objects>,
}

#[derive(Debug, Default)]
struct Objects {
    last: i32,
    all: Vec<(i32, Arc<CallbackService>)>,
}

impl CallbackHost {
    /// Adds the attachments that name the objects of a call. `declared` are the callback parameters of its method.
    pub(crate) fn announce(
        &self,
        arguments: &[CallbackArgument],
        declared: &[(usize, bool)],
        limit: i64,
        attachments: &mut Attachments,
    ) -> Result<()> {
        for argument in arguments {
            let Some(&(index, is_coming)) = declared.iter().find(|(index, _)| *index == argument.index)
            else {
                let text = format!(
                    "parameter {} takes no callback: the provider's URL does not say so",
                    argument.index
                );
                return Err(Error::new(ErrorCode::InvalidArgument, text));
            };
            let Ok(object) = Arc::clone(&argument.object).downcast::<CallbackService>() else {
                let text = "a callback argument is made by CallbackService::argument";
                return Err(Error::new(ErrorCode::InvalidArgument, text));
            };
            let number = if is_coming {
                self.objects.lock().add(&object, limit)?
            } else {
                self.objects.lock().remove(&object)
            };
            attachments.set(argument_key(index), number.to_string());
        }
        Ok(())
    }

    fn find(&self, interface: &str, number: &str) -> Option<Arc<Exporter>> {
        let number: i32 = number.parse().ok()?;
        let objects = self.objects.lock();
        let (_, object) =
            objects.all.iter().find(|(n, object)| *n == number && object.0.interface() == interface)?;
        Some(Arc::clone(&object.0))
    }

    fn serve(&self, ends: Ends, request: Request) {
        let Request { body, responder, .. } = request;
        match self.arrival(&body, ends) {
            Ok((arrival, with_attachments)) => {
                arrival.run(CallResponder::network(responder, with_attachments));
            }
            Err(refusal) => {
                tracing::warn!(provider = %ends.remote, "{}", refusal.text);
                responder.fail(refusal.status, &refusal.text);
            }
        }
    }

    fn arrival(&self, body: &bytes::Bytes, ends: Ends) -> Result<(Arrival, bool), Refusal> {
        let hessian = |error| Refusal::broken(format_args!("HessianProtocolException: {error}"));
        let request =
            RequestHead::decode(body, Limits::DEFAULT).and_then(RequestHead::finish).map_err(hessian)?;
        let number = request.attachments.text(INSTANCE).unwrap_or_default();
        let Some(exporter) = self.find(request.path(), number) else {
            let (path, method) = (request.path(), &request.head.method);
            return Err(Refusal::broken(format_args!(
                "java.lang.IllegalArgumentException: Service not found:{path}, {method}"
            )));
        };
        let head = &request.head;
        let Some(method) = exporter.methods().find(&head.method, &head.descriptor) else {
            return Err(Refusal::new(
                status::SERVICE_ERROR,
                format!(
                    "The methodName {} not found in callback service interface ,invoke will be ignored. please update \
                     the api interface.",
                    head.method
                ),
            ));
        };
        let with_attachments = supports_response_attachments(head.protocol_version.as_deref());
        let count = request.argument_count;
        let arguments = Arguments { bytes: request.arguments, count };
        let mut invocation = Invocation::new(method, arguments);
        invocation.attachments = visible(&exporter, &request.attachments);
        let deadline = time_left(&request.attachments).and_then(|left| Instant::now().checked_add(left));
        let arrival = Arrival { exporter, invocation, callbacks: Vec::new(), generic: None, deadline, ends };
        Ok((arrival, with_attachments))
    }
}

impl Objects {
    fn add(&mut self, object: &Arc<CallbackService>, limit: i64) -> Result<i32> {
        if let Some((number, _)) = self.all.iter().find(|(_, known)| Arc::ptr_eq(known, object)) {
            return Ok(*number);
        }
        let interface = object.0.interface();
        let count = self.all.iter().filter(|(_, known)| known.0.interface() == interface).count();
        if i64::try_from(count).is_ok_and(|count| count >= limit) {
            return Err(Error::new(
                ErrorCode::LimitExceeded,
                format!(
                    "interface {interface} `s callback instances num exceed providers limit :{limit} ,current num: {}. \
                     The new callback service will not work !!! you can cancel the callback service which exported \
                     before.",
                    count + 1
                ),
            ));
        }
        self.last += 1;
        self.all.push((self.last, Arc::clone(object)));
        Ok(self.last)
    }

    /// The number of an object that goes; a fresh one for an object that was never there, which the provider ignores.
    fn remove(&mut self, object: &Arc<CallbackService>) -> i32 {
        if let Some(at) = self.all.iter().position(|(_, known)| Arc::ptr_eq(known, object)) {
            return self.all.swap_remove(at).0;
        }
        self.last += 1;
        self.last
    }
}

impl Handler for CallbackHost {
    fn requests(&self, channel: &Channel, batch: &mut Vec<Request>) {
        let ends = Ends { remote: channel.remote_addr(), local: channel.local_addr() };
        for request in batch.drain(..) {
            self.serve(ends, request);
        }
    }
}
