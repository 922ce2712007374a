//! `demo --script` and `--json`: chat lines from a file or a pipe, the transcript to the output, nothing else there.
//!
//! Lines are heard one after the other. What comes by itself is written as it comes, but never between a line and its
//! own replies. With `--json` each reply is one object, and `{"line":N}` says that all replies to line N are out.

mod line;
mod transcript;

#[cfg(test)]
mod tests;

use crate::{
    ear::{self, Ear, Unasked},
    open::Open,
};
use direttore_core::dispatch::{Dispatch, Heard, What};
use direttore_domain::{Claims, Refusal};
use direttore_reply::{Reply, Tone, render_refusal};
use line::{Line, Said};
use std::{future::Future, io, pin::Pin, sync::Arc, time::Duration};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite};
use transcript::Transcript;

/// How long `...` waits.
const SETTLE: Duration = Duration::from_secs(120);
/// Exit code after a line that could not be used.
const UNREADABLE: u8 = 2;

pub struct ScriptSettings {
    /// One JSON object per reply instead of text.
    pub json: bool,
    /// The accounts that exist; a line without `@account` is said by the first one, `admin`.
    pub accounts: Vec<String>,
    /// This process' own name, as in [`direttore_domain::Origin`].
    pub channel: String,
    /// The first line of `--json`; printed for a person without it.
    pub ready: serde_json::Value,
    /// Stop at the first line that cannot be used (a file), or go on (a pipe).
    pub stop_at_unreadable: bool,
}

/// May hold the accounts' passwords.
impl std::fmt::Debug for ScriptSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptSettings")
            .field("json", &self.json)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a script can do behind the bot's back. An error is the reason why the line cannot be used.
pub trait Backstage: Send + Sync {
    /// `~ 2h`: moves calendar time through everything that falls due, in order, each to its end.
    fn advance(&self, by: Duration) -> BoxFuture<'_, Result<(), String>>;
    /// `% …`: acts on the simulated lab; `line` is what follows the sign.
    fn lab(&self, line: &str) -> Result<(), String>;
}

/// Runs the script to its end and gives the exit code: 0, or 2 when a line could not be used.
///
/// # Errors
/// When the input cannot be read or the output cannot be written.
pub async fn script(
    dispatch: Arc<Dispatch>,
    input: impl AsyncBufRead + Unpin + Send,
    output: impl AsyncWrite + Unpin + Send,
    backstage: Arc<dyn Backstage>,
    settings: ScriptSettings,
) -> io::Result<u8> {
    run(dispatch, input, output, backstage, settings).await
}

async fn run<E: Ear>(
    ear: Arc<E>,
    mut input: impl AsyncBufRead + Unpin + Send,
    output: impl AsyncWrite + Unpin + Send,
    backstage: Arc<dyn Backstage>,
    settings: ScriptSettings,
) -> io::Result<u8> {
    let mut script = Script {
        unasked: Unasked::new(ear.told(), ear::origin(&settings.channel)),
        ear,
        out: Transcript::new(output, settings.json),
        backstage,
        open: Open::default(),
        settings,
    };
    script.out.ready(&script.settings.ready).await?;
    let mut exit = 0;
    let mut number = 0;
    while let Some(line) = script.next_line(&mut input).await? {
        number += 1;
        let outcome = script.line(&line).await?;
        script.flush_unasked().await?;
        if let Err(why) = outcome {
            exit = UNREADABLE;
            eprintln!("line {number}: {why}");
            script.show(unreadable(number, &why, script.default_account())).await?;
        }
        script.out.line_done(number).await?;
        if exit == UNREADABLE && script.settings.stop_at_unreadable {
            return Ok(exit);
        }
    }
    script.settle().await?;
    Ok(exit)
}

struct Script<E, W> {
    ear: Arc<E>,
    unasked: Unasked,
    out: Transcript<W>,
    backstage: Arc<dyn Backstage>,
    open: Open,
    settings: ScriptSettings,
}

impl<E: Ear, W: AsyncWrite + Unpin + Send> Script<E, W> {
    /// The next line of the input, `None` at its end; what comes by itself meanwhile is shown.
    async fn next_line(&mut self, input: &mut (impl AsyncBufRead + Unpin + Send)) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        loop {
            // Bytes read so far stay in `bytes` when the other branch wins.
            let read = tokio::select! {
                biased;
                reply = self.unasked.next() => {
                    self.show(reply).await?;
                    continue;
                }
                read = input.read_until(b'\n', &mut bytes) => read?,
            };
            if read == 0 && bytes.is_empty() {
                return Ok(None);
            }
            let line = String::from_utf8_lossy(&bytes);
            return Ok(Some(line.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']).to_owned()));
        }
    }

    /// Does what the line says. The inner error: why it cannot be used.
    async fn line(&mut self, text: &str) -> io::Result<Result<(), String>> {
        let line = match line::read(text) {
            Ok(line) => line,
            Err(why) => return Ok(Err(why)),
        };
        if line != Line::Nothing {
            self.out.said(text.trim()).await?;
        }
        match line {
            Line::Nothing => Ok(Ok(())),
            Line::Settle => self.settle().await.map(Ok),
            Line::Advance(by) => self.advance(by).await,
            Line::Lab(fault) => Ok(self.backstage.lab(&fault)),
            Line::Said { by, what } => self.said(by, what).await,
        }
    }

    async fn said(&mut self, by: Option<String>, said: Said) -> io::Result<Result<(), String>> {
        let by = by.unwrap_or_else(|| self.default_account().to_owned());
        if !self.settings.accounts.contains(&by) {
            let accounts = direttore_domain::text::list(&self.settings.accounts);
            return Ok(Err(format!("there is no account {by:?} (there are {accounts})")));
        }
        let what = match said {
            Said::Line(line) => What::Say(line),
            Said::Press(label) => match self.open.button(&label) {
                Some((on, label)) => What::Press { on, label },
                None => return Ok(Err(format!("no message has a button [{label}]"))),
            },
            Said::Fill(values) => match self.open.form() {
                Some(on) => What::Fill { on, values },
                None => return Ok(Err("no form is open".to_owned())),
            },
        };
        let on = match &what {
            What::Press { on, .. } | What::Fill { on, .. } => Some(on.clone()),
            _ => None,
        };
        let origin = ear::origin(&self.settings.channel);
        let heard = Heard { identity: ear::identity(&by), claims: Claims::default(), origin, what };
        let ear = Arc::clone(&self.ear);
        let replies = self.unasked.during(ear.hear(heard)).await;
        if let Some(on) = on {
            self.open.answered(&on, &replies);
        }
        for reply in replies {
            self.show(reply).await?;
        }
        Ok(Ok(()))
    }

    /// Waits until no job that is due is queued or running, and shows what they tell.
    async fn settle(&mut self) -> io::Result<()> {
        let ear = Arc::clone(&self.ear);
        let channel = self.settings.channel.clone();
        let left = self.meanwhile(ear.settle(&channel, SETTLE)).await?;
        self.flush_unasked().await?;
        if !left.is_empty() {
            let names = direttore_domain::text::list(&left);
            let title = format!("after {} s still queued or running: {names}", SETTLE.as_secs());
            let to = self.default_account().to_owned();
            self.show(Reply { id: "settle".to_owned(), to, ..Reply::new(Tone::Failed, title) }).await?;
        }
        Ok(())
    }

    async fn advance(&mut self, by: Duration) -> io::Result<Result<(), String>> {
        let backstage = Arc::clone(&self.backstage);
        self.meanwhile(backstage.advance(by)).await
    }

    /// Runs `work` and shows what comes by itself as it comes.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> io::Result<T> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                reply = self.unasked.next() => self.show(reply).await?,
                done = &mut work => return Ok(done),
            }
        }
    }

    async fn flush_unasked(&mut self) -> io::Result<()> {
        while let Some(reply) = self.unasked.now() {
            self.show(reply).await?;
        }
        Ok(())
    }

    async fn show(&mut self, reply: Reply) -> io::Result<()> {
        self.open.shown(&reply);
        self.out.reply(&reply).await
    }

    fn default_account(&self) -> &str {
        let accounts = &self.settings.accounts;
        accounts.iter().find(|a| *a == "admin").or(accounts.first()).map_or("admin", String::as_str)
    }
}

fn unreadable(line: usize, why: &str, to: &str) -> Reply {
    let refusal = Refusal::UnreadableLine { line, why: why.to_owned() };
    Reply { id: format!("line-{line}"), to: to.to_owned(), ..render_refusal(&refusal) }
}
