//! Apache Dubbo for Rust: calls Java services and serves them, byte for byte as Dubbo Java does.
//!
//! * [`Reference`] calls a service, [`Service`] and [`Server`] offer one; [`Hessian`](macro@Hessian) maps a Rust type to a Java class.
//! * [`typed`] says which Java type a Rust type stands for, and what a method can learn about its caller.
//! * [`error`] lists what can go wrong; the numbers are the same in every language of the project.
//! * [`registry`] holds ZooKeeper, the embedded simple registry and direct addresses.
//! * [`api`] is the facade of the language bindings; Rust programs need it only to take calls undecoded.
//!
//! Everything runs on the tokio runtime on which it is created.
//!
//! ```
//! use polydubbo::typed::ServiceError;
//! use polydubbo::{Hessian, Reference, Server, Service};
//!
//! #[derive(Hessian)]
//! #[hessian(class = "com.acme.User", rename_all = "camelCase")]
//! struct User {
//!     user_name: String,
//!     age: i32,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> polydubbo::Result<()> {
//! let users = Service::builder("com.acme.Users")
//!     .method("find", async |name: String| {
//!         Ok::<_, ServiceError>(User { user_name: name, age: 42 })
//!     })
//!     .build()?;
//! // With `.registry("zookeeper://127.0.0.1:2181")` on both sides, Java programs take part.
//! let server = Server::builder().host("127.0.0.1").port(0).service(users).start().await?;
//!
//! let users = Reference::builder("com.acme.Users").url(&server.url()).build().await?;
//! let user: User = users.call("find").arg("Ann").invoke().await?;
//! assert_eq!((user.user_name.as_str(), user.age), ("Ann", 42));
//! # users.close(std::time::Duration::from_secs(1)).await;
//! # server.close().await;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

// The derive macro names this crate from the outside, also where this crate itself uses it.
extern crate self as polydubbo;

pub mod api;
pub mod cluster;
pub mod codec;
pub mod config;
pub mod error;
pub mod exchange;
pub mod filter;
mod once_map;
mod per_runtime;
pub mod protocol;
pub mod reference;
pub mod registry;
pub mod rpc;
pub mod runtime;
pub mod server;
pub mod service;
mod transport;
pub mod typed;
pub mod url;
mod wakes;

/// Maps a Rust type to a Java class.
///
/// ```
/// use polydubbo::Hessian;
/// use polydubbo::codec::hessian::{Reader, Value, Writer};
///
/// #[derive(Debug, PartialEq, Hessian)]
/// #[hessian(class = "com.acme.User", rename_all = "camelCase")]
/// struct User {
///     user_name: String,                     // userName
///     #[hessian(long)]
///     id: u32,                               // a long in Java
///     #[hessian(type = "java.util.LinkedList")]
///     tags: Vec<String>,
///     favourite: Option<Color>,              // may be null
///     #[hessian(default)]
///     score: f64,                            // may be missing in older senders
///     #[hessian(skip)]
///     cached: bool,                          // neither written nor read
/// }
///
/// #[derive(Debug, PartialEq, Hessian)]
/// #[hessian(class = "com.acme.Color", rename_all = "SCREAMING_SNAKE_CASE")]
/// enum Color {
///     Red,
///     DarkBlue,
/// }
///
/// let user = User {
///     user_name: "Ann".to_owned(),
///     id: 7,
///     tags: vec!["new".to_owned()],
///     favourite: Some(Color::DarkBlue),
///     score: 0.5,
///     cached: false,
/// };
/// let mut writer = Writer::new();
/// writer.value(&user).unwrap();
/// let bytes = writer.finish().unwrap();
/// assert_eq!(Reader::new(&bytes).read::<User>().unwrap(), user);
///
/// // What a Java program receives:
/// let seen: Value = Reader::new(&bytes).read().unwrap();
/// assert_eq!(seen.as_object().unwrap().class().name(), "com.acme.User");
/// assert_eq!(seen.get("userName"), Some(&Value::from("Ann")));
/// assert_eq!(seen.get("id"), Some(&Value::Long(7)));
/// assert_eq!(seen.get("favourite").unwrap().get("name"), Some(&Value::from("DARK_BLUE")));
/// assert_eq!(seen.get("cached"), None);
/// ```
pub use polydubbo_derive::Hessian;

/// Compiles the Rust of the project's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use error::{Error, ErrorCode, Result};
pub use reference::Reference;
pub use server::Server;
pub use service::Service;
