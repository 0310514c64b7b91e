//! The first octet of every value.

pub(super) const STRING_SHORT_MAX: u8 = 0x1f;
pub(super) const BINARY_SHORT: u8 = 0x20;
pub(super) const STRING_MEDIUM: u8 = 0x30;
pub(super) const BINARY_MEDIUM: u8 = 0x34;
pub(super) const BINARY_CHUNK: u8 = 0x41;
pub(super) const BINARY: u8 = 0x42;
pub(super) const CLASS_DEF: u8 = 0x43;
pub(super) const DOUBLE: u8 = 0x44;
pub(super) const FALSE: u8 = 0x46;
pub(super) const MAP: u8 = 0x48;
pub(super) const INT: u8 = 0x49;
pub(super) const DATE_MS: u8 = 0x4a;
pub(super) const DATE_MINUTES: u8 = 0x4b;
pub(super) const LONG: u8 = 0x4c;
pub(super) const MAP_TYPED: u8 = 0x4d;
pub(super) const NULL: u8 = 0x4e;
pub(super) const OBJECT: u8 = 0x4f;
pub(super) const REF: u8 = 0x51;
pub(super) const STRING_CHUNK: u8 = 0x52;
pub(super) const STRING: u8 = 0x53;
pub(super) const TRUE: u8 = 0x54;
pub(super) const LIST_VARIABLE_TYPED: u8 = 0x55;
pub(super) const LIST_TYPED: u8 = 0x56;
pub(super) const LIST_VARIABLE: u8 = 0x57;
pub(super) const LIST: u8 = 0x58;
pub(super) const LONG_INT: u8 = 0x59;
pub(super) const END: u8 = 0x5a;
pub(super) const DOUBLE_ZERO: u8 = 0x5b;
pub(super) const DOUBLE_ONE: u8 = 0x5c;
pub(super) const DOUBLE_BYTE: u8 = 0x5d;
pub(super) const DOUBLE_SHORT: u8 = 0x5e;
pub(super) const DOUBLE_MILLS: u8 = 0x5f;
pub(super) const OBJECT_DIRECT: u8 = 0x60;
pub(super) const LIST_TYPED_DIRECT: u8 = 0x70;
pub(super) const LIST_DIRECT: u8 = 0x78;

/// What kind of value starts with an octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Null.
    Null,
    /// True or false.
    Bool,
    /// A 32-bit integer.
    Int,
    /// A 64-bit integer.
    Long,
    /// A double.
    Double,
    /// A `java.util.Date`.
    Date,
    /// Text.
    String,
    /// Bytes.
    Binary,
    /// A list, array or set.
    List,
    /// A map.
    Map,
    /// An object, or the definition of a class and then an object.
    Object,
    /// A reference to an earlier list, map or object.
    Ref,
    /// The end mark of a map or of a list of variable length; no value.
    End,
    /// A reserved octet; no value.
    Reserved,
}

impl Kind {
    /// The kind of value that starts with this octet.
    #[must_use]
    pub const fn of(tag: u8) -> Self {
        match tag {
            0x00..=0x1f | 0x30..=0x33 | STRING_CHUNK | STRING => Self::String,
            0x20..=0x2f | 0x34..=0x37 | BINARY_CHUNK | BINARY => Self::Binary,
            0x38..=0x3f | LONG | LONG_INT | 0xd8..=0xff => Self::Long,
            INT | 0x80..=0xd7 => Self::Int,
            DOUBLE | DOUBLE_ZERO..=DOUBLE_MILLS => Self::Double,
            TRUE | FALSE => Self::Bool,
            DATE_MS | DATE_MINUTES => Self::Date,
            NULL => Self::Null,
            LIST_VARIABLE_TYPED..=LIST | 0x70..=0x7f => Self::List,
            MAP | MAP_TYPED => Self::Map,
            CLASS_DEF | OBJECT | 0x60..=0x6f => Self::Object,
            REF => Self::Ref,
            END => Self::End,
            0x40 | 0x45 | 0x47 | 0x50 => Self::Reserved,
        }
    }

    /// The word for it in error texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Double => "double",
            Self::Date => "date",
            Self::String => "string",
            Self::Binary => "binary",
            Self::List => "list",
            Self::Map => "map",
            Self::Object => "object",
            Self::Ref => "reference",
            Self::End => "end mark",
            Self::Reserved => "reserved octet",
        }
    }
}
