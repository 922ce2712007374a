//! Tokens: their secret is told once.

use super::{Answer, Answered, Call, No, write};
use crate::netbox::{
    table::{self, Model},
    world::{Fields, Object, access::Secret},
};
use serde_json::{Value, json};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Random letters and digits.
pub fn random(length: usize) -> String {
    let mut bytes = vec![0u8; length];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes.into_iter().map(|b| char::from(LETTERS[usize::from(b) % LETTERS.len()])).collect()
}

/// Key and secret of a new token.
fn fresh(version: u64) -> Secret {
    Secret { key: (version == 2).then(|| random(12)), secret: random(40), is_revoked: false }
}

pub fn create(call: &mut Call<'_>, model: &'static Model, object: Object, body: &Fields) -> Answered {
    let version = object.get("version").as_u64().unwrap_or(2);
    let mut secret = fresh(version);
    if let Some(given) = body.get("token").and_then(Value::as_str) {
        given.clone_into(&mut secret.secret);
    }
    let id = write::insert(call, model, object)?;
    let plain = secret.secret.clone();
    call.world.secrets.insert(id, secret);
    let mut shown = call.world.show(model, id, &call.form());
    shown["token"] = json!(plain);
    let mut answer = Answer::json(201, shown);
    answer.etag = call.world.get(model.kind, id).map(|o| o.updated);
    answer.location = Some(format!("{}/api/{}/{id}/", call.base, model.path));
    Ok(answer)
}

/// A token for a name and a password.
pub fn provision(call: &mut Call<'_>) -> Answered {
    let model = table::model("users.token").expect("there are tokens");
    let Value::Object(body) = std::mem::take(&mut call.body) else {
        return Err(No::detail(403, "Invalid username/password"));
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut missing = Fields::new();
    for name in ["username", "password"] {
        if !body.contains_key(name) {
            missing.insert(name.to_owned(), json!(["This field is required."]));
        }
    }
    if !missing.is_empty() {
        return Err(Value::Object(missing).into());
    }
    let found = call.world.find("users.user", |u| u.text("username") == text("username")).map(|(id, _)| id);
    let user = found.filter(|id| call.world.users.get(id).is_some_and(|u| u.password == text("password")));
    let user = user.ok_or_else(|| No::detail(403, "Invalid username/password"))?;
    let version = body.get("version").and_then(Value::as_u64).unwrap_or(2);
    let version = if call.world.version.has_tokens_v2() { version } else { 1 };
    let secret = fresh(version);
    let more = json!({
        "description": text("description"), "write_enabled": body.get("write_enabled").unwrap_or(&json!(true)),
        "expires": body.get("expires"),
    });
    let plain = secret.secret.clone();
    let id = call.world.add_token(user, secret.key, secret.secret, &more);
    let mut shown = call.world.show(model, id, &call.form());
    if let Value::Object(shown) = &mut shown {
        shown.remove("pepper_id");
        shown.insert("token".into(), json!(plain));
    }
    Ok(Answer::json(201, shown))
}
