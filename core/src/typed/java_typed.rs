//! Which Java parameter type a Rust type stands for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bytes::Bytes;

use crate::codec::hessian::{JavaString, Value};

/// A Rust type that stands for a Java parameter type.
///
/// A Dubbo request names the parameter types of its method, so each argument needs one. Primitives stand for
/// Java's primitives (`i32` for `int`), `Option` of a primitive for its box (`Option<i32>` for
/// `java.lang.Integer`), collections for the interfaces `List`, `Set` and `Map`. A type with `#[derive(Hessian)]`
/// stands for its Java class.
pub trait JavaTyped {
    /// The type in the notation of the JVM, for example `I` or `Ljava/lang/String;`.
    fn descriptor() -> Cow<'static, str>;

    /// The same for a value that may be null: the box of a primitive, else the type itself.
    #[must_use]
    fn boxed_descriptor() -> Cow<'static, str> {
        Self::descriptor()
    }
}

macro_rules! java_types {
    ($($rust:ty => $descriptor:literal $(or $boxed:literal)?),* $(,)?) => {
        $(impl JavaTyped for $rust {
            fn descriptor() -> Cow<'static, str> {
                Cow::Borrowed($descriptor)
            }
            $(fn boxed_descriptor() -> Cow<'static, str> {
                Cow::Borrowed($boxed)
            })?
        })*
    };
}

java_types! {
    bool => "Z" or "Ljava/lang/Boolean;",
    i8 => "B" or "Ljava/lang/Byte;",
    i16 => "S" or "Ljava/lang/Short;",
    i32 => "I" or "Ljava/lang/Integer;",
    i64 => "J" or "Ljava/lang/Long;",
    f32 => "F" or "Ljava/lang/Float;",
    f64 => "D" or "Ljava/lang/Double;",
    char => "C" or "Ljava/lang/Character;",
    str => "Ljava/lang/String;",
    String => "Ljava/lang/String;",
    JavaString => "Ljava/lang/String;",
    Bytes => "[B",
    Value => "Ljava/lang/Object;",
}

macro_rules! java_containers {
    ($($descriptor:literal: [$($generics:tt)*] $rust:ty),* $(,)?) => {
        $(impl<$($generics)*> JavaTyped for $rust {
            fn descriptor() -> Cow<'static, str> {
                Cow::Borrowed($descriptor)
            }
        })*
    };
}

java_containers! {
    "Ljava/util/List;": [T] Vec<T>,
    "Ljava/util/List;": [T] [T],
    "Ljava/util/Set;": [T, S] HashSet<T, S>,
    "Ljava/util/Set;": [T] BTreeSet<T>,
    "Ljava/util/Map;": [K, V, S] HashMap<K, V, S>,
    "Ljava/util/Map;": [K, V] BTreeMap<K, V>,
}

impl<T: JavaTyped> JavaTyped for Option<T> {
    fn descriptor() -> Cow<'static, str> {
        T::boxed_descriptor()
    }
}

impl<T: JavaTyped + ?Sized> JavaTyped for &T {
    fn descriptor() -> Cow<'static, str> {
        T::descriptor()
    }

    fn boxed_descriptor() -> Cow<'static, str> {
        T::boxed_descriptor()
    }
}

impl<T: JavaTyped + ?Sized> JavaTyped for Box<T> {
    fn descriptor() -> Cow<'static, str> {
        T::descriptor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_type_stands_for_its_class() {
        #[derive(crate::Hessian)]
        #[hessian(class = "com.acme.Outer$User")]
        struct User<T> {
            _any: T,
        }
        assert_eq!(User::<i32>::descriptor(), "Lcom/acme/Outer$User;");
        assert_eq!(Option::<User<i32>>::descriptor(), "Lcom/acme/Outer$User;");
    }

    #[test]
    fn optional_primitives_are_boxes() {
        assert_eq!(i32::descriptor(), "I");
        assert_eq!(Option::<i32>::descriptor(), "Ljava/lang/Integer;");
        assert_eq!(Option::<&str>::descriptor(), "Ljava/lang/String;");
        assert_eq!(<&Vec<i64>>::descriptor(), "Ljava/util/List;");
    }
}
