//! The keys that a user may set, and the kind of value that each takes.

use crate::error::{Error, ErrorCode, Result};

/// What a value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Bool,
    /// A decimal number; times are milliseconds, sizes are bytes.
    Int,
    /// One of the names given.
    OneOf(&'static [&'static str]),
}

use Kind::{Bool, Int, OneOf, Text};

const LOAD_BALANCES: Kind = OneOf(&["random"]);
const CLUSTERS: Kind = OneOf(&["failover"]);
const THREAD_POOLS: Kind = OneOf(&["fixed", "cached", "limited", "eager"]);
const DISPATCHERS: Kind = OneOf(&["all", "direct", "message", "execution", "connection"]);

/// Key and kind, sorted by key. Keys marked by [`is_method_key`] may also be written `method.key`.
const KEYS: &[(&str, Kind)] = &[
    ("accepts", Int),
    ("alive", Int),
    ("anyhost", Bool),
    ("application", Text),
    ("async", Bool),
    ("callbacks", Int),
    ("check", Bool),
    ("cluster", CLUSTERS),
    ("cluster.availablecheck", Bool),
    ("coalesce", OneOf(&["adaptive", "off"])),
    ("connect.timeout", Int),
    ("connections", Int),
    ("corethreads", Int),
    ("deprecated", Bool),
    ("dispatcher", DISPATCHERS),
    ("dubbo.tag", Text),
    ("dynamic", Bool),
    ("enable-timeout-countdown", Bool),
    ("environment", Text),
    ("executes", Int),
    ("generic", Text),
    ("group", Text),
    ("heartbeat", Int),
    ("heartbeat.timeout", Int),
    ("id.bits", OneOf(&["31", "53"])),
    ("lazy", Bool),
    ("loadbalance", LOAD_BALANCES),
    ("max.in.flight", Int),
    ("organization", Text),
    ("owner", Text),
    ("path", Text),
    ("payload", Int),
    ("protocol", Text),
    ("queues", Int),
    ("reconnect", Bool),
    ("register", Bool),
    ("release", Text),
    ("retries", Int),
    ("return", Bool),
    ("revision", Text),
    ("send.reconnect", Bool),
    ("sent", Bool),
    ("shareconnections", Int),
    ("sticky", Bool),
    ("subscribe", Bool),
    ("threadpool", THREAD_POOLS),
    ("threads", Int),
    ("timeout", Int),
    ("token", Text),
    ("version", Text),
    ("warmup", Int),
    ("weight", Int),
];

/// True for keys that Dubbo also reads per method, as `method.key`.
fn is_method_key(key: &str) -> bool {
    matches!(
        key,
        "async"
            | "callback"
            | "deprecated"
            | "enable-timeout-countdown"
            | "executes"
            | "loadbalance"
            | "retries"
            | "return"
            | "sent"
            | "sticky"
            | "timeout"
            | "weight"
    )
}

/// Checks a key and its value.
pub(super) fn check(key: &str, value: &str) -> Result<()> {
    check_text(key, value)?;
    let Some(kind) = kind_of(key) else {
        return Err(unknown_key(key));
    };
    let accepted = match kind {
        Text => Ok(()),
        Bool if matches!(value, "true" | "false") => Ok(()),
        Bool => Err("write true or false".to_owned()),
        Int if value.parse::<i64>().is_ok() => Ok(()),
        Int => Err("write a decimal number; times are in milliseconds, sizes in bytes".to_owned()),
        OneOf(names) if names.contains(&value) => Ok(()),
        OneOf(names) => Err(format!("known values: {}", names.join(", "))),
    };
    accepted.map_err(|remedy| config_error(format!("{value:?} is not a value of {key}: {remedy}"), key))
}

/// Checks that a Dubbo URL can carry key and value: both travel unescaped.
pub(super) fn check_text(key: &str, value: &str) -> Result<()> {
    let carried = |text: &str| !text.contains(|c: char| matches!(c, '&' | ';' | '#') || c.is_control());
    if key.is_empty() || key.contains('=') || !carried(key) {
        return Err(config_error(format!("{key:?} cannot be a key of a Dubbo URL"), key));
    }
    if !carried(value) {
        let text = format!(
            "{value:?} cannot be carried in a Dubbo URL: remove '&', ';', '#' and control characters"
        );
        return Err(config_error(text, key));
    }
    Ok(())
}

fn kind_of(key: &str) -> Option<Kind> {
    let find =
        |key: &str| KEYS.binary_search_by(|(known, _)| (*known).cmp(key)).ok().map(|index| KEYS[index].1);
    if let Some(kind) = find(key) {
        return Some(kind);
    }
    // `method.0.callback` marks a callback parameter; other method keys are `method.key`.
    if key.ends_with(".callback") {
        return Some(Bool);
    }
    let (method, method_key) = key.split_once('.')?;
    (!method.is_empty() && is_method_key(method_key)).then(|| find(method_key)).flatten()
}

fn unknown_key(key: &str) -> Error {
    let known = KEYS.iter().map(|(known, _)| *known).chain(OWN_KEYS.iter().copied());
    let plain = plain(key);
    let nearest = known.map(|known| (strsim::damerau_levenshtein(&self::plain(known), &plain), known)).min();
    let hint = match nearest {
        Some((distance, known)) if distance <= 2 => format!("did you mean {known:?}?"),
        _ => "keys of your own go through `parameter`".to_owned(),
    };
    config_error(format!("unknown key {key:?}; {hint}"), key)
}

/// The key as every language would spell it: `connect_timeout`, `connectTimeout` and `connect.timeout` are the same.
fn plain(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '.' | '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// Keys that references and servers read themselves, for the hint.
const OWN_KEYS: &[&str] = &[
    "advertise.host",
    "advertise.port",
    "host",
    "interface",
    "methods",
    "port",
    "registry",
    "shutdown.notice",
    "shutdown.wait",
    "url",
];

fn config_error(message: String, key: &str) -> Error {
    Error::new(ErrorCode::Config, message).with("key", key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_the_binary_search() {
        assert!(KEYS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn known_keys_take_values_of_their_kind() {
        for (key, value) in [
            ("timeout", "3000"),
            ("sayHello.retries", "0"),
            ("check", "false"),
            ("subscribe.1.callback", "true"),
            ("threadpool", "eager"),
            ("heartbeat.timeout", "3000"),
            ("group", "a b"),
        ] {
            check(key, value).unwrap_or_else(|error| panic!("{key}={value}: {error}"));
        }
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        for (key, value, remedy) in [
            ("tiemout", "3000", "did you mean \"timeout\""),
            ("regsitry", "N/A", "did you mean \"registry\""),
            ("loadBalance", "random", "did you mean \"loadbalance\""),
            ("max_in_flight", "5", "did you mean \"max.in.flight\""),
            ("timeout", "3s", "decimal number"),
            ("check", "yes", "true or false"),
            ("loadbalance", "leastActive", "known values"),
            ("my-own-key", "1", "`parameter`"),
            ("group", "a&b", "cannot be carried"),
            ("", "x", "cannot be a key"),
        ] {
            let error = check(key, value).expect_err(key);
            assert_eq!(error.code(), ErrorCode::Config);
            assert!(error.message().contains(remedy), "{key}: {error}");
        }
    }
}
