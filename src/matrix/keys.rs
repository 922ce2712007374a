//! Keys: the device is signed by the account, the account's keys are kept on the homeserver under a recovery key, and the
//! keys of rooms are backed up there.
//!
//! Whoever has the recovery key is the bot. It is written once, for the owner of the data folder only, and is never in
//! the log.

use crate::{
    session::write_private,
    settings::{Settings, SignIn},
};
use matrix_sdk::{
    Client,
    encryption::recovery::RecoveryState,
    ruma::api::client::uiaa::{AuthData, MatrixUserIdentifier, Password, UserIdentifier},
};
use std::fs;

/// Where a recovery key is left that was just made.
const RECOVERY: &str = "matrix-recovery-key";

/// How it stands with the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The account vouches for it.
    Signed,
    /// Others would not trust what it says, nor give it their keys: it is silent in encrypted rooms.
    Unsigned { why: String },
}

/// Makes what is missing. Errors are the homeserver's: it may work later.
pub(crate) async fn prepare(client: &Client, settings: &Settings) -> Result<Standing, matrix_sdk::Error> {
    let encryption = client.encryption();
    encryption.wait_for_e2ee_initialization_tasks().await;
    if !is_complete(client).await {
        let Some(me) = client.user_id() else { return Ok(unsigned("nobody is signed in")) };
        if encryption.request_user_identity(me).await?.is_none() {
            bootstrap(client, settings).await?;
        } else if let Err(why) = recover(client, settings).await {
            return Ok(unsigned(&why));
        }
    }
    if !is_complete(client).await {
        return Ok(unsigned("the recovery key does not give all of the account's keys"));
    }
    if !is_signed(client).await {
        // The keys are there, the signature of this device is not.
        if let Some(device) = encryption.get_own_device().await?
            && let Err(error) = device.verify().await
        {
            tracing::warn!("the device of Matrix cannot be signed: {error}");
        }
    }
    let recovery = encryption.recovery();
    match recovery.state() {
        RecoveryState::Disabled => make_recovery_key(client, settings).await,
        RecoveryState::Incomplete => {
            if let Err(why) = recover(client, settings).await {
                tracing::warn!("the key backup of Matrix is not complete: {why}");
            }
        }
        RecoveryState::Enabled | RecoveryState::Unknown => {}
    }
    Ok(Standing::Signed)
}

/// Whether the account's keys are here.
async fn is_complete(client: &Client) -> bool {
    client.encryption().cross_signing_status().await.is_some_and(|status| status.is_complete())
}

/// Whether the account vouches for this device.
pub(crate) async fn is_signed(client: &Client) -> bool {
    let device = client.encryption().get_own_device().await.ok().flatten();
    device.is_some_and(|device| device.is_cross_signed_by_owner())
}

/// The recovery key, as it was configured or left in the folder.
pub(crate) fn recovery_key(settings: &Settings) -> Option<String> {
    let left = || fs::read_to_string(settings.folder.join(RECOVERY)).ok();
    let key = settings.recovery_key.clone().or_else(left)?;
    Some(key.trim().to_owned()).filter(|key| !key.is_empty())
}

fn unsigned(why: &str) -> Standing {
    Standing::Unsigned { why: why.to_owned() }
}

/// The first device of an account makes the account's keys.
async fn bootstrap(client: &Client, settings: &Settings) -> Result<(), matrix_sdk::Error> {
    let encryption = client.encryption();
    let Err(error) = encryption.bootstrap_cross_signing(None).await else { return Ok(()) };
    // The homeserver may want to know that it is really us.
    let (Some(asked), SignIn::Password(password)) = (error.as_uiaa_response(), &settings.sign_in) else {
        return Err(error);
    };
    let who = UserIdentifier::Matrix(MatrixUserIdentifier::new(settings.user.clone()));
    let mut answer = Password::new(who, password.clone());
    answer.session.clone_from(&asked.session);
    encryption.bootstrap_cross_signing(Some(AuthData::Password(answer))).await
}

async fn recover(client: &Client, settings: &Settings) -> Result<(), String> {
    let Some(key) = recovery_key(settings) else {
        return Err("this is a new device of the account, and matrix.recovery_key is not there".to_owned());
    };
    let recovered = client.encryption().recovery().recover_and_fix_backup(&key).await;
    recovered.map_err(|e| format!("matrix.recovery_key does not open the account's keys: {e}"))
}

async fn make_recovery_key(client: &Client, settings: &Settings) {
    let file = settings.folder.join(RECOVERY);
    let made = match client.encryption().recovery().enable().await {
        Ok(key) => write_private(&file, &key).map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match made {
        Ok(()) => tracing::warn!(
            "a recovery key for the keys of Matrix was made: it is in {}; keep it elsewhere and give it as matrix.recovery_key",
            file.display()
        ),
        Err(why) => tracing::warn!("no recovery key for the keys of Matrix could be made: {why}"),
    }
}
