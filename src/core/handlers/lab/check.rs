//! `/lab check`: reachability and privileges of every connection, with what to do about each failure.

use crate::{
    handlers::Cx,
    ipam::{Health, PEER},
    lab::Cluster,
    plan::{Outcome, Say},
};
use direttore_clients::proxmox::Permissions;
use direttore_domain::{ClusterName, Trouble};
use direttore_store::Store;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// One thing tried.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub connection: String,
    pub check: &'static str,
    pub ok: bool,
    pub result: String,
    /// What to do; empty when all is well.
    pub advice: String,
    /// Names and values that belong to the result and must be shown whole.
    pub whole: Vec<(String, String)>,
}

/// What the bot does, and the privileges that Proxmox wants for it, any one of each group.
const WANTED: [(&str, &[&str]); 6] = [
    ("/vms", &["VM.Audit"]),
    ("/vms", &["VM.PowerMgmt"]),
    ("/vms", &["VM.Snapshot"]),
    ("/vms", &["VM.Allocate"]),
    ("/nodes", &["Sys.Audit"]),
    ("/nodes", &["Sys.PowerMgmt"]),
];

pub async fn plan(cx: &Cx, _: Input) -> Result<Outcome, Trouble> {
    let findings = check(&cx.lab, &cx.store).await;
    Ok(Say::new("lab_check", data(&findings)).into())
}

/// What the reply template wants.
pub fn data(findings: &[Finding]) -> Value {
    let failed = findings.iter().filter(|f| !f.ok).count();
    let rows: Vec<_> = findings
        .iter()
        .map(|f| {
            json!({ "connection": f.connection, "check": f.check, "state": if f.ok { "ok" } else { "failed" },
            "result": f.result, "advice": f.advice })
        })
        .collect();
    let whole: Vec<Value> = findings
        .iter()
        .flat_map(|f| f.whole.iter().map(|(name, value)| json!({ "what": f.check, "name": name, "value": value })))
        .collect();
    json!({ "whole": whole, "rows": rows, "failed": failed, "total": findings.len() })
}

/// Tries everything that is configured.
pub async fn check(lab: &crate::Lab, store: &Store) -> Vec<Finding> {
    let mut findings = vec![database(store).await];
    let clusters = lab.clusters().iter().map(|c| cluster(c));
    let (clusters, netbox) = futures::join!(futures::future::join_all(clusters), netbox(lab));
    findings.extend(clusters.into_iter().flatten().chain(netbox));
    findings
}

async fn netbox(lab: &crate::Lab) -> Vec<Finding> {
    let Some(ipam) = lab.ipam() else { return vec![] };
    let clusters: Vec<ClusterName> = lab.clusters().iter().map(|c| c.name.clone()).collect();
    let found = ipam.health(&clusters).await;
    let finding = |Health { check, ok, result, advice }| Finding {
        connection: PEER.to_owned(),
        check,
        ok,
        result,
        advice,
        whole: vec![],
    };
    found.into_iter().map(finding).collect()
}

async fn database(store: &Store) -> Finding {
    let connection = if store.is_postgres() { "PostgreSQL" } else { "SQLite" }.to_owned();
    let (ok, result, advice) = match store.ping().await {
        Ok(()) => (true, "answers".to_owned(), String::new()),
        Err(error) => (false, error.to_string(), "see that the database runs and has room".to_owned()),
    };
    Finding { connection, check: "reachable", ok, result, advice, whole: vec![] }
}

async fn cluster(cluster: &Cluster) -> Vec<Finding> {
    let connection = format!("Proxmox {}", cluster.name);
    let finding = |check, ok, result: String, advice: String| Finding {
        connection: connection.clone(),
        check,
        ok,
        result,
        advice,
        whole: vec![],
    };
    let failed = |check, error: &direttore_clients::proxmox::Error| {
        let failure = cluster.failure(error);
        finding(check, false, failure.to_string(), failure.hint().unwrap_or_default())
    };
    let mut out = Vec::new();
    match cluster.client.version().await {
        Ok(version) => out.push(finding("reachable", true, format!("Proxmox VE {}", version.version), String::new())),
        Err(error) => return vec![failed("reachable", &error)],
    }
    match cluster.client.permissions().await {
        Ok(permissions) => out.push(privileges(&permissions, &finding)),
        Err(error) => out.push(failed("privileges", &error)),
    }
    match cluster.client.fingerprints().await {
        Ok(nodes) => {
            let whole = nodes.iter().map(|(n, f)| (n.to_string(), f.as_deref().unwrap_or("unknown").to_owned()));
            let result = format!("of {} nodes", nodes.len());
            out.push(Finding { whole: whole.collect(), ..finding("fingerprints", true, result, String::new()) });
        }
        Err(error) => out.push(failed("fingerprints", &error)),
    }
    match cluster.refresh().await {
        Ok(view) => {
            let result = format!("{} nodes, {} guests", view.nodes.len(), view.guests.len());
            let none = view.guests.is_empty();
            let advice = if none { "if there are guests, VM.Audit is missing" } else { "" };
            out.push(finding("inventory", true, result, advice.to_owned()));
        }
        Err(failure) => {
            out.push(finding("inventory", false, failure.to_string(), failure.hint().unwrap_or_default()));
        }
    }
    out
}

fn privileges(permissions: &Permissions, finding: &impl Fn(&'static str, bool, String, String) -> Finding) -> Finding {
    let missing: Vec<String> = WANTED
        .iter()
        .filter(|(path, any)| !any.iter().any(|p| permissions.has(path, p)))
        .map(|(path, any)| format!("{} on {path}", any.join(" or ")))
        .collect();
    if missing.is_empty() {
        return finding("privileges", true, "all there".to_owned(), String::new());
    }
    let advice = "add them to the bot's role (pveum role modify), for the user and for its token".to_owned();
    finding("privileges", false, format!("missing: {}", missing.join(", ")), advice)
}
