//! `direttore console`: a chat at the terminal with the configured lab.

use crate::{
    app,
    cli::ConfigFile,
    config::{Color, Config},
    exit::Exit,
    logs,
};
use clap::Args;
use direttore_console::{ChatSettings, chat, wants_color};
use direttore_core::{
    Clock,
    dispatch::{Dispatch, first_admin},
};
use direttore_domain::{Identity, Surface};
use direttore_store::{Store, account};
use std::{ffi::OsString, io::IsTerminal, process::ExitCode, sync::Arc};

#[derive(Debug, Args)]
pub struct Console {
    #[command(flatten)]
    file: ConfigFile,
    /// The account to speak as; asks its password, or reads it from the file in DIRETTORE_PASSWORD_FILE.
    /// Without it: the account linked to the user of the operating system
    #[arg(long = "as", value_name = "ACCOUNT")]
    account: Option<String>,
}

/// The identity of an operating system's user: by number, since names in the environment can be made up.
pub fn system_identity(uid: u32) -> Identity {
    Identity { surface: Surface::Console, subject: format!("uid:{uid}") }
}

impl Console {
    pub async fn run(self) -> Result<ExitCode, Exit> {
        let config = self.file.load()?;
        logs::start(&config.log);
        let app = app::start(&config, Clock::default()).await?;
        let dispatch = &app.dispatch;
        let given = config.admin.password.as_ref().map(|p| p.reveal());
        let made = first_admin(&dispatch.store, &dispatch.passwords, &dispatch.clock, &config.admin.name, given);
        let greeting = vec!["/help lists what you may say; Ctrl-D leaves.".to_owned()];
        if let Some(password) = made.await.map_err(Exit::failed)? {
            // At once: whatever goes wrong below, nobody could ever know it otherwise.
            eprintln!("The first administrator is {}, the password {password} is shown only now.", config.admin.name);
        }
        let account = account(dispatch, self.account.as_deref(), &self.file).await?;
        let delivering = tokio::spawn(Arc::clone(dispatch).keep_delivering(Surface::Console, Some(channel(&account))));
        let settings = ChatSettings {
            channel: channel(&account),
            history: config.console.history.then(|| config.data_dir.join(format!("history-{account}"))),
            color: color(&config),
            greeting,
            redraw: config.console.redraw,
            others: vec![],
            account,
        };
        let ended = chat(Arc::clone(dispatch), settings).await;
        delivering.abort();
        dispatch.flush().await;
        ended?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Who speaks: the account that is named, by its password, or the one linked to the user of the operating system.
pub async fn account(dispatch: &Dispatch, named: Option<&str>, file: &ConfigFile) -> Result<String, Exit> {
    let Some(name) = named else { return linked_account(&dispatch.store).await };
    let password = ask_password(name, file.variable("DIRETTORE_PASSWORD_FILE")?)?;
    dispatch.sign_in(name, &password).await.map_err(Exit::failed)?;
    Ok(name.to_owned())
}

/// One for each account, so that the ends of its jobs find whichever console it has open.
fn channel(account: &str) -> String {
    format!("console-{account}")
}

pub fn color(config: &Config) -> bool {
    match config.console.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let (no_color, term) = (std::env::var_os("NO_COLOR"), std::env::var_os("TERM"));
            wants_color(std::io::stdout().is_terminal(), no_color.as_deref(), term.as_deref())
        }
    }
}

fn ask_password(name: &str, file: Option<OsString>) -> Result<String, Exit> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(&file);
        let text = text.map_err(|e| Exit::wrong(format!("DIRETTORE_PASSWORD_FILE {}: {e}", file.display())))?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Exit::wrong("no terminal to ask the password at: name a file in DIRETTORE_PASSWORD_FILE"));
    }
    rpassword::prompt_password(format!("Password of {name}: ")).map_err(Exit::failed)
}

async fn linked_account(store: &Store) -> Result<String, Exit> {
    let uid = rustix::process::getuid().as_raw();
    let mut tx = store.read().await.map_err(Exit::failed)?;
    let found = account::by_identity(&mut tx, &system_identity(uid)).await.map_err(Exit::failed)?;
    found.map(|a| a.name.to_string()).ok_or_else(|| {
        Exit::wrong(format!(
            "no account is linked to user {uid} of this system: say --as ACCOUNT, or `direttore user link ACCOUNT`"
        ))
    })
}
