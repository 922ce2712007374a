//! `/audit`: who did what, newest first.

use super::Cx;
use crate::plan::{Outcome, PAGE, Pages, Say};
use chrono::{NaiveDate, TimeDelta, TimeZone};
use chrono_tz::Tz;
use direttore_catalog::Since;
use direttore_domain::{Instant, Refusal, Trouble};
use direttore_store::audit;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    who: Option<String>,
    what: Option<String>,
    since: Option<String>,
    page: Option<usize>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let since = ask.since.as_deref().map(|text| instant(cx, text)).transpose()?;
    let page = ask.page.unwrap_or(1).max(1);
    let filter = audit::Filter {
        who: ask.who.as_deref(),
        what: ask.what.as_deref().map(|w| w.trim_start_matches('/')),
        since,
        limit: i64::try_from(PAGE).map_err(Trouble::bug)?,
        offset: i64::try_from((page - 1).saturating_mul(PAGE)).unwrap_or(i64::MAX),
    };
    let mut tx = cx.store.read().await?;
    let (entries, total) = audit::list(&mut tx, filter).await?;
    let of = usize::try_from(total).unwrap_or(0).div_ceil(PAGE).max(1);
    let pages = Pages { page: page.min(of), of };
    let rows: Vec<Value> = entries
        .iter()
        .map(|row| {
            let e = &row.entry;
            json!({ "time": e.at, "who": e.who, "what": e.line, "target": e.target, "outcome": e.outcome })
        })
        .collect();
    let data = json!({ "rows": rows, "total": total, "pages": pages });
    Ok(Say { pages: Some(pages), ..Say::new("audit", data) }.into())
}

/// A duration back from now, a date in the asker's zone, or an instant.
pub(super) fn instant(cx: &Cx, text: &str) -> Result<Instant, Trouble> {
    let since: Since = text.parse().map_err(|wrong| Refusal::wrong_form("since", &wrong))?;
    resolve(since, cx.clock.now(), cx.actor.zone())
        .ok_or_else(|| Trouble::bug(format!("{text:?} passed the catalogue and is no instant")))
}

/// A local time that the zone skips or has twice is taken as the earlier instant: more of the log is shown, not less.
fn resolve(since: Since, now: Instant, zone: &str) -> Option<Instant> {
    match since {
        Since::Back(length) => Some(now - length),
        Since::At(instant) => Some(instant),
        Since::Local { year, month, day, hour, minute, second } => {
            let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
            let date = NaiveDate::from_ymd_opt(year, month.into(), day.into())?;
            let local = date.and_hms_opt(hour.into(), minute.into(), second.into())?;
            let found = zone.from_local_datetime(&local).earliest();
            // In a gap: the hour before it exists.
            let found = found.or_else(|| zone.from_local_datetime(&(local - TimeDelta::hours(1))).earliest());
            found.map(|t| Instant(t.timestamp_millis()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_in_the_askers_zone() {
        let date = "2026-02-28".parse().expect("a date");
        assert_eq!(resolve(date, Instant::EPOCH, "Europe/Warsaw"), Some(Instant::from_seconds(1_772_233_200)));
        let gap = "2026-03-29T02:30".parse().expect("a time");
        assert!(resolve(gap, Instant::EPOCH, "Europe/Warsaw").is_some());
    }
}
