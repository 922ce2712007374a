//! What NetBox has of a guest that is gone: its addresses become free, and the VM goes.
//!
//! It goes by the ids that were shown before the yes. What is another thing by now stays, and is told. The guest is gone
//! whatever comes of this, so nothing fails here: while NetBox is away the job waits, and in the end it is stuck until a
//! person has it go on.

use super::{Apply, allocate_addresses::ipam, hold_guest::retry};
use crate::{
    ipam::Ipam,
    jobs::{
        address::of_netbox,
        breakpoint::{Place, reached},
        step::{StepCx, StepError},
    },
};
use direttore_clients::netbox::{Address, AddressFilter, Error, Etag};
use direttore_domain::{HostAddress, text};
use direttore_store::address_hold;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnregisterGuest {
    /// NetBox' number of the VM.
    pub vm: u64,
    pub name: String,
    pub addresses: Vec<Registered>,
}

/// An address on the VM when it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    /// NetBox' number of it.
    pub id: u64,
    pub address: HostAddress,
    /// 0 is the global table.
    pub vrf: u64,
}

impl From<&Address> for Registered {
    fn from(row: &Address) -> Self {
        Self { id: row.id, address: row.address, vrf: row.vrf.as_ref().map_or(0, |v| v.id) }
    }
}

/// What became of an address.
enum Fate {
    Free,
    /// Why it stays, as a clause.
    Stays(String),
}

impl UnregisterGuest {
    /// Whether the address is still the one that was shown, and nobody else's.
    fn stays(&self, shown: &Registered, now: &Address) -> Option<String> {
        let Registered { address, .. } = shown;
        if now.address.address() != address.address() {
            return Some(format!("what was {address} is {} now", now.address));
        }
        let assigned = now.assigned.as_ref()?;
        let is_ours = assigned.object_type == "virtualization.vminterface"
            && assigned.parent.as_ref().is_some_and(|vm| vm.id == self.vm);
        let parent = assigned.parent.as_ref().map_or("something else", |p| p.name.as_str());
        (!is_ours).then(|| format!("{address} is on {parent} now"))
    }

    async fn free(&self, ipam: &Ipam, shown: &Registered) -> Result<Fate, Error> {
        let (now, etag): (Address, Option<Etag>) = match ipam.client.address(shown.id).await {
            Ok(found) => found,
            Err(error) if error.is_not_found() => return Ok(Fate::Free),
            Err(error) => return Err(error),
        };
        if let Some(why) = self.stays(shown, &now) {
            return Ok(Fate::Stays(why));
        }
        match ipam.client.delete_address(shown.id, etag.as_ref()).await {
            Ok(()) => Ok(Fate::Free),
            Err(error) if error.is_not_found() => Ok(Fate::Free),
            Err(error) => Err(error),
        }
    }

    /// The VM with its interfaces and hardware addresses; why it stays, if it does. NetBox would delete the addresses
    /// on it as well, so one that nobody was shown keeps it there.
    async fn drop_vm(&self, ipam: &Ipam) -> Result<Option<String>, Error> {
        let now = match ipam.client.vm(self.vm).await {
            Ok((vm, _)) => vm,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        if !now.name.eq_ignore_ascii_case(&self.name) {
            return Ok(Some(format!("what was the VM {} is {} now", self.name, now.name)));
        }
        let on_it = AddressFilter { virtual_machine_id: Some(self.vm), ..AddressFilter::default() };
        let new: Vec<String> = ipam.client.addresses(&on_it).await?.iter().map(|row| row.address.to_string()).collect();
        if !new.is_empty() {
            return Ok(Some(format!("the VM {} has got {} meanwhile", self.name, text::list(&new))));
        }
        match ipam.client.delete_vm(self.vm).await {
            Ok(()) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Why it does not go on, with what that leaves in NetBox.
    fn held_up(&self, error: &Error) -> StepError {
        let all: Vec<String> = self.addresses.iter().map(|a| a.address.to_string()).collect();
        let addresses = if all.is_empty() { String::new() } else { format!(" with {}", text::list(&all)) };
        let left = format!("{} is deleted, but NetBox may still have its VM{addresses}", self.name);
        match of_netbox(error) {
            StepError::Retry(why) => StepError::Retry(format!("{left}: {why}")),
            StepError::Fail(why) if *error == Error::Stale => StepError::Retry(format!("{left}: {why}")),
            StepError::Fail(why) => StepError::Stuck(format!("{left}: {why}")),
            other => other,
        }
    }

    /// VRFs that NetBox does not guard are held by us until an address is given back.
    async fn let_go(&self, cx: &StepCx, freed: &[&Registered]) -> Result<(), StepError> {
        let released = async {
            let mut tx = cx.store.write().await?;
            for address in freed {
                address_hold::release_address(&mut tx, address.vrf, address.address.address()).await?;
            }
            tx.commit().await
        };
        released.await.map_err(retry)
    }
}

impl Apply for UnregisterGuest {
    const NAME: &'static str = "unregister-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        // With a note it is never taken for something that did nothing: it goes on until it is done.
        if cx.note().is_none() {
            cx.save_note(Some(json!({ "stage": "begun" }))).await?;
            reached(Place::Intent, cx.name);
        }
        let ipam = ipam(cx)?;
        let held_up = |error: Error| match self.held_up(&error) {
            // Who cancels it does not want to wait for NetBox: then it is for a person at once.
            StepError::Retry(why) if cx.wants_cancel() => StepError::Stuck(why),
            other => other,
        };
        // All are tried, also when one cannot be freed.
        let freeing = self.addresses.iter().map(|shown| self.free(ipam, shown));
        let fates = futures::future::join_all(freeing).await;
        reached(Place::Answered, cx.name);
        let (mut freed, mut left) = (Vec::new(), Vec::new());
        for (shown, fate) in self.addresses.iter().zip(fates) {
            match fate.map_err(held_up)? {
                Fate::Free => freed.push(shown),
                Fate::Stays(why) => left.push(why),
            }
        }
        self.let_go(cx, &freed).await?;
        left.extend(self.drop_vm(ipam).await.map_err(held_up)?);
        Ok(json!({
            "what": "unregistered",
            "label": self.name,
            "addresses": freed.iter().map(|f| f.address).collect::<Vec<_>>(),
            "left": left,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_clients::netbox::{Assigned, Ref};

    fn step() -> UnregisterGuest {
        let address = Registered { id: 5, address: "10.0.10.21/24".parse().expect("an address"), vrf: 0 };
        UnregisterGuest { vm: 7, name: "web1".to_owned(), addresses: vec![address] }
    }

    fn row(address: &str, on: Option<(&str, u64, &str)>) -> Address {
        Address {
            id: 5,
            address: address.parse().expect("an address"),
            vrf: None,
            status: "active".to_owned(),
            role: None,
            dns_name: String::new(),
            description: String::new(),
            assigned: on.map(|(kind, parent, name)| Assigned {
                object_type: kind.to_owned(),
                object_id: 1,
                name: "net0".to_owned(),
                parent: Some(Ref { id: parent, name: name.to_owned(), slug: None }),
            }),
            tags: vec![],
            custom: serde_json::Map::new(),
        }
    }

    #[test]
    fn an_address_goes_while_it_is_the_guests_or_nobodys() {
        let step = step();
        let stays = |address, on| step.stays(&step.addresses[0], &row(address, on));
        assert_eq!(stays("10.0.10.21/24", Some(("virtualization.vminterface", 7, "web1"))), None);
        assert_eq!(stays("10.0.10.21/25", None), None);
        // A device may have the number that the VM has.
        let on_device = stays("10.0.10.21/24", Some(("dcim.interface", 7, "sw1")));
        assert_eq!(on_device.as_deref(), Some("10.0.10.21/24 is on sw1 now"));
        let on_other = stays("10.0.10.21/24", Some(("virtualization.vminterface", 8, "web2")));
        assert_eq!(on_other.as_deref(), Some("10.0.10.21/24 is on web2 now"));
        let another = stays("10.0.10.99/24", None);
        assert_eq!(another.as_deref(), Some("what was 10.0.10.21/24 is 10.0.10.99/24 now"));
    }

    #[test]
    fn who_waits_for_it_reads_what_is_left() {
        let left = "web1 is deleted, but NetBox may still have its VM with 10.0.10.21/24: ";
        let down = Error::Busy { retry_after: None };
        assert!(matches!(step().held_up(&down), StepError::Retry(why) if why.starts_with(left)));
        assert!(matches!(step().held_up(&Error::Stale), StepError::Retry(_)));
        let denied = Error::Denied { why: "no".to_owned() };
        assert!(matches!(step().held_up(&denied), StepError::Stuck(why) if why.starts_with(left)));
    }
}
