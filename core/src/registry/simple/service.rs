//! The interface `RegistryService` on the wire: methods, arguments, results.

use bytes::Bytes;

use super::java_url::JavaUrl;
use crate::codec::hessian::{DecodeError, Reader, ToHessian, Writer};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::method_table::MethodTable;
use crate::rpc::Arguments;
use crate::url::Url;

/// The interface of the registry itself.
pub(super) const REGISTRY_SERVICE: &str = "org.apache.dubbo.registry.RegistryService";

/// The interface of the objects that it calls back.
pub(super) const NOTIFY_LISTENER: &str = "org.apache.dubbo.registry.NotifyListener";

/// Descriptor of the methods that take a URL.
pub(super) const URL: &str = "Lorg/apache/dubbo/common/URL;";

/// Descriptor of the methods that take a URL and a listener.
pub(super) const URL_AND_LISTENER: &str =
    "Lorg/apache/dubbo/common/URL;Lorg/apache/dubbo/registry/NotifyListener;";

/// Descriptor of `notify`.
pub(super) const LIST: &str = "Ljava/util/List;";

/// What both sides put into the registry's URL, as Java's clients do.
const PARAMETERS: &[(&str, &str)] = &[
    ("interface", REGISTRY_SERVICE),
    ("callbacks", "10000"),
    ("subscribe.1.callback", "true"),
    ("unsubscribe.1.callback", "false"),
];

/// Milliseconds that a call or a notification may take, unless the registry's URL says otherwise.
const TIMEOUT: &str = "10000";

/// The URL of the service at an address.
pub(super) fn service_url(registry: &Url) -> Url {
    let url = registry.clone().with_protocol("dubbo").with_path(REGISTRY_SERVICE);
    url.with_params(PARAMETERS.iter().copied())
        .with_param_if_absent("timeout", TIMEOUT)
        .with_param_if_absent("connect.timeout", TIMEOUT)
}

/// The methods of the service.
pub(super) fn methods() -> MethodTable {
    MethodTable::new()
        .with("register", URL)
        .with("unregister", URL)
        .with("lookup", URL)
        .with("subscribe", URL_AND_LISTENER)
        .with("unsubscribe", URL_AND_LISTENER)
}

/// One URL, followed by the null that stands for a listener if there is one.
pub(super) fn url_arguments(url: &Url, with_listener: bool) -> Result<Arguments> {
    let mut w = Writer::new();
    w.value(&JavaUrl(url.clone())).map_err(encode_error)?;
    if with_listener {
        w.null();
    }
    arguments(w, 1 + usize::from(with_listener))
}

/// A list of URLs as the only argument.
pub(super) fn list_arguments(urls: &[Url]) -> Result<Arguments> {
    let mut w = Writer::new();
    write_list(urls, &mut w)?;
    arguments(w, 1)
}

/// A list of URLs as a result.
pub(super) fn list_value(urls: &[Url]) -> Result<Bytes> {
    let mut w = Writer::new();
    write_list(urls, &mut w)?;
    w.finish().map_err(encode_error)
}

/// The URL at the start of arguments.
pub(super) fn read_url(bytes: &[u8]) -> Result<Url> {
    Reader::new(bytes).read::<JavaUrl>().map(|url| url.0).map_err(decode_error)
}

/// A list of URLs; null is an empty one.
pub(super) fn read_list(bytes: &[u8]) -> Result<Vec<Url>> {
    let list = Reader::new(bytes).read::<Option<Vec<JavaUrl>>>().map_err(decode_error)?;
    Ok(list.unwrap_or_default().into_iter().map(|url| url.0).collect())
}

fn write_list(urls: &[Url], w: &mut Writer) -> Result<()> {
    let list: Vec<JavaUrl> = urls.iter().cloned().map(JavaUrl).collect();
    list.write_hessian(w).map_err(encode_error)
}

fn arguments(w: Writer, count: usize) -> Result<Arguments> {
    Ok(Arguments { bytes: w.finish().map_err(encode_error)?, count })
}

fn encode_error(error: crate::codec::hessian::EncodeError) -> Error {
    Error::new(ErrorCode::Serialization, format!("a URL cannot be encoded: {error}"))
}

fn decode_error(error: DecodeError) -> Error {
    Error::new(ErrorCode::Serialization, format!("a URL cannot be decoded: {error}"))
}
