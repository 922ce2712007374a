//! A session with a device: what it showed first is kept, and what went wrong is told in our words.

use super::{Devices, Target, target::jump_name};
use direttore_clients::device::{Error, Held, Link, Seen, Wish};
use direttore_domain::{Failure, Refusal, Trouble};
use direttore_store::device_key::{self, Key};
use std::time::Duration;

impl Devices {
    /// # Errors
    /// Of the session, or of `work`.
    pub async fn call<T: Send + 'static>(
        &self,
        target: &Target,
        work: impl FnOnce(&mut Link) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.seen(target, self.pool.call(target.box_.clone(), work).await).await
    }

    /// The same while [`Devices::hold`] holds another session.
    ///
    /// # Errors
    /// Of the session, or of `work`.
    pub async fn call_beside<T: Send + 'static>(
        &self,
        target: &Target,
        work: impl FnOnce(&mut Link) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.seen(target, self.pool.call_beside(target.box_.clone(), work).await).await
    }

    /// A change that is live as long as its session is held.
    ///
    /// # Errors
    /// Of the session.
    pub async fn hold(&self, target: &Target, wish: Wish, limit: Duration) -> Result<Held, Error> {
        self.pool.hold(target.box_.clone(), wish, limit).await
    }

    /// A key that was believed is kept; one that was not stands beside it until somebody accepts it.
    async fn seen<T>(
        &self,
        target: &Target,
        done: Result<direttore_clients::device::Done<T>, Error>,
    ) -> Result<T, Error> {
        let (offered, peer) = match &done {
            Ok(done) => {
                if done.host_key.is_new {
                    self.keep(&target.key_name(), &done.host_key, true).await;
                }
                if let (Some(seen), Some(jump)) = (&done.jump_key, &target.box_.jump)
                    && seen.is_new
                {
                    self.keep(&jump_name(jump), seen, true).await;
                }
                (None, String::new())
            }
            Err(Error::HostKeyChanged { seen, .. } | Error::HostKeyUnknown { seen }) => (Some(seen), target.key_name()),
            Err(Error::Jump { why, .. }) => match (why.as_ref(), &target.box_.jump) {
                (Error::HostKeyChanged { seen, .. } | Error::HostKeyUnknown { seen }, Some(jump)) => {
                    (Some(seen), jump_name(jump))
                }
                _ => (None, String::new()),
            },
            Err(_) => (None, String::new()),
        };
        if let Some(seen) = offered {
            self.keep(&peer, seen, false).await;
        }
        done.map(|done| done.value)
    }

    /// What cannot be written now is written with the next session: the device shows its key each time.
    async fn keep(&self, peer: &str, seen: &Seen, is_believed: bool) {
        let key = Key { fingerprint: seen.fingerprint.clone(), key: Some(seen.key.clone()) };
        let kept = async {
            let mut tx = self.store.write().await?;
            if is_believed {
                device_key::believe(&mut tx, peer, &key, "", self.clock.now()).await?;
            } else {
                device_key::offer(&mut tx, peer, &key, self.clock.now()).await?;
            }
            tx.commit().await
        };
        match kept.await {
            Ok(()) if is_believed => {
                tracing::info!(peer, fingerprint = seen.fingerprint, "a host key is believed at first sight")
            }
            Ok(()) => tracing::warn!(peer, fingerprint = seen.fingerprint, "a host key was not accepted"),
            Err(error) => tracing::warn!(peer, "a host key could not be kept: {error}"),
        }
    }

    /// An error as the asker reads it.
    pub fn trouble(&self, target: &Target, error: &Error) -> Trouble {
        match error {
            Error::HostKeyChanged { .. } | Error::HostKeyUnknown { .. } => {
                Refusal::HostKey { device: target.name.clone(), why: self.said(target, error) }.into()
            }
            Error::Locked { .. } | Error::PendingCommit { .. } => Refusal::WrongState {
                subject: target.name.clone(),
                verb: "be changed".to_owned(),
                why: self.said(target, error),
            }
            .into(),
            Error::Settings(why) => Refusal::BadValue {
                option: "command".to_owned(),
                given: String::new(),
                what: "command",
                right: why.clone(),
            }
            .into(),
            other => Trouble::Failure(self.failure(target, other)),
        }
    }

    /// As [`Devices::trouble`], for whoever has no asker.
    pub fn failure(&self, target: &Target, error: &Error) -> Failure {
        error.to_failure(&target.name)
    }

    /// In one clause, without secrets.
    pub fn said(&self, target: &Target, error: &Error) -> String {
        self.masked(target.platform, &error.to_string())
    }
}
