//! Requests that a program may send again, for it does not know whether the first was heard.

use super::Caller;
use crate::{
    Clock,
    dispatch::{Dispatch, calendars::failure},
    password,
};
use direttore_domain::Failure;
use direttore_store::once::{self, Answer, Keyed, Known};
use sha2::{Digest, Sha256};

/// A request under its key.
#[derive(Debug, Clone)]
pub struct Request {
    key: String,
    fingerprint: String,
}

impl Request {
    pub fn of(key: &str, method: &str, path: &str, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self { key: key.to_owned(), fingerprint: password::hex(&hash.finalize()) }
    }
}

/// What is known of a request's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    New,
    /// It is being done, or was cut off.
    Running,
    Done {
        status: u16,
        /// Its media type.
        kind: String,
        body: String,
    },
    /// The key was another request's.
    Other,
}

impl Dispatch {
    /// Notes that a request is being done, unless it is known.
    ///
    /// # Errors
    /// The database's; likewise below.
    pub async fn begin_once(&self, who: &Caller, request: &Request) -> Result<Kept, Failure> {
        let (account_id, now) = (who.account().id, Clock::wall());
        let keyed = Keyed { account_id, key: &request.key, fingerprint: &request.fingerprint, now };
        let known = async {
            let mut tx = self.store.write().await?;
            let known = once::begin(&mut tx, &keyed).await?;
            tx.commit().await?;
            Ok(known)
        };
        Ok(match known.await.map_err(failure)? {
            Known::New => Kept::New,
            Known::Running => Kept::Running,
            Known::Other => Kept::Other,
            Known::Done(Answer { status, kind, body }) => {
                Kept::Done { status: u16::try_from(status).unwrap_or(200), kind, body }
            }
        })
    }

    /// Keeps the answer: status, media type and body. Without one nothing was done, and the key may be used again.
    ///
    /// # Errors
    /// As above.
    pub async fn end_once(
        &self,
        who: &Caller,
        request: &Request,
        answer: Option<(u16, String, String)>,
    ) -> Result<(), Failure> {
        let account = who.account().id;
        let kept = async {
            let mut tx = self.store.write().await?;
            match answer {
                Some((status, kind, body)) => {
                    let answer = Answer { status: status.into(), kind, body };
                    once::done(&mut tx, account, &request.key, &answer).await?;
                }
                None => once::forget(&mut tx, account, &request.key).await?,
            }
            tx.commit().await
        };
        kept.await.map_err(failure)
    }
}
