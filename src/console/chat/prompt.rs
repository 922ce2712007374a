//! The prompt: rustyline on a thread of its own, which edits a line when asked to and completes through the dispatch.

use super::{ChatSettings, printer::Printer};
use crate::ear::{self, Ear};
use direttore_core::dispatch::Completed;
use direttore_domain::{Identity, Origin, text};
use rustyline::{
    CompletionType, Config, Context, Editor, Helper,
    completion::{Completer, Pair},
    error::ReadlineError,
    highlight::Highlighter,
    hint::Hinter,
    history::FileHistory,
    validate::Validator,
};
use std::{
    fs::OpenOptions,
    io::{self, BufRead as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};
use tokio::{runtime::Handle, sync::mpsc as async_mpsc, time::timeout};

/// A Tab that takes longer completes nothing.
const COMPLETION: Duration = Duration::from_millis(1500);

pub(super) enum Typed {
    Line(String),
    /// The answer to [`Prompt::wait_for_enter`].
    Enter,
    /// Ctrl-D, or the terminal is gone.
    End,
}

enum Ask {
    Line,
    Enter,
}

pub(super) struct Prompt {
    asks: mpsc::Sender<Ask>,
    typed: async_mpsc::UnboundedReceiver<io::Result<Typed>>,
    screen: Arc<Screen>,
}

/// Columns and rows, as seen when the last line was typed.
struct Screen {
    columns: AtomicUsize,
    rows: AtomicUsize,
}

impl Prompt {
    /// Lets the person type a line; [`Self::typed`] gives it.
    pub(super) fn ask(&self) {
        // A thread that has ended has said why: `typed` tells.
        let _ = self.asks.send(Ask::Line);
    }

    /// Waits for Enter, without a prompt.
    pub(super) fn wait_for_enter(&self) {
        let _ = self.asks.send(Ask::Enter);
    }

    pub(super) async fn typed(&mut self) -> io::Result<Typed> {
        self.typed.recv().await.unwrap_or(Ok(Typed::End))
    }

    pub(super) fn columns(&self) -> usize {
        self.screen.columns.load(Ordering::Relaxed)
    }

    pub(super) fn rows(&self) -> usize {
        self.screen.rows.load(Ordering::Relaxed)
    }
}

/// Starts the thread; nothing is read before [`Prompt::ask`].
pub(super) fn start<E: Ear>(ear: Arc<E>, settings: &ChatSettings) -> io::Result<(Prompt, Printer)> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .history_ignore_dups(true)
        .and_then(|config| config.max_history_size(1000))
        .map_err(io::Error::other)?
        .history_ignore_space(true)
        .build();
    let mut editor: Editor<Words<E>, FileHistory> = Editor::with_config(config).map_err(io::Error::other)?;
    editor.set_helper(Some(Words {
        ear,
        runtime: Handle::current(),
        who: ear::identity(&settings.account),
        origin: ear::origin(&settings.channel),
    }));
    if let Some(path) = &settings.history {
        load_history(&mut editor, path);
    }
    let printer = Printer::start(editor.create_external_printer().map_err(io::Error::other)?)?;
    let (asks, asked) = mpsc::channel();
    let (tell, typed) = async_mpsc::unbounded_channel();
    let screen = Arc::new(Screen { columns: AtomicUsize::new(80), rows: AtomicUsize::new(24) });
    let mut typist = Typist {
        editor,
        history: settings.history.clone(),
        prompt: format!("{}> ", text::visible(&settings.account)),
        screen: Arc::clone(&screen),
    };
    typist.look();
    thread::Builder::new().name("prompt".to_owned()).spawn(move || typist.run(&asked, &tell))?;
    Ok((Prompt { asks, typed, screen }, printer))
}

struct Typist<E: Ear> {
    editor: Editor<Words<E>, FileHistory>,
    history: Option<PathBuf>,
    prompt: String,
    screen: Arc<Screen>,
}

impl<E: Ear> Typist<E> {
    fn run(mut self, asked: &mpsc::Receiver<Ask>, tell: &async_mpsc::UnboundedSender<io::Result<Typed>>) {
        for ask in asked {
            let typed = match ask {
                Ask::Line => self.line(),
                Ask::Enter => enter(),
            };
            self.look();
            let is_last = !matches!(typed, Ok(Typed::Line(_) | Typed::Enter));
            if tell.send(typed).is_err() || is_last {
                return;
            }
        }
    }

    fn line(&mut self) -> io::Result<Typed> {
        loop {
            match self.editor.readline(&self.prompt) {
                Ok(line) => {
                    self.remember(&line);
                    return Ok(Typed::Line(line));
                }
                // Ctrl-C gives up the line, not the chat.
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(Typed::End),
                Err(ReadlineError::Io(source)) => return Err(source),
                Err(other) => return Err(io::Error::other(other)),
            }
        }
    }

    /// Written at once, so that it outlives a killed process. A history that cannot be kept is no reason to stop.
    fn remember(&mut self, line: &str) {
        let is_new = may_be_kept(line) && self.editor.add_history_entry(line).unwrap_or(false);
        let Some(path) = self.history.as_ref().filter(|_| is_new) else { return };
        if let Err(error) = self.editor.append_history(path) {
            tracing::debug!(error = %error, "the history cannot be written");
        }
    }

    fn look(&mut self) {
        if let Some((columns, rows)) = self.editor.dimensions() {
            self.screen.columns.store(usize::from(columns).max(20), Ordering::Relaxed);
            self.screen.rows.store(usize::from(rows).max(4), Ordering::Relaxed);
        }
    }
}

fn enter() -> io::Result<Typed> {
    let read = io::stdin().lock().read_line(&mut String::new())?;
    Ok(if read == 0 { Typed::End } else { Typed::Enter })
}

/// Lines that give a secret away stay out of the file.
fn may_be_kept(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    !line.trim().is_empty() && !["password=", "secret=", "token="].iter().any(|secret| lower.contains(secret))
}

fn load_history<H: Helper>(editor: &mut Editor<H, FileHistory>, path: &Path) {
    // Made before rustyline makes it, so that it never has another mode.
    let made = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    if let Err(error) = made.map_err(ReadlineError::from).and_then(|_| editor.load_history(path)) {
        tracing::debug!(error = %error, "the history cannot be read");
    }
}

/// Commands, options and live values for Tab.
struct Words<E> {
    ear: Arc<E>,
    runtime: Handle,
    who: Identity,
    origin: Origin,
}

impl<E: Ear> Completer for Words<E> {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let completed = self
            .runtime
            .block_on(async { timeout(COMPLETION, self.ear.complete(&self.who, &self.origin, line, cursor)).await });
        Ok(completed.map_or_else(|_| (cursor, Vec::new()), |completed| candidates(completed, line, cursor)))
    }
}

/// Only one candidate: the word is finished with a space, unless a value is to follow.
pub(super) fn candidates(completed: Completed, line: &str, cursor: usize) -> (usize, Vec<Pair>) {
    let is_only = completed.values.len() == 1;
    let pair = |(value, help): (String, String)| {
        let value = text::visible(&value);
        let help = text::shorten(&text::visible(&help), 60);
        let display = if help.is_empty() { value.clone() } else { format!("{value} ({help})") };
        let end = if is_only && !value.ends_with('=') { " " } else { "" };
        Pair { display, replacement: value + end }
    };
    let start = completed.start.min(cursor);
    let start = if line.is_char_boundary(start) { start } else { cursor };
    (start, completed.values.into_iter().map(pair).collect())
}

impl<E: Ear> Hinter for Words<E> {
    type Hint = String;
}

impl<E> Highlighter for Words<E> {}

impl<E> Validator for Words<E> {}

impl<E: Ear> Helper for Words<E> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_cannot_reach_the_terminal() {
        let values = vec![("web\x1b[2J".to_owned(), "running\x07".to_owned())];
        let (start, pairs) = candidates(Completed { start: 9, values }, "ł", 2);
        assert_eq!((start, pairs[0].replacement.as_str()), (2, "web\\u{1b}[2J "));
        assert_eq!(pairs[0].display, "web\\u{1b}[2J (running\\u{7})");
        let values = vec![("node=".to_owned(), String::new())];
        assert_eq!(candidates(Completed { start: 0, values }, "no", 2).1[0].replacement, "node=");
    }

    #[test]
    fn secrets_stay_out_of_the_history() {
        assert!(may_be_kept("/guest list"));
        assert!(!may_be_kept("/user password Password=x") && !may_be_kept("token=abc") && !may_be_kept("  "));
    }
}
