//! What a rule does, made a job: a command given by a service account as a program gives it, or a step of our own.

use super::{
    super::{
        carry::Asked,
        program::{Act, Planned},
        record::Trace,
        say::Asking,
    },
    Dispatch,
    runs::Case,
};
use crate::{
    dispatch::{Heard, What},
    hooks::{
        self, Action,
        rule::{answers, known, wished},
    },
    jobs::steps::{AdoptGuest, Announce, NoteOutcome, Step},
    plan::{JobPlan, Plan},
};
use direttore_catalog::{Given, catalog};
use direttore_domain::{Account, AccountName, Claims, GuestKind, Identity, Origin, Refusal, Surface, Trouble, text};
use direttore_reply::Reply;
use direttore_store::{
    account,
    audit::{self, Entry},
    hook,
};
use futures::future::BoxFuture;
use serde_json::json;
use std::sync::Arc;

/// As many addresses are given back by one command.
const AT_ONCE: usize = 25;

/// What a run comes to.
pub(super) enum Made {
    Announced(Box<Announce>),
    /// Nothing was to be done, or could be.
    Noted {
        said: String,
        is_failed: bool,
    },
    Planned(Box<Account>, Vec<Act>, Option<Adopted>),
}

impl Dispatch {
    /// # Errors
    /// Why it cannot be done; what is refused to the service account is in the audit log.
    pub(super) fn act_upon<'s, 'a: 's>(&'s self, case: &'s Case<'a>) -> BoxFuture<'s, Result<(), Trouble>> {
        Box::pin(async move {
            let known = known(case.event, &case.delivery.hook, &case.rule.name);
            let made = match &case.rule.action {
                Action::Announce { channel, origin, spoken } => match spoken.render(&known) {
                    Ok(reply) => Made::announced(case, (channel, origin), reply)?,
                    Err(error) => Made::failed(format!("what is to be said cannot be made: {error}")),
                },
                Action::Run { account, command, with, .. } => match answers(with, &known) {
                    Ok(answers) => self.one(account, command, answers, None).await?,
                    Err(why) => Made::failed(why),
                },
                Action::Provision { account, kind, with } => match answers(with, &known) {
                    Ok(answers) => self.provision(case, account, *kind, answers).await?,
                    Err(why) => Made::failed(why),
                },
                Action::Release { account } => self.release(case, account).await?,
            };
            self.enqueue_run(case, made).await
        })
    }

    async fn one(
        &self,
        account: &AccountName,
        command: &str,
        answers: Vec<(String, String)>,
        adopted: Option<Adopted>,
    ) -> Result<Made, Trouble> {
        let account = self.service_account(account).await?;
        let command = catalog().get(command).ok_or_else(|| Trouble::bug("a rule's command that is not there"))?;
        let given: Given = answers.into_iter().map(|(key, value)| (key, vec![value])).collect();
        let missing: Vec<String> = command.answers(&given)?.missing(command).iter().map(|o| o.name.clone()).collect();
        if !missing.is_empty() {
            return Ok(Made::failed(format!("/{} needs {} too", command.path, text::list(&missing))));
        }
        let act = Act { command: &command.path, given, hash: None, aside: None, password: None };
        Ok(Made::Planned(Box::new(account), vec![act], adopted))
    }

    /// # Errors
    /// There is none of that name, or it is disabled.
    async fn service_account(&self, name: &AccountName) -> Result<Account, Trouble> {
        let mut tx = self.store.read().await?;
        let found = account::by_name(&mut tx, name).await?;
        match found {
            Some(account) if account.is_disabled => {
                Err(Refusal::AccountDisabled { account: account.name.to_string() }.into())
            }
            Some(account) => Ok(account),
            None => {
                Err(Refusal::NoSuch { what: "account", given: name.to_string(), nearest: None, has: vec![] }.into())
            }
        }
    }

    /// The VM that NetBox has as planned, as it is there now.
    async fn provision(
        &self,
        case: &Case<'_>,
        account: &AccountName,
        kind: GuestKind,
        with: Vec<(String, String)>,
    ) -> Result<Made, Trouble> {
        let ipam = self.lab.need_ipam()?;
        let data = &case.event.data;
        let id = case.event.id.and_then(|id| u64::try_from(id).ok());
        let Some(id) = id else { return Ok(Made::failed("NetBox does not say which VM it is".to_owned())) };
        let Some(vm) = ipam.planned(id).await.map_err(|e| crate::ipam::failure(&e))? else {
            return Ok(Made::noted(format!("NetBox has no VM {id} any more")));
        };
        if vm.status != "planned" {
            return Ok(Made::noted(format!("{} is {} in NetBox, not planned any more", vm.name, vm.status)));
        }
        let cluster = |name: &str| {
            let clusters = self.lab.clusters();
            let found = clusters.iter().find(|c| ipam.cluster_name(&c.name).eq_ignore_ascii_case(name));
            found.map(|cluster| cluster.name.to_string())
        };
        let mut answers = wished(data, cluster);
        let names: Vec<&str> = with.iter().map(|(key, _)| key.as_str()).collect();
        answers.retain(|(key, _)| !names.contains(&key.as_str()));
        answers.extend(with.iter().cloned());
        let command = match kind {
            GuestKind::Vm => "provision vm",
            GuestKind::Container => "provision container",
        };
        let adopted = Adopted { vm: id, name: vm.name.clone() };
        self.one(account, command, answers, Some(adopted)).await
    }

    /// What the guest that is gone from NetBox leaves behind there.
    async fn release(&self, case: &Case<'_>, account: &AccountName) -> Result<Made, Trouble> {
        let ipam = self.lab.need_ipam()?;
        let name = case.event.data["name"].as_str().unwrap_or_default().to_owned();
        if name.is_empty() {
            return Ok(Made::noted("it had no name, so nothing is known to be its".to_owned()));
        }
        let addresses = ipam.left_of(&name).await.map_err(|e| crate::ipam::failure(&e))?;
        if addresses.is_empty() {
            return Ok(Made::noted(format!("NetBox has no address of {name} that is ours and free")));
        }
        let account = self.service_account(account).await?;
        let act = |some: &[String]| Act {
            command: "ipam release",
            given: Given::from([("address".to_owned(), some.to_vec())]),
            hash: None,
            aside: None,
            password: None,
        };
        Ok(Made::Planned(Box::new(account), addresses.chunks(AT_ONCE).map(act).collect(), None))
    }

    /// The run's jobs, its row and the audit log's line in one transaction.
    pub(super) fn enqueue_run<'s, 'a: 's>(
        &'s self,
        case: &'s Case<'a>,
        made: Made,
    ) -> BoxFuture<'s, Result<(), Trouble>> {
        Box::pin(async move {
            let (step, title) = match made {
                Made::Planned(account, acts, adopted) => {
                    return Box::pin(self.enqueue_acts(case, &account, &acts, adopted)).await;
                }
                Made::Announced(announce) => {
                    let title = format!("tell {} of {} ({})", announce.channel, case.delivery.object, case.rule.name);
                    (Step::Announce(*announce), title)
                }
                Made::Noted { said, is_failed } => {
                    let said = text::shorten(&text::visible(&said), 500);
                    let title = format!("rule {} for {}", case.rule.name, case.delivery.object);
                    (Step::NoteOutcome(NoteOutcome { said, is_failed }), title)
                }
            };
            let job = JobPlan::new(title, String::new(), vec![step]);
            let (origin, now) = (hooks::origin(), self.clock.now());
            let actor = format!("rule {}", case.rule.name);
            let mut tx = self.store.write().await?;
            if !hook::begin(&mut tx, case.run.id).await? {
                return Ok(());
            }
            let asked = Asked { command: "rule", account_id: None, actor: &actor, origin: &origin, question: None };
            let id = self.enqueue_one(&mut tx, asked, 0, &job, now).await?;
            hook::end(&mut tx, case.run.id, &[id], false, now).await?;
            let mut detail = about(case);
            detail["jobs"] = json!([id.to_string()]);
            let entry = Entry {
                at: now,
                who: actor.clone(),
                account_id: None,
                identity: String::new(),
                channel: origin.channel_name(),
                what: "rule".to_owned(),
                line: format!("{} {}", case.id(), case.rule.name),
                target: case.delivery.object.clone(),
                outcome: "queued".to_owned(),
                detail,
                reference: None,
            };
            audit::record(&mut tx, &entry).await?;
            tx.commit().await?;
            tracing::info!(job.id = %id, "{id} ({}) is queued for {}", job.title, case.id());
            self.engine.wake();
            Ok(())
        })
    }

    async fn enqueue_acts(
        &self,
        case: &Case<'_>,
        account: &Account,
        acts: &[Act],
        adopted: Option<Adopted>,
    ) -> Result<(), Trouble> {
        let actor = self.actor_by_token(account, &Claims::default()).await?;
        let heard = |origin| Heard {
            identity: Identity { surface: Surface::Http, subject: account.name.to_string() },
            claims: Claims::default(),
            origin,
            what: What::Say(format!("(rule {})", case.rule.name)),
        };
        // What a job has to say at its end comes where the rule tells it; grants are judged by where it came from.
        let told = heard(case.tells().map_or_else(hooks::origin, |(_, origin)| origin.clone()));
        let heard = heard(hooks::origin());
        let (mut plans, mut said) = (Vec::new(), Vec::new());
        for act in acts {
            let mut asking = self.asking_upon(case, &heard, actor.clone(), act)?;
            match self.planned(&mut asking, act).await {
                Ok(Planned::Do(mut plan)) => {
                    if let Some(adopted) = &adopted {
                        adopt(&mut plan, adopted)?;
                    }
                    asking.heard = &told;
                    plans.push((asking, plan));
                }
                Ok(Planned::Said(reply)) => said.push(reply),
                Err(trouble @ Trouble::Failure(_)) => return Err(trouble),
                Err(trouble) => return Err(self.leave_trace(&asking, trouble)),
            }
        }
        if plans.is_empty() {
            let titles: Vec<String> = said.iter().map(|reply| reply.title.plain(&reply.zone)).collect();
            let made = match (case.tells(), said.pop()) {
                (Some(to), Some(reply)) => Made::announced(case, to, *reply)?,
                _ => Made::noted(titles.join("; ")),
            };
            return self.enqueue_run(case, made).await;
        }
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        if !hook::begin(&mut tx, case.run.id).await? {
            return Ok(());
        }
        let (mut carried, mut jobs) = (Vec::new(), Vec::new());
        for (asking, plan) in &plans {
            match self.carry_in(&mut tx, asking, plan, (None, None), now).await {
                Ok(done) => {
                    jobs.extend(done.jobs.iter().map(|(id, _)| *id));
                    carried.push(done);
                }
                Err(trouble) => {
                    drop(tx);
                    return Err(self.leave_trace(asking, trouble));
                }
            }
        }
        if jobs.is_empty() {
            // Only our own records changed: that too is a run that is there to see.
            let said = format!(
                "done: {}",
                plans.iter().map(|(asking, _)| asking.command.path.as_str()).collect::<Vec<_>>().join(", ")
            );
            let note = Step::NoteOutcome(NoteOutcome { said, is_failed: false });
            let job = JobPlan::new(
                format!("rule {} for {}", case.rule.name, case.delivery.object),
                String::new(),
                vec![note],
            );
            let (origin, who) = (hooks::origin(), account.name.to_string());
            let asked =
                Asked { command: "rule", account_id: Some(account.id), actor: &who, origin: &origin, question: None };
            jobs.push(self.enqueue_one(&mut tx, asked, 0, &job, now).await?);
        }
        hook::end(&mut tx, case.run.id, &jobs, false, now).await?;
        tx.commit().await?;
        for ((asking, plan), done) in plans.iter().zip(&carried) {
            self.carried(asking, plan, done);
        }
        self.engine.wake();
        Ok(())
    }

    fn asking_upon<'h>(
        &self,
        case: &Case<'_>,
        heard: &'h Heard,
        actor: direttore_domain::Actor,
        act: &Act,
    ) -> Result<Asking<'h>, Trouble> {
        let command = catalog().get(act.command).ok_or_else(|| Trouble::bug("a command that is not there"))?;
        let mut trace = Trace::of(self, heard, &actor, command, &act.given);
        trace.about(about(case));
        Ok(Asking { heard, actor: Arc::new(actor), command, given: act.given.clone(), trace, blind: None })
    }
}

/// A file that is longer does not go with what is announced.
const LONGEST: usize = 256 << 10;

impl Made {
    /// # Errors
    /// Never: what is said can be written down.
    pub(super) fn announced(
        case: &Case<'_>,
        (channel, origin): (&String, &Origin),
        mut reply: Reply,
    ) -> Result<Self, Trouble> {
        reply.unasked = true;
        reply.public = true;
        reply.to = format!("rule {}", case.rule.name);
        reply.attachments.retain(|file| file.bytes.len() <= LONGEST);
        let reply = serde_json::to_value(&reply).map_err(Trouble::bug)?;
        Ok(Self::Announced(Box::new(Announce { channel: channel.clone(), origin: origin.clone(), reply })))
    }

    fn failed(said: String) -> Self {
        Self::Noted { said, is_failed: true }
    }

    fn noted(said: String) -> Self {
        Self::Noted { said, is_failed: false }
    }
}

/// What the audit log has of it besides the command.
fn about(case: &Case<'_>) -> serde_json::Value {
    let Case { delivery, rule, .. } = case;
    json!({
        "delivery": case.id(),
        "hook": delivery.hook,
        "source": delivery.source,
        "rule": rule.name,
        "request_id": delivery.request,
        "object": delivery.object,
        "event": delivery.event,
    })
}

/// The VM of NetBox that a new guest becomes.
#[derive(Debug, Clone)]
pub(super) struct Adopted {
    vm: u64,
    name: String,
}

/// The new guest becomes the VM that NetBox has already.
fn adopt(plan: &mut Plan, adopted: &Adopted) -> Result<(), Trouble> {
    for job in &mut plan.jobs {
        let found = job.steps.iter_mut().enumerate().find_map(|(at, step)| match step {
            Step::RegisterGuest(register) => Some((at, register)),
            _ => None,
        });
        if let Some((at, register)) = found {
            register.adopts = true;
            let adopt = AdoptGuest {
                vm: adopted.vm,
                name: adopted.name.clone(),
                starts: register.spec.starts,
                has_job_field: register.netbox.has_job_field,
            };
            job.steps.insert(at, Step::AdoptGuest(adopt));
            return Ok(());
        }
    }
    Err(Trouble::bug("a guest of NetBox that is not written down there"))
}
