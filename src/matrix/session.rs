//! The session: one device for ever. Who signed in, as which device and with which token stays in the data folder, beside
//! the store of its keys; together they are an identity, and neither is of use without the other.

use crate::{
    server::{Server, text},
    settings::{Settings, SignIn},
    wire::Error,
};
use matrix_sdk::{
    Client, SessionMeta, SessionTokens,
    authentication::matrix::MatrixSession,
    config::RequestConfig,
    encryption::{BackupDownloadStrategy, EncryptionSettings},
    reqwest::Method,
    ruma::{OwnedDeviceId, OwnedUserId},
    store::RoomLoadSettings,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

/// What is kept of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub homeserver: String,
    pub user_id: String,
    pub device_id: String,
    pub access_token: String,
}

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Halt {
    /// It may come right by itself.
    Later(String),
    /// Somebody has to do something.
    Never(String),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        match error {
            Error::Limited { .. } | Error::Away { .. } => Self::Later(error.to_string()),
            other => Self::Never(other.to_string()),
        }
    }
}

/// For an answer to anything but a sync.
const TIMEOUT: Duration = Duration::from_secs(30);

const SESSION: &str = "session.json";
const STORE: &str = "store";
/// The part of the store that is the identity.
const KEYS: &str = "matrix-sdk-crypto.sqlite3";

/// Signs in where there is no session yet, and opens the store. A token that the homeserver no longer accepts is named
/// as `dead`.
pub(crate) async fn open(settings: &Settings, dead: Option<&str>) -> Result<(Client, Kept), Halt> {
    let folder = &settings.folder;
    make_private(folder).map_err(|e| Halt::Never(format!("{} cannot be made: {e}", folder.display())))?;
    let before = known(settings)?;
    let kept = match before {
        Some(kept) if may_go_on(settings, &kept, dead) => kept,
        before => {
            let kept = sign_in(settings, before.as_ref(), dead).await?;
            if before.is_none_or(|before| before.device_id != kept.device_id) {
                put_aside(folder)?;
            }
            write(folder, &kept)?;
            kept
        }
    };
    let client = client(settings, &folder.join(STORE)).await?;
    let session = MatrixSession {
        meta: SessionMeta { user_id: user(&kept.user_id)?, device_id: OwnedDeviceId::from(kept.device_id.as_str()) },
        tokens: SessionTokens { access_token: kept.access_token.clone(), refresh_token: None },
    };
    let restored = client.matrix_auth().restore_session(session, RoomLoadSettings::default()).await;
    restored.map_err(|e| Halt::Never(format!("the key store in {} cannot be used: {e}", folder.display())))?;
    Ok((client, kept))
}

/// The token that was kept, for a look at the account without its store.
pub(crate) fn kept(settings: &Settings) -> Option<Kept> {
    known(settings).ok().flatten()
}

/// The session whose keys are there.
fn known(settings: &Settings) -> Result<Option<Kept>, Halt> {
    let folder = &settings.folder;
    let Some(kept) = read(folder)? else { return Ok(None) };
    if kept.user_id != settings.user || kept.homeserver != settings.homeserver {
        let (user, server) = (&kept.user_id, &kept.homeserver);
        return Err(Halt::Never(format!(
            "{} has the keys of {user} at {server}; right would be another matrix.folder for {} at {}",
            folder.display(),
            settings.user,
            settings.homeserver
        )));
    }
    if !folder.join(STORE).join(KEYS).exists() {
        tracing::warn!("the key store of Matrix is lost: direttore signs in as a new device");
        return Ok(None);
    }
    Ok(Some(kept))
}

fn may_go_on(settings: &Settings, kept: &Kept, dead: Option<&str>) -> bool {
    let is_configured = match &settings.sign_in {
        SignIn::Token { token, .. } => *token == kept.access_token,
        SignIn::Password(_) => true,
    };
    is_configured && dead != Some(&kept.access_token)
}

async fn sign_in(settings: &Settings, before: Option<&Kept>, dead: Option<&str>) -> Result<Kept, Halt> {
    let server = Server::new(&settings.homeserver);
    let kept = match &settings.sign_in {
        SignIn::Password(password) => {
            let device = before.map(|kept| kept.device_id.as_str());
            let kept = by_password(&server, settings, password, device).await?;
            match device {
                // Others never accept new keys under an old device's name, and its own were deleted with it.
                Some(device) if !has_keys(&server, &kept).await? => {
                    tracing::warn!("the device {device} of Matrix was deleted: direttore signs in as a new one");
                    by_password(&server, settings, password, None).await?
                }
                _ => kept,
            }
        }
        SignIn::Token { token, .. } if dead == Some(token) => {
            let what = "the homeserver does not accept matrix.access_token";
            return Err(Halt::Never(format!("{what}; right would be a new one, or matrix.password")));
        }
        SignIn::Token { token, device } => by_token(&server, settings, before, token, device.as_deref()).await?,
    };
    if kept.user_id != settings.user {
        let (found, configured) = (&kept.user_id, &settings.user);
        return Err(Halt::Never(format!(
            "the homeserver says that this is {found}, and matrix.user_id is {configured}"
        )));
    }
    tracing::info!(matrix.device = %kept.device_id, "signed in to Matrix as {}", kept.user_id);
    Ok(kept)
}

async fn by_password(server: &Server, settings: &Settings, password: &str, device: Option<&str>) -> Result<Kept, Halt> {
    let mut question = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": settings.user },
        "password": password,
        "initial_device_display_name": settings.device_name,
    });
    if let Some(device) = device {
        question["device_id"] = json!(device);
    }
    let answer = server.ask(Method::POST, &["v3", "login"], Some(&question)).await.map_err(|error| match error {
        Error::Refused { status: 403, why, .. } => {
            Halt::Never(format!("the homeserver does not accept matrix.password of {}: {why}", settings.user))
        }
        other => other.into(),
    })?;
    Ok(Kept {
        homeserver: settings.homeserver.clone(),
        user_id: text(&answer, "user_id"),
        device_id: text(&answer, "device_id"),
        access_token: text(&answer, "access_token"),
    })
}

async fn by_token(
    server: &Server,
    settings: &Settings,
    before: Option<&Kept>,
    token: &str,
    configured: Option<&str>,
) -> Result<Kept, Halt> {
    let (user_id, found) = server.clone().with(token).who_is_it().await.map_err(|error| match error {
        Error::Token => {
            Halt::Never("the homeserver does not accept matrix.access_token; right would be a new one".to_owned())
        }
        other => other.into(),
    })?;
    let Some(device_id) = found.or_else(|| configured.map(str::to_owned)) else {
        let what = "the homeserver does not say of which device matrix.access_token is";
        return Err(Halt::Never(format!("{what}; right would be matrix.device_id beside it")));
    };
    let is_lost = before.is_none() && read(&settings.folder)?.is_some_and(|kept| kept.device_id == device_id);
    if is_lost {
        let what = format!("the keys of the device {device_id} are lost, of which matrix.access_token is");
        return Err(Halt::Never(format!("{what}; right would be a token of a new device")));
    }
    Ok(Kept { homeserver: settings.homeserver.clone(), user_id, device_id, access_token: token.to_owned() })
}

/// Whether others know the device's keys.
async fn has_keys(server: &Server, kept: &Kept) -> Result<bool, Halt> {
    let answer = server.clone().with(&kept.access_token).keys_of(&kept.user_id).await?;
    Ok(answer["device_keys"][&kept.user_id].get(&kept.device_id).is_some())
}

async fn client(settings: &Settings, store: &Path) -> Result<Client, Halt> {
    make_private(store).map_err(|e| Halt::Never(format!("{} cannot be made: {e}", store.display())))?;
    let encryption = EncryptionSettings {
        // Done by `keys`, which has the password that it may take.
        auto_enable_cross_signing: false,
        auto_enable_backups: true,
        backup_download_strategy: BackupDownloadStrategy::AfterDecryptionFailure,
    };
    let builder = Client::builder()
        .homeserver_url(&settings.homeserver)
        .respect_login_well_known(false)
        .user_agent(concat!("direttore/", env!("CARGO_PKG_VERSION")))
        // Whoever asks tries again by himself: he knows whether it still matters.
        .request_config(RequestConfig::new().timeout(TIMEOUT).retry_limit(1))
        .with_encryption_settings(encryption)
        .sqlite_store(store, settings.passphrase.as_deref());
    use matrix_sdk::ClientBuildError as Wrong;
    builder.build().await.map_err(|e| match e {
        Wrong::SqliteStore(why) => {
            Halt::Never(format!("the key store cannot be opened (is matrix.passphrase the one that made it?): {why}"))
        }
        Wrong::Url(why) => Halt::Never(format!("matrix.homeserver = {:?}: {why}", settings.homeserver)),
        other => Halt::Later(other.to_string()),
    })
}

fn user(id: &str) -> Result<OwnedUserId, Halt> {
    id.parse().map_err(|e| Halt::Never(format!("{id:?} is no Matrix user id: {e}")))
}

fn read(folder: &Path) -> Result<Option<Kept>, Halt> {
    let file = folder.join(SESSION);
    let wrong = |why: String| Halt::Never(format!("{} cannot be used: {why}", file.display()));
    match fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| wrong(e.to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(error.to_string())),
    }
}

fn write(folder: &Path, kept: &Kept) -> Result<(), Halt> {
    let text = serde_json::to_string_pretty(kept).map_err(|e| Halt::Never(e.to_string()))?;
    write_private(&folder.join(SESSION), &text).map_err(|e| Halt::Never(format!("the session cannot be kept: {e}")))
}

/// For its owner only, and there as a whole or not at all.
pub(crate) fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let new = file.with_extension("new");
    let _ = fs::remove_file(&new);
    let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()?;
    fs::rename(new, file)
}

/// A store of another device is kept: somebody may still need its keys.
fn put_aside(folder: &Path) -> Result<(), Halt> {
    let store = folder.join(STORE);
    if !store.exists() {
        return Ok(());
    }
    let free = (1..).map(|n| folder.join(format!("{STORE}.{n}"))).find(|old: &PathBuf| !old.exists());
    let old = free.expect("numbers do not end");
    tracing::warn!("the key store of another device was put aside as {}", old.display());
    fs::rename(&store, &old).map_err(|e| Halt::Never(format!("{} cannot be put aside: {e}", store.display())))
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests;
