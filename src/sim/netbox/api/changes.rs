//! The change log.

use super::{Answer, Answered, Call, No, list};
use crate::netbox::{table, time, world::Change};
use serde_json::{Value, json};

fn show(call: &Call<'_>, change: &Change) -> Value {
    let base = &call.base;
    let (value, label) = change.action.words();
    let model = table::model(&change.kind);
    let (app, noun) = model.map_or(("", ""), |m| (m.app(), m.noun));
    let id = change.id;
    json!({
        "id": id,
        "url": format!("{base}/api/core/object-changes/{id}/"),
        "display_url": format!("{base}/core/changelog/{id}/"),
        "display": format!("{} | {noun} {} {} by {}", app.to_uppercase(), change.display, label.to_lowercase(), change.user_name),
        "time": time::iso(change.time),
        "user": call.world.nested("users.user", Some(change.user), base),
        "user_name": change.user_name,
        "request_id": change.request,
        "action": {"value": value, "label": label},
        "changed_object_type": change.kind,
        "changed_object_id": change.object,
        "changed_object": call.world.nested(&change.kind, Some(change.object), base),
        "object_repr": change.display,
        "message": change.message,
        "prechange_data": change.before,
        "postchange_data": change.after,
    })
}

pub fn list(call: &mut Call<'_>) -> Answered {
    call.needs("view", "core.objectchange")?;
    let wants = |name: &str, has: &str| {
        let mut wanted = call.query.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).peekable();
        wanted.peek().is_none() || wanted.any(|v| v == has)
    };
    let fits = |c: &&Change| {
        wants("changed_object_type", &c.kind)
            && wants("changed_object_id", &c.object.to_string())
            && wants("action", c.action.words().0)
            && wants("user_name", &c.user_name)
            && wants("user_id", &c.user.to_string())
            && wants("request_id", &c.request)
            && call.query("time_after").is_none_or(|after| time::iso(c.time).as_str() >= after)
    };
    let found: Vec<&Change> = call.world.changes.iter().rev().filter(fits).collect();
    let (rows, mut body) = list::page(call, found);
    body["results"] = rows.into_iter().map(|c| show(call, c)).collect();
    Ok(Answer::json(200, body))
}

pub fn detail(call: &mut Call<'_>, id: u64) -> Answered {
    call.needs("view", "core.objectchange")?;
    let found = call.world.changes.iter().find(|c| c.id == id).ok_or_else(|| No::missing("ObjectChange"))?;
    Ok(Answer::json(200, show(call, found)))
}
