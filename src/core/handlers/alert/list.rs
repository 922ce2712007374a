//! `/alert list`: what fires, the newest first.

use super::{MOST, Sight};
use crate::{
    alerts::shown,
    handlers::Cx,
    plan::{Outcome, Say, page_of},
};
use direttore_domain::{Instant, Severity, Trouble};
use direttore_store::{
    alert::{self, Alert},
    silence,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Firing,
    Resolved,
    All,
    Silenced,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    state: State,
    severity: Option<Severity>,
    find: Option<String>,
    page: Option<usize>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    if ask.state == State::Silenced {
        return silences(cx, &ask).await;
    }
    let sight = Sight::of(cx);
    let mut tx = cx.store.read().await?;
    let since = (ask.state != State::Firing).then_some(Instant::EPOCH);
    let mut all = alert::list(&mut tx, since, MOST).await?;
    let silences = silence::open(&mut tx).await?;
    drop(tx);
    let find = ask.find.as_ref().map(|find| find.to_lowercase());
    all.retain(|alert| {
        (ask.state != State::Resolved || !alert.is_firing)
            && ask.severity.is_none_or(|severity| severity == alert.severity)
            && find.as_ref().is_none_or(|find| holds(alert, find))
            && sight.reaches(cx, alert)
    });
    let (rows, pages) = page_of(&all, ask.page.unwrap_or(1));
    let rows: Vec<Value> = rows
        .iter()
        .map(|alert| {
            json!({
                "alert": alert.id,
                "severity": alert.severity,
                "state": sight.standing(cx, alert, &silences).as_str(),
                "what": format!("{}: {}", alert.name, shown::words(alert)),
                "since": alert.since,
            })
        })
        .collect();
    let is_narrow = ask.severity.is_some() || find.is_some();
    let data = json!({
        "rows": rows,
        "total": all.len(),
        "pages": pages,
        "which": match ask.state { State::Firing => "fires", State::Resolved => "is resolved", _ => "is known" },
        "is_narrow": is_narrow,
    });
    Ok(Say { pages: Some(pages), ..Say::new("alert_list", data) }.into())
}

fn holds(alert: &Alert, find: &str) -> bool {
    let texts = [&alert.name, &alert.summary, &alert.source].into_iter().chain(alert.labels.values());
    texts.into_iter().any(|text| text.to_lowercase().contains(find))
}

async fn silences(cx: &Cx, ask: &Input) -> Result<Outcome, Trouble> {
    let now = cx.clock.now();
    let mut tx = cx.store.read().await?;
    let mut all = silence::open(&mut tx).await?;
    drop(tx);
    let find = ask.find.as_ref().map(|find| find.to_lowercase());
    all.retain(|s| {
        let texts = [s.matchers.to_string(), s.why.clone(), s.who.clone()];
        s.until > now && find.as_ref().is_none_or(|find| texts.iter().any(|t| t.to_lowercase().contains(find)))
    });
    let (rows, pages) = page_of(&all, ask.page.unwrap_or(1));
    let rows: Vec<Value> = rows
        .iter()
        .map(|s| json!({ "silence": s.id, "what": s.matchers, "until": s.until, "by": s.who, "why": s.why }))
        .collect();
    let data = json!({ "rows": rows, "total": all.len(), "pages": pages });
    Ok(Say { pages: Some(pages), ..Say::new("alert_silences", data) }.into())
}
