//! Calls the shop of `examples/python/shop_provider.py`, or of any Java program with the interface `com.acme.Shop`.
//!
//! `cargo run -p examples --bin shop_consumer -- dubbo://127.0.0.1:9090`

use examples::{Order, Receipt};
use polydubbo::Reference;

#[tokio::main]
async fn main() -> polydubbo::Result<()> {
    let registry = std::env::args().nth(1).unwrap_or_else(|| "dubbo://127.0.0.1:9090".to_owned());
    let shop =
        Reference::builder("com.acme.Shop").registry(&registry).application("rust-customer").build().await?;

    let greeting: String = shop.call("greet").arg("Rust").invoke().await?;
    println!("greet(\"Rust\")        -> {greeting}");

    let order = Order { item: "tea".to_owned(), quantity: 3 };
    let receipt: Receipt = shop.call("order").arg(order).invoke().await?;
    println!("order(3 x tea)       -> receipt {} over {:.2}", receipt.number, receipt.total);

    let order = Order { item: "gold".to_owned(), quantity: 1 };
    let refused = shop.call("order").arg(order).invoke::<Receipt>().await;
    let thrown = refused.as_ref().err().and_then(|error| error.remote());
    println!(
        "order(1 x gold)      -> {}",
        thrown.map_or_else(|| format!("{refused:?}"), ToString::to_string)
    );

    let answers = futures(&shop).await?;
    println!("100 calls at a time  -> {answers} answers on one connection");
    Ok(())
}

/// A hundred calls that are under way together.
async fn futures(shop: &Reference) -> polydubbo::Result<usize> {
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..100 {
        let shop = shop.clone();
        calls.spawn(async move { shop.call("greet").arg(format!("no. {number}")).invoke::<String>().await });
    }
    calls.join_all().await.into_iter().collect::<polydubbo::Result<Vec<_>>>().map(|answers| answers.len())
}
