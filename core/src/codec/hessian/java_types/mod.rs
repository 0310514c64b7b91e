//! Names of Java types in their three spellings: descriptors as Dubbo's wire has them
//! (`Ljava/lang/String;[I`), source names as generic calls and metadata have them (`java.lang.String`,
//! `int[]`), and the types of lists on the wire (`[string`, `[int`).

mod descriptor;
mod names;
mod well_known;

use std::fmt;

pub use self::descriptor::{parameter_types, parameters_descriptor};
pub use self::names::TypeParseError;
pub use self::well_known::{is_list_class, is_map_class, is_set_type};

/// An erased Java type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum JavaType {
    /// `void`, only as a result.
    Void,
    /// A primitive.
    Primitive(Primitive),
    /// A class or interface by its binary name, for example `java.util.Map$Entry`.
    Class(Box<str>),
    /// An array of some component type.
    Array(Box<Self>),
}

/// The eight primitives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// `boolean`
    Boolean,
    /// `byte`
    Byte,
    /// `char`
    Char,
    /// `double`
    Double,
    /// `float`
    Float,
    /// `int`
    Int,
    /// `long`
    Long,
    /// `short`
    Short,
}

impl Primitive {
    /// All primitives.
    pub const ALL: [Self; 8] = [
        Self::Boolean,
        Self::Byte,
        Self::Char,
        Self::Double,
        Self::Float,
        Self::Int,
        Self::Long,
        Self::Short,
    ];

    /// The keyword.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Byte => "byte",
            Self::Char => "char",
            Self::Double => "double",
            Self::Float => "float",
            Self::Int => "int",
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// The letter in descriptors.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Self::Boolean => b'Z',
            Self::Byte => b'B',
            Self::Char => b'C',
            Self::Double => b'D',
            Self::Float => b'F',
            Self::Int => b'I',
            Self::Long => b'J',
            Self::Short => b'S',
        }
    }

    /// The class of the boxed values.
    #[must_use]
    pub const fn boxed(self) -> &'static str {
        match self {
            Self::Boolean => "java.lang.Boolean",
            Self::Byte => "java.lang.Byte",
            Self::Char => "java.lang.Character",
            Self::Double => "java.lang.Double",
            Self::Float => "java.lang.Float",
            Self::Int => "java.lang.Integer",
            Self::Long => "java.lang.Long",
            Self::Short => "java.lang.Short",
        }
    }

    /// The primitive with this keyword.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|primitive| primitive.name() == name)
    }

    /// The primitive with this descriptor letter.
    #[must_use]
    pub fn from_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|primitive| primitive.letter() == letter)
    }

    /// The primitive whose boxed values have this class.
    #[must_use]
    pub fn from_boxed(class: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|primitive| primitive.boxed() == class)
    }
}

impl JavaType {
    /// A class by its binary name, unchecked.
    #[must_use]
    pub fn class(name: &str) -> Self {
        Self::Class(name.into())
    }

    /// An array of this type.
    #[must_use]
    pub fn array_of(self) -> Self {
        Self::Array(Box::new(self))
    }

    /// The component type of an array.
    #[must_use]
    pub fn component(&self) -> Option<&Self> {
        if let Self::Array(component) = self { Some(component) } else { None }
    }

    /// The primitive, or the one that a box class holds.
    #[must_use]
    pub fn unboxed(&self) -> Option<Primitive> {
        match self {
            Self::Primitive(primitive) => Some(*primitive),
            Self::Class(name) => Primitive::from_boxed(name),
            _ => None,
        }
    }

    /// The type of a list that carries an array of this type, for example `[int` for `int[]`.
    ///
    /// `None` for `byte[]` and `char[]`, which travel as binary and string, and for what is no array.
    #[must_use]
    pub fn wire_list_type(&self) -> Option<String> {
        let component = self.component()?;
        let travels_as_scalar = matches!(component, Self::Primitive(Primitive::Byte | Primitive::Char));
        if travels_as_scalar { None } else { Some(format!("[{}", component.wire_name())) }
    }

    /// The name of the type as part of an array type on the wire.
    fn wire_name(&self) -> String {
        match self {
            Self::Void => "void".into(),
            Self::Primitive(primitive) => primitive.name().into(),
            Self::Array(component) => format!("[{}", component.wire_name()),
            Self::Class(name) => match &**name {
                "java.lang.String" => "string".into(),
                "java.lang.Object" => "object".into(),
                "java.util.Date" => "date".into(),
                other => other.into(),
            },
        }
    }

    /// The type that a wire list type such as `[int` or `[[demo.User` stands for.
    #[must_use]
    pub fn from_wire_list_type(wire: &str) -> Option<Self> {
        let component = wire.strip_prefix('[')?;
        if component.starts_with('[') {
            return Self::from_wire_list_type(component).map(Self::array_of);
        }
        let component = match component {
            "string" => Self::class("java.lang.String"),
            "object" => Self::class("java.lang.Object"),
            "date" => Self::class("java.util.Date"),
            name => match Primitive::from_name(name) {
                Some(primitive) => Self::Primitive(primitive),
                None if super::is_class_name(name) => Self::class(name),
                None => return None,
            },
        };
        Some(component.array_of())
    }
}

impl fmt::Display for JavaType {
    /// The source name: `int[][]`, `java.lang.String`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Void => f.write_str("void"),
            Self::Primitive(primitive) => f.write_str(primitive.name()),
            Self::Class(name) => f.write_str(name),
            Self::Array(component) => write!(f, "{component}[]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_their_wire_types() {
        for (name, want) in [
            ("int[]", Some("[int")),
            ("java.lang.String[]", Some("[string")),
            ("java.lang.Object[]", Some("[object")),
            ("java.util.Date[]", Some("[date")),
            ("java.lang.Integer[]", Some("[java.lang.Integer")),
            ("demo.User[][]", Some("[[demo.User")),
            ("byte[][]", Some("[[byte")),
            ("byte[]", None),
            ("char[]", None),
            ("int", None),
        ] {
            let java: JavaType = name.parse().unwrap();
            assert_eq!(java.wire_list_type().as_deref(), want, "{name}");
            if let Some(wire) = want {
                assert_eq!(JavaType::from_wire_list_type(wire), Some(java), "{wire}");
            }
        }
        assert_eq!(JavaType::from_wire_list_type("java.util.HashSet"), None);
        assert_eq!(JavaType::from_wire_list_type("[Ljava.lang.Object;"), None);
    }

    #[test]
    fn boxes_and_primitives_belong_together() {
        for primitive in Primitive::ALL {
            assert_eq!(JavaType::class(primitive.boxed()).unboxed(), Some(primitive));
            assert_eq!(Primitive::from_letter(primitive.letter()), Some(primitive));
        }
        assert_eq!(JavaType::class("java.lang.String").unboxed(), None);
    }
}
