//! The log: to stderr, readable alone and with fields.

use crate::config::{Format, Log};
use tracing_subscriber::{EnvFilter, fmt};

/// serenity has spans around its requests with all of them in it, token and body: writing those takes as long as the
/// answer, and they are not for a log. Who names serenity in `log.level` gets them.
const QUIET: &str = "serenity=warn";

pub fn start(log: &Log) {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", log.level));
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},info")));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start in one process (tests) keeps the first.
    let _ = match log.format {
        Format::Text => builder.with_ansi(false).try_init(),
        Format::Json => builder.json().try_init(),
    };
}
