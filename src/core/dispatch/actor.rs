//! Who asks: identity to account, account to role and grants.

use super::Dispatch;
use direttore_domain::{Actor, Identity, Trouble};
use direttore_store::{StoreError, account, grant, group};
use std::sync::PoisonError;

impl Dispatch {
    /// The actor as the database has it now. While it cannot be asked, the actor as last known, for reading only.
    pub(super) async fn actor(&self, identity: &Identity) -> Result<(Actor, Option<StoreError>), Trouble> {
        match self.look_up(identity).await {
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
                    Some(actor) => Ok((actor, Some(error))),
                    None => Err(error.into()),
                }
            }
        }
    }

    async fn look_up(&self, identity: &Identity) -> Result<Actor, StoreError> {
        let mut tx = self.store.read().await?;
        let Some(account) = account::by_identity(&mut tx, identity).await? else {
            return Ok(Actor {
                identity: identity.clone(),
                account: None,
                role: None,
                because: format!("{identity} is linked to no account"),
                grants: vec![],
                groups: vec![],
            });
        };
        let groups = group::of_account(&mut tx, account.id).await?;
        let grants = grant::for_actor(&mut tx, &account.name, &groups, account.role).await?;
        let because = match account.role {
            Some(_) => format!("that is the role of account {}", account.name),
            None => format!("account {} has no role", account.name),
        };
        Ok(Actor {
            identity: identity.clone(),
            role: account.role,
            because,
            grants,
            groups: groups.iter().map(ToString::to_string).collect(),
            account: Some(account),
        })
    }
}
