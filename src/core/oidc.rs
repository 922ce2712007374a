//! Sign-in by an identity provider: what a browser takes along when it is sent there, and who came back.
//!
//! A [`Ticket`] is all that is secret of a sign-in, and only the browser has it. State, nonce and PKCE verifier are made
//! from it and cannot be turned back into it, nor one into another; the database has its hash. So what stands in an
//! address, a log or a copy of the database is of no use without the browser that began.

use crate::{Clock, password::PasswordError};
use base64ct::{Base64UrlUnpadded, Encoding};
use direttore_clients::oidc::{Error, Looked, Provider, Secret, at_path};
use direttore_domain::{Claims, Failure, Identity, Refusal, Surface, Trouble};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fmt;

/// As many groups of a person are kept, and none that is longer: what the configuration maps comes first.
const GROUPS: usize = 200;
const LONGEST: usize = 200;
/// More than a standard subject has; some providers have longer ones.
const SUBJECT: usize = 512;

#[derive(Debug)]
pub struct Oidc {
    provider: Provider,
    /// Paths of claims.
    groups: String,
    name: String,
}

/// Who came back.
#[derive(Debug)]
pub struct Person {
    /// Issuer and subject: nothing else about a person stays the same.
    pub identity: Identity,
    /// The name is empty where the provider says none.
    pub claims: Claims,
}

impl Oidc {
    /// `groups` and `name`: the claims with a person's groups and name, as paths.
    pub fn new(provider: Provider, groups: &str, name: &str) -> Self {
        Self { provider, groups: groups.to_owned(), name: name.to_owned() }
    }

    pub fn issuer(&self) -> &str {
        self.provider.issuer()
    }

    /// Where a browser with the ticket signs in.
    ///
    /// # Errors
    /// The provider cannot be asked about itself.
    pub async fn address(&self, ticket: &Ticket) -> Result<String, Failure> {
        Ok(self.provider.address(&ticket.secret()).await?)
    }

    /// Whose browser brought the code back. `maps` tells groups that give a role.
    ///
    /// # Errors
    /// `wrong-sign-in` when the code is not good, or was begun for elsewhere; the provider's failures.
    pub async fn person(&self, code: &str, ticket: &Ticket, maps: impl Fn(&str) -> bool) -> Result<Person, Trouble> {
        let said = self.provider.claims(code, &ticket.secret(), Clock::wall()).await.map_err(|error| match error {
            Error::Code | Error::OtherSignIn => Refusal::WrongSignIn.into(),
            error => Trouble::from(Failure::from(error)),
        })?;
        if said.subject.len() > SUBJECT {
            let why = format!("the subject has {} characters", said.subject.len());
            return Err(Failure::Garbage { peer: "the identity provider".to_owned(), why }.into());
        }
        let subject = format!("{} {}", self.issuer(), said.subject);
        let name = at_path(&said.claims, &self.name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let roles = kept(groups(&said.claims, &self.groups), maps);
        Ok(Person { identity: Identity { surface: Surface::Http, subject }, claims: Claims { name, roles } })
    }

    /// What the provider says of itself just now.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub async fn look(&self) -> Result<Looked, Error> {
        self.provider.look().await
    }

    /// The claim that has a person's name.
    pub fn name_claim(&self) -> &str {
        &self.name
    }
}

/// A list of names, or one of them; anything else is no group.
fn groups(claims: &Map<String, Value>, path: &str) -> Vec<String> {
    match at_path(claims, path) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => vec![],
    }
}

/// Those that give a role, then others as far as there is room: they may give one once the configuration is another.
fn kept(groups: Vec<String>, maps: impl Fn(&str) -> bool) -> Vec<String> {
    let fits = groups.into_iter().filter(|group| !group.is_empty() && group.len() <= LONGEST);
    let (mut kept, others): (Vec<_>, Vec<_>) = fits.partition(|group| maps(group));
    kept.extend(others);
    kept.truncate(GROUPS);
    kept
}

/// What the browser has, and nobody else.
pub struct Ticket([u8; 32]);

impl Ticket {
    /// # Errors
    /// The machine has no random bytes.
    pub fn drawn() -> Result<Self, PasswordError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| PasswordError::Random)?;
        Ok(Self(bytes))
    }

    /// As a browser shows it.
    pub fn shown(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let whole = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len() == 32;
        whole.then_some(Self(bytes))
    }

    /// For the browser alone.
    pub fn text(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }

    /// For the address that the provider sends the browser back to.
    pub fn state(&self) -> String {
        self.made("state")
    }

    /// What is kept of it.
    pub fn hash(&self) -> String {
        self.made("hash")
    }

    fn secret(&self) -> Secret {
        Secret { state: self.state(), nonce: self.made("nonce"), verifier: self.made("verifier") }
    }

    fn made(&self, what: &str) -> String {
        let digest = Sha256::new().chain_update(b"oidc ").chain_update(what).chain_update([0]).chain_update(self.0);
        Base64UrlUnpadded::encode_string(&digest.finalize())
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(claims: Value, path: &str) -> Vec<String> {
        let Value::Object(claims) = claims else { panic!("an object") };
        groups(&claims, path)
    }

    #[test]
    fn groups_come_as_a_list_or_as_one() {
        assert_eq!(of(json!({ "groups": ["a", "b"] }), "groups"), ["a", "b"]);
        assert_eq!(of(json!({ "groups": "a b" }), "groups"), ["a b"]);
        assert_eq!(of(json!({ "groups": ["a", 7, null, ["b"], { "name": "c" }] }), "groups"), ["a"]);
        assert_eq!(of(json!({ "realm_access": { "roles": ["a"] } }), "realm_access.roles"), ["a"]);
        for other in [json!({}), json!({ "groups": null }), json!({ "groups": { "a": true } }), json!({ "groups": 7 })]
        {
            assert!(of(other, "groups").is_empty());
        }
    }

    #[test]
    fn of_many_groups_those_that_count_are_kept() {
        let many: Vec<String> = (0..10_000).map(|n| format!("g{n}")).chain(["x".repeat(201), String::new()]).collect();
        let kept = kept(many, |group| group == "g9999");
        assert_eq!((kept.len(), &*kept[0], &*kept[1]), (200, "g9999", "g0"));
    }

    #[test]
    fn a_ticket_is_told_by_nothing_that_is_made_of_it() {
        let ticket = Ticket::drawn().expect("random bytes");
        let again = Ticket::shown(&ticket.text()).expect("as it was");
        assert_eq!((again.state(), again.hash()), (ticket.state(), ticket.hash()));
        let Secret { state, nonce, verifier } = ticket.secret();
        let mut all = vec![ticket.text(), ticket.hash(), state, nonce, verifier];
        // RFC 7636 wants a verifier of 43 characters at least.
        assert!(all.iter().all(|text| text.len() == 43), "{all:?}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
        let shown = ticket.text();
        for wrong in ["", "abc", &shown[1..], &format!("{shown}A"), &shown.replacen(&shown[..1], "=", 1)] {
            assert!(Ticket::shown(wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{ticket:?}"), "Ticket(…)");
    }
}
