//! What is measured: the names, the labels and what each says. Values are counted where things happen.
//!
//! A label has few values, all known beforehand: a command, a step, a route's template, a code. Never a guest, a person
//! or a text that somebody wrote: each value makes a series that is kept for ever.

/// What was counted, in Prometheus' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    Gauge,
    /// How long something took, in [`SECONDS`].
    Histogram,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    /// Whether it is there only once something of its kind has happened.
    pub with_use: bool,
    pub help: &'static str,
}

/// The upper ends of a histogram's buckets: an answer from memory is below a millisecond, a clone takes minutes.
pub const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

pub const COMMANDS: &str = "direttore_commands_total";
pub const REFUSALS: &str = "direttore_refusals_total";
pub const FAILURES: &str = "direttore_failures_total";
pub const BOOKINGS_REFUSED: &str = "direttore_bookings_refused_total";
pub const SIGN_INS: &str = "direttore_sign_ins_total";
pub const JOBS: &str = "direttore_jobs";
pub const JOBS_ENDED: &str = "direttore_jobs_ended_total";
pub const STEPS: &str = "direttore_job_step_duration_seconds";
pub const QUEUE_AGE: &str = "direttore_queue_age_seconds";
pub const RESERVATIONS: &str = "direttore_reservations";
pub const ALERTS: &str = "direttore_alerts";
pub const UPSTREAM: &str = "direttore_upstream_request_duration_seconds";
pub const HTTP_REQUESTS: &str = "direttore_http_requests_total";
pub const HTTP_DURATION: &str = "direttore_http_request_duration_seconds";
pub const HOOKS: &str = "direttore_hooks_total";
pub const CHAT_CONNECTED: &str = "direttore_chat_connected";
pub const CHAT_UNREADABLE: &str = "direttore_chat_unreadable_total";
pub const CHAT_REMOVED: &str = "direttore_chat_removed_total";
pub const DATABASE_UP: &str = "direttore_database_up";
pub const DATABASE_COMMITS: &str = "direttore_database_commits_total";
pub const AUDIT_UNSEALED: &str = "direttore_audit_unsealed_rows";
pub const BUILD: &str = "direttore_build_info";
pub const START: &str = "direttore_start_time_seconds";

/// All there is, as `docs/metrics.md` lists it.
pub const ALL: &[Metric] = &[
    used(
        COMMANDS,
        Kind::Counter,
        &["surface", "command", "outcome"],
        "Commands that were heard, by what came of them: answered, asked, queued, done, refused or failed.",
    ),
    used(REFUSALS, Kind::Counter, &["code"], "What was refused, by the code of the refusal."),
    used(FAILURES, Kind::Counter, &["code"], "What failed without the asker's doing, by the code of the failure."),
    there(BOOKINGS_REFUSED, Kind::Counter, &[], "Reservations that were refused because somebody else was first."),
    used(
        SIGN_INS,
        Kind::Counter,
        &["outcome"],
        "Sign-ins with a password, a refresh token or by the identity provider: accepted, refused, or throttled after too many.",
    ),
    there(JOBS, Kind::Gauge, &["status"], "Jobs in the database."),
    used(JOBS_ENDED, Kind::Counter, &["command", "status"], "Jobs that this process brought to an end."),
    used(STEPS, Kind::Histogram, &["step", "outcome"], "How long one try of a job's step took."),
    there(QUEUE_AGE, Kind::Gauge, &[], "For how long the job that is due longest has been due; 0 when none waits."),
    there(RESERVATIONS, Kind::Gauge, &["status"], "Reservations in the database."),
    there(ALERTS, Kind::Gauge, &["state", "severity"], "Alerts in the database."),
    used(
        UPSTREAM,
        Kind::Histogram,
        &["peer", "outcome"],
        "How long requests to Proxmox, NetBox and the identity provider took, by what came of them.",
    ),
    used(HTTP_REQUESTS, Kind::Counter, &["route", "method", "status"], "Requests that were answered over HTTP."),
    used(HTTP_DURATION, Kind::Histogram, &["route", "method"], "How long a request took until its answer began."),
    used(
        HOOKS,
        Kind::Counter,
        &["from", "outcome"],
        "What other systems posted: accepted, duplicate, unproven, unreadable or not-stored.",
    ),
    used(CHAT_CONNECTED, Kind::Gauge, &["surface"], "Whether this process is connected to a chat system."),
    used(CHAT_UNREADABLE, Kind::Counter, &["surface"], "Messages of encrypted rooms that could not be decrypted."),
    used(CHAT_REMOVED, Kind::Counter, &["surface"], "How often somebody put the bot out of a room."),
    there(DATABASE_UP, Kind::Gauge, &[], "Whether the database answered when it was last asked for these numbers."),
    there(DATABASE_COMMITS, Kind::Counter, &[], "Commits that this process waited for the disk with."),
    there(AUDIT_UNSEALED, Kind::Gauge, &[], "Rows of the audit log that are not sealed yet."),
    there(BUILD, Kind::Gauge, &["version"], "Always 1; the version is in the label."),
    there(START, Kind::Gauge, &[], "When this process began, in seconds since 1970."),
];

const fn there(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind, labels, with_use: false, help }
}

const fn used(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { with_use: true, ..there(name, kind, labels, help) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_say_whose_they_are_and_their_unit() {
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        for Metric { name, kind, help, .. } in ALL {
            assert!(name.starts_with("direttore_") && help.ends_with('.'), "{name}");
            assert_eq!(*kind == Kind::Counter, name.ends_with("_total"), "{name}");
            assert!(*kind != Kind::Histogram || name.ends_with("_duration_seconds"), "{name}");
        }
        assert!(SECONDS.is_sorted());
    }

    #[test]
    fn the_documentation_has_all_of_them() {
        let table = ALL.iter().map(|metric| {
            let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            let there = if metric.with_use { "with use" } else { "from the start" };
            let Metric { name, kind, help, .. } = metric;
            format!("| `{name}` | {} | {} | {there} | {help} |\n", kind.as_str(), labels.join(", "))
        });
        let table: String = table.collect();
        let text = include_str!("../../docs/metrics.md");
        let shown = text.split("| --- |\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
        assert_eq!(format!("{}\n", shown.trim_end()), table, "the right table is:\n{table}");
    }

    #[test]
    fn dashboard_and_rules_ask_for_what_there_is() {
        let texts =
            [include_str!("../../deploy/grafana/direttore.json"), include_str!("../../deploy/prometheus/alerts.yml")];
        let mut asked = BTreeSet::new();
        for text in texts {
            for part in text.split("direttore_").skip(1) {
                let end = part.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(part.len());
                asked.insert(format!("direttore_{}", &part[..end]));
            }
        }
        assert!(asked.len() > ALL.len() / 2, "{asked:?}");
        for name in asked {
            let is_known = ALL.iter().any(|metric| {
                let parts: &[&str] =
                    if metric.kind == Kind::Histogram { &["_bucket", "_sum", "_count"] } else { &[""] };
                parts.iter().any(|part| name.strip_suffix(part) == Some(metric.name))
            });
            assert!(is_known, "nothing is called {name}");
        }
    }
}
