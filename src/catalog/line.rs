//! The one line that says a command with what was given.

use crate::{Command, Given, Kind, Opt};

impl Command {
    /// Without the leading `/`. [`crate::Catalog::read`] reads the same from it.
    pub fn line(&self, given: &Given) -> String {
        let mut out = self.path.clone();
        // A value may stand without its name only while all positional options before it are there.
        let mut is_unbroken = true;
        let (mut named, mut flags, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        let values_of = |o: &Opt| given.get(&o.name).map_or(&[][..], Vec::as_slice);
        let may_say_flags = !self.options.iter().any(|o| o.awaits_value() && values_of(o).is_empty());
        for option in &self.options {
            if option.at_most.is_some() {
                named.extend(
                    option.repetitions(given).into_iter().map(|n| by_name(&option.key(n), option.values(given, n))),
                );
                continue;
            }
            let values = values_of(option);
            if option.positional && is_unbroken && self.stands_alone(option, values) {
                if option.rest {
                    rest.extend_from_slice(values);
                } else {
                    values.iter().for_each(|v| out += &format!(" {}", self.quote_positional(v)));
                }
                continue;
            }
            is_unbroken &= !option.positional;
            match values {
                [] => {}
                [yes] if option.kind == Kind::Flag && may_say_flags && yes == "true" => flags.push(option.name.clone()),
                values => named.push(by_name(&option.name, values)),
            }
        }
        // Nothing can follow the rest of the line.
        named.into_iter().chain(flags).chain(rest).for_each(|text| out += &format!(" {text}"));
        out
    }

    /// Whether the values of a positional option are read back the same without its name.
    fn stands_alone(&self, option: &Opt, values: &[String]) -> bool {
        if !option.rest {
            return !values.is_empty();
        }
        let [text] = values else { return false };
        let first = text.split_whitespace().next().unwrap_or_default();
        let is_plain = text.trim() == text && !text.is_empty() && !text.starts_with(['"', '\'']);
        is_plain && !first.contains(['=', '\\', '"', '\'']) && !self.is_flag(first)
    }

    fn is_flag(&self, word: &str) -> bool {
        self.options.iter().any(|o| o.kind == Kind::Flag && o.name.eq_ignore_ascii_case(word))
    }

    fn quote_positional(&self, value: &str) -> String {
        if self.is_flag(value) { format!("\"{value}\"") } else { quote(value) }
    }
}

fn by_name(key: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|v| quote(v)).collect();
    format!("{key}={}", values.join(","))
}

/// A value as it can stand in a line: in double quotes unless it is one plain word.
pub fn quote(value: &str) -> String {
    let is_special = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\' | '=' | ',');
    if !value.is_empty() && !value.contains(is_special) {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
