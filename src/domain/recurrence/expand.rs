//! The windows that a rule means. The rule is counted out on a calendar without zones; each time on the wall is then
//! looked up in the zone.

use super::{
    WrongRule,
    parse::is_over,
    rule::{Each, End, OnDay, Recurrence},
};
use crate::{Instant, Resolved, Wall, Window, Zone};
use rrule::{Frequency, NWeekday, RRule, RRuleSet, Tz};
use std::time::Duration;

/// How much a series may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    pub occurrences: usize,
    /// From the first start to the last, in days.
    pub days: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { occurrences: 100, days: 366 }
    }
}

pub(super) fn occurrences(
    rule: &Recurrence,
    first: Window,
    zone: Zone,
    except: &[Instant],
    caps: Caps,
) -> Result<Vec<Window>, WrongRule> {
    let first_wall = zone.wall(first.start);
    check_end(rule, first_wall, first.start, caps)?;
    let given = || rule.text();
    let last = first.start + Duration::from_secs(caps.days.saturating_mul(86_400));
    let too_long = |within| WrongRule::TooLong { given: given(), within, days: caps.days };
    let mut starts = vec![first.start];
    for wall in walls(rule, first_wall)? {
        let at = match zone.resolve(wall) {
            Resolved::One(at) | Resolved::Twice { earlier: at, .. } => at,
            Resolved::Gap { .. } => continue,
        };
        if wall <= first_wall || at <= first.start {
            continue;
        }
        if is_over(rule.end, starts.len(), wall, at) {
            return windows(rule, first, &starts, except);
        }
        if at > last {
            return Err(too_long(starts.len()));
        }
        if starts.len() >= caps.occurrences {
            return Err(WrongRule::TooMany { given: format!("more than {}", starts.len()), most: caps.occurrences });
        }
        starts.push(at);
    }
    match rule.end {
        End::Count(count) if u64::from(count) > starts.len() as u64 => Err(too_long(starts.len())),
        _ => windows(rule, first, &starts, except),
    }
}

fn check_end(rule: &Recurrence, first_wall: Wall, first: Instant, caps: Caps) -> Result<(), WrongRule> {
    match rule.end {
        End::Never => Err(WrongRule::Endless { given: rule.text() }),
        End::Count(count) if u64::from(count) > caps.occurrences as u64 => {
            Err(WrongRule::TooMany { given: count.to_string(), most: caps.occurrences })
        }
        End::Count(_) => Ok(()),
        End::Day(until) | End::Local(until) if first_wall > until => {
            Err(WrongRule::EndsBeforeStart { until: until.to_string() })
        }
        End::At(until) if first > until => Err(WrongRule::EndsBeforeStart { until: Zone::UTC.text(until) }),
        End::Day(_) | End::Local(_) | End::At(_) => Ok(()),
    }
}

fn windows(rule: &Recurrence, first: Window, starts: &[Instant], except: &[Instant]) -> Result<Vec<Window>, WrongRule> {
    let is_left = |start: &&Instant| !except.iter().any(|e| e.seconds() == start.seconds());
    let windows: Vec<Window> = starts.iter().filter(is_left).filter_map(|start| first.moved_to(*start)).collect();
    if windows.is_empty() {
        return Err(WrongRule::Nothing { given: rule.text() });
    }
    match windows.windows(2).any(|pair| pair[0].overlaps(pair[1])) {
        true => Err(WrongRule::Overlaps { given: rule.text() }),
        false => Ok(windows),
    }
}

/// The times on the wall that the rule means, from this one on, in order. They have no zone; the crate counts in UTC,
/// where every time exists once, so that it moves none out of a gap. It is not told the end, which it would count
/// before gaps are left out.
fn walls(rule: &Recurrence, start: Wall) -> Result<impl Iterator<Item = Wall> + use<>, WrongRule> {
    let frequency = match rule.each {
        Each::Day => Frequency::Daily,
        Each::Week => Frequency::Weekly,
        Each::Month => Frequency::Monthly,
        Each::Year => Frequency::Yearly,
    };
    let months: Vec<chrono::Month> = rule.months.iter().filter_map(|m| chrono::Month::try_from(*m).ok()).collect();
    let counted = RRule::new(frequency)
        .interval(rule.interval)
        .by_month(&months)
        .by_week_no(rule.weeks.clone())
        .by_year_day(rule.year_days.clone())
        .by_month_day(rule.month_days.clone())
        .by_weekday(weekdays(rule))
        .by_hour(rule.hours.clone())
        .by_minute(rule.minutes.clone())
        .by_set_pos(rule.positions.clone())
        .week_start(rule.week_start);
    let start = start.naive().and_utc().with_timezone(&Tz::UTC);
    let counted = counted.validate(start).map_err(|_| WrongRule::unreadable(&rule.text()))?;
    // A rule that matches no day would be counted out to the year 10000; the limit ends that.
    let set = RRuleSet::new(start).rrule(counted).limit();
    Ok((&set).into_iter().map(|at| Wall::of(at.naive_utc())))
}

/// The crate takes `MO,-1FR` for Mondays that are last Fridays: among counted days, every Monday is the first to the last.
fn weekdays(rule: &Recurrence) -> Vec<NWeekday> {
    let is_mixed = rule.days.iter().any(|d| d.nth.is_some());
    let most = if rule.each == Each::Month || !rule.months.is_empty() { 5 } else { 53 };
    let counted = |d: &OnDay| match d.nth {
        None if is_mixed => (1..=most).map(|nth| NWeekday::new(Some(nth), d.day)).collect(),
        nth => vec![NWeekday::new(nth, d.day)],
    };
    rule.days.iter().flat_map(counted).collect()
}
