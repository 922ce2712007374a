//! The chat at a terminal: a prompt with history and completion; in a pipe, plain lines.

mod live;
mod plain;
mod printer;
mod prompt;
mod talk;

#[cfg(test)]
mod tests;

use crate::{
    ear::{Ear, Unasked},
    render::{Style, render},
};
use direttore_core::dispatch::Dispatch;
use direttore_reply::Reply;
use printer::Printer;
use prompt::{Prompt, Typed};
use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use talk::Talk;

#[derive(Debug, Clone)]
pub struct ChatSettings {
    /// Who speaks.
    pub account: String,
    /// This process' own name, as in [`direttore_domain::Origin`].
    pub channel: String,
    /// The file of the lines said before; made for its owner only.
    pub history: Option<PathBuf>,
    /// See [`crate::render::wants_color`].
    pub color: bool,
    /// Lines shown first.
    pub greeting: Vec<String>,
    /// How long a picture of `lab status live` stays.
    pub redraw: Duration,
    /// Accounts that a line may be said as: `@viewer /guest list`. A demo has some; elsewhere everybody speaks for themself.
    pub others: Vec<String>,
}

/// Talks until Ctrl-D or the end of the input.
///
/// With a terminal on both sides there is a prompt; otherwise plain lines are read, and at their end the jobs that are
/// due are waited for, so that a pipe sees how they ended.
///
/// # Errors
/// When the terminal or the pipe cannot be read or written.
pub async fn chat(dispatch: Arc<Dispatch>, settings: ChatSettings) -> io::Result<()> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        at_terminal(dispatch, settings).await
    } else {
        let input = tokio::io::BufReader::new(tokio::io::stdin());
        plain::chat(dispatch, settings, input, tokio::io::stdout()).await
    }
}

async fn at_terminal<E: Ear>(ear: Arc<E>, settings: ChatSettings) -> io::Result<()> {
    let talk = Talk::new(Arc::clone(&ear), &settings);
    let unasked = Unasked::new(ear.told(), talk.origin());
    let (prompt, printer) = prompt::start(ear, &settings)?;
    let mut chat = Chat { talk, unasked, prompt, printer, color: settings.color, redraw: settings.redraw };
    chat.printer.print(greeting(&settings.greeting)).await?;
    chat.prompt.ask();
    let outcome = chat.run().await;
    chat.printer.close().await;
    outcome
}

fn greeting(lines: &[String]) -> String {
    lines.iter().map(|line| direttore_domain::text::visible(line) + "\n").collect()
}

struct Chat<E> {
    talk: Talk<E>,
    unasked: Unasked,
    prompt: Prompt,
    printer: Printer,
    color: bool,
    redraw: Duration,
}

impl<E: Ear> Chat<E> {
    async fn run(&mut self) -> io::Result<()> {
        loop {
            let typed = tokio::select! {
                reply = self.unasked.next() => {
                    if self.talk.concerns_me(&reply) {
                        self.show(&reply).await?;
                    }
                    continue;
                }
                typed = self.prompt.typed() => typed?,
            };
            match typed {
                // What was pasted may have several lines.
                Typed::Line(text) => {
                    for line in text.lines().filter(|line| !line.trim().is_empty()) {
                        self.line(line).await?;
                    }
                    self.prompt.ask();
                }
                Typed::Enter => self.prompt.ask(),
                Typed::End => return Ok(()),
            }
        }
    }

    async fn line(&mut self, line: &str) -> io::Result<()> {
        let replies = self.unasked.during(self.talk.hear(line)).await;
        if live::is_wanted(line, &replies) {
            return self.live(line, replies).await;
        }
        for reply in &replies {
            self.show(reply).await?;
        }
        Ok(())
    }

    /// Redraws in place until Enter. What comes by itself meanwhile is shown after.
    async fn live(&mut self, line: &str, first: Vec<Reply>) -> io::Result<()> {
        self.prompt.wait_for_enter();
        let mut frame = live::Frame::default();
        let mut replies = first;
        loop {
            self.printer.print(frame.draw(&replies, &self.style(), self.prompt.rows())).await?;
            let pause = tokio::time::sleep(self.redraw);
            tokio::select! {
                typed = self.unasked.during(self.prompt.typed()) => {
                    return match typed? {
                        Typed::End => Err(io::ErrorKind::UnexpectedEof.into()),
                        Typed::Enter | Typed::Line(_) => Ok(()),
                    };
                }
                () = pause => {}
            }
            replies = self.unasked.during(self.talk.hear(line)).await;
        }
    }

    async fn show(&mut self, reply: &Reply) -> io::Result<()> {
        self.talk.shown(reply);
        self.printer.print(render(reply, &self.style())).await
    }

    fn style(&self) -> Style {
        Style { width: self.prompt.columns(), color: self.color, is_terminal: true }
    }
}
