//! What an operator's Prometheus reads: who may, and what is in it.

use super::{
    super::{
        calendars::program::Sidecar,
        story::{Story, on_both},
    },
    program::{PASSWORD, Script, Told},
};
use direttore_domain::measure::{self, ALL, Kind};
use direttore_store::audit;
use serde_json::json;
use std::collections::BTreeSet;

/// The samples' lines, and what is said of them.
struct Shown {
    text: String,
}

impl Shown {
    async fn by(script: &Script<'_>) -> Self {
        let told = script.get("/metrics").await;
        assert_eq!(told.status, 200, "{told:?}");
        assert!(told.header("content-type").starts_with("text/plain; version=0.0.4"), "{told:?}");
        Self { text: told.text }
    }

    /// The sum of the samples of that name that have all these labels.
    fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let samples = self.samples().filter(|(n, of, _)| *n == name && labels.iter().all(|label| of.contains(label)));
        samples.map(|(.., value)| value).sum()
    }

    /// Names, labels and values.
    fn samples(&self) -> impl Iterator<Item = (&str, &str, f64)> {
        self.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            (name, labels.trim_end_matches('}'), value.parse().expect("a number"))
        })
    }
}

async fn asked(sidecar: &Sidecar, token: &str) -> Told {
    let mut script = Script::nobody(sidecar);
    token.clone_into(&mut script.token);
    script.get("/metrics").await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_token_reads_them() {
    on_both(async |story| {
        let sidecar = Sidecar::with_metrics_token(story, Some("0123456789abcdef")).await;
        for wrong in ["", "0123456789abcde", "0123456789abcdeF"] {
            let told = asked(&sidecar, wrong).await;
            assert_eq!((told.status, told.header("www-authenticate")), (401, "Bearer"), "{wrong}");
            assert!(!told.text.contains("direttore_"), "{told:?}");
        }
        let told = asked(&sidecar, "0123456789abcdef").await;
        assert_eq!((told.status, told.header("cache-control")), (200, "no-store"));
        // Somebody's own token is none for this.
        let script = Script::of(&sidecar, "admin").await;
        assert_eq!(script.get("/metrics").await.status, 401);
        assert_eq!(script.post("/metrics", json!({})).await.status, 405);
        // On loopback it is open where none is set.
        let open = Sidecar::of(story).await;
        assert_eq!(asked(&open, "").await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let nobody = Script::nobody(&sidecar);
        let before = Shown::by(&nobody).await;
        some_use(story, &sidecar).await;
        let after = Shown::by(&nobody).await;
        // Other stories of this process count too.
        for (name, labels) in [
            (measure::COMMANDS, &[r#"surface="http""#, r#"command="power stop""#, r#"outcome="queued""#][..]),
            (measure::COMMANDS, &[r#"surface="console""#, r#"command="node list""#, r#"outcome="answered""#]),
            (measure::COMMANDS, &[r#"surface="console""#, r#"command="none""#, r#"outcome="refused""#]),
            (measure::REFUSALS, &[r#"code="unknown-command""#]),
            (measure::REFUSALS, &[r#"code="not-allowed""#]),
            (measure::SIGN_INS, &[r#"outcome="accepted""#]),
            (measure::SIGN_INS, &[r#"outcome="refused""#]),
            (measure::JOBS_ENDED, &[r#"command="power stop""#, r#"status="done""#]),
            (measure::HTTP_REQUESTS, &[r#"route="/api/auth/token""#, r#"method="POST""#, r#"status="401""#]),
            (measure::HTTP_REQUESTS, &[r#"route="none""#, r#"method="other""#, r#"status="404""#]),
            (measure::BOOKINGS_REFUSED, &[]),
            (measure::DATABASE_COMMITS, &[]),
            (&format!("{}_count", measure::STEPS), &[r#"step="power-guest""#, r#"outcome="done""#]),
            (&format!("{}_count", measure::UPSTREAM), &[r#"peer="proxmox""#, r#"outcome="ok""#]),
            (&format!("{}_bucket", measure::HTTP_DURATION), &[r#"route="/metrics""#, r#"le="+Inf""#]),
        ] {
            let (was, is) = (before.sum(name, labels), after.sum(name, labels));
            assert!(is > was, "{name} {labels:?}: {was}, then {is}\n{}", after.text);
        }
        assert!(after.sum(measure::START, &[]) > 1.6e9 && after.sum(measure::DATABASE_UP, &[]) >= 1.0);
        all_are_known(&after);
        for planted in [PASSWORD, "wrong-pass-5f2", "made-up-path", "web1", "operator"] {
            assert!(!after.text.contains(planted), "{planted}:\n{}", after.text);
        }
    })
    .await;
}

/// Something of each kind, in the lab of the tests.
async fn some_use(story: &Story, sidecar: &Sidecar) {
    let mut script = Script::of(sidecar, "operator").await;
    assert_eq!(Script::nobody(sidecar).sign_in("operator", "wrong-pass-5f2").await.status, 401);
    let odd = Script::send(script.request("MADEUP", "/made-up-path?password=wrong-pass-5f2")).await;
    assert_eq!(odd.status, 404);
    story.ask("viewer", "/node list").await;
    story.ask("viewer", "/nosuchcommand wrong-pass-5f2").await;
    story.ask("viewer", "/power stop web1").await;
    story.ask("operator", "/reserve new pve3 from=\"tomorrow 14:00\" for=2h").await;
    story.ask("admin", "/reserve new pve3 from=\"tomorrow 15:00\" for=2h").await;
    let request = script.request("POST", "/api/proxmox/nodes/pve2/vms/101/stop").header("X-Request-Id", "seen-1.a_b");
    let told = Script::send(request).await;
    assert_eq!((told.status, told.header("x-request-id")), (202, "seen-1.a_b"), "{told:?}");
    story.dispatch.settle("api", super::super::story::PATIENCE).await;
    // What no header of ours may be is not repeated.
    let told = Script::send(script.request("GET", "/healthz").header("X-Request-Id", "a b")).await;
    let (own, length) = (told.header("x-request-id"), told.header("x-request-id").len());
    assert!(own != "a b" && (14..=64).contains(&length), "{own}");
    let other = script.get("/healthz").await;
    assert_ne!(own, other.header("x-request-id"));
    script.renew().await;
    story.dispatch.flush().await;
    let mut tx = story.dispatch.store.read().await.expect("a transaction");
    let filter = audit::Filter { who: None, what: Some("power stop"), since: None, limit: 10, offset: 0 };
    let (rows, _) = audit::list(&mut tx, filter).await.expect("read");
    let queued = rows.iter().find(|row| row.entry.outcome == "queued").expect("it is in the log");
    assert_eq!(queued.entry.detail["request"], "seen-1.a_b");
}

/// What is there is what [`ALL`] says, and all that it says is there without use is.
fn all_are_known(shown: &Shown) {
    let mut seen = BTreeSet::new();
    for (name, labels, _) in shown.samples() {
        let metric = ALL.iter().find(|metric| match metric.kind {
            Kind::Histogram => {
                ["_bucket", "_sum", "_count"].iter().any(|end| name.strip_suffix(end) == Some(metric.name))
            }
            Kind::Counter | Kind::Gauge => metric.name == name,
        });
        let metric = metric.unwrap_or_else(|| panic!("nobody knows {name}"));
        let own = labels.split("\",").filter_map(|label| label.split_once('=')).map(|(label, _)| label);
        let own: Vec<&str> = own.filter(|label| *label != "le").collect();
        assert_eq!(own, metric.labels, "{name}");
        seen.insert(metric.name);
    }
    let missing: Vec<_> = ALL.iter().filter(|metric| !metric.with_use && !seen.contains(metric.name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for name in seen {
        let metric = ALL.iter().find(|metric| metric.name == name).expect("it was found there");
        let said = format!("# HELP {name} {}\n# TYPE {name} {}\n", metric.help, metric.kind.as_str());
        assert!(shown.text.contains(&said), "{said}");
    }
}
