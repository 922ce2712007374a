//! The fields of a reservation, as they are read.

use crate::api::input::Fields;
use direttore_domain::{GuestKind, Vmid};
use serde_json::json;

const TITLE: usize = 128;
const REQUESTER: usize = 128;
const NODE: usize = 64;
const NOTES: usize = 1000;
const REASON: usize = 300;

/// On one line, whatever it was written on: other programs read titles line by line.
fn one_line(text: &str) -> String {
    text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn line(fields: &mut Fields, key: &str, longest: usize) -> Option<String> {
    let line = one_line(&fields.text(key)?);
    if line.is_empty() {
        let about = Some(json!({ "min_length": 1 }));
        fields.refuse(key, "string_too_short", "String should have at least 1 character", about);
        return None;
    }
    fits(fields, key, line, longest)
}

fn fits(fields: &mut Fields, key: &str, text: String, longest: usize) -> Option<String> {
    if text.chars().count() <= longest {
        return Some(text);
    }
    let said = format!("String should have at most {longest} characters");
    fields.refuse(key, "string_too_long", said, Some(json!({ "max_length": longest })));
    None
}

pub fn title(fields: &mut Fields, key: &str) -> Option<String> {
    line(fields, key, TITLE)
}

pub fn requester(fields: &mut Fields) -> Option<String> {
    line(fields, "requester", REQUESTER)
}

pub fn kind(fields: &mut Fields) -> Option<GuestKind> {
    fields.word("resource_type", &["vm", "lxc"]).map(|word| match word {
        "lxc" => GuestKind::Container,
        _ => GuestKind::Vm,
    })
}

pub fn node(fields: &mut Fields) -> Option<String> {
    line(fields, "proxmox_node", NODE)
}

pub fn vmid(fields: &mut Fields) -> Option<Vmid> {
    let number = fields.number("vmid", i64::from(Vmid::MIN)..=i64::from(Vmid::MAX))?;
    u32::try_from(number).ok()?.try_into().ok()
}

/// None where they are empty.
pub fn notes(fields: &mut Fields) -> Option<String> {
    let text = fields.text("notes")?;
    fits(fields, "notes", text, NOTES).filter(|text| !text.is_empty())
}

pub fn reason(fields: &mut Fields) -> Option<String> {
    line(fields, "reason", REASON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_on_one_line() {
        assert_eq!(one_line("Bob\r\nATTENDEE:mailto:x@example.com,  and; more\n"), {
            "Bob ATTENDEE:mailto:x@example.com,  and; more"
        });
        assert_eq!(one_line(" \t\r\n "), "");
    }
}
