//! One person's talk: what their lines mean, and what they can still answer. No input or output.

use super::ChatSettings;
use crate::{
    ear::{self, Ear},
    open::Open,
    say,
};
use direttore_core::dispatch::{Heard, What};
use direttore_domain::{Claims, Origin};
use direttore_reply::Reply;
use std::sync::Arc;

pub(super) struct Talk<E> {
    ear: Arc<E>,
    account: String,
    channel: String,
    others: Vec<String>,
    open: Open,
}

impl<E: Ear> Talk<E> {
    pub(super) fn new(ear: Arc<E>, settings: &ChatSettings) -> Self {
        let (account, channel) = (settings.account.clone(), settings.channel.clone());
        Self { ear, account, channel, others: settings.others.clone(), open: Open::default() }
    }

    pub(super) fn origin(&self) -> Origin {
        ear::origin(&self.channel)
    }

    /// The replies to one line.
    pub(super) async fn hear(&mut self, line: &str) -> Vec<Reply> {
        let (who, line) = self.speaker(line);
        let what = say::meant(line, &self.open);
        let on = match &what {
            What::Press { on, .. } | What::Fill { on, .. } => Some(on.clone()),
            _ => None,
        };
        let heard = Heard { identity: ear::identity(&who), claims: Claims::default(), origin: self.origin(), what };
        let replies = self.ear.hear(heard).await;
        if let Some(on) = on {
            self.open.answered(&on, &replies);
        }
        replies
    }

    /// Who says a line, and the line without its `@account`.
    fn speaker<'l>(&self, line: &'l str) -> (String, &'l str) {
        let named = line.trim_start().strip_prefix('@').and_then(|rest| rest.split_once(char::is_whitespace));
        match named {
            Some((name, rest)) if self.others.iter().any(|o| o == name) => (name.to_owned(), rest.trim_start()),
            _ => (self.account.clone(), line),
        }
    }

    pub(super) fn shown(&mut self, reply: &Reply) {
        self.open.shown(reply);
    }

    /// Others may speak in this process too.
    pub(super) fn concerns_me(&self, reply: &Reply) -> bool {
        reply.public || reply.to == self.account || self.others.contains(&reply.to)
    }
}
