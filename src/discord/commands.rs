//! The catalogue as Discord's application commands, and a command of Discord as the line that says the same.
//!
//! A group is a command with subcommands. Options keep their names and order but for the required ones, which Discord
//! wants first. Of an option that may be there several times, as many as there is room for: 25 in all. Whoever may not
//! say anything of a command does not see it; Discord itself shows what is for administrators to nobody else.

use crate::interaction::{self, said};
use direttore_catalog::{Catalog, Command, Confirm, Given, Kind, Opt, Runs};
use direttore_domain::Permission;
use serde_json::{Map, Value, json};

/// Of an option, in Discord's numbers.
const SUBCOMMAND: u8 = 1;
const STRING: u8 = 3;
const INTEGER: u8 = 4;
const BOOLEAN: u8 = 5;
/// Options of a command.
const OPTIONS: usize = 25;
/// Characters of a text.
const TEXT: i64 = 6000;
/// The option that shows an answer to everybody in the channel.
pub const SHARE: &str = "share";

/// All commands, as they are put.
pub fn describe(catalog: &Catalog) -> Vec<Value> {
    let groups = catalog.groups().map(|group| {
        let verbs: Vec<&Command> = catalog.group(group).collect();
        let summary = verbs.iter().map(|c| c.verb()).collect::<Vec<_>>().join(", ");
        let options: Vec<Value> = verbs
            .iter()
            .map(|c| json!({ "type": SUBCOMMAND, "name": c.verb(), "description": c.summary, "options": options(c) }))
            .collect();
        command(group, &cut(&summary), options, &verbs)
    });
    let alone = catalog.commands().iter().filter(|c| c.group().is_none());
    let alone = alone.map(|c| command(&c.path, &c.summary, options(c), &[c]));
    groups.chain(alone).collect()
}

/// `contexts` 0: in a guild, where members have roles.
fn command(name: &str, summary: &str, options: Vec<Value>, of: &[&Command]) -> Value {
    let mut command = json!({ "type": 1, "name": name, "description": summary, "options": options, "contexts": [0] });
    if of.iter().all(|c| c.permission == Permission::Users) {
        command["default_member_permissions"] = json!("0");
    }
    command
}

fn cut(text: &str) -> String {
    if text.chars().count() <= 100 { text.to_owned() } else { text.chars().take(99).chain(['…']).collect() }
}

fn options(command: &Command) -> Vec<Value> {
    let has_share = can_share(command);
    let repeated = command.options.iter().filter(|o| o.at_most.is_some()).count();
    let room = OPTIONS - (command.options.len() - repeated) - usize::from(has_share);
    let each = room.checked_div(repeated).unwrap_or(0);
    let mut all: Vec<Value> = Vec::new();
    for option in &command.options {
        match option.at_most {
            None => all.push(described(command, option, &option.name)),
            Some(_) => all.extend(option.keys().iter().take(each).map(|key| described(command, option, key))),
        }
    }
    if has_share {
        let help = "Show the answer to everybody here, not to you alone";
        all.push(json!({ "type": BOOLEAN, "name": SHARE, "description": help }));
    }
    // Stable: otherwise they stay as the catalogue has them.
    all.sort_by_key(|option| option.get("required") != Some(&json!(true)));
    all
}

/// What only reads can be shown to everybody.
fn can_share(command: &Command) -> bool {
    command.permission == Permission::View && command.confirm == Confirm::No && command.runs != Runs::Job
}

fn described(command: &Command, option: &Opt, name: &str) -> Value {
    let mut out = Map::new();
    let kind = match option.kind {
        Kind::Flag => BOOLEAN,
        Kind::Integer if !option.many => INTEGER,
        _ => STRING,
    };
    out.insert("type".into(), json!(kind));
    out.insert("name".into(), json!(name));
    out.insert("description".into(), json!(option.help));
    // A wizard asks for what is missing; so does a form where another option would do.
    if option.is_always_required() && !command.is_wizard() {
        out.insert("required".into(), json!(true));
    }
    match (kind, option.limits) {
        (INTEGER, Some((least, most))) => {
            out.insert("min_value".into(), json!(least));
            out.insert("max_value".into(), json!(most));
        }
        (STRING, Some((least, most))) if option.kind == Kind::Text => {
            out.insert("min_length".into(), json!(least.clamp(0, TEXT)));
            out.insert("max_length".into(), json!(most.clamp(1, TEXT)));
        }
        _ => {}
    }
    let is_choice = option.kind == Kind::Choice && !option.many && option.choices.len() <= OPTIONS;
    if is_choice {
        let choices: Vec<Value> = option.choices.iter().map(|c| json!({ "name": c, "value": c })).collect();
        out.insert("choices".into(), json!(choices));
    } else if kind == STRING
        && (option.is_live() || !option.fixed().is_empty() || !option.parts.is_empty() || is_word(option))
    {
        out.insert("autocomplete".into(), json!(true));
    }
    Value::Object(out)
}

/// Kinds that the catalogue itself can complete.
fn is_word(option: &Opt) -> bool {
    matches!(option.kind, Kind::Command | Kind::Receiver)
}

/// What was chosen in Discord, as the line that says it; and whether the answer is for everybody.
pub fn line(catalog: &Catalog, asked: &interaction::Command) -> (String, bool) {
    let mut is_shared = false;
    let Some(command) = catalog.get(&asked.path) else { return (format!("/{}", asked.path), false) };
    let mut given = Given::new();
    for (name, value) in &asked.options {
        if name == SHARE && can_share(command) {
            is_shared = value == &json!(true);
            continue;
        }
        given.insert(name.clone(), words(command, name, &said(value)));
    }
    (format!("/{}", command.line(&given)), is_shared)
}

/// The words of a value: several where the option takes several, as in a line.
pub(crate) fn words(command: &Command, name: &str, value: &str) -> Vec<String> {
    let split: &[char] = match command.option(name) {
        Some(option) if option.many && option.positional => &[' ', ','],
        Some(option) if option.many => &[','],
        _ => return vec![value.to_owned()],
    };
    value.split(split).map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// What is to be done to the commands that Discord has: names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    pub missing: Vec<String>,
    pub changed: Vec<String>,
    /// Of an older version of ours, or of something that was the bot before.
    pub surplus: Vec<String>,
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.surplus.is_empty()
    }
}

/// Discord adds ids, and says as its defaults what we leave out: that is no difference.
pub fn difference(ours: &[Value], theirs: &[Value]) -> Difference {
    let name = |one: &Value| one["name"].as_str().unwrap_or_default().to_owned();
    let is_slash = |one: &Value| one["type"].as_u64().unwrap_or(1) == 1;
    let mut found = Difference::default();
    for one in ours {
        match theirs.iter().find(|t| is_slash(t) && t["name"] == one["name"]) {
            None => found.missing.push(name(one)),
            Some(theirs) if agrees(one, theirs) => {}
            Some(_) => found.changed.push(name(one)),
        }
    }
    let is_ours = |t: &&Value| is_slash(t) && ours.iter().any(|one| one["name"] == t["name"]);
    found.surplus = theirs.iter().filter(|t| !is_ours(t)).map(name).collect();
    found
}

/// What Discord adds to a command.
const ADDED: [&str; 12] = [
    "id",
    "application_id",
    "guild_id",
    "version",
    "dm_permission",
    "contexts",
    "integration_types",
    "nsfw",
    "name_localizations",
    "description_localizations",
    "name_localized",
    "description_localized",
];

fn agrees(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let is_default = |v: &Value| v.is_null() || *v == json!([]) || *v == json!(false);
            let is_known = |key: &String| ours.contains_key(key) || ADDED.contains(&key.as_str());
            // Contexts come back empty for commands of a guild.
            let said = ours.iter().filter(|(key, _)| *key != "contexts");
            said.clone().all(|(key, value)| match theirs.get(key) {
                Some(theirs) => agrees(value, theirs),
                None => is_default(value),
            }) && theirs.iter().all(|(key, value)| is_known(key) || is_default(value))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| agrees(a, b))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests;
