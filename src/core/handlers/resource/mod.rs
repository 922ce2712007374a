//! `/resource …`: what can be reserved beside what the lab is made of, and the rules of all of it.

pub mod add;
pub mod edit;
pub mod list;
mod parts;
pub mod remove;

use super::{
    Cx,
    reserve::parts::{time, what},
};
use crate::reserve::Named;
use direttore_domain::{Refusal, ResourceKey, ResourceRef, Trouble, text};
use direttore_store::resource::ResourceRules;
use serde_json::{Value, json};

/// The one that is meant.
async fn find(cx: &Cx, meant: &ResourceRef) -> Result<Named, Trouble> {
    let want = what::wants(cx, std::slice::from_ref(meant), 1, false).await?.remove(0);
    Ok((want.key, want.name))
}

/// What a pool is to have: anything but pools.
async fn members(cx: &Cx, meant: &[ResourceRef]) -> Result<Vec<Named>, Trouble> {
    let mut found = Vec::new();
    for want in what::wants(cx, meant, 1, false).await? {
        if let ResourceKey::Pool(_) = want.key {
            let why = "it is a pool itself; its members can be members".to_owned();
            return Err(cannot(&want.name, "be a member of a pool", why).into());
        }
        found.push((want.key, want.name));
    }
    Ok(found)
}

fn cannot(subject: &str, verb: &str, why: String) -> Refusal {
    Refusal::WrongState { subject: subject.to_owned(), verb: verb.to_owned(), why }
}

/// As it is shown once it was added or changed.
fn card(key: &ResourceKey, name: &str, rules: &ResourceRules, members: &[String]) -> Value {
    json!({
        "name": name,
        "kind": key.kind(),
        "capacity": rules.capacity,
        "description": rules.description,
        "members": members,
        "rules": clauses(rules),
        "approvers": rules.approvers,
    })
}

/// What it demands of reservations, a clause each.
fn clauses(rules: &ResourceRules) -> Vec<String> {
    let lasting = |length: std::time::Duration, told: &dyn Fn(String) -> String| {
        (!length.is_zero()).then(|| told(time::length(length)))
    };
    let yes = match rules.approvers.as_slice() {
        [] => "needs a yes".to_owned(),
        approvers => format!("needs a yes of {}", text::list(approvers)),
    };
    let all = [
        rules.needs_approval.then_some(yes),
        lasting(rules.longest, &|length| format!("at most {length}")),
        lasting(rules.before, &|length| format!("{length} free before")),
        lasting(rules.after, &|length| format!("{length} free after")),
        lasting(rules.check_in, &|length| format!("check-in within {length}")),
    ];
    all.into_iter().flatten().collect()
}
