//! What could follow at the cursor, from the catalogue, the cached view and the database; never by a call to a peer.

mod alert;
mod device;
mod netbox;
mod reserve;

use super::{
    Dispatch,
    choices::{self, Choice},
};
use crate::lab::{Entry, Wanted};
use direttore_catalog::{Candidate, Completion, Given, Kind, Want, catalog, quote};
use direttore_domain::{Actor, Claims, Guest, GuestKind, Identity, Origin, grant::Touches, policy};
use direttore_store::{StoreError, account, alias, grant, group, job, key, token};
use futures::future::BoxFuture;
use std::collections::BTreeSet;

/// Values that could stand from `start` to the cursor, each with a word of help.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completed {
    /// Byte of the line.
    pub start: usize,
    pub values: Vec<(String, String)>,
}

/// As many as a person looks through; Discord takes no more either.
const MOST: usize = 25;

impl Dispatch {
    pub async fn complete(
        &self,
        (who, claims): (&Identity, &Claims),
        origin: &Origin,
        line: &str,
        cursor: usize,
    ) -> Completed {
        let Completion { start, want } = catalog().complete(line, cursor);
        let Ok((actor, _)) = self.actor_of(who, claims, &origin.channel_name()).await else {
            return Completed { start, values: vec![] };
        };
        match want {
            Want::Nothing => Completed { start, values: vec![] },
            Want::Words(words) => completed(start, vec![], words),
            Want::Live { kind, prefix, given, command, words, .. } => {
                let channel = origin.channel_name();
                let asked = Asked { kind, typed: &prefix, command: &command, given: &given, channel: &channel };
                completed(start, self.live(&actor, &asked).await.unwrap_or_default(), words)
            }
        }
    }

    fn live<'s, 'a>(
        &'s self,
        actor: &'s Actor,
        asked: &'s Asked<'a>,
    ) -> BoxFuture<'s, Result<Vec<Choice>, StoreError>> {
        Box::pin(async move {
            let Asked { kind, typed, command, given, channel } = *asked;
            // Who may not say the command learns nothing from its completion.
            let Some(permission) = catalog().get(command).map(|c| c.permission) else { return Ok(vec![]) };
            if policy::may_say(actor, permission, command, channel).is_err() || actor.role.is_none() {
                return Ok(vec![]);
            }
            let touches = |touched: Touches<'_>| policy::may_touch(actor, permission, command, channel, touched);
            let reaches = |guest: &Guest| touches(policy::touches(guest));
            let views: Vec<_> = self.lab.clusters().iter().filter_map(|c| c.view_now()).collect();
            let reached_guests =
                views.iter().flat_map(|v| v.guests.iter().map(|e| e.guest.as_ref())).filter(|g| reaches(g));
            let plain = |names: BTreeSet<String>| -> Vec<Choice> {
                names.into_iter().filter(|n| n.starts_with(typed)).take(MOST).map(|n| (n, String::new())).collect()
            };
            // Names of accounts and the like are for those who could list them.
            let administers = policy::reaches_owner(actor, None, command, channel);
            Ok(match kind {
                Kind::Guest => {
                    let mut out = Vec::new();
                    for view in &views {
                        out.extend(guests(&view.guests, typed, MOST - out.len().min(MOST), reaches).into_iter().map(
                            |g| {
                                let value = g.name.clone().unwrap_or_else(|| g.vmid.to_string());
                                (value, format!("{} on {}, {}", g.vmid, g.node, g.status))
                            },
                        ));
                    }
                    out
                }
                Kind::Node => {
                    let nodes = views.iter().flat_map(|v| v.nodes.iter());
                    let reached = nodes.filter(|n| touches(Touches::of_node(&n.name)));
                    plain(reached.map(|n| n.name.to_string()).collect())
                }
                Kind::Cluster => plain(self.lab.clusters().iter().map(|c| c.name.to_string()).collect()),
                Kind::Pool => plain(reached_guests.filter_map(|g| g.pool.as_ref()).map(ToString::to_string).collect()),
                Kind::Tag if is_of_devices(command) => self.in_netbox(kind, typed, touches),
                Kind::Tag => plain(reached_guests.flat_map(|g| &g.tags).map(ToString::to_string).collect()),
                Kind::Account | Kind::Receiver if administers => {
                    let mut tx = self.store.read().await?;
                    plain(account::list(&mut tx).await?.into_iter().map(|a| a.name.to_string()).collect())
                }
                Kind::Group if administers => {
                    let mut tx = self.store.read().await?;
                    plain(group::list(&mut tx).await?.into_iter().map(|g| g.name.to_string()).collect())
                }
                Kind::Grant if administers => {
                    let mut tx = self.store.read().await?;
                    plain(grant::list(&mut tx).await?.into_iter().map(|g| g.id.to_string()).collect())
                }
                Kind::Alias => {
                    let mut tx = self.store.read().await?;
                    plain(
                        alias::visible(&mut tx, actor.account_id())
                            .await?
                            .into_iter()
                            .map(|a| a.name.to_string())
                            .collect(),
                    )
                }
                Kind::Job => {
                    let mut tx = self.store.read().await?;
                    let account_id = Some(actor.account_id().unwrap_or(-1));
                    let filter = job::Filter { account_id, status: None, limit: 25, offset: 0 };
                    let (jobs, _) = job::list(&mut tx, filter).await?;
                    let named = jobs.into_iter().map(|j| (j.id.to_string(), format!("{} ({})", j.title, j.status)));
                    named.filter(|(id, _)| id.starts_with(typed)).collect()
                }
                Kind::Key => {
                    let Some(account) = actor.account_id() else { return Ok(vec![]) };
                    let mut tx = self.store.read().await?;
                    plain(key::list(&mut tx, account).await?.into_iter().map(|k| k.name.to_string()).collect())
                }
                Kind::Token => {
                    let Some(account) = actor.account_id() else { return Ok(vec![]) };
                    let mut tx = self.store.read().await?;
                    plain(token::list(&mut tx, account).await?.into_iter().map(|t| t.name.to_string()).collect())
                }
                Kind::Template | Kind::Storage | Kind::Bridge => {
                    let mut shelves = self.shelves(given, false).await;
                    shelves.retain(|(node, _)| touches(Touches::of_node(&node.name)));
                    let found = match kind {
                        Kind::Template if command.ends_with("container") => {
                            choices::templates(&shelves, GuestKind::Container)
                        }
                        Kind::Template => choices::templates(&shelves, GuestKind::Vm),
                        Kind::Storage => choices::storages(&shelves, choices::contents(command)),
                        _ => choices::bridges(&shelves),
                    };
                    ranked(found, typed)
                }
                Kind::Ipv4
                | Kind::Ipv6
                | Kind::Pond
                | Kind::Prefix
                | Kind::Address
                | Kind::Vlan
                | Kind::Tenant
                | Kind::DeviceRole
                | Kind::Site => self.in_netbox(kind, typed, touches),
                Kind::Device => self.devices(actor, asked, touches).await?,
                Kind::DeviceTemplate => self.device_templates(asked, touches),
                Kind::Push => self.pushes(actor, asked, touches).await?,
                Kind::Resource => self.resources(asked, &views, reaches, touches).await?,
                Kind::Reservation => self.reservations(actor, asked).await?,
                Kind::Alert => {
                    self.alerts(asked, &views, reaches, touches, policy::is_narrowed(actor, permission)).await?
                }
                // A guest's snapshots and backups are known to Proxmox alone, and a key press is no reason to ask it.
                _ => vec![],
            })
        })
    }

    fn in_netbox(&self, kind: Kind, typed: &str, touches: impl Fn(Touches<'_>) -> bool) -> Vec<Choice> {
        self.lab
            .ipam()
            .and_then(|ipam| ipam.view_now())
            .map_or_else(Vec::new, |view| netbox::choices(&view, kind, typed, &touches))
    }
}

/// Whose tags are those of network devices, and not of guests.
fn is_of_devices(command: &str) -> bool {
    ["inventory ", "device ", "grant "].iter().any(|group| command.starts_with(group))
}

/// What is looked for: values of a kind that what was typed could become, for a command said in a channel.
struct Asked<'a> {
    kind: Kind,
    typed: &'a str,
    command: &'a str,
    given: &'a Given,
    channel: &'a str,
}

/// Values found and words that fit beside them. All of them stand in place of what follows an option's `name=`.
fn completed(start: usize, found: Vec<Choice>, words: Vec<Candidate>) -> Completed {
    let found = found.into_iter().map(|(value, help)| (quote(&value), help));
    let words = words.into_iter().map(|word| (word.value, word.help));
    Completed { start, values: found.chain(words).take(MOST).collect() }
}

/// Those that begin with what was typed, then those that hold it, in any case.
fn ranked(choices: Vec<Choice>, typed: &str) -> Vec<Choice> {
    let part = typed.to_lowercase();
    let place = |(value, _): &Choice| value.to_lowercase().find(&part);
    let (begins, holds): (Vec<Choice>, Vec<Choice>) =
        choices.into_iter().filter(|c| place(c).is_some()).partition(|c| place(c) == Some(0));
    begins.into_iter().chain(holds).take(MOST).collect()
}

/// Those whose name or number begins so, then those that are about what was typed: in their order.
fn by_name_or_words(all: Vec<Choice>, typed: &str) -> Vec<Choice> {
    let part = typed.trim().to_lowercase();
    let begins = |(name, _): &Choice| {
        let name = name.to_lowercase();
        let number = name.split_once('-').filter(|(kind, _)| kind.len() == 1).map(|(_, number)| number);
        name.starts_with(&part) || number.is_some_and(|number| number.starts_with(&part))
    };
    let (first, rest): (Vec<Choice>, Vec<Choice>) = all.into_iter().partition(begins);
    let rest = rest.into_iter().filter(|(_, words)| words.to_lowercase().contains(&part));
    first.into_iter().chain(rest).take(MOST).collect()
}

/// The guests whose name begins with `prefix`, then those whose name holds it or whose VMID begins so. `entries` are
/// sorted by name, so the first kind is one run.
pub fn guests<'v>(entries: &'v [Entry], prefix: &str, most: usize, reaches: impl Fn(&Guest) -> bool) -> Vec<&'v Guest> {
    let wanted = prefix.to_lowercase();
    let start = entries.partition_point(|e| e.key.as_str() < wanted.as_str());
    let begins = entries[start..].iter().take_while(|e| e.key.starts_with(&wanted));
    let mut out: Vec<&Guest> = begins.map(|e| e.guest.as_ref()).filter(|g| reaches(g)).take(most).collect();
    if out.len() < most && !wanted.is_empty() {
        let part = Wanted::new(prefix);
        let holds = |e: &&Entry| part.fits(e) && !e.key.starts_with(&wanted);
        let rest = entries.iter().filter(holds).map(|e| e.guest.as_ref()).filter(|g| reaches(g));
        out.extend(rest.take(most - out.len()));
    }
    out
}

#[cfg(test)]
mod tests;
