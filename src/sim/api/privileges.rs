//! May the caller do this? With the words in which Proxmox says no.

use super::{Call, No, Who};
use crate::table::Needs;
use crate::world::World;
use std::collections::BTreeMap;

pub fn has(world: &World, who: &Who, path: &str, privilege: &str) -> bool {
    let vmid = path.strip_prefix("/vms/").and_then(|id| id.parse::<u32>().ok());
    let pool = vmid.and_then(|vmid| world.guests.get(&vmid)?.pool.as_deref());
    world.users.has(&who.user, who.token.as_deref(), path, pool, privilege)
}

/// The endpoint's own demand; `values` fill the braces of its path.
pub fn check(world: &World, who: &Who, needs: Needs, values: &BTreeMap<String, String>) -> Result<(), No> {
    let fill = |path: &str| {
        values.iter().fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
    };
    match needs {
        Needs::User => Ok(()),
        Needs::All(path, privileges) => all(world, who, &fill(path), privileges),
        Needs::Any(path, privileges) => any(world, who, &fill(path), privileges),
    }
}

fn all(world: &World, who: &Who, path: &str, privileges: &[&str]) -> Result<(), No> {
    match privileges.iter().find(|privilege| !has(world, who, path, privilege)) {
        Some(missing) => Err(denied(path, missing)),
        None => Ok(()),
    }
}

fn any(world: &World, who: &Who, path: &str, privileges: &[&str]) -> Result<(), No> {
    let is_held = privileges.iter().any(|privilege| has(world, who, path, privilege));
    if is_held { Ok(()) } else { Err(denied(path, &privileges.join("|"))) }
}

fn denied(path: &str, privileges: &str) -> No {
    No::new(403, format!("Permission check failed ({path}, {privileges})"))
}

impl Call<'_> {
    pub fn may(&self, path: &str, privilege: &str) -> bool {
        has(self.world, &self.who, path, privilege)
    }

    pub fn may_any(&self, path: &str, privileges: &[&str]) -> bool {
        any(self.world, &self.who, path, privileges).is_ok()
    }

    pub fn check(&self, path: &str, privileges: &[&str]) -> Result<(), No> {
        all(self.world, &self.who, path, privileges)
    }

    pub fn check_any(&self, path: &str, privileges: &[&str]) -> Result<(), No> {
        any(self.world, &self.who, path, privileges)
    }

    /// A right on the guest itself or on the pool that it is to join; the refusal of several paths names none.
    pub fn check_vm_or_pool(&self, vmid: u32, pool: Option<&str>, privilege: &str) -> Result<(), No> {
        let path = format!("/vms/{vmid}");
        match pool {
            Some(pool) if self.may(&path, privilege) || self.may(&format!("/pool/{pool}"), privilege) => Ok(()),
            Some(_) => Err(No::new(403, "Permission check failed")),
            None => self.check(&path, &[privilege]),
        }
    }

    /// A right on the guest, where the pool that it is to join counts too.
    pub fn check_in_pool(&self, vmid: u32, pool: Option<&str>, privilege: &str) -> Result<(), No> {
        let path = format!("/vms/{vmid}");
        let by_pool = pool.is_some_and(|pool| self.may(&format!("/pool/{pool}"), privilege));
        if by_pool { Ok(()) } else { self.check(&path, &[privilege]) }
    }
}
