//! Which instant it is that was said.

use super::{Reading, WrongTime, day::Day, said::Said, wrong};
use crate::{Instant, Resolved, Wall, Zone, zone::Weekday};

/// Where counting begins: at now, or at the start of what is to end.
#[derive(Clone, Copy)]
struct Base {
    at: Instant,
    /// The first instant that is ahead.
    first: Instant,
}

/// An instant that counts from now.
pub(super) fn from_now(said: &Said, given: &str, reading: &Reading) -> Result<Instant, WrongTime> {
    let now = Instant::from_seconds(reading.now.seconds());
    // Who says 14:30 at 14:30:20 means now, not tomorrow.
    let running = Instant::from_seconds(now.seconds().div_euclid(60).saturating_mul(60));
    place(said, Base { at: now, first: running }, given, reading)
}

/// The end of what starts then.
pub(super) fn after(start: Instant, said: &Said, given: &str, reading: &Reading) -> Result<Instant, WrongTime> {
    let first = Instant::from_seconds(start.seconds().saturating_add(1));
    place(said, Base { at: start, first }, given, reading)
}

fn place(said: &Said, base: Base, given: &str, reading: &Reading) -> Result<Instant, WrongTime> {
    let placer = Placer { given, zone: reading.zone, base };
    let at = match *said {
        Said::Now => Instant::from_seconds(reading.now.seconds()),
        Said::In(by) => Instant::from_seconds(reading.now.seconds()) + by,
        Said::Plus(by) => base.at + by,
        Said::At(at) => at,
        Said::Local { day, clock, .. } => {
            let on = |wall: Wall| wall.at(clock.hour, clock.minute, clock.second).expect("the clock was read so");
            placer.local(day, on, reading.now)?
        }
    };
    if reading.zone.wall(at).year() > 2100 { Err(placer.too_far()) } else { Ok(at) }
}

struct Placer<'a> {
    given: &'a str,
    zone: Zone,
    base: Base,
}

impl Placer<'_> {
    fn local(&self, day: Option<Day>, on: impl Fn(Wall) -> Wall, now: Instant) -> Result<Instant, WrongTime> {
        let today = on(self.zone.wall(self.base.at));
        let later = |days: u64| today.days_later(days);
        match day {
            None => self.first_ahead([later(0), later(1)]),
            Some(Day::Today | Day::Tonight) => self.only(on(self.zone.wall(now))),
            Some(Day::Tomorrow) => {
                let tomorrow = self.zone.wall(now).days_later(1).ok_or_else(|| self.too_far())?;
                self.only(on(tomorrow))
            }
            Some(Day::Coming(weekday)) => {
                let days = days_until(weekday, today);
                self.first_ahead([later(days), later(days + 7)])
            }
            Some(Day::Next(weekday)) => {
                let days = match days_until(weekday, today) {
                    0 => 7,
                    days => days,
                };
                later(days).map_or_else(|| Err(self.too_far()), |wall| self.only(wall))
            }
            Some(Day::Date { year: Some(year), month, day }) => {
                let date = Wall::new(year, month, day, 0, 0, 0).ok_or_else(|| WrongTime::time(self.given))?;
                self.only(on(date))
            }
            Some(Day::Date { year: None, month, day }) => {
                let in_year = |year| Wall::new(year, month, day, 0, 0, 0).map(&on);
                self.first_ahead([in_year(today.year()), in_year(today.year() + 1)])
            }
        }
    }

    /// The first of these that is not past; a reading that does not exist or exists twice is refused only if it is.
    fn first_ahead(&self, walls: [Option<Wall>; 2]) -> Result<Instant, WrongTime> {
        let is_ahead = |at: Instant| at >= self.base.first;
        for wall in walls.into_iter().flatten() {
            match self.zone.resolve(wall) {
                Resolved::One(at) if is_ahead(at) => return Ok(at),
                Resolved::Twice { earlier, later } if !is_ahead(earlier) && is_ahead(later) => return Ok(later),
                Resolved::Twice { earlier, .. } if is_ahead(earlier) => return self.only(wall),
                Resolved::Gap { after, .. } if is_ahead(after) => return self.only(wall),
                _ => {}
            }
        }
        Err(WrongTime::time(self.given))
    }

    fn only(&self, wall: Wall) -> Result<Instant, WrongTime> {
        let (given, zone) = (wrong::shown(self.given), self.zone);
        match zone.resolve(wall) {
            Resolved::One(at) => Ok(at),
            Resolved::Twice { earlier, later } => Err(WrongTime::Twice { given, zone, earlier, later }),
            Resolved::Gap { before, after } => Err(WrongTime::Gap { given, zone, before, after }),
        }
    }

    fn too_far(&self) -> WrongTime {
        WrongTime::TooFar { given: wrong::shown(self.given) }
    }
}

fn days_until(weekday: Weekday, today: Wall) -> u64 {
    u64::from((weekday.num_days_from_monday() + 7 - today.weekday().num_days_from_monday()) % 7)
}
