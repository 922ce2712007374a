//! Who asks: identity to account, account and what the surface says of them to role and grants.

use super::{Dispatch, Heard};
use direttore_domain::{
    Account, AccountName, Actor, Claims, Identity, Role, Surface, Trouble,
    text::{shorten, visible},
};
use direttore_store::{
    StoreError, Tx, account,
    audit::{self, Entry},
    grant, group,
};
use serde_json::json;
use std::sync::PoisonError;

/// How many people may be called alike.
const NAMESAKES: usize = 100;

/// How often the name that was free is looked for again, when somebody else was faster.
const TRIES: usize = 10;

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
            Ok(actor) => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                // Bounded: identities come from outside.
                if known.len() > 10_000 {
                    known.clear();
                }
                known.insert(identity.clone(), actor.clone());
                Ok((actor, None))
            }
            Err(error) => {
                let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(identity).cloned();
                match known {
                    // What the surface says is of now, whatever the database knew.
                    Some(actor) => Ok((self.with_role(actor, claims), Some(error))),
                    None => Err(error.into()),
                }
            }
        }
    }

    /// Whoever acts for an account by a token: its own role, and what was said of them when they signed in.
    pub(super) async fn actor_by_token(&self, account: &Account, claims: &Claims) -> Result<Actor, StoreError> {
        let mut tx = self.store.read().await?;
        let groups = group::of_account(&mut tx, account.id).await?;
        let actor = Actor {
            identity: Identity { surface: Surface::Http, subject: account.name.to_string() },
            account: Some(account.clone()),
            role: None,
            because: String::new(),
            grants: vec![],
            groups: groups.iter().map(ToString::to_string).collect(),
        };
        let actor = self.with_role(actor, claims);
        let grants = grant::for_actor(&mut tx, &account.name, &groups, actor.role).await?;
        Ok(Actor { grants, ..actor })
    }

    async fn look_up(&self, identity: &Identity, claims: &Claims, channel: &str) -> Result<Actor, StoreError> {
        let mut tx = self.store.read().await?;
        let mut account = match identity.surface {
            // Whoever is heard from there was let in as an account.
            Surface::Http => match identity.subject.parse() {
                Ok(name) => account::by_name(&mut tx, &name).await?,
                Err(_) => None,
            },
            _ => account::by_identity(&mut tx, identity).await?,
        };
        if account.is_none() && self.rules.roles.given(identity.surface, claims).is_some() {
            drop(tx);
            account = Some(self.first_use(identity, claims, channel).await?);
            tx = self.store.read().await?;
        }
        let nobody = Actor {
            identity: identity.clone(),
            account: None,
            role: None,
            because: format!("{identity} is linked to no account"),
            grants: vec![],
            groups: vec![],
        };
        let Some(account) = account else { return Ok(self.with_role(nobody, claims)) };
        let groups = group::of_account(&mut tx, account.id).await?;
        let actor = self.with_role(Actor { account: Some(account.clone()), ..nobody }, claims);
        let grants = grant::for_actor(&mut tx, &account.name, &groups, actor.role).await?;
        Ok(Actor { grants, groups: groups.iter().map(ToString::to_string).collect(), ..actor })
    }

    /// The highest of the account's own role and those that the surface's roles give, and why.
    fn with_role(&self, actor: Actor, claims: &Claims) -> Actor {
        let own = actor.account.as_ref().and_then(|a| a.role);
        let surface = actor.identity.surface;
        let given = self.rules.roles.given(surface, claims).filter(|_| actor.account.is_some());
        let (role, because): (Option<Role>, String) = match (given, &actor.account) {
            (Some((role, id)), _) if own.is_none_or(|own| role > own) => {
                (Some(role), format!("the {surface} role {id} gives it"))
            }
            (_, Some(account)) if own.is_some() => (own, format!("that is the role of account {}", account.name)),
            (_, Some(account)) if claims.roles.is_empty() => (None, format!("account {} has no role", account.name)),
            (_, Some(account)) => {
                (None, format!("account {} has no role, and its {surface} roles give none", account.name))
            }
            (_, None) if claims.roles.is_empty() => (None, format!("{} is linked to no account", actor.identity)),
            (_, None) => {
                (None, format!("{} is linked to no account, and its {surface} roles give none", actor.identity))
            }
        };
        Actor { role, because, ..actor }
    }

    /// An account for somebody whom the surface's roles let in. It is never one that is there already: a name proves
    /// nothing.
    async fn first_use(&self, identity: &Identity, claims: &Claims, channel: &str) -> Result<Account, StoreError> {
        let mut tries = 1;
        loop {
            match self.try_first_use(identity, claims, channel).await {
                // On PostgreSQL two may write at once: the same person twice, or two who are called alike.
                Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
                other => return other,
            }
        }
    }

    async fn try_first_use(&self, identity: &Identity, claims: &Claims, channel: &str) -> Result<Account, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        // Of two things heard at once, the other one may have made it.
        if let Some(account) = account::by_identity(&mut tx, identity).await? {
            return Ok(account);
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
        tx.commit().await?;
        Ok(account)
    }

    async fn free_name(&self, tx: &mut Tx, called: &str) -> Result<AccountName, StoreError> {
        for nth in 1..=NAMESAKES {
            let name = AccountName::like(called, nth);
            // Nobody calls themselves into the quota of somebody whom the configuration names.
            let is_meant = self.rules.quotas.accounts.contains_key(&name);
            if !is_meant && account::by_name(tx, &name).await?.is_none() {
                return Ok(name);
            }
        }
        Err(StoreError::Refused(format!("{NAMESAKES} accounts are called like {called} already")))
    }
}
