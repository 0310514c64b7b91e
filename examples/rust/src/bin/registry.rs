//! The embedded registry as a program: Dubbo's own simple registry, kept in memory, no server to install.
//!
//! `cargo run -p examples --bin registry`, optionally with a port; ends when its standard input does.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use polydubbo::registry::simple::SimpleRegistryServer;
use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(9090), |port| port.parse())?;
    let registry = SimpleRegistryServer::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))?;
    println!("READY port={}", registry.local_addr().port());
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    registry.close(Duration::from_secs(1)).await;
    Ok(())
}
