//! The simple registry as a server.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::book::{Book, Due, SubscriptionId};
use super::service;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::ServerOptions;
use crate::filter::FilterRegistry;
use crate::protocol::callback::CallbackProxy;
use crate::protocol::exporter::Exporter;
use crate::protocol::inbound::{CallResponder, InboundCall, ServiceHandler};
use crate::protocol::server::DubboServer;
use crate::registry::backoff::Backoff;
use crate::rpc::{Invocation, Method, ResultKind};
use crate::url::Url;

/// Dubbo's default port of the simple registry.
pub const DEFAULT_PORT: u16 = 9090;

/// A running simple registry. Everything it knows is in memory; clients publish again when it restarts.
#[derive(Debug, Clone)]
pub struct SimpleRegistryServer {
    server: DubboServer,
    service: Arc<Service>,
}

impl SimpleRegistryServer {
    /// Starts to listen, on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub fn bind(address: SocketAddr) -> Result<Self> {
        let server = DubboServer::bind(ServerOptions::new(address))?;
        let service = Service::export(&server)?;
        Ok(Self { server, service })
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Numbers of published URLs and of subscriptions.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        self.service.state.lock().book.counts()
    }

    /// Stops listening and closes all connections; gives up waiting for calls after `timeout`.
    pub async fn close(&self, timeout: Duration) {
        self.server.refuse_calls();
        self.server.listener().stop_accepting();
        self.server.listener().close(timeout).await;
    }
}

/// The service `RegistryService`.
struct Service {
    state: Mutex<State>,
    notify: Arc<Method>,
}

#[derive(Default)]
struct State {
    book: Book,
    /// The callback of each subscription, and whether somebody is delivering to it.
    listeners: HashMap<SubscriptionId, Listener>,
}

struct Listener {
    proxy: CallbackProxy,
    busy: bool,
}

impl Service {
    fn export(server: &DubboServer) -> Result<Arc<Self>> {
        let this = Arc::new(Self { state: Mutex::default(), notify: Method::new("notify", service::LIST) });
        let address = server.local_addr();
        let url = Url::new("dubbo", &address.ip().to_string(), address.port());
        let url = service::service_url(&url);
        let handler: Arc<dyn ServiceHandler> = Arc::new(Handler(this.clone()));
        let exporter = Exporter::new(url, service::methods(), handler, &FilterRegistry::builtin())?;
        let of_connection = this.clone();
        server.on_disconnected(move |client| of_connection.disconnected(client));
        server.export(&Arc::new(exporter))?;
        Ok(this)
    }

    fn disconnected(self: &Arc<Self>, client: SocketAddr) {
        let due = {
            let mut state = self.state.lock();
            state.listeners.retain(|id, _| id.connection != client);
            state.book.disconnected(client)
        };
        self.deliver(due);
    }

    fn deliver(self: &Arc<Self>, due: Due) {
        for id in due {
            drop(tokio::spawn(self.clone().bring_up_to_date(id, None)));
        }
    }

    /// Sends a subscription everything that it lacks, one notice after the other. Ends at once when
    /// somebody else is doing so already. The call that waits for it is answered when that is done, or
    /// could not be done at once.
    async fn bring_up_to_date(self: Arc<Self>, id: SubscriptionId, mut waiting: Option<CallResponder>) {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        let mut going_on = false;
        while let Some((proxy, notice)) = self.next_notice(id, going_on) {
            going_on = true;
            let Err(error) = self.notify(&proxy, &notice).await else {
                backoff.reset();
                continue;
            };
            if !proxy.is_open() {
                return;
            }
            tracing::warn!(client = %id.connection, %error, "a registry client could not be notified, will try again");
            self.state.lock().book.undelivered(id, &notice);
            if let Some(waiting) = waiting.take() {
                waiting.null();
            }
            tokio::time::sleep(backoff.pause()).await;
        }
        if let Some(waiting) = waiting {
            waiting.null();
        }
    }

    /// The next notice and where it goes; marks the listener busy, or free when there is nothing left.
    fn next_notice(&self, id: SubscriptionId, going_on: bool) -> Option<(CallbackProxy, Vec<Url>)> {
        let mut state = self.state.lock();
        let State { book, listeners } = &mut *state;
        let listener = listeners.get_mut(&id)?;
        if listener.busy && !going_on {
            return None;
        }
        let notice = book.next_notice(id);
        listener.busy = notice.is_some();
        Some((listener.proxy.clone(), notice?))
    }

    async fn notify(&self, proxy: &CallbackProxy, urls: &[Url]) -> Result<()> {
        let call = Invocation::new(self.notify.clone(), service::list_arguments(urls)?);
        let result = proxy.invoke(&call).await?;
        if result.kind() == ResultKind::Exception {
            return Err(Error::new(ErrorCode::Biz, "the listener threw an exception"));
        }
        Ok(())
    }

    fn subscribe(
        self: &Arc<Self>,
        client: SocketAddr,
        url: Url,
        proxy: CallbackProxy,
        responder: CallResponder,
    ) {
        let subscribed = {
            let mut state = self.state.lock();
            state.book.subscribe(client, url, number(&proxy)).inspect(|id| {
                state.listeners.insert(*id, Listener { proxy, busy: false });
                let State { book, listeners } = &mut *state;
                listeners.retain(|id, _| book.knows(*id));
            })
        };
        match subscribed {
            // The answer follows the first notice, so that a client that checks its providers has them.
            Ok(id) => drop(tokio::spawn(self.clone().bring_up_to_date(id, Some(responder)))),
            Err(error) => refuse(responder, &error),
        }
    }

    fn unsubscribe(&self, client: SocketAddr, url: &Url, proxy: &CallbackProxy) {
        let mut state = self.state.lock();
        let State { book, listeners } = &mut *state;
        book.unsubscribe(client, url, number(proxy));
        listeners.retain(|id, _| book.knows(*id));
    }
}

/// Java numbers its objects by 32-bit integers; anything else is a stranger's, and as good as any number.
fn number(proxy: &CallbackProxy) -> i32 {
    proxy.instance().parse().unwrap_or_default()
}

fn refuse(responder: CallResponder, error: &Error) {
    responder.host_error("IllegalStateException", error.message(), "");
}

/// Takes the calls of clients.
struct Handler(Arc<Service>);

impl Handler {
    fn run(&self, mut call: InboundCall) -> Result<()> {
        let url = service::read_url(&call.arguments)?;
        let (service, client) = (&self.0, call.remote);
        match &*call.method.name {
            "register" => {
                let due = service.state.lock().book.register(client, url);
                match due {
                    Ok(due) => service.deliver(due),
                    Err(error) => {
                        refuse(call.responder, &error);
                        return Ok(());
                    }
                }
            }
            "unregister" => {
                let due = service.state.lock().book.unregister(client, &url);
                service.deliver(due);
            }
            "lookup" => {
                let found = service.state.lock().book.lookup(&url);
                call.responder.value(service::list_value(&found)?);
                return Ok(());
            }
            name => {
                let proxy = call.callbacks.pop();
                let proxy =
                    proxy.ok_or_else(|| Error::new(ErrorCode::InvalidArgument, "the listener is missing"))?;
                if name == "subscribe" {
                    service.subscribe(client, url, proxy, call.responder);
                    return Ok(());
                }
                service.unsubscribe(client, &url, &proxy);
            }
        }
        call.responder.null();
        Ok(())
    }
}

impl ServiceHandler for Handler {
    fn handle(&self, call: InboundCall) {
        let client = call.remote;
        // A responder that is dropped answers for itself.
        if let Err(error) = self.run(call) {
            tracing::warn!(%client, %error, "a call of a registry client was refused");
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Service").field(&self.state.lock().book.counts()).finish()
    }
}
