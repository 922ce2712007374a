//! `direttore user …`: accounts, for whoever has the shell and the database. Each change is in the audit log.

use crate::{app, audit::shell_entry, chat::system_identity, cli::ConfigFile, exit::Exit};
use clap::Subcommand;
use direttore_core::{
    Clock,
    password::{self, Passwords},
};
use direttore_domain::{AccountName, Refusal, Role};
use direttore_store::{Tx, account, audit, session};
use std::{process::ExitCode, time::Duration};

#[derive(Debug, Subcommand)]
pub enum User {
    /// List the accounts
    List {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Create an account; its password is shown once
    Create {
        name: AccountName,
        /// admin, operator or viewer
        #[arg(long)]
        role: Option<Role>,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Give an account a new password, shown once
    Password {
        name: AccountName,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Give an account a role
    Role {
        name: AccountName,
        role: Role,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Let a user of this system use `direttore console` as an account, without a password
    Link {
        name: AccountName,
        /// The user's number; the one who runs this unless given
        #[arg(long)]
        uid: Option<u32>,
        #[command(flatten)]
        file: ConfigFile,
    },
}

impl User {
    pub async fn run(self) -> Result<ExitCode, Exit> {
        let (Self::List { file }
        | Self::Create { file, .. }
        | Self::Password { file, .. }
        | Self::Role { file, .. }
        | Self::Link { file, .. }) = &self;
        let config = file.load()?;
        let store = app::open_store(&config).await?;
        let clock = Clock::default();
        let passwords = Passwords::new(Duration::ZERO, config.sign_in.cost);
        match self {
            Self::List { .. } => {
                let mut tx = store.read().await.map_err(Exit::failed)?;
                for account in account::list(&mut tx).await.map_err(Exit::failed)? {
                    let off = if account.is_disabled { " (disabled)" } else { "" };
                    println!("{:<32} {}{off}", account.name, account.role.map_or("none", Role::as_str));
                }
            }
            Self::Create { name, role, .. } => {
                let made = password::make().map_err(Exit::failed)?;
                let hash = passwords.hash(&made).await.map_err(Exit::failed)?;
                let mut tx = store.write().await.map_err(Exit::failed)?;
                account::create(&mut tx, &name, role, Some(&hash), clock.now()).await.map_err(Exit::failed)?;
                commit(tx, &clock, "user create", &name).await?;
                println!("{name} is created; the password {made} is shown only now.");
            }
            Self::Password { name, .. } => {
                let made = password::make().map_err(Exit::failed)?;
                let hash = passwords.hash(&made).await.map_err(Exit::failed)?;
                let mut tx = store.write().await.map_err(Exit::failed)?;
                let id = find(&mut tx, &name).await?;
                account::set_password(&mut tx, id, Some(&hash)).await.map_err(Exit::failed)?;
                session::revoke_all(&mut tx, id, Clock::wall()).await.map_err(Exit::failed)?;
                commit(tx, &clock, "user password", &name).await?;
                println!("The new password of {name} is {made}; it is shown only now.");
            }
            Self::Role { name, role, .. } => {
                let mut tx = store.write().await.map_err(Exit::failed)?;
                let id = find(&mut tx, &name).await?;
                account::set_role(&mut tx, id, Some(role)).await.map_err(Exit::failed)?;
                session::revoke_all(&mut tx, id, Clock::wall()).await.map_err(Exit::failed)?;
                if account::enabled_admins(&mut tx).await.map_err(Exit::failed)? == 0 {
                    return Err(Exit::wrong(Refusal::LastAdmin { done: "given a lower role" }));
                }
                commit(tx, &clock, "user role", &name).await?;
                println!("{name} is {role}.");
            }
            Self::Link { name, uid, .. } => {
                let uid = uid.unwrap_or_else(|| rustix::process::getuid().as_raw());
                let mut tx = store.write().await.map_err(Exit::failed)?;
                let id = find(&mut tx, &name).await?;
                account::link(&mut tx, &system_identity(uid), id).await.map_err(Exit::failed)?;
                commit(tx, &clock, "user link", &name).await?;
                println!("User {uid} of this system is {name} at `direttore console`.");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn find(tx: &mut Tx, name: &AccountName) -> Result<i64, Exit> {
    let found = account::by_name(tx, name).await.map_err(Exit::failed)?;
    found.map(|a| a.id).ok_or_else(|| Exit::wrong(format!("there is no account {name}")))
}

/// The change and its line in the audit log are one transaction.
async fn commit(mut tx: Tx, clock: &Clock, what: &str, name: &AccountName) -> Result<(), Exit> {
    let entry = shell_entry(clock, what, &format!("direttore {what} {name}"), &format!("account {name}"));
    audit::record(&mut tx, &entry).await.map_err(Exit::failed)?;
    tx.commit().await.map_err(Exit::failed)
}
