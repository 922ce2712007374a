//! Creating, changing and deleting; singly, or many in one transaction.

use super::{Answer, Answered, Call, No, detail, tokens};
use crate::netbox::{
    Version,
    table::Model,
    time,
    world::{Fields, Object, Write, parse::python_type},
};
use http::Method;
use serde_json::{Value, json};

pub fn create(call: &mut Call<'_>, model: &'static Model) -> Answered {
    call.needs("add", model.kind)?;
    match std::mem::take(&mut call.body) {
        Value::Array(all) => create_many(call, model, &all),
        body => {
            let body = fields(body)?;
            remember(call, &body);
            let object = call.world.draft(model, &body)?;
            if model.kind == "users.token" {
                return tokens::create(call, model, object, &body);
            }
            let id = insert(call, model, object)?;
            let mut answer = Answer::json(201, call.world.show(model, id, &call.form()));
            answer.etag = call.world.get(model.kind, id).map(|o| o.updated);
            answer.location = Some(format!("{}/api/{}/{id}/", call.base, model.path));
            Ok(answer)
        }
    }
}

/// Stores it. Whoever may only add some of them learns now whether this is one.
pub fn insert(call: &mut Call<'_>, model: &'static Model, object: Object) -> Result<u64, No> {
    let id = call.world.insert(model, object);
    let stored = call.world.get(model.kind, id).cloned().ok_or_else(|| No::missing(model.class))?;
    if call.world.may_with(&call.who, "add", model.kind, &stored) { Ok(id) } else { Err(No::forbidden()) }
}

/// Every one is checked before the first is stored: two that are the same pass.
fn create_many(call: &mut Call<'_>, model: &'static Model, all: &[Value]) -> Answered {
    let drafts = drafts(call, model, all)?;
    let mut ids = Vec::new();
    for object in drafts {
        ids.push(insert(call, model, object)?);
    }
    let form = call.form();
    Ok(Answer::json(201, ids.into_iter().map(|id| call.world.show(model, id, &form)).collect()))
}

/// New objects from a list of bodies, or the errors of each in the order of the request.
pub fn drafts(call: &mut Call<'_>, model: &'static Model, all: &[Value]) -> Result<Vec<Object>, No> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for body in all {
        let drafted = match body {
            Value::Object(body) => {
                remember(call, body);
                call.world.draft(model, body)
            }
            other => Err(not_a_dictionary(other)),
        };
        match drafted {
            Ok(object) => {
                found.push(object);
                errors.push(json!({}));
            }
            Err(why) => errors.push(why),
        }
    }
    if errors.iter().all(|e| e == &json!({})) { Ok(found) } else { Err(many_wrong(call, errors)) }
}

/// How the errors of a list look.
fn many_wrong(call: &Call<'_>, errors: Vec<Value>) -> No {
    if call.world.version < Version::V4_7 {
        return No::new(400, Value::Array(errors));
    }
    let errors: Vec<Value> = errors
        .into_iter()
        .enumerate()
        .filter(|(_, e)| e != &json!({}))
        .map(|(index, errors)| json!({"index": index, "errors": errors}))
        .collect();
    No::new(400, json!({"detail": "Validation failed for one or more objects.", "errors": errors}))
}

pub fn update(call: &mut Call<'_>, model: &'static Model, id: u64) -> Answered {
    let object = detail::find(call, "change", model, id)?;
    precondition(call, &object)?;
    let body = fields(std::mem::take(&mut call.body))?;
    remember(call, &body);
    change(call, model, id, &body)?;
    let mut answer = Answer::json(200, call.world.show(model, id, &call.form()));
    answer.etag = call.world.get(model.kind, id).map(|o| o.updated);
    Ok(answer)
}

fn change(call: &mut Call<'_>, model: &'static Model, id: u64, body: &Fields) -> Result<(), No> {
    let how = if call.method == Method::PUT { Write::Whole } else { Write::Some };
    let object = call.world.redraft(model, id, how, body)?;
    call.world.replace(model, id, object);
    let is_allowed =
        call.world.get(model.kind, id).is_some_and(|o| call.world.may_with(&call.who, "change", model.kind, o));
    if is_allowed { Ok(()) } else { Err(No::forbidden()) }
}

/// Ids that do not exist are passed over.
pub fn update_many(call: &mut Call<'_>, model: &'static Model) -> Answered {
    call.needs("change", model.kind)?;
    let all = entries(call)?;
    let mut changed = Vec::new();
    for (id, body) in all {
        let may = |o: &Object| call.world.may_with(&call.who, "change", model.kind, o);
        if !call.world.get(model.kind, id).is_some_and(|o| may(o)) {
            continue;
        }
        remember(call, &body);
        change(call, model, id, &body)?;
        changed.push(id);
    }
    let form = call.form();
    Ok(Answer::json(200, changed.into_iter().map(|id| call.world.show(model, id, &form)).collect()))
}

pub fn delete(call: &mut Call<'_>, model: &'static Model, id: u64) -> Answered {
    let object = detail::find(call, "delete", model, id)?;
    precondition(call, &object)?;
    if let Value::Object(body) = std::mem::take(&mut call.body) {
        remember(call, &body);
    }
    call.world.delete(model.kind, id).map_err(|words| No::detail(409, words))?;
    Ok(Answer::gone())
}

pub fn delete_many(call: &mut Call<'_>, model: &'static Model) -> Answered {
    call.needs("delete", model.kind)?;
    for (id, body) in entries(call)? {
        let may = |o: &Object| call.world.may_with(&call.who, "delete", model.kind, o);
        if !call.world.get(model.kind, id).is_some_and(|o| may(o)) {
            continue;
        }
        remember(call, &body);
        call.world.delete(model.kind, id).map_err(|words| No::detail(409, words))?;
    }
    Ok(Answer::gone())
}

/// A list of objects with their ids.
fn entries(call: &mut Call<'_>) -> Result<Vec<(u64, Fields)>, No> {
    let all = match std::mem::take(&mut call.body) {
        Value::Array(all) => all,
        other => {
            let kind = if other.is_null() { "dict" } else { python_type(&other) };
            let words = format!("Expected a list of items but got type \"{kind}\".");
            return Err(No::new(400, json!({"non_field_errors": [words]})));
        }
    };
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for entry in all {
        let id = entry.get("id").and_then(Value::as_u64);
        match (entry, id) {
            (Value::Object(body), Some(id)) => {
                found.push((id, body));
                errors.push(json!({}));
            }
            (Value::Object(_), None) => errors.push(json!({"id": ["This field is required."]})),
            (other, _) => errors.push(not_a_dictionary(&other)),
        }
    }
    if errors.iter().all(|e| e == &json!({})) { Ok(found) } else { Err(many_wrong(call, errors)) }
}

fn fields(body: Value) -> Result<Fields, No> {
    match body {
        Value::Object(body) => Ok(body),
        Value::Null => Ok(Fields::new()),
        other => Err(not_a_dictionary(&other).into()),
    }
}

fn not_a_dictionary(value: &Value) -> Value {
    let words = format!("Invalid data. Expected a dictionary, but got {}.", python_type(value));
    json!({"non_field_errors": [words]})
}

/// What is said in the change log.
pub fn remember(call: &mut Call<'_>, body: &Fields) {
    let message = body.get("changelog_message").and_then(Value::as_str).unwrap_or_default();
    call.world.writer.message = message.to_owned();
}

/// `If-Match`, from 4.6 on.
fn precondition(call: &Call<'_>, object: &Object) -> Result<(), No> {
    let Some(wanted) = call.if_match.as_deref().filter(|_| call.world.version >= Version::V4_6) else { return Ok(()) };
    let current = time::etag(object.updated);
    if wanted.split(',').map(str::trim).any(|tag| tag == "*" || tag == current) {
        return Ok(());
    }
    Err(No { etag: Some(object.updated), ..No::detail(412, "Precondition failed.") })
}
