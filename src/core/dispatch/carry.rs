//! What a plan says, done: question, changes, jobs and audit row in one transaction.

use super::{Dispatch, measured, pushes, question::called, say::Asking};
use crate::{
    Clock,
    jobs::steps::HoldPlan,
    password,
    plan::{Change, Hashed, JobPlan, Plan},
    quota::usage_of,
    reserve,
};
use direttore_domain::{Grant, Instant, JobId, Origin, Refusal, Role, TokenKind, Trouble, Zone};
use direttore_reply::{Reply, Tone};
use direttore_store::{
    StoreError, Tx, account, alias, audit, device_key, device_push, grant, group, hold,
    job::{self, NewJob},
    key, link_code, owner,
    plain_calendar::{self, About},
    question,
    reservation::Reservation,
    session,
    token::{self, NewToken},
};
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long a code to link an identity works.
const LINK_CODE: Duration = Duration::from_secs(600);

/// What the first calendar of an account takes.
const COMPONENTS: &str = "VEVENT,VTODO,VJOURNAL";

/// A password that was made, with its hash: hashing must not happen inside a transaction.
pub(super) struct Made {
    password: String,
    hash: String,
}

/// What came of a plan.
pub(super) struct Carried {
    /// Facts that only carrying it out gave: numbers, secrets.
    pub brought: Map<String, Value>,
    /// With what each does.
    pub jobs: Vec<(JobId, String)>,
    /// Reservations that were made or changed, as they are now.
    pub reserved: Vec<Reservation>,
    /// Whether a secret is shown.
    pub revealed: bool,
}

/// On whose behalf a job is enqueued, and where its story is told.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub command: &'a str,
    pub account_id: Option<i64>,
    pub actor: &'a str,
    pub origin: &'a Origin,
    pub question: Option<i64>,
}

impl Dispatch {
    pub(super) fn carry<'s, 'a: 's>(
        &'s self,
        asking: &'s Asking<'a>,
        plan: Plan,
        question: Option<i64>,
    ) -> BoxFuture<'s, Result<(Vec<Reply>, Carried), Trouble>> {
        Box::pin(async move {
            let made = self.make_password(&plan.changes).await?;
            let now = self.clock.now();
            let mut tx = self.store.write().await?;
            if let Some(id) = question
                && !question::take(&mut tx, id).await?
            {
                return Err(Refusal::Answered.into());
            }
            let carried = self.carry_in(&mut tx, asking, &plan, (question, made.as_ref()), now).await?;
            let mut replies = self.told_of(asking, &plan, &carried, made.as_ref(), question, now)?;
            self.note_replies(&mut tx, &replies).await?;
            tx.commit().await?;
            self.carried(asking, &plan, &carried);
            if let (Some(done), Some(reply)) = (plan.done, replies.first_mut()) {
                let offers = done.offers.iter().map(|(label, line)| ((*label).to_owned(), line.clone()));
                self.under_buttons(asking.heard, &asking.actor, offers.collect(), reply).await;
            }
            Ok((replies, carried))
        })
    }

    /// What the asker is told of it.
    fn told_of(
        &self,
        asking: &Asking<'_>,
        plan: &Plan,
        carried: &Carried,
        made: Option<&Made>,
        question: Option<i64>,
        now: Instant,
    ) -> Result<Vec<Reply>, Trouble> {
        let reveals = plan.jobs.iter().any(|j| j.reveals_password);
        let mut replies = Vec::new();
        if let Some(done) = &plan.done {
            let mut data = done.data.clone();
            if let (Some(data), Some(made)) = (data.as_object_mut(), made) {
                data.insert("password".into(), json!(made.password));
            }
            if let Some(data) = data.as_object_mut() {
                data.extend(carried.brought.clone());
            }
            let mut actor = asking.actor.as_ref().clone();
            for change in &plan.changes {
                // Dates are shown in the zone that was just chosen.
                if let (Change::SetZone { zone, .. }, Some(account)) = (change, &mut actor.account) {
                    account.zone.clone_from(zone);
                }
            }
            replies.push(self.rendered(&actor, done.template, &data)?);
        }
        if !carried.jobs.is_empty() {
            replies.push(self.queued(asking, plan, &carried.jobs, reveals.then_some(now))?);
        }
        for reply in &mut replies {
            reply.reveals = carried.revealed;
            if let Some(id) = question {
                reply.replaces = Some(called(id));
            }
        }
        Ok(replies)
    }

    /// What a plan says, in a transaction that the caller commits; then comes [`Dispatch::carried`]. `made` is the
    /// password for accounts that were given none.
    pub(super) fn carry_in<'s, 'a: 's>(
        &'s self,
        tx: &'s mut Tx,
        asking: &'s Asking<'a>,
        plan: &'s Plan,
        (question, made): (Option<i64>, Option<&'s Made>),
        now: Instant,
    ) -> BoxFuture<'s, Result<Carried, Trouble>> {
        Box::pin(async move {
            let touches = Box::pin(self.touches(asking, plan)).await?;
            Box::pin(self.guard(tx, asking, plan, &touches)).await?;
            let (mut brought, mut reserved) = (Map::new(), Vec::new());
            for change in &plan.changes {
                if let Change::Reserve(deed) = change {
                    reserved.extend(Box::pin(self.do_deed(tx, asking, deed, &mut brought, now)).await?);
                    continue;
                }
                if let Change::Stock(stock) = change {
                    let zone = asking.actor.zone().parse().unwrap_or(Zone::UTC);
                    reserve::restock(tx, stock, zone, now).await?;
                    continue;
                }
                if let Change::Alert(deed) = change {
                    Box::pin(self.do_alert(tx, &asking.actor.name(), deed, &mut brought)).await?;
                    continue;
                }
                if let Change::Push(deed) = change {
                    Box::pin(self.do_push(tx, asking, deed, &mut brought, now)).await?;
                    continue;
                }
                apply(tx, change, made, &mut brought, (&asking.actor.name(), now)).await?;
            }
            let jobs = self.enqueue(tx, asking, plan, question, now).await?;
            pushes::join(tx, &brought, &jobs).await?;
            let ids: Vec<String> = jobs.iter().map(|(id, _)| id.to_string()).collect();
            let outcome = if jobs.is_empty() { "done" } else { "queued" };
            let reveals = plan.jobs.iter().any(|j| j.reveals_password);
            let shown = ["code", "secret"].iter().any(|key| brought.contains_key(*key));
            let revealed = made.is_some() || shown || reveals;
            let mut detail = json!({ "jobs": ids, "secret_revealed": revealed });
            if let Some(account) = brought.get("account") {
                // Whose identity it is now: the code told it, not the line.
                detail["account"] = account.clone();
            }
            audit::record(tx, &asking.trace.entry(outcome, detail)).await?;
            Ok(Carried { brought, jobs, reserved, revealed })
        })
    }

    /// Wakes whom a plan that is committed concerns.
    pub(super) fn carried(&self, asking: &Asking<'_>, plan: &Plan, carried: &Carried) {
        let outcome = if carried.jobs.is_empty() { "done" } else { "queued" };
        measured::command(asking.heard, &asking.command.path, outcome);
        for (id, title) in &carried.jobs {
            self.engine.asked_for(*id);
            tracing::info!(job.id = %id, "{id} ({title}) is queued");
        }
        if self.stirs_calendar(plan, &carried.reserved) {
            self.calendar.notify_one();
        }
        if plan.changes.iter().any(|c| matches!(c, Change::Alert(_) | Change::Push(_))) {
            self.engine.ended.notify_waiters();
        }
        let is_job = |c: &Change| matches!(c, Change::CancelJob(_) | Change::RetryJob(_));
        if !carried.jobs.is_empty() || plan.changes.iter().any(is_job) {
            self.engine.wake();
        }
    }

    async fn make_password(&self, changes: &[Change]) -> Result<Option<Made>, Trouble> {
        let wants =
            |c: &Change| matches!(c, Change::CreateAccount { hash: None, .. } | Change::NewPassword { hash: None, .. });
        if !changes.iter().any(wants) {
            return Ok(None);
        }
        let password = password::make().map_err(Trouble::bug)?;
        let hash = self.passwords.hash(&password).await.map_err(Trouble::bug)?;
        Ok(Some(Made { password, hash }))
    }

    async fn enqueue(
        &self,
        tx: &mut Tx,
        asking: &Asking<'_>,
        plan: &Plan,
        question: Option<i64>,
        now: Instant,
    ) -> Result<Vec<(JobId, String)>, Trouble> {
        let mut jobs = Vec::new();
        let asked = Asked {
            command: &asking.command.path,
            account_id: asking.actor.account_id(),
            actor: &asking.actor.name(),
            origin: &asking.heard.origin,
            question,
        };
        for (position, job) in plan.jobs.iter().enumerate() {
            let asked = match &job.behalf {
                Some(of) => Asked { account_id: of.account_id, actor: &of.actor, origin: &of.origin, ..asked },
                None => asked,
            };
            let id = self.enqueue_one(tx, asked, position, job, now).await?;
            jobs.push((id, job.title.clone()));
        }
        Ok(jobs)
    }

    /// The one way to enqueue a job.
    pub(super) fn enqueue_one<'s, 'a: 's>(
        &'s self,
        tx: &'s mut Tx,
        asked: Asked<'a>,
        position: usize,
        job: &'s JobPlan,
        now: Instant,
    ) -> BoxFuture<'s, Result<JobId, Trouble>> {
        Box::pin(async move {
            let new = NewJob {
                command: asked.command,
                title: &job.title,
                account_id: asked.account_id,
                actor: asked.actor,
                origin: asked.origin,
                question: asked.question,
                position: i64::try_from(position).map_err(Trouble::bug)?,
                subject: &job.subject,
                steps: job.steps.iter().map(|s| (s.name().to_owned(), s.input())).collect(),
                now,
            };
            let id = match job::enqueue(tx, &new).await {
                Ok(id) => id,
                Err(StoreError::Conflict(_)) => return Err(Refusal::Answered.into()),
                Err(error) => return Err(error.into()),
            };
            if let Some(guest) = job.hold() {
                hold_guest(tx, id, guest, asked.account_id, now).await?;
            }
            Ok(id)
        })
    }

    /// `made` is when the jobs were, where the guest's password is shown.
    fn queued(
        &self,
        asking: &Asking<'_>,
        plan: &Plan,
        jobs: &[(JobId, String)],
        made: Option<Instant>,
    ) -> Result<Reply, Trouble> {
        let rows: Vec<Value> = jobs.iter().map(|(id, title)| json!({ "job": id, "what": title })).collect();
        let behalf = plan.jobs.iter().find_map(|job| job.behalf.as_ref());
        let elsewhere = behalf.filter(|of| of.origin != asking.heard.origin).map(|of| &of.actor);
        let mut data = json!({ "jobs": rows, "already": plan.question.data.get("already"), "elsewhere": elsewhere });
        if let ([(id, _)], Some(now)) = (jobs, made) {
            data["password"] = json!(self.rules.derived.password(*id, now));
        }
        let mut reply = self.rendered(&asking.actor, "job_queued", &data)?;
        reply.tone = Tone::Warning;
        reply.is_for_another = behalf.is_some();
        if let [(id, _)] = jobs {
            reply.job = Some(id.to_string());
        }
        Ok(reply)
    }
}

/// Name, number and quota of a guest that a job will make, in the transaction that enqueues it: of two who ask for the
/// same at once, one gets it.
async fn hold_guest(
    tx: &mut Tx,
    job: JobId,
    plan: &HoldPlan,
    account_id: Option<i64>,
    now: Instant,
) -> Result<(), Trouble> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    if let (Some(account), Some(quota)) = (account_id, &plan.quota) {
        hold::lock_account(tx, account).await?;
        let making = usage_of(&hold::of_account(tx, account).await?);
        quota.allows(&making, &plan.usage())?;
    }
    let new = hold::NewHold {
        job,
        cluster: &plan.cluster,
        name: &plan.name,
        vmid: plan.vmid,
        account_id,
        cores: number(plan.cores),
        memory_mib: number(plan.memory_mib),
        disk_mib: number(plan.disk_mib),
        now,
    };
    match hold::take(tx, &new).await? {
        hold::Taken::Yes => Ok(()),
        hold::Taken::Name(job) => Err(Refusal::BeingMade { what: format!("a guest {}", plan.name), job }.into()),
        hold::Taken::Vmid(job) => Err(Refusal::BeingMade { what: "a guest with that VMID".to_owned(), job }.into()),
    }
}

/// The key that was shown in the question, and no other that came since.
async fn accept_key(tx: &mut Tx, peer: &str, shown: &str, by: &str, now: Instant) -> Result<(), Trouble> {
    match device_key::offered(tx, peer).await? {
        Some(offered) if offered.key.fingerprint == shown => {
            Ok(device_key::believe(tx, peer, &offered.key, by, now).await?)
        }
        _ => Err(Refusal::ChangedMeanwhile { what: "the host key".to_owned() }.into()),
    }
}

/// One change. What it finds otherwise than planned is a refusal, and the whole transaction is rolled back.
async fn apply(
    tx: &mut Tx,
    change: &Change,
    made: Option<&Made>,
    brought: &mut Map<String, Value>,
    (by, now): (&str, Instant),
) -> Result<(), Trouble> {
    let hash = |given: &Option<Hashed>| given.as_ref().map(|h| h.0.clone()).or_else(|| made.map(|m| m.hash.clone()));
    let there = |found: bool, what: &'static str, given: &dyn std::fmt::Display| {
        if found {
            return Ok(());
        }
        Err(Trouble::from(Refusal::NoSuch { what, given: given.to_string(), nearest: None, has: vec![] }))
    };
    let new = |result: Result<(), StoreError>, what: &'static str, given: &dyn std::fmt::Display| match result {
        Err(StoreError::Conflict(_)) => Err(Trouble::from(Refusal::Exists { what, given: given.to_string() })),
        other => other.map_err(Trouble::from),
    };
    match change {
        Change::CreateAccount { name, role, hash: given } => {
            match account::create(tx, name, *role, hash(given).as_deref(), now).await {
                Ok(created) => brought.insert("account_id".into(), json!(created.id)),
                Err(error) => return new(Err(error), "account", name),
            };
            Ok(())
        }
        Change::SetRole { account, name, role } => {
            there(account::set_role(tx, *account, *role).await?, "account", name)?;
            session::revoke_all(tx, *account, Clock::wall()).await?;
            still_an_admin(tx, "given a lower role").await
        }
        Change::SetDisabled { account, name, disabled } => {
            there(account::set_disabled(tx, *account, *disabled).await?, "account", name)?;
            session::revoke_all(tx, *account, Clock::wall()).await?;
            still_an_admin(tx, "disabled").await
        }
        Change::DeleteAccount { account, name } => {
            there(account::delete(tx, *account).await?, "account", name)?;
            still_an_admin(tx, "deleted").await
        }
        Change::NewPassword { account, name, hash: given } => {
            // The account first: whoever is signing in with the old password just now is then seen here, or sees this.
            there(account::set_password(tx, *account, hash(given).as_deref()).await?, "account", name)?;
            Ok(session::revoke_all(tx, *account, Clock::wall()).await?)
        }
        Change::NewLinkCode { account } => {
            let code = password::make_code().map_err(Trouble::bug)?;
            let expires = now + LINK_CODE;
            link_code::set(tx, &password::code_hash(&code), *account, expires).await?;
            brought.insert("code".into(), json!(code.to_string()));
            brought.insert("expires".into(), json!(expires));
            Ok(())
        }
        Change::UseLinkCode { code, identity } => {
            let account = link_code::take(tx, &password::code_hash(code), now).await?;
            let account = match account {
                Some(id) => account::by_id(tx, id).await?,
                None => None,
            };
            let account = account.ok_or(Refusal::WrongCode)?;
            account::move_identity(tx, identity, account.id).await?;
            brought.insert("account".into(), json!(account.name));
            Ok(())
        }
        // Done before, for they need more than the transaction.
        Change::Reserve(_) | Change::Stock(_) | Change::Alert(_) | Change::Push(_) => Ok(()),
        Change::AcceptKey { peer, fingerprint, .. } => accept_key(tx, peer, fingerprint, by, now).await,
        Change::SetZone { account, zone } => there(account::set_zone(tx, *account, zone).await?, "account", account),
        Change::AddGrant(new_grant) => {
            let id = grant::add(tx, new_grant, now).await?;
            brought.insert("id".into(), json!(id));
            somebody_can_remove_grants(tx).await
        }
        Change::RemoveGrant { id } => there(grant::remove(tx, *id).await?, "grant", id),
        Change::CreateGroup(name) => new(group::create(tx, name).await, "group", name),
        Change::DeleteGroup(name) => there(group::delete(tx, name).await?, "group", name),
        // Somebody may have done the same a moment ago: the end is what was asked for.
        Change::AddMember { group, account } => {
            group::add(tx, group, *account).await?;
            somebody_can_remove_grants(tx).await
        }
        Change::RemoveMember { group, account } => Ok(group::remove(tx, group, *account).await.map(|_| ())?),
        Change::AddAlias { owner, name, line } => new(alias::add(tx, *owner, name, line, now).await, "alias", name),
        Change::RemoveAlias { owner, name } => there(alias::remove(tx, *owner, name).await?, "alias", name),
        Change::SetOwner { cluster, vmid, mark, account } => {
            Ok(owner::set(tx, cluster, *vmid, mark, *account, now).await?)
        }
        Change::AddKey { account, name, public_key } => {
            new(key::add(tx, *account, name, public_key, now).await, "key", name)
        }
        Change::RemoveKey { account, name } => there(key::remove(tx, *account, name).await?, "key", name),
        Change::NewToken { account, kind, name, scope, expires, told } => {
            let secret = password::make_secret().map_err(Trouble::bug)?;
            let hash = password::secret_hash(&secret);
            let (expires, told) = (*expires, Some(told));
            let made = NewToken { account_id: *account, kind: *kind, name, scope, hash: &hash, expires, told, now };
            new(token::add(tx, &made).await.map(|_| ()), "token", name)?;
            brought.insert("secret".into(), json!(secret.to_string()));
            if *kind == TokenKind::Caldav && plain_calendar::list(tx, *account).await?.is_empty() {
                // Some calendar programs can make none, and show nothing where there is none.
                let about = About { displayname: Some("Personal".to_owned()), ..About::default() };
                plain_calendar::create(tx, *account, "personal", &about, COMPONENTS, now).await?;
            }
            Ok(())
        }
        Change::RevokeToken { account, name } => there(token::revoke(tx, *account, name, now).await?, "token", name),
        Change::CancelJob(id) => {
            let done = job::cancel_unstarted(tx, *id, now).await?;
            let done = done || job::give_up(tx, *id, now).await?;
            if done {
                hold::release(tx, *id).await?;
                device_push::release(tx, *id, now).await?;
            }
            brought.insert("ended".into(), json!(done));
            there(done || job::request_cancel(tx, *id).await?, "job", id)
        }
        Change::RetryJob(id) => there(job::retry(tx, *id, now).await?, "job", id),
    }
}

/// Grants must not lock all administrators out of what would undo them.
async fn somebody_can_remove_grants(tx: &mut Tx) -> Result<(), Trouble> {
    for admin in account::list(tx).await? {
        if admin.role != Some(Role::Admin) || admin.is_disabled {
            continue;
        }
        let groups = group::of_account(tx, admin.id).await?;
        let grants = grant::for_actor(tx, &admin.name, &groups, admin.role).await?;
        let covers = |g: &Grant| {
            g.channels.is_empty() && g.covers_command("grant remove", "") && g.covers_command("grant list", "")
        };
        if grants.is_empty() || grants.iter().any(covers) {
            return Ok(());
        }
    }
    Err(Refusal::LastAdmin { done: "narrowed away from /grant remove" }.into())
}

/// Two administrators who take each other's role at once must not both succeed.
async fn still_an_admin(tx: &mut Tx, done: &'static str) -> Result<(), Trouble> {
    match account::enabled_admins(tx).await? {
        0 => Err(Refusal::LastAdmin { done }.into()),
        _ => Ok(()),
    }
}
