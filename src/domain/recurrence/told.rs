//! Rules in words.

use super::rule::{Each, End, OnDay, Recurrence};
use crate::{Zone, text, zone::Weekday};

pub(super) fn told(rule: &Recurrence) -> String {
    let mut words = if is_working_days(rule) { "every weekday".to_owned() } else { every(rule) };
    if !rule.months.is_empty() {
        words += &format!(" in {}", text::list(&rule.months.iter().map(|m| month(*m)).collect::<Vec<_>>()));
    }
    if !rule.weeks.is_empty() {
        words += &format!(" in week {} of the year", numbers(&rule.weeks));
    }
    let mut on: Vec<String> = Vec::new();
    if !rule.year_days.is_empty() {
        on.push(format!("the {} day of the year", ordinals(&rule.year_days)));
    }
    if !rule.month_days.is_empty() {
        on.push(format!("the {} day of the month", ordinals(&rule.month_days)));
    }
    if !rule.days.is_empty() && !is_working_days(rule) {
        on.push(text::list(&rule.days.iter().map(day).collect::<Vec<_>>()));
    }
    if !on.is_empty() {
        words += &format!(" on {}", on.join(" if it is "));
    }
    words += &clocks(rule);
    if !rule.positions.is_empty() {
        words += &format!(", of these only the {}", ordinals(&rule.positions));
    }
    match rule.end {
        End::Never => words + ", without end",
        End::Count(1) => words + ", once",
        End::Count(count) => words + &format!(", {count} times"),
        End::Day(day) => words + &format!(", until {}", day.date()),
        End::Local(wall) => words + &format!(", until {wall}"),
        End::At(at) => words + &format!(", until {}", Zone::UTC.text(at)),
    }
}

fn every(rule: &Recurrence) -> String {
    let unit = match rule.each {
        Each::Day => "day",
        Each::Week => "week",
        Each::Month => "month",
        Each::Year => "year",
    };
    match rule.interval {
        1 => format!("every {unit}"),
        interval => format!("every {interval} {unit}s"),
    }
}

fn is_working_days(rule: &Recurrence) -> bool {
    let days: Vec<u32> = rule.days.iter().map(|d| d.day.num_days_from_monday()).collect();
    rule.each == Each::Week && rule.interval == 1 && days == [0, 1, 2, 3, 4]
}

fn clocks(rule: &Recurrence) -> String {
    let two = |n: &u8| format!("{n:02}");
    match (rule.hours.as_slice(), rule.minutes.as_slice()) {
        ([], []) => String::new(),
        (hours, []) => format!(" in the hours {}", text::list(&hours.iter().map(two).collect::<Vec<_>>())),
        ([], minutes) => format!(" at minute {}", text::list(&minutes.iter().map(two).collect::<Vec<_>>())),
        (hours, minutes) => {
            let clocks = hours.iter().flat_map(|h| minutes.iter().map(move |m| format!("{h:02}:{m:02}")));
            format!(" at {}", text::list(&clocks.collect::<Vec<_>>()))
        }
    }
}

fn day(day: &OnDay) -> String {
    let name = match day.day {
        Weekday::Mon => "Mon",
        Weekday::Tue => "Tue",
        Weekday::Wed => "Wed",
        Weekday::Thu => "Thu",
        Weekday::Fri => "Fri",
        Weekday::Sat => "Sat",
        Weekday::Sun => "Sun",
    };
    match day.nth {
        Some(nth) => format!("the {} {name}", ordinal(nth.into())),
        None => name.to_owned(),
    }
}

fn month(number: u8) -> &'static str {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES[usize::from(number).clamp(1, 12) - 1]
}

fn numbers(values: &[i8]) -> String {
    text::list(&values.iter().map(i8::to_string).collect::<Vec<_>>())
}

fn ordinals<T: Copy + Into<i32>>(values: &[T]) -> String {
    text::list(&values.iter().map(|n| ordinal((*n).into())).collect::<Vec<_>>())
}

/// `1st`, `22nd`, `last`, `3rd last`
fn ordinal(number: i32) -> String {
    let size = number.unsigned_abs();
    let ending = match (size % 10, size % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    match number {
        -1 => "last".to_owned(),
        ..-1 => format!("{size}{ending} last"),
        _ => format!("{size}{ending}"),
    }
}
