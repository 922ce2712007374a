//! What can be asked at the shell.

use crate::{audit, chat, check, config, demo, exit::Exit, import, reference, rules, serve, simulate, template, user};
use clap::{Args, Parser, Subcommand};
use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, process::ExitCode};

/// One bot that conducts a lab: Proxmox VE guests and nodes, from a chat, through durable jobs.
#[derive(Debug, Parser)]
#[command(name = "direttore", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A simulated lab and a chat at the terminal: needs no credentials and no other service
    Demo(demo::Demo),
    /// The bot: jobs and every surface that the configuration turns on
    Serve(ConfigFile),
    /// A chat at the terminal with the configured lab; may run beside `serve`
    Console(chat::Console),
    /// Try every connection and privilege; exit 1 if any fails
    Check(check::Check),
    /// The audit log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// What is elsewhere, into NetBox
    #[command(subcommand)]
    Import(import::Import),
    /// What is done when something changes in NetBox
    #[command(subcommand)]
    Rules(rules::Rules),
    /// What is sent to network devices
    #[command(subcommand)]
    Template(template::Template),
    /// Accounts, for whoever has the shell
    #[command(subcommand)]
    User(user::User),
    /// The simulated lab alone, of any size
    Sim(simulate::Simulate),
    /// The commands of the chat
    Commands(reference::Commands),
    /// The configuration as it is read, or an example of it
    Config(reference::ShowConfig),
}

#[derive(Debug, Clone, Args)]
pub struct ConfigFile {
    /// The configuration; `direttore.toml` in the working folder, if it is there
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Variables, one KEY=value a line; what is set in the environment comes before them
    #[arg(long, value_name = "FILE", global = true)]
    pub env_file: Option<PathBuf>,
}

impl ConfigFile {
    /// The configuration with the environment laid over it. Notes go to stderr.
    pub fn load(&self) -> Result<config::Config, Exit> {
        let mut notes = Vec::new();
        let env = self.environment(&mut notes)?;
        let loaded = config::load(self.config.as_deref(), &env)?;
        notes.extend(loaded.notes);
        for note in notes {
            eprintln!("direttore: note: {note}");
        }
        Ok(loaded.config)
    }

    /// A variable that is no setting.
    pub fn variable(&self, name: &str) -> Result<Option<OsString>, Exit> {
        if let Some(set) = std::env::var_os(name) {
            return Ok(Some(set));
        }
        Ok(self.environment(&mut Vec::new())?.remove(name).map(OsString::from))
    }

    fn environment(&self, notes: &mut Vec<String>) -> Result<BTreeMap<String, String>, Exit> {
        let mut set = BTreeMap::new();
        for (key, value) in std::env::vars_os() {
            // What is no text cannot be a setting of ours.
            if let (Ok(key), Ok(value)) = (key.into_string(), value.into_string()) {
                set.insert(key, value);
            }
        }
        Ok(config::environment(set, self.env_file.as_deref(), notes)?)
    }
}

impl Cli {
    pub async fn run(self) -> ExitCode {
        let ended = match self.what {
            What::Demo(demo) => demo.run().await,
            What::Serve(file) => serve::run(&file).await,
            What::Console(console) => console.run().await,
            What::Check(check) => check.run().await,
            What::Audit(audit) => audit.run().await,
            What::Import(import) => Box::pin(import.run()).await,
            What::Rules(rules) => rules.run(),
            What::Template(template) => template.run(),
            What::User(user) => user.run().await,
            What::Sim(simulate) => simulate.run().await,
            What::Commands(commands) => commands.run(),
            What::Config(show) => show.run(),
        };
        ended.unwrap_or_else(Exit::report)
    }
}
