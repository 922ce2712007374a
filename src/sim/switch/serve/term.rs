//! The terminal of one channel: keys in, echo and pages out.

use russh::{ChannelStream, server::Msg};
use std::collections::VecDeque;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The other side is no longer there.
#[derive(Debug)]
pub struct Gone;

#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Text(String),
    /// Control-D at the beginning of a line.
    End,
    /// Control-Z.
    Out,
}

/// Whether keys are shown as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    On,
    /// Nothing is shown but the end of the line.
    Off,
}

pub struct Term<'s> {
    stream: &'s mut ChannelStream<Msg>,
    keys: VecDeque<u8>,
    /// Lines of a page; zero for no pager.
    pub page: usize,
    pub width: usize,
    /// The last key was a carriage return: a line feed after it is part of it.
    is_after_return: bool,
    /// Columns that are written in this line.
    column: usize,
}

impl<'s> Term<'s> {
    pub fn new(stream: &'s mut ChannelStream<Msg>, size: Option<(u32, u32)>) -> Self {
        let usual = |n: u32, most: usize, else_: usize| match usize::try_from(n) {
            Ok(n) if n > 0 => n.min(most),
            _ => else_,
        };
        let (width, height) = size.unwrap_or((0, 0));
        Self {
            stream,
            keys: VecDeque::new(),
            page: if size.is_some() { usual(height, 512, 24).max(2) } else { 0 },
            width: usual(width, 4096, 80),
            is_after_return: false,
            column: 0,
        }
    }

    pub async fn raw(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.stream.write_all(bytes).await.map_err(|_| Gone)?;
        self.stream.flush().await.map_err(|_| Gone)
    }

    pub async fn write(&mut self, text: &str) -> Result<(), Gone> {
        let last = text.rsplit('\n').next().unwrap_or_default().chars().count();
        self.column = if text.contains('\n') { last } else { self.column + last };
        self.raw(text.replace('\n', "\r\n").as_bytes()).await
    }

    async fn key(&mut self) -> Result<u8, Gone> {
        loop {
            if let Some(key) = self.keys.pop_front() {
                return Ok(key);
            }
            let mut bytes = [0u8; 4096];
            match self.stream.read(&mut bytes).await {
                Ok(0) | Err(_) => return Err(Gone),
                Ok(n) => self.keys.extend(&bytes[..n]),
            }
        }
    }

    /// Reads until the other side leaves.
    pub async fn wait_for_end(&mut self) -> Gone {
        while self.key().await.is_ok() {}
        Gone
    }

    pub async fn line(&mut self, echo: Echo) -> Result<Line, Gone> {
        let mut line: Vec<u8> = Vec::new();
        let mut shown: Vec<u8> = Vec::new();
        loop {
            if self.keys.is_empty() && !shown.is_empty() {
                self.raw(&std::mem::take(&mut shown)).await?;
            }
            let key = self.key().await?;
            let is_pair = std::mem::take(&mut self.is_after_return) && key == b'\n';
            match key {
                b'\n' if is_pair => {}
                b'\r' | b'\n' => {
                    self.is_after_return = key == b'\r';
                    shown.extend(b"\r\n");
                    self.column = 0;
                    self.raw(&shown).await?;
                    return Ok(Line::Text(String::from_utf8_lossy(&line).into_owned()));
                }
                0x04 if line.is_empty() => {
                    self.raw(&shown).await?;
                    return Ok(Line::End);
                }
                0x1a => {
                    shown.extend(b"^Z\r\n");
                    self.column = 0;
                    self.raw(&shown).await?;
                    return Ok(Line::Out);
                }
                0x03 => {
                    shown.extend(b"^C\r\n");
                    self.column = 0;
                    self.raw(&shown).await?;
                    return Ok(Line::Text(String::new()));
                }
                // Control-U takes the line back.
                0x15 => {
                    for _ in 0..line.len() {
                        shown.extend(b"\x08 \x08");
                    }
                    self.column = self.column.saturating_sub(line.len());
                    line.clear();
                }
                0x7f | 0x08 => {
                    if line.pop().is_some() && echo == Echo::On {
                        shown.extend(b"\x08 \x08");
                        self.column = self.column.saturating_sub(1);
                    }
                }
                key if key < 0x20 && key != b'\t' => {}
                key => {
                    line.push(key);
                    if echo == Echo::On {
                        shown.push(key);
                        self.column += 1;
                        // What goes over the edge of the terminal goes on in the next row.
                        if self.column >= self.width {
                            shown.extend(b" \r");
                            self.column = 0;
                        }
                    }
                }
            }
        }
    }

    /// Writes lines a page at a time; `more` is what stands at the end of a page, given how much of a hundred is out.
    pub async fn show(&mut self, lines: &[String], more: impl Fn(usize) -> String) -> Result<(), Gone> {
        let mut rows = 0;
        let mut out = String::new();
        for (i, line) in lines.iter().enumerate() {
            let needs = 1 + line.chars().count().saturating_sub(1) / self.width;
            if self.page > 0 && rows + needs > self.page - 1 && rows > 0 {
                self.write(&std::mem::take(&mut out)).await?;
                let asked = more(i * 100 / lines.len());
                self.write(&asked).await?;
                let key = self.key().await?;
                self.raw(format!("\r{:width$}\r", "", width = asked.len()).as_bytes()).await?;
                match key {
                    b'q' | b'Q' | 0x03 => return Ok(()),
                    b'\r' | b'\n' => rows -= 1,
                    _ => rows = 0,
                }
            }
            rows += needs;
            out.push_str(line);
            out.push('\n');
            if out.len() > 16_384 {
                self.write(&std::mem::take(&mut out)).await?;
            }
        }
        self.column = 0;
        self.write(&out).await
    }
}
