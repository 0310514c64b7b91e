//! How Rust's own types are written and read, with Java's conversions, but checked.
//!
//! | Rust | Java |
//! |---|---|
//! | `bool` | `boolean` |
//! | `i8 i16 i32 u8 u16` | `byte`, `short`, `int` |
//! | `i64 u32 u64` | `long` |
//! | `f32`, `f64` | `float`, `double` |
//! | `char` | `char` |
//! | `str`, `String`, [`JavaString`](super::JavaString) | `String` |
//! | [`Binary`], `bytes::Bytes` | `byte[]` |
//! | `Vec`, slices, arrays | `java.util.ArrayList` |
//! | [`Array`] | `int[]`, `String[]`, ... |
//! | `VecDeque` | `java.util.LinkedList` |
//! | `HashSet`, `BTreeSet` | `java.util.HashSet`, `java.util.TreeSet` |
//! | `HashMap`, `BTreeMap` | `java.util.HashMap` |
//! | `Option` | null or the value |
//! | `SystemTime` | `java.util.Date` |
//!
//! Readers also take what Java's would: any list for a set, any number for an integer that can hold it,
//! numbers and booleans for a `String`.

mod array;
mod binary;
mod container;
mod scalar;
mod text;

pub use self::array::{Array, ArrayElement};
pub use self::binary::Binary;
pub use self::container::WriteTyped;
pub use self::scalar::AsLong;

#[cfg(test)]
mod tests;
