//! A provider and its consumers in one process.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use polydubbo::codec::hessian::{Reader, Value, Writer};
use polydubbo::exchange::ServerOptions;
use polydubbo::filter::FilterRegistry;
use polydubbo::protocol::dubbo::{DubboInvoker, ReferOptions};
use polydubbo::protocol::exporter::Exporter;
use polydubbo::protocol::inbound::ServiceHandler;
use polydubbo::protocol::method_table::MethodTable;
use polydubbo::protocol::server::DubboServer;
use polydubbo::rpc::{Arguments, Invocation, Method};
use polydubbo::url::Url;

/// A server on a free port of the loopback interface with the service `demo.Foo`.
pub(crate) struct Fixture {
    pub(crate) server: DubboServer,
    pub(crate) exporter: Arc<Exporter>,
    filters: Arc<FilterRegistry>,
}

impl Fixture {
    /// `query` are the parameters of the service, for example `?token=x`.
    pub(crate) async fn start(query: &str, methods: MethodTable, handler: Arc<dyn ServiceHandler>) -> Self {
        Self::with_filters(query, methods, handler, FilterRegistry::builtin()).await
    }

    pub(crate) async fn with_filters(
        query: &str,
        methods: MethodTable,
        handler: Arc<dyn ServiceHandler>,
        filters: FilterRegistry,
    ) -> Self {
        let server =
            DubboServer::bind(ServerOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))).expect("binds");
        let filters = Arc::new(filters);
        let url = url(server.local_addr().port(), query);
        let exporter = Arc::new(Exporter::new(url, methods, handler, &filters).expect("exporter"));
        server.export(&exporter).expect("exports");
        Self { server, exporter, filters }
    }

    /// A service that blocks its thread.
    pub(crate) async fn blocking(methods: MethodTable, handler: Arc<dyn ServiceHandler>) -> Self {
        let server =
            DubboServer::bind(ServerOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))).expect("binds");
        let filters = Arc::new(FilterRegistry::builtin());
        let url = url(server.local_addr().port(), "");
        let exporter = Exporter::new(url, methods, handler, &filters).expect("exporter");
        let exporter = Arc::new(exporter.blocking());
        server.export(&exporter).expect("exports");
        Self { server, exporter, filters }
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.local_addr().port()
    }

    /// A connected consumer with the parameters `query`.
    pub(crate) async fn refer(&self, query: &str) -> DubboInvoker {
        let options = ReferOptions {
            application: "cons".to_owned(),
            filters: Arc::clone(&self.filters),
            ..ReferOptions::default()
        };
        DubboInvoker::connect(url(self.port(), query), &options).await.expect("connects")
    }
}

fn url(port: u16, query: &str) -> Url {
    Url::parse(&format!("dubbo://127.0.0.1:{port}/demo.Foo{query}")).expect("a URL")
}

/// One encoded string.
pub(crate) fn string(text: &str) -> Bytes {
    let mut writer = Writer::new();
    writer.string(text);
    writer.finish().expect("whole")
}

/// The first value as text.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let value: Value = Reader::new(bytes).read().expect("a value");
    value.as_str().expect("a text").to_owned()
}

pub(crate) fn arguments(bytes: Bytes, count: usize) -> Arguments {
    Arguments { bytes, count }
}

pub(crate) fn invocation(method: &str, descriptor: &str, bytes: Bytes, count: usize) -> Invocation {
    Invocation::new(Method::new(method, descriptor), arguments(bytes, count))
}

/// A call of a method with one text.
pub(crate) fn call(method: &str, text: &str) -> Invocation {
    invocation(method, "Ljava/lang/String;", string(text), 1)
}
