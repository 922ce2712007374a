//! The story of running jobs: progress now, to whoever listens in this process; the end durably, through the outbox.

use direttore_domain::{Instant, JobId, Origin, Surface};
use direttore_reply::{Progress, Reply, render};
use direttore_store::{StoreError, Tx, job::JobRow, telling};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::broadcast, time::Instant as Elapsed};

/// A reply that nobody asked for just now.
#[derive(Debug, Clone)]
pub struct Told {
    pub origin: Origin,
    pub reply: Reply,
}

/// What is kept of a running job for its messages.
struct Running {
    origin: Origin,
    to: String,
    title: String,
    steps: Vec<String>,
    /// The newest message of it, which the next one replaces.
    newest: Option<String>,
    count: u32,
    last: Option<(Elapsed, i64, Option<u8>)>,
}

pub struct Teller {
    sender: broadcast::Sender<Told>,
    running: Mutex<HashMap<JobId, Running>>,
    pace: Duration,
}

impl Teller {
    pub fn new(pace: Duration) -> Self {
        Self { sender: broadcast::channel(1024).0, running: Mutex::default(), pace }
    }

    pub fn listen(&self) -> broadcast::Receiver<Told> {
        self.sender.subscribe()
    }

    pub fn send(&self, told: Told) {
        // Nobody listening is fine: ends wait in the outbox, progress is of the moment.
        let _ = self.sender.send(told);
    }

    pub fn begin(&self, job: &JobRow, steps: Vec<String>) {
        let running = Running {
            origin: job.origin.clone(),
            to: job.actor.clone(),
            title: job.title.clone(),
            steps,
            newest: None,
            count: 0,
            last: None,
        };
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(job.id, running);
    }

    /// The id of the job's newest message, which its last one replaces.
    pub fn end(&self, job: JobId) -> Option<String> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&job)?.newest
    }

    /// A message when a step begins, and then at the pace while something changes.
    pub fn progress(&self, job: JobId, step: i64, percent: Option<u8>, line: Option<&str>) {
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = all.get_mut(&job) else { return };
        let is_news = match running.last {
            None => true,
            Some((_, last_step, _)) if last_step != step => true,
            Some((at, _, last_percent)) => at.elapsed() >= self.pace && percent != last_percent,
        };
        if !is_news {
            return;
        }
        running.last = Some((Elapsed::now(), step, percent));
        let data = json!({
            "job": job,
            "title": running.title,
            "step": usize::try_from(step).ok().and_then(|i| running.steps.get(i)),
            "before": usize::try_from(step).ok().and_then(|i| running.steps.get(..i)),
            "percent": percent,
            "line": line,
        });
        self.say(running, job, "job_progress", data, Some((step, percent)));
    }

    /// A message out of turn: the job waits, and why.
    pub fn waits(&self, job: JobId, why: &str, seconds: u64) {
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = all.get_mut(&job) else { return };
        let data = json!({ "job": job, "title": running.title, "why": why, "seconds": seconds });
        self.say(running, job, "job_waits", data, None);
    }

    fn say(
        &self,
        running: &mut Running,
        job: JobId,
        template: &'static str,
        data: Value,
        progress: Option<(i64, Option<u8>)>,
    ) {
        let mut reply = match render(template, &data, "UTC") {
            Ok(reply) => reply,
            Err(error) => return tracing::error!(job.id = %job, "cannot render {template}: {error}"),
        };
        running.count += 1;
        reply.id = format!("{job}.{}", running.count);
        reply.to.clone_from(&running.to);
        reply.replaces = running.newest.replace(reply.id.clone());
        reply.job = Some(job.to_string());
        reply.unasked = true;
        reply.public = true;
        let of = u32::try_from(running.steps.len()).unwrap_or(u32::MAX);
        reply.progress =
            progress.map(|(step, percent)| Progress { done: u32::try_from(step).unwrap_or(0), of, percent });
        self.send(Told { origin: running.origin.clone(), reply });
    }
}

/// Puts what a job has changed, in short, into the outbox for everyone's eyes. Where it was asked for it is told anyway.
pub async fn put_cards(
    tx: &mut Tx,
    job: &JobRow,
    reply: &Reply,
    cards: &[Origin],
    now: Instant,
) -> Result<(), StoreError> {
    let card = Reply {
        id: format!("{}.card", job.id),
        to: reply.to.clone(),
        tone: reply.tone,
        title: reply.title.clone(),
        fields: reply.fields.iter().filter(|f| f.name != "took").cloned().collect(),
        public: true,
        job: reply.job.clone(),
        unasked: true,
        ..Reply::default()
    };
    let card = serde_json::to_value(card).map_err(|e| StoreError::Refused(e.to_string()))?;
    for origin in cards.iter().filter(|origin| **origin != job.origin) {
        telling::put(tx, origin, &job.actor, &card, now).await?;
    }
    Ok(())
}

/// Puts a job's last message into the outbox, in the transaction that ends the job.
pub async fn put_end(tx: &mut Tx, job: &JobRow, reply: &Reply, now: Instant) -> Result<(), StoreError> {
    let reply = serde_json::to_value(reply).map_err(|e| StoreError::Refused(e.to_string()))?;
    telling::put(tx, &job.origin, &job.actor, &reply, now).await?;
    Ok(())
}

/// Tells whoever has a guest next that it was spared for them, in the transaction that ends the job.
pub async fn put_kept(tx: &mut Tx, dones: &[Value], now: Instant) -> Result<(), StoreError> {
    for kept in dones.iter().map(|done| &done["kept"]).filter(|kept| kept.is_object()) {
        let refused = |why: String| StoreError::Refused(why);
        let origin: Origin = serde_json::from_value(kept["origin"].clone()).map_err(|e| refused(e.to_string()))?;
        let (zone, to) = (kept["zone"].as_str().unwrap_or("UTC"), kept["to"].as_str().unwrap_or_default());
        let mut reply = render("reserve_told", &kept["told"], zone).map_err(|e| refused(e.to_string()))?;
        reply.to = to.to_owned();
        reply.unasked = true;
        reply.id = format!("{}.kept", kept["told"]["id"].as_str().unwrap_or_default());
        let reply = serde_json::to_value(&reply).map_err(|e| refused(e.to_string()))?;
        if origin.surface != Surface::Http {
            telling::put(tx, &origin, to, &reply, now).await?;
        }
    }
    Ok(())
}
