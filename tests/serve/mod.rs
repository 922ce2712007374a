//! `direttore serve` and `direttore check` as processes, with all that the configuration turns on.

mod crowd;
mod discord;
mod feed;
mod hooks;
mod matrix;
mod matrix_bad_days;
mod metrics;
mod secrets;
mod sidecar;
mod telemetry;
