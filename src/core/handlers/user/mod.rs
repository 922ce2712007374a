//! `/user …`: accounts and their roles.

pub mod create;
pub mod delete;
pub mod disable;
pub mod list;
pub mod password;
pub mod role;

use super::Cx;
use direttore_domain::{Account, AccountName, Refusal, Role, Trouble, nearest::nearest};
use direttore_store::account;

/// The account of that name.
pub async fn find(cx: &Cx, name: &AccountName) -> Result<Account, Trouble> {
    let mut tx = cx.store.read().await?;
    if let Some(account) = account::by_name(&mut tx, name).await? {
        return Ok(account);
    }
    let all = account::list(&mut tx).await?;
    let nearest = nearest(name.as_str(), all.iter().map(|a| a.name.as_str())).map(str::to_owned);
    Err(Refusal::NoSuch { what: "account", given: name.to_string(), nearest, has: vec![] }.into())
}

/// Somebody must always be able to give rights back.
async fn not_the_last_admin(cx: &Cx, account: &Account, done: &'static str) -> Result<(), Trouble> {
    if account.role != Some(Role::Admin) || account.is_disabled {
        return Ok(());
    }
    let mut tx = cx.store.read().await?;
    if account::enabled_admins(&mut tx).await? <= 1 {
        return Err(Refusal::LastAdmin { done }.into());
    }
    Ok(())
}

/// `none` takes the role away.
fn parse_role(text: &str) -> Result<Option<Role>, Trouble> {
    if text == "none" {
        Ok(None)
    } else {
        text.parse().map(Some).map_err(|wrong| Refusal::wrong_form("role", &wrong).into())
    }
}
