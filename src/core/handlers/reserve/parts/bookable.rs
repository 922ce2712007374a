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
    /// Of its row: a named thing that is made anew is another one.
    pub number: Option<i64>,
    pub name: String,
    pub about: String,
    /// Of whom its calendar shows what is reserved: itself, a pool's members, and the whole lab.
    pub shows: Vec<ResourceKey>,
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
        let row = rows.iter().find(|row| row.key == key);
        made.push(made_of(cx, key, name, row).await?);
    }
    Ok(made)
}

/// The one of that key, also while nobody has it: who looks at a calendar goes on doing so. `is_to_write`: what is said
/// about it need not be known.
///
/// # Errors
/// As [`all`].
pub async fn one(cx: &Cx, key: &ResourceKey, is_to_write: bool) -> Result<Option<Bookable>, Trouble> {
    let reach = Reach::of(cx).await?;
    let node = reach.nodes(cx).into_iter().find(|(node, _)| node == key).map(|(_, name)| name);
    // A node is there whatever the database knows of it.
    let row = match key {
        ResourceKey::Lab => None,
        _ if is_to_write && node.is_some() => None,
        _ => resource::by_key(&mut cx.store.glance().await?, key).await?,
    };
    match row.as_ref().filter(|_| reach.has(cx, key)).map(|row| row.name.clone()).or(node) {
        Some(name) => Ok(Some(made_of(cx, key.clone(), name, row.as_ref()).await?)),
        None => Ok(None),
    }
}

async fn made_of(cx: &Cx, key: ResourceKey, name: String, row: Option<&Resource>) -> Result<Bookable, Trouble> {
    let mut shows = vec![key.clone(), ResourceKey::Lab];
    if let (ResourceKey::Pool(_), Some(row)) = (&key, row) {
        let mut tx = cx.store.glance().await?;
        shows.extend(resource::members(&mut tx, row.id).await?.into_iter().map(|member| member.key));
    }
    let may_book = policy::may_say(&cx.actor, cx.command.permission, &cx.command.path, &cx.channel).is_ok();
    let about = row.map(|row| row.rules.description.clone()).unwrap_or_default();
    Ok(Bookable { key, number: row.map(|row| row.id), name, about, shows, may_book })
}
