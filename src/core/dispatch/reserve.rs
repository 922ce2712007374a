//! What reservations need of the way of a command: their deeds within the plan's transaction, whom they keep out, and
//! the buttons for what could be meant instead.

use super::{Dispatch, keep::Told, question::Open, say::Asking};
use crate::{
    devices,
    plan::{Change, Plan},
    reserve::{self, Deed, NotDone, Touch},
};
use direttore_catalog::catalog;
use direttore_domain::{
    Instant, Refusal, ReservationId, ReservationStatus, ResourceKey, Role, Trouble, Window, Zone, text,
};
use direttore_reply::Reply;
use direttore_store::{
    Tx, job,
    reservation::{self, Reservation},
};
use serde_json::{Map, Value, json};

impl Dispatch {
    /// Carries a deed out, brings what came of it to the reply, and gives what is on record now.
    pub(super) async fn do_deed(
        &self,
        tx: &mut Tx,
        asking: &Asking<'_>,
        deed: &Deed,
        brought: &mut Map<String, Value>,
        now: Instant,
    ) -> Result<Vec<Reservation>, Trouble> {
        let zone: Zone = asking.actor.zone().parse().unwrap_or(Zone::UTC);
        let done = match reserve::carry_out(tx, deed, &self.rules.reserve, now).await {
            Ok(done) => done,
            Err(NotDone::Blocked { taken, others }) => {
                let (wants, mine) = match deed {
                    Deed::Book(booking) => (&booking.wants[..], None),
                    Deed::Alter(alter) => match &alter.again {
                        reserve::Again::Take(wants) => (&wants[..], Some(alter.id)),
                        _ => (&[][..], None),
                    },
                };
                let names = wants.iter().map(|w| w.name.clone()).collect::<Vec<_>>();
                let names = text::list(&names);
                let rules = &self.rules.reserve;
                let is_seen = taken.iter().all(|(_, blocked)| !blocked.by.is_empty() || !blocked.going.is_empty());
                let refusal = if is_seen {
                    // Who has it may be written and not committed yet: of several who are written together, it is in here
                    // only.
                    let room = reserve::look(tx, wants).await?;
                    reserve::overlap(tx, &room, (&taken, others), &names, zone, now, rules).await?
                } else {
                    // The database refused the slot, which somebody took since it was looked at, and with it the rest of
                    // this transaction.
                    let mut seen = self.store.read().await?;
                    let room = reserve::look(&mut seen, wants).await?;
                    let mut now_taken = Vec::new();
                    for (window, _) in taken {
                        let blocked = room.choose(&mut seen, window.start, window.end, mine).await?.err();
                        now_taken.push((window, blocked.unwrap_or_default()));
                    }
                    reserve::overlap(&mut seen, &room, (&now_taken, others), &names, zone, now, rules).await?
                };
                return Err(refusal.into());
            }
            Err(why) => return Err(why.into()),
        };
        for made in &done.made {
            // Whoever may say yes was asked already where only words changed.
            let is_news = !matches!(deed, Deed::Alter(alter) if matches!(alter.again, reserve::Again::Keep));
            if is_news && made.status == ReservationStatus::Pending {
                self.ask_approval(tx, made.id).await?;
            }
        }
        if let Deed::Alter(alter) = deed {
            self.tell_holder(tx, asking, alter.id).await?;
        }
        let made = done.made.iter().map(|held| {
            let of: Vec<&str> = held.resources.iter().map(|one| one.name.as_str()).collect();
            let when = Window::new(held.starts, held.ends).map(|window| reserve::window_text(window, zone));
            json!({ "id": held.id, "uid": held.uid, "of": of, "start": held.starts, "end": held.ends, "when": when,
                "status": held.status })
        });
        brought.insert("made".into(), made.collect());
        let mut skipped = Vec::new();
        for one in &done.skipped {
            skipped.push(json!({ "when": reserve::window_text(*one, zone) }));
        }
        brought.insert("skipped".into(), Value::Array(skipped));
        Ok(done.made)
    }

    /// Whether the calendar must be looked at now. What is booked for later takes from others, who wait, nothing that they
    /// could have, and is come upon in its time.
    pub(super) fn stirs_calendar(&self, plan: &Plan, reserved: &[Reservation]) -> bool {
        let now = self.clock.now();
        let is_for_later =
            |held: &Reservation| held.status != ReservationStatus::Waiting && held.due.is_some_and(|at| at > now);
        plan.changes.iter().any(|change| match change {
            Change::Reserve(Deed::Book(_)) => !reserved.iter().all(is_for_later),
            Change::Reserve(Deed::Alter(_)) | Change::Stock(_) => true,
            _ => false,
        })
    }

    /// Somebody whose reservation another one changed is told who did.
    async fn tell_holder(&self, tx: &mut Tx, asking: &Asking<'_>, id: ReservationId) -> Result<(), Trouble> {
        let Some(held) = reservation::get(tx, id).await? else { return Ok(()) };
        if held.account_id.is_none() || held.account_id == asking.actor.account_id() {
            return Ok(());
        }
        let reason = asking.given.get("reason").map(|r| r.join(" "));
        let told = Told::Changed { verb: asking.command.verb(), by: asking.actor.name() };
        Ok(self.put_told(tx, &held, told, reason.as_deref()).await?)
    }

    /// Whether somebody else has what the plan acts on. Looked at when it is planned, and once more in the transaction
    /// that enqueues it. An administrator goes over it with a reason.
    pub(super) async fn guard(
        &self,
        tx: &mut Tx,
        asking: &Asking<'_>,
        plan: &Plan,
        touches: &[Touch],
    ) -> Result<(), Trouble> {
        let now = self.clock.now();
        // Whoever only says yes to another's job does it for them.
        let behalf = plan.jobs.iter().find_map(|job| job.behalf.as_ref());
        let whose = behalf.map_or(asking.actor.account_id(), |of| of.account_id);
        let held = reserve::in_force(tx, touches, whose, now).await?;
        if held.is_empty() {
            return Ok(());
        }
        let takes_reason = asking.command.option("reason").is_some();
        let has_reason = asking.given.get("reason").is_some_and(|r| r.iter().any(|r| !r.trim().is_empty()));
        let is_admin = asking.actor.role == Some(Role::Admin);
        if is_admin && takes_reason && has_reason {
            return Ok(());
        }
        let zone: Zone = asking.actor.zone().parse().unwrap_or(Zone::UTC);
        let what = held.iter().map(|(_, what)| what.clone()).collect::<Vec<_>>();
        let by = held.iter().map(|(held, _)| match Window::new(held.starts, held.ends) {
            Some(window) => format!("{} of {}, {}", held.id, held.holder, reserve::window_text(window, zone)),
            None => format!("{} of {}", held.id, held.holder),
        });
        let by = by.collect();
        Err(Refusal::Reserved { what: text::list(&what), by, can_go_over: is_admin && takes_reason }.into())
    }

    /// What a plan acts on that somebody may have reserved. A job that is tried again acts once more.
    pub(super) async fn touches(&self, asking: &Asking<'_>, plan: &Plan) -> Result<Vec<Touch>, Trouble> {
        let mut touches = Vec::new();
        for change in &plan.changes {
            let Change::RetryJob(id) = change else { continue };
            let Some(job) = job::by_id(&mut self.store.read().await?, *id).await? else { continue };
            let is_guarded = catalog().get(&job.command).is_some_and(|command| command.guarded);
            if is_guarded {
                touches.extend(self.touched(&job.subject));
            }
        }
        for job in &plan.jobs {
            if let Some((cluster, node)) = &job.placed_on {
                let key = ResourceKey::Node(cluster.clone(), node.clone());
                touches.push(Touch { key, name: node.to_string(), under: None });
            }
            if asking.command.guarded {
                touches.extend(self.touched(&job.subject));
            }
        }
        Ok(touches)
    }

    /// What jobs of a subject act on.
    fn touched(&self, subject: &str) -> Vec<Touch> {
        let one = |key: ResourceKey| match &key {
            ResourceKey::Guest(..) => self.touched_guest(key),
            ResourceKey::Device(id) => Touch { name: self.device_name(*id), key, under: None },
            _ => Touch { name: subject.rsplit('/').next().unwrap_or_default().to_owned(), key, under: None },
        };
        ResourceKey::of_subject(subject).into_iter().map(one).collect()
    }

    /// As NetBox was seen last.
    fn device_name(&self, id: i64) -> String {
        let view = self.lab.ipam().and_then(|ipam| ipam.view_now());
        let found = view.and_then(|view| {
            let device = view.devices.iter().find(|d| i64::try_from(d.id) == Ok(id))?;
            Some(devices::name(device).to_owned())
        });
        found.unwrap_or_else(|| format!("device {id}"))
    }

    fn touched_guest(&self, key: ResourceKey) -> Touch {
        let ResourceKey::Guest(cluster, vmid) = &key else {
            return Touch { name: key.to_string(), key, under: None };
        };
        let view = self.lab.cluster(cluster).ok().and_then(|c| c.view_now());
        let guest = view.and_then(|view| view.guest(*vmid).cloned());
        let name = guest.as_ref().map_or_else(|| vmid.to_string(), |g| format!("{} ({vmid})", g.label()));
        let under = guest.map(|g| ResourceKey::Node(cluster.clone(), g.node.clone()));
        Touch { key, name, under }
    }

    /// Buttons for what a refusal says could be meant instead.
    pub(super) async fn offer_ways(&self, asking: &Asking<'_>, trouble: &Trouble, reply: &mut Reply) {
        let Trouble::Refusal(refusal) = trouble else { return };
        let has = |option: &str| asking.command.option(option).is_some();
        let offers: Vec<(String, String)> = refusal
            .ways()
            .iter()
            .filter(|way| way.set.iter().all(|(option, value)| value.is_none() || has(option)))
            .map(|way| {
                let mut given = asking.given.clone();
                for (option, value) in &way.set {
                    match value {
                        Some(value) => given.insert(option.clone(), vec![value.clone()]),
                        None => given.remove(option),
                    };
                }
                (way.label.clone(), format!("/{}", asking.command.line(&given)))
            })
            .collect();
        self.under_buttons(asking.heard, &asking.actor, offers, reply).await;
    }

    /// An administrator is asked why, instead of being refused.
    pub(super) async fn ask_reason(&self, asking: &Asking<'_>, trouble: &Trouble, reply: &mut Reply) {
        if !matches!(trouble, Trouble::Refusal(Refusal::Reserved { can_go_over: true, .. })) {
            return;
        }
        let open = Open::Form {
            command: asking.command.path.clone(),
            given: asking.given.clone(),
            asked: vec!["reason".to_owned()],
            page: 1,
        };
        if let Ok(form) = self.form(asking.heard, &asking.actor, &open, None).await {
            (reply.id, reply.form, reply.actions) = (form.id, form.form, form.actions);
        }
    }
}
