//! `/whoami`: account, role and the rule that gave it; with a zone, that becomes the asker's time zone.

use super::Cx;
use crate::plan::{Change, Outcome, Plan, Say};
use chrono_tz::Tz;
use direttore_domain::{Refusal, Role, Trouble, nearest::nearest};
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

fn zone(given: &str) -> Result<Tz, Refusal> {
    Tz::from_str_insensitive(given).map_err(|_| {
        let names = chrono_tz::TZ_VARIANTS.iter().map(|z| z.name());
        // People type the city; IANA's names put the region before it.
        let city = names.clone().find(|n| n.rsplit('/').next().is_some_and(|c| c.eq_ignore_ascii_case(given)));
        Refusal::NoSuch {
            what: "zone",
            given: direttore_domain::text::shorten(&direttore_domain::text::visible(given), 60),
            nearest: city.or_else(|| nearest(given, names)).map(str::to_owned),
            has: vec![],
        }
    })
}
