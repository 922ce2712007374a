//! Which request something is done for: a word that its answer, the log and the audit log share.
//!
//! It goes with the work, not with the values that the work is about: whoever does not ask for it need not hand it on.

use crate::traced::Cause;
use direttore_domain::JobId;
use std::{
    collections::HashMap,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

tokio::task_local! {
    static NOW: RequestId;
}

/// Letters, digits and `-._` only, at most [`RequestId::LONGEST`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    pub const LONGEST: usize = 64;

    /// As somebody else gave it; `None` when it has another form than ours may have.
    pub fn given(text: &str) -> Option<Self> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        ((1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(fits)).then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All that the future does is done for this request.
    pub async fn during<F: Future>(self, work: F) -> F::Output {
        NOW.scope(self, work).await
    }

    /// The request that is worked for here, if any.
    pub fn now() -> Option<Self> {
        NOW.try_with(Clone::clone).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which requests jobs were enqueued for, until they are begun here. Another process finds it in the audit log.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<HashMap<JobId, (RequestId, Cause)>>);

/// Jobs that another process took are never asked for here.
const MOST: usize = 1000;

impl Requests {
    pub fn keep(&self, job: JobId) {
        let Some(id) = RequestId::now() else { return };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(job, (id, Cause::now()));
    }

    pub fn of(&self, job: JobId) -> Option<(RequestId, Cause)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_break_a_line_of_the_log_is_not_taken() {
        for text in ["a", "req-7f.3_A", &"x".repeat(64)] {
            assert_eq!(RequestId::given(text).as_ref().map(RequestId::as_str), Some(text));
        }
        for text in ["", "a b", "a\n", "a\"", "ä", &"x".repeat(65)] {
            assert_eq!(RequestId::given(text), None, "{text:?}");
        }
    }

    #[tokio::test]
    async fn it_goes_with_the_work_and_no_further() {
        let id = RequestId::given("r1").expect("of the right form");
        let requests = Requests::default();
        id.clone().during(async { requests.keep(JobId(7)) }).await;
        requests.keep(JobId(8));
        let of = |job| requests.of(JobId(job)).map(|(id, _)| id);
        assert_eq!((of(7), of(7), of(8)), (Some(id), None, None));
        assert_eq!(RequestId::now(), None);
    }
}
