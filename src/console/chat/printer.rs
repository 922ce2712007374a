//! Writes above the prompt. A thread of its own, since rustyline's printer may block.

use rustyline::ExternalPrinter;
use std::{io, sync::mpsc, thread, time::Duration};
use tokio::sync::oneshot;

/// Rustyline takes one message at a time while a line is edited. One that arrives as the line ends is held until the
/// next prompt; whoever waits for it then has to go on and ask for that prompt.
const HELD: Duration = Duration::from_millis(500);

pub(super) struct Printer {
    queue: Option<mpsc::Sender<Job>>,
    /// Resolves when the thread has ended.
    ended: oneshot::Receiver<()>,
}

struct Job {
    text: String,
    done: oneshot::Sender<io::Result<()>>,
}

impl Printer {
    pub(super) fn start(mut terminal: impl ExternalPrinter + Send + 'static) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel::<Job>();
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name("printer".to_owned()).spawn(move || {
            for job in jobs {
                // Nobody waits for it any more when it was held too long.
                let _ = job.done.send(terminal.print(job.text).map_err(io::Error::other));
            }
            let _ = end.send(());
        })?;
        Ok(Self { queue: Some(queue), ended })
    }

    /// Writes `text`, which ends with a line feed.
    pub(super) async fn print(&self, text: String) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let (done, written) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        queue.send(Job { text, done }).map_err(|_| io::ErrorKind::BrokenPipe)?;
        match tokio::time::timeout(HELD, written).await {
            Ok(Ok(written)) => written,
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Ok(()),
        }
    }

    /// Waits until what was queued is written.
    pub(super) async fn close(&mut self) {
        self.queue = None;
        // Held text can no longer be shown: the prompt has ended.
        let _ = tokio::time::timeout(HELD, &mut self.ended).await;
    }
}
