//! From samples to lines: pure functions of numbers.
//!
//! How far samples are apart is not known before, and some have no value. A line goes from one sample to the next and
//! ends where a value is missing: a gap is a gap, not a slope.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use std::fmt::Write;

/// A value at a moment, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub at: f64,
    pub value: Option<f64>,
}

/// Where a chart is drawn, and what its edges stand for. The bottom is zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// Moments at the left and the right edge, in milliseconds.
    pub from: f64,
    pub to: f64,
    /// The value at the upper edge.
    pub top: f64,
}

impl Plot {
    fn at(&self, moment: f64) -> f64 {
        let span = (self.to - self.from).max(1.0);
        self.x + self.width * ((moment - self.from) / span).clamp(0.0, 1.0)
    }

    fn over(&self, value: f64) -> f64 {
        let share = if self.top > 0.0 { (value / self.top).clamp(0.0, 1.0) } else { 0.0 };
        self.y + self.height * (1.0 - share)
    }
}

/// The highest value; nothing when there is none.
pub(super) fn peak(points: &[Point]) -> Option<f64> {
    points.iter().filter_map(|p| p.value).reduce(f64::max)
}

/// The newest value.
pub(super) fn latest(points: &[Point]) -> Option<f64> {
    points.iter().rev().find_map(|p| p.value)
}

/// A path along the values.
pub(super) fn trace(points: &[Point], plot: &Plot) -> String {
    let mut path = String::new();
    for run in runs(points, plot) {
        for (n, (at, value)) in run.iter().enumerate() {
            let _ = write!(path, "{}{:.1} {:.1}", if n == 0 { 'M' } else { 'L' }, plot.at(*at), plot.over(*value));
        }
        // A lone sample has no length; with round ends it is a dot.
        if run.len() == 1 {
            path.push_str("h.1");
        }
    }
    path
}

/// What lies between the values and the bottom.
pub(super) fn area(points: &[Point], plot: &Plot) -> String {
    let mut path = String::new();
    let bottom = plot.y + plot.height;
    for run in runs(points, plot).iter().filter(|run| run.len() > 1) {
        let _ = write!(path, "M{:.1} {bottom:.1}", plot.at(run[0].0));
        for (at, value) in run {
            let _ = write!(path, "L{:.1} {:.1}", plot.at(*at), plot.over(*value));
        }
        let _ = write!(path, "L{:.1} {bottom:.1}Z", plot.at(run[run.len() - 1].0));
    }
    path
}

/// Where there are no values: the left end and the width of each such place.
pub(super) fn gaps(points: &[Point], plot: &Plot) -> Vec<(f64, f64)> {
    let runs = runs(points, plot);
    // The newest row is often not filled yet, and the oldest begins a step after the edge.
    let patience = 2.5 * step(points);
    let mut gaps = Vec::new();
    let mut from = plot.from;
    for run in &runs {
        let to = run[0].0;
        if from > plot.from || to - from > patience {
            gaps.push((from, to));
        }
        from = run[run.len() - 1].0;
    }
    if runs.is_empty() || plot.to - from > patience {
        gaps.push((from, plot.to));
    }
    gaps.into_iter().map(|(from, to)| (plot.at(from), plot.at(to) - plot.at(from))).filter(|(_, w)| *w > 0.0).collect()
}

/// Samples with values that follow each other, of the time that is shown.
fn runs(points: &[Point], plot: &Plot) -> Vec<Vec<(f64, f64)>> {
    let widest = 2.5 * step(points);
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut is_open = false;
    for point in points.iter().filter(|p| p.at >= plot.from && p.at <= plot.to) {
        let Some(value) = point.value else {
            is_open = false;
            continue;
        };
        match runs.last_mut().filter(|run| is_open && run.last().is_some_and(|(at, _)| point.at - at <= widest)) {
            Some(run) => run.push((point.at, value)),
            None => runs.push(vec![(point.at, value)]),
        }
        is_open = true;
    }
    runs
}

/// How far rows are apart, mostly.
fn step(points: &[Point]) -> f64 {
    let mut steps: Vec<f64> = points.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).copied().unwrap_or_default()
}

/// Round moments of the reader's day to write below a chart: where each stands, and the moment.
pub(super) fn ticks(plot: &Plot, zone: Tz) -> Vec<(f64, i64)> {
    const MINUTE: i64 = 60_000;
    let (from, to) = (plot.from as i64, plot.to as i64);
    // At most seven of them, so that they do not touch.
    let steps = [10, 20, 60, 240, 360, 720, 1440, 10_080].map(|minutes| minutes * MINUTE);
    let Some(step) = steps.into_iter().find(|step| (to - from) / step <= 6) else { return Vec::new() };
    let Some(begin) = DateTime::<Utc>::from_timestamp_millis(from) else { return Vec::new() };
    let ahead = i64::from(zone.offset_from_utc_datetime(&begin.naive_utc()).fix().local_minus_utc()) * 1000;
    let first = (from + ahead).div_euclid(step) * step - ahead;
    let all = (0..).map(|n| first + n * step).take_while(|at| *at <= to);
    all.filter(|at| *at >= from).map(|at| (plot.at(at as f64), at)).collect()
}
