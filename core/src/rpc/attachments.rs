//! The string-keyed side data that travels with a request or a response.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

/// The value of one attachment.
///
/// Dubbo before 2.7.6 knows strings only, so anything else is sent only when the user asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentValue {
    /// The normal case.
    Text(Cow<'static, str>),
    /// A 32-bit integer, as Dubbo itself sends for `_TO`.
    Int(i32),
    /// Any other value: exactly one Hessian value, encoded with empty tables.
    Encoded(Bytes),
}

impl AttachmentValue {
    /// The text, if the value is a string; Dubbo's string getter answers null for all else.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Int(_) | Self::Encoded(_) => None,
        }
    }
}

impl From<&'static str> for AttachmentValue {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for AttachmentValue {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

/// Attachments in the order in which they were set; a key occurs at most once.
///
/// Calls carry a handful of entries, for which a vector is faster and smaller than a hash map. Clones share it until
/// one of them is changed: most calls of a method carry the same entries.
#[derive(Debug, Clone, Default)]
pub struct Attachments(Option<Arc<Entries>>);

type Entries = Vec<(Cow<'static, str>, AttachmentValue)>;

impl Attachments {
    /// Creates an empty set; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    fn entries(&self) -> &[(Cow<'static, str>, AttachmentValue)] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    fn entries_mut(&mut self) -> &mut Entries {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// Sets `key`, replacing an earlier value.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<AttachmentValue>) {
        let (key, value) = (key.into(), value.into());
        let entries = self.entries_mut();
        match entries.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        }
    }

    /// Sets `key` unless it is present already.
    pub fn set_if_absent(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<AttachmentValue>) {
        let key = key.into();
        if self.get(&key).is_none() {
            self.entries_mut().push((key, value.into()));
        }
    }

    /// Removes `key` and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<AttachmentValue> {
        let index = self.entries().iter().position(|(k, _)| k == key)?;
        Some(self.entries_mut().remove(index).1)
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&AttachmentValue> {
        self.entries().iter().find(|(k, _)| k == key).map(|(_, value)| value)
    }

    /// The value of `key`, if it is a string.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(AttachmentValue::as_text)
    }

    /// All entries in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AttachmentValue)> {
        self.entries().iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// Keeps only the entries whose key is accepted.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        // A shared list is not copied when nothing has to go.
        if !self.entries().iter().all(|(key, _)| keep(key)) {
            self.entries_mut().retain(|(key, _)| keep(key));
        }
    }

    /// Copies every entry of `other` over this set.
    pub fn extend_from(&mut self, other: &Self) {
        for (key, value) in other.entries() {
            self.set(key.clone(), value.clone());
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// True when there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }
}

impl PartialEq for Attachments {
    fn eq(&self, other: &Self) -> bool {
        self.entries() == other.entries()
    }
}

impl Eq for Attachments {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_key_wins_and_keeps_its_place() {
        let mut attachments = Attachments::new();
        attachments.set("a", "1");
        attachments.set("b", "2");
        attachments.set("a", "3");
        let all: Vec<_> = attachments.iter().map(|(k, v)| (k, v.as_text())).collect();
        assert_eq!(all, [("a", Some("3")), ("b", Some("2"))]);
    }

    #[test]
    fn a_change_of_a_clone_leaves_the_original_alone() {
        let mut original = Attachments::new();
        original.set("a", "1");
        let mut copy = original.clone();
        copy.set("a", "2");
        copy.retain(|key| key != "b");
        assert_eq!((original.text("a"), copy.text("a")), (Some("1"), Some("2")));
        copy.retain(|_| false);
        assert_eq!(copy, Attachments::new(), "no entries are no entries");
    }

    #[test]
    fn set_if_absent_keeps_the_first_value() {
        let mut attachments = Attachments::new();
        attachments.set_if_absent("a", "1");
        attachments.set_if_absent("a", "2");
        assert_eq!(attachments.text("a"), Some("1"));
        assert_eq!(
            attachments.remove("a").and_then(|v| v.as_text().map(str::to_owned)),
            Some("1".to_owned())
        );
        assert!(attachments.is_empty());
    }
}
