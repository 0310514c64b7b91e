//! Pictures: throughput over concurrency, latency over load, memory over connections.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use polydubbo_meter::Point;

use crate::figure::Points;

/// A picture of configurations that are called `<series>/<x>`.
struct Picture {
    file: &'static str,
    title: &'static str,
    x: &'static str,
    y: &'static str,
    series: &'static [(&'static str, &'static str)],
    value: fn(&Point) -> Option<f64>,
}

const PICTURES: [Picture; 4] = [
    Picture {
        file: "one-core",
        title: "Throughput over concurrency, both sides on one core",
        x: "in flight",
        y: "requests/s",
        series: &[
            ("L", "epoll alone"),
            ("T", "tokio alone"),
            ("core", "our client, frame echo"),
            ("full", "full call"),
        ],
        value: |point| Some(point.rate),
    },
    Picture {
        file: "java",
        title: "Throughput over concurrency, both sides free on two cores",
        x: "in flight",
        y: "calls/s",
        series: &[
            ("ours-ours", "PolyDubbo to PolyDubbo"),
            ("ours-java", "PolyDubbo to Java 3.3"),
            ("java-ours", "Java 3.3 to PolyDubbo"),
            ("java-java", "Java 3.3 to Java 3.3"),
        ],
        value: |point| Some(point.rate),
    },
    Picture {
        file: "open-loop",
        title: "99th percentile over load, open loop, provider compared",
        x: "requests/s",
        y: "microseconds",
        series: &[("open-ours", "PolyDubbo"), ("open-3.3.6", "Java 3.3.6"), ("open-2.7.23", "Java 2.7.23")],
        value: |point| point.latency.as_ref().map(|latency| latency.p99_us),
    },
    Picture {
        file: "memory",
        title: "Memory of a provider over idle connections",
        x: "connections",
        y: "bytes",
        series: &[("idle", "PolyDubbo")],
        value: |point| point.extra.get("server_bytes").copied(),
    },
];

/// Draws every picture that the points give lines for, and tells the file names.
pub(crate) fn draw(points: &Points, folder: &Path, stem: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for picture in &PICTURES {
        let lines: Vec<_> = picture
            .series
            .iter()
            .map(|(series, label)| (*label, line(points, series, picture.value)))
            .collect();
        if lines.iter().any(|(_, line)| line.len() > 1) {
            let file = format!("{stem}-{}.svg", picture.file);
            picture.draw(&lines, &folder.join(&file)).map_err(|error| anyhow!("{file}: {error}"))?;
            files.push(file);
        }
    }
    Ok(files)
}

/// The median point of each configuration of a series, by its number.
fn line(points: &Points, series: &str, value: fn(&Point) -> Option<f64>) -> Vec<(f64, f64)> {
    let mut line: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|(name, points)| {
            let x = name.strip_prefix(series)?.strip_prefix('/')?.parse().ok()?;
            let mut values: Vec<f64> = points.iter().filter_map(value).collect();
            values.sort_by(f64::total_cmp);
            Some((x, *values.get(values.len() / 2)?))
        })
        .collect();
    line.sort_by(|a, b| a.0.total_cmp(&b.0));
    line
}

impl Picture {
    fn draw(&self, lines: &[(&str, Vec<(f64, f64)>)], file: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let all = || lines.iter().flat_map(|(_, line)| line);
        let low = |pick: fn(&(f64, f64)) -> f64| all().map(pick).fold(f64::INFINITY, f64::min).max(1e-9);
        let high = |pick: fn(&(f64, f64)) -> f64| all().map(pick).fold(0.0, f64::max);
        let (x, y) = ((low(|p| p.0), high(|p| p.0)), (low(|p| p.1), high(|p| p.1)));
        let root = SVGBackend::new(file, (900, 520)).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(self.title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(80)
            .build_cartesian_2d((x.0 * 0.9..x.1 * 1.1).log_scale(), (y.0 * 0.7..y.1 * 1.4).log_scale())?;
        let format = |value: &f64| short(*value);
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .x_label_formatter(&format)
            .y_label_formatter(&format)
            .draw()?;
        for (index, (label, line)) in lines.iter().enumerate() {
            let colour = Palette99::pick(index).to_rgba();
            let drawn = chart
                .draw_series(LineSeries::new(line.iter().copied(), colour.stroke_width(2)).point_size(3))?;
            drawn
                .label(*label)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        }
        chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK).draw()?;
        root.present()?;
        Ok(())
    }
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => {
            format!("{:.3}", value / 1e6).trim_end_matches('0').trim_end_matches('.').to_owned() + "M"
        }
        value if value >= 1e3 => {
            format!("{:.1}", value / 1e3).trim_end_matches('0').trim_end_matches('.').to_owned() + "k"
        }
        value => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_labels_are_short() {
        for (value, want) in [(8.0, "8"), (1000.0, "1k"), (1500.0, "1.5k"), (2_500_000.0, "2.5M")] {
            assert_eq!(short(value), want);
        }
    }
}
