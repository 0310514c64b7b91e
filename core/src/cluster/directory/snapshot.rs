//! One immutable state of a directory.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::cluster::load_balance::LoadBalance;
use crate::cluster::load_balance::random::{Weights, now_ms};
use crate::cluster::load_balance::weight::WeightPlan;
use crate::protocol::invoker::Leaf;
use crate::url::{Url, keys};

const DEFAULT_RETRIES: i64 = 2;

/// Keys that make a method differ from its interface, so that it needs a plan of its own.
const PLANNED_KEYS: &[&str] = &[keys::RETRIES, keys::LOADBALANCE, keys::STICKY, keys::WEIGHT];

/// One provider: its merged URL and the leaf that calls it.
pub struct Provider {
    url: Url,
    address: Box<str>,
    leaf: Arc<Leaf>,
}

impl Provider {
    /// Pairs a leaf with the merged URL it serves.
    #[must_use]
    pub fn new(url: Url, leaf: Arc<Leaf>) -> Self {
        Self { address: url.address().into(), url, leaf }
    }

    /// The merged URL: the provider's address, the settings of both sides.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What calls the provider.
    #[must_use]
    pub fn leaf(&self) -> &Arc<Leaf> {
        &self.leaf
    }

    /// True for the same leaf, even if the two come from different snapshots.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.leaf, &other.leaf)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.url)
    }
}

/// Everything a method's call needs to know, worked out when the snapshot is built.
///
/// The timeout is not here: it belongs to the provider chosen and is the leaf's business.
#[derive(Debug)]
pub struct MethodPlan {
    /// Further attempts after the first.
    pub retries: u32,
    /// How to choose.
    pub load_balance: LoadBalance,
    /// Stay with the provider of the last call.
    pub sticky: bool,
    pub(crate) weights: Weights,
}

impl MethodPlan {
    /// Settings come from the first provider's merged URL, as in Dubbo 2.7, so that a provider that asks
    /// for `retries=0` is obeyed unless the consumer says otherwise (3.x ignores it).
    fn new(settings: &Url, providers: &[Arc<Provider>], method: Option<&str>) -> Self {
        let text = |key| match method {
            Some(method) => settings.method_param(method, key),
            None => settings.value(key),
        };
        let retries = text(keys::RETRIES).and_then(|value| value.trim().parse().ok());
        let plans = providers.iter().map(|provider| WeightPlan::of(&provider.url, method)).collect();
        Self {
            retries: retries.unwrap_or(DEFAULT_RETRIES).clamp(0, 1000) as u32,
            load_balance: LoadBalance::named(text(keys::LOADBALANCE)),
            sticky: text(keys::STICKY).is_some_and(|value| value.trim().eq_ignore_ascii_case("true")),
            weights: Weights::new(plans, now_ms()),
        }
    }
}

/// One state of a directory; calls hold it for one attempt.
#[derive(Debug)]
pub struct Snapshot {
    providers: Box<[Arc<Provider>]>,
    forbidden: bool,
    common: MethodPlan,
    own: FxHashMap<Box<str>, MethodPlan>,
}

impl Snapshot {
    /// Builds the state; `consumer` gives the settings while there are no providers.
    #[must_use]
    pub fn new(consumer: &Url, providers: Vec<Arc<Provider>>, forbidden: bool) -> Self {
        let settings = providers.first().map_or(consumer, |provider| &provider.url);
        let own = methods_of_their_own(settings, &providers)
            .into_iter()
            .map(|method| (method.into(), MethodPlan::new(settings, &providers, Some(method))))
            .collect();
        Self {
            common: MethodPlan::new(settings, &providers, None),
            own,
            providers: providers.into(),
            forbidden,
        }
    }

    /// The providers in the order of the registry's list.
    #[must_use]
    pub fn providers(&self) -> &[Arc<Provider>] {
        &self.providers
    }

    /// True when the registry said that there is no provider, in contrast to a list not known yet.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.forbidden
    }

    /// The plan of a method.
    #[must_use]
    pub fn plan(&self, method: &str) -> &MethodPlan {
        if self.own.is_empty() { &self.common } else { self.own.get(method).unwrap_or(&self.common) }
    }
}

/// Methods for which some URL has a value of one of [`PLANNED_KEYS`].
fn methods_of_their_own<'a>(settings: &'a Url, providers: &'a [Arc<Provider>]) -> BTreeSet<&'a str> {
    let urls = providers.iter().map(|provider| &provider.url).chain([settings]);
    let keys = urls.flat_map(Url::params).map(|(key, _)| key);
    keys.filter_map(|key| {
        let (method, key) = key.strip_prefix("methods.").unwrap_or(key).split_once('.')?;
        PLANNED_KEYS.contains(&key).then_some(method)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::testing::{leaf, url};

    fn snapshot(texts: &[&str]) -> Snapshot {
        let providers = texts.iter().map(|text| Arc::new(Provider::new(url(text), leaf()))).collect();
        Snapshot::new(&url("consumer://c/a.B?retries=7"), providers, false)
    }

    #[test]
    fn plans_are_resolved_per_method() {
        let snapshot = snapshot(&[
            "dubbo://h:1/a?retries=1&hi.retries=0&hi.sticky=true&methods.go.retries=4",
            "dubbo://h:2/a?bye.weight=5",
        ]);
        for (method, retries, sticky) in
            [("hi", 0, true), ("other", 1, false), ("go", 4, false), ("bye", 1, false)]
        {
            let plan = snapshot.plan(method);
            assert_eq!((plan.retries, plan.sticky), (retries, sticky), "{method}");
        }
        let picked = snapshot.plan("bye").weights.pick_among(2, |index| index == 1);
        assert_eq!(picked, Some(1));
        assert_eq!(snapshot.own.len(), 3);
    }

    #[test]
    fn without_providers_the_consumer_decides() {
        assert_eq!(snapshot(&[]).plan("hi").retries, 7);
    }

    #[test]
    fn retries_that_make_no_sense_are_bounded() {
        for (value, want) in [("-5", 0), ("99999999999", 1000), ("x", 2), ("", 2)] {
            assert_eq!(snapshot(&[&format!("dubbo://h/a?retries={value}")]).plan("m").retries, want);
        }
    }
}
