//! What the description leaves out of a modal.

use super::{
    components::{ROW, Seen, TEXT_INPUT, is_select, select},
    errors::{Errors, at},
};
use serde_json::Value;

const TOP_LEVEL: usize = 5;

/// `data` of a callback of type 9.
pub fn modal(data: &Value, path: &[String], errors: &mut Errors) {
    let path = at(path, "components");
    let Some(list) = data["components"].as_array() else { return };
    if list.is_empty() || list.len() > TOP_LEVEL {
        errors.length(&path, 1, TOP_LEVEL);
    }
    let mut seen = Seen::default();
    for (i, top) in list.iter().enumerate() {
        let here = at(&path, i);
        seen.note(top, &here, errors);
        let fields: Vec<(Vec<String>, &Value)> = match top["type"].as_u64() {
            Some(ROW) => {
                let inputs = top["components"].as_array().map_or(&[][..], Vec::as_slice);
                if inputs.len() != 1 {
                    errors.length(&at(&here, "components"), 1, 1);
                }
                inputs.iter().enumerate().map(|(n, input)| (at(&at(&here, "components"), n), input)).collect()
            }
            _ => top.get("component").map(|child| (at(&here, "component"), child)).into_iter().collect(),
        };
        for (here, field) in fields {
            seen.note(field, &here, errors);
            match field["type"].as_u64() {
                Some(TEXT_INPUT) => text_input(field, top["type"] == ROW, &here, errors),
                Some(kind) if is_select(kind) => select(field, &here, errors),
                _ => {}
            }
            if field["disabled"] == true {
                errors.add(&at(&here, "disabled"), "COMPONENT_DISABLED_IN_MODAL", "A modal has no disabled components");
            }
        }
    }
}

fn text_input(input: &Value, is_legacy: bool, path: &[String], errors: &mut Errors) {
    if is_legacy && input["label"].is_null() {
        errors.required(&at(path, "label"));
    }
    let (min, max) = (input["min_length"].as_u64().unwrap_or(0), input["max_length"].as_u64().unwrap_or(4000));
    if min > max {
        let message = "min_length must be less than or equal to max_length";
        errors.add(&at(path, "min_length"), "TEXT_INPUT_COMPONENT_LENGTHS_INVALID", message);
    }
    if let Some(value) = input["value"].as_str().filter(|value| !value.is_empty())
        && !(min..=max).contains(&(value.chars().count() as u64))
    {
        errors.length(&at(path, "value"), min as usize, max as usize);
    }
}
