//! Whether the new guest is what was asked for: it runs, and reports the addresses that it was given. Not being able to
//! see that is said, and is no failure.

use super::{
    Apply,
    guest::Target,
    new_guest::{From, NewGuest, NewIp},
};
use crate::jobs::step::{StepCx, StepError};
use direttore_domain::{Family, GuestStatus, HostAddress};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifyGuest {
    pub spec: NewGuest,
}

/// A fixed address of the guest.
#[derive(Serialize)]
struct Given {
    /// From 1.
    nic: usize,
    address: HostAddress,
    gateway: Option<IpAddr>,
    /// Whether the gateway is a guess.
    is_assumed: bool,
}

/// What was seen of the guest.
struct Seen {
    status: GuestStatus,
    /// Addresses that it reports, without those of a link and of the loop.
    reported: Vec<IpAddr>,
    /// Why it could not be verified.
    why: Option<String>,
}

impl VerifyGuest {
    fn given(&self, cx: &StepCx) -> Result<Vec<Given>, StepError> {
        let taken = cx.taken()?;
        let mut out = Vec::new();
        for at in 0..self.spec.nics.len() {
            for family in [Family::V4, Family::V6] {
                if let Some((address, gateway)) = self.spec.address(at, family, &taken) {
                    let is_assumed = taken.iter().any(|t| t.nic == at + 1 && t.family == family && t.is_assumed);
                    out.push(Given { nic: at + 1, address, gateway, is_assumed });
                }
            }
        }
        Ok(out)
    }

    fn wants_dhcp(&self) -> bool {
        self.spec.nics.iter().any(|nic| matches!(nic.ip, NewIp::Dhcp) || matches!(nic.ip6, NewIp::Dhcp | NewIp::Auto))
    }

    async fn watch(&self, cx: &StepCx, target: &Target<'_>, expected: &[IpAddr]) -> Result<Seen, StepError> {
        let until = tokio::time::Instant::now() + cx.settings.verify;
        let mut pause = cx.settings.task_poll_first.min(cx.settings.task_poll);
        let mut stopped = 0;
        loop {
            let at = target.place().await;
            let (now, addresses) =
                futures::join!(target.cluster.client.guest_now(&at), target.cluster.client.guest_addresses(&at));
            let now = match now {
                Ok(now) => now,
                // Not seeing it is no reason to take it back: it was made, and may have moved.
                Err(error) => {
                    if tokio::time::Instant::now() >= until || cx.wants_cancel() {
                        let why = Some(target.cluster.failure(&error).to_string());
                        return Ok(Seen { status: GuestStatus::Unknown, reported: vec![], why });
                    }
                    if cx.is_lost() {
                        return Err(StepError::Lost);
                    }
                    if error.is_not_found() {
                        let _ = target.cluster.refresh().await;
                    }
                    cx.pause(pause).await;
                    pause = (pause * 2).min(cx.settings.task_poll);
                    continue;
                }
            };
            target.cluster.observe(target.id.vmid, Some(&now));
            if now.status != GuestStatus::Running {
                stopped += 1;
                // A look may come before Proxmox' own books are right.
                if stopped >= LOOKS {
                    let id = target.id;
                    let why =
                        format!("Proxmox says that it was started, but {} ({}) is {}", id.label, id.vmid, now.status);
                    return Err(StepError::Broke(why));
                }
                cx.pause(cx.settings.task_poll).await;
                continue;
            }
            let why = match addresses {
                Ok(addresses) => {
                    let reported: Vec<IpAddr> = addresses.into_iter().map(|a| a.address).filter(is_global).collect();
                    let missing: Vec<String> =
                        expected.iter().filter(|e| !reported.contains(e)).map(ToString::to_string).collect();
                    let waits_for_dhcp = expected.is_empty() && self.wants_dhcp() && reported.is_empty();
                    if missing.is_empty() && !waits_for_dhcp {
                        return Ok(Seen { status: now.status, reported, why: None });
                    }
                    if waits_for_dhcp {
                        "it has reported no address".to_owned()
                    } else {
                        format!("it does not report {}", missing.join(", "))
                    }
                }
                Err(error) => format!("it could not be asked for its addresses: {error}"),
            };
            if tokio::time::Instant::now() >= until || cx.wants_cancel() {
                return Ok(Seen { status: now.status, reported: vec![], why: Some(why) });
            }
            if cx.is_lost() {
                return Err(StepError::Lost);
            }
            cx.pause(pause).await;
            pause = (pause * 2).min(cx.settings.task_poll);
        }
    }
}

/// How often a guest that was started must look stopped before it is said to be.
const LOOKS: u32 = 3;

/// Not of the loop, not of a link alone.
fn is_global(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => !a.is_loopback() && !a.is_link_local(),
        IpAddr::V6(a) => !a.is_loopback() && !a.is_unicast_link_local(),
    }
}

impl Apply for VerifyGuest {
    const NAME: &'static str = "verify-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let made = cx.made()?;
        let target = Target::new(cx, &made.guest)?;
        let given = self.given(cx)?;
        let expected: Vec<IpAddr> = given.iter().map(|g| g.address.address()).collect();
        let seen = if self.spec.starts {
            self.watch(cx, &target, &expected).await?
        } else {
            let now = target.now().await.ok().flatten().map(|(_, now)| now);
            target.cluster.observe(made.guest.vmid, now.as_ref());
            Seen { status: now.map_or(GuestStatus::Unknown, |n| n.status), reported: vec![], why: None }
        };
        let spec = &self.spec;
        let other: Vec<&IpAddr> = seen.reported.iter().filter(|r| !expected.contains(r)).collect();
        let from_iso = matches!(spec.from, From::Iso { .. } | From::Empty);
        Ok(json!({
            "what": "provisioned",
            "label": spec.name,
            "vmid": made.guest.vmid,
            "kind": spec.kind.to_string(),
            "node": spec.node,
            "status": seen.status.as_str(),
            "addresses": given,
            "reported": other,
            "started": spec.starts,
            "unverified": seen.why,
            "user": spec.user,
            "keys": spec.keys.len(),
            "in_netbox": spec.netbox.is_some(),
            "from_iso": from_iso,
            "upid": made.upid,
        }))
    }

    /// Looking leaves nothing.
    async fn undo(&self, _: &StepCx, _: &Value) -> Result<(), StepError> {
        Ok(())
    }
}
