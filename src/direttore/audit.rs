//! `direttore audit verify`: whether the chain of the audit log holds.

use crate::{app, cli::ConfigFile, exit::Exit};
use clap::Subcommand;
use direttore_store::audit::verify;
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
