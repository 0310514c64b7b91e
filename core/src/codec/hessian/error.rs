//! The errors of the codec: what is wrong with the bytes, or with the value that should become bytes.
//!
//! Error texts carry the offset, the path and at most a class name. They never format a decoded value:
//! two remote code executions in Dubbo began in an error message.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// Segments beyond this many are dropped from the path of an error.
const MAX_PATH: usize = 64;

/// Class and field names in error texts are cut to this many characters.
const MAX_NAME: usize = 128;

/// Why bytes are not the value that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// No value starts with this octet.
    UnknownTag(u8),
    /// The end mark `5a` stands where a value must stand.
    UnexpectedEnd,
    /// The body ends inside a value.
    Eof,
    /// A reference names a slot that does not exist (yet).
    BadRef(i32),
    /// A reference leads to a value of the wrong type after a class whose slots Java counts inconsistently.
    SuspectReference,
    /// A type index is not in the type table, or the type is neither a string nor an index.
    BadTypeRef,
    /// A class index is not in the class table.
    BadClassRef(i32),
    /// A length or count is larger than the rest of the body or than the configured limit.
    LengthLimit,
    /// A length or count is negative.
    NegativeLength,
    /// Text is not valid CESU-8 or UTF-8, or its unit count is ambiguous.
    BadUtf8,
    /// A string or binary value continues with something that is no chunk of it.
    BadChunk,
    /// Values nest deeper than the configured limit.
    DepthLimit,
    /// The values need more memory than the budget of the body.
    MemoryLimit,
    /// Shared values expand to more than the configured number of visits.
    ExpansionLimit,
    /// A value contains itself where the target cannot express that.
    CyclicReference(u32),
    /// Another kind of value was expected.
    TypeMismatch {
        /// What the target takes.
        expected: &'static str,
        /// What the bytes hold.
        found: &'static str,
    },
    /// A number does not fit the declared type, which is named here.
    Overflow(&'static str),
    /// An enum constant, class or variant that the target does not know.
    UnknownName(String),
    /// A field that the target requires is missing.
    MissingField(&'static str),
    /// Bytes are left after the last value.
    TrailingData,
    /// The sender lost the content before it wrote the value; the text says how.
    LostContent(&'static str),
    /// Any other reason, found by the target type.
    Custom(Cow<'static, str>),
}

impl DecodeErrorKind {
    /// The short name of the kind, as the shared vectors spell it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::UnknownTag(_) => "unknown_tag",
            Self::UnexpectedEnd => "unexpected_end",
            Self::Eof => "eof",
            Self::BadRef(_) => "bad_ref",
            Self::SuspectReference => "suspect_reference",
            Self::BadTypeRef => "bad_type_ref",
            Self::BadClassRef(_) => "bad_class_ref",
            Self::LengthLimit => "length_limit",
            Self::NegativeLength => "negative_length",
            Self::BadUtf8 => "bad_utf8",
            Self::BadChunk => "bad_chunk",
            Self::DepthLimit => "depth_limit",
            Self::MemoryLimit => "memory_limit",
            Self::ExpansionLimit => "expansion_limit",
            Self::CyclicReference(_) => "cyclic_reference",
            Self::TypeMismatch { .. } => "type_mismatch",
            Self::Overflow(_) => "overflow",
            Self::UnknownName(_) => "unknown_name",
            Self::MissingField(_) => "missing_field",
            Self::TrailingData => "trailing_data",
            Self::LostContent(_) => "lost_content",
            Self::Custom(_) => "custom",
        }
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTag(tag) => write!(f, "unknown tag 0x{tag:02x}"),
            Self::UnexpectedEnd => f.write_str("unexpected end mark"),
            Self::Eof => f.write_str("unexpected end of data"),
            Self::BadRef(index) => write!(f, "reference to missing slot {index}"),
            Self::SuspectReference => f.write_str("reference that the sender has probably numbered wrongly"),
            Self::BadTypeRef => f.write_str("bad type reference"),
            Self::BadClassRef(index) => write!(f, "reference to missing class {index}"),
            Self::LengthLimit => f.write_str("length exceeds the data or the limit"),
            Self::NegativeLength => f.write_str("negative length"),
            Self::BadUtf8 => f.write_str("malformed text"),
            Self::BadChunk => f.write_str("malformed chunk sequence"),
            Self::DepthLimit => f.write_str("values nest too deeply"),
            Self::MemoryLimit => f.write_str("memory budget exceeded"),
            Self::ExpansionLimit => f.write_str("shared values expand too far"),
            Self::CyclicReference(slot) => write!(f, "cyclic reference to slot {slot}"),
            Self::TypeMismatch { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Overflow(target) => write!(f, "number out of range for {target}"),
            Self::UnknownName(name) => write!(f, "unknown name {name}"),
            Self::MissingField(name) => write!(f, "missing field {name}"),
            Self::TrailingData => f.write_str("data after the last value"),
            Self::LostContent(how) => write!(f, "content lost by the sender: {how}"),
            Self::Custom(text) => f.write_str(text),
        }
    }
}

/// Bytes that are not the value that was asked for: the reason, the offset and the path to it.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<DecodeFault>);

#[derive(Clone, PartialEq, Eq)]
struct DecodeFault {
    kind: DecodeErrorKind,
    at: usize,
    /// Innermost segment first: the path grows while the error travels outwards.
    path: Vec<PathSegment>,
}

/// One step of the path from the root value to the fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathSegment {
    /// Element of a list, or argument of a call.
    Index(usize),
    /// Entry of a map, counted in wire order. The key itself is not shown, it is the peer's data.
    Entry(usize),
    /// Field of an object.
    Field(Box<str>),
}

impl DecodeError {
    /// Creates an error found at a byte offset of the body.
    #[must_use]
    #[cold]
    pub fn new(kind: DecodeErrorKind, at: usize) -> Self {
        Self(Box::new(DecodeFault { kind, at, path: Vec::new() }))
    }

    /// The reason.
    #[must_use]
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// Offset from the start of the reader's bytes.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.0.at
    }

    /// The path from the root value to the fault, outermost segment first.
    pub fn path(&self) -> impl Iterator<Item = &PathSegment> {
        self.0.path.iter().rev()
    }

    /// Adds an outer field to the path.
    #[must_use]
    #[cold]
    pub fn in_field(self, name: &str) -> Self {
        self.within(PathSegment::Field(printable(name).into()))
    }

    /// Adds an outer list index to the path.
    #[must_use]
    #[cold]
    pub fn in_index(self, index: usize) -> Self {
        self.within(PathSegment::Index(index))
    }

    /// Adds an outer map entry to the path.
    #[must_use]
    #[cold]
    pub fn in_entry(self, index: usize) -> Self {
        self.within(PathSegment::Entry(index))
    }

    /// The same error at another offset.
    pub(super) fn moved_to(mut self, at: usize) -> Self {
        self.0.at = at;
        self
    }

    fn within(mut self, segment: PathSegment) -> Self {
        if self.0.path.len() < MAX_PATH {
            self.0.path.push(segment);
        }
        self
    }
}

impl fmt::Display for DecodeError {
    /// `items[3].price: expected double, found string (at byte 118)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.path().enumerate() {
            match segment {
                PathSegment::Index(index) => write!(f, "[{index}]")?,
                PathSegment::Entry(index) => write!(f, "{{{index}}}")?,
                PathSegment::Field(name) if position == 0 => f.write_str(name)?,
                PathSegment::Field(name) => write!(f, ".{name}")?,
            }
        }
        let separator = if self.0.path.is_empty() { "" } else { ": " };
        write!(f, "{separator}{} (at byte {})", self.0.kind, self.0.at)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl StdError for DecodeError {}

/// Why a value cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// Containers nest deeper than the configured limit.
    DepthLimit,
    /// A container was closed or finished with too few or too many values.
    Unbalanced,
    /// The number does not fit the declared type, which is named here.
    Overflow(&'static str),
    /// A class, type or field name is not one that Java could have.
    BadName(String),
    /// A definition names the same field twice.
    DuplicateField(String),
    /// A list or definition has more elements than a Java `int` can count.
    TooLong,
    /// A reference to a slot that has not been written.
    BadRef(u32),
    /// A back edge of a cycle whose target no longer exists.
    DanglingReference,
    /// Hessian2 as Dubbo uses it has no form for this value.
    Unsupported(Cow<'static, str>),
    /// Any other reason, given by the source of the value.
    Custom(Cow<'static, str>),
}

/// A value that cannot be written, and the path to it.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodeError(Box<EncodeFault>);

#[derive(Clone, PartialEq, Eq)]
struct EncodeFault {
    kind: EncodeErrorKind,
    path: Vec<PathSegment>,
}

impl EncodeError {
    /// Creates an error.
    #[must_use]
    #[cold]
    pub fn new(kind: EncodeErrorKind) -> Self {
        Self(Box::new(EncodeFault { kind, path: Vec::new() }))
    }

    /// The reason.
    #[must_use]
    pub fn kind(&self) -> &EncodeErrorKind {
        &self.0.kind
    }

    /// Adds an outer field to the path.
    #[must_use]
    #[cold]
    pub fn in_field(mut self, name: &str) -> Self {
        if self.0.path.len() < MAX_PATH {
            self.0.path.push(PathSegment::Field(printable(name).into()));
        }
        self
    }

    /// Adds an outer list index to the path.
    #[must_use]
    #[cold]
    pub fn in_index(mut self, index: usize) -> Self {
        if self.0.path.len() < MAX_PATH {
            self.0.path.push(PathSegment::Index(index));
        }
        self
    }
}

impl fmt::Display for EncodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DepthLimit => f.write_str("values nest too deeply"),
            Self::Unbalanced => f.write_str("container closed with a wrong number of values"),
            Self::Overflow(target) => write!(f, "number out of range for {target}"),
            Self::BadName(name) => write!(f, "not a Java name: {}", printable(name)),
            Self::DuplicateField(name) => write!(f, "field {} is defined twice", printable(name)),
            Self::TooLong => f.write_str("more elements than Java can count"),
            Self::BadRef(slot) => write!(f, "reference to unwritten slot {slot}"),
            Self::DanglingReference => f.write_str("the target of a cyclic reference no longer exists"),
            Self::Unsupported(what) => write!(f, "no Hessian2 form for {what}"),
            Self::Custom(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.path.iter().rev().enumerate() {
            match segment {
                PathSegment::Index(index) | PathSegment::Entry(index) => write!(f, "[{index}]")?,
                PathSegment::Field(name) if position == 0 => f.write_str(name)?,
                PathSegment::Field(name) => write!(f, ".{name}")?,
            }
        }
        let separator = if self.0.path.is_empty() { "" } else { ": " };
        write!(f, "{separator}{}", self.0.kind)
    }
}

impl fmt::Debug for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodeError({self})")
    }
}

impl StdError for EncodeError {}

/// A name as it may stand in a log line: printable ASCII, bounded.
pub(super) fn printable(name: &str) -> String {
    name.chars().take(MAX_NAME).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

impl From<DecodeError> for crate::error::Error {
    fn from(error: DecodeError) -> Self {
        Self::new(crate::error::ErrorCode::Serialization, error.to_string()).caused_by(error)
    }
}

impl From<EncodeError> for crate::error::Error {
    fn from(error: EncodeError) -> Self {
        Self::new(crate::error::ErrorCode::Serialization, error.to_string()).caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_reads_from_the_root_to_the_fault() {
        let kind = DecodeErrorKind::TypeMismatch { expected: "double", found: "string" };
        let error = DecodeError::new(kind, 118).in_field("price").in_index(3).in_field("items").in_index(1);
        assert_eq!(error.to_string(), "[1].items[3].price: expected double, found string (at byte 118)");
    }

    #[test]
    fn names_in_texts_are_printable_and_bounded() {
        let error = DecodeError::new(DecodeErrorKind::Eof, 0).in_field(&"a\n".repeat(500));
        let text = error.to_string();
        assert!(text.len() < 200 && !text.contains('\n'), "{text}");
    }
}
