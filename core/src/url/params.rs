//! Typed access to parameters, with Dubbo's fallback from method to interface level.
//!
//! A value that does not parse counts as absent and is reported once per read at debug level: it comes
//! from other processes and must not stop this one.

use std::time::Duration;

use super::{Url, keys};

impl Url {
    /// All parameters, sorted by key.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.params.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The parameter as it is; an empty value is a value.
    #[must_use]
    pub fn param(&self, key: &str) -> Option<&str> {
        self.0.params.get(key).map(|value| &**value)
    }

    /// The parameter, unless it is absent or empty: what Java's getters with a default use.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.param(key).filter(|value| !value.is_empty())
    }

    /// True when the parameter is present and not empty.
    #[must_use]
    pub fn has_param(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// True exactly when the value is `true` in any case; `default` when absent.
    #[must_use]
    pub fn bool_param(&self, key: &str, default: bool) -> bool {
        self.value(key).map_or(default, is_true)
    }

    /// The value as a number; `default` when absent or not a number.
    #[must_use]
    pub fn int_param(&self, key: &str, default: i64) -> i64 {
        self.value(key).and_then(|value| number(key, value)).unwrap_or(default)
    }

    /// The value as a number above 0; `default` otherwise.
    #[must_use]
    pub fn positive_param(&self, key: &str, default: i64) -> i64 {
        Some(self.int_param(key, default)).filter(|&n| n > 0).unwrap_or(default)
    }

    /// The value in milliseconds; `default` when it is absent or not above 0.
    #[must_use]
    pub fn millis_param(&self, key: &str, default: Duration) -> Duration {
        let millis = self.value(key).and_then(|value| number(key, value)).filter(|&n| n > 0);
        millis.map_or(default, |n| Duration::from_millis(n as u64))
    }

    /// `method.key`, else `methods.method.key` (the form of dubbo-go), else `key`; empty values count as
    /// absent. Java 3.x asks for a method's own value only if `methods` is absent or names the method.
    #[must_use]
    pub fn method_param(&self, method: &str, key: &str) -> Option<&str> {
        self.own_method_param(method, key).or_else(|| self.value(key))
    }

    /// The value set for exactly this method, without the fallback to the interface.
    #[must_use]
    pub fn own_method_param(&self, method: &str, key: &str) -> Option<&str> {
        if self.value(keys::METHODS).is_some_and(|methods| methods != "*" && !methods.contains(method)) {
            return None;
        }
        self.value(&format!("{method}.{key}")).or_else(|| self.value(&format!("methods.{method}.{key}")))
    }

    /// [`Url::method_param`] as a boolean.
    #[must_use]
    pub fn method_bool(&self, method: &str, key: &str, default: bool) -> bool {
        self.method_param(method, key).map_or(default, is_true)
    }

    /// [`Url::method_param`] as a number.
    #[must_use]
    pub fn method_int(&self, method: &str, key: &str, default: i64) -> i64 {
        self.method_param(method, key).and_then(|value| number(key, value)).unwrap_or(default)
    }

    /// [`Url::method_param`] in milliseconds; `default` when it is not above 0.
    #[must_use]
    pub fn method_millis(&self, method: &str, key: &str, default: Duration) -> Duration {
        match self.method_int(method, key, 0) {
            n if n > 0 => Duration::from_millis(n as u64),
            _ => default,
        }
    }

    /// The items of `methods`; empty when absent. `*` stands for any method.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        let list = self.value(keys::METHODS).unwrap_or_default();
        list.split(',').map(str::trim).filter(|method| !method.is_empty())
    }

    /// Start of the process in milliseconds since 1970; 0 when unknown. dubbo-go writes seconds, which
    /// are recognised by their size.
    #[must_use]
    pub fn start_time_ms(&self) -> i64 {
        match self.int_param(keys::TIMESTAMP, 0) {
            n if n < 100_000_000_000 => n.saturating_mul(1000),
            n => n,
        }
    }

    /// True for the URL that stands for "this category is empty".
    #[must_use]
    pub fn is_empty_marker(&self) -> bool {
        self.protocol() == "empty"
    }
}

fn is_true(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("true")
}

fn number(key: &str, value: &str) -> Option<i64> {
    let number = value.trim().parse().ok();
    if number.is_none() {
        tracing::debug!(key, value, "a URL parameter is not a number, its default is used");
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_values_win_over_interface_values() {
        let url =
            Url::parse("dubbo://h/a?timeout=100&hello.timeout=50&methods.go.timeout=7&bye.timeout=").unwrap();
        for (method, want) in [("hello", 50), ("go", 7), ("bye", 100), ("other", 100)] {
            assert_eq!(url.method_int(method, "timeout", 1), want, "{method}");
        }
        assert_eq!(url.method_int("hello", "retries", 2), 2);
    }

    #[test]
    fn a_method_that_is_not_listed_has_no_value_of_its_own() {
        let url = Url::parse("dubbo://h/a?methods=hello,bye&hello.retries=0&x.retries=5&retries=1").unwrap();
        assert_eq!(url.method_int("hello", "retries", 2), 0);
        assert_eq!(url.method_int("x", "retries", 2), 1);
    }

    #[test]
    fn values_that_do_not_parse_give_the_default() {
        let url = Url::parse("dubbo://h/a?a=x&b=TRUE&c=&d=-3&e=yes").unwrap();
        assert_eq!(url.int_param("a", 9), 9);
        assert!(url.bool_param("b", false) && url.bool_param("c", true) && !url.bool_param("e", true));
        assert_eq!((url.int_param("d", 9), url.positive_param("d", 9)), (-3, 9));
        assert_eq!(url.millis_param("d", Duration::from_secs(1)), Duration::from_secs(1));
        assert_eq!((url.param("c"), url.value("c"), url.has_param("c")), (Some(""), None, false));
    }

    #[test]
    fn start_times_in_seconds_are_recognised() {
        for (text, want) in [("1795172719592", 1795172719592), ("1795172719", 1795172719000), ("", 0)] {
            assert_eq!(Url::new("dubbo", "h", 1).with_param("timestamp", text).start_time_ms(), want);
        }
    }
}
