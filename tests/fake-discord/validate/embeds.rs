//! What the description leaves out of embeds: the length over all of them, and that white space does not count.

use super::errors::{Errors, at};
use serde_json::Value;

/// Characters over all embeds of a message.
const TOTAL: usize = 6000;

fn counted(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.trim().chars().count())
}

pub fn embeds(list: &Value, path: &[String], errors: &mut Errors) {
    let mut total = 0;
    for (i, embed) in list.as_array().into_iter().flatten().enumerate() {
        let here = at(path, i);
        total += counted(&embed["title"]) + counted(&embed["description"]);
        total += counted(&embed["footer"]["text"]) + counted(&embed["author"]["name"]);
        for (n, field) in embed["fields"].as_array().into_iter().flatten().enumerate() {
            total += counted(&field["name"]) + counted(&field["value"]);
            for part in ["name", "value"] {
                if field[part].is_string() && counted(&field[part]) == 0 {
                    errors.required(&at(&at(&at(&here, "fields"), n), part));
                }
            }
        }
        let has = |name: &str| counted(&embed[name]) > 0;
        let has_part = |name: &str| embed[name].is_object();
        let is_seen = has("title")
            || has("description")
            || embed["fields"].as_array().is_some_and(|f| !f.is_empty())
            || ["image", "thumbnail", "author", "footer"].into_iter().any(has_part);
        if !is_seen {
            errors.required(&at(&here, "description"));
        }
    }
    if total > TOTAL {
        errors.add(path, "MAX_EMBED_SIZE_EXCEEDED", format!("Embed size exceeds maximum size of {TOTAL}"));
    }
}
