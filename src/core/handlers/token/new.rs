//! `/token new`: the secret is made when it is carried out, and shown once.

use super::{account, has_room};
use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{Refusal, TokenKind, TokenName, Trouble};
use direttore_store::token::{self, TokenRow};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    kind: TokenKind,
    name: TokenName,
    days: Option<u64>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let account = account(cx)?;
    let mut tx = cx.store.read().await?;
    fits(&token::list(&mut tx, account).await?, &ask.name)?;
    drop(tx);
    let expires = ask.days.map(|days| cx.clock.now() + Duration::from_secs(days * 24 * 3600));
    let server =
        cx.rules.public_url.as_ref().filter(|_| ask.kind == TokenKind::Caldav).map(|url| format!("{url}/dav/"));
    let data = json!({ "name": ask.name, "kind": ask.kind, "expires": expires, "account": cx.actor.name(),
        "server": server });
    let said = Say::new("token_new", data);
    let target = format!("token {} of {}", ask.name, cx.actor.name());
    let change = Change::NewToken {
        account,
        kind: ask.kind,
        name: ask.name,
        scope: String::new(),
        expires,
        told: cx.origin.clone(),
    };
    Ok(Plan::change(target, said.clone(), vec![change], said).into())
}

/// # Errors
/// A name that is there already, or too many.
fn fits(has: &[TokenRow], name: &TokenName) -> Result<(), Refusal> {
    if has.iter().any(|row| row.name == *name) {
        return Err(Refusal::Exists { what: "token", given: name.to_string() });
    }
    has_room(has)
}

#[cfg(test)]
mod tests {
    use super::{super::MOST, *};
    use direttore_domain::Instant;

    fn row(name: &str) -> TokenRow {
        TokenRow {
            id: 1,
            account_id: 1,
            kind: TokenKind::Api,
            name: name.parse().expect("a name"),
            scope: String::new(),
            created: Instant(0),
            last_used: None,
            expires: None,
            told: None,
        }
    }

    #[test]
    fn a_name_is_used_once_and_there_is_an_end_of_them() {
        let name = "phone".parse().expect("a name");
        assert!(fits(&[row("laptop")], &name).is_ok());
        let taken = fits(&[row("phone")], &name).map_err(|refusal| refusal.to_string());
        assert_eq!(taken, Err("token phone exists already".to_owned()));
        let many: Vec<TokenRow> = (10..10 + MOST).map(|n| row(&format!("token{n}"))).collect();
        let full = fits(&many, &name).map_err(|refusal| refusal.to_string()).expect_err("too many");
        assert!(full.contains("as many as there may be"), "{full}");
        assert!(fits(&many[1..], &name).is_ok());
    }
}
