//! Filters by the table: text, numbers, choices, other objects, tags, custom fields, free text.
//!
//! A parameter that comes again means or, different ones mean and. What nobody knows is ignored, and told to the
//! simulation, which tells it to the tests. What is peculiar to a model stands in `special.rs`.

use super::{No, special};
use crate::netbox::{
    net::Net,
    table::{self, Kind, Model},
    time,
    world::{Fields, Object, World},
};
use serde_json::{Value, json};

/// Whether an object passes.
pub type Test<'a> = Box<dyn Fn(u64, &Object) -> bool + 'a>;
/// A test, or what is wrong with the value.
pub type Tested<'a> = Result<Test<'a>, String>;

pub struct Filters<'a> {
    tests: Vec<Test<'a>>,
    pub ignored: Vec<String>,
}

impl std::fmt::Debug for Filters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filters").field("tests", &self.tests.len()).field("ignored", &self.ignored).finish()
    }
}

/// Parameters that are about the list and not about the objects.
const RESERVED: &[&str] = &["limit", "offset", "start", "brief", "fields", "omit", "exclude", "ordering", "format"];

/// What may stand behind `__`.
const LOOKUPS: &[&str] = &[
    "n", "ic", "nic", "ie", "nie", "isw", "nisw", "iew", "niew", "regex", "iregex", "empty", "gt", "gte", "lt", "lte",
];

/// `name`, `n` of `name__n`.
pub fn parts(name: &str) -> (&str, &str) {
    name.rsplit_once("__").filter(|(_, lookup)| LOOKUPS.contains(lookup)).unwrap_or((name, ""))
}

impl<'a> Filters<'a> {
    pub fn read(world: &'a World, model: &'static Model, query: &'a [(String, String)]) -> Result<Self, No> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in query {
            if !names.contains(&name.as_str()) && !RESERVED.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let (mut tests, mut ignored, mut errors) = (Vec::new(), Vec::new(), Fields::new());
        for name in names {
            let all = query.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
            let values: Vec<&str> = all.filter(|v| !v.is_empty()).collect();
            match find(world, model, name, &values) {
                None => ignored.push(name.to_owned()),
                // An empty value filters nothing.
                Some(_) if values.is_empty() => {}
                Some(Ok(test)) => tests.push(test),
                Some(Err(why)) => drop(errors.insert(name.to_owned(), json!([why]))),
            }
        }
        if errors.is_empty() { Ok(Self { tests, ignored }) } else { Err(Value::Object(errors).into()) }
    }

    pub fn pass(&self, id: u64, object: &Object) -> bool {
        self.tests.iter().all(|test| test(id, object))
    }
}

/// The test that a parameter means; `None` when there is no such filter.
pub fn find<'a>(world: &'a World, model: &'static Model, name: &str, values: &[&'a str]) -> Option<Tested<'a>> {
    let (base, lookup) = parts(name);
    if let Some(found) = special::find(world, model, base, lookup, values) {
        return Some(found.map(|test| if lookup == "n" { negated(test) } else { test }));
    }
    if let Some(custom) = base.strip_prefix("cf_") {
        return custom_field(world, model, custom, lookup, values);
    }
    if matches!(base, "created" | "last_updated") && model.field(base).is_some_and(|f| f.is_id_filter) {
        return moments(base == "created", lookup, values);
    }
    match base {
        "id" => return numbers(lookup, values, |id, _| Some(id as f64)),
        "q" if lookup.is_empty() => return Some(Ok(free_text(world, model, values))),
        "tag" | "tag_id" if model.field("tags").is_some() && matches!(lookup, "" | "n") => {
            return Some(tags(world, base == "tag_id", values).map(|t| if lookup == "n" { negated(t) } else { t }));
        }
        _ => {}
    }
    if let Some(field) = base.strip_suffix("_id").and_then(|f| model.field(f))
        && let Kind::One(kind, _) = field.kind
        && field.is_id_filter
        && matches!(lookup, "" | "n")
    {
        return Some(
            related(world, field.name, kind, true, values).map(|t| if lookup == "n" { negated(t) } else { t }),
        );
    }
    let field = model.field(base).filter(|f| f.is_filter)?;
    let name = field.name;
    match field.kind {
        Kind::One(kind, _) if matches!(lookup, "" | "n") => {
            Some(related(world, name, kind, false, values).map(|t| if lookup == "n" { negated(t) } else { t }))
        }
        Kind::Made if lookup != "empty" => numbers(lookup, values, move |id, o| world.counted(model, id, o, name)),
        Kind::Choice(choices, _) => chosen(name, choices, lookup, values),
        Kind::Flag(_) if lookup.is_empty() => Some(Ok(flagged(values, move |o| o.is(name)))),
        Kind::Int(..) | Kind::Float(..) | Kind::IdOf => numbers(lookup, values, move |_, o| o.get(name).as_f64()),
        Kind::TypeOf(_) if matches!(lookup, "" | "n") => texts(lookup, values, move |o| Some(o.text(name).to_owned())),
        Kind::Text(_) | Kind::Slug | Kind::Color | Kind::Dns => {
            // Names of machines are found whatever their letters' case.
            let is_machine = matches!(model.kind, "dcim.device" | "virtualization.virtualmachine");
            let lookup = if is_machine && name == "name" && lookup.is_empty() { "ie" } else { lookup };
            texts(lookup, values, move |o| Some(o.text(name).to_owned()))
        }
        _ => None,
    }
}

pub fn negated(test: Test<'_>) -> Test<'_> {
    Box::new(move |id, o| !test(id, o))
}

/// Any of these texts. `None`: there is no such lookup.
pub fn texts<'a>(
    lookup: &str,
    values: &[&'a str],
    read: impl Fn(&Object) -> Option<String> + 'a,
) -> Option<Tested<'a>> {
    if lookup == "empty" {
        let wanted = values.last().is_some_and(|v| is_true(v) == Some(true));
        return Some(Ok(Box::new(move |_, o| read(o).is_none_or(|t| t.is_empty()) == wanted)));
    }
    let (is_turned, lookup) = match lookup.strip_prefix('n') {
        Some(rest) => (true, rest),
        None => (false, lookup),
    };
    let compare: fn(&str, &str) -> bool = match lookup {
        "" => |a, b| a == b,
        "ic" => |a, b| a.to_lowercase().contains(&b.to_lowercase()),
        "ie" => |a, b| a.to_lowercase() == b.to_lowercase(),
        "isw" => |a, b| a.to_lowercase().starts_with(&b.to_lowercase()),
        "iew" => |a, b| a.to_lowercase().ends_with(&b.to_lowercase()),
        _ => return None,
    };
    let values = values.to_vec();
    Some(Ok(Box::new(move |_, o| {
        let text = read(o).unwrap_or_default();
        values.iter().any(|v| compare(&text, v)) != is_turned
    })))
}

/// Any of these numbers. `None`: there is no such lookup.
pub fn numbers<'a>(
    lookup: &str,
    values: &[&str],
    read: impl Fn(u64, &Object) -> Option<f64> + 'a,
) -> Option<Tested<'a>> {
    if lookup == "empty" {
        let wanted = values.last().is_some_and(|v| is_true(v) == Some(true));
        return Some(Ok(Box::new(move |id, o| read(id, o).is_none() == wanted)));
    }
    let compare: fn(f64, f64) -> bool = match lookup {
        "" | "n" => |a, b| a == b,
        "gt" => |a, b| a > b,
        "gte" => |a, b| a >= b,
        "lt" => |a, b| a < b,
        "lte" => |a, b| a <= b,
        _ => return None,
    };
    let is_turned = lookup == "n";
    let numbers: Option<Vec<f64>> = values.iter().map(|v| v.parse().ok()).collect();
    let Some(numbers) = numbers else { return Some(Err("Enter a number.".to_owned())) };
    Some(Ok(Box::new(move |id, o| read(id, o).is_some_and(|n| numbers.iter().any(|v| compare(n, *v))) != is_turned)))
}

/// By when it was made or last changed.
fn moments<'a>(is_created: bool, lookup: &str, values: &[&str]) -> Option<Tested<'a>> {
    let moments: Option<Vec<String>> =
        values.iter().map(|v| time::parse(&v.replace(' ', "T")).map(|m| m.to_string())).collect();
    let Some(moments) = moments else { return Some(Err("Enter a valid date/time.".to_owned())) };
    let moments: Vec<&str> = moments.iter().map(String::as_str).collect();
    numbers(lookup, &moments, move |_, o| Some(if is_created { o.created } else { o.updated } as f64))
}

/// `true` or `false`; anything else filters nothing.
pub fn flagged<'a>(values: &[&str], read: impl Fn(&Object) -> bool + 'a) -> Test<'a> {
    match values.last().and_then(|v| is_true(v)) {
        Some(wanted) => Box::new(move |_, o| read(o) == wanted),
        None => Box::new(|_, _| true),
    }
}

fn is_true(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn no_choice(value: &str) -> String {
    format!("Select a valid choice. {value} is not one of the available choices.")
}

fn chosen<'a>(name: &'static str, choices: &[(&str, &str)], lookup: &str, values: &[&'a str]) -> Option<Tested<'a>> {
    let is_exact = matches!(lookup, "" | "n");
    if let Some(wrong) = values.iter().find(|v| is_exact && !choices.iter().any(|(c, _)| c == *v)) {
        return Some(Err(no_choice(wrong)));
    }
    texts(lookup, values, move |o| o.get(name).as_str().map(str::to_owned))
}

/// Ids of objects that the values name, by id or by the handle of their kind; `null` is no object.
pub fn wanted(world: &World, kind: &str, is_by_id: bool, values: &[&str]) -> Result<Vec<Option<u64>>, String> {
    let handle = table::model(kind).map_or("name", |m| m.handle);
    let mut found = Vec::new();
    for value in values {
        if *value == "null" {
            found.push(None);
            continue;
        }
        if is_by_id {
            let id: u64 = value.parse().map_err(|_| format!("\u{201c}{value}\u{201d} is not a valid value."))?;
            world.get(kind, id).ok_or_else(|| no_choice(value))?;
            found.push(Some(id));
            continue;
        }
        let before = found.len();
        let is_named = |o: &Object| match o.get(handle) {
            Value::String(s) => s == value,
            Value::Number(n) => n.to_string() == *value,
            _ => false,
        };
        found.extend(world.all(kind).filter(|(_, o)| is_named(o)).map(|(id, _)| Some(id)));
        if found.len() == before {
            return Err(no_choice(value));
        }
    }
    Ok(found)
}

fn related<'a>(world: &World, name: &'static str, kind: &str, is_by_id: bool, values: &[&str]) -> Tested<'a> {
    let wanted = wanted(world, kind, is_by_id, values)?;
    Ok(Box::new(move |_, o| wanted.contains(&o.id(name))))
}

/// Several tags mean all of them, unlike everything else.
fn tags<'a>(world: &World, is_by_id: bool, values: &[&str]) -> Tested<'a> {
    let wanted = wanted(world, "extras.tag", is_by_id, values)?;
    Ok(Box::new(move |_, o| {
        let tags = o.ids("tags");
        wanted.iter().all(|w| w.map_or(tags.is_empty(), |id| tags.contains(&id)))
    }))
}

fn custom_field<'a>(
    world: &'a World,
    model: &'static Model,
    name: &str,
    lookup: &str,
    values: &[&'a str],
) -> Option<Tested<'a>> {
    let fields = world.custom_fields_of(model.kind);
    let (name, field) = fields.into_iter().find(|(n, f)| *n == name && f.text("filter_logic") != "disabled")?;
    let value = move |o: &Object| o.get("custom_fields").get(name).cloned().unwrap_or_default();
    let as_text = move |o: &Object| match value(o) {
        Value::Null => None,
        Value::String(s) => Some(s),
        other => Some(other.to_string()),
    };
    match field.text("type") {
        "integer" | "decimal" => numbers(lookup, values, move |_, o| value(o).as_f64()),
        "boolean" => Some(Ok(flagged(values, move |o| value(o) == Value::Bool(true)))),
        "text" | "longtext" | "url" | "json" => {
            // Loosely means: contains, whatever the letters' case.
            let is_loose = field.text("filter_logic") == "loose" && lookup.is_empty();
            texts(if is_loose { "ic" } else { lookup }, values, as_text)
        }
        "multiobject" | "multiselect" => {
            let values = values.to_vec();
            Some(Ok(Box::new(move |_, o| {
                let found = value(o);
                let all = found.as_array().map(Vec::as_slice).unwrap_or_default();
                all.iter().any(|v| {
                    let text = v.as_str().map_or_else(|| v.to_string(), str::to_owned);
                    values.contains(&text.as_str())
                })
            })))
        }
        _ => texts(lookup, values, as_text),
    }
}

fn free_text<'a>(world: &'a World, model: &'static Model, values: &[&'a str]) -> Test<'a> {
    let wanted = values.last().copied().unwrap_or_default().trim().to_lowercase();
    let net = Net::parse(&wanted);
    Box::new(move |_, o| {
        model.search.iter().any(|name| match (model.field(name).map(|f| f.kind), o.get(name)) {
            (Some(Kind::One(kind, _)), _) => {
                o.id(name).is_some_and(|id| world.display(kind, id).starts_with(wanted.as_str()))
            }
            (Some(Kind::Prefix), _) if net.is_some() => {
                o.net.zip(net).is_some_and(|(o, wanted)| o.covers(wanted) || wanted.covers(o))
            }
            (_, Value::String(text)) => text.to_lowercase().contains(&wanted),
            (_, Value::Number(n)) => n.to_string() == wanted,
            (_, Value::Object(data)) => Value::Object(data.clone()).to_string().to_lowercase().contains(&wanted),
            _ => false,
        })
    })
}
