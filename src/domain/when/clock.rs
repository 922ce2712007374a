//! A clock's reading: `14:30`, `9am`, `9:15 pm`, `noon`; in a range also `9`.

use super::number;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub form: Form,
}

/// How surely the hour was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `14:30`, `noon`
    Whole,
    /// `9am`
    Half,
    /// `9`: only a range says what it means.
    Bare,
}

impl Clock {
    pub(super) fn at(hour: u32) -> Self {
        Self { hour, minute: 0, second: 0, form: Form::Whole }
    }

    pub(super) fn seconds(self) -> u32 {
        self.hour * 3600 + self.minute * 60 + self.second
    }

    /// The hours that a number may mean on a clock of twelve hours; both, or itself when it is none of those.
    fn halves(self) -> [Self; 2] {
        let hour = |hour| Self { hour, form: Form::Half, ..self };
        if (1..=12).contains(&self.hour) { [hour(self.hour % 12), hour(self.hour % 12 + 12)] } else { [self, self] }
    }
}

pub(super) fn read(words: &[&str]) -> Option<Clock> {
    match words {
        ["noon"] => Some(Clock::at(12)),
        ["midnight"] => Some(Clock::at(0)),
        [hour, half @ ("am" | "pm")] => twelve(hour, half),
        [word] => match word.len().checked_sub(2).and_then(|at| word.split_at_checked(at)) {
            Some((hour, half @ ("am" | "pm"))) => twelve(hour, half),
            _ => digits(word).filter(|c| c.hour < 24),
        },
        _ => None,
    }
}

fn twelve(hour: &str, half: &str) -> Option<Clock> {
    let clock = digits(hour).filter(|c| (1..=12).contains(&c.hour))?;
    let noon = if half == "pm" { 12 } else { 0 };
    Some(Clock { hour: clock.hour % 12 + noon, form: Form::Half, ..clock })
}

/// `9`, `9:30`, `09:30:15`
fn digits(text: &str) -> Option<Clock> {
    let mut parts = text.split(':');
    let hour = number(parts.next()?, 1..=2)?;
    let rest: Vec<u32> = parts.map(|p| number(p, 2..=2).filter(|n| *n < 60)).collect::<Option<_>>()?;
    let (minute, second, form) = match rest.as_slice() {
        [] => (0, 0, Form::Bare),
        [minute] => (*minute, 0, Form::Whole),
        [minute, second] => (*minute, *second, Form::Whole),
        _ => return None,
    };
    Some(Clock { hour, minute, second, form })
}

/// What the two clocks of a range mean together; none when nobody could say.
///
/// In `9-11pm` and `9am-5` the half that was said serves both, or changes where that alone puts the end after the
/// start. Two bare hours are of 24: `9-5` is refused, since it may be meant either way.
pub(super) fn together(start: Clock, end: Clock) -> Option<(Clock, Clock)> {
    let after = |a: Clock, b: Clock| b.seconds() > a.seconds();
    match (start.form, end.form) {
        (Form::Bare, Form::Half) => {
            let [morning, evening] = start.halves();
            let (same, other) = if end.hour < 12 { (morning, evening) } else { (evening, morning) };
            Some((if after(same, end) { same } else { other }, end))
        }
        (Form::Half, Form::Bare) => {
            let [morning, evening] = end.halves();
            Some((start, [morning, evening].into_iter().find(|e| after(start, *e)).unwrap_or(morning)))
        }
        (_, Form::Bare) => after(start, end).then_some((start, end)),
        _ => Some((start, end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(text: &str) -> Option<(u32, u32)> {
        read(&text.split(' ').collect::<Vec<_>>()).map(|c| (c.hour, c.minute))
    }

    #[test]
    fn clocks_of_24_and_of_12_hours() {
        for (text, hour, minute) in [
            ("14:30", 14, 30),
            ("9:00", 9, 0),
            ("00:00", 0, 0),
            ("23:59:59", 23, 59),
            ("9am", 9, 0),
            ("9 pm", 21, 0),
            ("12am", 0, 0),
            ("12:30pm", 12, 30),
            ("noon", 12, 0),
            ("midnight", 0, 0),
            ("9", 9, 0),
        ] {
            assert_eq!(clock(text), Some((hour, minute)), "{text}");
        }
        for text in
            ["", "25:00", "24:00", "9:5", "9:60", "13pm", "0am", "am", "9:", ":30", "9:00:00:00", "é", "9ém", "123"]
        {
            assert_eq!(clock(text), None, "{text}");
        }
    }

    #[test]
    fn a_half_serves_both_ends_of_a_range() {
        let hours = |start: &str, end: &str| {
            let (start, end) = together(read(&[start])?, read(&[end])?)?;
            Some((start.hour, end.hour))
        };
        for (start, end, expected) in [
            ("9", "11", Some((9, 11))),
            ("9", "11pm", Some((21, 23))),
            ("11", "1pm", Some((11, 13))),
            ("9", "5pm", Some((9, 17))),
            ("11", "9am", Some((23, 9))),
            ("9am", "5", Some((9, 17))),
            ("9am", "11", Some((9, 11))),
            ("10pm", "2", Some((22, 2))),
            ("10am", "12", Some((10, 12))),
            ("9am", "17", Some((9, 17))),
            ("22:00", "02:00", Some((22, 2))),
            ("14:00", "16", Some((14, 16))),
            ("9", "5", None),
            ("22:00", "2", None),
        ] {
            assert_eq!(hours(start, end), expected, "{start}-{end}");
        }
    }
}
