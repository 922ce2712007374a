//! Times as people say them, with what a rule demands of them.

use crate::handlers::Cx;
use direttore_domain::{
    Refusal, Trouble, Window, Zone,
    reservation::{WrongWindow, fits},
    trouble::Way,
    when::{self, Reading, WrongTime},
};
use std::time::Duration;

/// The asker's.
pub fn zone(cx: &Cx) -> Zone {
    cx.actor.zone().parse().unwrap_or(Zone::UTC)
}

pub fn reading(cx: &Cx) -> Reading {
    let rules = &cx.rules.reserve;
    Reading { tonight: rules.tonight, slash: rules.slash, ..Reading::new(cx.clock.now(), zone(cx)) }
}

/// A window that is said; which of the options is to blame is found out.
///
/// # Errors
/// `bad-time`, `which-time`.
pub fn window(cx: &Cx, from: &str, until: Option<&str>, lasting: Option<&str>) -> Result<Window, Refusal> {
    when::window(from, until, lasting, &reading(cx)).map_err(|why| {
        let is_of = |given: &str| from_text(&why).is_some_and(|text| text == given.trim());
        let option = match (until, lasting) {
            (Some(until), _) if is_of(until) => "until",
            (_, Some(lasting)) if is_of(lasting) => "for",
            (Some(_), _) if matches!(why, WrongTime::EndBeforeStart { .. }) => "until",
            _ => "from",
        };
        refusal(option, &why, zone(cx))
    })
}

/// An end that is said, for a window that begins at `start`.
///
/// # Errors
/// As [`window`].
pub fn end(cx: &Cx, start: direttore_domain::Instant, until: &str) -> Result<Window, Refusal> {
    let from = zone(cx).iso(start);
    when::window(&from, Some(until), None, &reading(cx)).map_err(|why| refusal("until", &why, zone(cx)))
}

/// One instant.
///
/// # Errors
/// As [`window`].
pub fn moment(cx: &Cx, option: &str, text: &str) -> Result<direttore_domain::Instant, Refusal> {
    when::moment(text, &reading(cx)).map_err(|why| refusal(option, &why, zone(cx)))
}

/// One instant, or when a day begins that is said without a time.
///
/// # Errors
/// As [`window`].
pub fn from_day(cx: &Cx, option: &str, text: &str) -> Result<direttore_domain::Instant, Refusal> {
    match when::moment(text, &reading(cx)) {
        Err(why @ WrongTime::Missing { .. }) => {
            let midnight = when::moment(&format!("{} 00:00", text.trim()), &reading(cx));
            match midnight {
                Ok(at) => Ok(at),
                // The clocks are changed just then: the day begins with the first time that it has.
                Err(WrongTime::Gap { after, .. }) => Ok(after),
                Err(WrongTime::Twice { earlier, .. }) => Ok(earlier),
                Err(_) => Err(refusal(option, &why, zone(cx))),
            }
        }
        other => other.map_err(|why| refusal(option, &why, zone(cx))),
    }
}

/// What was given, where the error names it.
fn from_text(why: &WrongTime) -> Option<&str> {
    match why {
        WrongTime::Unreadable { given, .. }
        | WrongTime::Missing { given, .. }
        | WrongTime::ZeroLength { given }
        | WrongTime::Gap { given, .. }
        | WrongTime::Twice { given, .. }
        | WrongTime::TooFar { given } => Some(given),
        WrongTime::EndBeforeStart { .. } | WrongTime::Contradiction { .. } => None,
    }
}

fn refusal(option: &str, why: &WrongTime, zone: Zone) -> Refusal {
    let option = option.to_owned();
    match why.choices() {
        Some(instants) => {
            let way = |at| Way { label: zone.iso(at), set: vec![(option.clone(), Some(zone.iso(at)))] };
            let ways = instants.into_iter().map(way).collect();
            Refusal::WhichTime { option, why: why.to_string(), ways }
        }
        None => Refusal::BadTime { option, why: why.to_string(), right: why.right() },
    }
}

/// Whether rules and resources allow it, whoever else has what. `longest`: the shortest limit of what is wanted.
///
/// # Errors
/// `bad-time` for the past, `over-limit`.
pub fn allowed(cx: &Cx, window: Window, longest: Duration) -> Result<(), Trouble> {
    let rules = &cx.rules.reserve;
    let mut limits = rules.of(cx.actor.role).window;
    if !longest.is_zero() && (limits.longest.is_zero() || longest < limits.longest) {
        limits.longest = longest;
    }
    let zone = zone(cx);
    let told = crate::reserve::window_text(window, zone);
    match fits(window.start, window.end, cx.clock.now(), rules.grace, limits) {
        Ok(()) => Ok(()),
        Err(WrongWindow::Past) => Err(Refusal::BadTime {
            option: "from".to_owned(),
            why: format!("{told} is in the past"),
            right: format!("a time from now on; it is {}", zone.text(cx.clock.now())),
        }
        .into()),
        Err(WrongWindow::TooLong { longest }) => {
            let what = format!("{told} lasts {}", length(window.length()));
            Err(Refusal::OverLimit { what, limit: length(longest) }.into())
        }
        Err(WrongWindow::TooFar { ahead }) => {
            Err(Refusal::OverLimit { what: format!("{told} is far ahead"), limit: format!("{} ahead", length(ahead)) }
                .into())
        }
    }
}

/// `2 d 3 h`, `45 min`.
pub fn length(of: Duration) -> String {
    let minutes = of.as_secs().div_ceil(60);
    let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let told: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if told.is_empty() { "0 min".to_owned() } else { told.join(" ") }
}
