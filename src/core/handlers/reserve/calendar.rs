//! `/reserve calendar`: a week or a day, a lane for each thing; the same in words as on the picture.

use super::parts::{lanes, reach, shown, time, what, whose::is_own};
use crate::{
    handlers::Cx,
    plan::{Outcome, Picture, Say, page_of},
};
use chrono::{Datelike, Days, NaiveDate};
use direttore_domain::{Instant, Resolved, ResourceKey, ResourceRef, Trouble, Wall, Zone};
use direttore_store::reservation::Reservation;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    what: Option<ResourceRef>,
    show: String,
    from: Option<String>,
    page: Option<usize>,
}

/// Lanes that are drawn.
const DRAWN: usize = 14;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let zone = time::zone(cx);
    let at = match &ask.from {
        Some(from) => moment(cx, from)?,
        None => cx.clock.now(),
    };
    let page = match ask.show.as_str() {
        "day" => Sheet::day(at, zone),
        _ => Sheet::week(at, zone),
    };
    let page = page.ok_or_else(|| Trouble::bug("a day beyond the calendar"))?;
    let only = match &ask.what {
        Some(given) => Some(what::wants(cx, std::slice::from_ref(given), 1, false).await?.remove(0)),
        None => None,
    };
    let keys = match &only {
        Some(want) => Some(what::with_members(cx, &want.key).await?),
        None => None,
    };
    let reach = reach::Reach::of(cx).await?;
    let is_shown = |key: &ResourceKey| {
        let is_meant = keys.as_ref().is_none_or(|keys| keys.contains(key) || *key == ResourceKey::Lab);
        is_meant && reach.has(cx, key)
    };
    let slots = lanes::slots(cx, page.from, page.to).await?;
    let slots: Vec<lanes::Slot> = slots.into_iter().filter(|slot| is_shown(&slot.key)).collect();
    let mut listed: Vec<Reservation> = slots.iter().map(|slot| slot.held.clone()).collect();
    listed.sort_by_key(|held| (held.starts, held.id));
    listed.dedup_by_key(|held| held.id);
    let (rows, pages) = page_of(&listed, ask.page.unwrap_or(1));
    let rows: Vec<Value> = rows.iter().map(|held| row(cx, &page, held)).collect();
    let day = |at: Instant| zone.wall(at).date();
    let data = json!({
        "title": page.title, "zone": zone.name(), "rows": rows, "total": listed.len(), "pages": pages,
        "what": only.as_ref().map(|want| &want.name), "before": page.before.map(day), "after": day(page.to),
        "show": ask.show,
    });
    let picture = if cx.shows_pictures {
        let idle = if only.is_none() { reach.nodes(cx) } else { vec![] };
        Some(picture(cx, &page, only.map(|want| (want.key, want.name)), slots, idle))
    } else {
        None
    };
    Ok(Say { pages: Some(pages), ..Say::new("reserve_calendar", data) }.with_picture(picture).into())
}

/// Here a day is enough: its noon is in it, whatever the clocks do.
fn moment(cx: &Cx, from: &str) -> Result<Instant, Trouble> {
    let said = time::moment(cx, "from", from);
    Ok(said.or_else(|why| time::moment(cx, "from", &format!("{from} 12:00")).map_err(|_| why))?)
}

/// One's own are marked.
fn row(cx: &Cx, page: &Sheet, held: &Reservation) -> Value {
    let mut row = shown::row(cx, held);
    row["when"] = json!(page.when(held.starts, held.ends, time::zone(cx)));
    if is_own(cx, held) {
        row["holder"] = json!("you");
    }
    row
}

fn picture(
    cx: &Cx,
    page: &Sheet,
    only: Option<(ResourceKey, String)>,
    slots: Vec<lanes::Slot>,
    idle: Vec<(ResourceKey, String)>,
) -> Picture {
    let mut all = lanes::lanes(cx, slots);
    let more = all.len().saturating_sub(DRAWN);
    all.truncate(DRAWN);
    // Where there is room, what is free is seen too.
    for (key, name) in only.into_iter().chain(idle) {
        if all.len() < DRAWN && !all.iter().any(|lane| lane.key == key) {
            all.push(lanes::Lane { key, name, slots: vec![] });
        }
    }
    let slot = |slot: &lanes::Slot| {
        let held = &slot.held;
        json!({
            "label": slot.label(), "status": slot.status(), "mine": slot.mine, "start": held.starts, "end": held.ends,
            "clipped_left": held.starts < page.from, "clipped_right": held.ends > page.to,
        })
    };
    let lanes =
        all.iter().map(|lane| json!({ "name": lane.name, "slots": lane.slots.iter().map(slot).collect::<Vec<_>>() }));
    let data = json!({
        "title": page.title, "zone": time::zone(cx).name(), "from": page.from, "to": page.to, "now": cx.clock.now(),
        "days": page.parts, "lanes": lanes.collect::<Vec<_>>(), "more": more,
    });
    Picture { template: "calendar", data }
}

/// What is looked at: a week from Monday, or a day.
struct Sheet {
    title: String,
    from: Instant,
    to: Instant,
    /// A moment in the one before.
    before: Option<Instant>,
    /// Days, or hours.
    parts: Vec<Value>,
}

impl Sheet {
    fn week(at: Instant, zone: Zone) -> Option<Self> {
        let today = date(at, zone)?;
        let monday = today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into()))?;
        let midnights: Vec<Instant> = (0..=7)
            .map(|n| monday.checked_add_days(Days::new(n)).and_then(|day| midnight(day, zone)))
            .collect::<Option<_>>()?;
        let label = |n: usize| monday.checked_add_days(Days::new(n as u64)).map(|d| d.format("%a %-d %b").to_string());
        let parts = (0..7).map(|n| json!({ "label": label(n), "at": midnights[n], "end": midnights[n + 1] }));
        Some(Self {
            title: format!("Reservations, week of {}", monday.format("%-d %b %Y")),
            from: midnights[0],
            to: midnights[7],
            before: monday.checked_sub_days(Days::new(7)).and_then(|day| midnight(day, zone)),
            parts: parts.collect(),
        })
    }

    fn day(at: Instant, zone: Zone) -> Option<Self> {
        let today = date(at, zone)?;
        let from = midnight(today, zone)?;
        let to = midnight(today.checked_add_days(Days::new(1))?, zone)?;
        // By what the clock shows, so that a day that has an hour twice has 25 parts.
        let mut hours = vec![from];
        let mut next = from;
        while next < to {
            next = next + std::time::Duration::from_secs(3600);
            hours.push(next.min(to));
        }
        let parts = hours.windows(2).map(|w| json!({ "label": zone.wall(w[0]).clock(), "at": w[0], "end": w[1] }));
        Some(Self {
            title: format!("Reservations on {}", today.format("%a %-d %b %Y")),
            from,
            to,
            before: today.checked_sub_days(Days::new(1)).and_then(|day| midnight(day, zone)),
            parts: parts.collect(),
        })
    }
}

impl Sheet {
    /// As short as it is clear on this sheet: `Tue 3 09:00–11:00`, `30 Dec 22:00–Mon 2 06:00`.
    fn when(&self, start: Instant, end: Instant, zone: Zone) -> String {
        let day = |at: Instant| {
            let is_here = self.from <= at && at <= self.to;
            date(at, zone).map(|day| day.format(if is_here { "%a %-d" } else { "%-d %b" }).to_string() + " ")
        };
        let clock = |at: Instant| zone.wall(at).clock();
        let last = if date(start, zone) == date(end, zone) { None } else { day(end) };
        format!("{}{}–{}{}", day(start).unwrap_or_default(), clock(start), last.unwrap_or_default(), clock(end))
    }
}

fn date(at: Instant, zone: Zone) -> Option<NaiveDate> {
    let wall = zone.wall(at);
    NaiveDate::from_ymd_opt(wall.year(), wall.month(), wall.day())
}

/// When a day begins, also where the clocks are changed at that time.
fn midnight(day: NaiveDate, zone: Zone) -> Option<Instant> {
    Some(match zone.resolve(Wall::new(day.year(), day.month(), day.day(), 0, 0, 0)?) {
        Resolved::One(at) => at,
        Resolved::Twice { earlier, .. } => earlier,
        Resolved::Gap { after, .. } => after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(seconds)
    }

    fn labels(sheet: &Sheet) -> Vec<&str> {
        sheet.parts.iter().filter_map(|part| part["label"].as_str()).collect()
    }

    #[test]
    fn a_week_begins_on_monday_in_the_zone() {
        let rome: Zone = "Europe/Rome".parse().expect("a zone");
        // Sunday 2026-10-25 23:30 in Rome, the day on which the clocks are set back.
        let sheet = Sheet::week(at(1_792_967_400), rome).expect("a week");
        assert_eq!(sheet.title, "Reservations, week of 19 Oct 2026");
        assert_eq!(labels(&sheet)[0], "Mon 19 Oct");
        assert_eq!(sheet.to.since(sheet.from).as_secs(), 7 * 86_400 + 3600);
        let said = |start: i64, hours: i64| sheet.when(at(start), at(start + hours * 3600), rome);
        assert_eq!(said(1_792_652_400, 2), "Thu 22 09:00–11:00");
        assert_eq!(said(1_792_652_400, 24), "Thu 22 09:00–Fri 23 09:00");
        assert_eq!(said(1_792_652_400 - 7 * 86_400, 7 * 24), "15 Oct 09:00–Thu 22 09:00");
        // The same moment is Monday in Tokyo.
        let tokyo: Zone = "Asia/Tokyo".parse().expect("a zone");
        assert_eq!(Sheet::week(at(1_792_967_400), tokyo).expect("a week").title, "Reservations, week of 26 Oct 2026");
    }

    #[test]
    fn a_day_has_the_hours_that_its_clock_has() {
        let rome: Zone = "Europe/Rome".parse().expect("a zone");
        let long = Sheet::day(at(1_792_967_400), rome).expect("a day");
        assert_eq!(labels(&long).len(), 25);
        assert_eq!(labels(&long)[1..4], ["01:00", "02:00", "02:00"]);
        let short = Sheet::day(at(1_774_740_000), rome).expect("a day");
        assert_eq!((short.title.as_str(), labels(&short).len()), ("Reservations on Sun 29 Mar 2026", 23));
        // The clocks of Beirut are set at midnight.
        let beirut: Zone = "Asia/Beirut".parse().expect("a zone");
        let gap = Sheet::day(at(1_774_740_000), beirut).expect("a day");
        assert_eq!((labels(&gap)[0], labels(&gap).len()), ("01:00", 23));
    }
}
