//! What Proxmox remembers of a guest's load.

use super::{Error, GuestAt, Proxmox, request::Request, wire};
use direttore_domain::Instant;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// How far back one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timeframe {
    Hour,
    Day,
}

impl Timeframe {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    pub fn span(self) -> Duration {
        Duration::from_secs(match self {
            Self::Hour => 3600,
            Self::Day => 24 * 3600,
        })
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The average around a moment. What Proxmox does not know of it is `None`: the guest was stopped, or its node off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sample {
    pub at: Instant,
    /// Share of its processors in use, 0.0 to 1.0.
    pub cpu: Option<f64>,
    /// Bytes in use.
    pub memory: Option<u64>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "wire::number")]
    time: Option<u64>,
    #[serde(default, deserialize_with = "wire::float")]
    cpu: Option<f64>,
    #[serde(default, deserialize_with = "wire::number")]
    mem: Option<u64>,
}

impl Proxmox {
    /// The guest's load, the oldest sample first. How far samples are apart, and how many there are, is Proxmox' affair:
    /// versions differ, and a day of version 9 has 1440.
    ///
    /// # Errors
    /// [`Error::Denied`] without VM.Audit on the guest.
    pub async fn guest_rrd(&self, at: &GuestAt, timeframe: Timeframe) -> Result<Vec<Sample>, Error> {
        let request = at.request(Request::get, &["rrddata"]).with("timeframe", timeframe).with("cf", "AVERAGE");
        let rows: Option<Vec<Row>> = self.call(&request).await?;
        Ok(samples(rows.unwrap_or_default()))
    }
}

fn samples(rows: Vec<Row>) -> Vec<Sample> {
    let sample = |row: Row| {
        let at = Instant::from_seconds(i64::try_from(row.time?).ok()?);
        Some(Sample { at, cpu: row.cpu, memory: row.mem })
    };
    let mut all: Vec<Sample> = rows.into_iter().filter_map(sample).collect();
    all.sort_by_key(|sample| sample.at);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_stays_missing() {
        let body = br#"{"data":[
            {"time":1700000120,"cpu":"0.5","mem":1048576.75,"maxmem":4194304,"netin":12.5},
            {"time":1700000000},
            {"cpu":0.1},
            {"time":"1700000060","cpu":null,"mem":-1,"disk":{}},
            {"time":1700000180,"cpu":"NaN","mem":0}]}"#;
        let all = samples(wire::data(body).expect("rows"));
        let sample = |seconds, cpu, memory| Sample { at: Instant::from_seconds(seconds), cpu, memory };
        assert_eq!(
            all,
            [
                sample(1_700_000_000, None, None),
                sample(1_700_000_060, None, None),
                sample(1_700_000_120, Some(0.5), Some(1_048_576)),
                sample(1_700_000_180, None, Some(0)),
            ]
        );
    }
}
