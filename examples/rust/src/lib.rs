//! The classes of the interface `com.acme.Shop`, as a Java program would declare them.

use polydubbo::Hessian;

/// The Java bean `com.acme.Order`.
#[derive(Debug, Hessian)]
#[hessian(class = "com.acme.Order")]
pub struct Order {
    /// What is bought.
    pub item: String,
    /// How many of it.
    pub quantity: i32,
}

/// The Java bean `com.acme.Receipt`.
#[derive(Debug, Hessian)]
#[hessian(class = "com.acme.Receipt")]
pub struct Receipt {
    /// Receipts of a shop are counted.
    pub number: i64,
    /// What was paid.
    pub total: f64,
}
