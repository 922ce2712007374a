//! Alerts: delivered by senders, seen by our own rules, told in a channel, looked after by people.

mod by_people;
mod delivered;
mod on_discord;
mod on_matrix;
mod over_http;
mod own_rules;

use super::story::{Story, both, fresh, lab_settings};
use direttore_core::{
    Alerts, Rules,
    dispatch::{Dispatch, Posted},
    hooks::{Hook, Sender},
};
use direttore_domain::{Instant, Origin, Surface, Zone};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

pub const SECRET: &str = "a secret of these tests";
pub const PACE: Duration = Duration::from_secs(3);

fn ops() -> Origin {
    Origin { surface: Surface::Discord, channel: "ops".to_owned() }
}

pub fn hooks() -> Vec<Hook> {
    [Sender::Alertmanager, Sender::Grafana, Sender::Proxmox]
        .map(|from| Hook { name: "main".to_owned(), from, secret: SECRET.to_owned() })
        .into()
}

/// Told in a channel; no rules of our own.
fn rules() -> Rules {
    Rules { alerts: Alerts { channel: Some(ops()), ..Alerts::default() }, hooks: hooks(), ..Rules::default() }
}

async fn on_both(rules: fn() -> Rules, tell: impl AsyncFn(&Story)) -> String {
    both(async |store| Story::with_all(store, lab_settings(), fresh(), None, rules()).await, tell).await
}

async fn post_to(dispatch: &Dispatch, from: &str, body: &[u8]) -> Posted {
    let bearer = format!("Bearer {SECRET}");
    dispatch.hook(from, "main", &|name| (name == "authorization").then_some(bearer.as_str()), body).await
}

/// Posts it, with a line in the transcript of what came of it.
async fn post(s: &Story, from: &str, body: &Value) {
    let posted = post_to(&s.dispatch, from, body.to_string().as_bytes()).await;
    s.note(&format!("{from} posts: {posted:?}"));
}

/// What waits for the channel, told; each is told once.
async fn told(s: &Story) {
    for waiting in s.dispatch.waiting(Surface::Discord).await.expect("the database answers") {
        assert_eq!(waiting.origin, ops());
        assert!(waiting.reply.public && waiting.reply.unasked && waiting.reply.job.is_none());
        let standing = waiting.reply.standing.clone().expect("it stands for something");
        s.note(&format!("in {} ({}):", standing.name, standing.told));
        s.show(&waiting.reply);
        s.dispatch.was_told(waiting.id).await.expect("the database answers");
    }
}

/// Nothing waits for the channel.
async fn nothing_told(s: &Story) {
    let waiting = s.dispatch.waiting(Surface::Discord).await.expect("the database answers");
    assert!(waiting.is_empty(), "{waiting:#?}");
}

/// The lab and what is due are looked at, as the lab is now.
async fn look(s: &Story) {
    s.cluster.refresh().await.expect("the lab answers");
    s.dispatch.do_alerts().await.expect("the database answers");
}

async fn passes(s: &Story, time: Duration) {
    s.clock.advance(time);
    look(s).await;
}

/// With seconds, also where there are none: senders of alerts always write them.
fn iso(at: Instant) -> String {
    let text = Zone::UTC.iso(at);
    let (minutes, rest) = text.split_at("2026-12-01T09:00".len());
    let seconds = if rest.starts_with(':') { "" } else { ":00" };
    format!("{minutes}{seconds}{rest}")
}

/// One of Alertmanager's: whether it fires, its name, a label, and since when.
fn alert(is_firing: bool, name: &str, node: &str, starts: Instant) -> Value {
    let never = "0001-01-01T00:00:00Z".to_owned();
    json!({
        "status": if is_firing { "firing" } else { "resolved" },
        "labels": { "alertname": name, "severity": "critical", "node": node },
        "annotations": { "summary": format!("{node} is down") },
        "startsAt": iso(starts), "endsAt": if is_firing { never } else { iso(starts + Duration::from_secs(1)) },
        "fingerprint": format!("{name}-{node}"),
    })
}

fn of_alertmanager(alerts: &[Value]) -> Value {
    json!({ "version": "4", "status": "firing", "groupKey": "g", "alerts": alerts, "truncatedAlerts": 0 })
}
