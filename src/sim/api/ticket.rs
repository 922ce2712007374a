//! Login by password: tickets, and what proves that a request with one was meant.

use super::{Call, Handled, No, data};
use crate::world::{User, World};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Seconds that a ticket lives.
pub const LIFE: u64 = 2 * 3600;

pub fn look(call: &mut Call<'_>) -> Handled {
    let _ = call;
    data(Value::Null)
}

fn sign(world: &World, text: &str) -> String {
    let mut sum = Sha256::new();
    for part in [world.users.ticket_key.as_str(), text, world.users.ticket_key.as_str()] {
        sum.update((part.len() as u64).to_be_bytes());
        sum.update(part.as_bytes());
    }
    sum.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

fn make(world: &World, user: &str, seconds: u64) -> String {
    let plain = format!("PVE:{user}:{seconds:08X}");
    let signature = sign(world, &plain);
    format!("{plain}::{signature}")
}

/// What must stand in the header `CSRFPreventionToken` of every request but GET.
fn csrf(world: &World, user: &str, seconds: u64) -> String {
    format!("{seconds:08X}:{}", sign(world, &format!("csrf:{user}:{seconds:08X}")))
}

/// The user of a ticket that is ours, still lives, and belongs to someone who may log in.
pub fn user_of(world: &World, ticket: &str, seconds: u64) -> Option<String> {
    let (plain, _) = ticket.split_once("::")?;
    let (user, made) = plain.strip_prefix("PVE:")?.rsplit_once(':')?;
    let made = u64::from_str_radix(made, 16).ok()?;
    let is_ours = make(world, user, made) == ticket;
    let is_fresh = seconds < made + LIFE && made <= seconds + 300;
    let is_able = world.users.users.get(user).is_some_and(|u| !u.is_disabled);
    (is_ours && is_fresh && is_able).then(|| user.to_owned())
}

pub fn is_csrf(world: &World, user: &str, given: &str, seconds: u64) -> bool {
    let made = given.split_once(':').and_then(|(made, _)| u64::from_str_radix(made, 16).ok());
    made.is_some_and(|made| csrf(world, user, made) == given && seconds < made + LIFE)
}

pub fn login(call: &mut Call<'_>) -> Handled {
    let name = call.args.must("username");
    let user = match call.args.text("realm") {
        Some(realm) if !name.ends_with(&format!("@{realm}")) => format!("{name}@{realm}"),
        _ => name.to_owned(),
    };
    let (password, seconds) = (call.args.must("password"), call.now / 1000);
    let by_password = |u: &User| !u.is_disabled && u.password.as_deref() == Some(password);
    let is_known = call.world.users.users.get(&user).is_some_and(by_password);
    // A ticket may stand for the password: that is how it is renewed.
    if !is_known && user_of(call.world, password, seconds).as_deref() != Some(&user) {
        return Err(No::new(401, "authentication failure"));
    }
    let mut answer = json!({"username": user, "clustername": "lab", "cap": {}});
    answer["ticket"] = json!(make(call.world, &user, seconds));
    answer["CSRFPreventionToken"] = json!(csrf(call.world, &user, seconds));
    data(answer)
}
