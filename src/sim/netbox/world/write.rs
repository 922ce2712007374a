//! Bodies: every field is read and checked by its table, then the object as a whole.

use super::{Action, Fields, Object, World, made, parse::python_type, rules};
use crate::netbox::{
    Version,
    table::{self, Field, Kind, Model},
};
use serde_json::{Value, json};

/// What kind of writing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// PATCH: what is not named stays.
    Some,
    /// PUT: what is required must be there.
    Whole,
}

/// Errors by field.
pub type Wrong = Fields;

fn wrong(field: &str, words: impl Into<String>) -> Wrong {
    Fields::from_iter([(field.to_owned(), json!([words.into()]))])
}

impl World {
    /// Reads a body into a new object, checks it, and gives what would be stored.
    pub fn draft(&self, model: &Model, body: &Fields) -> Result<Object, Value> {
        let object = self.read(model, None, Write::Whole, body)?;
        self.check(model, None, object)
    }

    /// The same for an object that is there.
    pub fn redraft(&self, model: &Model, id: u64, how: Write, body: &Fields) -> Result<Object, Value> {
        let before = self.get(model.kind, id).map(AsRef::as_ref);
        let object = self.read(model, before, how, body)?;
        self.check(model, Some(id), object)
    }

    /// Stores what [`Self::draft`] gave.
    pub fn insert(&mut self, model: &Model, mut object: Object) -> u64 {
        let id = self.next_id(model.kind);
        object.created = self.moment();
        object.updated = self.moment();
        if model.kind == "extras.journalentry" {
            object.set("created_by", self.writer.user);
        }
        self.put(model.kind, id, object.clone());
        self.note(Action::Create, model, id, None, Some(&object));
        if model.kind == "dcim.device" {
            self.add_ports(id, &object);
        }
        rules::after_write(self, model, id);
        id
    }

    /// A device has the interfaces of its type.
    fn add_ports(&mut self, device: u64, object: &Object) {
        let kind = object.id("device_type").and_then(|t| self.get("dcim.devicetype", t)).cloned();
        for port in kind.as_deref().map(made::ports).unwrap_or_default() {
            self.make("dcim.interface", json!({"device": device, "name": port, "type": "1000base-t"}));
        }
    }

    /// Stores what [`Self::redraft`] gave. The moment moves even when nothing else does.
    pub fn replace(&mut self, model: &Model, id: u64, mut object: Object) {
        let before = self.get(model.kind, id).cloned();
        object.updated = self.moment();
        self.put(model.kind, id, object.clone());
        self.note(Action::Update, model, id, before.as_deref(), Some(&object));
        rules::after_write(self, model, id);
    }

    /// For the first day of a world: the body must be right.
    pub fn make(&mut self, kind: &str, body: Value) -> u64 {
        let model = table::model(kind).unwrap_or_else(|| panic!("no model {kind}"));
        let Value::Object(body) = body else { panic!("{kind}: not an object: {body}") };
        match self.draft(model, &body) {
            Ok(object) => self.insert(model, object),
            Err(why) => panic!("{kind} {}: {why}", Value::Object(body)),
        }
    }

    fn read(&self, model: &Model, before: Option<&Object>, how: Write, body: &Fields) -> Result<Object, Value> {
        let mut object = before.cloned().unwrap_or(Object { values: Fields::new(), created: 0, updated: 0, net: None });
        let mut errors = Wrong::new();
        if before.is_none() && model.has_custom_fields() {
            object.set("custom_fields", Value::Object(self.custom_defaults(model)));
        }
        for field in model.fields.iter().filter(|f| f.is_written()) {
            let given = body.get(field.name);
            match (field.kind, given) {
                (Kind::Tags, _) => self.read_tags(model, &mut object, body, &mut errors),
                (Kind::CustomFields, Some(Value::Object(given))) => {
                    let mut values = match object.values.get("custom_fields") {
                        Some(Value::Object(there)) => there.clone(),
                        _ => Fields::new(),
                    };
                    match self.take_custom(model, &mut values, given) {
                        Ok(()) => object.set("custom_fields", Value::Object(values)),
                        Err(why) => drop(errors.insert(field.name.to_owned(), why)),
                    }
                }
                (Kind::CustomFields, _) => {}
                (_, Some(value)) => match self.parse(model, field, value) {
                    Ok(value) => object.set(field.name, value),
                    Err(why) => drop(errors.insert(field.name.to_owned(), why)),
                },
                (_, None) if field.is_required && how == Write::Whole => {
                    errors.insert(field.name.to_owned(), json!(["This field is required."]));
                }
                (_, None) if before.is_none() => object.set(field.name, default(field)),
                (_, None) => {}
            }
        }
        if model.kind == "dcim.cable" {
            rules::read_cable(self, &mut object, body, &mut errors);
        }
        object.read_net();
        if errors.is_empty() { Ok(object) } else { Err(Value::Object(errors)) }
    }

    fn read_tags(&self, model: &Model, object: &mut Object, body: &Fields, errors: &mut Wrong) {
        let mut tags = object.ids("tags");
        let mut names: Vec<(&str, bool)> = vec![("tags", true)];
        if self.version >= Version::V4_6 {
            names.extend([("add_tags", true), ("remove_tags", false)]);
        }
        for (name, is_added) in names {
            let Some(given) = body.get(name) else { continue };
            let Value::Array(given) = given else {
                errors.insert(
                    name.to_owned(),
                    json!([format!("Expected a list of items but got type \"{}\".", python_type(given))]),
                );
                continue;
            };
            if name == "tags" {
                tags.clear();
            }
            for tag in given {
                match self.related("extras.tag", tag) {
                    Ok(id) if !is_added => tags.retain(|t| *t != id),
                    Ok(id) if !tags.contains(&id) => tags.push(id),
                    Ok(_) => {}
                    Err(why) => drop(errors.insert(name.to_owned(), json!([why]))),
                }
            }
        }
        tags.sort_by_key(|id| self.display("extras.tag", *id));
        if model.kind != "extras.tag" {
            object.set("tags", tags);
        }
    }

    fn check(&self, model: &Model, id: Option<u64>, mut object: Object) -> Result<Object, Value> {
        rules::check(self, model, id, &mut object).map_err(Value::Object)?;
        if model.has_custom_fields() {
            self.check_custom(model, id, &object).map_err(|why| Value::Object(wrong("__all__", why)))?;
        }
        self.check_unique(model, id, &object).map_err(Value::Object)?;
        object.read_net();
        Ok(object)
    }

    fn check_unique(&self, model: &Model, id: Option<u64>, object: &Object) -> Result<(), Wrong> {
        let is_taken = |fields: &[&str]| {
            let is_set = |f: &&str| !object.get(f).is_null() && *object.get(f) != "";
            fields.iter().all(is_set)
                && self
                    .all(model.kind)
                    .any(|(other, o)| Some(other) != id && fields.iter().all(|f| o.get(f) == object.get(f)))
        };
        for field in model.unique {
            if is_taken(&[field]) {
                return Err(wrong(field, format!("{} with this {} already exists.", model.noun, field_noun(field))));
            }
        }
        for fields in model.together {
            if is_taken(fields) {
                let names: Vec<String> = fields.iter().map(|f| capital(&field_noun(f))).collect();
                let (last, first) = names.split_last().expect("a constraint has fields");
                let names = if first.is_empty() { last.clone() } else { format!("{} and {last}", first.join(", ")) };
                return Err(wrong("__all__", format!("{} with this {names} already exists.", capital(model.noun))));
            }
        }
        Ok(())
    }
}

/// What a field is when nothing was said.
fn default(field: &Field) -> Value {
    match field.kind {
        Kind::Int(_, _, Some(usual)) => json!(usual),
        Kind::Flag(usual) => json!(usual),
        Kind::Choice(_, Some(usual)) => json!(usual),
        Kind::Color => json!("9e9e9e"),
        Kind::Many(_) | Kind::Kinds => json!([]),
        Kind::Json if field.name == "allowed_ips" => json!([]),
        Kind::Ranges => json!([[1, 4094]]),
        Kind::Text(_) if field.name == "http_method" => json!("POST"),
        Kind::Text(_) if field.name == "http_content_type" => json!("application/json"),
        Kind::Text(_) | Kind::Dns if !field.is_nullable => json!(""),
        _ => Value::Null,
    }
}

fn field_noun(field: &str) -> String {
    match field {
        "rd" => "route distinguisher".to_owned(),
        "vid" => "VLAN ID".to_owned(),
        other => other.replace('_', " "),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
