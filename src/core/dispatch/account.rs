//! Accounts made before anybody can ask for one.

use crate::{
    Clock,
    password::{self, Passwords},
};
use direttore_domain::{AccountName, Role, Trouble};
use direttore_store::{Store, StoreError, account};

/// The first administrator, when there is no account at all; gives the password if it was made here, to be shown once.
/// Two processes that start at once make one account: the other's insert conflicts.
///
/// # Errors
/// The database's failure.
pub async fn first_admin(
    store: &Store,
    passwords: &Passwords,
    clock: &Clock,
    name: &AccountName,
    given: Option<&str>,
) -> Result<Option<String>, Trouble> {
    if account::any(&mut store.read().await?).await? {
        return Ok(None);
    }
    let made = if given.is_none() { Some(password::make().map_err(Trouble::bug)?) } else { None };
    let password = given.or(made.as_deref()).unwrap_or_default();
    match set_up_account(store, passwords, clock, name, Some(Role::Admin), password).await {
        Ok(_) => Ok(made),
        Err(StoreError::Conflict(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An account with a known password.
///
/// # Errors
/// [`StoreError::Conflict`] when the name is taken.
pub async fn set_up_account(
    store: &Store,
    passwords: &Passwords,
    clock: &Clock,
    name: &AccountName,
    role: Option<Role>,
    password: &str,
) -> Result<direttore_domain::Account, StoreError> {
    let hash = passwords.hash(password).await.map_err(|e| StoreError::Refused(e.to_string()))?;
    let mut tx = store.write().await?;
    let account = account::create(&mut tx, name, role, Some(&hash), clock.now()).await?;
    tx.commit().await?;
    Ok(account)
}
