//! The world on the first day.

mod demo;
mod recorded;
mod sized;
mod switches;

use super::{
    Reachable, Seed, Version,
    api::random,
    table,
    world::{Permission, User, World},
};
use serde_json::json;

/// The user that the bot's tokens belong to.
pub const BOT: &str = "direttore-bot";

pub fn build(seed: Seed, version: Version, switches: &[Reachable]) -> World {
    let mut world = World::new(version);
    world.writer.name = "admin".into();
    match seed {
        Seed::Recorded => recorded::build(&mut world),
        Seed::Demo => {
            bot(&mut world);
            demo::build(&mut world);
            switches::reach(&mut world, switches);
        }
        Seed::Sized { prefixes, devices } => {
            bot(&mut world);
            demo::build(&mut world);
            sized::build(&mut world, prefixes, devices);
            switches::reach(&mut world, switches);
        }
    }
    if seed != Seed::Recorded {
        world.changes.clear();
    }
    world.begin();
    world
}

/// Kinds of objects that are none of the bot's business.
const FOREIGN: &[&str] = &["users.user", "users.token"];

/// The bot, with every permission that it needs, in one piece for each action, and tokens of both kinds.
fn bot(world: &mut World) {
    let admin = User { password: random(24), is_superuser: true, permissions: Vec::new() };
    world.writer.user = world.add_user("admin", admin);
    let kinds: Vec<String> =
        table::all().iter().map(|m| m.kind.to_owned()).filter(|k| !FOREIGN.contains(&k.as_str())).collect();
    let permission = |(action, id): (&str, u64)| Permission {
        id,
        name: format!("bot: {action}"),
        kinds: match action {
            "render_config" => vec!["dcim.device".into(), "virtualization.virtualmachine".into()],
            "view" => kinds.iter().cloned().chain(["core.objectchange".to_owned()]).collect(),
            _ => kinds.clone(),
        },
        actions: vec![action.to_owned()],
        constraint: None,
    };
    let actions = [("view", 1), ("add", 2), ("change", 3), ("delete", 4), ("render_config", 5)];
    let permissions = actions.map(permission).into();
    let user = world.add_user(BOT, User { password: random(24), is_superuser: false, permissions });
    if world.version.has_tokens_v2() {
        world.add_token(user, Some(random(12)), random(40), &json!({"description": "direttore"}));
    }
    let old: String = random(80).to_lowercase().chars().filter(char::is_ascii_hexdigit).cycle().take(40).collect();
    world.add_token(user, None, old, &json!({"description": "direttore, first version"}));
}
