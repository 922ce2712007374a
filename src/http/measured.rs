//! What is measured, as Prometheus reads it: kept for the whole process, whoever counted.
//!
//! Nothing is kept before [`measure`] was called, and counting costs nothing then.

use direttore_domain::measure::{ALL, Kind, SECONDS};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

static KEPT: OnceLock<PrometheusHandle> = OnceLock::new();

/// From now on what happens is counted. Once is enough, more does no harm.
pub fn measure() {
    handle();
}

fn handle() -> &'static PrometheusHandle {
    KEPT.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).expect("there are buckets");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        match metrics::set_global_recorder(recorder) {
            Ok(()) => describe(),
            Err(error) => tracing::warn!("nothing is measured: {error}"),
        }
        handle
    })
}

fn describe() {
    for metric in ALL {
        let unit = if metric.name.ends_with("_seconds") { Unit::Seconds } else { Unit::Count };
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, unit, metric.help),
            Kind::Gauge => describe_gauge!(metric.name, unit, metric.help),
            Kind::Histogram => describe_histogram!(metric.name, unit, metric.help),
        }
    }
}

/// All of it, in Prometheus' text format.
pub fn shown() -> String {
    handle().render()
}

/// Sorts what was timed into its buckets: until then each of the times is kept by itself.
pub fn tidy() {
    handle().run_upkeep();
}
