//! Descriptors: what Dubbo puts between the method name and the arguments.

use std::fmt::Write;

use super::names::TypeParseError;
use super::{JavaType, Primitive};
use crate::codec::hessian::is_class_name;

/// More dimensions than the JVM permits.
const MAX_DIMENSIONS: usize = 255;

/// Splits the descriptor of a parameter list, for example `Ljava/lang/String;I[J`.
///
/// # Errors
/// When the text is no sequence of descriptors.
pub fn parameter_types(descriptor: &str) -> Result<Vec<JavaType>, TypeParseError> {
    let mut types = Vec::new();
    let mut rest = descriptor;
    while !rest.is_empty() {
        let (java_type, tail) = split_first(rest)?;
        types.push(java_type);
        rest = tail;
    }
    Ok(types)
}

/// The descriptor of a parameter list.
#[must_use]
pub fn parameters_descriptor<'a>(types: impl IntoIterator<Item = &'a JavaType>) -> String {
    let mut descriptor = String::new();
    types.into_iter().for_each(|java_type| java_type.write_descriptor(&mut descriptor));
    descriptor
}

fn split_first(text: &str) -> Result<(JavaType, &str), TypeParseError> {
    let bad = || TypeParseError::new(text);
    let element = text.trim_start_matches('[');
    let dimensions = text.len() - element.len();
    let letter = *element.as_bytes().first().ok_or_else(bad)?;
    let (java_type, tail) = match letter {
        b'L' => {
            let (name, tail) = element[1..].split_once(';').ok_or_else(bad)?;
            let name = name.replace('/', ".");
            if !is_class_name(&name) {
                return Err(bad());
            }
            (JavaType::Class(name.into()), tail)
        }
        b'V' if dimensions == 0 => (JavaType::Void, &element[1..]),
        _ => {
            let primitive = Primitive::from_letter(letter).ok_or_else(bad)?;
            (JavaType::Primitive(primitive), &element[1..])
        }
    };
    if dimensions > MAX_DIMENSIONS {
        return Err(bad());
    }
    Ok(((0..dimensions).fold(java_type, |component, _| component.array_of()), tail))
}

impl JavaType {
    /// Parses one descriptor.
    ///
    /// # Errors
    /// When the text is not exactly one descriptor.
    pub fn from_descriptor(descriptor: &str) -> Result<Self, TypeParseError> {
        match split_first(descriptor)? {
            (java_type, "") => Ok(java_type),
            _ => Err(TypeParseError::new(descriptor)),
        }
    }

    /// The descriptor of the type.
    #[must_use]
    pub fn descriptor(&self) -> String {
        let mut descriptor = String::new();
        self.write_descriptor(&mut descriptor);
        descriptor
    }

    fn write_descriptor(&self, out: &mut String) {
        match self {
            Self::Void => out.push('V'),
            Self::Primitive(primitive) => out.push(char::from(primitive.letter())),
            Self::Array(component) => {
                out.push('[');
                component.write_descriptor(out);
            }
            Self::Class(name) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "L{};", name.replace('.', "/"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_lists_split_and_join() {
        let descriptor = "ZBCDFIJS[I[[Ljava/lang/String;Ljava/util/List;Ldemo/Foo$Inner;";
        let types = parameter_types(descriptor).unwrap();
        let names: Vec<_> = types.iter().map(ToString::to_string).collect();
        assert_eq!(
            names.join(","),
            "boolean,byte,char,double,float,int,long,short,int[],java.lang.String[][],java.util.List,demo.Foo$Inner"
        );
        assert_eq!(parameters_descriptor(&types), descriptor);
        assert_eq!(parameter_types("").unwrap(), []);
        assert_eq!(JavaType::from_descriptor("V").unwrap(), JavaType::Void);
    }

    #[test]
    fn what_is_no_descriptor_is_refused() {
        let bomb = "[".repeat(300) + "I";
        for bad in ["L", "Ljava/lang/String", "[", "[V", "X", "I(", "L;", "La//b;", "Lé b;", &bomb] {
            assert!(parameter_types(bad).is_err(), "{bad}");
        }
        assert!(JavaType::from_descriptor("II").is_err());
        assert!(JavaType::from_descriptor("").is_err());
    }
}
