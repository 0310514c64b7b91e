//! Overrides: rules of operators that change parameters of providers while everything runs.
//!
//! Consoles write them into the registry's category `configurators` as `override://` (change) or `absent://`
//! (add where missing) URLs. The YAML form of the config center is not read here.

use crate::url::{Url, keys};

/// Parameters of a rule that say where it applies, not what it changes.
const CONDITIONS: &[&str] = &[
    keys::CATEGORY,
    keys::CHECK,
    keys::DYNAMIC,
    keys::ENABLED,
    keys::GROUP,
    keys::VERSION,
    keys::APPLICATION,
    keys::SIDE,
    CONFIG_VERSION,
    keys::COMPATIBLE_CONFIG,
    "interfaces",
];

const CONFIG_VERSION: &str = "configVersion";
const PROVIDER_ADDRESSES: &str = "providerAddresses";
const ANY_HOST: &str = "0.0.0.0";

/// The rules for one service, in the order in which they apply: any-host rules first, special ones later,
/// and the later one wins.
#[derive(Debug, Clone, Default)]
pub struct Configurators(Vec<Url>);

impl Configurators {
    /// The rules of one notified list. An `empty` URL means that there are none.
    #[must_use]
    pub fn new(urls: &[Url]) -> Self {
        if urls.iter().any(Url::is_empty_marker) {
            return Self::default();
        }
        let changes = |url: &&Url| url.params().any(|(key, _)| key != keys::ANYHOST);
        let mut rules: Vec<Url> = urls.iter().filter(changes).cloned().collect();
        let priority = |url: &Url| url.int_param("priority", 0);
        rules.sort_by(|a, b| a.host().cmp(b.host()).then_with(|| priority(a).cmp(&priority(b))));
        Self(rules)
    }

    /// True when there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The URL as the rules make it. `local_host` is the address of this process; whether it acts as consumer
    /// or as provider says the URL's `side`.
    #[must_use]
    pub fn apply(&self, url: Url, local_host: &str) -> Url {
        let mut url = url;
        for rule in self.0.iter().filter(|rule| rule.bool_param(keys::ENABLED, true)) {
            if concerns(rule, &url, local_host) && conditions_hold(rule, &url) {
                url = change(rule, url);
            }
        }
        url
    }
}

/// Whether the rule's address means this URL.
fn concerns(rule: &Url, url: &Url, local_host: &str) -> bool {
    let provider_side = url.value(keys::SIDE) == Some("provider");
    let host = match (rule.value(CONFIG_VERSION), rule.port()) {
        (Some(_), _) if rule.value(keys::SIDE) != url.value(keys::SIDE) => return false,
        (Some(_), _) if provider_side => url.host(),
        (Some(_), _) => local_host,
        (None, 0) if provider_side => ANY_HOST,
        (None, 0) => local_host,
        (None, port) if port != url.port() => return false,
        (None, _) => url.host(),
    };
    rule.host() == ANY_HOST || rule.host() == host
}

fn conditions_hold(rule: &Url, url: &Url) -> bool {
    let equal = |key: &str, wanted: &str| wanted == "*" || url.param(key) == Some(wanted);
    let address = url.address();
    let listed = rule.value(PROVIDER_ADDRESSES).is_none_or(|list| {
        list.split(',').map(str::trim).any(|item| {
            let (host, port) = item.rsplit_once(':').unwrap_or((item, "*"));
            item == address
                || (host == ANY_HOST && (port == "*" || port == url.port().to_string()))
                || item == url.host()
        })
    });
    listed
        && rule.params().all(|(key, wanted)| match key {
            keys::APPLICATION | keys::SIDE => equal(key, wanted),
            key => key.strip_prefix('~').is_none_or(|key| equal(key, wanted)),
        })
}

fn change(rule: &Url, url: Url) -> Url {
    let overwrite = rule.protocol() != "absent";
    let changes = rule.params().filter(|(key, _)| !CONDITIONS.contains(key) && !key.starts_with('~'));
    let changes: Vec<_> = changes.filter(|(key, _)| overwrite || !url.has_param(key)).collect();
    url.with_params(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(rules: &[&str], url: &str) -> String {
        let rules: Vec<_> = rules.iter().map(|rule| Url::parse(rule).unwrap()).collect();
        let url = Url::parse(url).unwrap();
        let changed = Configurators::new(&rules).apply(url, "10.0.0.9").retain_params(|key, _| key != "side");
        changed.params().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
    }

    const OURS: &str = "dubbo://10.0.0.1:20880/a.B?side=consumer&timeout=1&application=shop";

    #[test]
    fn rules_apply_to_the_addresses_that_they_name() {
        for (rule, changes) in [
            ("override://0.0.0.0/a.B?timeout=9", true),
            ("override://10.0.0.1:20880/a.B?timeout=9", true),
            ("override://10.0.0.1:20881/a.B?timeout=9", false),
            ("override://10.0.0.2:20880/a.B?timeout=9", false),
            ("override://10.0.0.9/a.B?timeout=9", true),
            ("override://10.0.0.1/a.B?timeout=9", false),
            ("override://0.0.0.0/a.B?timeout=9&enabled=false", false),
            ("override://0.0.0.0/a.B?timeout=9&application=shop", true),
            ("override://0.0.0.0/a.B?timeout=9&application=*", true),
            ("override://0.0.0.0/a.B?timeout=9&application=bank", false),
            ("override://0.0.0.0/a.B?timeout=9&side=provider", false),
            ("override://0.0.0.0/a.B?timeout=9&~timeout=1", true),
            ("override://0.0.0.0/a.B?timeout=9&~timeout=2", false),
            ("override://0.0.0.0/a.B?timeout=9&configVersion=v2.7&side=consumer", true),
            ("override://0.0.0.0/a.B?timeout=9&configVersion=v2.7&side=provider", false),
            ("override://10.0.0.1/a.B?timeout=9&configVersion=v2.7&side=consumer", false),
            ("absent://0.0.0.0/a.B?timeout=9", false),
        ] {
            let want = if changes { "application=shop&timeout=9" } else { "application=shop&timeout=1" };
            assert_eq!(applied(&[rule], OURS), want, "{rule}");
        }
    }

    #[test]
    fn a_provider_rule_may_list_provider_addresses() {
        for (list, changes) in [
            ("10.0.0.1:20880", true),
            ("10.0.0.7:1,10.0.0.1:20880", true),
            ("0.0.0.0", true),
            ("0.0.0.0:20880", true),
            ("0.0.0.0:1", false),
            ("10.0.0.1", true),
            ("10.0.0.1:2", false),
        ] {
            let rule = format!(
                "override://0.0.0.0/a.B?configVersion=v2.7&side=consumer&weight=5&providerAddresses={list}"
            );
            assert_eq!(applied(&[&rule], OURS).contains("weight=5"), changes, "{list}");
        }
    }

    #[test]
    fn special_and_important_rules_win() {
        let any = "override://0.0.0.0/a.B?timeout=2&priority=7";
        let ours = "override://10.0.0.1:20880/a.B?timeout=3&priority=1";
        let important = "override://10.0.0.1:20880/a.B?timeout=4&priority=2";
        assert_eq!(applied(&[important, any, ours], OURS), "application=shop&priority=2&timeout=4");
        assert_eq!(
            applied(&["absent://0.0.0.0/a.B?retries=0&category=configurators&dynamic=false"], OURS),
            "application=shop&retries=0&timeout=1"
        );
    }

    #[test]
    fn an_empty_list_clears_the_rules() {
        let parse = |text: &str| Url::parse(text).unwrap();
        assert!(
            Configurators::new(&[parse("override://h/a?x=1"), parse("empty://h/a?category=configurators")])
                .is_empty()
        );
        assert!(Configurators::new(&[parse("override://0.0.0.0/a?anyhost=true")]).is_empty());
    }
}
