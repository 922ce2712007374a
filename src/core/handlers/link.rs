//! `/link`: a code that makes an identity of another surface the same person. Words: commands/link.toml.

use super::Cx;
use crate::plan::{Change, Outcome, Plan, Say};
use direttore_domain::{LinkCode, Refusal, Surface, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    code: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let identity = &cx.actor.identity;
    let Some(code) = ask.code else {
        let Some(account) = &cx.actor.account else {
            return Err(Refusal::WrongState {
                subject: identity.to_string(),
                verb: "be given a code".to_owned(),
                why: "it has no account; say /link where you have one, and its code here".to_owned(),
            }
            .into());
        };
        let said = Say::new("link_code", json!({ "name": account.name }));
        let change = Change::NewLinkCode { account: account.id };
        return Ok(Plan::change(format!("account {}", account.name), said.clone(), vec![change], said).into());
    };
    if identity.surface == Surface::Console {
        // Whoever sits at the console is the account that signed in there.
        return Err(Refusal::WrongState {
            subject: identity.to_string(),
            verb: "be linked".to_owned(),
            why: "at the console you are your account already; say /link here, and its code elsewhere".to_owned(),
        }
        .into());
    }
    let code = LinkCode::typed(&code).ok_or(Refusal::WrongCode)?;
    let said = Say::new("linked", json!({ "identity": identity.to_string() }));
    let change = Change::UseLinkCode { code, identity: identity.clone() };
    Ok(Plan::change(identity.to_string(), said.clone(), vec![change], said).into())
}
