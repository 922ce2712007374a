//! Windows and conflicts in words, in the zone of whoever reads them.

use super::{
    deed::NotDone,
    room::{Blocked, Room, free},
};
use crate::rules::Reserve;
use direttore_domain::{Instant, Refusal, Trouble, Window, Zone, text, trouble::Way};
use direttore_store::{
    StoreError, Tx,
    claim::Claim,
    reservation::{self, Reservation},
};
use std::collections::{BTreeMap, BTreeSet};

/// Free windows that are offered.
const OFFERED: usize = 3;
/// Dates of a series that are told.
const DATES: usize = 6;

/// `2026-12-01 09:00 to 11:00 Europe/Rome (+01:00)`, or with both dates.
pub fn window_text(window: Window, zone: Zone) -> String {
    let (start, end) = (zone.wall(window.start), zone.wall(window.end));
    let same_offset = zone.offset(window.start) == zone.offset(window.end);
    if start.date() == end.date() && same_offset {
        format!("{start} to {}", zone.text(window.end).replacen(&format!("{} ", end.date()), "", 1))
    } else {
        format!(
            "{} to {}",
            if same_offset { start.to_string() } else { zone.text(window.start) },
            zone.text(window.end)
        )
    }
}

/// As a column has it: `Fri 27 Nov 09:00–12:00`, `27 Nov 22:00–28 Nov 06:00`; a year is said where it is another than now.
pub fn short_text(window: Window, zone: Zone, now: Instant) -> String {
    let (start, end, now) = (zone.wall(window.start), zone.wall(window.end), zone.wall(now));
    if start.date() == end.date() {
        return format!("{} {}–{}", start.day_text(now), start.clock(), end.clock());
    }
    format!("{} {}–{} {}", start.date_text(now), start.clock(), end.date_text(now), end.clock())
}

/// As a button has it: `Tue 2026-12-01 09:00–11:00`.
fn label(window: Window, zone: Zone) -> String {
    let (start, end) = (zone.wall(window.start), zone.wall(window.end));
    let date = if start.date() == end.date() { String::new() } else { format!("{} {} ", end.weekday(), end.date()) };
    format!("{} {} {}–{date}{}", start.weekday(), start.date(), start.clock(), end.clock())
}

/// Who has what is wanted, and when it is free. Of a series: all the dates that are taken, and a way to have the others.
///
/// # Errors
/// The database's.
pub async fn overlap(
    tx: &mut Tx,
    room: &Room,
    (taken, others): (&[(Window, Blocked)], usize),
    names: &str,
    zone: Zone,
    now: Instant,
    rules: &Reserve,
) -> Result<Refusal, StoreError> {
    let claims: Vec<Claim> = taken.iter().flat_map(|(_, blocked)| blocked.by.clone()).collect();
    let blockers = blockers(tx, &claims).await?;
    let mut by: Vec<String> = blockers.iter().map(|held| whose(held, zone)).collect();
    let first = blockers.first().map(|held| Box::new((held.id, held.title.clone())));
    let going: BTreeSet<String> = taken
        .iter()
        .flat_map(|(_, blocked)| &blocked.going)
        .map(|(job, name)| format!("{job}, which destroys {name}"))
        .collect();
    by.extend(going);
    let mut when: Vec<String> = taken.iter().take(DATES).map(|(window, _)| window_text(*window, zone)).collect();
    if taken.len() > DATES {
        when.push(format!("{} more", taken.len() - DATES));
    }
    let what = names.to_owned();
    let when = text::list(&when);
    if taken.len() + others > 1 {
        let label = format!("Book the other {others}");
        let way = Way { label, set: vec![("skip".to_owned(), Some("yes".to_owned()))] };
        let ways = if others > 0 { vec![way] } else { vec![] };
        return Ok(Refusal::Overlap { what, when, by, first, ways });
    }
    let Some((window, _)) = taken.first() else {
        return Ok(Refusal::Overlap { what, when, by, first, ways: vec![] });
    };
    let free = free(tx, room, (window.start, window.end), now, rules, OFFERED).await?;
    let free = free.into_iter().filter_map(|(start, end)| Window::new(start, end));
    let ways: Vec<Way> = free
        .map(|free| Way {
            label: label(free, zone),
            set: vec![
                ("from".to_owned(), Some(zone.iso(free.start))),
                ("until".to_owned(), Some(zone.iso(free.end))),
                ("for".to_owned(), None),
            ],
        })
        .collect();
    Ok(Refusal::Overlap { what, when, by, first, ways })
}

/// Whose claims these are, by time.
async fn blockers(tx: &mut Tx, claims: &[Claim]) -> Result<Vec<Reservation>, StoreError> {
    let mut found = BTreeMap::new();
    for claim in claims {
        if let Some(held) = reservation::get(tx, claim.reservation).await? {
            found.insert((held.starts, held.id), held);
        }
    }
    Ok(found.into_values().collect())
}

/// `R-12 (a reservation of alice, 2026-12-01 09:00 to 11:00 …)`.
pub(super) fn whose(held: &Reservation, zone: Zone) -> String {
    let what = if held.is_maintenance { "maintenance" } else { "a reservation" };
    let window = Window::new(held.starts, held.ends).map(|w| format!(", {}", window_text(w, zone)));
    format!("{} ({what} of {}{})", held.id, held.holder, window.unwrap_or_default())
}

impl From<NotDone> for Trouble {
    /// What needs no more words than these; a conflict is told by [`overlap`].
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Store(error) => error.into(),
            NotDone::Changed(id) => Refusal::ChangedMeanwhile { what: id.to_string() }.into(),
            NotDone::TooMany { limit, has } => Refusal::OverLimit {
                what: format!("you have {has} reservations ahead of you"),
                limit: format!("{limit} at once"),
            }
            .into(),
            NotDone::SameName => Refusal::ChangedMeanwhile { what: "the calendar".to_owned() }.into(),
            NotDone::SameUid => Refusal::Exists { what: "a reservation", given: "with that UID".to_owned() }.into(),
            NotDone::Blocked { taken, .. } => {
                let when: Vec<String> = taken.iter().map(|(window, _)| window_text(*window, Zone::UTC)).collect();
                Refusal::Overlap {
                    what: "it".to_owned(),
                    when: text::list(&when),
                    by: vec![],
                    first: None,
                    ways: vec![],
                }
                .into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_told_with_their_zone() {
        let rome: Zone = "Europe/Rome".parse().expect("a zone");
        let window = |start: i64, hours: i64| {
            Window::new(Instant::from_seconds(start), Instant::from_seconds(start + hours * 3600)).expect("a window")
        };
        let winter = window(1_796_115_600, 2);
        let (now, new_year) = (Instant::from_seconds(1_796_000_000), Instant::from_seconds(1_800_000_000));
        assert_eq!(short_text(winter, rome, now), "Tue 1 Dec 10:00–12:00");
        assert_eq!(short_text(winter, rome, new_year), "Tue 1 Dec 2026 10:00–12:00");
        assert_eq!(short_text(window(1_796_115_600, 20), rome, now), "1 Dec 10:00–2 Dec 06:00");
        assert_eq!(short_text(window(1_798_740_000, 20), rome, now), "31 Dec 19:00–1 Jan 2027 15:00");
        assert_eq!(window_text(winter, rome), "2026-12-01 10:00 to 12:00 Europe/Rome (+01:00)");
        assert_eq!(label(winter, rome), "Tue 2026-12-01 10:00–12:00");
        assert_eq!(
            window_text(window(1_796_115_600, 20), rome),
            "2026-12-01 10:00 to 2026-12-02 06:00 Europe/Rome (+01:00)"
        );
        // The clocks are set back on 25 October 2026.
        let told = window_text(window(1_792_872_000, 9), rome);
        assert_eq!(told, "2026-10-24 22:00 Europe/Rome (+02:00) to 2026-10-25 06:00 Europe/Rome (+01:00)");
    }
}
