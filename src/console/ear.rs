//! What the console needs of the dispatch: a seam, so that its readers can be tested against a pretend one.

use direttore_core::dispatch::{Completed, Dispatch, Heard, Told};
use direttore_domain::{Claims, Identity, Origin, Surface};
use direttore_reply::Reply;
use std::{collections::VecDeque, future::Future, time::Duration};
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};

pub(crate) trait Ear: Send + Sync + 'static {
    fn hear(&self, heard: Heard) -> impl Future<Output = Vec<Reply>> + Send;
    fn told(&self) -> Receiver<Told>;
    fn complete(
        &self,
        who: &Identity,
        origin: &Origin,
        line: &str,
        cursor: usize,
    ) -> impl Future<Output = Completed> + Send;
    fn settle(&self, channel: &str, within: Duration) -> impl Future<Output = Vec<String>> + Send;
}

impl Ear for Dispatch {
    async fn hear(&self, heard: Heard) -> Vec<Reply> {
        Dispatch::hear(self, heard).await
    }

    fn told(&self) -> Receiver<Told> {
        Dispatch::told(self)
    }

    async fn complete(&self, who: &Identity, origin: &Origin, line: &str, cursor: usize) -> Completed {
        // Who sits at the console is known by the account alone.
        Dispatch::complete(self, (who, &Claims::default()), origin, line, cursor).await
    }

    async fn settle(&self, channel: &str, within: Duration) -> Vec<String> {
        Dispatch::settle(self, channel, within).await
    }
}

pub(crate) fn identity(account: &str) -> Identity {
    Identity { surface: Surface::Console, subject: account.to_owned() }
}

pub(crate) fn origin(channel: &str) -> Origin {
    Origin { surface: Surface::Console, channel: channel.to_owned() }
}

/// The unasked replies for one channel, kept in order while something else is said.
pub(crate) struct Unasked {
    told: Receiver<Told>,
    origin: Origin,
    kept: VecDeque<Reply>,
}

impl Unasked {
    pub(crate) fn new(told: Receiver<Told>, origin: Origin) -> Self {
        Self { told, origin, kept: VecDeque::new() }
    }

    /// The next one; waits for ever once the dispatch is gone. Nothing is lost when the wait is given up.
    pub(crate) async fn next(&mut self) -> Reply {
        loop {
            if let Some(reply) = self.kept.pop_front() {
                return reply;
            }
            self.keep_next().await;
        }
    }

    /// The next one that is here already.
    pub(crate) fn now(&mut self) -> Option<Reply> {
        loop {
            match self.told.try_recv() {
                Ok(told) => self.keep(told),
                Err(TryRecvError::Lagged(missed)) => self.missed(missed),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return self.kept.pop_front(),
            }
        }
    }

    /// Runs `work` and keeps what is told meanwhile, so that it comes out after.
    pub(crate) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.keep_next() => {}
            }
        }
    }

    async fn keep_next(&mut self) {
        match self.told.recv().await {
            Ok(told) => self.keep(told),
            Err(RecvError::Lagged(missed)) => self.missed(missed),
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    fn keep(&mut self, told: Told) {
        if told.origin == self.origin {
            self.kept.push_back(Reply { unasked: true, ..told.reply });
        }
    }

    fn missed(&self, missed: u64) {
        tracing::warn!(replies.missed = missed, "{missed} unasked replies were missed: the terminal is too slow");
    }
}
