//! `direttore commands` and `direttore config`: what can be said, and what can be set.

use crate::{cli::ConfigFile, config, exit::Exit};
use clap::Args;
use direttore_catalog::{catalog, markdown};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Commands {
    /// The whole reference, as in docs/commands.md
    #[arg(long)]
    markdown: bool,
}

impl Commands {
    pub fn run(&self) -> Result<ExitCode, Exit> {
        if self.markdown {
            print!("{}", markdown(catalog()));
        } else {
            for command in catalog().commands() {
                println!("/{:<20} {}", command.path, command.summary);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
pub struct ShowConfig {
    /// An example with every key, its default and what it does
    #[arg(long)]
    example: bool,
    #[command(flatten)]
    file: ConfigFile,
}

impl ShowConfig {
    pub fn run(&self) -> Result<ExitCode, Exit> {
        if self.example {
            print!("{}", config::example());
        } else {
            // Secrets hide themselves in this form.
            println!("{:#?}", self.file.load()?);
        }
        Ok(ExitCode::SUCCESS)
    }
}
