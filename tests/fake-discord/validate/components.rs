//! What the description leaves out of the components of a message.

use super::errors::{Errors, at};
use serde_json::Value;
use std::collections::HashSet;

pub const ROW: u64 = 1;
pub const BUTTON: u64 = 2;
pub const STRING_SELECT: u64 = 3;
pub const TEXT_INPUT: u64 = 4;
/// User, role, mentionable and channel.
pub const OTHER_SELECTS: std::ops::RangeInclusive<u64> = 5..=8;
pub const TEXT_DISPLAY: u64 = 10;
const LINK: u64 = 5;
const PREMIUM: u64 = 6;
/// In all, nested ones too.
const TOTAL: usize = 40;
const ROWS: usize = 5;
/// Characters over all text displays.
const TEXT: usize = 4000;

pub fn is_select(kind: u64) -> bool {
    kind == STRING_SELECT || OTHER_SELECTS.contains(&kind)
}

/// The components directly within one.
pub fn children(component: &Value) -> impl Iterator<Item = (String, &Value)> {
    let list = component["components"].as_array().into_iter().flatten().enumerate();
    let single =
        ["accessory", "component"].into_iter().filter_map(|name| Some((name.to_owned(), component.get(name)?)));
    list.map(|(i, child)| (format!("components.{i}"), child)).chain(single)
}

pub fn components(list: &Value, is_v2: bool, path: &[String], errors: &mut Errors) {
    let Some(list) = list.as_array() else { return };
    if !is_v2 && list.len() > ROWS {
        errors.length(path, 1, ROWS);
    }
    let mut seen = Seen::default();
    for (i, component) in list.iter().enumerate() {
        let here = at(path, i);
        if !is_v2 && component["type"] != ROW {
            errors.add(&at(&here, "type"), "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (1,).");
            continue;
        }
        one(component, &here, &mut seen, errors);
    }
    if seen.count > TOTAL {
        let message = format!("The maximum number of components in a message is {TOTAL}");
        errors.add(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message);
    }
    if seen.text > TEXT {
        let message = format!("The total text of a message must be {TEXT} or fewer in length");
        errors.add(path, "COMPONENT_MAX_TOTAL_TEXT_EXCEEDED", message);
    }
}

/// What must be unique or is counted over all of a message or modal.
#[derive(Default)]
pub(super) struct Seen {
    custom_ids: HashSet<String>,
    ids: HashSet<u64>,
    count: usize,
    text: usize,
}

impl Seen {
    pub(super) fn note(&mut self, component: &Value, path: &[String], errors: &mut Errors) {
        self.count += 1;
        if let Some(id) = component["custom_id"].as_str()
            && !self.custom_ids.insert(id.to_owned())
        {
            let message = "Component custom id cannot be duplicated";
            errors.add(&at(path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
        }
        if let Some(id) = component["id"].as_u64().filter(|id| *id != 0)
            && !self.ids.insert(id)
        {
            errors.add(&at(path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated");
        }
        if component["type"] == TEXT_DISPLAY {
            self.text += component["content"].as_str().map_or(0, |text| text.chars().count());
        }
    }
}

fn one(component: &Value, path: &[String], seen: &mut Seen, errors: &mut Errors) {
    seen.note(component, path, errors);
    match component["type"].as_u64() {
        Some(ROW) => row(component, path, errors),
        Some(BUTTON) => button(component, path, errors),
        Some(kind) if is_select(kind) => select(component, path, errors),
        _ => {}
    }
    for (name, child) in children(component) {
        let mut here = path.to_vec();
        here.extend(name.split('.').map(str::to_owned));
        one(child, &here, seen, errors);
    }
}

/// A row is up to five buttons or one select.
fn row(row: &Value, path: &[String], errors: &mut Errors) {
    let width = |c: &Value| if c["type"] == BUTTON { 1 } else { 5 };
    let mut used = 0;
    for (i, child) in row["components"].as_array().into_iter().flatten().enumerate() {
        used += width(child);
        if used > 5 {
            let message = "The specified component exceeds the maximum width";
            errors.add(&at(&at(path, "components"), i), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
        }
    }
}

fn is_given(component: &Value, field: &str) -> bool {
    !component[field].is_null()
}

fn button(button: &Value, path: &[String], errors: &mut Errors) {
    let allowed: &[&str] = match button["style"].as_u64() {
        Some(LINK) => &["url", "label", "emoji"],
        Some(PREMIUM) => &["sku_id"],
        _ => &["custom_id", "label", "emoji"],
    };
    let needed = allowed[0];
    if !is_given(button, needed) {
        let message = format!("A {} is required", needed.replace('_', " "));
        errors.add(&at(path, needed), &format!("BUTTON_COMPONENT_{}_REQUIRED", needed.to_uppercase()), message);
    }
    for field in ["custom_id", "url", "sku_id", "label", "emoji"] {
        if is_given(button, field) && !allowed.contains(&field) {
            let message = format!("A button of this style cannot have a {}", field.replace('_', " "));
            errors.add(&at(path, field), "BUTTON_COMPONENT_FIELD_NOT_ALLOWED", message);
        }
    }
    let is_blank = button["label"].as_str().is_none_or(str::is_empty) && !is_given(button, "emoji");
    if is_blank && button["style"] != PREMIUM {
        errors.add(path, "BUTTON_COMPONENT_LABEL_REQUIRED", "A button must have a label or an emoji");
    }
    if let Some(url) = button["url"].as_str()
        && !["http://", "https://", "discord://"].iter().any(|scheme| url.starts_with(scheme))
    {
        let message = "Scheme must be one of ('http', 'https', 'discord').";
        errors.add(&at(path, "url"), "URL_TYPE_INVALID_SCHEME", message);
    }
}

/// Limits that hold in messages and in modals.
pub(super) fn select(select: &Value, path: &[String], errors: &mut Errors) {
    let number = |field: &str| select[field].as_u64().or_else(|| select[field].as_str()?.parse().ok());
    let (min, max) = (number("min_values").unwrap_or(1), number("max_values").unwrap_or(1));
    if min > max {
        let message = "min_values must be less than or equal to max_values";
        errors.add(&at(path, "min_values"), "SELECT_COMPONENT_MIN_VALUES_EXCEEDED", message);
    }
    if select["type"] != STRING_SELECT {
        return;
    }
    let options = select["options"].as_array().map_or(&[][..], Vec::as_slice);
    if max > options.len() as u64 && !options.is_empty() {
        let message = "max_values must be less than or equal to the number of options";
        errors.add(&at(path, "max_values"), "SELECT_COMPONENT_MAX_VALUES_EXCEEDED", message);
    }
    let defaults = options.iter().filter(|o| o["default"] == true).count() as u64;
    if defaults > max {
        let message = "There are more default options than max_values";
        errors.add(&at(path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULTS", message);
    }
    let mut values = HashSet::new();
    for (i, option) in options.iter().enumerate() {
        if !values.insert(option["value"].as_str()) {
            let message = "The specified option value is already used";
            let here = at(&at(&at(path, "options"), i), "value");
            errors.add(&here, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message);
        }
    }
}
