//! The URL: how Dubbo names a provider, a consumer, a registry or a rule, with all its settings.
//!
//! A [`Url`] is immutable and cheap to clone; the `with_` functions give a changed copy. Parameter values
//! are not escaped inside a Dubbo URL: a value that contains `&` becomes two parameters at the reader.
//! Therefore [`Url::with_user_param`], the door for values of users, refuses such values, while the parsers
//! accept everything that Java accepts.

pub mod form;
pub mod keys;
mod names;
mod params;
mod parse;
mod registry_address;
mod text;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

pub use names::service_key;
pub use registry_address::parse_registry_addresses;

use crate::error::{Error, ErrorCode, Result};

/// `protocol://[username[:password]@]host[:port][/path][?key=value&...]`; an absent part is empty, an
/// absent port 0.
///
/// Two URLs are equal when all parts and parameters are, save `timestamp`: a provider that restarted is
/// the same provider.
#[derive(Debug, Clone)]
pub struct Url(Arc<Parts>);

#[derive(Debug, Clone, Default)]
struct Parts {
    protocol: Box<str>,
    username: Box<str>,
    password: Box<str>,
    host: Box<str>,
    port: u16,
    path: Box<str>,
    params: BTreeMap<Box<str>, Box<str>>,
}

impl Url {
    /// Creates a URL without user, path and parameters.
    #[must_use]
    pub fn new(protocol: &str, host: &str, port: u16) -> Self {
        Self::from_parts(Parts { protocol: protocol.into(), host: host.into(), port, ..Parts::default() })
    }

    fn from_parts(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Parses plain text, as found in configuration; values are not decoded.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidArgument`] with Java's text when the protocol is missing in front of `://` or
    /// the port is not a number.
    pub fn parse(text: &str) -> Result<Self> {
        parse::plain(text)
    }

    /// Parses the name of a registry node, which is a whole URL in form encoding.
    ///
    /// # Errors
    ///
    /// As [`Url::parse`], and for broken escapes.
    pub fn parse_encoded(name: &str) -> Result<Self> {
        parse::encoded(name)
    }

    /// The scheme, for example `dubbo`.
    #[must_use]
    pub fn protocol(&self) -> &str {
        &self.0.protocol
    }

    /// The user, empty when absent.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.0.username
    }

    /// The password, empty when absent.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.0.password
    }

    /// Host name or address; an IPv6 address keeps its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.0.host
    }

    /// The port, 0 when absent.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// The path without its leading slash; for a service URL the name of the interface.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Replaces the protocol.
    #[must_use]
    pub fn with_protocol(self, protocol: &str) -> Self {
        self.edit(|parts| parts.protocol = protocol.into())
    }

    /// Replaces user and password.
    #[must_use]
    pub fn with_user(self, username: &str, password: &str) -> Self {
        self.edit(|parts| {
            parts.username = username.into();
            parts.password = password.into();
        })
    }

    /// Replaces host and port.
    #[must_use]
    pub fn with_address(self, host: &str, port: u16) -> Self {
        self.edit(|parts| {
            parts.host = host.into();
            parts.port = port;
        })
    }

    /// Replaces the path; leading slashes are dropped.
    #[must_use]
    pub fn with_path(self, path: &str) -> Self {
        self.edit(|parts| parts.path = path.trim_start_matches('/').into())
    }

    /// Sets a parameter to a value that the library made itself or took from another URL.
    #[must_use]
    pub fn with_param(self, key: &str, value: impl AsRef<str>) -> Self {
        self.edit(|parts| {
            parts.params.insert(key.into(), value.as_ref().into());
        })
    }

    /// Sets a parameter unless it is present already.
    #[must_use]
    pub fn with_param_if_absent(self, key: &str, value: impl AsRef<str>) -> Self {
        if self.has_param(key) { self } else { self.with_param(key, value) }
    }

    /// Sets a parameter to a value given by a user. Values of the keys in [`keys::ESCAPED`] are
    /// form-encoded, as Java does for the same attributes.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Config`] naming the key when the value contains `&`, `;`, `#` or a control character:
    /// no Dubbo URL can carry it.
    pub fn with_user_param(self, key: &str, value: &str) -> Result<Self> {
        if keys::ESCAPED.contains(&key.rsplit('.').next().unwrap_or(key)) {
            return Ok(self.with_param(key, form::encode(value)));
        }
        if value.chars().any(|c| matches!(c, '&' | ';' | '#') || c.is_control()) {
            return Err(Error::new(ErrorCode::Config, "the value cannot be carried in a Dubbo URL")
                .with("key", key)
                .with("value", value.escape_debug()));
        }
        Ok(self.with_param(key, value))
    }

    /// Sets all given parameters.
    #[must_use]
    pub fn with_params<K: AsRef<str>, V: AsRef<str>>(self, params: impl IntoIterator<Item = (K, V)>) -> Self {
        self.edit(|parts| {
            parts.params.extend(params.into_iter().map(|(k, v)| (k.as_ref().into(), v.as_ref().into())));
        })
    }

    /// Removes one parameter.
    #[must_use]
    pub fn without_param(self, key: &str) -> Self {
        if self.has_param(key) { self.edit(|parts| drop(parts.params.remove(key))) } else { self }
    }

    /// Keeps only the parameters for which `keep` answers true.
    #[must_use]
    pub fn retain_params(self, mut keep: impl FnMut(&str, &str) -> bool) -> Self {
        self.edit(|parts| parts.params.retain(|key, value| keep(key, value)))
    }

    fn edit(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    fn compared_params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.params().filter(|(key, _)| *key != keys::TIMESTAMP)
    }
}

impl FromStr for Url {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl PartialEq for Url {
    fn eq(&self, other: &Self) -> bool {
        if Arc::ptr_eq(&self.0, &other.0) {
            return true;
        }
        let (a, b) = (&*self.0, &*other.0);
        a.port == b.port
            && a.host == b.host
            && a.path == b.path
            && a.protocol == b.protocol
            && a.username == b.username
            && a.password == b.password
            && self.compared_params().eq(other.compared_params())
    }
}

impl Eq for Url {}

impl Hash for Url {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let parts = &*self.0;
        (&parts.protocol, &parts.host, parts.port, &parts.path).hash(state);
        self.compared_params().for_each(|entry| entry.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamp_does_not_count_in_comparison() {
        let url = |text: &str| Url::parse(text).unwrap();
        for (a, b, equal) in [
            ("dubbo://h/a?timestamp=1&x=1", "dubbo://h/a?timestamp=2&x=1", true),
            ("dubbo://h/a?timestamp=1&x=1", "dubbo://h/a?x=1", true),
            ("dubbo://h/a?timeout=1000", "dubbo://h/a?timeout=01000", false),
            ("dubbo://u@h/a", "dubbo://h/a", false),
            ("dubbo://h:1/a", "dubbo://h:2/a", false),
            ("dubbo://h/a?x=", "dubbo://h/a", false),
        ] {
            assert_eq!(url(a) == url(b), equal, "{a} {b}");
        }
    }

    #[test]
    fn values_of_users_that_would_break_the_url_are_refused() {
        let url = Url::new("dubbo", "h", 1);
        for value in ["a&b", "a;b", "a#b", "a\nb"] {
            let error = url.clone().with_user_param("cell", value).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Config);
            assert_eq!(error.context()[0], ("key", "cell".to_owned()));
        }
        let url =
            url.with_user_param("cell", "a,b c").unwrap().with_user_param("mock", "return a&b").unwrap();
        assert_eq!((url.param("cell"), url.param("mock")), (Some("a,b c"), Some("return+a%26b")));
    }

    #[test]
    fn a_changed_copy_leaves_the_original_alone() {
        let one = Url::new("dubbo", "h", 1).with_param("a", "1");
        let two = one.clone().with_param("a", "2").without_param("b").with_path("//x/y");
        assert_eq!((one.param("a"), one.path()), (Some("1"), ""));
        assert_eq!((two.param("a"), two.path()), (Some("2"), "x/y"));
        assert_eq!(two.with_param_if_absent("a", "3").param("a"), Some("2"));
    }
}
