use std::future::Future;
use std::io::Write;

use polydubbo::Server;
use polydubbo::server::ServerBuilder;
use tokio::signal::unix::{SignalKind, signal};

use crate::options::Options;
use crate::{Result, end_of_input, services};

/// Serves until SIGTERM or the end of standard input, then stops without losing a call.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let stop = stop_request()?;
    let mut server: ServerBuilder = Server::builder().port(options.number("port", 0)?);
    server = server.application(options.get("name").unwrap_or("rust-peer"));
    if let Some(registry) = options.registry() {
        server = server.registry(registry);
    }
    if let Some(host) = options.get("host") {
        server = server.host(host);
    }
    if let Some(heartbeat) = options.get("heartbeat") {
        server = server.set("heartbeat", heartbeat);
    }
    for (key, value) in options.parameters() {
        server = server.set(key, value);
    }
    for service in services::all()? {
        server = server.service(service);
    }
    let server = server.start().await?;
    println!("READY port={}", server.local_addr().port());
    std::io::stdout().flush()?;
    stop.await;
    server.close().await;
    Ok(())
}

/// Installed before anything is said to be ready.
fn stop_request() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            () = end_of_input() => {}
        }
    })
}
