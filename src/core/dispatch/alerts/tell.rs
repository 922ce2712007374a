//! The message of all alerts of one source and name: one while anything of it fires, edited in place.
//!
//! It is put into the outbox in the transaction of what it tells of. When many things change within a short time, the
//! first is told at once and the rest together, at a time that is kept with the message.

use super::event;
use crate::{
    alerts::{Standing, Subject, shown, standing},
    dispatch::{
        Dispatch,
        question::{ANYBODY, Open, called},
    },
};
use direttore_catalog::quote;
use direttore_domain::{AlertId, Instant, Matchers, Origin};
use direttore_reply::{Reply, Standing as Stands, render};
use direttore_store::{
    StoreError, Tx,
    alert::{self, Alert, Group},
    question, silence, telling,
};
use futures::future::BoxFuture;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Between two edits of a message.
const PACE: Duration = Duration::from_secs(3);
/// How soon it is looked again whether a backup is over.
const LOOK: Duration = Duration::from_secs(15);
/// A lock that stays for longer is a broken one, which keeps nobody quiet.
const HELD: Duration = Duration::from_secs(24 * 3600);
/// As many are acknowledged by one press.
const MOST: usize = 25;

impl Dispatch {
    /// Tells how things are now, if there is anything to tell. The caller holds the turn of alerts. `left_out` is how many
    /// more the sender knows of, where it has just said so.
    pub(super) fn tell_alerts<'s>(
        &'s self,
        tx: &'s mut Tx,
        source: &'s str,
        name: &'s str,
        left_out: Option<u64>,
    ) -> BoxFuture<'s, Result<(), StoreError>> {
        Box::pin(async move {
            let Some(origin) = &self.rules.alerts.channel else { return Ok(()) };
            let now = self.clock.now();
            let mut group = alert::group(tx, source, name).await?;
            if let Some(left_out) = left_out {
                group.left_out = i64::try_from(left_out).unwrap_or(i64::MAX);
            }
            let mut alerts = alert::of_group(tx, source, name, Instant(group.opened_at)).await?;
            alerts.retain(|alert| alert.is_firing || group.is_open);
            let silences = silence::open(tx).await?;
            let rows: Vec<(&Alert, Standing)> =
                alerts.iter().map(|alert| (alert, standing(alert, &silences, self.is_held(alert, now), now))).collect();
            let any = |of: Standing| rows.iter().any(|(_, standing)| *standing == of);
            let (is_loud, is_held) = (any(Standing::Firing), any(Standing::Held));
            let look_again = is_held.then(|| now + LOOK);
            let repeat = self.rules.alerts.repeat;
            let repeats = |group: &Group| {
                let counts = group.is_open && is_loud && !repeat.is_zero();
                counts.then(|| Instant(group.opened_at) + repeat)
            };
            if !group.is_open && !is_loud {
                group.due = look_again;
                alert::save_group(tx, &group).await?;
                return Ok(());
            }
            let is_repeat = repeats(&group).is_some_and(|at| at <= now);
            let is_new = !group.is_open || is_repeat;
            // What ended before is told of in the message that told of it.
            let rows: Vec<(&Alert, Standing)> =
                rows.into_iter().filter(|(_, of)| !is_new || *of != Standing::Resolved).collect();
            let data = shown::message(&group.source, &group.name, &rows, group.left_out);
            let said = digest(&data);
            if !is_new && said == group.said {
                group.due = repeats(&group).into_iter().chain(look_again).min();
                alert::save_group(tx, &group).await?;
                return Ok(());
            }
            let soonest = Instant(group.told_at) + PACE;
            if now < soonest && group.nth > 0 {
                group.due = Some(soonest);
                alert::save_group(tx, &group).await?;
                return Ok(());
            }
            if is_repeat {
                self.leave_message(tx, &group, origin).await?;
            }
            if is_new {
                (group.nth, group.told, group.opened_at, group.question) = (group.nth + 1, 0, now.millis(), None);
            }
            group.said = said;
            group.told += 1;
            group.told_at = now.millis();
            group.is_open = rows.iter().any(|(alert, _)| alert.is_firing);
            group.due = repeats(&group).into_iter().chain(look_again).min();
            group.id = alert::save_group(tx, &group).await?;
            let reply = self.message(tx, &mut group, (&rows, &data), origin).await?;
            if let Some(before) = group.telling.filter(|_| !is_new) {
                // What nobody has been told of this message yet need not be told any more.
                telling::take(tx, before).await?;
            }
            let body = serde_json::to_value(&reply).map_err(|e| StoreError::Refused(e.to_string()))?;
            group.telling = Some(telling::put(tx, origin, "", &body, now).await?);
            alert::save_group(tx, &group).await?;
            if is_new {
                for (alert, _) in rows.iter().filter(|(_, of)| *of == Standing::Firing) {
                    alert::note(tx, alert.id, &event(now, "told", "", "")).await?;
                }
            }
            Ok(())
        })
    }

    /// The message's last word, when a newer one tells what it told.
    async fn leave_message(&self, tx: &mut Tx, group: &Group, origin: &Origin) -> Result<(), StoreError> {
        let data = shown::again(&group.source, &group.name);
        let mut reply = render("alert_group", &data, "UTC").map_err(|e| StoreError::Refused(e.to_string()))?;
        reply.id = format!("alerts-{}.{}.{}", group.id, group.nth, group.told + 1);
        reply.replaces = group.question.map(called);
        reply.standing = Some(Stands { name: format!("alerts/{}.{}", group.id, group.nth), told: group.told + 1 });
        (reply.unasked, reply.public) = (true, true);
        let body = serde_json::to_value(&reply).map_err(|e| StoreError::Refused(e.to_string()))?;
        telling::put(tx, origin, "", &body, self.clock.now()).await?;
        Ok(())
    }

    async fn message(
        &self,
        tx: &mut Tx,
        group: &mut Group,
        (rows, data): (&[(&Alert, Standing)], &Value),
        origin: &Origin,
    ) -> Result<Reply, StoreError> {
        let mut reply = render("alert_group", data, "UTC").map_err(|e| StoreError::Refused(e.to_string()))?;
        let offers = offers(rows);
        reply.id = format!("alerts-{}.{}.{}", group.id, group.nth, group.told);
        if group.question.is_some() || !offers.is_empty() {
            reply.actions = offers.iter().map(|(label, _)| label.clone()).collect();
            let open = Open::Offers { offers, stays: true };
            let question = self.alerts_question(tx, group.question, origin, &open).await?;
            group.question = Some(question);
            reply.id = called(question);
        }
        reply.replaces = (group.told > 1).then(|| reply.id.clone());
        reply.standing = Some(Stands { name: format!("alerts/{}.{}", group.id, group.nth), told: group.told });
        reply.unasked = true;
        reply.public = true;
        Ok(reply)
    }

    /// The question under the message's buttons: one for all of its edits.
    async fn alerts_question(
        &self,
        tx: &mut Tx,
        known: Option<i64>,
        origin: &Origin,
        open: &Open,
    ) -> Result<i64, StoreError> {
        let body = serde_json::to_value(open).map_err(|e| StoreError::Refused(e.to_string()))?;
        if let Some(id) = known
            && question::update_body(tx, id, &body).await?
        {
            return Ok(id);
        }
        let now = self.clock.now();
        let new = question::NewQuestion {
            kind: open.kind(),
            asker: ANYBODY,
            account_id: None,
            origin,
            body: &body,
            expires: None,
            now,
        };
        question::create(tx, &new).await
    }

    /// Whether it is about a guest that is being backed up.
    fn is_held(&self, alert: &Alert, now: Instant) -> bool {
        if !alert.is_firing || now.since(alert.since) > HELD {
            return false;
        }
        let views: Vec<_> = self.lab.clusters().iter().filter_map(|c| c.view_now()).collect();
        Subject::of(&alert.labels, views.iter()).is_backed_up()
    }
}

/// What a message says, in short.
fn digest(data: &Value) -> String {
    Sha256::digest(data.to_string()).iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// What can be done about them, as lines.
fn offers(rows: &[(&Alert, Standing)]) -> Vec<(String, String)> {
    let of = |wanted: &[Standing]| -> Vec<AlertId> {
        rows.iter().filter(|(_, standing)| wanted.contains(standing)).map(|(alert, _)| alert.id).collect()
    };
    let mut offers = Vec::new();
    let open = of(&[Standing::Firing, Standing::Held]);
    if !open.is_empty() {
        let ids: Vec<String> = open.iter().take(MOST).map(ToString::to_string).collect();
        offers.push(("Acknowledge".to_owned(), format!("/alert ack {}", ids.join(" "))));
    }
    let loud = of(&[Standing::Firing, Standing::Held, Standing::Acknowledged]);
    match (loud.as_slice(), rows.first()) {
        ([], _) | (_, None) => {}
        ([one], _) => offers.push(("Silence 1 h".to_owned(), format!("/alert silence {one} for=1h"))),
        (_, Some((alert, _))) => {
            let quoted =
                |text: &str| if text.contains(char::is_whitespace) { format!("\"{text}\"") } else { text.to_owned() };
            let pairs = format!("source={} name={}", quoted(&alert.source), quoted(&alert.name));
            // What could not be said as a matcher is not offered: a name with quotes in it, or one that means others too.
            if !alert.name.contains(['"', '*']) && pairs.parse::<Matchers>().is_ok() {
                offers.push(("Silence 1 h".to_owned(), format!("/alert silence match={} for=1h", quote(&pairs))));
            }
        }
    }
    offers
}
