//! Whether NetBox can be used as direttore does: its release, what our token may do, and what must be there.

use super::{
    Ipam, failure,
    set_up::{Part, SetUp},
};
use direttore_clients::netbox::{Cluster, Error, Site, Status, Whoami};
use direttore_domain::{ClusterName, text};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub check: &'static str,
    pub ok: bool,
    pub result: String,
    /// What to do, or what could be done; empty when all is well.
    pub advice: String,
}

/// The releases that this was written for.
const OLDEST: (u32, u32) = (4, 2);
const NEWEST: (u32, u32) = (4, 7);

/// What the bot does, by the object types of NetBox' permissions.
const WANTED: [(&str, &[&str]); 16] = [
    ("dcim.device", &["view"]),
    ("dcim.interface", &["view"]),
    ("dcim.site", &["view"]),
    ("dcim.macaddress", &["view", "add"]),
    ("ipam.prefix", &["view"]),
    ("ipam.iprange", &["view"]),
    ("ipam.vlan", &["view"]),
    ("ipam.vlangroup", &["view"]),
    ("ipam.vrf", &["view"]),
    ("ipam.ipaddress", &["view", "add", "change", "delete"]),
    ("virtualization.cluster", &["view"]),
    ("virtualization.virtualmachine", &["view", "add", "change", "delete"]),
    ("virtualization.vminterface", &["view", "add", "change"]),
    ("extras.tag", &["view"]),
    ("extras.customfield", &["view"]),
    ("extras.journalentry", &["view", "add"]),
];

impl Ipam {
    /// Looks at everything, as far as NetBox answers. `clusters` are those of Proxmox.
    pub async fn health(&self, clusters: &[ClusterName]) -> Vec<Health> {
        let status = match self.client.status().await {
            Ok(status) => status,
            Err(error) => return vec![failed("reachable", &error)],
        };
        let (who, set_up, theirs, sites) =
            futures::join!(self.client.whoami(), self.set_up(), self.client.clusters(None), self.client.sites());
        let mut out = vec![release(&status)];
        out.push(match who {
            Ok(who) => permissions(who.as_ref()),
            Err(error) => failed("permissions", &error),
        });
        match set_up {
            Ok(set_up) => out.extend(parts(&set_up, &self.set_up_names())),
            Err(error) => out.push(failed("tag and custom field", &error)),
        }
        match theirs {
            Ok(theirs) => out.extend(clusters.iter().map(|name| cluster(name, self.cluster_name(name), &theirs))),
            Err(error) => out.push(failed("clusters", &error)),
        }
        if let Some(slug) = &self.settings.site {
            out.push(match sites {
                Ok(sites) => site(slug, &sites),
                Err(error) => failed("site", &error),
            });
        }
        out
    }
}

fn well(check: &'static str, result: String) -> Health {
    Health { check, ok: true, result, advice: String::new() }
}

fn failed(check: &'static str, error: &Error) -> Health {
    let failure = failure(error);
    Health { check, ok: false, result: failure.to_string(), advice: failure.hint().unwrap_or_default() }
}

fn release(status: &Status) -> Health {
    let known = format!("releases {}.{} to {}.{} are known", OLDEST.0, OLDEST.1, NEWEST.0, NEWEST.1);
    let seen = well("reachable", format!("NetBox {}", status.version));
    match status.release() {
        Some(release) if release < OLDEST => {
            Health { ok: false, advice: format!("{known}; this one is older and must be upgraded"), ..seen }
        }
        Some(release) if release > NEWEST => {
            Health { advice: format!("{known}; this one is newer, so look at what it does"), ..seen }
        }
        Some(_) => seen,
        None => Health { advice: format!("{known}; this one cannot be told"), ..seen },
    }
}

fn permissions(who: Option<&Whoami>) -> Health {
    const CHECK: &str = "permissions";
    let Some(who) = who else {
        return well(CHECK, "this release does not tell them".to_owned());
    };
    if who.is_superuser == Some(true) {
        return well(CHECK, format!("all: {} is a superuser", who.user));
    }
    let lacks = |(kind, actions): &(&str, &[&str])| {
        let missing: Vec<&str> = actions.iter().copied().filter(|a| !who.is_allowed(kind, a)).collect();
        (!missing.is_empty()).then(|| format!("{kind} ({})", missing.join(", ")))
    };
    let missing: Vec<String> = WANTED.iter().filter_map(lacks).collect();
    match (missing.as_slice(), who.groups.as_slice()) {
        ([], _) => well(CHECK, format!("all there for {}", who.user)),
        (missing, []) => Health {
            ok: false,
            advice: "give them to that user in NetBox (Admin, Permissions)".to_owned(),
            ..well(CHECK, format!("{} lacks: {}", who.user, missing.join("; ")))
        },
        // NetBox tells a user's own permissions only.
        (missing, groups) => Health {
            advice: format!("see that {} may: NetBox does not tell what groups may", text::list(groups)),
            ..well(CHECK, format!("{} has not by itself: {}", who.user, missing.join("; ")))
        },
    }
}

fn parts(set_up: &SetUp, names: &(String, String)) -> [Health; 2] {
    let part = |check, part: &Part, name: &str| match part {
        Part::There => well(check, format!("{name} is there")),
        Part::Missing => Health {
            advice: "direttore check --fix makes it; without it nothing is marked so".to_owned(),
            ..well(check, format!("{name} is not there"))
        },
        Part::Wrong(why) => Health {
            ok: false,
            advice: "change it in NetBox, or name another one in netbox.job_field; as it is, it is not filled"
                .to_owned(),
            ..well(check, format!("{name} cannot be used: {why}"))
        },
    };
    [part("tag", &set_up.tag, &names.0), part("custom field", &set_up.field, &names.1)]
}

fn cluster(name: &ClusterName, wanted: &str, theirs: &[Cluster]) -> Health {
    const CHECK: &str = "cluster";
    let fitting = theirs.iter().filter(|c| c.name.eq_ignore_ascii_case(wanted)).count();
    match fitting {
        0 => Health {
            ok: false,
            advice: format!(
                "make a cluster {wanted} in NetBox, or set netbox_cluster of the cluster {name}; without it nothing \
                 can be provisioned there"
            ),
            ..well(CHECK, format!("{name}: NetBox has no cluster {wanted}"))
        },
        1 => well(CHECK, format!("{name} is {wanted} in NetBox")),
        more => Health {
            advice: "name them apart: new VMs are written into the first".to_owned(),
            ..well(CHECK, format!("{name}: NetBox has {more} clusters {wanted}"))
        },
    }
}

fn site(slug: &str, sites: &[Site]) -> Health {
    const CHECK: &str = "site";
    if sites.iter().any(|s| s.slug == slug) {
        return well(CHECK, format!("{slug} is there"));
    }
    Health {
        ok: false,
        advice: "set netbox.site to the slug of a site that is there".to_owned(),
        ..well(CHECK, format!("NetBox has no site {slug}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_clients::netbox::Permission;

    fn said(health: &Health) -> String {
        let state = if health.ok { "ok" } else { "failed" };
        let advice = if health.advice.is_empty() { String::new() } else { format!(" | {}", health.advice) };
        format!("{state} {}: {}{advice}\n", health.check, health.result)
    }

    #[test]
    fn releases() {
        let of = |version: &str| said(&release(&Status { version: version.to_owned(), workers: None }));
        insta::assert_snapshot!(["4.2.0", "4.7.0-beta1", "4.1.11", "5.0.0", "x"].map(of).concat(), @"
        ok reachable: NetBox 4.2.0
        ok reachable: NetBox 4.7.0-beta1
        failed reachable: NetBox 4.1.11 | releases 4.2 to 4.7 are known; this one is older and must be upgraded
        ok reachable: NetBox 5.0.0 | releases 4.2 to 4.7 are known; this one is newer, so look at what it does
        ok reachable: NetBox x | releases 4.2 to 4.7 are known; this one cannot be told
        ");
    }

    #[test]
    fn permissions_that_are_missing_are_named() {
        let all = WANTED.map(|(kind, actions)| Permission {
            object_types: vec![kind.to_owned()],
            actions: actions.iter().map(|a| (*a).to_owned()).collect(),
            is_enabled: true,
        });
        let who = |permissions: Vec<Permission>, groups: &[&str], is_superuser| Whoami {
            user: "bot".to_owned(),
            is_superuser,
            permissions,
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        };
        let mut some = all.to_vec();
        some.retain(|p| p.object_types != ["ipam.vrf"]);
        for permission in &mut some {
            permission.actions.retain(|a| permission.object_types != ["ipam.ipaddress"] || a == "view");
        }
        let lines = [
            permissions(Some(&who(all.to_vec(), &[], Some(false)))),
            permissions(Some(&who(vec![], &[], Some(true)))),
            permissions(Some(&who(some.clone(), &[], None))),
            permissions(Some(&who(some, &["bots"], None))),
            permissions(None),
        ];
        insta::assert_snapshot!(lines.iter().map(said).collect::<String>(), @"
        ok permissions: all there for bot
        ok permissions: all: bot is a superuser
        failed permissions: bot lacks: ipam.vrf (view); ipam.ipaddress (add, change, delete) | give them to that user in NetBox (Admin, Permissions)
        ok permissions: bot has not by itself: ipam.vrf (view); ipam.ipaddress (add, change, delete) | see that bots may: NetBox does not tell what groups may
        ok permissions: this release does not tell them
        ");
    }

    #[test]
    fn clusters_and_sites() {
        let named = |id, name: &str| Cluster { id, name: name.to_owned(), kind: None, site: None };
        let lab: ClusterName = "lab".parse().expect("a name");
        let all = [named(1, "LAB"), named(2, "twin"), named(3, "twin")];
        let home = Site { id: 1, name: "Home".into(), slug: "home".into(), status: "active".into() };
        let lines = [
            cluster(&lab, "lab", &all),
            cluster(&lab, "Lab 2", &all),
            cluster(&lab, "twin", &all),
            site("home", std::slice::from_ref(&home)),
            site("away", &[home]),
        ];
        insta::assert_snapshot!(lines.iter().map(said).collect::<String>(), @"
        ok cluster: lab is lab in NetBox
        failed cluster: lab: NetBox has no cluster Lab 2 | make a cluster Lab 2 in NetBox, or set netbox_cluster of the cluster lab; without it nothing can be provisioned there
        ok cluster: lab: NetBox has 2 clusters twin | name them apart: new VMs are written into the first
        ok site: home is there
        failed site: NetBox has no site away | set netbox.site to the slug of a site that is there
        ");
    }
}
