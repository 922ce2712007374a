//! What there are calendars of: pools, named things and nodes; guests and devices while somebody has one ahead.

use super::reach::Reach;
use crate::handlers::Cx;
use direttore_domain::{ResourceKey, Trouble, policy};
use direttore_store::{
    reservation::calendar,
    resource::{self, Resource},
};

/// Something with a calendar of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookable {
    pub key: ResourceKey,
    pub name: String,
    pub about: String,
    /// Rows of whom its calendar shows: its own, a pool's members, and the whole lab.
    pub rows: Vec<i64>,
    /// Whether the asker may book it.
    pub may_book: bool,
}

/// All that the asker may see.
///
/// # Errors
/// The database's; that no cluster can be seen, where grants must be held against it.
pub async fn all(cx: &Cx) -> Result<Vec<Bookable>, Trouble> {
    let reach = Reach::of(cx).await?;
    let (rows, in_use) = {
        let mut tx = cx.store.read().await?;
        let in_use = calendar::resources_in_use(&mut tx, cx.clock.now()).await?;
        (resource::all(&mut tx).await?, in_use)
    };
    let mut all: Vec<(ResourceKey, String)> = reach.nodes(cx);
    for row in &rows {
        let is_shown = match row.key {
            ResourceKey::Lab => false,
            ResourceKey::Pool(_) | ResourceKey::Named(_) => true,
            _ => in_use.contains(&row.id) && reach.has(cx, &row.key),
        };
        if is_shown && !all.iter().any(|(key, _)| *key == row.key) {
            all.push((row.key.clone(), row.name.clone()));
        }
    }
    let rank = |key: &ResourceKey| ["node", "pool", "named", "guest", "device"].iter().position(|k| *k == key.kind());
    all.sort_by_key(|(key, name)| (rank(key), name.clone(), key.clone()));
    let mut made = Vec::new();
    for (key, name) in all {
        made.push(made_of(cx, key, name, &rows).await?);
    }
    Ok(made)
}

/// The one of that key, also while nobody has it: who looks at a calendar goes on doing so.
///
/// # Errors
/// As [`all`].
pub async fn one(cx: &Cx, key: &ResourceKey) -> Result<Option<Bookable>, Trouble> {
    let reach = Reach::of(cx).await?;
    let rows = resource::by_keys(&mut cx.store.glance().await?, &[key, &ResourceKey::Lab]).await?;
    let node = || reach.nodes(cx).into_iter().find(|(node, _)| node == key).map(|(_, name)| name);
    let row = rows.iter().find(|row| row.key == *key && row.key != ResourceKey::Lab);
    match row.filter(|_| reach.has(cx, key)).map(|row| row.name.clone()).or_else(node) {
        Some(name) => Ok(Some(made_of(cx, key.clone(), name, &rows).await?)),
        None => Ok(None),
    }
}

async fn made_of(cx: &Cx, key: ResourceKey, name: String, rows: &[Resource]) -> Result<Bookable, Trouble> {
    let row = rows.iter().find(|row| row.key == key);
    let lab = rows.iter().find(|row| row.key == ResourceKey::Lab).map(|row| row.id);
    let mut shows: Vec<i64> = row.map(|row| row.id).into_iter().chain(lab).collect();
    if let (ResourceKey::Pool(_), Some(row)) = (&key, row) {
        let mut tx = cx.store.read().await?;
        shows.extend(resource::members(&mut tx, row.id).await?.into_iter().map(|member| member.id));
    }
    let may_book = policy::may_say(&cx.actor, cx.command.permission, &cx.command.path, &cx.channel).is_ok();
    let about = row.map(|row| row.rules.description.clone()).unwrap_or_default();
    Ok(Bookable { key, name, about, rows: shows, may_book })
}
