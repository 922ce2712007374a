//! Who may do what: one pure function of actor, permission, command, channel and what is touched. Deny by default.
//!
//! `anyone` and `own` are about the asker, not the lab, so grants do not narrow them.

use crate::{
    Actor, Guest, Permission, Refusal, Role,
    grant::{Touches, dimension},
    role::Allowance,
};

/// Whether the actor may say this command here at all.
///
/// # Errors
/// `not-allowed` names the permission and the role needed, `not-granted` the grants in the way.
pub fn may_say(actor: &Actor, permission: Permission, command: &str, channel: &str) -> Result<(), Refusal> {
    if permission != Permission::Anyone && actor.account.as_ref().is_some_and(|a| a.is_disabled) {
        return Err(Refusal::AccountDisabled { account: actor.name() });
    }
    if permission.allowed_to(actor.role) == Allowance::No {
        return Err(Refusal::NotAllowed {
            permission,
            needs: permission.lowest_role(),
            has: actor.role,
            because: actor.because.clone(),
        });
    }
    if is_narrowed(actor, permission) && !actor.grants.iter().any(|g| g.covers_command(command, channel)) {
        return Err(Refusal::NotGranted { what: format!("/{command}"), has: grants_text(actor), would: vec![] });
    }
    Ok(())
}

/// Whether the actor may do it to this. Ask after [`may_say`]; lists use it to leave out what grants hide.
pub fn may_touch(actor: &Actor, permission: Permission, command: &str, channel: &str, touched: Touches<'_>) -> bool {
    !is_narrowed(actor, permission)
        || actor.grants.iter().any(|g| g.covers_command(command, channel) && g.covers_touched(touched))
}

/// [`may_touch`] as a refusal that names what is missing, and what would do.
///
/// # Errors
/// `not-granted`.
pub fn check_touch(
    actor: &Actor,
    permission: Permission,
    command: &str,
    channel: &str,
    what: &str,
    touched: Touches<'_>,
) -> Result<(), Refusal> {
    if may_touch(actor, permission, command, channel, touched) {
        return Ok(());
    }
    let what = format!("/{command} on {what}");
    Err(Refusal::NotGranted { what, has: grants_text(actor), would: touched.covered_by() })
}

/// Whether grants narrow what the actor may do by the permission.
pub fn is_narrowed(actor: &Actor, permission: Permission) -> bool {
    !actor.grants.is_empty() && !matches!(permission, Permission::Anyone | Permission::Own)
}

/// Whether `own` reaches what belongs to `owner`: one's own, or everyone's for who may say the command with `users`.
pub fn reaches_owner(actor: &Actor, owner: Option<i64>, command: &str, channel: &str) -> bool {
    (owner.is_some() && actor.account_id() == owner) || may_say(actor, Permission::Users, command, channel).is_ok()
}

/// What a guest has in the dimensions of grants.
pub fn touches(guest: &Guest) -> Touches<'_> {
    Touches { pool: guest.pool.as_ref(), ..Touches::of_node(&guest.node) }
}

fn grants_text(actor: &Actor) -> String {
    let one = |grant: &crate::Grant| {
        let of_lab = dimension("pools", &grant.pools).into_iter().chain(dimension("nodes", &grant.nodes));
        let said = dimension("commands", &grant.commands).into_iter().chain(dimension("channels", &grant.channels));
        of_lab.chain(grant.device_dimensions()).chain(said).collect::<Vec<_>>().join(" ")
    };
    actor.grants.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The design's table, printed: a row for each permission, a column for each role.
pub fn table() -> String {
    let mut out = format!("{:<12}", "permission");
    let roles: Vec<Option<Role>> = Role::ALL.into_iter().map(Some).chain([None]).collect();
    for role in &roles {
        out += &format!("{:<10}", role.map_or("none", Role::as_str));
    }
    for permission in Permission::ALL {
        out += &format!("\n{permission:<12}");
        for role in &roles {
            out += &format!(
                "{:<10}",
                match permission.allowed_to(*role) {
                    Allowance::Yes => "yes",
                    Allowance::WithApproval => "approval",
                    Allowance::No => "no",
                }
            );
        }
    }
    out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
