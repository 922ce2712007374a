//! `/alert show`: an alert with what became of it, or a silence with what it keeps quiet.

use super::{MOST, Sight, find, find_silence};
use crate::{
    alerts::{Standing, shown},
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::{AlertId, AlertRef, Permission, SilenceId, Trouble, policy};
use direttore_store::{
    alert::{self, Alert},
    silence,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    alert: AlertRef,
}

/// What is shown of its history.
const EVENTS: i64 = 15;
/// Alerts that are named beside a silence.
const NAMED: usize = 10;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    match ask.alert {
        AlertRef::Alert(id) => one(cx, id).await,
        AlertRef::Silence(id) => quiet(cx, id).await,
    }
}

async fn one(cx: &Cx, id: AlertId) -> Result<Outcome, Trouble> {
    let sight = Sight::of(cx);
    let alert = find(cx, &sight, id).await?;
    let mut tx = cx.store.read().await?;
    let silences = silence::open(&mut tx).await?;
    let events = alert::history(&mut tx, id, EVENTS).await?;
    drop(tx);
    let now = cx.clock.now();
    let state = sight.standing(cx, &alert, &silences);
    let rows: Vec<Value> =
        events.iter().map(|e| json!({ "when": e.at, "what": e.what, "who": e.who, "note": e.note })).collect();
    let labels: Vec<String> = alert.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let silence = shown::silenced_by(&alert, &silences, now);
    let data = json!({
        "id": alert.id,
        "name": alert.name,
        "state": state.as_str(),
        "severity": alert.severity,
        "summary": alert.summary,
        "description": alert.description,
        "source": alert.source,
        "since": alert.since,
        "ended": alert.ended,
        "fired": alert.fired,
        "labels": labels,
        "link": alert.link,
        "acknowledged": alert.acknowledged.as_ref().map(|a| json!({ "by": a.by, "at": a.at, "note": a.note })),
        "silence": silence.map(|s| json!({ "id": s.id, "until": s.until, "by": s.who, "why": s.why })),
        "rows": rows,
    });
    Ok(Say::new("alert_show", data).with_offers(offers(cx, &alert, state)).into())
}

/// What the asker may want to do next, and may.
fn offers(cx: &Cx, alert: &Alert, state: Standing) -> Vec<(&'static str, String)> {
    let may = |command: &str| policy::may_say(&cx.actor, Permission::Power, command, &cx.channel).is_ok();
    let mut offers = Vec::new();
    if matches!(state, Standing::Firing | Standing::Held) && may("alert ack") {
        offers.push(("Acknowledge", format!("/alert ack {}", alert.id)));
    }
    if alert.is_firing && may("alert silence") {
        match state {
            Standing::Silenced => offers.push(("End silence", format!("/alert silence {} for=0", alert.id))),
            _ => offers.push(("Silence 1 h", format!("/alert silence {} for=1h", alert.id))),
        }
    }
    offers
}

async fn quiet(cx: &Cx, id: SilenceId) -> Result<Outcome, Trouble> {
    let kept = find_silence(cx, id).await?;
    let sight = Sight::of(cx);
    let mut tx = cx.store.read().await?;
    let mut firing = alert::list(&mut tx, None, MOST).await?;
    drop(tx);
    firing.retain(|alert| shown::fits(&kept.matchers, alert) && sight.reaches(cx, alert));
    firing.sort_by_key(|alert| alert.id);
    let is_over = kept.ended.is_some() || kept.until <= cx.clock.now();
    let names: Vec<String> = firing.iter().take(NAMED).map(|alert| alert.id.to_string()).collect();
    let data = json!({
        "id": kept.id,
        "what": kept.matchers,
        "until": kept.ended.unwrap_or(kept.until),
        "is_over": is_over,
        "by": kept.who,
        "why": kept.why,
        "created": kept.created,
        "ended_by": kept.ended_by,
        "alerts": names,
        "more": firing.len().saturating_sub(NAMED),
    });
    Ok(Say::new("alert_silence_show", data).into())
}
