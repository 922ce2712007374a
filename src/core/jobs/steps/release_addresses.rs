//! Addresses given back to NetBox. All are looked at before the first one goes, so that what has become somebody else's
//! since the question stops the whole while nothing is done yet. It cannot be undone; one that is gone is fine.

use super::{Apply, allocate_addresses::ipam, hold_guest::retry};
use crate::{
    ipam::Ipam,
    jobs::{
        address::of_netbox,
        breakpoint::{Place, reached},
        step::{StepCx, StepError},
    },
};
use direttore_clients::netbox::{Address, Error, Etag};
use direttore_domain::HostAddress;
use direttore_store::address_hold;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseAddresses {
    pub addresses: Vec<Release>,
}

/// One address as it was when that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// NetBox' number of it.
    pub id: u64,
    pub address: HostAddress,
    /// NetBox' number of its VRF; `None` is the global table.
    pub vrf: Option<u64>,
    /// NetBox' number of the interface that had it.
    pub interface: Option<u64>,
}

/// What has become of it since.
#[derive(Debug, PartialEq)]
enum Seen {
    Gone,
    /// As it was; the tag of this state, where the release of NetBox has such.
    There(Option<Etag>),
    Other(String),
}

/// How often somebody may change an address just before it goes.
const TRIES: usize = 5;

impl Release {
    /// The number may be given to another address once this one is gone, and an interface may have got it.
    fn compare(&self, now: &Address, tag: Option<Etag>) -> Seen {
        if now.address != self.address || now.vrf.as_ref().map(|v| v.id) != self.vrf {
            return Seen::Other(format!("{} is {} by now", self.address, now.address));
        }
        match &now.assigned {
            Some(to) if Some(to.object_id) != self.interface => {
                let parent = to.parent.as_ref().map(|p| format!("{} ", p.name)).unwrap_or_default();
                Seen::Other(format!("{} belongs to {parent}{} by now", self.address, to.name))
            }
            _ => Seen::There(tag),
        }
    }

    async fn look(&self, ipam: &Ipam) -> Result<Seen, StepError> {
        match ipam.client.address(self.id).await {
            Ok((now, tag)) => Ok(self.compare(&now, tag)),
            Err(Error::NotFound { .. }) => Ok(Seen::Gone),
            Err(error) => Err(of_netbox(&error)),
        }
    }

    /// Until it is gone. What was begun is not known to be nothing any more, so what does not go well needs a person.
    async fn give_back(&self, ipam: &Ipam, mut seen: Seen) -> Result<(), StepError> {
        for _ in 0..TRIES {
            let tag = match seen {
                Seen::Gone => return Ok(()),
                Seen::Other(why) => return Err(StepError::Stuck(why)),
                Seen::There(tag) => tag,
            };
            match ipam.client.delete_address(self.id, tag.as_ref()).await {
                Ok(()) | Err(Error::NotFound { .. }) => return Ok(()),
                Err(Error::Stale) => seen = self.look(ipam).await?,
                Err(error) => {
                    return Err(match of_netbox(&error) {
                        StepError::Fail(why) => StepError::Stuck(format!("{}: {why}", self.address)),
                        other => other,
                    });
                }
            }
        }
        Err(StepError::Retry(format!("somebody changes {} all the time", self.address)))
    }
}

impl ReleaseAddresses {
    fn label(&self) -> String {
        match self.addresses.as_slice() {
            [one] => one.address.to_string(),
            several => format!("{} addresses", several.len()),
        }
    }
}

impl Apply for ReleaseAddresses {
    const NAME: &'static str = "release-addresses";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let ipam = ipam(cx)?;
        let is_begun = cx.note().is_some();
        if cx.wants_cancel() && !is_begun {
            return Err(StepError::Cancelled(None));
        }
        let seen = futures::future::try_join_all(self.addresses.iter().map(|a| a.look(ipam))).await?;
        if !is_begun {
            if let Some(why) = seen.iter().find_map(|s| if let Seen::Other(why) = s { Some(why) } else { None }) {
                return Err(StepError::Fail(format!("{why}, so nothing was given back")));
            }
            cx.save_note(Some(json!({ "stage": "begun" }))).await?;
            reached(Place::Intent, cx.name);
        }
        for (address, seen) in self.addresses.iter().zip(seen) {
            address.give_back(ipam, seen).await?;
            reached(Place::Answered, cx.name);
        }
        let mut tx = cx.store.write().await.map_err(retry)?;
        for one in &self.addresses {
            address_hold::release_address(&mut tx, one.vrf.unwrap_or(0), one.address.address()).await.map_err(retry)?;
        }
        tx.commit().await.map_err(retry)?;
        let addresses: Vec<String> = self.addresses.iter().map(|a| a.address.to_string()).collect();
        Ok(json!({ "what": "released", "label": self.label(), "addresses": addresses }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_clients::netbox::{Assigned, Ref};

    fn now(text: &str) -> Address {
        Address {
            id: 7,
            address: text.parse().expect("an address"),
            vrf: None,
            status: "active".to_owned(),
            role: None,
            dns_name: String::new(),
            description: String::new(),
            assigned: None,
            tags: vec![],
            custom: serde_json::Map::new(),
        }
    }

    fn release() -> Release {
        Release { id: 7, address: "10.0.10.57/24".parse().expect("an address"), vrf: None, interface: None }
    }

    #[test]
    fn only_the_address_that_was_meant_goes() {
        let mut row = now("10.0.10.57/24");
        let tag = || Some(Etag("1".to_owned()));
        assert_eq!(release().compare(&row, tag()), Seen::There(tag()));
        assert_eq!(
            release().compare(&now("10.0.10.58/24"), None),
            Seen::Other("10.0.10.57/24 is 10.0.10.58/24 by now".to_owned())
        );
        let web1 = Ref { id: 1, name: "web1".to_owned(), slug: None };
        row.assigned = Some(Assigned {
            object_type: "virtualization.vminterface".to_owned(),
            object_id: 4,
            name: "net0".to_owned(),
            parent: Some(web1),
        });
        let taken = Seen::Other("10.0.10.57/24 belongs to web1 net0 by now".to_owned());
        assert_eq!(release().compare(&row, None), taken);
        assert_eq!(Release { interface: Some(4), ..release() }.compare(&row, None), Seen::There(None));
        row.vrf = Some(Ref { id: 3, name: "blue".to_owned(), slug: None });
        assert!(matches!(Release { interface: Some(4), ..release() }.compare(&row, None), Seen::Other(_)));
    }
}
