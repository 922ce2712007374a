//! `[[rules]]`: what is done when something changes in NetBox. Each has exactly one action.

use super::{
    error::{ConfigError, shown},
    section::Section,
    tree::{Item, Place, Table, Value},
};
use direttore_catalog::catalog;
use direttore_core::hooks::{Action, Condition, Hook, Rule, Sender, What, rule::With};
use direttore_domain::{AccountName, GuestKind, Origin, nearest::nearest, text};
use direttore_reply::{Filled, Spoken};
use std::collections::BTreeMap;

pub(super) const KEYS: &[&str] =
    &["name", "object", "event", "hook", "when", "own", "announce", "run", "provision", "release"];
pub(super) const ANNOUNCE_KEYS: &[&str] = &["channel", "title", "text"];
pub(super) const RUN_KEYS: &[&str] = &["as", "command", "with", "tell"];
pub(super) const PROVISION_KEYS: &[&str] = &["as", "kind", "with"];
pub(super) const RELEASE_KEYS: &[&str] = &["as"];

const NAME: &str = "letters, digits, - and _, at most 40 of them, like tell-ops";
const OBJECT: &str = "what NetBox calls a kind of object, like dcim.device, or a list of such";
const EVENT: &str = "created, updated, deleted or job_ended, or a list of such";
const ACTIONS: [&str; 4] = ["announce", "run", "provision", "release"];
const VM: &str = "virtualization.virtualmachine";
const DEVICE: &str = "dcim.device";

/// What rules may name.
pub(super) struct Known<'a> {
    pub(super) hooks: &'a [Hook],
    pub(super) channels: &'a BTreeMap<String, Origin>,
    pub(super) netbox: bool,
}

/// All rules, in their order.
pub(super) fn read(items: Vec<Item>, known: &Known<'_>, notes: &mut Vec<String>) -> Result<Vec<Rule>, ConfigError> {
    let mut rules: Vec<Rule> = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let place = item.place.shown.clone();
        let rule = rule(Section::open(format!("rules[{at}]"), Some(item), KEYS, notes)?, known)?;
        if rules.iter().any(|other| other.name == rule.name) {
            return Err(ConfigError::new(place, format!("two rules are named {}; each has its own name", rule.name)));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn is_name(given: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !given.is_empty() && given.len() <= 40 && given.bytes().all(fits)
}

fn is_object(given: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    given.split_once('.').is_some_and(|(app, model)| is_word(app) && is_word(model))
}

fn rule(mut section: Section<'_>, known: &Known<'_>) -> Result<Rule, ConfigError> {
    let name = section.fitting("name", NAME, is_name)?.ok_or_else(|| section.missing("name", NAME))?;
    let mut objects = Vec::new();
    for (text, item) in words(&mut section, "object", OBJECT)? {
        if !is_object(&text) {
            return Err(section.wrong("object", &item, OBJECT));
        }
        objects.push(text.to_ascii_lowercase());
    }
    if objects.is_empty() {
        return Err(section.missing("object", OBJECT));
    }
    let mut events = Vec::new();
    for (text, item) in words(&mut section, "event", EVENT)? {
        events.push(text.parse::<What>().map_err(|()| section.wrong("event", &item, EVENT))?);
    }
    let hook = hook(&mut section, known)?;
    let mut when = Vec::new();
    for (text, item) in words(&mut section, "when", "a list of conditions like status = active")? {
        let condition: Result<Condition, _> = text.parse();
        when.push(condition.map_err(|why| ConfigError::new(item.place.shown.clone(), format!("rule {name}: {why}")))?);
    }
    let own = section.flag("own", false)?;
    let given: Vec<(&str, Item)> = ACTIONS.into_iter().filter_map(|key| Some((key, section.take(key)?))).collect();
    let Ok([(key, item)]) = <[_; 1]>::try_from(given) else {
        return Err(section.error(format!("rule {name}: right would be exactly one of {}", text::list(&ACTIONS))));
    };
    let path = section.name(key);
    let action = match key {
        "announce" => announce(Section::open(path, Some(item), ANNOUNCE_KEYS, section.notes())?, known)?,
        "run" => run(Section::open(path, Some(item), RUN_KEYS, section.notes())?, known)?,
        "provision" => provision(Section::open(path, Some(item), PROVISION_KEYS, section.notes())?)?,
        _ => {
            let mut release = Section::open(path, Some(item), RELEASE_KEYS, section.notes())?;
            Action::Release { account: account(&mut release)? }
        }
    };
    let of = |wanted: &[&str]| objects.iter().all(|object| wanted.contains(&object.as_str()));
    let fits = match &action {
        Action::Provision { .. } => of(&[VM]),
        Action::Release { .. } => of(&[VM, DEVICE]) && events == [What::Deleted],
        Action::Announce { .. } | Action::Run { .. } => true,
    };
    if !fits {
        let right = if matches!(action, Action::Release { .. }) {
            format!("release is for {VM} or {DEVICE} with event = \"deleted\"")
        } else {
            format!("provision is for {VM} alone")
        };
        return Err(section.error(format!("rule {name}: {right}")));
    }
    if !known.netbox && matches!(action, Action::Provision { .. } | Action::Release { .. }) {
        return Err(section.error(format!("rule {name}: {key} needs a section [netbox]")));
    }
    Ok(Rule { name, objects, events, hook, when, own, action })
}

/// A text, or a list of texts, each with where it stands.
fn words(section: &mut Section<'_>, key: &str, right: &str) -> Result<Vec<(String, Item)>, ConfigError> {
    let items = match section.take(key) {
        None => return Ok(vec![]),
        Some(Item { value: Value::List(items), .. }) => items,
        Some(item) => vec![item],
    };
    let read = |item: Item| match &item.value {
        Value::Text(text) | Value::Raw(text) if !text.trim().is_empty() => Ok((text.trim().to_owned(), item)),
        _ => Err(section.wrong(key, &item, right)),
    };
    items.into_iter().map(read).collect()
}

fn hook(section: &mut Section<'_>, known: &Known<'_>) -> Result<Option<String>, ConfigError> {
    let Some((name, place)) = section.text("hook")? else { return Ok(None) };
    let has: Vec<&str> =
        known.hooks.iter().filter(|hook| hook.from == Sender::Netbox).map(|hook| hook.name.as_str()).collect();
    if has.contains(&name.as_str()) {
        return Ok(Some(name));
    }
    Err(no_such(&place, "hook from netbox", &name, &has))
}

fn no_such(place: &Place, what: &str, given: &str, has: &[&str]) -> ConfigError {
    let right = match (nearest(given, has.iter().copied()), has) {
        (Some(near), _) => format!("did you mean {near}?"),
        (None, []) => "there is none at all".to_owned(),
        (None, has) => format!("there are {}", text::list(has)),
    };
    ConfigError::new(place.shown.clone(), format!("there is no {what} {:?}; {right}", shown(given)))
}

fn account(section: &mut Section<'_>) -> Result<AccountName, ConfigError> {
    let right = "the name of the account that does it, like netbox-bot";
    section.parsed("as", right)?.ok_or_else(|| section.missing("as", right))
}

fn announce(mut section: Section<'_>, known: &Known<'_>) -> Result<Action, ConfigError> {
    let right = "a name of [channels]";
    let (channel, origin) =
        channel(&mut section, "channel", known)?.ok_or_else(|| section.missing("channel", right))?;
    let right = "a line like {{ data.name }} is {{ data.status.label }}";
    let (title, place) = section.text("title")?.ok_or_else(|| section.missing("title", right))?;
    let (text, _) = section.text("text")?.unwrap_or_default();
    let spoken = Spoken::new(&title, &text).map_err(|why| {
        let path = section.name("title");
        ConfigError::new(place.shown, format!("{path} or its text cannot be read as a template: {why}"))
    })?;
    Ok(Action::Announce { channel, origin, spoken })
}

/// One of `[channels]`, by its name.
fn channel(section: &mut Section<'_>, key: &str, known: &Known<'_>) -> Result<Option<(String, Origin)>, ConfigError> {
    let Some((channel, place)) = section.text(key)? else { return Ok(None) };
    let has: Vec<&str> = known.channels.keys().map(String::as_str).collect();
    match known.channels.get(&channel) {
        Some(origin) => Ok(Some((channel, origin.clone()))),
        None => Err(no_such(&place, "channel", &channel, &has)),
    }
}

fn run(mut section: Section<'_>, known: &Known<'_>) -> Result<Action, ConfigError> {
    let account = account(&mut section)?;
    let right = "a command without its answers, like power stop";
    let (said, place) = section.text("command")?.ok_or_else(|| section.missing("command", right))?;
    let path = said.trim().trim_start_matches('/');
    let Some(command) = catalog().get(path) else {
        let has: Vec<&str> = catalog().commands().iter().map(|command| command.path.as_str()).collect();
        let near =
            nearest(path, has.iter().copied()).map_or_else(|| right.to_owned(), |near| format!("did you mean {near}?"));
        return Err(ConfigError::new(place.shown, format!("there is no command {:?}; {near}", shown(path))));
    };
    let command = command.path.clone();
    let with = with(&mut section, &command)?;
    let tell = channel(&mut section, "tell", known)?;
    Ok(Action::Run { account, command, with, tell })
}

fn provision(mut section: Section<'_>) -> Result<Action, ConfigError> {
    let account = account(&mut section)?;
    let kinds = [("vm", GuestKind::Vm), ("container", GuestKind::Container)];
    let kind = section.choice("kind", &kinds, GuestKind::Vm)?;
    let with = with(&mut section, if kind == GuestKind::Vm { "provision vm" } else { "provision container" })?;
    if with.iter().any(|(key, _)| key == "name") {
        return Err(section.error("a rule that provisions takes the name from NetBox; with.name is not given"));
    }
    Ok(Action::Provision { account, kind, with })
}

/// A template for each answer of a command.
fn with(section: &mut Section<'_>, command: &str) -> Result<With, ConfigError> {
    let table = match section.take("with") {
        None => Table::new(),
        Some(Item { value: Value::Table(table), .. }) => table,
        Some(item) => return Err(section.wrong("with", &item, "answers like { guest = \"{{ data.name }}\" }")),
    };
    let mut with = With::new();
    for (key, item) in table {
        let wrong = |why: String| ConfigError::new(item.place.shown.clone(), why);
        if catalog().get(command).and_then(|command| command.option(&key)).is_none() {
            let has: Vec<&str> = catalog().get(command).into_iter().flat_map(|c| c.input_names()).collect();
            let given = format!("option of /{command} called");
            return Err(no_such(&item.place, &given, &key, &has));
        }
        let text = match &item.value {
            Value::Text(text) | Value::Raw(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            other => {
                return Err(wrong(format!(
                    "{}.{key} is {}; right would be text in quotes",
                    section.name("with"),
                    other.shown()
                )));
            }
        };
        let filled = Filled::new(&text);
        let why = |why| wrong(format!("{}.{key} cannot be read as a template: {why}", section.name("with")));
        with.push((key.clone(), filled.map_err(why)?));
    }
    Ok(with)
}
