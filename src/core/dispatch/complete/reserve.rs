//! What can be reserved, and reservations, as they are offered for completion.

use super::{Asked, Choice, Dispatch, MOST, guests, ranked};
use crate::{lab::View, reserve};
use direttore_catalog::Kind;
use direttore_domain::{Actor, Guest, ReservationStatus as Status, ResourceKey, Window, Zone, grant::Touches, text};
use direttore_store::{
    StoreError,
    reservation::{self, Reservation},
    resource,
};
use std::{sync::Arc, time::Duration};

/// As far ahead as anything is booked.
const FAR: Duration = Duration::from_secs(6 * 366 * 24 * 3600);
/// As many as are looked through.
const LOOKED: i64 = 500;

impl Dispatch {
    /// Pools and named things, nodes, guests, devices; those that people made first.
    pub(super) async fn resources(
        &self,
        asked: &Asked<'_>,
        views: &[Arc<View>],
        reaches: impl Fn(&Guest) -> bool,
        touches: impl Fn(Touches<'_>) -> bool,
    ) -> Result<Vec<Choice>, StoreError> {
        let mut tx = self.store.read().await?;
        let ours = resource::all(&mut tx).await?;
        drop(tx);
        let ours = ours.into_iter().filter(|r| matches!(r.key, ResourceKey::Pool(_) | ResourceKey::Named(_)));
        // A pool is no member of one.
        let is_member =
            asked.command == "resource add" || (asked.command == "resource edit" && !asked.given.is_empty());
        let ours = ours.filter(|r| !is_member || !matches!(r.key, ResourceKey::Pool(_)));
        let told = |r: resource::Resource| {
            let about = [r.key.kind(), r.rules.description.as_str()];
            (r.name, about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "))
        };
        let mut all: Vec<Choice> = ours.map(told).collect();
        if asked.command == "resource remove" {
            return Ok(ranked(all, asked.typed));
        }
        let nodes = views.iter().flat_map(|v| &v.nodes);
        let nodes = nodes.filter(|n| touches(Touches { pool: None, node: Some(&n.name) }));
        all.extend(nodes.map(|n| (n.name.to_string(), format!("node, {}", n.status))));
        let mut found = ranked(all, asked.typed);
        for view in views {
            let left = MOST.saturating_sub(found.len());
            found.extend(guests(&view.guests, asked.typed, left, &reaches).into_iter().map(|g| {
                let value = g.name.clone().unwrap_or_else(|| g.vmid.to_string());
                (value, format!("{} on {}, {}", g.vmid, g.node, g.status))
            }));
        }
        // NetBox has the nodes as devices too.
        let devices = self.in_netbox(Kind::Device, asked.typed);
        let devices: Vec<Choice> =
            devices.into_iter().filter(|(name, _)| !found.iter().any(|(other, _)| other == name)).collect();
        found.extend(devices);
        found.truncate(MOST);
        Ok(found)
    }

    /// One's own that are not over; of others what a command is about.
    pub(super) async fn reservations(&self, actor: &Actor, asked: &Asked<'_>) -> Result<Vec<Choice>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let longest = i64::try_from(FAR.as_millis()).unwrap_or(i64::MAX);
        let mut own = match actor.account_id() {
            Some(account) => reservation::of_account(&mut tx, account, now).await?,
            None => vec![],
        };
        own.retain(|r| !r.status.is_over());
        let mut others = match asked.command {
            "reserve approve" | "reserve reject" | "reserve show" => {
                reservation::touching(&mut tx, now, now + FAR, longest, LOOKED).await?
            }
            _ => vec![],
        };
        drop(tx);
        others.retain(|r| !r.status.is_over() && !own.iter().any(|mine| mine.id == r.id));
        let all: Vec<Reservation> = match asked.command {
            "reserve approve" | "reserve reject" => only(others, &[Status::Pending]),
            "reserve take" => only(own, &[Status::Offered]),
            "reserve release" | "reserve check-in" => only(own, &[Status::Active]),
            "reserve extend" => only(own, &[Status::Active, Status::Booked, Status::Pending]),
            _ => own.into_iter().chain(others).collect(),
        };
        let zone: Zone = actor.zone().parse().unwrap_or(Zone::UTC);
        let all = all.iter().map(|held| (held.id.to_string(), told(held, zone))).collect();
        Ok(by_name_or_words(all, asked.typed))
    }
}

fn only(all: Vec<Reservation>, states: &[Status]) -> Vec<Reservation> {
    all.into_iter().filter(|r| states.contains(&r.status)).collect()
}

/// `pve1, 2026-12-01 10:00 to 12:00 UTC (+00:00), kernel tests`.
fn told(held: &Reservation, zone: Zone) -> String {
    let names: Vec<&str> = match held.resources.is_empty() {
        true => held.wanted.iter().map(|wanted| wanted.name.as_str()).collect(),
        false => held.resources.iter().map(|of| of.name.as_str()).collect(),
    };
    let when = Window::new(held.starts, held.ends).map(|window| reserve::window_text(window, zone));
    let parts = [Some(text::list(&names)), when, Some(held.title.clone())];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Those whose name begins so, then those that are about what was typed: in their order.
pub(super) fn by_name_or_words(all: Vec<Choice>, typed: &str) -> Vec<Choice> {
    let part = typed.trim().to_lowercase();
    let begins = |(name, _): &Choice| {
        let name = name.to_lowercase();
        let number = ["r-", "p-"].iter().find_map(|lead| name.strip_prefix(lead));
        name.starts_with(&part) || number.is_some_and(|number| number.starts_with(&part))
    };
    let (first, rest): (Vec<Choice>, Vec<Choice>) = all.into_iter().partition(begins);
    let rest = rest.into_iter().filter(|(_, words)| words.to_lowercase().contains(&part));
    first.into_iter().chain(rest).take(MOST).collect()
}
