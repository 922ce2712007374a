//! `direttore check`: every connection and privilege, a table, what to do about each failure. With `--fix` what is
//! missing in NetBox is made first; the one who has the shell does that, and it is in the audit log.

use crate::{app, audit::shell_entry, cli::ConfigFile, config::Config, discord, exit::Exit, matrix, oidc};
use clap::Args;
use direttore_console::{Style, render};
use direttore_core::{
    Clock, Lab,
    handlers::{Finding, check_all, check_data},
    ipam::{self, Made, Marks, Part},
};
use direttore_store::{Store, account, audit};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    file: ConfigFile,
    /// Make what direttore uses in NetBox and does not find there: a tag and a custom field
    #[arg(long)]
    fix: bool,
}

impl Check {
    pub async fn run(self) -> Result<ExitCode, Exit> {
        let config = self.file.load()?;
        let store = app::open_store(&config).await?;
        let clock = Clock::default();
        let lab = app::lab(&config, &clock, &Marks::default())?;
        let is_fixed = if self.fix { fix(&lab, &store, &clock).await? } else { true };
        let (mut findings, discord, matrix, provider) = tokio::join!(
            check_all(&lab, &store),
            discord::check(&config),
            Box::pin(matrix::check(&config)),
            oidc::check(&config)
        );
        findings.extend(discord.into_iter().chain(matrix).chain(provider));
        findings.extend(accounts(&config, &store).await?);
        let data = check_data(&findings);
        let reply = direttore_reply::render("lab_check", &data, "UTC").map_err(Exit::failed)?;
        println!("{}", render(&reply, &Style::PLAIN));
        if config.proxmox.is_empty() {
            println!("No Proxmox cluster is configured: [[proxmox]] in direttore.toml.");
        }
        let ok = data["failed"] == json!(0) && !config.proxmox.is_empty() && is_fixed;
        Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Whether there are the accounts that rules act as.
async fn accounts(config: &Config, store: &Store) -> Result<Vec<Finding>, Exit> {
    let mut findings = Vec::new();
    for rule in &config.rules {
        let Some(name) = rule.action.account() else { continue };
        let mut tx = store.read().await.map_err(Exit::failed)?;
        let found = account::by_name(&mut tx, name).await.map_err(Exit::failed)?;
        let (ok, result) = match &found {
            Some(account) if account.is_disabled => (false, format!("the account {name} is disabled")),
            Some(_) => (true, format!("it acts as {name}")),
            None => (false, format!("there is no account {name}")),
        };
        let right = format!("make or enable it: /user create {name}, with a role or grants for what it does");
        let advice = if ok { String::new() } else { right };
        findings.push(Finding {
            connection: format!("rule {}", rule.name),
            check: "account",
            ok,
            result,
            advice,
            whole: vec![],
        });
    }
    Ok(findings)
}

/// Makes what is missing, and says what came of it; false when something is still wrong.
async fn fix(lab: &Lab, store: &Store, clock: &Clock) -> Result<bool, Exit> {
    let Some(ipam) = lab.ipam() else {
        println!("No NetBox is configured, so there is nothing to make: [netbox] in direttore.toml.");
        return Ok(true);
    };
    let seen = match ipam.set_up().await {
        Ok(seen) => seen,
        Err(error) => {
            println!("Nothing was made: {}.", ipam::failure(&error));
            return Ok(false);
        }
    };
    let (tag, field) = ipam.set_up_names();
    for (name, part) in [(&field, &seen.field), (&tag, &seen.tag)] {
        match part {
            Part::There => println!("NetBox has {name} already."),
            Part::Wrong(why) => println!("NetBox has {name}, but {why}; what is there is not changed."),
            Part::Missing => {}
        }
    }
    let is_usable = !matches!(seen.field, Part::Wrong(_));
    if !seen.is_missing_any() {
        return Ok(is_usable);
    }
    // Written down before anything is sent: no change of ours is without its line.
    let wanted: Vec<&String> = [(&field, &seen.field), (&tag, &seen.tag)]
        .into_iter()
        .filter(|(_, p)| **p == Part::Missing)
        .map(|(n, _)| n)
        .collect();
    record(store, clock, "begun", json!({ "wanted": wanted })).await?;
    let made = ipam.make_missing(&seen).await;
    for Made { what, outcome, advice } in &made {
        match outcome {
            Ok(()) => println!("Made {what} in NetBox."),
            Err(failure) => println!("{what} could not be made: {failure}; {advice}."),
        }
    }
    let is_made = made.iter().all(|m| m.outcome.is_ok());
    let told: Vec<Value> = made
        .iter()
        .map(|m| json!({ "what": m.what, "error": m.outcome.as_ref().err().map(ToString::to_string) }))
        .collect();
    record(store, clock, if is_made { "done" } else { "failed" }, json!({ "made": told })).await?;
    Ok(is_made && is_usable)
}

async fn record(store: &Store, clock: &Clock, outcome: &str, detail: Value) -> Result<(), Exit> {
    let mut entry = shell_entry(clock, "check --fix", "direttore check --fix", "netbox");
    outcome.clone_into(&mut entry.outcome);
    entry.detail = detail;
    let mut tx = store.write().await.map_err(Exit::failed)?;
    audit::record(&mut tx, &entry).await.map_err(Exit::failed)?;
    tx.commit().await.map_err(Exit::failed)
}
