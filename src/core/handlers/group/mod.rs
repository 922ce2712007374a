//! `/group …`: accounts that share grants.

pub mod add;
pub mod create;
pub mod delete;
pub mod list;
pub mod remove;

use super::Cx;
use direttore_domain::{GroupName, Refusal, Trouble, nearest::nearest};
use direttore_store::group::{self, GroupRow};

/// The group of that name, with its members.
pub async fn find(cx: &Cx, name: &GroupName) -> Result<GroupRow, Trouble> {
    let mut tx = cx.store.read().await?;
    let mut all = group::list(&mut tx).await?;
    if let Some(at) = all.iter().position(|g| &g.name == name) {
        return Ok(all.swap_remove(at));
    }
    let has: Vec<String> = all.iter().map(|g| g.name.to_string()).collect();
    let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
    Err(Refusal::NoSuch { what: "group", given: name.to_string(), nearest, has }.into())
}
