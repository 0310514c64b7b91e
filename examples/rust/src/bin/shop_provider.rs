//! Serves `com.acme.Shop` as `examples/python/shop_provider.py` does; Java programs find it in the registry.
//!
//! `cargo run -p examples --bin shop_provider -- dubbo://127.0.0.1:9090`; ends when its standard input does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use examples::{Order, Receipt};
use polydubbo::rpc::RemoteThrowable;
use polydubbo::typed::ServiceError;
use polydubbo::{Server, Service};
use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let registry = std::env::args().nth(1).unwrap_or_else(|| "dubbo://127.0.0.1:9090".to_owned());
    let receipts = Arc::new(AtomicI64::new(0));
    let shop = Service::builder("com.acme.Shop")
        .method("greet", async |name: String| {
            Ok::<_, ServiceError>(format!("Hello {name}, Rust at your service"))
        })
        .method("order", move |order: Order| sell(order, Arc::clone(&receipts)))
        .build()?;
    let server =
        Server::builder().port(0).registry(&registry).application("rust-shop").service(shop).start().await?;
    println!("READY {}", server.url());
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    server.close().await;
    Ok(())
}

async fn sell(order: Order, receipts: Arc<AtomicI64>) -> Result<Receipt, ServiceError> {
    let price = match order.item.as_str() {
        "tea" => 2.5,
        "bread" => 3.2,
        item => return Err(sold_out(item).into()),
    };
    let number = receipts.fetch_add(1, Ordering::Relaxed) + 1;
    Ok(Receipt { number, total: f64::from(order.quantity) * price })
}

/// The Java exception `com.acme.SoldOutException`.
fn sold_out(item: &str) -> RemoteThrowable {
    RemoteThrowable {
        class: "com.acme.SoldOutException".to_owned(),
        message: Some(format!("no {item} today")),
        ..RemoteThrowable::default()
    }
}
