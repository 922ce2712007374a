//! What the description leaves out of a message: which fields go together, mentions, attachments that must be there.

use super::{
    components::components,
    embeds::embeds,
    errors::{Errors, at},
};
use serde_json::Value;

pub const EPHEMERAL: u64 = 1 << 6;
pub const IS_COMPONENTS_V2: u64 = 1 << 15;

/// Judges a message's fields. `flags` are those that it will have, `files` the names of all its attachments.
pub fn message(body: &Value, flags: u64, files: &[String], path: &[String], errors: &mut Errors) {
    let is_v2 = flags & IS_COMPONENTS_V2 != 0;
    for field in ["content", "embeds", "poll", "sticker_ids"].into_iter().filter(|_| is_v2) {
        let is_empty = match &body[field] {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        if !is_empty {
            let message = format!("The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
            errors.add(&at(path, field), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message);
        }
    }
    // Below the schema's 4000 for messages of who pays for more; a bot never does.
    if body["content"].as_str().is_some_and(|text| text.chars().count() > 2000) {
        errors.add(&at(path, "content"), "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.");
    }
    embeds(&body["embeds"], &at(path, "embeds"), errors);
    components(&body["components"], is_v2, &at(path, "components"), errors);
    mentions(&body["allowed_mentions"], &at(path, "allowed_mentions"), errors);
    for part in ["embeds", "components"] {
        attached(&body[part], files, &at(path, part), errors);
    }
}

fn mentions(allowed: &Value, path: &[String], errors: &mut Errors) {
    for kind in ["users", "roles"] {
        let is_parsed = allowed["parse"].as_array().is_some_and(|parse| parse.iter().any(|p| p == kind));
        if is_parsed && allowed[kind].as_array().is_some_and(|ids| !ids.is_empty()) {
            let message = format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive.");
            errors.add(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message);
        }
    }
}

/// Every `attachment://name` needs that file.
fn attached(value: &Value, files: &[String], path: &[String], errors: &mut Errors) {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("attachment://")
                && !files.iter().any(|file| file == name)
            {
                errors.add(path, "ATTACHMENT_NOT_FOUND", format!("The attachment {name} is not there"));
            }
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, item)| attached(item, files, &at(path, i), errors));
        }
        Value::Object(fields) => fields.iter().for_each(|(k, field)| attached(field, files, &at(path, k), errors)),
        _ => {}
    }
}
