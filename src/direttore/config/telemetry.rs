//! `[telemetry]`: where traces go.

use super::{error::ConfigError, peer, section::Section};

pub(super) const KEYS: &[&str] = &["endpoint"];

const ENDPOINT: &str = "the URL of a collector that takes OTLP by HTTP, like \"http://127.0.0.1:4318\"";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// With its scheme and without a slash at its end. Absent: nothing is traced.
    pub endpoint: Option<String>,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Telemetry, ConfigError> {
    let endpoint = peer::named_url(&mut section, "endpoint", ENDPOINT, peer::is_base)?;
    Ok(Telemetry { endpoint: endpoint.map(|url| if url.contains("://") { url } else { format!("http://{url}") }) })
}
