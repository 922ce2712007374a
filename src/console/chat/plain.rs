//! The chat without a terminal: a line in, the replies out, and what comes by itself as it comes.

use super::{ChatSettings, Talk, greeting};
use crate::{
    ear::{Ear, Unasked},
    render::{Style, render},
};
use direttore_reply::Reply;
use std::{io, sync::Arc, time::Duration};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};

/// How long the end of the input waits for jobs.
const SETTLE: Duration = Duration::from_secs(120);

pub(super) async fn chat<E: Ear>(
    ear: Arc<E>,
    settings: ChatSettings,
    mut input: impl AsyncBufRead + Unpin + Send,
    output: impl AsyncWrite + Unpin + Send,
) -> io::Result<()> {
    let talk = Talk::new(Arc::clone(&ear), &settings);
    let unasked = Unasked::new(ear.told(), talk.origin());
    let style = Style { color: settings.color, ..Style::PLAIN };
    let mut chat = Chat { talk, unasked, output, style };
    chat.write(&greeting(&settings.greeting)).await?;
    let mut line = Vec::new();
    loop {
        // Bytes read so far stay in `line` when the other branch wins.
        let read = tokio::select! {
            biased;
            reply = chat.unasked.next() => {
                chat.tell(&reply).await?;
                continue;
            }
            read = input.read_until(b'\n', &mut line) => read?,
        };
        if read == 0 && line.is_empty() {
            break;
        }
        chat.line(&String::from_utf8_lossy(&line)).await?;
        line.clear();
    }
    chat.settle(&*ear).await
}

struct Chat<E, W> {
    talk: Talk<E>,
    unasked: Unasked,
    output: W,
    style: Style,
}

impl<E: Ear, W: AsyncWrite + Unpin + Send> Chat<E, W> {
    async fn line(&mut self, line: &str) -> io::Result<()> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let replies = self.unasked.during(self.talk.hear(line)).await;
        for reply in &replies {
            self.show(reply).await?;
        }
        Ok(())
    }

    async fn settle(&mut self, ear: &E) -> io::Result<()> {
        let channel = self.talk.origin().channel;
        let settled = ear.settle(&channel, SETTLE);
        tokio::pin!(settled);
        let left = loop {
            tokio::select! {
                biased;
                reply = self.unasked.next() => self.tell(&reply).await?,
                left = &mut settled => break left,
            }
        };
        while let Some(reply) = self.unasked.now() {
            self.tell(&reply).await?;
        }
        if left.is_empty() {
            return Ok(());
        }
        let left = direttore_domain::text::list(&left);
        self.write(&format!("still queued or running: {left}; they go on by themselves\n")).await
    }

    async fn tell(&mut self, reply: &Reply) -> io::Result<()> {
        if self.talk.concerns_me(reply) { self.show(reply).await } else { Ok(()) }
    }

    async fn show(&mut self, reply: &Reply) -> io::Result<()> {
        self.talk.shown(reply);
        let text = render(reply, &self.style);
        self.write(&text).await
    }

    async fn write(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes()).await?;
        self.output.flush().await
    }
}
