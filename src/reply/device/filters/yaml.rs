//! `to_yaml` and `to_nice_yaml`, written as PyYAML writes them: keys in order, and quotes where a reader needs them.

use super::{
    Given,
    json::{read, sorted},
};
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest},
};
use serde_json::Value as Json;
use std::fmt::Write;

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("to_yaml", |value: Value, args: Rest<Value>, named: Kwargs| {
        write("to_yaml", &value, &args, &named, 2, true)
    });
    env.add_filter("to_nice_yaml", |value: Value, args: Rest<Value>, named: Kwargs| {
        write("to_nice_yaml", &value, &args, &named, 4, false)
    });
}

struct Style {
    indent: usize,
    /// Collections of plain values on one line.
    flow: bool,
}

fn write(
    filter: &'static str,
    value: &Value,
    args: &Rest<Value>,
    named: &Kwargs,
    indent: i64,
    flow: bool,
) -> Result<String, Error> {
    let given = Given::read(filter, &["indent", "sort_keys", "width", "default_flow_style"], args, named)?;
    let indent = usize::try_from(given.number("indent", indent)?.clamp(1, 16)).unwrap_or(2);
    let json = read(value)?;
    let json = if given.flag("sort_keys", true) { sorted(json) } else { json };
    let style = Style { indent, flow: given.flag("default_flow_style", flow) };
    let mut out = String::new();
    match &json {
        Json::Array(_) | Json::Object(_) if style.is_inline(&json) => {
            inline(&json, &mut out);
            out.push('\n');
        }
        Json::Array(_) | Json::Object(_) => style.block(&json, 0, &mut out),
        plain => {
            out.push_str(&scalar(plain));
            out.push_str("\n...\n");
        }
    }
    Ok(out)
}

fn is_plain(json: &Json) -> bool {
    !matches!(json, Json::Array(_) | Json::Object(_))
}

impl Style {
    fn is_inline(&self, json: &Json) -> bool {
        match json {
            Json::Array(items) => items.is_empty() || self.flow && items.iter().all(is_plain),
            Json::Object(map) => map.is_empty() || self.flow && map.values().all(is_plain),
            _ => true,
        }
    }

    fn block(&self, json: &Json, depth: usize, out: &mut String) {
        let blanks = " ".repeat(depth);
        match json {
            Json::Array(items) => {
                for item in items {
                    out.push_str(&blanks);
                    out.push('-');
                    if self.is_inline(item) {
                        out.push(' ');
                        inline(item, out);
                        out.push('\n');
                    } else {
                        // The first line of what is nested stands behind the dash.
                        let mut nested = String::new();
                        self.block(item, depth + self.indent, &mut nested);
                        out.push_str(&" ".repeat(self.indent - 1));
                        out.push_str(nested.trim_start());
                    }
                }
            }
            Json::Object(map) => {
                for (key, value) in map {
                    out.push_str(&blanks);
                    out.push_str(&scalar(&Json::String(key.clone())));
                    out.push(':');
                    if self.is_inline(value) {
                        out.push(' ');
                        inline(value, out);
                        out.push('\n');
                    } else {
                        out.push('\n');
                        let deeper = if value.is_array() { depth } else { depth + self.indent };
                        self.block(value, deeper, out);
                    }
                }
            }
            _ => inline(json, out),
        }
    }
}

fn inline(json: &Json, out: &mut String) {
    match json {
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                inline(item, out);
            }
            out.push(']');
        }
        Json::Object(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                out.push_str(&scalar(&Json::String(key.clone())));
                out.push_str(": ");
                inline(value, out);
            }
            out.push('}');
        }
        plain => out.push_str(&scalar(plain)),
    }
}

fn scalar(json: &Json) -> String {
    let Json::String(text) = json else { return json.to_string() };
    if text.chars().any(char::is_control) {
        let mut out = "\"".to_owned();
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                c if c.is_control() => write!(out, "\\x{:02X}", c as u32).expect("a string takes all"),
                c => out.push(c),
            }
        }
        out.push('"');
        return out;
    }
    if needs_quotes(text) { format!("'{}'", text.replace('\'', "''")) } else { text.clone() }
}

/// What a reader would take for something else than this text.
fn needs_quotes(text: &str) -> bool {
    const WORDS: [&str; 11] = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "=", "<<"];
    let first = text.chars().next().unwrap_or(' ');
    let lower = text.to_lowercase();
    let number = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && text.chars().all(|c| c.is_ascii_hexdigit() || "+-._:xoeT Z".contains(c));
    WORDS.contains(&lower.as_str())
        || number
        || first.is_whitespace()
        || text.ends_with([' ', ':'])
        || "-?:,[]{}#&*!|>'\"%@`".contains(first)
            && !(text.len() > 1 && "-?:".contains(first) && !text[1..].starts_with(' '))
        || text.contains(": ")
        || text.contains(" #")
        || text.contains([',', '[', ']', '{', '}'])
}
