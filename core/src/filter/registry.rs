//! Which filters a reference or an exporter gets, and in which order.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::chain::Element;
use super::{AroundFilter, Chain, ExecuteLimit, Filter, Side, Token};
use crate::error::{Error, ErrorCode, Result};
use crate::url::Url;

/// Makes a filter for the URL of one reference or exporter.
pub type FilterFactory = Arc<dyn Fn(&Url) -> Arc<dyn Filter> + Send + Sync>;

type ElementFactory = Arc<dyn Fn(&Url) -> Element + Send + Sync>;

/// All filters by name. Dubbo calls this the extension point `Filter`.
#[derive(Clone)]
pub struct FilterRegistry {
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    side: Side,
    /// `None`: runs only where it is named.
    activation: Option<Activation>,
    make: ElementFactory,
}

#[derive(Clone, Copy)]
struct Activation {
    order: i32,
    /// URL parameter that must be set, for the interface or for any method.
    key: &'static str,
}

impl FilterRegistry {
    /// The filters of this library. Echo, context, generic, exception and timeout are not among them: the provider does
    /// what these do for every service, in the places where Dubbo's filters of these names would run.
    #[must_use]
    pub fn builtin() -> Self {
        let mut registry = Self { entries: BTreeMap::new() };
        registry.activate("executelimit", "executes", |_| Arc::new(ExecuteLimit::new()));
        registry
            .activate("token", "token", |url| Arc::new(Token::new(url.value("token").unwrap_or_default())));
        registry
    }

    fn activate(
        &mut self,
        name: &str,
        key: &'static str,
        make: impl Fn(&Url) -> Arc<dyn Filter> + Send + Sync + 'static,
    ) {
        let make: ElementFactory = Arc::new(move |url| Element::Hook(make(url)));
        let activation = Some(Activation { order: 0, key });
        self.entries.insert(name.to_owned(), Entry { side: Side::Provider, activation, make });
    }

    /// Adds a filter of the user under a name for the parameters `service.filter` and `reference.filter`.
    pub fn register(&mut self, name: impl Into<String>, side: Side, make: FilterFactory) {
        let make: ElementFactory = Arc::new(move |url| Element::Hook(make(url)));
        self.entries.insert(name.into(), Entry { side, activation: None, make });
    }

    /// As [`FilterRegistry::register`], for a filter that may wait; one object serves all URLs.
    pub fn register_around(&mut self, name: impl Into<String>, side: Side, filter: Arc<dyn AroundFilter>) {
        let make: ElementFactory = Arc::new(move |_| Element::Around(Arc::clone(&filter)));
        self.entries.insert(name.into(), Entry { side, activation: None, make });
    }

    /// Builds the chain for one URL from `service.filter` or `reference.filter`, as Dubbo does: filters that
    /// activate themselves first, then those named; `default` in the list says where the former go, `-name`
    /// leaves one out, `-default` all of them.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Config`] for a name nobody registered.
    pub fn chain(&self, side: Side, url: &Url) -> Result<Chain> {
        let key = match side {
            Side::Consumer => "reference.filter",
            Side::Provider => "service.filter",
        };
        let names: Vec<&str> = split(url.value(key).unwrap_or_default());
        let mut elements = Vec::new();
        for name in order(&names, &self.auto(side, url, &names)) {
            let entry = self.entries.get(name).filter(|entry| entry.side == side);
            let entry = entry.ok_or_else(|| {
                let known =
                    self.entries.iter().filter(|(_, e)| e.side == side).map(|(name, _)| name.as_str());
                let known = known.collect::<Vec<_>>().join(", ");
                let text = format!("no filter is registered as {name:?}; known: {known}");
                Error::new(ErrorCode::Config, text).with("key", key)
            })?;
            elements.push((entry.make)(url));
        }
        Ok(Chain::from_elements(elements))
    }

    fn auto(&self, side: Side, url: &Url, names: &[&str]) -> Vec<&str> {
        if names.contains(&"-default") {
            return Vec::new();
        }
        let active = |entry: &Entry| {
            let activation = entry.activation.filter(|_| entry.side == side)?;
            is_set(url, activation.key).then_some(activation.order)
        };
        let mut auto: Vec<(i32, &str)> =
            self.entries.iter().filter_map(|(name, entry)| Some((active(entry)?, name.as_str()))).collect();
        auto.sort_unstable();
        auto.into_iter().map(|(_, name)| name).collect()
    }
}

impl fmt::Debug for FilterRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

/// Dubbo's "not empty": these values switch a filter off as well as a missing one.
fn is_set(url: &Url, key: &str) -> bool {
    let counts =
        |value: &str| !["", "false", "0", "null", "n/a"].contains(&value.to_ascii_lowercase().as_str());
    let ends = |name: &str| name == key || name.strip_suffix(key).is_some_and(|rest| rest.ends_with('.'));
    url.params().any(|(name, value)| ends(name) && counts(value))
}

fn split(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Joins the names given by the user with the filters that activate themselves (the rules of 2.7).
fn order<'a>(names: &[&'a str], auto: &[&'a str]) -> Vec<&'a str> {
    let removed = |name: &str| names.iter().any(|n| n.strip_prefix('-') == Some(name));
    let mut rest: Vec<&str> =
        auto.iter().copied().filter(|name| !names.contains(name) && !removed(name)).collect();
    let mut pending = Vec::new();
    for &name in names {
        if name == "default" {
            pending.append(&mut rest);
            rest = std::mem::take(&mut pending);
        } else if !name.starts_with('-')
            && !removed(name)
            && !pending.contains(&name)
            && !rest.contains(&name)
        {
            pending.push(name);
        }
    }
    rest.append(&mut pending);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_the_one_of_dubbo() {
        for (names, want) in [
            ("", "A,B"),
            ("x,y", "A,B,x,y"),
            ("x,default,y", "x,A,B,y"),
            ("-A,x", "B,x"),
            ("-default,x", "x"),
            ("x,-x", "A,B"),
            ("B,default", "B,A"),
            ("x,x", "A,B,x"),
        ] {
            let names = split(names);
            let auto: &[&str] = if names.contains(&"-default") { &[] } else { &["A", "B"] };
            assert_eq!(order(&names, auto).join(","), want, "{names:?}");
        }
    }

    #[test]
    fn conditions_look_at_the_interface_and_at_every_method() {
        for (query, want) in [
            ("", 0),
            ("?token=tok", 1),
            ("?token=false", 0),
            ("?executes=0", 0),
            ("?hello.executes=2&token=x", 2),
            ("?token=x&service.filter=-token", 0),
        ] {
            let url = Url::parse(&format!("dubbo://h:1/a{query}")).expect("url");
            let names = split(url.value("service.filter").unwrap_or_default());
            let registry = FilterRegistry::builtin();
            let count = order(&names, &registry.auto(Side::Provider, &url, &names)).len();
            assert_eq!(count, want, "{query}");
            assert!(registry.chain(Side::Provider, &url).is_ok());
        }
    }

    #[test]
    fn an_unknown_name_is_a_configuration_error_that_lists_the_known_ones() {
        let url = Url::parse("dubbo://h:1/a?service.filter=tokn").expect("url");
        let error = FilterRegistry::builtin().chain(Side::Provider, &url).expect_err("unknown");
        assert_eq!(error.code(), ErrorCode::Config);
        assert!(error.message().contains("executelimit, token"), "{error}");
    }
}
