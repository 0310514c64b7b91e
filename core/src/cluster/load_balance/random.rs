//! Weighted random choice over prefix sums.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;

use super::weight::WeightPlan;

/// While a provider warms up, sums older than this are made anew.
const REFRESH_MS: i64 = 1000;

/// The weights of all providers of a snapshot, for one method.
#[derive(Debug)]
pub struct Weights(Kind);

#[derive(Debug)]
enum Kind {
    /// All the same: every provider is as likely as any other.
    Equal,
    /// Prefix sums that do not change.
    Fixed(Box<[u64]>),
    /// Some provider warms up: sums are replaced once per second by whichever call comes first.
    Warming { plans: Box<[WeightPlan]>, sums: ArcSwap<Box<[u64]>>, renew_at_ms: AtomicI64 },
}

impl Weights {
    /// Resolves the weights at the wall-clock time `now_ms`.
    #[must_use]
    pub fn new(plans: Vec<WeightPlan>, now_ms: i64) -> Self {
        let sums = prefix_sums(&plans, now_ms);
        if plans.len() > 1 && plans.iter().any(|plan| plan.is_warming(now_ms)) {
            return Self(Kind::Warming {
                plans: plans.into(),
                sums: ArcSwap::from_pointee(sums),
                renew_at_ms: AtomicI64::new(now_ms + REFRESH_MS),
            });
        }
        let mut weights = (0..sums.len()).map(|index| weight_at(&sums, index));
        let first = weights.next();
        let equal = weights.all(|weight| Some(weight) == first);
        Self(if equal { Kind::Equal } else { Kind::Fixed(sums) })
    }

    /// Chooses one of `count` providers by weight; `count` is that of the snapshot and above 0.
    #[must_use]
    pub fn pick(&self, count: usize) -> usize {
        match &self.0 {
            Kind::Equal => fastrand::usize(..count),
            Kind::Fixed(sums) => pick_by_sums(sums),
            Kind::Warming { .. } => {
                self.renew(now_ms());
                self.with_sums(|sums| sums.map_or(0, pick_by_sums))
            }
        }
    }

    /// Chooses by weight among those providers that `eligible` accepts; `None` when it accepts none.
    #[must_use]
    pub fn pick_among(&self, count: usize, eligible: impl Fn(usize) -> bool) -> Option<usize> {
        self.with_sums(|sums| {
            let weight = |index| sums.map_or(1, |sums| weight_at(sums, index));
            let chosen = || (0..count).filter(|&index| eligible(index));
            let (mut candidates, mut total) = (0, 0);
            for index in chosen() {
                candidates += 1;
                total += weight(index);
            }
            if candidates == 0 {
                return None;
            }
            // Eligibility may change between the two walks (a connection breaks), so the last one seen
            // stands in when the offset is not reached.
            let mut last = None;
            if total == 0 {
                return chosen().nth(fastrand::usize(..candidates)).or_else(|| chosen().last());
            }
            let mut offset = fastrand::u64(..total);
            for index in chosen() {
                if offset < weight(index) {
                    return Some(index);
                }
                offset -= weight(index);
                last = Some(index);
            }
            last
        })
    }

    fn with_sums<T>(&self, read: impl FnOnce(Option<&[u64]>) -> T) -> T {
        match &self.0 {
            Kind::Equal => read(None),
            Kind::Fixed(sums) => read(Some(sums)),
            Kind::Warming { sums, .. } => read(Some(&**sums.load())),
        }
    }

    fn renew(&self, now_ms: i64) {
        let Kind::Warming { plans, sums, renew_at_ms } = &self.0 else { return };
        let due = renew_at_ms.load(Ordering::Relaxed);
        let mine = now_ms >= due
            && renew_at_ms
                .compare_exchange(due, now_ms + REFRESH_MS, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine {
            sums.store(Arc::new(prefix_sums(plans, now_ms)));
        }
    }
}

/// Milliseconds since 1970, the clock of `timestamp` parameters.
#[must_use]
pub fn now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

fn prefix_sums(plans: &[WeightPlan], now_ms: i64) -> Box<[u64]> {
    let mut sum = 0;
    plans
        .iter()
        .map(|plan| {
            sum += u64::from(plan.at(now_ms));
            sum
        })
        .collect()
}

fn weight_at(sums: &[u64], index: usize) -> u64 {
    sums[index] - index.checked_sub(1).map_or(0, |before| sums[before])
}

/// The first provider whose prefix sum exceeds a uniform offset; all zero: uniform.
fn pick_by_sums(sums: &[u64]) -> usize {
    match sums.last() {
        Some(&total) if total > 0 => {
            let offset = fastrand::u64(..total);
            sums.partition_point(|&sum| sum <= offset)
        }
        _ => fastrand::usize(..sums.len().max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::Url;

    const NOW: i64 = 1_795_172_719_592;

    fn weights(list: &[&str]) -> Weights {
        let plan =
            |params: &&str| WeightPlan::of(&Url::parse(&format!("dubbo://h/a?{params}")).unwrap(), None);
        Weights::new(list.iter().map(plan).collect(), NOW)
    }

    fn counts(n: usize, mut pick: impl FnMut() -> usize) -> Vec<usize> {
        let mut counts = vec![0; n];
        (0..10_000).for_each(|_| counts[pick()] += 1);
        counts
    }

    #[test]
    fn choices_follow_the_weights() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        fastrand::seed(seed);
        for (list, want) in [
            (&["weight=1", "weight=3"][..], &[2500, 7500][..]),
            (&["weight=5", "weight=5"], &[5000, 5000]),
            (&["weight=0", "weight=1", "weight=1"], &[0, 5000, 5000]),
            (&["weight=0", "weight=0"], &[5000, 5000]),
            // 60 s of 600 s warmed up: weight 10 against 100.
            (&["timestamp=1795172659592", ""], &[909, 9091]),
        ] {
            let weights = weights(list);
            let picked = counts(want.len(), || match &weights.0 {
                Kind::Warming { sums, .. } => pick_by_sums(&sums.load()),
                _ => weights.pick(want.len()),
            });
            for (got, want) in picked.iter().zip(want) {
                assert!(got.abs_diff(*want) < 300, "{list:?}: {picked:?}");
            }
        }
    }

    #[test]
    fn a_subset_keeps_the_proportions() {
        let weights = weights(&["weight=1", "weight=3", "weight=100", "weight=0"]);
        let picked = counts(4, || weights.pick_among(4, |index| index != 2).unwrap());
        assert!(picked[0].abs_diff(2500) < 300 && picked[2] == 0 && picked[3] == 0, "{picked:?}");
        assert_eq!(weights.pick_among(4, |index| index == 3), Some(3));
        assert_eq!(weights.pick_among(4, |_| false), None);
    }

    #[test]
    fn sums_are_renewed_once_per_second_while_warming() {
        let weights = weights(&["timestamp=1795172719492", ""]);
        let first = |w: &Weights| w.with_sums(|sums| sums.map(|sums| sums[0]));
        assert_eq!(first(&weights), Some(1));
        weights.renew(NOW + 999);
        assert_eq!(first(&weights), Some(1));
        weights.renew(NOW + 300_000);
        assert_eq!(first(&weights), Some(50));
        assert!(matches!(Weights::new(Vec::new(), NOW).0, Kind::Equal));
    }
}
