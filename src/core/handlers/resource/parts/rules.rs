//! The rules of a resource as they are said.

use crate::handlers::{Cx, reserve::parts::time, user};
use direttore_domain::{AccountName, Refusal, ResourceKey, Trouble, when};
use direttore_store::resource::ResourceRules;
use std::time::Duration;

/// What was said of them; the rest stays.
#[derive(Debug, Default)]
pub struct Said {
    pub capacity: Option<i64>,
    pub description: Option<String>,
    pub approval: Option<bool>,
    pub approvers: Vec<AccountName>,
    pub longest: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub check_in: Option<String>,
}

/// Longer is not kept free around anything.
const WIDEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// The rules once that is said of a resource with so many members.
///
/// # Errors
/// `no-such-account`; `over-limit`; `wrong-state` for a capacity that it cannot have.
pub async fn said(
    cx: &Cx,
    (key, name): (&ResourceKey, &str),
    members: usize,
    before: &ResourceRules,
    said: Said,
) -> Result<ResourceRules, Trouble> {
    let mut rules = before.clone();
    if let Some(capacity) = said.capacity {
        rules.capacity = capacity;
    }
    may_have(key, name, members, rules.capacity)?;
    if let Some(description) = said.description {
        rules.description = description;
    }
    if let Some(approval) = said.approval {
        rules.needs_approval = approval;
    }
    if !said.approvers.is_empty() {
        rules.approvers.clear();
    }
    for approver in &said.approvers {
        rules.approvers.push(user::find(cx, approver).await?.name.to_string());
    }
    let length = |given: &Option<String>, was: Duration| match given {
        Some(given) => when::length(given).map_err(Trouble::bug),
        None => Ok(was),
    };
    rules.longest = length(&said.longest, rules.longest)?;
    rules.before = length(&said.before, rules.before)?;
    rules.after = length(&said.after, rules.after)?;
    rules.check_in = length(&said.check_in, rules.check_in)?;
    for (option, length) in [("before", rules.before), ("after", rules.after)] {
        if length > WIDEST {
            let why = format!("{} is too long to be kept free", time::length(length));
            let right = format!("at most {}", time::length(WIDEST));
            return Err(Refusal::BadTime { option: option.to_owned(), why, right }.into());
        }
    }
    Ok(rules)
}

/// Whoever has a node, a guest or a device has all of it; a pool with members has as many places as they are.
fn may_have(key: &ResourceKey, name: &str, members: usize, capacity: i64) -> Result<(), Refusal> {
    let why = match key {
        _ if capacity == 1 => return Ok(()),
        ResourceKey::Pool(_) if members > 0 => "it has members, each of which is a place",
        ResourceKey::Pool(_) | ResourceKey::Named(_) => return Ok(()),
        _ => "whoever has it has all of it; named resources and pools can be had by several",
    };
    Err(super::super::cannot(name, &format!("have a capacity of {capacity}"), why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_can_have_what_is_only_a_name() {
        let may = |key: &str, members, capacity| {
            may_have(&key.parse().expect("a key"), "it", members, capacity).map_err(|refusal| refusal.to_string())
        };
        for key in ["node/lab/pve1", "guest/lab/101", "device/7", "pool/gpus", "named/rack"] {
            assert_eq!(may(key, 2, 1), Ok(()), "{key}");
        }
        assert_eq!(may("pool/gpus", 0, 5), Ok(()));
        assert_eq!(may("named/rack", 0, 5), Ok(()));
        for (key, members) in [("node/lab/pve1", 0), ("guest/lab/101", 0), ("device/7", 0), ("pool/gpus", 1)] {
            assert!(may(key, members, 2).is_err_and(|why| why.contains("cannot have a capacity of 2")), "{key}");
        }
    }
}
