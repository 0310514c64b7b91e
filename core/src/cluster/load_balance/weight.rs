//! The weight of a provider: what it is configured to, less while it warms up.

use crate::url::{Url, keys};

const DEFAULT_WEIGHT: i64 = 100;
const DEFAULT_WARMUP_MS: i64 = 600_000;

/// What the weight of one provider depends on; resolved once per snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightPlan {
    weight: u32,
    started_ms: i64,
    warmup_ms: i64,
    quadratic: bool,
}

impl WeightPlan {
    /// Reads `weight` (method-capable), `warmup`, `timestamp` and `warmup.curve` of a merged URL. Without
    /// a method the interface's weight counts.
    #[must_use]
    pub fn of(url: &Url, method: Option<&str>) -> Self {
        let weight = match method {
            Some(method) => url.method_int(method, keys::WEIGHT, DEFAULT_WEIGHT),
            None => url.int_param(keys::WEIGHT, DEFAULT_WEIGHT),
        };
        Self {
            weight: weight.clamp(0, i32::MAX.into()) as u32,
            started_ms: url.start_time_ms(),
            warmup_ms: url.int_param(keys::WARMUP, DEFAULT_WARMUP_MS),
            quadratic: url.value(keys::WARMUP_CURVE) == Some("quadratic"),
        }
    }

    /// The weight at the wall-clock time `now_ms`. 0 means: only if all others are 0 too.
    #[must_use]
    pub fn at(&self, now_ms: i64) -> u32 {
        if self.weight == 0 || self.started_ms <= 0 {
            return self.weight;
        }
        match now_ms.saturating_sub(self.started_ms) {
            ..=-1 => 1,
            uptime if uptime > 0 && uptime < self.warmup_ms => self.warm(uptime),
            _ => self.weight,
        }
    }

    /// True when the weight still changes with time.
    #[must_use]
    pub fn is_warming(&self, now_ms: i64) -> bool {
        self.weight > 1 && self.started_ms > 0 && now_ms < self.started_ms.saturating_add(self.warmup_ms)
    }

    /// 2.7.15 to 2.7.23 grow with the square of the uptime, all others in proportion to it.
    fn warm(&self, uptime: i64) -> u32 {
        let weight = self.weight;
        let warm = if self.quadratic {
            let share = uptime as f64 / self.warmup_ms as f64;
            (share * share * f64::from(weight)).round() as u32
        } else {
            // Single precision, as Java computes it.
            (uptime as f32 / (self.warmup_ms as f32 / weight as f32)) as u32
        };
        warm.clamp(1, weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_follows_both_curves_of_java() {
        for (uptime, linear, quadratic) in [
            (1, 1, 1),
            (6_000, 1, 1),
            (60_000, 10, 1),
            (300_000, 50, 25),
            (599_999, 99, 100),
            (600_000, 100, 100),
        ] {
            let url = Url::parse("dubbo://h/a?timestamp=1795172719592").unwrap();
            let now = 1_795_172_719_592 + uptime;
            assert_eq!(WeightPlan::of(&url, None).at(now), linear, "{uptime}");
            let url = url.with_param("warmup.curve", "quadratic");
            assert_eq!(WeightPlan::of(&url, None).at(now), quadratic, "{uptime}");
        }
    }

    #[test]
    fn the_ends_of_the_scale_are_those_of_java() {
        let now = 1_795_172_719_592;
        for (params, want) in [
            ("", 100),
            ("weight=0", 0),
            ("weight=-5", 0),
            ("weight=7", 7),
            ("weight=0&timestamp=1795172719592", 0),
            ("timestamp=1795172719592", 100),
            ("timestamp=1795172719593", 1),
            ("timestamp=1795172719591&warmup=0", 100),
            ("m.weight=3", 3),
        ] {
            let url = Url::parse(&format!("dubbo://h/a?{params}")).unwrap();
            assert_eq!(WeightPlan::of(&url, Some("m")).at(now), want, "{params}");
        }
    }
}
