//! What a reader has before them, line by line, whatever the surface: so that two of them can be compared.

use crate::scenarios::evened::evened_out;
use fake_discord::Message;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// A reply as the console shows it, without what only a terminal says: how to answer, and the choices, which stand in
/// selects elsewhere.
pub fn of_console(shown: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in evened_out(shown).lines() {
        let line = who(&one_space(line));
        let is_terminals = ["answer: ", "one of ", "like "].iter().any(|lead| line.starts_with(lead));
        if !is_terminals && !line.starts_with("took ") && !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// A file beside a reply, if it is one to be read: pictures say what stands in words too, and the surface's own file what
/// it cut.
pub fn of_file(name: &str, bytes: &[u8]) -> Option<String> {
    let lines = bytes.split(|byte| *byte == b'\n').count() - 1;
    (!name.ends_with(".png") && name != "reply.txt").then(|| format!("file {name} of {lines} lines"))
}

/// A message as Discord shows it.
pub fn of_discord(message: &Message) -> Vec<String> {
    let mut plain = String::new();
    for embed in &message.embeds {
        for part in ["title", "description"].iter().filter_map(|key| embed[*key].as_str()) {
            plain.push_str(&without_markup(part));
        }
    }
    // A moment in a narrow column.
    static CUT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d{4}-\d\d-(\d\d [\d:]* ?)?…").expect("a pattern"));
    let plain = CUT.replace_all(&plain, "<time>");
    let mut lines: Vec<String> = evened_out(&plain).lines().map(|line| who(&one_space(line))).collect();
    lines.retain(|line| !line.is_empty() && !line.starts_with("took "));
    let labels: Vec<String> = labels(message);
    if !labels.is_empty() {
        lines.push(labels.iter().map(|label| format!("[{label}]")).collect::<Vec<_>>().join(" "));
    }
    lines.extend(message.attachments.iter().filter_map(|a| of_file(&a.file.name, &a.file.bytes)));
    lines
}

/// Line by line; in a block of code everything is itself.
pub fn without_markup(text: &str) -> String {
    let (mut out, mut is_block) = (String::new(), false);
    for line in text.lines() {
        if line.starts_with("```") {
            is_block = !is_block;
            continue;
        }
        out.push_str(&if is_block { line.replace('\u{200b}', "") } else { read(&times(&question(line))) });
        out.push('\n');
    }
    out
}

/// What the buttons stand for; the one that opens the modal stands for the terminal's `answer:`.
pub fn labels(message: &Message) -> Vec<String> {
    let ids = message.all_components().into_iter().filter(|c| c["type"] == 2).filter_map(|c| c["custom_id"].as_str());
    ids.filter_map(|id| id.strip_prefix("press:1:")?.split_once(':')).map(|(_, label)| label.to_owned()).collect()
}

/// The reply that a message's widgets belong to.
pub fn reply_id(message: &Message) -> Option<String> {
    let ids = message.all_components().into_iter().filter_map(|c| c["custom_id"].as_str());
    ids.filter_map(|id| id.split(':').nth(2)).map(str::to_owned).next()
}

/// Values and labels of a select.
pub fn choices(message: &Message, key: &str) -> Vec<String> {
    let all = message.all_components();
    let select = all
        .into_iter()
        .find(|c| c["type"] == 3 && c["custom_id"].as_str().is_some_and(|id| id.rsplit(':').next() == Some(key)));
    let options = select.and_then(|s| s["options"].as_array().cloned()).unwrap_or_default();
    options.iter().filter_map(|o: &Value| o["label"].as_str().map(str::to_owned)).collect()
}

/// Both say the same; a cell that was cut is as good as the whole.
///
/// # Panics
/// They do not.
pub fn assert_same(console: &[String], surface: &str, there: &[String]) {
    let is_same = console.len() == there.len() && console.iter().zip(there).all(|(a, b)| fits(a, b));
    if is_same {
        return;
    }
    let at = console.iter().zip(there).take_while(|(a, b)| fits(a, b)).count();
    let from =
        |lines: &[String]| lines.iter().skip(at.saturating_sub(3)).take(14).cloned().collect::<Vec<_>>().join("\n    ");
    panic!("the console says\n    {}\nand {surface}\n    {}", from(console), from(there));
}

fn fits(console: &str, discord: &str) -> bool {
    if console == discord {
        return true;
    }
    // Each part between cuts must be there, in its order, at the beginnings of words.
    let mut rest = console;
    let last = discord.matches('…').count();
    for (at, part) in discord.split('…').enumerate() {
        let part = part.trim_start();
        // What stands behind the last cut is the line's end, whatever was cut.
        match if at == last && at > 0 { rest.rfind(part) } else { rest.find(part) } {
            Some(0) => rest = &rest[part.len()..],
            Some(found) if at > 0 => rest = &rest[found + part.len()..],
            _ => return false,
        }
    }
    discord.contains('…') && (rest.is_empty() || discord.ends_with('…'))
}

/// Somebody's identity is another one on each surface.
pub fn who(line: &str) -> String {
    match line.strip_prefix("identity ") {
        Some(_) => "identity <identity>".to_owned(),
        None => line.to_owned(),
    }
}

pub fn one_space(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `• name: Its name (needed)  `web1`` as `name (required): Its name = web1`.
fn question(line: &str) -> String {
    if let Some(wrong) = line.trim_start().strip_prefix("⚠ ") {
        return format!("wrong: {wrong}");
    }
    let Some((key, rest)) = line.strip_prefix("• ").and_then(|line| line.split_once(": ")) else {
        return line.to_owned();
    };
    let (rest, value) = match rest.split_once("  `") {
        Some((rest, value)) => (rest, format!(" = {}", value.trim_end_matches('`'))),
        None => (rest, String::new()),
    };
    match rest.strip_suffix(" (needed)") {
        Some(label) => format!("{key} (required): {label}{value}"),
        None => format!("{key}: {rest}{value}"),
    }
}

/// `<t:1700000000:f>` as the console writes a moment.
fn times(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<t:") {
        out.push_str(before);
        out.push_str("2026-01-01 00:00 UTC");
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    out + rest
}

/// Without markup: what stands behind a backslash is itself.
pub fn read(line: &str) -> String {
    let mut out = String::new();
    let mut is_code = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' => is_code = !is_code,
            '\\' if !is_code => out.extend(chars.next()),
            '*' if !is_code && chars.peek() == Some(&'*') => drop(chars.next()),
            _ => out.push(c),
        }
    }
    out
}
