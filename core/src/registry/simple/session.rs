//! One connection to a simple registry, and the calls made on it.

use std::sync::Arc;

use super::service;
use crate::codec::hessian::{Reader, Value};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::callback::CallbackService;
use crate::protocol::dubbo::{DubboInvoker, ReferOptions};
use crate::rpc::{Invocation, Method, ResultKind, RpcResult};
use crate::url::Url;

/// One TCP connection. When it is lost the registry forgets us, so a session does not outlive it, not even
/// if the client reconnects.
pub(super) struct Session {
    invoker: DubboInvoker,
    connection: Option<u64>,
}

impl Session {
    /// Connects to the first address that answers.
    pub(super) async fn connect(addresses: &[Url]) -> Result<Self> {
        let mut last = None;
        for address in addresses {
            let url = service::service_url(address)
                .with_params([("check", "true"), ("lazy", "false"), ("connections", "1")])
                .with_params([("reconnect", "false"), ("send.reconnect", "false")]);
            let options = ReferOptions {
                application: address.value("application").unwrap_or_default().to_owned(),
                ..ReferOptions::default()
            };
            match DubboInvoker::connect(url, &options).await {
                Ok(invoker) => {
                    let connection = invoker.connection_id();
                    return Ok(Self { invoker, connection });
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| Error::new(ErrorCode::Config, "the registry has no address")))
    }

    pub(super) fn is_alive(&self) -> bool {
        self.connection.is_some() && self.invoker.connection_id() == self.connection
    }

    /// `register` or `unregister`.
    pub(super) async fn publish(&self, method: &str, url: &Url) -> Result<()> {
        let arguments = service::url_arguments(url, false)?;
        self.call(Invocation::new(Method::new(method, service::URL), arguments)).await.map(drop)
    }

    /// `subscribe` or `unsubscribe`.
    pub(super) async fn listen(
        &self,
        method: &str,
        url: &Url,
        callback: &Arc<CallbackService>,
    ) -> Result<()> {
        let arguments = service::url_arguments(url, true)?;
        let mut call = Invocation::new(Method::new(method, service::URL_AND_LISTENER), arguments);
        call.callbacks.push(callback.argument(1));
        self.call(call).await.map(drop)
    }

    /// `lookup`.
    pub(super) async fn lookup(&self, url: &Url) -> Result<Vec<Url>> {
        let arguments = service::url_arguments(url, false)?;
        let result = self.call(Invocation::new(Method::new("lookup", service::URL), arguments)).await?;
        if result.kind() == ResultKind::Null {
            return Ok(Vec::new());
        }
        service::read_list(result.body())
    }

    pub(super) fn close(&self) {
        self.invoker.destroy();
    }

    async fn call(&self, call: Invocation) -> Result<RpcResult> {
        let result = self.invoker.invoke(&call).await?;
        match result.kind() {
            ResultKind::Exception => Err(Error::new(ErrorCode::RegistryNode, message_of(&result))),
            _ => Ok(result),
        }
    }
}

fn message_of(result: &RpcResult) -> String {
    let thrown = Reader::new(result.body()).read::<Value>().ok();
    let text = thrown.as_ref().and_then(|value| value.get("detailMessage")?.as_str());
    format!("the registry refused: {}", text.unwrap_or("an exception without a message"))
}
