//! Whose a reservation is, and who may change it: its holder; an administrator with a reason.

use crate::handlers::Cx;
use direttore_domain::{Refusal, ReservationId, ResourceKey, Role, Trouble};
use direttore_store::reservation::{self, Reservation};

/// The reservation of that name.
///
/// # Errors
/// `no-such-reservation`.
pub async fn find(cx: &Cx, id: ReservationId) -> Result<Reservation, Trouble> {
    let mut tx = cx.store.read().await?;
    let found = reservation::get(&mut tx, id).await?;
    let unknown = || Refusal::NoSuch { what: "reservation", given: id.to_string(), nearest: None, has: vec![] };
    Ok(found.ok_or_else(unknown)?)
}

/// Whether the asker holds it.
pub fn is_own(cx: &Cx, held: &Reservation) -> bool {
    held.account_id.is_some() && held.account_id == cx.actor.account_id()
}

/// One that the asker may change.
///
/// # Errors
/// `not-yours`; `reason-needed` from an administrator who does not say why.
pub async fn to_change(cx: &Cx, id: ReservationId, reason: Option<&str>) -> Result<Reservation, Trouble> {
    let held = find(cx, id).await?;
    if is_own(cx, &held) {
        return Ok(held);
    }
    if cx.actor.role != Some(Role::Admin) {
        return Err(Refusal::NotYours { what: id.to_string(), owner: held.holder }.into());
    }
    if reason.is_none_or(|reason| reason.trim().is_empty()) {
        let by = vec![format!("{id} of {}", held.holder)];
        let what = super::shown::names(&held);
        return Err(Refusal::Reserved { what, by, can_go_over: true }.into());
    }
    Ok(held)
}

/// Who may say yes to it: administrators, those whom the resource or the rules name, but never the one who asks for it.
pub async fn may_approve(cx: &Cx, held: &Reservation) -> Result<bool, Trouble> {
    if is_own(cx, held) {
        return Ok(false);
    }
    if cx.actor.role == Some(Role::Admin) {
        return Ok(true);
    }
    let Some(account) = &cx.actor.account else { return Ok(false) };
    let is_named = |names: &[String]| names.iter().any(|name| name == account.name.as_str());
    if is_named(&cx.rules.reserve.approvers) {
        return Ok(true);
    }
    let mut tx = cx.store.read().await?;
    // Of a pool too, whose members it got.
    let keys: Vec<&ResourceKey> =
        held.resources.iter().map(|r| &r.key).chain(held.wanted.iter().map(|w| &w.key)).collect();
    let of = direttore_store::resource::by_keys(&mut tx, &keys).await?;
    Ok(of.iter().any(|resource| is_named(&resource.rules.approvers)))
}
