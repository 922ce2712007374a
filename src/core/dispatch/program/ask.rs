//! Commands that a program gives as people do: what asks first is answered with its question, which the program may
//! confirm.

use super::Caller;
use crate::dispatch::{Dispatch, Heard, Then, press::yes_of, question::Open, record::Trace};
use direttore_catalog::{Command, Given, catalog};
use direttore_domain::{Refusal, Trouble, policy};
use direttore_reply::{Reply, Tone};
use futures::future::BoxFuture;

/// What a plan waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waits {
    /// Nothing: it was answered, or is being done.
    No,
    /// A yes to the question of this id.
    Yes { plan: String },
    /// The name of what it touches, besides.
    Name { plan: String },
}

/// What a command was answered with.
#[derive(Debug, Clone)]
pub struct Answered {
    pub replies: Vec<Reply>,
    pub waits: Waits,
}

impl Answered {
    fn of(replies: Vec<Reply>) -> Self {
        let first = replies.first().filter(|reply| reply.tone == Tone::Info);
        let waits = match first {
            Some(reply) if reply.actions.iter().any(|a| matches!(a.as_str(), "Yes" | "Create")) => {
                Waits::Yes { plan: reply.id.clone() }
            }
            Some(reply) if reply.form.as_ref().is_some_and(|form| form.ask.iter().any(|ask| ask.key == "name")) => {
                Waits::Name { plan: reply.id.clone() }
            }
            _ => Waits::No,
        };
        Self { replies, waits }
    }
}

impl Dispatch {
    /// The commands that the caller may give at all, by path.
    pub fn commands_for(&self, who: &Caller) -> Vec<&'static Command> {
        let channel = who.heard.origin.channel_name();
        let may = |c: &&Command| policy::may_say(&who.actor, c.permission, &c.path, &channel).is_ok();
        catalog().commands().iter().filter(may).collect()
    }

    /// Gives a command with its answers.
    ///
    /// # Errors
    /// As for people; `missing-option` where people would get a form.
    pub async fn ask_for(&self, who: &Caller, command: &str, given: Given) -> Result<Answered, Trouble> {
        let mut asking = self.asking_program(who, command, given)?;
        let asked = async {
            let channel = asking.heard.origin.channel_name();
            let command = asking.command;
            policy::may_say(&asking.actor, command.permission, &command.path, &channel)?;
            let answers = command.answers(&asking.given)?;
            if let Some(option) = answers.missing(command).first() {
                return Err(Refusal::MissingOption { option: option.name.clone(), right: option.help.clone() }.into());
            }
            self.asked(&mut asking, None).await
        };
        match asked.await {
            Ok(replies) => Ok(Answered::of(replies)),
            Err(trouble) => Err(self.leave_trace(&asking, trouble)),
        }
    }

    /// Says yes to a plan, with the name of what it touches where that is asked for. What comes is what is being done,
    /// or the plan as it would be now where something has changed since.
    ///
    /// # Errors
    /// `nothing-open`, `expired`, `answered-already`, `missing-option`.
    pub async fn confirm_for(&self, who: &Caller, plan: &str, name: Option<&str>) -> Result<Answered, Trouble> {
        let heard = &who.heard;
        let trace = Trace::new(self, heard, &format!("[confirm] on {plan}"));
        let confirmed = self.try_confirm_for(heard, plan, name, trace.clone()).await;
        confirmed.map_err(|trouble| self.left(heard, who, trace, trouble))
    }

    /// A refusal is in the audit log, also of what was somebody else's to answer.
    fn left(&self, heard: &Heard, who: &Caller, mut trace: Trace, trouble: Trouble) -> Trouble {
        trace.actor(&who.actor);
        let _ = self.refuse(heard, Some(&who.actor), &trace, &trouble);
        trouble
    }

    fn try_confirm_for<'s>(
        &'s self,
        heard: &'s Heard,
        plan: &'s str,
        name: Option<&'s str>,
        trace: Trace,
    ) -> BoxFuture<'s, Result<Answered, Trouble>> {
        Box::pin(async move {
            let open = self.answering(heard, plan, trace.clone()).await?.open;
            let replies = match &open {
                Open::Confirm { typed_name: Some(typed), .. } => {
                    let missing =
                        || Refusal::MissingOption { option: "name".into(), right: format!("{typed}, to go on") };
                    let values = [("name".to_owned(), name.ok_or_else(missing)?.to_owned())];
                    self.filled(heard, plan, &values, Then::Next, trace).await?
                }
                Open::Confirm { command, .. } => self.pressed(heard, plan, yes_of(command), trace).await?,
                _ => return Err(Refusal::NothingOpen.into()),
            };
            Ok(Answered::of(replies))
        })
    }

    /// Says no to it.
    ///
    /// # Errors
    /// As [`Dispatch::confirm_for`].
    pub async fn drop_for(&self, who: &Caller, plan: &str) -> Result<(), Trouble> {
        let heard = &who.heard;
        let trace = Trace::new(self, heard, &format!("[cancel] on {plan}"));
        let dropped = self.try_drop_for(heard, plan, trace.clone()).await;
        dropped.map_err(|trouble| self.left(heard, who, trace, trouble))
    }

    fn try_drop_for<'s>(&'s self, heard: &'s Heard, plan: &'s str, trace: Trace) -> BoxFuture<'s, Result<(), Trouble>> {
        Box::pin(async move {
            let open = self.answering(heard, plan, trace.clone()).await?.open;
            let label = match &open {
                Open::Confirm { typed_name: None, command, .. } if yes_of(command) == "Yes" => "No",
                Open::Confirm { .. } => "Cancel",
                _ => return Err(Refusal::NothingOpen.into()),
            };
            self.pressed(heard, plan, label, trace).await.map(|_| ())
        })
    }
}
