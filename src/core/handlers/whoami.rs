//! `/whoami`: account, role and the rule that gave it; with a zone, that becomes the asker's time zone.

use super::Cx;
use crate::plan::{Change, Outcome, Plan, Say};
use direttore_domain::{Refusal, Role, Trouble, UnknownZone, Zone};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    zone: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let actor = &cx.actor;
    let zone = ask.zone.as_deref().map(zone).transpose()?;
    let say = |zone: &str| {
        Say::new(
            "whoami",
            json!({
                "identity": actor.identity.to_string(),
                "account": actor.account.as_ref().map(|a| a.name.as_str()),
                "role": actor.role.map(Role::as_str),
                "because": actor.because,
                "groups": actor.groups,
                "zone": zone,
                "now": cx.clock.now(),
                "grants": actor.grants.len(),
            }),
        )
    };
    match (zone, &actor.account) {
        (None, _) => Ok(say(actor.zone()).into()),
        (Some(_), None) => {
            Err(Refusal::NoSuch { what: "account", given: actor.identity.to_string(), nearest: None, has: vec![] }
                .into())
        }
        (Some(zone), Some(account)) => {
            let change = Change::SetZone { account: account.id, zone: zone.name().to_owned() };
            let said = say(zone.name());
            Ok(Plan::change(format!("account {}", account.name), said.clone(), vec![change], said).into())
        }
    }
}

fn zone(given: &str) -> Result<Zone, Refusal> {
    let unknown = |UnknownZone { given, nearest }| {
        let nearest = nearest.into_iter().next();
        Refusal::NoSuch { what: "zone", given, nearest, has: vec![] }
    };
    given.parse().map_err(unknown)
}
