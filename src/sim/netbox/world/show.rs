//! Objects as they are answered.

use super::{Fields, Object, World};
use crate::netbox::{
    Version,
    table::{self, Field, Kind, Model, ipam_primary},
    time,
};
use serde_json::{Value, json};
use std::collections::HashSet;

/// How much of an object is shown, and where it lives.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// `http://127.0.0.1:8000`.
    pub base: String,
    pub is_brief: bool,
    /// Only these, when any are named.
    pub only: Option<HashSet<String>>,
    pub omit: HashSet<String>,
}

impl Form {
    fn wants(&self, field: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(field)) && !self.omit.contains(field)
    }
}

/// The fields that every object begins with.
const HEAD: [&str; 4] = ["id", "url", "display_url", "display"];

impl World {
    pub fn show(&self, model: &Model, id: u64, form: &Form) -> Value {
        let Some(object) = self.get(model.kind, id) else { return Value::Null };
        if form.is_brief {
            return self.brief(model, id, object, model.brief, &form.base, false);
        }
        let mut out = Fields::new();
        for name in HEAD.into_iter().filter(|name| form.wants(name)) {
            out.insert(name.to_owned(), self.head(model, id, object, name, &form.base));
        }
        for field in model.fields.iter().filter(|f| form.wants(f.name)) {
            out.insert(field.name.to_owned(), self.value(model, id, object, field, form));
        }
        Value::Object(out)
    }

    fn head(&self, model: &Model, id: u64, object: &Object, name: &str, base: &str) -> Value {
        match name {
            "id" => json!(id),
            "url" => json!(format!("{base}/api/{}/{id}/", model.path)),
            // The one model whose page has another name than its endpoint.
            "display_url" if model.kind == "extras.customfieldchoiceset" => {
                json!(format!("{base}/extras/custom-field-choices/{id}/"))
            }
            "display_url" => json!(format!("{base}/{}/{id}/", model.path)),
            _ => json!(self.display_of(model, id, object)),
        }
    }

    /// The short form, as it stands in others.
    fn brief(&self, model: &Model, id: u64, object: &Object, names: &[&str], base: &str, is_nested: bool) -> Value {
        let mut out = Fields::new();
        let head: &[&str] = if model.kind == "extras.tag" && is_nested { &HEAD } else { &["id", "url", "display"] };
        for name in head {
            out.insert((*name).to_owned(), self.head(model, id, object, name, base));
        }
        let form = Form { base: base.to_owned(), ..Form::default() };
        for name in names {
            let Some(field) = model.field(name) else { continue };
            // Trees count what hangs on them only where they are listed themselves.
            let is_blind = is_nested && name.ends_with("_count") && model.field("_depth").is_some();
            let value = if is_blind { json!(0) } else { self.value(model, id, object, field, &form) };
            out.insert((*name).to_owned(), value);
        }
        Value::Object(out)
    }

    /// Another object in its short form; null when there is none.
    pub fn nested(&self, kind: &str, id: Option<u64>, base: &str) -> Value {
        let found = id.and_then(|id| Some((id, table::model(kind)?, self.get(kind, id)?)));
        let Some((id, model, object)) = found else { return Value::Null };
        let names = if kind == "extras.tag" { &["name", "slug", "color"] } else { model.brief };
        self.brief(model, id, object, names, base, true)
    }

    /// An address as it stands where it is a primary one.
    pub fn primary(&self, id: Option<u64>, base: &str) -> Value {
        let kind = "ipam.ipaddress";
        let found = id.and_then(|id| Some((id, table::model(kind)?, self.get(kind, id)?)));
        found.map_or(Value::Null, |(id, model, object)| self.brief(model, id, object, ipam_primary(), base, true))
    }

    fn value(&self, model: &Model, id: u64, object: &Object, field: &Field, form: &Form) -> Value {
        let stored = object.get(field.name);
        match field.kind {
            Kind::Null => Value::Null,
            Kind::Empty => json!([]),
            Kind::Zero => json!(0),
            Kind::Created => json!(time::iso(object.created)),
            Kind::Updated => json!(time::iso(object.updated)),
            Kind::Made => self.made(model, id, object, field.name, form),
            Kind::Choice(choices, _) => labelled(stored, choices),
            Kind::One("ipam.ipaddress", _) if field.name != "nat_inside" => self.primary(stored.as_u64(), &form.base),
            Kind::One(kind, _) => self.nested(kind, stored.as_u64(), &form.base),
            Kind::Many(kind) => {
                let ids = object.ids(field.name);
                ids.into_iter().map(|id| self.nested(kind, Some(id), &form.base)).collect()
            }
            Kind::Tags => {
                let ids = object.ids(field.name);
                ids.into_iter().map(|id| self.nested("extras.tag", Some(id), &form.base)).collect()
            }
            Kind::CustomFields => self.show_custom(model, object, &form.base),
            Kind::Ranges | Kind::Kinds if stored.is_null() => json!([]),
            Kind::Float(..) => stored.as_f64().map_or(Value::Null, |n| json!(n)),
            _ => stored.clone(),
        }
    }

    /// Custom fields of this kind of object, with their names, in order.
    pub fn custom_fields_of(&self, kind: &str) -> Vec<(&str, &Object)> {
        let mut found: Vec<(&str, &Object)> = self
            .all("extras.customfield")
            .filter(|(_, f)| f.get("object_types").as_array().is_some_and(|k| k.iter().any(|k| k == kind)))
            .map(|(_, f)| (f.text("name"), f.as_ref()))
            .collect();
        found.sort_by_key(|(name, f)| (f.text("group_name"), f.get("weight").as_u64(), *name));
        found
    }

    fn show_custom(&self, model: &Model, object: &Object, base: &str) -> Value {
        let mut out = Fields::new();
        for (name, field) in self.custom_fields_of(model.kind) {
            let stored = object.get("custom_fields").get(name).unwrap_or(&Value::Null);
            let related = field.text("related_object_type");
            let value = match field.text("type") {
                "object" => self.nested(related, stored.as_u64(), base),
                "multiobject" => match stored {
                    Value::Array(ids) => ids.iter().map(|id| self.nested(related, id.as_u64(), base)).collect(),
                    _ => Value::Null,
                },
                "select" if self.version >= Version::V4_7 && !stored.is_null() => {
                    json!({"value": stored, "label": self.choice_label(field, stored)})
                }
                "multiselect" if self.version >= Version::V4_7 => match stored {
                    Value::Array(all) => {
                        all.iter().map(|v| json!({"value": v, "label": self.choice_label(field, v)})).collect()
                    }
                    _ => Value::Null,
                },
                _ => stored.clone(),
            };
            out.insert(name.to_owned(), value);
        }
        Value::Object(out)
    }
}

/// A choice with its label; null when none was made.
fn labelled(value: &Value, choices: &[(&str, &str)]) -> Value {
    match value.as_str() {
        None | Some("") => Value::Null,
        Some(value) => {
            let label = choices.iter().find(|(v, _)| *v == value).map_or(value, |(_, label)| *label);
            json!({"value": value, "label": label})
        }
    }
}
