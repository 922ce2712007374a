//! What is logged. All tests of a process share one log, so what is looked for must be said in one test only.

use super::play::until;
use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
};
use tracing_subscriber::{
    EnvFilter, Layer, filter::LevelFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Warnings and errors so far.
static SAID: Mutex<String> = Mutex::new(String::new());

struct Keep;

impl Write for Keep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        SAID.lock().unwrap_or_else(PoisonError::into_inner).push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to keep it; `RUST_LOG` shows it too.
pub fn keep() {
    let shown = fmt::layer().with_writer(io::stderr).with_filter(EnvFilter::from_default_env());
    let kept = fmt::layer().with_ansi(false).with_writer(|| Keep).with_filter(LevelFilter::WARN);
    // Another test of this process may have begun.
    let _ = tracing_subscriber::registry().with(shown).with(kept).try_init();
}

pub fn said() -> String {
    SAID.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Waits for a line with these words.
pub async fn says(words: &str) {
    until(&format!("the log says {words:?}"), async || said().contains(words)).await;
}
