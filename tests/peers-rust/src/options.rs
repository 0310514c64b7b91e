use std::collections::HashMap;
use std::str::FromStr;

use crate::Result;

/// The command line: pairs of `--name value`; a name may come several times.
pub(crate) struct Options(HashMap<String, Vec<String>>);

impl Options {
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut values: HashMap<String, Vec<String>> = HashMap::new();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let name = argument.strip_prefix("--").filter(|name| NAMES.contains(name));
            let name = name.ok_or_else(|| format!("unknown option {argument}"))?;
            let value = arguments.next().ok_or_else(|| format!("--{name} needs a value"))?;
            values.entry(name.to_owned()).or_default().push(value);
        }
        Ok(Self(values))
    }

    /// The last value given for the name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.last().map(String::as_str)
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| format!("missing --{name}").into())
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str, fallback: T) -> Result<T> {
        let Some(text) = self.get(name) else { return Ok(fallback) };
        text.parse().map_err(|_| format!("--{name} {text} is no number").into())
    }

    /// The registry, unless there is none.
    pub(crate) fn registry(&self) -> Option<&str> {
        self.get("registry").filter(|registry| *registry != "N/A")
    }

    /// All `--param key=value`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs("param")
    }

    /// All `--place name=value`.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs("place")
    }

    fn pairs(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.get(name).into_iter().flatten().filter_map(|pair| pair.split_once('='))
    }
}

const NAMES: &[&str] = &[
    "role",
    "registry",
    "name",
    "port",
    "host",
    "heartbeat",
    "param",
    "url",
    "timeout",
    "retries",
    "scenarios",
    "scenario",
    "load",
    "seconds",
    "work",
    "calls",
    "window",
    "faults",
    "place",
];
