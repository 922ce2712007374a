//! `/device push`: what a template makes of NetBox' data, brought to devices by the safest way that each has.

use super::{
    Cx, Meant, meant_by_id,
    parts::{
        Chosen,
        pushing::{Planned, must_be_free, plan_of},
    },
    vars,
};
use crate::{
    devices::{PushWish, Wanted, What},
    plan::Outcome,
};
use direttore_domain::{Refusal, Trouble, nearest::nearest};
use futures::future::try_join_all;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[serde(default)]
    device: Vec<String>,
    tag: Option<String>,
    site: Option<String>,
    role: Option<String>,
    template: String,
    vars: Option<String>,
    hold: Option<u64>,
    #[serde(default)]
    check: Vec<String>,
    #[serde(default)]
    replace: bool,
    reason: Option<String>,
}

/// As many devices as one question can show.
const MOST: usize = 100;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let given = vars(ask.vars.as_deref())?;
    let chosen = Chosen { named: ask.device, site: ask.site, role: ask.role, tag: ask.tag };
    let rows = chosen.find(cx, MOST).await?;
    // By its number each comes with the context that templates are given.
    let all: Vec<Meant<'_>> = try_join_all(rows.iter().map(|row| meant_by_id(cx, row.id))).await?;
    for meant in &all {
        must_be_free(cx, &meant.target).await?;
        may_hold(meant, ask.hold.unwrap_or(0))?;
        checked(meant, &ask.check)?;
    }
    // The same moment for the question and its yes: a template may show it.
    let at = direttore_domain::Instant::from_seconds(cx.clock.now().seconds() / 86_400 * 86_400);
    let what = What::Template { template: ask.template.clone(), vars: given.clone(), replace: ask.replace };
    let wish = PushWish { what, hold_s: ask.hold.unwrap_or(0), checks: ask.check, reason: ask.reason, at };
    let wanted = Wanted { template: ask.template, vars: given, at };
    let foreseen = try_join_all(all.into_iter().map(|meant| foresee(meant, &wanted, ask.replace))).await?;
    let (same, changed): (Vec<Planned>, Vec<Planned>) =
        foreseen.into_iter().partition(|p| p.foreseen.diff.trim().is_empty());
    let unchanged: Vec<String> = same.into_iter().map(|p| p.target.name).collect();
    plan_of(cx, wish, changed, &unchanged)
}

async fn foresee(meant: Meant<'_>, wanted: &Wanted, replace: bool) -> Result<Planned, Trouble> {
    let Meant { devices, ipam, row, target } = meant;
    let intent = devices.render(ipam, &row, wanted).await?;
    let foreseen = devices.foresee(&target, intent.rendered.text, replace).await;
    let foreseen = foreseen.map_err(|error| devices.trouble(&target, &error))?;
    Ok(Planned { target, foreseen })
}

/// Waiting for a person needs a device that goes back by itself.
fn may_hold(meant: &Meant<'_>, hold: u64) -> Result<(), Refusal> {
    let platform = meant.target.platform;
    if hold == 0 || platform.mechanism.can_wait_for_a_person() {
        return Ok(());
    }
    Err(Refusal::BadValue {
        option: "hold".to_owned(),
        given: format!("{hold} s"),
        what: "way to hold a change open there",
        right: format!("without hold: {} on {platform} has no timer that waits for a person", meant.target.name),
    })
}

fn checked(meant: &Meant<'_>, named: &[String]) -> Result<(), Refusal> {
    let settings = &meant.devices.settings;
    settings.checks_of(meant.target.platform.slug, named).map(drop).map_err(|unknown| Refusal::UnknownValue {
        option: "check".to_owned(),
        nearest: nearest(&unknown, settings.checks.iter().map(|c| c.name.as_str())).map(str::to_owned),
        given: unknown,
        possible: settings.checks.iter().map(|c| c.name.clone()).collect(),
    })
}
