//! `/key add`.

use super::{account, material};
use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{KeyName, PublicKey, Refusal, Trouble};
use direttore_store::key::{self, KeyRow};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: KeyName,
    key: PublicKey,
}

/// As many as an account may have: each goes into every new guest.
const MOST: usize = 20;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let account = account(cx)?;
    let mut tx = cx.store.read().await?;
    fits(&key::list(&mut tx, account).await?, &ask)?;
    drop(tx);
    let data = json!({ "name": ask.name, "type": ask.key.algorithm(), "comment": ask.key.comment() });
    let said = Say::new("key_added", data);
    let target = format!("key {} of {}", ask.name, cx.actor.name());
    let change = Change::AddKey { account, name: ask.name, public_key: ask.key.into() };
    Ok(Plan::change(target, said.clone(), vec![change], said).into())
}

/// # Errors
/// A name or a key that is there already, or too many.
fn fits(has: &[KeyRow], ask: &Input) -> Result<(), Refusal> {
    if has.iter().any(|row| row.name == ask.name) {
        return Err(Refusal::Exists { what: "key", given: ask.name.to_string() });
    }
    let cannot =
        |verb: &str, why: String| Refusal::WrongState { subject: "this key".to_owned(), verb: verb.to_owned(), why };
    if let Some(row) = has.iter().find(|row| material(&row.public_key).eq(material(ask.key.as_str()))) {
        return Err(cannot("be kept twice", format!("you have it as {}", row.name)));
    }
    if has.len() >= MOST {
        return Err(cannot(
            "be kept",
            format!("you have {MOST}, which is as many as there may be; /key remove forgets one"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_domain::Instant;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    fn row(name: &str, public_key: &str) -> KeyRow {
        KeyRow { name: name.parse().expect("a name"), public_key: public_key.to_owned(), created: Instant(0) }
    }

    fn said(has: &[KeyRow], name: &str) -> String {
        let ask =
            Input { name: name.parse().expect("a name"), key: format!("{ED25519} alice@home").parse().expect("a key") };
        fits(has, &ask).map_or_else(|refusal| refusal.to_string(), |()| "fits".to_owned())
    }

    #[test]
    fn a_key_is_kept_once_and_not_without_end() {
        let other = row("desk", "ssh-ed25519 AAAA");
        assert_eq!(said(&[], "laptop"), "fits");
        assert_eq!(said(std::slice::from_ref(&other), "laptop"), "fits");
        assert_eq!(said(std::slice::from_ref(&other), "desk"), "key desk exists already");
        let same = row("work", &format!("{ED25519} alice@work"));
        assert_eq!(said(&[other, same], "laptop"), "this key cannot be kept twice: you have it as work");
        let many: Vec<KeyRow> = (10..10 + MOST).map(|n| row(&format!("key{n}"), &format!("ssh-ed25519 {n}"))).collect();
        assert!(said(&many, "laptop").contains("as many as there may be"));
        assert_eq!(said(&many[1..], "laptop"), "fits");
    }
}
