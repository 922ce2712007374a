//! The worker of one process: leases jobs, keeps the leases, and ends the jobs.

use super::{
    Settings,
    run::{End, World, run},
    step::Flags,
    tell::{Teller, Told, put_cards, put_end, put_kept},
};
use crate::{Clock, lab::Lab, rules::Rules};
use direttore_domain::{JobId, Trouble, measure};
use direttore_reply::{Reply, render};
use direttore_store::{
    Store, StoreError,
    audit::{self, Entry},
    device_push, hold,
    job::{self, JobRow, JobStatus},
};
use futures::FutureExt;
use serde_json::{Value, json};
use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::{Notify, Semaphore, broadcast},
    task::JoinHandle,
};
use tracing::{Instrument, field::Empty};

/// Runs jobs until it is dropped.
pub struct Engine {
    world: World,
    wake: Arc<Notify>,
    /// A job has ended, or something was put into the outbox.
    pub ended: Arc<Notify>,
    foreman: JoinHandle<()>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Running jobs keep their leases until these run out; another worker, or the next start, goes on.
        self.foreman.abort();
    }
}

impl Engine {
    pub fn start(lab: Lab, store: Store, clock: Clock, rules: Arc<Rules>, settings: Settings) -> Arc<Self> {
        let holder = format!("{}-{}", std::process::id(), random());
        let teller = Arc::new(Teller::new(settings.progress));
        let requests = Arc::default();
        let world = World { lab, store, clock, settings, teller, holder, rules, requests };
        let (wake, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let foreman = tokio::spawn(foreman(world.clone(), Arc::clone(&wake), Arc::clone(&ended)));
        Arc::new(Self { world, wake, ended, foreman })
    }

    /// Something was enqueued, retried or cancelled.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The job was enqueued for the request that is worked for here, if any: what it does is done for it too.
    pub fn asked_for(&self, job: JobId) {
        self.world.requests.keep(job);
    }

    pub fn listen(&self) -> broadcast::Receiver<Told> {
        self.world.teller.listen()
    }

    pub fn tell(&self, told: Told) {
        self.world.teller.send(told);
    }
}

fn random() -> String {
    let mut bytes = [0u8; 8];
    // Without random bytes the process number alone must do; two processes of one number on two machines are rare.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

async fn foreman(world: World, wake: Arc<Notify>, ended: Arc<Notify>) {
    let places = Arc::new(Semaphore::new(world.settings.at_once));
    let (mut was_down, mut turn) = (false, 0u64);
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
        // Each turn has a name of its own: a run that lost its lease and the next one must never look alike.
        turn += 1;
        let mine = World { holder: format!("{}-{turn}", world.holder), ..world.clone() };
        match lease(&mine).await {
            Ok(Some(job)) => {
                was_down = false;
                let (world, wake, ended) = (mine, Arc::clone(&wake), Arc::clone(&ended));
                let span = tracing::info_span!("job", job.id = %job.id, request.id = Empty);
                if let Some((request, cause)) = world.requests.of(job.id) {
                    cause.begins(&span);
                    span.record("request.id", request.as_str());
                }
                tokio::spawn(async move {
                    work(&world, job).instrument(span).await;
                    drop(place);
                    // The next job of this subject may be free now.
                    wake.notify_one();
                    ended.notify_waiters();
                });
                continue;
            }
            Ok(None) => was_down = false,
            Err(error) => {
                if !was_down {
                    tracing::warn!("the queue cannot be read: {error}");
                }
                was_down = true;
            }
        }
        drop(place);
        let _ = tokio::time::timeout(world.settings.poll, wake.notified()).await;
    }
}

async fn lease(world: &World) -> Result<Option<JobRow>, StoreError> {
    let mut tx = world.store.write().await?;
    let job = job::lease(&mut tx, &world.holder, world.settings.lease, world.clock.now()).await?;
    tx.commit().await?;
    Ok(job)
}

/// One job, from its lease to its end or its next turn.
async fn work(world: &World, job: JobRow) {
    let flags = Arc::new(Flags::default());
    flags.cancel.store(job.cancel_requested, Ordering::Release);
    let beat = tokio::spawn(heartbeat(world.clone(), job.clone(), Arc::clone(&flags)));
    let end = match AssertUnwindSafe(attempt(world, &job, &flags)).catch_unwind().await {
        Ok(end) => end,
        Err(_) => {
            let reference = random();
            tracing::error!(job.id = %job.id, reference, "job {} panicked", job.id);
            End::Stuck { why: format!("something is wrong in direttore itself (reference {reference})"), left: vec![] }
        }
    };
    conclude(world, &job, end, &flags).await;
    beat.abort();
}

async fn attempt(world: &World, job: &JobRow, flags: &Arc<Flags>) -> End {
    let steps = async {
        let mut tx = world.store.read().await?;
        job::steps(&mut tx, job.id).await
    };
    match steps.await {
        Ok(rows) => {
            world.teller.begin(job, rows.iter().map(|r| r.name.clone()).collect());
            run(world, job, rows, flags).await
        }
        Err(error) => End::Later { by: world.settings.retry_first, why: error.to_string() },
    }
}

/// Keeps the lease, and carries a wish to cancel to the steps.
async fn heartbeat(world: World, job: JobRow, flags: Arc<Flags>) {
    let mut kept = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(world.settings.heartbeat).await;
        let beat = async {
            let mut tx = world.store.write().await?;
            let beat = job::heartbeat(&mut tx, job.id, &world.holder, world.settings.lease).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(beat)
        };
        match beat.await {
            Ok(Some(beat)) => {
                kept = tokio::time::Instant::now();
                if beat.cancel_requested && !flags.cancel.swap(true, Ordering::AcqRel) {
                    flags.changed.notify_waiters();
                }
            }
            Ok(None) => return lose(&flags),
            // While the database is away nobody else can take the lease by it either; once it is surely over, stop.
            Err(_) if kept.elapsed() >= world.settings.lease => return lose(&flags),
            Err(_) => {}
        }
    }
}

fn lose(flags: &Flags) {
    flags.lost.store(true, Ordering::Release);
    flags.changed.notify_waiters();
}

/// Writes the end: status, audit row and last message in one transaction.
async fn conclude(world: &World, job: &JobRow, end: End, flags: &Flags) {
    if let End::Later { by, why } = &end {
        world.teller.waits(job.id, why, by.as_secs());
    }
    let replaces = world.teller.end(job.id);
    loop {
        match write_end(world, job, &end, replaces.as_deref()).await {
            Ok(()) => return,
            Err(error) if flags.lost.load(Ordering::Acquire) => {
                return tracing::warn!(job.id = %job.id, "the end of {} is left to another worker: {error}", job.id);
            }
            Err(error) => {
                tracing::warn!(job.id = %job.id, "cannot write the end of {}: {error}", job.id);
                tokio::time::sleep(world.settings.heartbeat / 4).await;
            }
        }
    }
}

async fn write_end(world: &World, job: &JobRow, end: &End, replaces: Option<&str>) -> Result<(), StoreError> {
    let (status, error) = match end {
        End::Lost => return Ok(()),
        End::Later { by, why } => {
            let mut tx = world.store.write().await?;
            job::postpone(&mut tx, job.id, &world.holder, *by, why).await?;
            return tx.commit().await;
        }
        End::Done(_) => (JobStatus::Done, None),
        End::Failed { why, .. } => (JobStatus::Failed, Some(why.as_str())),
        End::Cancelled(left) => (JobStatus::Cancelled, left.as_deref()),
        End::Stuck { why, .. } => (JobStatus::Stuck, Some(why.as_str())),
    };
    let now = world.clock.now();
    let reply = last_message(world, job, end, replaces).await;
    let mut tx = world.store.write().await?;
    if !job::finish(&mut tx, job.id, &world.holder, status, error, now).await? {
        return Ok(());
    }
    if status != JobStatus::Stuck {
        // The guest is there by now, or will never be.
        hold::release(&mut tx, job.id).await?;
        device_push::release(&mut tx, job.id, now).await?;
    }
    audit::record(&mut tx, &entry(job, status, error, now)).await?;
    match reply {
        Ok(reply) => {
            put_end(&mut tx, job, &reply, now).await?;
            if let End::Done(dones) = end {
                put_kept(&mut tx, dones, now).await?;
            }
            if matches!(end, End::Done(dones) if !was_so(dones)) {
                put_cards(&mut tx, job, &reply, &world.rules.cards, now).await?;
            }
        }
        // The job's end matters more than its message.
        Err(error) => tracing::error!(job.id = %job.id, "cannot render the end of {}: {error}", job.id),
    }
    tx.commit().await?;
    let ended = ("command", job.command.clone());
    metrics::counter!(measure::JOBS_ENDED, &[ended, ("status", status.as_str().to_owned())]).increment(1);
    tracing::info!(job.id = %job.id, job.status = %status, "{} ({}) is {status}", job.id, job.title);
    Ok(())
}

async fn last_message(world: &World, job: &JobRow, end: &End, replaces: Option<&str>) -> Result<Reply, Trouble> {
    let (template, extra) = match end {
        End::Done(dones) if is_new_guest(dones) => ("guest_provisioned", dones.last().cloned().unwrap_or_default()),
        End::Done(dones) if is_backup(dones) => ("device_backed_up", dones.last().cloned().unwrap_or_default()),
        End::Done(dones) if is_push(dones.last()) => ("device_pushed", dones.last().cloned().unwrap_or_default()),
        End::Done(dones) => ("job_done", done(dones)),
        End::Failed { told: told @ Some(_), why, .. } if is_push(told.as_ref()) => {
            let mut data = told.clone().unwrap_or_default();
            data["why"] = json!(why);
            ("device_pushed", data)
        }
        End::Failed { why, begun, undone, .. } => ("job_failed", failed(why, *begun, undone)),
        End::Cancelled(left) => ("job_cancelled", json!({ "left": left })),
        End::Stuck { why, left } => ("job_stuck", json!({ "why": why, "left": left })),
        End::Later { .. } | End::Lost => return Err(Trouble::bug("a job that goes on has no last message")),
    };
    let seconds = job.started.map_or(0, |at| world.clock.now().since(at).as_secs());
    let mut data = json!({ "job": job.id, "title": job.title, "who": job.actor, "seconds": seconds });
    if let (Some(data), Value::Object(extra)) = (data.as_object_mut(), extra) {
        data.extend(extra);
    }
    let mut reply = render(template, &data, "UTC").map_err(Trouble::bug)?;
    reply.id = format!("{}.end", job.id);
    reply.to.clone_from(&job.actor);
    reply.job = Some(job.id.to_string());
    reply.unasked = true;
    reply.public = true;
    reply.replaces = replaces.map(str::to_owned);
    Ok(reply)
}

/// What the steps have to tell.
fn done(dones: &[Value]) -> Value {
    json!({ "dones": dones.iter().filter(|d| d["label"].is_string()).collect::<Vec<_>>() })
}

/// Whether somebody else had done all of it before, or nothing was to be done after all: then nothing changed.
fn was_so(dones: &[Value]) -> bool {
    let mut told = dones.iter().filter(|d| d["label"].is_string()).peekable();
    told.peek().is_some()
        && told.all(|d| {
            d["is_news"] == false || ["already", "spared", "announced", "noted"].iter().any(|what| d["what"] == *what)
        })
}

fn is_backup(dones: &[Value]) -> bool {
    dones.last().is_some_and(|d| d["what"] == "devices-backed-up")
}

fn is_new_guest(dones: &[Value]) -> bool {
    dones.last().is_some_and(|d| d["what"] == "provisioned")
}

fn is_push(done: Option<&Value>) -> bool {
    done.is_some_and(|d| d["what"] == "pushed")
}

fn failed(why: &str, begun: bool, undone: &[String]) -> Value {
    // qemu-server's words when the guest did not follow the request to shut down.
    json!({ "why": why, "begun": begun && undone.is_empty(), "undone": undone, "offer_stop": why.contains("powerdown failed") })
}

fn entry(job: &JobRow, status: JobStatus, error: Option<&str>, now: direttore_domain::Instant) -> Entry {
    Entry {
        at: now,
        who: job.actor.clone(),
        account_id: job.account_id,
        identity: String::new(),
        channel: job.origin.channel_name(),
        what: job.command.clone(),
        line: format!("{} {}", job.id, job.title),
        target: job.subject.clone(),
        outcome: status.as_str().to_owned(),
        detail: json!({ "job": job.id, "error": error }),
        reference: None,
    }
}

/// Gives the password buffer's and the outbox's housekeeping a turn now and then.
pub async fn every(length: Duration, mut act: impl AsyncFnMut()) {
    loop {
        tokio::time::sleep(length).await;
        act().await;
    }
}
