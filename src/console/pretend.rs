//! A pretend dispatch for the readers' tests: it says back what it heard, and knows a few words.

use crate::ear::{self, Ear};
use direttore_core::dispatch::{Completed, Heard, Told, What};
use direttore_domain::{Identity, Origin};
use direttore_reply::{Form, Question, Reply, Tone};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::broadcast::{Receiver, Sender, channel};

pub(crate) const CHANNEL: &str = "test";

pub(crate) struct Pretend {
    told: Sender<Told>,
    next: AtomicU32,
    /// Told when [`Ear::settle`] is called: a job's own replies.
    at_settle: Mutex<Vec<Reply>>,
    /// What settling leaves.
    pub(crate) left: Mutex<Vec<String>>,
}

impl Pretend {
    pub(crate) fn new() -> Arc<Self> {
        let (told, _) = channel(64);
        Arc::new(Self { told, next: AtomicU32::new(0), at_settle: Mutex::default(), left: Mutex::default() })
    }

    pub(crate) fn tell(&self, channel: &str, title: &str) {
        let reply = self.reply("admin", title);
        let _ = self.told.send(Told { origin: ear::origin(channel), reply });
    }

    fn reply(&self, to: &str, title: &str) -> Reply {
        let id = format!("r{}", self.next.fetch_add(1, Ordering::Relaxed) + 1);
        Reply { id, to: to.to_owned(), ..Reply::new(Tone::Info, title) }
    }

    fn answer(&self, who: &str, what: &What) -> Reply {
        let reply = |title: &str| self.reply(who, title);
        match what {
            What::Say(line) if line.ends_with("stop") => {
                Reply { actions: vec!["Yes".to_owned(), "No".to_owned()], ..reply("stop it?") }
            }
            What::Say(line) if line.ends_with("delete") => {
                let ask = vec![Question {
                    key: "name".into(),
                    label: "type the name".into(),
                    required: true,
                    ..Question::default()
                }];
                Reply { form: Some(Form { title: String::new(), page: 1, of: 1, ask }), ..reply("delete it?") }
            }
            What::Say(line) if line.ends_with("start") => {
                // Told while the line is still being heard: must not come out before its reply.
                self.tell(CHANNEL, "J-1 runs");
                self.at_settle.lock().expect("no test panics with it").push(self.reply(who, "J-1 is done"));
                Reply { tone: Tone::Success, ..reply("J-1 is queued") }
            }
            What::Say(line) => reply(&format!("heard {line}")),
            What::Press { on, label } => reply(&format!("pressed {label} on {on}")),
            What::Fill { on, values } => reply(&format!("filled {on} with {values:?}")),
            What::Set { .. } | What::Find { .. } | What::Look { .. } => {
                unreachable!("a terminal has no use for {what:?}")
            }
        }
    }
}

impl Ear for Pretend {
    async fn hear(&self, heard: Heard) -> Vec<Reply> {
        let reply = self.answer(&heard.identity.subject, &heard.what);
        tokio::task::yield_now().await;
        vec![reply]
    }

    fn told(&self) -> Receiver<Told> {
        self.told.subscribe()
    }

    async fn complete(&self, _: &Identity, _: &Origin, line: &str, _: usize) -> Completed {
        Completed { start: line.len(), values: vec![("\x1b[2Jweb1".to_owned(), "a guest".to_owned())] }
    }

    async fn settle(&self, _: &str, _: Duration) -> Vec<String> {
        let done: Vec<Reply> = std::mem::take(&mut *self.at_settle.lock().expect("no test panics with it"));
        for reply in done {
            let _ = self.told.send(Told { origin: ear::origin(CHANNEL), reply });
        }
        self.left.lock().expect("no test panics with it").clone()
    }
}
