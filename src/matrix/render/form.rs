//! A form as a list of numbered questions, and how to answer them in the thread.

use super::html::escaped;
use direttore_domain::text::{shorten, visible};
use direttore_reply::{Form, Question};

/// More choices are counted, not shown.
const CHOICES: usize = 12;

/// A question's own lines: what is asked, what can be chosen, what is wrong.
fn lines(ask: &Question) -> Vec<String> {
    let needed = if ask.required { " (needed)" } else { "" };
    let value = ask.value.as_ref().map(|v| format!(" = {}", visible(&shorten(v, 200)))).unwrap_or_default();
    let mut lines = vec![format!("{}{needed}: {}{value}", visible(&ask.key), visible(&ask.label))];
    lines.extend((!ask.choices.is_empty()).then(|| choices(ask)));
    lines.extend(ask.error.as_ref().map(|wrong| format!("wrong: {}", visible(wrong))));
    lines
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

fn heading(form: &Form) -> String {
    let page = if form.of > 1 { format!(" ({} of {})", form.page, form.of) } else { String::new() };
    if form.title.is_empty() { String::new() } else { format!("{}{page}", visible(&form.title)) }
}

fn how_to_answer(form: &Form) -> String {
    let open = form.ask.iter().find(|ask| ask.required && ask.value.is_none()).or(form.ask.first());
    let key = open.map(|ask| visible(&ask.key)).unwrap_or_default();
    match form.ask.len() {
        0 => String::new(),
        1 => format!("answer in this thread: {key}=…, or the answer alone"),
        _ => format!("answer in this thread: {key}=… and so on, or one answer a line in this order, - for none"),
    }
}

pub(super) fn plain(form: &Form) -> String {
    let mut all = vec![heading(form)];
    for (at, ask) in form.ask.iter().enumerate() {
        let mut lines = lines(ask).into_iter();
        all.push(format!("  {}. {}", at + 1, lines.next().unwrap_or_default()));
        all.extend(lines.map(|line| format!("     {line}")));
    }
    all.push(how_to_answer(form));
    all.retain(|line| !line.is_empty());
    all.join("\n")
}

pub(super) fn html(form: &Form) -> String {
    let item = |ask: &Question| {
        let lines: Vec<String> = lines(ask).iter().map(|line| escaped(line)).collect();
        format!("<li>{}</li>", lines.join("<br>"))
    };
    let items: String = form.ask.iter().map(item).collect();
    let heading = escaped(&heading(form));
    format!("<p><b>{heading}</b></p><ol>{items}</ol><p>{}</p>", escaped(&how_to_answer(form)))
}
