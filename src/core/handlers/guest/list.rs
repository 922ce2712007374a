//! `/guest list`: the guests that the asker's grants reach, from the view.

use crate::{
    handlers::Cx,
    lab::{Entry, Wanted},
    plan::{Outcome, PAGE, Pages, Say, page_of},
};
use direttore_domain::{
    AccountName, ClusterName, Guest, GuestKind, GuestStatus, NodeName, PoolName, Tag, Trouble, Vmid,
};
use direttore_reply::Values;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    find: Option<String>,
    node: Option<NodeName>,
    kind: Option<Kind>,
    status: Option<GuestStatus>,
    pool: Option<PoolName>,
    tag: Option<Tag>,
    #[serde(default)]
    mine: bool,
    #[serde(default)]
    sort: Sort,
    page: Option<usize>,
}

/// Templates are listed only when asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Vm,
    Container,
    Template,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    #[default]
    Name,
    Vmid,
    Node,
    Status,
    Cpu,
    Memory,
}

/// What a guest must be to be listed.
#[derive(Debug, Default)]
pub struct Filter<'a> {
    pub find: Option<Wanted>,
    pub node: Option<&'a NodeName>,
    pub kind: Option<Kind>,
    pub status: Option<GuestStatus>,
    pub pool: Option<&'a PoolName>,
    pub tag: Option<&'a Tag>,
}

impl Filter<'_> {
    /// Whether it keeps templates away and nothing else.
    fn is_plain(&self) -> bool {
        matches!(self, Filter { find: None, node: None, kind: None, status: None, pool: None, tag: None })
    }

    fn fits(&self, entry: &Entry) -> bool {
        // First what stands in the entry: a look into each guest would cost more than all the rest.
        let kind = match self.kind {
            Some(Kind::Template) => entry.is_template,
            None => !entry.is_template,
            Some(Kind::Vm) => entry.kind == GuestKind::Vm && !entry.is_template,
            Some(Kind::Container) => entry.kind == GuestKind::Container && !entry.is_template,
        };
        if !(kind && self.status.is_none_or(|s| entry.status == s) && self.find.as_ref().is_none_or(|f| f.fits(entry)))
        {
            return false;
        }
        let guest = &entry.guest;
        self.node.is_none_or(|n| &guest.node == n)
            && self.pool.is_none_or(|p| guest.pool.as_ref() == Some(p))
            && self.tag.is_none_or(|t| guest.tags.contains(t))
    }
}

/// Adds the guests that fit and are reached, in the view's order.
pub fn select<'v>(
    entries: &'v [Entry],
    filter: &Filter<'_>,
    reaches: impl Fn(&Guest) -> bool,
    guests: &mut Vec<&'v Guest>,
) {
    // At once as many as there may be: growing would copy them over and over.
    guests.reserve(entries.len());
    for entry in entries.iter().filter(|entry| filter.fits(entry)) {
        if reaches(&entry.guest) {
            guests.push(&entry.guest);
        }
    }
}

fn sort(guests: &mut [&Guest], by: Sort) {
    match by {
        // The views are sorted by name; the order holds within equal ones.
        Sort::Name => {}
        Sort::Vmid => guests.sort_by_key(|g| g.vmid),
        Sort::Node => guests.sort_by(|a, b| a.node.cmp(&b.node)),
        Sort::Status => guests.sort_by_key(|g| g.status.as_str()),
        Sort::Cpu => guests.sort_by(|a, b| b.cpu.total_cmp(&a.cpu)),
        Sort::Memory => guests.sort_by_key(|g| std::cmp::Reverse(g.memory)),
    }
}

/// A guest as lists show it.
#[derive(Serialize)]
struct Row<'a> {
    vmid: u32,
    name: &'a str,
    kind: String,
    node: &'a NodeName,
    status: &'static str,
    cores: f64,
    memory: u64,
    cpu: f64,
    tags: String,
}

impl<'a> Row<'a> {
    fn new(guest: &'a Guest) -> Self {
        Self {
            vmid: guest.vmid.get(),
            name: guest.name.as_deref().unwrap_or_default(),
            kind: guest.kind.to_string(),
            node: &guest.node,
            status: guest.status.as_str(),
            cores: guest.cores,
            memory: guest.memory,
            cpu: guest.cpu,
            tags: guest.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(" "),
        }
    }
}

/// What the list's template takes.
#[derive(Serialize)]
struct Data<'a> {
    rows: Vec<Row<'a>>,
    total: usize,
    pages: Pages,
    stale: Vec<Value>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let sight = cx.sight(None).await?;
    let filter = Filter {
        find: ask.find.as_deref().map(Wanted::new),
        node: ask.node.as_ref(),
        kind: ask.kind,
        status: ask.status,
        pool: ask.pool.as_ref(),
        tag: ask.tag.as_ref(),
    };
    let mine = if ask.mine { Some(owned_by(cx).await?) } else { None };
    // Without grants nobody need look into each guest for what grants go by.
    let reaches_all = cx.reaches_all();
    let reaches = |g: &Guest| {
        (reaches_all || cx.reaches(direttore_domain::policy::touches(g)))
            && mine.as_ref().is_none_or(|m| m.contains_key(&(g.cluster.clone(), g.vmid)))
    };
    let page = ask.page.unwrap_or(1);
    let shown = |rows: &[&Guest], total: usize, pages: Pages| {
        let rows: Vec<Row> = rows.iter().map(|g| Row::new(g)).collect();
        let data = Data { rows, total, pages, stale: super::super::lab::stale(&sight) };
        Say { values: Some(Values::of(&data)), pages: Some(pages), ..Say::new("guest_list", Value::Null) }.into()
    };
    // What is asked most, of ten thousand: only those up to the page are looked at.
    if let [view] = sight.views.as_slice()
        && (reaches_all && mine.is_none() && ask.sort == Sort::Name && filter.is_plain())
    {
        let total = view.guests.len() - view.templates;
        let pages = Pages::of(total, page);
        let those = view.guests.iter().filter(|entry| !entry.is_template).skip((pages.page - 1) * PAGE).take(PAGE);
        let rows: Vec<&Guest> = those.map(|entry| entry.guest.as_ref()).collect();
        return Ok(shown(&rows, total, pages));
    }
    let mut guests: Vec<&Guest> = Vec::new();
    for view in &sight.views {
        select(&view.guests, &filter, reaches, &mut guests);
    }
    if sight.views.len() > 1 {
        guests.sort_by_cached_key(|g| g.name.as_deref().unwrap_or_default().to_lowercase());
    }
    sort(&mut guests, ask.sort);
    let (rows, pages) = page_of(&guests, page);
    Ok(shown(rows, guests.len(), pages))
}

async fn owned_by(cx: &Cx) -> Result<HashMap<(ClusterName, Vmid), AccountName>, Trouble> {
    let Some(account) = &cx.actor.account else { return Ok(HashMap::new()) };
    let mut tx = cx.store.read().await?;
    let owners = direttore_store::owner::all(&mut tx).await?;
    let mine = owners.into_iter().filter(|o| o.account == account.name);
    Ok(mine.map(|o| ((o.cluster, o.vmid), o.account)).collect())
}
