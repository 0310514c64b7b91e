//! A figure of a point, and rows that compare figures of two configurations.

use std::collections::BTreeMap;

use polydubbo_meter::Point;
use serde::Serialize;

/// Every point of a run, by the name of its configuration, in the order of the rounds.
pub(crate) type Points = BTreeMap<String, Vec<Point>>;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Figure {
    /// Answers each second.
    Rate,
    /// Answers in a second of CPU time of both sides together: the rate on one core that nobody else uses.
    CoreRate,
    /// CPU time per request of the client.
    ClientCpu,
    /// CPU time per request of the server.
    ServerCpu,
    /// CPU time per request of both.
    BothCpu,
    /// 99th percentile of the latency.
    P99,
    /// Something that only some programs count.
    Extra(&'static str),
}

impl Figure {
    fn of(&self, point: &Point) -> Option<f64> {
        match self {
            Self::Rate => Some(point.rate),
            Self::CoreRate => point.server_ns.map(|server| 1e9 / (server + point.client_ns)),
            Self::ClientCpu => Some(point.client_ns),
            Self::ServerCpu => point.server_ns,
            Self::BothCpu => point.server_ns.map(|server| server + point.client_ns),
            Self::P99 => point.latency.as_ref().map(|latency| latency.p99_us),
            Self::Extra(name) => point.extra.get(*name).copied(),
        }
    }
}

/// Which direction is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

impl Better {
    /// True when `value` is at least as good as `bound`.
    pub(crate) fn meets(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Higher => value >= bound,
            Self::Lower => value <= bound,
        }
    }
}

/// One line of the table: a figure of ours, mostly divided by the same figure of somebody else.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// Name of the row in the design document, such as `C1`.
    pub(crate) id: &'static str,
    /// What the row says, in a few words.
    pub(crate) what: String,
    /// The figure that is compared.
    pub(crate) figure: Figure,
    /// Our configuration.
    pub(crate) ours: String,
    /// The others; the best of them is the divisor. Empty for a row that is a plain value.
    pub(crate) others: Vec<String>,
    /// Direction.
    pub(crate) better: Better,
    /// What this issue set out to reach, where it says so.
    pub(crate) target: Option<f64>,
    /// What the design promises.
    pub(crate) goal: f64,
    /// What must never be missed.
    pub(crate) floor: f64,
}

/// How a row came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub(crate) enum Outcome {
    /// It was measured.
    Measured {
        /// Median over the rounds.
        value: f64,
        /// Lowest round.
        low: f64,
        /// Highest round.
        high: f64,
        /// How good that is.
        grade: Grade,
    },
    /// A side answered with errors, so its figures mean nothing.
    Invalid {
        /// Which configuration and how many errors.
        reason: String,
    },
    /// A side was not there.
    NotRun {
        /// Which configuration is missing.
        reason: String,
    },
}

/// How good a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Grade {
    /// At least the target.
    Target,
    /// At least the goal.
    Goal,
    /// Between floor and goal.
    Floor,
    /// Worse than the floor.
    BelowFloor,
}

impl Row {
    /// Judges the points of a run.
    pub(crate) fn judge(&self, points: &Points) -> Outcome {
        for name in std::iter::once(&self.ours).chain(&self.others) {
            match points.get(name).map(Vec::as_slice) {
                None | Some([]) => return Outcome::NotRun { reason: format!("{name} has no points") },
                Some(points) => {
                    let errors: u64 = points.iter().map(|point| point.errors).sum();
                    if errors > 0 {
                        return Outcome::Invalid { reason: format!("{name}: {errors} bad answers") };
                    }
                }
            }
        }
        let mut values: Vec<f64> =
            (0..points[&self.ours].len()).filter_map(|round| self.value(points, round)).collect();
        if values.is_empty() {
            return Outcome::NotRun { reason: format!("{} lacks {:?}", self.ours, self.figure) };
        }
        values.sort_by(f64::total_cmp);
        let value = values[values.len() / 2];
        Outcome::Measured { value, low: values[0], high: values[values.len() - 1], grade: self.grade(value) }
    }

    fn value(&self, points: &Points, round: usize) -> Option<f64> {
        let figure = |name: &String| points.get(name)?.get(round).and_then(|point| self.figure.of(point));
        let ours = figure(&self.ours)?;
        if self.others.is_empty() {
            return Some(ours);
        }
        let others = self.others.iter().filter_map(figure);
        let best = match self.better {
            Better::Higher => others.fold(f64::NEG_INFINITY, f64::max),
            Better::Lower => others.fold(f64::INFINITY, f64::min),
        };
        (best.is_finite() && best > 0.0).then(|| ours / best)
    }

    fn grade(&self, value: f64) -> Grade {
        if self.target.is_some_and(|target| self.better.meets(value, target)) {
            Grade::Target
        } else if self.better.meets(value, self.goal) {
            Grade::Goal
        } else if self.better.meets(value, self.floor) {
            Grade::Floor
        } else {
            Grade::BelowFloor
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(rate: f64, errors: u64) -> Point {
        Point {
            requests: 1,
            errors,
            seconds: 1.0,
            rate,
            client_ns: 1e9 / rate,
            server_ns: None,
            client_waits: 0.0,
            server_waits: None,
            latency: None,
            extra: BTreeMap::new(),
        }
    }

    fn row(figure: Figure, better: Better) -> Row {
        let names = ["java-a".to_owned(), "java-b".to_owned()];
        Row {
            id: "X1",
            what: "x".to_owned(),
            figure,
            ours: "ours".to_owned(),
            others: names.to_vec(),
            better,
            target: Some(4.0),
            goal: 3.0,
            floor: 2.0,
        }
    }

    fn points(ours: &[f64], a: &[f64], b: &[f64]) -> Points {
        let side = |rates: &[f64]| rates.iter().map(|rate| point(*rate, 0)).collect();
        [("ours", ours), ("java-a", a), ("java-b", b)]
            .map(|(name, rates)| (name.to_owned(), side(rates)))
            .into()
    }

    #[test]
    fn the_median_of_the_rounds_is_compared_with_the_best_of_the_others() {
        let outcome = row(Figure::Rate, Better::Higher).judge(&points(&[40., 20., 90.], &[10.; 3], &[5.; 3]));
        assert_eq!(outcome, Outcome::Measured { value: 4.0, low: 2.0, high: 9.0, grade: Grade::Target });
    }

    #[test]
    fn grades_follow_the_direction() {
        let lower = Row { target: None, goal: 0.5, floor: 1.0, ..row(Figure::ClientCpu, Better::Lower) };
        for (rate, want) in [(40.0, Grade::Goal), (12.0, Grade::Floor), (5.0, Grade::BelowFloor)] {
            let Outcome::Measured { grade, .. } = lower.judge(&points(&[rate], &[10.], &[1.])) else {
                panic!("measured")
            };
            assert_eq!(grade, want, "{rate}");
        }
    }

    #[test]
    fn a_missing_side_is_not_run_and_never_a_pass() {
        let mut points = points(&[40.], &[10.], &[5.]);
        points.remove("java-b");
        assert!(matches!(row(Figure::Rate, Better::Higher).judge(&points), Outcome::NotRun { .. }));
    }

    #[test]
    fn errors_on_either_side_make_the_row_invalid() {
        let mut points = points(&[40.], &[10.], &[5.]);
        points.get_mut("java-a").unwrap().push(point(10.0, 1));
        assert!(matches!(row(Figure::Rate, Better::Higher).judge(&points), Outcome::Invalid { .. }));
    }

    #[test]
    fn a_figure_that_no_point_has_is_not_run() {
        let outcome = row(Figure::ServerCpu, Better::Lower).judge(&points(&[40.], &[10.], &[5.]));
        assert!(matches!(outcome, Outcome::NotRun { .. }));
    }
}
