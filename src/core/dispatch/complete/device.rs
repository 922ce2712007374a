//! Network devices as they are offered for completion: by NetBox' view, what is pushed to them, and their templates.

use super::{Asked, Choice, Dispatch, MOST, by_name_or_words, netbox, ranked};
use crate::{
    devices::{NETBOX, PushWish},
    ipam::Device,
};
use direttore_catalog::Kind;
use direttore_domain::{Actor, Zone, grant::Touches, text};
use direttore_store::{StoreError, device_push};
use std::collections::{BTreeMap, BTreeSet};

/// As many devices of pushes are looked through.
const LOOKED: i64 = 500;

impl Dispatch {
    /// Those within reach. To be confirmed can only be what is held; to be rolled back that comes first.
    pub(super) async fn devices(
        &self,
        actor: &Actor,
        asked: &Asked<'_>,
        touches: impl Fn(Touches<'_>) -> bool,
    ) -> Result<Vec<Choice>, StoreError> {
        let mut found = match asked.command {
            "device confirm" | "device rollback" => self.held(actor, asked, &touches).await?,
            _ => vec![],
        };
        if asked.command != "device confirm" {
            let others = self.in_netbox(Kind::Device, asked.typed, touches);
            let is_new = |(name, _): &Choice| !found.iter().any(|(other, _)| other == name);
            let others: Vec<Choice> = others.into_iter().filter(is_new).collect();
            found.extend(others);
        }
        found.truncate(MOST);
        Ok(found)
    }

    async fn held(
        &self,
        actor: &Actor,
        asked: &Asked<'_>,
        touches: impl Fn(Touches<'_>) -> bool,
    ) -> Result<Vec<Choice>, StoreError> {
        let mut tx = self.store.read().await?;
        let held = device_push::held(&mut tx, LOOKED).await?;
        drop(tx);
        let view = self.lab.ipam().and_then(|ipam| ipam.view_now());
        let reaches = |device: i64| touches(view.as_deref().map(|view| view.touches(device)).unwrap_or_default());
        let zone: Zone = actor.zone().parse().unwrap_or(Zone::UTC);
        let told = |row: device_push::Target| {
            let words = format!("{} waits until {}", row.push, zone.text(row.reverts));
            (row.name, words)
        };
        let held = held.into_iter().filter(|row| reaches(row.device)).map(told).collect();
        Ok(by_name_or_words(held, asked.typed))
    }

    /// Pushes that wait for a yes: somebody else's for one, anybody's for a no.
    pub(super) async fn pushes(
        &self,
        actor: &Actor,
        asked: &Asked<'_>,
        touches: impl Fn(Touches<'_>) -> bool,
    ) -> Result<Vec<Choice>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let mut waiting = device_push::waiting(&mut tx, now, LOOKED).await?;
        drop(tx);
        let view = self.lab.ipam().and_then(|ipam| ipam.view_now());
        let reaches = |device: i64| touches(view.as_deref().map(|view| view.touches(device)).unwrap_or_default());
        waiting.retain(|push| match push.account_id == actor.account_id() {
            true => asked.command == "device reject",
            false => push.devices.iter().all(|(device, _)| reaches(*device)),
        });
        let told = |push: device_push::Waiting| {
            let wish = serde_json::from_value::<PushWish>(push.wish).ok();
            let what = wish.as_ref().map_or("a push", PushWish::name);
            let names: Vec<&str> = push.devices.iter().map(|(_, name)| name.as_str()).collect();
            (push.id.to_string(), format!("{what} for {}, by {}", text::list(&names), push.actor))
        };
        Ok(by_name_or_words(waiting.into_iter().map(told).collect(), asked.typed))
    }

    /// Templates that all the devices named have; without names, that any device has.
    pub(super) fn device_templates(&self, asked: &Asked<'_>, touches: impl Fn(Touches<'_>) -> bool) -> Vec<Choice> {
        let view = self.lab.ipam().and_then(|ipam| ipam.view_now());
        let (Some(devices), Some(view)) = (self.lab.devices(), view) else { return vec![] };
        let named: Vec<&String> = asked.given.get("device").into_iter().flatten().collect();
        let is_meant = |row: &&Device| {
            let is_it = |given: &&String| netbox::is_called(row, given);
            touches(crate::ipam::touches(row))
                && if named.is_empty() { devices.is_ready(row) } else { named.iter().any(is_it) }
        };
        let of = devices.templates_for(view.devices.iter().filter(is_meant));
        let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (platform, templates) in &of {
            for template in templates {
                all.entry(template).or_default().insert(platform);
            }
        }
        all.retain(|_, platforms| named.is_empty() || platforms.len() == of.len());
        let told = |(template, platforms): (&str, BTreeSet<&str>)| {
            (template.to_owned(), format!("for {}", text::list(&platforms.into_iter().collect::<Vec<_>>())))
        };
        let own = (NETBOX.to_owned(), "what NetBox renders itself".to_owned());
        ranked(all.into_iter().map(told).chain([own]).collect(), asked.typed)
    }
}
