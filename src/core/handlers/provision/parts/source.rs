//! What a guest can be made from on one node: template VMs, media, container templates. Which one is meant by a text.

use crate::{
    jobs::steps::From,
    lab::{Shelf, boot_disk, has_cloud_init},
};
use direttore_domain::{GuestKind, NodeName, Refusal, StorageName, disk::Size, nearest::nearest};
use std::cmp::Ordering;

/// One thing that a guest can be made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What it is called: the template VM's name, or the volume's file name.
    pub name: String,
    pub from: From,
    /// The storage that a linked clone stays on.
    pub storage: Option<StorageName>,
    pub has_cloud_init: bool,
}

impl Offer {
    /// As it can be said and found again: the VMID of a template VM, the volid of a volume.
    pub fn key(&self) -> String {
        match &self.from {
            From::Clone { vmid, .. } => vmid.to_string(),
            From::Iso { volid } | From::Template { volid } => volid.clone(),
            From::Empty => NONE.to_owned(),
        }
    }

    pub fn what(&self) -> &'static str {
        match self.from {
            From::Clone { .. } => "template VM",
            From::Iso { .. } => "ISO",
            From::Empty => "empty disk",
            From::Template { .. } => "container template",
        }
    }
}

/// What is said for a VM that is to be made from nothing.
const NONE: &str = "none";

/// A VM with an empty disk, where that was said.
pub fn empty(given: &str) -> Option<Offer> {
    let offer = || Offer { name: NONE.to_owned(), from: From::Empty, storage: None, has_cloud_init: false };
    given.eq_ignore_ascii_case(NONE).then(offer)
}

/// Everything on the shelf of a node for guests of that kind, template VMs first.
pub fn offers(shelf: &Shelf, node: &NodeName, kind: GuestKind) -> Vec<Offer> {
    let mut offers = Vec::new();
    let volumes = |content: &str| {
        let fits = move |v: &&direttore_clients::proxmox::Volume| v.content == content;
        shelf.volumes.iter().filter(fits).map(|v| v.volid.clone()).collect::<Vec<_>>()
    };
    match kind {
        GuestKind::Vm => {
            for (guest, config) in &shelf.templates {
                let Some((key, disk)) = boot_disk(config) else { continue };
                offers.push(Offer {
                    name: guest.label(),
                    from: From::Clone {
                        vmid: guest.vmid,
                        name: guest.label(),
                        node: node.clone(),
                        full: false,
                        disk: key,
                        size: disk.size.unwrap_or(Size { mib: 1 }),
                    },
                    storage: Some(disk.storage),
                    has_cloud_init: has_cloud_init(config),
                });
            }
            offers.extend(volumes("iso").into_iter().map(|volid| Offer {
                name: file_name(&volid),
                from: From::Iso { volid },
                storage: None,
                has_cloud_init: false,
            }));
        }
        GuestKind::Container => offers.extend(volumes("vztmpl").into_iter().map(|volid| Offer {
            name: file_name(&volid),
            from: From::Template { volid },
            storage: None,
            has_cloud_init: false,
        })),
    }
    offers
}

/// `debian-13.iso` of `local:iso/debian-13.iso`.
fn file_name(volid: &str) -> String {
    volid.rsplit(['/', ':']).next().unwrap_or(volid).to_owned()
}

/// The one that a text means: its number or volid, its name, or the newest of those whose name begins so.
///
/// # Errors
/// `no-such-template`, with what there is.
pub(in crate::handlers) fn find<'o>(offers: &'o [Offer], given: &str, node: &NodeName) -> Result<&'o Offer, Refusal> {
    let exact = offers.iter().find(|o| o.key() == given || o.name.eq_ignore_ascii_case(given));
    let lower = given.to_lowercase();
    let begins = |o: &&Offer| o.name.to_lowercase().starts_with(&lower);
    // A template VM can carry addresses; an ISO of the same name is second.
    let rank = |o: &Offer| !matches!(o.from, From::Iso { .. });
    let newest = || {
        let fits = offers.iter().filter(begins);
        fits.max_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| natural(&a.name, &b.name)))
    };
    exact.or_else(newest).ok_or_else(|| Refusal::NoSuch {
        what: "guest template",
        given: given.to_owned(),
        nearest: nearest(given, offers.iter().map(|o| o.name.as_str())).map(str::to_owned),
        has: offers.iter().map(|o| format!("{} on {node}", o.name)).collect(),
    })
}

/// The one that is taken when none was said: the only one there, else the newest Debian, else none. Media to install
/// from are never chosen: nobody would know that the guest waits for an installation.
pub(in crate::handlers) fn usual(offers: &[Offer]) -> Option<&Offer> {
    let mut ready = offers.iter().filter(|o| !matches!(o.from, From::Iso { .. }));
    match (ready.next(), ready.next()) {
        (None, _) => None,
        (Some(only), None) => Some(only),
        _ => {
            let debian = |o: &&Offer| !matches!(o.from, From::Iso { .. }) && o.name.to_lowercase().contains("debian");
            offers.iter().filter(debian).max_by(|a, b| natural(&a.name, &b.name))
        }
    }
}

/// Numbers by their value, the rest by letters: 9 is before 12.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) else {
            return a.len().cmp(&b.len());
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
            let ((one, rest_a), (two, rest_b)) = (a.split_at(digits(a)), b.split_at(digits(b)));
            let (one, two) = (one.trim_start_matches('0'), two.trim_start_matches('0'));
            match one.len().cmp(&two.len()).then_with(|| one.cmp(two)) {
                Ordering::Equal => (a, b) = (rest_a, rest_b),
                other => return other,
            }
        } else if x == y {
            (a, b) = (&a[x.len_utf8()..], &b[y.len_utf8()..]);
        } else {
            return x.cmp(&y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(name: &str) -> Offer {
        Offer {
            name: name.to_owned(),
            from: From::Template { volid: format!("local:vztmpl/{name}") },
            storage: None,
            has_cloud_init: false,
        }
    }

    #[test]
    fn the_newest_is_found_by_its_numbers() {
        let offers =
            ["debian-9-standard_9.1", "debian-12-standard_12.7-1", "debian-12-standard_12.10-1", "alpine-3.22"];
        let offers = offers.map(template);
        let node = "pve1".parse().expect("a name");
        assert_eq!(find(&offers, "debian", &node).map(|o| o.name.as_str()), Ok("debian-12-standard_12.10-1"));
        assert_eq!(find(&offers, "local:vztmpl/alpine-3.22", &node).map(|o| o.name.as_str()), Ok("alpine-3.22"));
        assert_eq!(usual(&offers).map(|o| o.name.as_str()), Some("debian-12-standard_12.10-1"));
        let refusal = find(&offers, "debain-12", &node).expect_err("misspelt");
        assert_eq!(refusal.code(), "no-such-template");
    }
}
