//! Who asks: identity to account, account and what the surface says of them to role and grants.

use super::{Dispatch, Heard};
use crate::Rules;
use crate::sure::Seen;
use direttore_domain::{
    Account, AccountName, Actor, Claims, Identity, Role, Surface, Trouble,
    text::{shorten, visible},
};
use direttore_store::{
    StoreError, Tx, account,
    audit::{self, Entry},
    who::{self, Who},
};
use futures::future::BoxFuture;
use serde_json::json;

/// How many people may be called alike.
const NAMESAKES: usize = 100;

/// Who is looked for: whoever an identity belongs to, or the account of a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    Identity(Identity),
    Account(i64),
}

/// How often the name that was free is looked for again, when somebody else was faster.
pub(super) const TRIES: usize = 10;

impl Dispatch {
    /// The actor as the database has it now. While it cannot be asked, the actor as last known, for reading only.
    pub(super) async fn actor(&self, heard: &Heard) -> Result<(Actor, Option<StoreError>), Trouble> {
        self.actor_of(&heard.identity, &heard.claims, &heard.origin.channel_name()).await
    }

    pub(super) async fn actor_of(
        &self,
        identity: &Identity,
        claims: &Claims,
        channel: &str,
    ) -> Result<(Actor, Option<StoreError>), Trouble> {
        match self.look_up(identity, claims, channel).await {
            Ok(who) => Ok((self.acting(identity, who.as_ref(), claims), None)),
            // What the surface says is of now, whatever the database knew.
            Err(error) => match self.who.last(&Whose::Identity(identity.clone())) {
                Some(known) => Ok((self.acting(identity, Some(&known), claims), Some(error))),
                None => Err(error.into()),
            },
        }
    }

    /// Whoever acts for an account by a token: its own role, and what was said of them when they signed in.
    pub(super) async fn actor_by_token(&self, account: &Account, claims: &Claims) -> Result<Actor, StoreError> {
        let (key, seen) = (Whose::Account(account.id), Seen::now(&self.store));
        let identity = Identity { surface: Surface::Http, subject: account.name.to_string() };
        let known = match self.who.get(&key, seen) {
            Some(known) => Some(known),
            None => {
                let mut tx = self.store.glance().await?;
                let found = who::of_account(&mut tx, account.id).await?;
                self.keep_who(key, found.as_ref(), seen);
                found
            }
        };
        Ok(self.acting(&identity, known.as_ref(), claims))
    }

    async fn look_up(&self, identity: &Identity, claims: &Claims, channel: &str) -> Result<Option<Who>, StoreError> {
        let (key, seen) = (Whose::Identity(identity.clone()), Seen::now(&self.store));
        if let Some(known) = self.who.get(&key, seen) {
            return Ok(Some(known));
        }
        let found = self.who_is(identity).await?;
        if found.is_some() || self.rules.roles.given(identity.surface, claims).is_none() {
            self.keep_who(key, found.as_ref(), seen);
            return Ok(found);
        }
        self.first_use(identity, claims, channel).await.map(Some)
    }

    async fn who_is(&self, identity: &Identity) -> Result<Option<Who>, StoreError> {
        let mut tx = self.store.read().await?;
        if identity.surface != Surface::Http {
            return who::of_identity(&mut tx, identity).await;
        }
        // Whoever is heard from there was let in as an account.
        let Ok(name) = identity.subject.parse() else { return Ok(None) };
        match account::by_name(&mut tx, &name).await? {
            Some(account) => who::of_account(&mut tx, account.id).await,
            None => Ok(None),
        }
    }

    /// Nobody is not kept: they would be nobody still when they have become somebody elsewhere.
    fn keep_who(&self, key: Whose, found: Option<&Who>, seen: Seen) {
        match found {
            Some(who) => self.who.put(key, who.clone(), seen),
            None => self.who.forget(&key),
        }
    }

    fn acting(&self, identity: &Identity, who: Option<&Who>, claims: &Claims) -> Actor {
        let actor = Actor {
            identity: identity.clone(),
            account: who.map(|who| who.account.clone()),
            role: None,
            because: String::new(),
            grants: vec![],
            groups: who.iter().flat_map(|who| &who.groups).map(ToString::to_string).collect(),
        };
        let actor = self.with_role(actor, claims);
        Actor { grants: who.map(|who| who.grants(actor.role)).unwrap_or_default(), ..actor }
    }

    /// The highest of the account's own role and those that the surface's roles give, and why.
    fn with_role(&self, actor: Actor, claims: &Claims) -> Actor {
        let own = actor.account.as_ref().and_then(|a| a.role);
        let surface = actor.identity.surface;
        let given = self.rules.roles.given(surface, claims).filter(|_| actor.account.is_some());
        // Over HTTP it is the identity provider that says which groups somebody is in.
        let (one, all) = match surface {
            Surface::Http => {
                ("group of the identity provider".to_owned(), "the groups of its identity provider".to_owned())
            }
            surface => (format!("{surface} role"), format!("its {surface} roles")),
        };
        let (role, because): (Option<Role>, String) = match (given, &actor.account) {
            (Some((role, id)), _) if own.is_none_or(|own| role > own) => {
                (Some(role), format!("the {one} {id} gives it"))
            }
            (_, Some(account)) if own.is_some() => (own, format!("that is the role of account {}", account.name)),
            (_, Some(account)) if claims.roles.is_empty() => (None, format!("account {} has no role", account.name)),
            (_, Some(account)) => (None, format!("account {} has no role, and {all} give none", account.name)),
            (_, None) if claims.roles.is_empty() => (None, format!("{} is linked to no account", actor.identity)),
            (_, None) => (None, format!("{} is linked to no account, and {all} give none", actor.identity)),
        };
        Actor { role, because, ..actor }
    }

    /// An account for somebody whom the surface's roles let in. It is never one that is there already: a name proves
    /// nothing.
    async fn first_use(&self, identity: &Identity, claims: &Claims, channel: &str) -> Result<Who, StoreError> {
        let mut tries = 1;
        loop {
            match self.try_first_use(identity, claims, channel).await {
                // On PostgreSQL two may write at once: the same person twice, or two who are called alike.
                Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
                other => return other,
            }
        }
    }

    fn try_first_use<'s>(
        &'s self,
        identity: &'s Identity,
        claims: &'s Claims,
        channel: &'s str,
    ) -> BoxFuture<'s, Result<Who, StoreError>> {
        Box::pin(async move {
            let now = self.clock.now();
            let mut tx = self.store.write().await?;
            // Of two things heard at once, the other one may have made it; who reads elsewhere may not see that yet.
            if let Some(who) = who::of_identity(&mut tx, identity).await? {
                return Ok(who);
            }
            let name = self.free_name(&mut tx, &claims.name).await?;
            let account = account::create(&mut tx, &name, None, None, now).await?;
            account::link(&mut tx, identity, account.id).await?;
            let entry = Entry {
                at: now,
                who: name.to_string(),
                account_id: Some(account.id),
                identity: identity.to_string(),
                channel: channel.to_owned(),
                what: "link".to_owned(),
                line: "(first use)".to_owned(),
                target: format!("account {name}"),
                outcome: "done".to_owned(),
                detail: json!({ "first_use": shorten(&visible(&claims.name), 100), "roles": claims.roles }),
                reference: None,
            };
            audit::record(&mut tx, &entry).await?;
            let who = who::of_identity(&mut tx, identity).await?;
            tx.commit().await?;
            who.ok_or_else(|| StoreError::Corrupt(format!("{identity} is nobody's right after it was linked")))
        })
    }

    /// Whether the configuration speaks of an account: nobody calls themselves into its quota, or into who may approve.
    pub(super) fn is_meant(&self, name: &AccountName) -> bool {
        let Rules { quotas, reserve, .. } = self.rules.as_ref();
        quotas.accounts.contains_key(name) || reserve.approvers.iter().any(|approver| approver == name.as_str())
    }

    async fn free_name(&self, tx: &mut Tx, called: &str) -> Result<AccountName, StoreError> {
        for nth in 1..=NAMESAKES {
            let name = AccountName::like(called, nth);
            if !self.is_meant(&name) && account::by_name(tx, &name).await?.is_none() {
                return Ok(name);
            }
        }
        Err(StoreError::Refused(format!("{NAMESAKES} accounts are called like {called} already")))
    }
}
