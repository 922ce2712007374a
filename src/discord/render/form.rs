//! Questions as widgets: selects where there are choices, one modal with all of them for free text.

use super::{cut, markdown};
use crate::{
    custom_id::CustomId,
    message::{Button, Choice, Component, Input, Modal, Row, Select, Style},
};
use direttore_reply::{Form, Question};

/// Choices of a select, and characters of a choice.
const CHOICES: usize = 25;
const CHOICE: usize = 100;
const PLACEHOLDER: usize = 100;
/// Of a modal's title, of an input's label, and of what stands in it.
const TITLE: usize = 45;
const LABEL: usize = 45;
const VALUE: usize = 1000;
/// The choice that opens a search; no value of ours begins like that.
pub const FIND: &str = "\u{200b}find";

/// Title, where it stands, and each question with its answer so far.
pub(super) fn questions(form: &Form) -> String {
    let mut lines = Vec::new();
    let page = if form.of > 1 { format!(" ({} of {})", form.page, form.of) } else { String::new() };
    lines.push(format!("**{}**{page}", markdown::escaped(&form.title)));
    for ask in &form.ask {
        let mark = if ask.required { " (needed)" } else { "" };
        let value = ask.value.as_ref().map(|v| format!("  `{}`", v.replace('`', "'"))).unwrap_or_default();
        lines.push(format!("• {}: {}{mark}{value}", markdown::escaped(&ask.key), markdown::escaped(&ask.label)));
        lines.extend(ask.error.as_ref().map(|wrong| format!("\u{2003}⚠ {}", markdown::escaped(wrong))));
    }
    lines.join("\n")
}

/// A row for each question that has choices.
pub(super) fn selects(on: &str, form: &Form) -> Vec<Row> {
    let asked = form.ask.iter().filter(|ask| !ask.choices.is_empty());
    asked.filter_map(|ask| select(on, ask)).map(|s| Row::new(vec![Component::Select(s)])).collect()
}

fn select(on: &str, ask: &Question) -> Option<Select> {
    let hint = |at: usize| ask.hints.get(at).map(String::as_str).unwrap_or_default();
    let mut options: Vec<Choice> = Vec::new();
    for (at, value) in ask.choices.iter().enumerate() {
        // A longer one can be written; two that begin alike could not be told apart here.
        if value.is_empty() || value.chars().count() > CHOICE || options.iter().any(|o| o.value == *value) {
            continue;
        }
        let is_said = ask.value.as_ref() == Some(value);
        let description = cut(hint(at), CHOICE);
        options.push(Choice { label: value.clone(), value: value.clone(), description, default: is_said });
    }
    let room = CHOICES - usize::from(ask.more > 0);
    // What is said stays in sight.
    if let Some(said) = options.iter().skip(room).position(|o| o.default) {
        let said = options.remove(room + said);
        options.insert(0, said);
    }
    let left = ask.more + options.len().saturating_sub(room);
    options.truncate(room);
    if left > 0 {
        options.truncate(CHOICES - 1);
        let label = format!("{left} more: find one by a part of it");
        options.push(Choice { label, value: FIND.to_owned(), description: String::new(), default: false });
    }
    if options.is_empty() {
        return None;
    }
    let id = CustomId::Set { on: on.to_owned(), key: ask.key.clone() }.text();
    Some(Select::new(id, cut(&format!("{}: {}", ask.key, ask.label), PLACEHOLDER), false, options))
}

pub(super) fn write_button(on: &str, form: &Form) -> Button {
    let id = CustomId::Write { on: on.to_owned() }.text();
    match form.ask.as_slice() {
        [one] if one.key == "name" && form.of == 1 && one.choices.is_empty() => {
            Button::new(Style::Danger, "Type the name…".to_owned(), id)
        }
        _ => Button::new(Style::Primary, "Write…".to_owned(), id),
    }
}

/// All questions of a page as texts, with what is answered already.
pub fn modal(on: &str, form: &Form) -> Modal {
    let input = |ask: &Question| {
        let label = if ask.label.chars().count() + ask.key.len() + 2 <= LABEL {
            format!("{}: {}", ask.key, ask.label)
        } else {
            ask.key.clone()
        };
        let mut input = Input::new(ask.key.clone(), cut(&label, LABEL), ask.required);
        input.placeholder = cut(&ask.label, PLACEHOLDER);
        input.value = ask.value.clone().filter(|v| v.chars().count() <= VALUE).unwrap_or_default();
        if ask.value.as_ref().is_some_and(|v| v.len() > 60) {
            input = input.long();
        }
        Row::new(vec![Component::Input(input)])
    };
    let page = if form.of > 1 { format!(" {}/{}", form.page, form.of) } else { String::new() };
    let title = cut(&format!("{}{page}", if form.title.is_empty() { "Answer" } else { &form.title }), TITLE);
    Modal {
        custom_id: CustomId::Fill { on: on.to_owned() }.text(),
        title,
        components: form.ask.iter().take(5).map(input).collect(),
    }
}

/// Asks for a part of what is looked for.
pub fn find_modal(on: &str, key: &str) -> Modal {
    let input = Input::new("part".to_owned(), cut(&format!("A part of the {key}"), LABEL), true);
    Modal {
        custom_id: CustomId::Find { on: on.to_owned(), key: key.to_owned() }.text(),
        title: "Find".to_owned(),
        components: vec![Row::new(vec![Component::Input(input)])],
    }
}
