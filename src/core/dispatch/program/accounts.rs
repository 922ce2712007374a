//! Accounts, as programs ask for them.

use super::Caller;
use crate::{dispatch::Dispatch, plan::Hashed};
use direttore_catalog::Given;
use direttore_domain::{Account, Trouble};
use direttore_store::account;

impl Dispatch {
    /// Whether a program may say the command at all: asked before what it gives is looked at, so that nobody learns by
    /// trying what they may not do.
    ///
    /// # Errors
    /// `not-allowed` and its like, which are then in the audit log.
    pub fn may(&self, who: &Caller, command: &'static str) -> Result<(), Trouble> {
        let asking = self.asking_program(who, command, Given::new())?;
        self.allowed(&asking)
    }

    /// All accounts, for whoever may say `/user list`.
    ///
    /// # Errors
    /// `not-allowed` and its like; the database's.
    pub async fn accounts(&self, who: &Caller) -> Result<Vec<Account>, Trouble> {
        self.looks(who, "user list", Given::new())?;
        Ok(account::list(&mut self.store.read().await?).await?)
    }

    /// One account, for whoever has just changed it.
    ///
    /// # Errors
    /// The database's.
    pub async fn account(&self, id: i64) -> Result<Option<Account>, Trouble> {
        Ok(account::by_id(&mut self.store.read().await?, id).await?)
    }

    /// The hash of a password that somebody chose, for [`super::Act::with_hash`].
    ///
    /// # Errors
    /// The machine has no random bytes.
    pub async fn hashed(&self, password: &str) -> Result<Hashed, Trouble> {
        self.passwords.hash(password).await.map(Hashed).map_err(Trouble::bug)
    }
}
