//! The log: to stderr, readable alone and with fields; and what it is made from, as traces.

use crate::{
    config::{Config, Format, Log},
    telemetry::Traces,
};
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt};

/// serenity has spans around its requests with all of them in it, token and body: writing those takes as long as the
/// answer, and they are not for a log. Matrix' SDK tells of each request and of what is no trouble. Who names them in
/// `log.level` gets them.
const QUIET: &str = "serenity=warn,matrix_sdk=error,matrix_sdk::http_client=off";

pub fn start(log: &Log) {
    start_with(log, None);
}

/// As [`start`], with traces where they are configured.
pub fn start_traced(config: &Config) -> Option<Traces> {
    let traces = Traces::start(&config.telemetry);
    start_with(&config.log, traces.as_ref());
    traces
}

fn start_with(log: &Log, traces: Option<&Traces>) {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", log.level));
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},info")));
    let all = tracing_subscriber::registry();
    // A second start in one process (tests) keeps the first.
    let _ = match traces {
        Some(traces) => all.with(traces.layer()).with(lines(log.format).with_filter(filter)).try_init(),
        // One filter for all is asked once for each place in the code.
        None => all.with(filter).with(lines(log.format)).try_init(),
    };
}

fn lines<S: Subscriber + for<'a> LookupSpan<'a>>(format: Format) -> Box<dyn Layer<S> + Send + Sync> {
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    match format {
        Format::Text => lines.with_ansi(false).boxed(),
        Format::Json => lines.json().boxed(),
    }
}
