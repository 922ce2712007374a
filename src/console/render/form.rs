//! A form as a list of its questions, and how to answer them.

use super::paint::{Ink, Paint};
use direttore_domain::text::{shorten, visible};
use direttore_reply::{Form, Question};

/// More choices are counted, not shown.
const CHOICES: usize = 12;

pub(super) fn lines(form: &Form, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if !form.title.is_empty() {
        let page = if form.of > 1 { format!(" ({} of {})", form.page, form.of) } else { String::new() };
        lines.push(paint.ink(Ink::Bold, &format!("{}{page}", visible(&form.title))));
    }
    for ask in &form.ask {
        lines.push(question(ask, paint));
        if !ask.choices.is_empty() {
            lines.push(format!("      {}", choices(ask)));
        }
        if let Some(error) = &ask.error {
            lines.push(format!("      {} {}", paint.ink(Ink::Red, "wrong:"), visible(error)));
        }
    }
    lines.extend(how_to_answer(&form.ask));
    lines
}

/// `  cores (required): virtual CPU cores = 4`
fn question(ask: &Question, paint: Paint) -> String {
    let required = if ask.required { " (required)" } else { "" };
    let mut line = format!("  {}{required}: {}", paint.ink(Ink::Bold, &visible(&ask.key)), visible(&ask.label));
    if let Some(value) = &ask.value {
        line.push_str(&format!(" = {}", visible(&shorten(value, 200))));
    }
    line
}

fn choices(ask: &Question) -> String {
    let shown = ask.choices.iter().take(CHOICES).enumerate().map(|(at, choice)| {
        let choice = visible(&shorten(choice, 60));
        match ask.hints.get(at).filter(|hint| !hint.is_empty()) {
            Some(hint) => format!("{choice} ({})", visible(&shorten(hint, 60))),
            None => choice,
        }
    });
    let shown: Vec<String> = shown.collect();
    // What can only be one of them, and what may be something else too.
    let lead = if matches!(ask.kind.as_str(), "ipv4" | "ipv6" | "template") { "like" } else { "one of" };
    match ask.choices.len().saturating_sub(CHOICES) + ask.more {
        0 => format!("{lead} {}", shown.join(", ")),
        more => format!("{lead} {} and {more} more", shown.join(", ")),
    }
}

fn how_to_answer(ask: &[Question]) -> Option<String> {
    let first = ask.iter().find(|q| q.required && q.value.is_none()).or_else(|| ask.first())?;
    let key = visible(&first.key);
    Some(if ask.len() == 1 {
        format!("answer: {key}=…")
    } else {
        format!("answer: {key}=… and so on, several on one line")
    })
}
