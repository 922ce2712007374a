//! `/alert ack`: somebody looks after them.

use super::{MOST, Sight, find};
use crate::{
    alerts::{AlertDeed, Standing, shown},
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AlertId, AlertRef, Refusal, Trouble, text};
use direttore_store::{
    alert::{self, Alert},
    silence,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[serde(default)]
    alert: Vec<AlertRef>,
    #[serde(default)]
    all: bool,
    note: Option<String>,
}

/// More in one line are a slip rather than a wish.
const AT_ONCE: usize = 25;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let sight = Sight::of(cx);
    let alerts = if ask.all { open(cx, &sight).await? } else { named(cx, &sight, &ask.alert).await? };
    if alerts.len() > AT_ONCE {
        return Err(Refusal::TooManyAtOnce { what: "alerts", given: alerts.len(), max: AT_ONCE }.into());
    }
    let names: Vec<String> = alerts.iter().map(|alert| alert.id.to_string()).collect();
    let rows: Vec<Value> = alerts
        .iter()
        .map(|alert| json!({ "alert": alert.id, "what": format!("{}: {}", alert.name, shown::words(alert)) }))
        .collect();
    let data = json!({ "names": names, "rows": rows, "note": ask.note });
    let deed = AlertDeed::Acknowledge {
        alerts: alerts.iter().map(|alert| alert.id).collect(),
        note: ask.note.unwrap_or_default(),
    };
    let target = format!("alerts {}", names.join(", "));
    let done = Say::new("alert_acked", data.clone());
    Ok(Plan::change(target, Say::new("alert_acked", data), vec![Change::Alert(deed)], done).into())
}

/// Those that fire and that nobody looks after, the worst first.
async fn open(cx: &Cx, sight: &Sight) -> Result<Vec<Alert>, Trouble> {
    let mut tx = cx.store.read().await?;
    let mut all = alert::list(&mut tx, None, MOST).await?;
    let silences = silence::open(&mut tx).await?;
    drop(tx);
    all.retain(|alert| {
        let standing = sight.standing(cx, alert, &silences);
        matches!(standing, Standing::Firing | Standing::Held) && sight.reaches(cx, alert)
    });
    if all.is_empty() {
        return Err(Refusal::NothingFits { what: "all: no alert fires that nobody looks after".to_owned() }.into());
    }
    all.sort_by_key(|alert| (alert.severity, alert.id));
    Ok(all)
}

/// Those of the names; what is over or looked after already stands in the way only when nothing else is meant.
async fn named(cx: &Cx, sight: &Sight, refs: &[AlertRef]) -> Result<Vec<Alert>, Trouble> {
    let mut ids: Vec<AlertId> = Vec::new();
    for given in refs {
        match given {
            AlertRef::Alert(id) if !ids.contains(id) => ids.push(*id),
            AlertRef::Alert(_) => {}
            AlertRef::Silence(id) => {
                return Err(Refusal::WrongState {
                    subject: id.to_string(),
                    verb: "be acknowledged".to_owned(),
                    why: "it is a silence, not an alert".to_owned(),
                }
                .into());
            }
        }
    }
    if ids.len() > AT_ONCE {
        return Err(Refusal::TooManyAtOnce { what: "alerts", given: ids.len(), max: AT_ONCE }.into());
    }
    let (mut wanted, mut why) = (Vec::new(), Vec::new());
    for id in ids {
        let alert = find(cx, sight, id).await?;
        match &alert.acknowledged {
            _ if !alert.is_firing => why.push(format!("{id} is resolved")),
            Some(by) => why.push(format!("{} looks after {id}", by.by)),
            None => wanted.push(alert),
        }
    }
    if wanted.is_empty() {
        let subject = text::list(&refs.iter().map(ToString::to_string).collect::<Vec<_>>());
        return Err(Refusal::WrongState { subject, verb: "be acknowledged".into(), why: text::list(&why) }.into());
    }
    Ok(wanted)
}
