//! Configurations from templates.

use super::{Answer, Answered, Body, Call, No, template};
use crate::netbox::{
    table::Model,
    world::{Object, World},
};
use serde_json::{Value, json};

pub fn render(call: &mut Call<'_>, model: &'static Model, id: u64) -> Answered {
    // Whoever may not render does not see the device here.
    let found = call
        .world
        .get(model.kind, id)
        .filter(|o| call.world.may_with(&call.who, "render_config", model.kind, o))
        .cloned()
        .ok_or_else(|| No::missing(model.class))?;
    let body = std::mem::take(&mut call.body);
    let asked = body.get("config_template_id").and_then(Value::as_u64);
    let chosen = asked
        .or_else(|| template_of(call.world, &found))
        .and_then(|t| Some((t, call.world.get("extras.configtemplate", t)?)));
    let Some((template, source)) = chosen else {
        let words = format!("No config template found for this {}.", model.name());
        return Err(No::new(400, json!({"error": words})));
    };
    let mut context = call.world.config_context(model, &found);
    crate::netbox::world::merge(&mut context, &body);
    context[model.name()] = facts(call.world, model, id, &found);
    match template::render(source.text("template_code"), &context) {
        Ok(content) if call.wants_text => {
            Ok(Answer { status: 200, body: Body::Text(content), etag: None, location: None })
        }
        Ok(content) => {
            let template = call.world.nested("extras.configtemplate", Some(template), &call.base);
            Ok(Answer::json(200, json!({"configtemplate": template, "content": content})))
        }
        Err(why) => Err(No::detail(500, why)),
    }
}

/// Its own, or that of its role, or that of its platform.
fn template_of(world: &World, object: &Object) -> Option<u64> {
    let of = |field: &str, kind: &str| world.get(kind, object.id(field)?)?.id("config_template");
    object.id("config_template").or_else(|| of("role", "dcim.devicerole")).or_else(|| of("platform", "dcim.platform"))
}

/// What a template may say about a device.
fn facts(world: &World, model: &Model, id: u64, object: &Object) -> Value {
    let (kind, field) = match model.kind {
        "dcim.device" => ("dcim.interface", "device"),
        _ => ("virtualization.vminterface", "virtual_machine"),
    };
    let interfaces: Vec<Value> = world
        .all(kind)
        .filter(|(_, i)| i.id(field) == Some(id))
        .map(|(interface, i)| {
            let ids = world.assigned("ipam.ipaddress", kind, interface);
            let addresses: Vec<Value> =
                ids.into_iter().map(|a| json!({"address": world.display("ipam.ipaddress", a)})).collect();
            json!({
                "name": i.get("name"), "description": i.get("description"), "enabled": i.get("enabled"),
                "mtu": i.get("mtu"), "ip_addresses": addresses,
            })
        })
        .collect();
    let named = |field: &str, kind: &str| object.id(field).map(|id| json!({"name": world.display(kind, id)}));
    json!({
        "name": object.get("name"), "serial": object.get("serial"), "status": object.get("status"),
        "site": named("site", "dcim.site"), "role": named("role", "dcim.devicerole"),
        "platform": named("platform", "dcim.platform"), "tenant": named("tenant", "tenancy.tenant"),
        "interfaces": interfaces, "custom_field_data": object.get("custom_fields"),
    })
}
