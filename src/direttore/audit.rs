//! `direttore audit verify`: whether the chain of the audit log holds. And the line in it of what is done at the shell.

use crate::{app, cli::ConfigFile, exit::Exit};
use clap::Subcommand;
use direttore_core::Clock;
use direttore_store::audit::{Entry, verify};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Find changed, removed, reordered and cut-off rows; exit 1 if there are any
    Verify(ConfigFile),
}

impl Audit {
    pub async fn run(self) -> Result<ExitCode, Exit> {
        let Self::Verify(file) = self;
        let config = file.load()?;
        let store = app::open_store(&config).await?;
        let key = app::signing_key(&config)?;
        let report = verify(&store, &key).await.map_err(Exit::failed)?;
        println!("{} rows are sealed, {} wait for their seal.", report.sealed, report.unsealed);
        for problem in &report.problems {
            let row = problem.row.map_or_else(String::new, |r| format!(", row {r}"));
            let number = problem.number.map_or_else(|| "no seal".to_owned(), |n| format!("seal {n}"));
            println!("{}: {number}{row}", problem.what.as_str());
        }
        if report.more > 0 {
            println!("… and {} more", report.more);
        }
        if report.holds() {
            println!("The chain holds.");
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "The chain does not hold: somebody has changed the log outside direttore, or the signing key is another."
        );
        Ok(ExitCode::FAILURE)
    }
}

/// The line of something done by whoever has the shell: `what` it was, the whole `line`, and what it was done to.
pub fn shell_entry(clock: &Clock, what: &str, line: &str, target: &str) -> Entry {
    let uid = rustix::process::getuid().as_raw();
    Entry {
        at: clock.now(),
        who: format!("uid:{uid}"),
        account_id: None,
        identity: format!("shell:uid:{uid}"),
        channel: "shell".to_owned(),
        what: what.to_owned(),
        line: line.to_owned(),
        target: target.to_owned(),
        outcome: "done".to_owned(),
        detail: serde_json::Value::Null,
        reference: None,
    }
}
