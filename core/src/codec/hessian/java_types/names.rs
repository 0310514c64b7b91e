//! Names of types as people and generic calls write them.

use std::fmt;
use std::str::FromStr;

use super::{JavaType, Primitive};
use crate::codec::hessian::is_class_name;

/// Text that names no Java type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeParseError(String);

impl TypeParseError {
    pub(super) fn new(text: &str) -> Self {
        Self(text.chars().take(128).collect())
    }
}

impl fmt::Display for TypeParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a Java type: {:?}", self.0)
    }
}

impl std::error::Error for TypeParseError {}

impl FromStr for JavaType {
    type Err = TypeParseError;

    /// Parses what Dubbo's generic calls take: `int`, `int[]`, `java.lang.String[][]`, `demo.Foo$Inner`,
    /// and the names of array classes, `[I` and `[Ljava.lang.String;`.
    fn from_str(name: &str) -> Result<Self, TypeParseError> {
        if name.starts_with('[') {
            return Self::from_descriptor(&name.replace('.', "/"));
        }
        let mut element = name;
        let mut dimensions = 0;
        while let Some(component) = element.strip_suffix("[]") {
            element = component;
            dimensions += 1;
        }
        let java_type = match Primitive::from_name(element) {
            Some(primitive) => Self::Primitive(primitive),
            None if name == "void" => Self::Void,
            None if element != "void" && is_class_name(element) && dimensions <= 255 => Self::class(element),
            None => return Err(TypeParseError::new(name)),
        };
        Ok((0..dimensions).fold(java_type, |component, _| component.array_of()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_descriptors_translate_both_ways() {
        for (name, descriptor) in [
            ("int", "I"),
            ("int[]", "[I"),
            ("java.lang.String", "Ljava/lang/String;"),
            ("java.lang.String[][]", "[[Ljava/lang/String;"),
            ("demo.Foo$Inner", "Ldemo/Foo$Inner;"),
            ("void", "V"),
            ("Top", "LTop;"),
        ] {
            let java: JavaType = name.parse().unwrap();
            assert_eq!((java.to_string(), java.descriptor()), (name.into(), descriptor.into()));
            assert_eq!(JavaType::from_descriptor(descriptor).unwrap(), java);
        }
    }

    #[test]
    fn names_of_array_classes_are_understood() {
        for (name, want) in
            [("[I", "int[]"), ("[Ljava.lang.String;", "java.lang.String[]"), ("[[Z", "boolean[][]")]
        {
            assert_eq!(name.parse::<JavaType>().unwrap().to_string(), want);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["", "[]", "void[]", "a b", "java.util.List<String>", "int[", "[int", "a..b"] {
            assert!(bad.parse::<JavaType>().is_err(), "{bad}");
        }
    }
}
