//! What we are connected to, and what we may do there.

use super::{
    Error, Proxmox,
    request::Request,
    wire::{self, Flag, Owned},
};
use direttore_domain::{NodeName, text};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `version` is `9.2.3`, `release` is `9.2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub version: String,
    pub release: String,
}

impl Version {
    /// The number before the first point; 0 when there is none.
    pub fn major(&self) -> u32 {
        self.version.split(['.', '-']).next().and_then(|n| n.parse().ok()).unwrap_or(0)
    }
}

/// Our own privileges: path → privilege → whether it holds below that path too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permissions {
    pub paths: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Permissions {
    /// Whether we have `privilege` on `path`.
    ///
    /// Proxmox lists the paths that have an access list of their own, each with all that holds there. Any other path
    /// takes over from the nearest listed one above it what propagates. (A list that only takes privileges away is not
    /// told apart from none.)
    pub fn has(&self, path: &str, privilege: &str) -> bool {
        let path = normal(path);
        if let Some(here) = self.paths.get(path) {
            return here.contains_key(privilege);
        }
        let mut above = path;
        while above != "/" {
            above = above.rsplit_once('/').map_or("/", |(above, _)| normal(above));
            if let Some(there) = self.paths.get(above) {
                return there.get(privilege).copied().unwrap_or(false);
            }
        }
        false
    }
}

fn normal(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    }
}

#[derive(Deserialize)]
struct VersionRow {
    #[serde(default, deserialize_with = "wire::string")]
    version: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    release: Option<String>,
}

#[derive(Deserialize)]
struct NodeRow {
    #[serde(default)]
    node: Owned,
    #[serde(default, deserialize_with = "wire::string")]
    ssl_fingerprint: Option<String>,
}

impl Proxmox {
    /// The cheapest call: is it there, are we let in, what is it. (It stays green when the service behind hangs.)
    pub async fn version(&self) -> Result<Version, Error> {
        let row: VersionRow = self.call(&Request::get(&["version"])).await?;
        let version = row.version.ok_or_else(|| Error::Garbage { why: "there is no version in it".to_owned() })?;
        let release = row.release.as_deref().map(text::visible).unwrap_or_default();
        Ok(Version { version: text::visible(&version), release })
    }

    /// What we may do, by path.
    pub async fn permissions(&self) -> Result<Permissions, Error> {
        let rows: BTreeMap<String, BTreeMap<String, Flag>> =
            self.call(&Request::get(&["access", "permissions"])).await?;
        let paths = rows
            .into_iter()
            .map(|(path, here)| (normal(&path).to_owned(), here.into_iter().map(|(p, f)| (p, f.0)).collect()))
            .collect();
        Ok(Permissions { paths })
    }

    /// Each node's certificate, by name of the node: what may be pinned. Absent for a node that is not there.
    pub async fn fingerprints(&self) -> Result<Vec<(NodeName, Option<String>)>, Error> {
        let rows: Vec<NodeRow> = self.call(&Request::get(&["nodes"])).await?;
        let mut all: Vec<_> = rows
            .into_iter()
            .filter_map(|row| Some((row.node.0.parse().ok()?, row.ssl_fingerprint.as_deref().map(text::visible))))
            .collect();
        all.sort();
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(listed: &[(&str, &[(&str, bool)])]) -> Permissions {
        let privileges = |p: &[(&str, bool)]| p.iter().map(|(name, below)| ((*name).to_owned(), *below)).collect();
        Permissions { paths: listed.iter().map(|(path, p)| ((*path).to_owned(), privileges(p))).collect() }
    }

    #[test]
    fn the_nearest_path_above_decides() {
        let ours = permissions(&[
            ("/", &[("VM.Audit", true), ("Sys.Audit", false)]),
            ("/vms/100", &[("VM.PowerMgmt", false)]),
            ("/pool/lab", &[("VM.PowerMgmt", true)]),
        ]);
        for (path, privilege, has) in [
            ("/", "Sys.Audit", true),
            ("/nodes/pve1", "Sys.Audit", false),
            ("/nodes/pve1/", "VM.Audit", true),
            ("/vms/101", "VM.Audit", true),
            ("/vms/100", "VM.PowerMgmt", true),
            ("/vms/100", "VM.Audit", false),
            ("/pool/lab/inner", "VM.PowerMgmt", true),
            ("/pool/laboratory", "VM.PowerMgmt", false),
            ("", "VM.Audit", true),
        ] {
            assert_eq!(ours.has(path, privilege), has, "{privilege} on {path}");
        }
        assert!(!Permissions::default().has("/vms/100", "VM.Audit"));
    }

    #[test]
    fn a_major_version_is_read() {
        let major = |v: &str| Version { version: v.to_owned(), release: String::new() }.major();
        assert_eq!([major("9.2.3"), major("8.4-1"), major("10"), major("x")], [9, 8, 10, 0]);
    }
}
