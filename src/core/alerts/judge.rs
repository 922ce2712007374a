//! What a report is news of, given what is known of its alert.

use super::{Report, Said};
use direttore_domain::{AlertId, Instant};
use direttore_store::alert::Alert;

/// Nothing a sender dates is older: before, programs say "never" by it.
const NEVER: Instant = Instant(1_000_000_000_000);

/// What becomes of an alert; the alert as it is then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It fires for the first time.
    Fired(Box<Alert>),
    /// It was over, or ended and began again without a word.
    Again(Box<Alert>),
    Resolved(Box<Alert>),
    /// It fires as before; what is said of it may be new.
    Same(Box<Alert>),
    /// It says nothing that counts now: it came late, or is of something nobody was told of.
    Nothing,
}

pub fn judge(before: Option<&Alert>, source: &str, report: &Report, now: Instant) -> Verdict {
    let said = |at: Option<Instant>| at.filter(|at| *at > NEVER);
    let (starts, ends) = (said(report.starts).map(|at| at.min(now)), said(report.ends));
    match (before, report.said) {
        (None, Said::Resolved) => Verdict::Nothing,
        (None, Said::Firing) => Verdict::Fired(Box::new(fired(None, source, report, starts.unwrap_or(now), now))),
        (Some(before), Said::Firing) if before.is_firing => {
            // An earlier beginning is a late word of this one, or of one before it.
            if starts.is_some_and(|starts| starts > before.since) {
                return Verdict::Again(Box::new(fired(Some(before), source, report, starts.unwrap_or(now), now)));
            }
            let is_late = ends.is_some_and(|ends| ends < before.since);
            if is_late {
                return Verdict::Nothing;
            }
            Verdict::Same(Box::new(with_words(Alert { last_seen: now, ..before.clone() }, report)))
        }
        (Some(before), Said::Firing) => match starts {
            // What began before it ended has ended with it: this word was longer on its way.
            Some(starts) if starts <= before.since => Verdict::Nothing,
            starts => Verdict::Again(Box::new(fired(Some(before), source, report, starts.unwrap_or(now), now))),
        },
        (Some(before), Said::Resolved) if before.is_firing => {
            let is_of_earlier = starts.is_some_and(|starts| starts < before.since);
            let ends_before = ends.is_some_and(|ends| ends < before.since);
            // Where the beginnings of several senders were brought together, an earlier one with a later end is this one.
            if ends_before || (is_of_earlier && ends.is_none()) {
                return Verdict::Nothing;
            }
            let ended = ends.unwrap_or(now).clamp(before.since, now.max(before.since));
            let resolved =
                Alert { is_firing: false, ended: Some(ended), last_seen: now, expires: None, ..before.clone() };
            Verdict::Resolved(Box::new(resolved))
        }
        (Some(_), Said::Resolved) => Verdict::Nothing,
    }
}

/// As it is when it begins to fire.
fn fired(before: Option<&Alert>, source: &str, report: &Report, since: Instant, now: Instant) -> Alert {
    let alert = Alert {
        id: before.map_or(AlertId(0), |before| before.id),
        source: source.to_owned(),
        fingerprint: report.fingerprint.clone(),
        name: String::new(),
        severity: report.severity,
        summary: String::new(),
        description: String::new(),
        labels: report.labels.clone(),
        link: None,
        is_firing: true,
        first_seen: before.map_or(now, |before| before.first_seen),
        last_seen: now,
        since,
        ended: None,
        fired: before.map_or(0, |before| before.fired) + 1,
        // Who looked after it last time has not seen this.
        acknowledged: None,
        expires: None,
    };
    with_words(alert, report)
}

fn with_words(alert: Alert, report: &Report) -> Alert {
    Alert {
        name: report.name.clone(),
        severity: report.severity,
        summary: report.summary.clone(),
        description: report.description.clone(),
        labels: report.labels.clone(),
        link: report.link.clone(),
        expires: report.lasts.map(|lasts| alert.last_seen.max(alert.since) + lasts),
        ..alert
    }
}

#[cfg(test)]
mod tests;
