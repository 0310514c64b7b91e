//! Hessian2 as Dubbo uses it: what Java's writers write, and more than its readers read.
//!
//! The codec works on complete bodies in memory and knows no socket and no clock. A [`Writer`] encodes in
//! Java's canonical forms. A [`Reader`] skips values, reads typed ones, or drives the [`ValueBuilder`] of
//! a host language. [`Value`] holds anything; [`ToHessian`] and [`FromHessian`] convert Rust types.
//!
//! ```
//! use polydubbo::Hessian;
//! use polydubbo::codec::hessian::{Reader, Value, Writer};
//!
//! #[derive(Debug, PartialEq, Hessian)]
//! #[hessian(class = "com.acme.User", rename_all = "camelCase")]
//! struct User {
//!     user_name: String,
//!     tags: Vec<String>,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let user = User { user_name: "ann".into(), tags: vec!["admin".into()] };
//! let mut writer = Writer::new();
//! writer.value(&user)?;
//! writer.int(42);
//! let body = writer.finish()?;
//!
//! let mut reader = Reader::new(&body);
//! assert_eq!(reader.read::<User>()?, user);
//! assert_eq!(reader.read_int()?, 42);
//!
//! let anything: Value = Reader::new(&body).read()?;
//! assert_eq!(anything.get("userName").and_then(Value::as_str), Some("ann"));
//! # Ok(())
//! # }
//! ```
//!
//! Nothing a peer sends is trusted: [`Limits`] bound depth, counts and memory before either is spent, and
//! no class named by a peer selects any code.

mod builder;
mod canonical;
mod class_def;
mod convert;
mod error;
pub mod java_types;
pub mod jdk;
mod limits;
mod number;
mod object;
mod reader;
pub mod serde;
mod source;
mod stack;
mod tag;
mod text;
mod value;
mod writer;

pub use self::builder::{Ended, ValueBuilder};
pub use self::canonical::{Plain, is_throwable, read_throwable};
pub use self::class_def::{ClassDef, is_class_name};
pub use self::convert::{Array, ArrayElement, AsLong, Binary, WriteTyped};
pub use self::error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, PathSegment};
pub use self::limits::Limits;
pub use self::object::{
    FieldCursor, JavaObject, ObjectPlan, begin_required_object, read_enum_name, unknown_constant,
};
pub use self::reader::{ClassCache, Container, Numbering, Reader, Refs};
pub use self::source::{FromHessian, FromHessianOwned, ToHessian, ValueSource};
pub use self::tag::Kind;
pub use self::text::{JavaString, Text, utf16_len};
pub use self::value::{BackRef, GraphBuilder, List, Map, Object, Value};
pub use self::writer::{Mark, Profile, RefPolicy, Slot, TableState, Writer};
