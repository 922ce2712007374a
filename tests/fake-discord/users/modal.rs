//! The open modal and what is put into it.

use super::{Cannot, Seat, components::chosen};
use crate::{interactions::Interaction, state::State};
use serde_json::{Map, Value, json};

/// The newest modal on this user's screen.
pub fn open(state: &State, seat: &Seat) -> Option<(Interaction, Value)> {
    let its = |i: &&Interaction| i.is_modal_open && i.user == seat.user && i.channel == seat.channel;
    let opener = state.interactions.values().rev().find(its)?;
    Some((opener.clone(), opener.answer.as_ref()?["data"].clone()))
}

pub fn submission(state: &State, seat: &Seat, values: &[(&str, Value)]) -> Result<(Interaction, Value), Cannot> {
    let Some((opener, data)) = open(state, seat) else { return Cannot::because("no modal is open") };
    let mut form = Form { state, seat, values, used: vec![false; values.len()], next_id: 0, resolved: Map::new() };
    let mut components = Vec::new();
    for top in data["components"].as_array().into_iter().flatten() {
        components.push(form.top(top)?);
    }
    if let Some(i) = form.used.iter().position(|used| !used) {
        return Cannot::because(format!("the modal has no field {:?}", values[i].0));
    }
    let mut sent = json!({"custom_id": data["custom_id"], "components": components});
    if !form.resolved.is_empty() {
        sent["resolved"] = Value::Object(form.resolved);
    }
    Ok((opener, sent))
}

struct Form<'f> {
    state: &'f State,
    seat: &'f Seat,
    values: &'f [(&'f str, Value)],
    used: Vec<bool>,
    next_id: u64,
    resolved: Map<String, Value>,
}

impl Form<'_> {
    fn id(&mut self, component: &Value) -> u64 {
        self.next_id += 1;
        component["id"].as_u64().filter(|id| *id != 0).unwrap_or(self.next_id)
    }

    fn top(&mut self, top: &Value) -> Result<Value, Cannot> {
        let id = self.id(top);
        match top["type"].as_u64() {
            Some(1) => {
                let mut inner = Vec::new();
                for input in top["components"].as_array().into_iter().flatten() {
                    inner.push(self.field(input, &input["label"])?);
                }
                Ok(json!({"type": 1, "id": id, "components": inner}))
            }
            Some(18) => {
                let inner = self.field(&top["component"], &top["label"])?;
                Ok(json!({"type": 18, "id": id, "component": inner}))
            }
            _ => Ok(json!({"type": top["type"], "id": id})),
        }
    }

    fn given(&mut self, field: &Value, label: &Value) -> Option<Value> {
        let i = self.values.iter().position(|(name, _)| label == name || field["custom_id"] == *name)?;
        self.used[i] = true;
        Some(self.values[i].1.clone())
    }

    fn field(&mut self, field: &Value, label: &Value) -> Result<Value, Cannot> {
        let (id, given) = (self.id(field), self.given(field, label));
        let is_required = field["required"] != false;
        let mut sent = json!({"type": field["type"], "id": id, "custom_id": field["custom_id"]});
        let texts = |given: Option<Value>| -> Vec<String> {
            match given {
                Some(Value::Array(list)) => list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
                Some(Value::String(one)) => vec![one],
                _ => Vec::new(),
            }
        };
        match field["type"].as_u64() {
            Some(4) => sent["value"] = json!(text(field, label, given, is_required)?),
            Some(3 | 5..=8) => {
                let mut texts = texts(given);
                if texts.is_empty() && field["type"] == 3 {
                    let options = field["options"].as_array().into_iter().flatten();
                    let preset = options.filter(|o| o["default"] == true).filter_map(|o| o["value"].as_str());
                    texts = preset.map(str::to_owned).collect();
                }
                if texts.is_empty() && !is_required {
                    sent["values"] = json!([]);
                    return Ok(sent);
                }
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let (values, resolved) = chosen(self.state, self.seat, field, &texts)?;
                for (group, objects) in resolved {
                    let all = self.resolved.entry(group).or_insert_with(|| json!({}));
                    for (id, object) in objects.as_object().into_iter().flatten() {
                        all[id.as_str()] = object.clone();
                    }
                }
                sent["values"] = json!(values);
            }
            Some(21) => {
                let one = texts(given).pop();
                if one.is_none() && is_required {
                    return Cannot::because(format!("{label} is required"));
                }
                sent["value"] = json!(one);
            }
            Some(22) => sent["values"] = json!(texts(given)),
            Some(23) => sent["value"] = json!(given == Some(json!(true))),
            _ => return Cannot::because(format!("{label} cannot be filled in here")),
        }
        Ok(sent)
    }
}

fn text(field: &Value, label: &Value, given: Option<Value>, is_required: bool) -> Result<String, Cannot> {
    let preset = field["value"].as_str().unwrap_or_default();
    let value = match &given {
        Some(Value::String(text)) => text.clone(),
        Some(_) => return Cannot::because(format!("{label} takes text")),
        None => preset.to_owned(),
    };
    let length = value.chars().count() as u64;
    if length == 0 {
        return if is_required { Cannot::because(format!("{label} is required")) } else { Ok(value) };
    }
    let (min, max) = (field["min_length"].as_u64().unwrap_or(0), field["max_length"].as_u64().unwrap_or(4000));
    if !(min..=max).contains(&length) {
        return Cannot::because(format!("{label} takes {min} to {max} characters"));
    }
    Ok(value)
}
