//! What programs do over HTTP: the same commands that people say, given with their answers, and confirmed by the call
//! itself. Policy, reservations, audit log and jobs are those of everybody.
//!
//! [`sign_in`] is how a name and a password become tokens, [`provider`] how what an identity provider says does,
//! [`callers`] who a token is of; [`lab`] and [`accounts`] are
//! what a program reads, [`wait`] how it learns of the task that its job began.

mod accounts;
mod ask;
mod callers;
mod inventory;
mod lab;
mod once;
mod provider;
mod reservations;
mod sign_in;
mod wait;

pub use ask::{Answered, Waits};
pub use callers::Caller;
pub(super) use callers::Key;
pub use inventory::{Allocated, NetBoxSeen, Plain, PlainSeen};
pub use lab::{BridgeSeen, Medium, TaskSeen};
pub use once::{Kept, Request};
pub use provider::{Back, Entered, Sent};
pub use reservations::{Aside, ReservationSeen, ReservationsSeen};
pub use sign_in::SignedIn;
pub use wait::{Begun, JobSeen};

use super::{
    Dispatch,
    carry::Carried,
    measured,
    record::{Trace, with_request},
    say::{Asking, attached},
};
use crate::{
    handlers::{self, Cx},
    jobs::steps::Step,
    plan::{Change, Hashed, Outcome, Plan},
};
use direttore_catalog::{Given, catalog};
use direttore_domain::{JobId, Refusal, Trouble, policy};
use direttore_reply::Reply;
use futures::future::BoxFuture;
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// A command with its answers.
#[derive(Debug, Clone)]
pub struct Act {
    pub command: &'static str,
    pub given: Given,
    /// A password's hash, for the account that the command makes or is about.
    pub hash: Option<Hashed>,
    /// What is said beside a reservation.
    pub aside: Option<Aside>,
    /// Of the guest that the command makes.
    pub password: Option<Password>,
}

/// One that a program gave.
#[derive(Clone)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Act {
    pub fn new<const N: usize>(command: &'static str, given: [(&str, String); N]) -> Self {
        let given = given.into_iter().map(|(key, value)| (key.to_owned(), vec![value])).collect();
        Self { command, given, hash: None, aside: None, password: None }
    }

    #[must_use]
    pub fn with_hash(self, hash: Hashed) -> Self {
        Self { hash: Some(hash), ..self }
    }

    #[must_use]
    pub fn with_aside(self, aside: Aside) -> Self {
        Self { aside: Some(aside), ..self }
    }
}

/// What came of the commands: facts that only carrying them out gave, and their jobs.
#[derive(Debug, Clone, Default)]
pub struct Done {
    pub facts: Map<String, Value>,
    pub jobs: Vec<JobId>,
    /// What was said of commands with nothing to do: "web1 is running already".
    pub said: Vec<String>,
}

/// What is to be done for a command, or what there is to say of it instead.
pub(in crate::dispatch) enum Planned {
    Do(Box<Plan>),
    Said(Box<Reply>),
}

impl Dispatch {
    /// Several commands in one transaction: all, or none. The call is the yes to their questions.
    ///
    /// # Errors
    /// As for people. What failed is in the audit log.
    pub fn give<'s>(&'s self, who: &'s Caller, acts: Vec<Act>) -> BoxFuture<'s, Result<Done, Trouble>> {
        Box::pin(async move {
            let mut askings = Vec::new();
            for act in &acts {
                askings.push(self.asking_program(who, act.command, act.given.clone())?);
            }
            let (mut plans, mut all) = (Vec::new(), Done::default());
            for (asking, act) in askings.iter_mut().zip(&acts) {
                match self.planned(asking, act).await {
                    Ok(Planned::Do(plan)) => plans.push((&*asking, plan)),
                    Ok(Planned::Said(reply)) => all.said.push(reply.title.plain(&reply.zone)),
                    Err(trouble) => return Err(self.leave_trace(asking, trouble)),
                }
            }
            if plans.is_empty() {
                return Ok(all);
            }
            let now = self.clock.now();
            let mut tx = self.store.write().await?;
            let mut done = Vec::new();
            for (asking, plan) in &plans {
                match self.carry_in(&mut tx, asking, plan, (None, None), now).await {
                    Ok(carried) => done.push(carried),
                    Err(trouble) => {
                        drop(tx);
                        return Err(self.leave_trace(asking, trouble));
                    }
                }
            }
            tx.commit().await?;
            for ((asking, plan), carried) in plans.iter().zip(done) {
                self.carried(asking, plan, &carried);
                let Carried { brought, jobs, .. } = carried;
                all.facts.extend(brought);
                all.jobs.extend(jobs.into_iter().map(|(id, _)| id));
            }
            Ok(all)
        })
    }

    pub(in crate::dispatch) fn planned<'s, 'a: 's>(
        &'s self,
        asking: &'s mut Asking<'a>,
        act: &'s Act,
    ) -> BoxFuture<'s, Result<Planned, Trouble>> {
        Box::pin(async move {
            let channel = asking.heard.origin.channel_name();
            policy::may_say(&asking.actor, asking.command.permission, &asking.command.path, &channel)?;
            let answers = asking.command.answers(&asking.given)?;
            // Blanks are no answer: what was given may be missing all the same.
            if let Some(option) = answers.missing(asking.command).first() {
                return Err(Refusal::MissingOption { option: option.name.clone(), right: option.help.clone() }.into());
            }
            let cx = self.cx(asking, true);
            let mut plan = match handlers::plan(&cx, asking.command, answers).await? {
                Outcome::Do(plan) => *plan,
                Outcome::Say(say) => {
                    measured::command(asking.heard, &asking.command.path, "answered");
                    self.recorder.later(asking.trace.entry("answered", Value::Null));
                    let mut reply = self.said(&asking.actor, &say)?;
                    reply.attachments.extend(say.file.as_ref().map(attached));
                    return Ok(Planned::Said(Box::new(reply)));
                }
            };
            for change in &mut plan.changes {
                if let Change::CreateAccount { hash, .. } | Change::NewPassword { hash, .. } = change {
                    hash.clone_from(&act.hash);
                }
                if let (Change::Reserve(deed), Some(aside)) = (change, &act.aside) {
                    aside.put(deed);
                }
            }
            if let Some(Password(password)) = &act.password {
                let hidden = self.rules.derived.hidden(password).ok_or_else(|| Trouble::bug("no random bytes"))?;
                for step in plan.jobs.iter_mut().flat_map(|job| &mut job.steps) {
                    if let Step::CreateGuest(making) = step {
                        making.spec.hidden_password = Some(hidden.clone());
                    }
                }
            }
            asking.trace.target(&plan.target);
            Ok(Planned::Do(Box::new(plan)))
        })
    }

    /// Lets a program see what a command shows: policy, and the line in the audit log.
    fn looks(&self, who: &Caller, command: &str, given: Given) -> Result<Cx, Trouble> {
        let asking = self.asking_program(who, command, given)?;
        self.allowed(&asking)?;
        measured::command(asking.heard, &asking.command.path, "answered");
        let cx = self.cx(&asking, false);
        self.recorder.once_more(asking.trace.answered(), with_request);
        Ok(cx)
    }

    fn allowed(&self, asking: &Asking<'_>) -> Result<(), Trouble> {
        let channel = asking.heard.origin.channel_name();
        policy::may_say(&asking.actor, asking.command.permission, &asking.command.path, &channel)
            .map_err(|refusal| self.leave_trace(asking, refusal.into()))
    }

    fn asking_program<'h>(&self, who: &'h Caller, command: &str, given: Given) -> Result<Asking<'h>, Trouble> {
        let command = catalog().get(command).ok_or_else(|| Trouble::bug("a command that is not there"))?;
        let trace = Trace::of(self, &who.heard, &who.actor, command, &given);
        Ok(Asking { heard: &who.heard, actor: Arc::clone(&who.actor), command, given, trace, blind: None })
    }

    /// The reply is for a chat; what it leaves behind is the line in the audit log.
    pub(in crate::dispatch) fn leave_trace(&self, asking: &Asking<'_>, trouble: Trouble) -> Trouble {
        let _ = self.refuse(asking.heard, Some(&asking.actor), &asking.trace, &trouble);
        trouble
    }
}
