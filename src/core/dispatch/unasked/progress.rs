//! How far jobs are, told at a pace that people and the chat system can bear.

use super::{Teller, Tempo};
use direttore_reply::Reply;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::broadcast::error::RecvError, time::Instant as Elapsed};

/// A job that has said nothing for so long has ended, here or elsewhere.
const SILENT: Duration = Duration::from_secs(3600);

/// Tells of running jobs, as long as the task lives.
pub async fn progress<T: Teller>(teller: Arc<T>) {
    let mut told = teller.dispatch().told();
    let tempo = teller.tempo();
    let mut running: HashMap<String, Running> = HashMap::new();
    let tick = (tempo.edit / 6).max(Duration::from_millis(5));
    loop {
        match tokio::time::timeout(tick, told.recv()).await {
            Ok(Ok(told)) if told.origin.surface == teller.surface() => {
                if let Some(job) = told.reply.job.clone() {
                    let known = running.entry(job).or_insert_with(|| Running::new(told.origin.channel.clone()));
                    (known.heard, known.newest) = (Elapsed::now(), Some(told.reply));
                }
            }
            Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => {}
            Ok(Err(RecvError::Closed)) => return,
        }
        for (job, known) in &mut running {
            let Some(reply) = known.due(tempo) else { continue };
            let (teller, job, channel) = (Arc::clone(&teller), job.clone(), known.channel.clone());
            tokio::spawn(async move { teller.tell_progress(&job, &channel, &reply).await });
        }
        running.retain(|_, known| known.newest.is_some() || known.heard.elapsed() < SILENT);
    }
}

struct Running {
    channel: String,
    began: Elapsed,
    heard: Elapsed,
    /// When it was told of last, and at which step.
    told: Option<(Elapsed, u32)>,
    /// What is not told yet.
    newest: Option<Reply>,
}

impl Running {
    fn new(channel: String) -> Self {
        Self { channel, began: Elapsed::now(), heard: Elapsed::now(), told: None, newest: None }
    }

    fn due(&mut self, tempo: Tempo) -> Option<Reply> {
        let step = self.newest.as_ref()?.progress.map_or(u32::MAX, |p| p.done);
        let is_due = match self.told {
            // A short job ends before anybody could read of it.
            None => self.began.elapsed() >= tempo.edit / 6,
            Some((at, before)) if before != step => at.elapsed() >= tempo.step,
            Some((at, _)) if self.began.elapsed() >= tempo.long => at.elapsed() >= tempo.edit_long,
            Some((at, _)) => at.elapsed() >= tempo.edit,
        };
        if !is_due {
            return None;
        }
        self.told = Some((Elapsed::now(), step));
        self.newest.take()
    }
}
