//! Endpoints that are about no single table.

use super::{Answer, Answered, Call, No, detail};
use crate::netbox::{table, world::Form};
use serde_json::{Map, Value, json};

pub fn root(call: &Call<'_>) -> Answer {
    const PARTS: &[&str] = &[
        "circuits",
        "core",
        "dcim",
        "extras",
        "ipam",
        "plugins",
        "status",
        "tenancy",
        "users",
        "virtualization",
        "vpn",
        "wireless",
    ];
    let links = PARTS.iter().map(|part| ((*part).to_owned(), json!(format!("{}/api/{part}/", call.base))));
    Answer::json(200, Value::Object(links.collect()))
}

pub fn app(call: &Call<'_>, app: &str) -> Answer {
    let models = table::all().iter().filter(|m| m.app() == app);
    let links = models.map(|m| {
        let name = m.path.split('/').nth(1).unwrap_or_default();
        (name.to_owned(), json!(format!("{}/api/{}/", call.base, m.path)))
    });
    Answer::json(200, Value::Object(links.collect()))
}

pub fn status(call: &Call<'_>) -> Answer {
    let version = call.world.version.number();
    let apps = [
        ("django_filters", "26.1"),
        ("django_prometheus", "2.4.0"),
        ("django_rq", "4.1.1"),
        ("django_tables2", "2.8.0"),
        ("drf_spectacular", "0.30.0"),
        ("drf_spectacular_sidecar", "2026.8.1"),
        ("mptt", "0.18.0"),
        ("rest_framework", "3.17.1"),
        ("social_django", "5.9.0"),
        ("taggit", "6.1.0"),
        ("timezone_field", "7.2.2"),
    ];
    let apps: Map<String, Value> = apps.into_iter().map(|(name, v)| (name.to_owned(), json!(v))).collect();
    Answer::json(
        200,
        json!({
            "django-version": "6.0.8", "hostname": "netbox", "installed_apps": apps, "netbox-version": version,
            "netbox-full-version": version, "plugins": {}, "python-version": "3.12.1", "rq-workers-running": 1,
        }),
    )
}

/// Who the caller is.
pub fn check(call: &Call<'_>) -> Answer {
    let model = table::model("users.user").expect("there are users");
    Answer::json(200, call.world.show(model, call.who.user, &Form { base: call.base.clone(), ..Form::default() }))
}

/// The device at the other end of a cable.
pub fn connected_device(call: &mut Call<'_>) -> Answered {
    let devices = table::model("dcim.device").expect("there are devices");
    call.needs("view", devices.kind)?;
    let (Some(name), Some(port)) = (call.query("peer_device"), call.query("peer_interface")) else {
        return Err(No::detail(404, "Request must include \"peer_device\" and \"peer_interface\" filters."));
    };
    let device = call.world.find(devices.kind, |o| o.text("name") == name).map(|(id, _)| id);
    let interface = call
        .world
        .find("dcim.interface", |o| device.is_some() && o.id("device") == device && o.text("name") == port)
        .map(|(id, _)| id)
        .ok_or_else(|| No::missing("Interface"))?;
    let peer = peer(call, interface).and_then(|(_, peer)| call.world.get("dcim.interface", peer)?.id("device"));
    let peer = peer.ok_or_else(|| No::missing("Interface"))?;
    let mut form = call.form();
    form.omit.insert("config_context".to_owned());
    Ok(Answer::json(200, call.world.show(devices, peer, &form)))
}

/// Cable and interface at its other end.
fn peer(call: &Call<'_>, interface: u64) -> Option<(u64, u64)> {
    call.world.all("dcim.cable").find_map(|(cable, o)| match (o.id("a")?, o.id("b")?) {
        (a, b) if a == interface => Some((cable, b)),
        (a, b) if b == interface => Some((cable, a)),
        _ => None,
    })
}

/// The way of a cable: near end, cable, far end.
pub fn trace(call: &mut Call<'_>, id: u64) -> Answered {
    let interfaces = table::model("dcim.interface").expect("there are interfaces");
    detail::find(call, "view", interfaces, id)?;
    let Some((cable, far)) = peer(call, id) else { return Ok(Answer::json(200, json!([]))) };
    let nested = |id| call.world.nested(interfaces.kind, Some(id), &call.base);
    let found = call.world.get("dcim.cable", cable).ok_or_else(|| No::missing("Cable"))?;
    let base = &call.base;
    let shown = json!({
        "id": cable, "url": format!("{base}/api/dcim/cables/{cable}/"),
        "display_url": format!("{base}/dcim/cables/{cable}/"), "type": found.get("type"), "status": found.get("status"),
        "label": found.get("label"), "color": found.get("color"), "length": null, "length_unit": null,
        "description": found.get("description"),
    });
    Ok(Answer::json(200, json!([[[nested(id)], shown, [nested(far)]]])))
}

/// The choices of a set, as a list.
pub fn choices(call: &mut Call<'_>, id: u64) -> Answered {
    let sets = table::model("extras.customfieldchoiceset").expect("there are choice sets");
    let set = detail::find(call, "view", sets, id)?;
    let rows: Vec<Value> = set
        .get("extra_choices")
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| json!({"id": pair[0], "display": pair[1]}))
        .collect();
    let (rows, mut body) = super::list::page(call, rows);
    body["results"] = Value::Array(rows);
    Ok(Answer::json(200, body))
}
