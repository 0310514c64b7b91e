//! What the well-known classes of Java mean, behind the handles and beans that stand for them on the wire.

mod plain;
mod throwable;

pub use self::plain::Plain;
pub use self::throwable::{is_throwable, read_throwable};
