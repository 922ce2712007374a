//! `/resource list`: what there is, its rules, and who has it now.

use super::clauses;
use crate::{
    handlers::{Cx, reserve::parts::reach::Reach},
    plan::{Outcome, Say, page_of},
    reserve::{Place, Touch, places, standing},
};
use direttore_domain::{Instant, ResourceKey, Trouble};
use direttore_store::{
    Tx,
    resource::{self, Resource},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    kind: Option<String>,
    page: Option<usize>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let mut tx = cx.store.read().await?;
    let mut all = resource::all(&mut tx).await?;
    drop(tx);
    // What people made comes first.
    let place = |r: &Resource| ["pool", "named", "node", "guest", "device"].iter().position(|k| *k == r.key.kind());
    all.retain(|r| place(r).is_some() && ask.kind.as_ref().is_none_or(|kind| r.key.kind() == kind));
    all.sort_by_key(|r| (place(r), r.name.clone(), r.id));
    if !cx.actor.grants.is_empty() {
        let reach = Reach::of(cx).await?;
        all.retain(|r| reach.has(cx, &r.key));
    }
    let (shown, pages) = page_of(&all, ask.page.unwrap_or(1));
    let mut tx = cx.store.read().await?;
    let now = cx.clock.now();
    let whole = Touch { key: ResourceKey::Lab, name: String::new(), under: None };
    // While the lab is maintained, nobody gets anything.
    let lab = standing(&mut tx, &whole, now).await?.now.pop();
    let mut rows = Vec::new();
    for resource in shown {
        let mut row = row(&mut tx, resource, now).await?;
        if let Some(lab) = &lab {
            (row["now"], row["until"]) = (json!(format!("maintenance ({})", lab.id)), json!(lab.ends));
        }
        rows.push(row);
    }
    let data = json!({ "rows": rows, "total": all.len(), "pages": pages, "kind": ask.kind });
    Ok(Say { pages: Some(pages), ..Say::new("resource_list", data) }.into())
}

async fn row(tx: &mut Tx, resource: &Resource, now: Instant) -> Result<Value, Trouble> {
    let members = resource::members(tx, resource.id).await?;
    let mut all = Vec::new();
    for one in if members.is_empty() { std::slice::from_ref(resource) } else { &members[..] } {
        all.extend(places(tx, one, now).await?);
    }
    let (state, until) = told(&all);
    let names: Vec<String> = members.into_iter().map(|member| member.name).collect();
    let about = [resource.rules.description.clone(), names.join(", "), clauses(&resource.rules).join(", ")];
    Ok(json!({
        "name": resource.name,
        "kind": resource.key.kind(),
        "now": state,
        "until": until,
        "about": about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; "),
    }))
}

/// `free`, `alice (R-12)`, `2 of 3 free`; and until when.
fn told(places: &[Place]) -> (String, Option<Instant>) {
    match places {
        [Place::Free { until }] => ("free".to_owned(), *until),
        [Place::Taken { by, until }] => (format!("{} ({})", by.holder, by.id), Some(*until)),
        [Place::Between { of, until }] => (format!("kept free around {}", of.id), Some(*until)),
        _ => {
            let free = places.iter().filter(|p| matches!(p, Place::Free { .. })).count();
            let until = places.iter().filter_map(|place| match place {
                Place::Free { until } => until.filter(|_| free > 0),
                Place::Taken { until, .. } | Place::Between { until, .. } => (free == 0).then_some(*until),
            });
            (format!("{free} of {} free", places.len()), until.min())
        }
    }
}
