//! `/guest owner`: whose a guest is; with an account, it becomes that one's.

use crate::{
    handlers::{Cx, user},
    lab::mark,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AccountName, Guest, GuestRef, Permission, Trouble, policy};
use direttore_store::owner;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    account: Option<AccountName>,
}

/// The owner on record, if the record is of this very guest.
pub async fn of(cx: &Cx, guest: &Guest, mark: &str) -> Result<Option<AccountName>, Trouble> {
    let mut tx = cx.store.read().await?;
    let row = owner::get(&mut tx, &guest.cluster, guest.vmid).await?;
    Ok(row.filter(|o| o.mark == mark).map(|o| o.account))
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (cluster, guest) = cx.guest_to_ask(&ask.guest).await?;
    let config = cluster.client.guest_config(&crate::lab::at(&guest)).await.map_err(|e| cluster.failure(&e))?;
    let mark = mark(&config);
    let owner = of(cx, &guest, &mark).await?;
    let data = json!({ "label": guest.label(), "vmid": guest.vmid, "owner": owner });
    let Some(account) = ask.account else {
        return Ok(Say::new("guest_owner", data).into());
    };
    // Looking needs `view`, as the command says; giving needs `users`.
    policy::may_say(&cx.actor, Permission::Users, &cx.command.path, &cx.channel)?;
    let account = user::find(cx, &account).await?;
    let target = format!("guest {}/{}", guest.cluster, guest.vmid);
    let change = Change::SetOwner { cluster: guest.cluster.clone(), vmid: guest.vmid, mark, account: account.id };
    let done = Say::new(
        "guest_owner",
        json!({ "label": guest.label(), "vmid": guest.vmid, "owner": account.name, "before": owner, "changed": true }),
    );
    Ok(Plan::change(target, Say::new("guest_owner", data), vec![change], done).into())
}
