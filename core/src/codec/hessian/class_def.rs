//! Class definitions: the name of a Java class and of its fields, in wire order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::error::{EncodeError, EncodeErrorKind};
use super::number;
use super::text;

/// Units of a class or field name that may be registered; a peer may send somewhat longer ones.
const MAX_REGISTERED_NAME: usize = 512;

/// A class definition. Definitions with the same bytes share one `Arc` through [`super::ClassCache`],
/// so that a target may cache its mapping under [`ClassDef::id`].
#[derive(Debug)]
pub struct ClassDef {
    id: u64,
    name: Box<str>,
    fields: Box<[Box<str>]>,
    encoded: Bytes,
    trait_of: ClassTrait,
}

/// How instances of a class deviate from "one slot, then its fields".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassTrait {
    /// No deviation.
    Plain,
    /// Every known Java writer gives its instances no slot.
    NeverNumbered,
    /// hessian-lite 4.0.1 to 4.0.4 writes its instances without a slot, others with one.
    SometimesNumbered,
    /// hessian-lite 3.2 reads its instances without a slot.
    MiscountedByReaders,
    /// A definition without fields whose instances are followed by one long (compact `java.time`).
    TrailingLong,
}

impl ClassDef {
    /// Creates the definition of a class that this side writes.
    ///
    /// # Errors
    /// `BadName` when the name is no binary class name or a field name is empty or longer than 512
    /// units; `DuplicateField` when a field occurs twice.
    pub fn new<F: AsRef<str>>(
        name: &str,
        fields: impl IntoIterator<Item = F>,
    ) -> Result<Arc<Self>, EncodeError> {
        let class = Self::with_hidden_fields(name, fields)?;
        for (index, field) in class.fields.iter().enumerate() {
            if class.fields[..index].contains(field) {
                return Err(EncodeError::new(EncodeErrorKind::DuplicateField(field.to_string())));
            }
        }
        Ok(class)
    }

    /// Creates a definition in which a field of a subclass may hide one of its superclass by repeating its
    /// name, as Java writes it: the superclass's value stands first.
    ///
    /// # Errors
    /// `BadName` as [`ClassDef::new`].
    pub fn with_hidden_fields<F: AsRef<str>>(
        name: &str,
        fields: impl IntoIterator<Item = F>,
    ) -> Result<Arc<Self>, EncodeError> {
        if !is_class_name(name) {
            return Err(EncodeError::new(EncodeErrorKind::BadName(name.into())));
        }
        let fields: Box<[Box<str>]> = fields.into_iter().map(|field| field.as_ref().into()).collect();
        for field in &fields {
            if field.is_empty() || field.len() > MAX_REGISTERED_NAME {
                return Err(EncodeError::new(EncodeErrorKind::BadName(field.to_string())));
            }
        }
        Ok(Self::build(name.into(), fields, None))
    }

    /// Creates a definition as a peer sent it: any names, duplicates included.
    pub(super) fn build(name: Box<str>, fields: Box<[Box<str>]>, encoded: Option<Bytes>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let trait_of = ClassTrait::of(&name, fields.len());
        let encoded = encoded.unwrap_or_else(|| encode(&name, &fields));
        Arc::new(Self { id: NEXT.fetch_add(1, Ordering::Relaxed), name, fields, encoded, trait_of })
    }

    /// A number that no other definition of this process has.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Binary name of the class, for example `com.acme.Order$Line`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of the fields in wire order. A peer may repeat a name (a subclass that hides a field); the
    /// last value is the one Java keeps.
    #[must_use]
    pub fn fields(&self) -> &[Box<str>] {
        &self.fields
    }

    /// Position of the last field with this name.
    #[must_use]
    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().rposition(|field| &**field == name)
    }

    /// The definition in canonical form or as it was received: `43`, name, count, field names.
    #[must_use]
    pub fn encoded(&self) -> &Bytes {
        &self.encoded
    }

    pub(super) fn trait_of(&self) -> ClassTrait {
        self.trait_of
    }
}

impl PartialEq for ClassDef {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id || (self.name == other.name && self.fields == other.fields)
    }
}

impl Eq for ClassDef {}

impl ClassTrait {
    pub(super) fn of(name: &str, fields: usize) -> Self {
        // All names with a quirk are JDK names; most classes are not.
        if !name.starts_with("java.") {
            return Self::Plain;
        }
        match name {
            "java.net.InetAddress$InetAddressHolder" | "java.net.Inet6Address$Inet6AddressHolder" => {
                Self::NeverNumbered
            }
            "java.net.InetAddress"
            | "java.net.Inet6Address"
            | "java.net.InetSocketAddress"
            | "java.net.URI"
            | "java.util.concurrent.atomic.LongAdder$SerializationProxy" => Self::SometimesNumbered,
            "java.util.UUID" => Self::MiscountedByReaders,
            "java.time.LocalDate" | "java.time.LocalTime" if fields == 0 => Self::TrailingLong,
            _ => Self::Plain,
        }
    }
}

fn encode(name: &str, fields: &[Box<str>]) -> Bytes {
    let mut out = Vec::with_capacity(8 + name.len() + fields.iter().map(|f| f.len() + 2).sum::<usize>());
    out.extend_from_slice(&[super::tag::CLASS_DEF]);
    text::put_str(&mut out, name);
    number::put_int(&mut out, fields.len() as i32);
    for field in fields {
        text::put_str(&mut out, field);
    }
    Bytes::from(out)
}

/// Whether this is a binary class name: identifiers of letters, digits, `_` and `$`, joined by dots.
#[must_use]
pub fn is_class_name(name: &str) -> bool {
    let mut is_at_start = true;
    for octet in name.bytes() {
        is_at_start = match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => false,
            b'0'..=b'9' if !is_at_start => false,
            b'.' if !is_at_start => true,
            0x80.. => return is_name_of_any_script(name),
            _ => return false,
        };
    }
    !is_at_start && name.len() <= MAX_REGISTERED_NAME
}

fn is_name_of_any_script(name: &str) -> bool {
    let is_start = |c: char| c == '_' || c == '$' || c.is_alphabetic();
    let is_part = |c: char| is_start(c) || c.is_alphanumeric();
    let is_identifier = |part: &str| part.starts_with(is_start) && part.chars().all(is_part);
    name.len() <= MAX_REGISTERED_NAME && name.split('.').all(is_identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_are_binary_names() {
        for good in
            ["a", "demo.User", "demo.Outer$Inner", "demo.Outer$1", "_x.Y$", "a1.b2", "demo.Größe", "größe.a1"]
        {
            assert!(is_class_name(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "1a",
            "a.1b",
            "a b",
            "a/b",
            "[int",
            "a;",
            "a..ö",
            "ö.1",
            &"a".repeat(513),
        ] {
            assert!(!is_class_name(bad), "{bad}");
        }
    }

    #[test]
    fn definitions_refuse_repeated_fields() {
        let error = ClassDef::new("demo.A", ["x", "y", "x"]).unwrap_err();
        assert_eq!(*error.kind(), EncodeErrorKind::DuplicateField("x".into()));
    }

    #[test]
    fn definitions_are_encoded_once() {
        let class = ClassDef::new("demo.User", ["age", "name"]).unwrap();
        assert_eq!(&class.encoded()[..], b"\x43\x09demo.User\x92\x03age\x04name");
        assert_eq!(class.field_index("name"), Some(1));
    }
}
