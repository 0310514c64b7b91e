//! The string-keyed side data that travels with a request or a response.

use std::borrow::Cow;

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
/// Calls carry a handful of entries, for which a vector is faster and smaller than a hash map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachments(Vec<(Cow<'static, str>, AttachmentValue)>);

impl Attachments {
    /// Creates an empty set; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets `key`, replacing an earlier value.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<AttachmentValue>) {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key, value)),
        }
    }

    /// Sets `key` unless it is present already.
    pub fn set_if_absent(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<AttachmentValue>) {
        let key = key.into();
        if self.get(&key).is_none() {
            self.0.push((key, value.into()));
        }
    }

    /// Removes `key` and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<AttachmentValue> {
        let index = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(index).1)
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&AttachmentValue> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value)
    }

    /// The value of `key`, if it is a string.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(AttachmentValue::as_text)
    }

    /// All entries in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AttachmentValue)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// Keeps only the entries whose key is accepted.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|(key, _)| keep(key));
    }

    /// Copies every entry of `other` over this set.
    pub fn extend_from(&mut self, other: &Self) {
        for (key, value) in &other.0 {
            self.set(key.clone(), value.clone());
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

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
