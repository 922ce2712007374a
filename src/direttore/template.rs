//! `direttore template check`: each device template with its sample, before anybody needs it.

use crate::{cli::ConfigFile, exit::Exit};
use clap::{Args, Subcommand};
use direttore_core::Clock;
use direttore_reply::device::{Outcome, Templates, folder};
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Subcommand)]
pub enum Template {
    /// Try all device templates with their sample data; exit 1 if one fails
    Check(Check),
}

#[derive(Debug, Args)]
pub struct Check {
    /// A folder laid out as templates/devices/, instead of the configuration's
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Shows what each of them renders
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    file: ConfigFile,
}

impl Template {
    pub fn run(self) -> Result<ExitCode, Exit> {
        let Self::Check(check) = self;
        let folder = match check.folder {
            Some(folder) => Some(folder),
            None => check.file.load()?.network.and_then(|network| network.templates),
        };
        let users = folder.as_deref().map(folder::read).transpose().map_err(Exit::wrong)?;
        let all = Templates::new(users.unwrap_or_default()).check_all(Clock::wall());
        let mut bad = 0;
        for one in &all {
            let (state, more) = match &one.outcome {
                Outcome::Renders(rendered) if check.show => ("renders", format!("\n{}", rendered.text.trim_end())),
                Outcome::Renders(rendered) => ("renders", format!(": {} lines", rendered.text.lines().count())),
                Outcome::Reads(rows) => ("reads", format!(": {rows} rows")),
                Outcome::NoRows(why) => ("fails", format!(": {why}")),
                Outcome::NoSample => ("is read", ": no sample to try it with".to_owned()),
                Outcome::WrongSample(why) => ("fails", format!(": its sample is no JSON: {why}")),
                Outcome::Fails(why) => ("fails", format!(": {why}")),
            };
            bad += usize::from(!one.is_good());
            println!("{} {state}{more}", one.template);
        }
        println!("{} templates, {bad} of them wrong", all.len());
        Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
