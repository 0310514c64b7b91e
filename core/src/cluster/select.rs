//! Which provider an attempt goes to.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::directory::{MethodPlan, Provider, Snapshot};

/// Selection with its one piece of memory: the provider of the last sticky call. Dubbo keeps one per
/// reference, not per method.
#[derive(Debug, Default)]
pub(crate) struct Selector {
    sticky: ArcSwapOption<Provider>,
}

impl Selector {
    /// Chooses a provider; `tried` are those that already failed in this call, the snapshot is not empty.
    ///
    /// Unavailable and tried providers are avoided while others remain. If none remains the call goes
    /// out all the same: a connection may just be coming back.
    pub(crate) fn select(
        &self,
        snapshot: &Snapshot,
        plan: &MethodPlan,
        tried: &[Arc<Provider>],
        check: bool,
    ) -> Arc<Provider> {
        if !plan.sticky {
            return choose(snapshot, plan, tried, check).clone();
        }
        if let Some(sticky) = self.usable_sticky(snapshot, tried, check) {
            return sticky;
        }
        let chosen = choose(snapshot, plan, tried, check).clone();
        self.sticky.store(Some(chosen.clone()));
        chosen
    }

    /// Java uses the sticky provider only with the availability check on.
    fn usable_sticky(
        &self,
        snapshot: &Snapshot,
        tried: &[Arc<Provider>],
        check: bool,
    ) -> Option<Arc<Provider>> {
        let sticky = self.sticky.load_full()?;
        let listed = contains(snapshot.providers(), &sticky);
        (listed && !contains(tried, &sticky) && check && sticky.leaf().is_available()).then_some(sticky)
    }
}

fn choose<'a>(
    snapshot: &'a Snapshot,
    plan: &MethodPlan,
    tried: &[Arc<Provider>],
    check: bool,
) -> &'a Arc<Provider> {
    let providers = snapshot.providers();
    if let [only] = providers {
        return only;
    }
    let first = plan.weights.pick(providers.len());
    let fits = |index: usize| {
        !contains(tried, &providers[index]) && (!check || providers[index].leaf().is_available())
    };
    if fits(first) {
        return &providers[first];
    }
    let available_again =
        |index: usize| contains(tried, &providers[index]) && providers[index].leaf().is_available();
    let count = providers.len();
    let second = plan
        .weights
        .pick_among(count, fits)
        .or_else(|| plan.weights.pick_among(count, available_again))
        .unwrap_or((first + 1) % count);
    &providers[second]
}

fn contains(providers: &[Arc<Provider>], one: &Provider) -> bool {
    providers.iter().any(|provider| provider.is_same(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::testing::{Fake, url};

    struct Case {
        fakes: Vec<Fake>,
        snapshot: Snapshot,
        selector: Selector,
    }

    impl Case {
        fn new(count: usize, params: &str) -> Self {
            let fakes: Vec<_> = (0..count).map(|_| Fake::new()).collect();
            let providers = fakes
                .iter()
                .enumerate()
                .map(|(i, fake)| {
                    Arc::new(Provider::new(url(&format!("dubbo://h:{i}/a?{params}")), fake.as_leaf()))
                })
                .collect();
            let snapshot = Snapshot::new(&url("consumer://c/a"), providers, false);
            Self { fakes, snapshot, selector: Selector::default() }
        }

        fn select(&self, tried: &[usize], check: bool) -> usize {
            let tried: Vec<_> = tried.iter().map(|&i| self.snapshot.providers()[i].clone()).collect();
            let chosen = self.selector.select(&self.snapshot, self.snapshot.plan("m"), &tried, check);
            self.snapshot.providers().iter().position(|p| p.is_same(&chosen)).unwrap()
        }
    }

    #[test]
    fn a_single_provider_is_chosen_even_if_unavailable_and_tried() {
        let case = Case::new(1, "");
        case.fakes[0].set_available(false);
        assert_eq!(case.select(&[0], true), 0);
    }

    #[test]
    fn unavailable_and_tried_providers_are_avoided() {
        let case = Case::new(4, "");
        case.fakes[1].set_available(false);
        case.fakes[2].set_available(false);
        for _ in 0..200 {
            assert_eq!(case.select(&[0], true), 3);
        }
    }

    #[test]
    fn without_the_check_unavailable_providers_are_chosen_too() {
        let case = Case::new(2, "");
        case.fakes[1].set_available(false);
        let chosen: Vec<_> = (0..200).map(|_| case.select(&[], false)).collect();
        assert!(chosen.contains(&0) && chosen.contains(&1));
    }

    #[test]
    fn a_tried_provider_that_is_available_is_better_than_one_that_is_not() {
        let case = Case::new(3, "");
        case.fakes[0].set_available(false);
        case.fakes[2].set_available(false);
        for _ in 0..200 {
            assert_eq!(case.select(&[1], true), 1);
        }
    }

    #[test]
    fn a_call_goes_out_even_if_no_provider_is_available() {
        let case = Case::new(3, "");
        case.fakes.iter().for_each(|fake| fake.set_available(false));
        assert!(case.select(&[], true) < 3);
    }

    #[test]
    fn sticky_calls_stay_with_their_provider_while_it_is_available() {
        let case = Case::new(5, "sticky=true");
        let first = case.select(&[], true);
        for _ in 0..100 {
            assert_eq!(case.select(&[], true), first);
        }
        let other = case.select(&[first], true);
        assert_ne!(other, first);
        assert_eq!(case.select(&[], true), other);
        case.fakes[other].set_available(false);
        assert_ne!(case.select(&[], true), other);
    }
}
