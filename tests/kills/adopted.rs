//! A VM that NetBox has as planned becomes a guest, because a webhook said so: killed anywhere while it is written down
//! there, the next process makes the same of it, once.

use crate::{
    scenarios::hooks::{SECRET, signature},
    support::{
        bot::Kind,
        lab::Lab,
        postgres,
        process::{Process, until},
    },
};
use direttore_clients::netbox::{NetBox, NewVm, Settings, Timeouts};
use direttore_core::Clock;
use direttore_domain::{JobId, Role};
use direttore_store::{
    Store, account,
    job::{self, JobStatus},
};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Command, time::Duration};
use tokio::runtime::Runtime;

const PLACES: [&str; 9] = [
    "before:adopt-guest",
    "intent:adopt-guest",
    "answered:adopt-guest",
    "after:adopt-guest",
    "intent:register-guest",
    "answered:register-guest",
    "stored:register-guest",
    "happened:register-guest",
    "after:register-guest",
];

fn configuration(lab: &Lab, database: &str) -> String {
    let Lab { url, token_id, token_secret, .. } = lab;
    let (netbox, token) = lab.netbox.as_ref().expect("the lab has a NetBox");
    format!(
        r#"
            [database]
            url = "{database}"
            [[proxmox]]
            url = "{url}"
            token_id = "{token_id}"
            token_secret = "{token_secret}"
            [netbox]
            url = "{netbox}"
            token = "{token}"
            refresh_ms = 200
            [http]
            listen = "127.0.0.1:0"
            [provision]
            verify_ms = 1000
            [jobs]
            poll_ms = 100
            lease_ms = 1200
            heartbeat_ms = 200
            task_poll_ms = 20
            retry_first_ms = 30
            retry_max_ms = 200
            [[hooks]]
            name = "default"
            from = "netbox"
            secret = "{SECRET}"
            [[rules]]
            name = "make"
            object = "virtualization.virtualmachine"
            event = "created"
            when = ["status = planned"]
            provision = {{ as = "bot", with = {{ node = "pve1", nic1 = "ip=netbox:10.0.10.0/24" }} }}
        "#
    )
}

fn serve(folder: &Path, breakpoint: Option<&str>) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command.args(["serve", "--config", "direttore.toml"]).current_dir(folder).env_clear();
    let kept = ["DIRETTORE_RECORD_REQUESTS", "LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
    command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
    command.envs(breakpoint.map(|at| ("DIRETTORE_BREAKPOINT", at)));
    Process::start("direttore serve", &mut command)
}

/// Somebody plans a VM; what NetBox posts of it.
async fn planned(lab: &Lab) -> String {
    let (url, token) = lab.netbox.clone().expect("the lab has a NetBox");
    let time = Duration::from_secs(10);
    let timeouts = Timeouts { connect: time, read: time, write: time };
    let settings = Settings { url, token, verify_tls: true, fingerprint: None, timeouts, record: None, most: 1000 };
    let netbox = NetBox::new(settings).expect("settings of the lab's own making");
    let cluster = netbox.clusters(Some("lab")).await.expect("it answers")[0].id;
    let name = "web9".to_owned();
    let status = "planned".to_owned();
    let new = NewVm { name, status, cluster, vcpus: 1.0, memory: 512, ..NewVm::default() };
    let vm = netbox.create_vm(&new).await.expect("it is made");
    json!({
        "event": "created", "timestamp": "2040-01-02T09:00:00+00:00", "object_type": "virtualization.virtualmachine",
        "username": "alice", "request_id": "r1",
        "data": {
            "id": vm.id, "name": "web9", "status": { "value": "planned", "label": "Planned" }, "vcpus": 1.0,
            "memory": 512, "cluster": { "id": cluster, "name": "lab" }, "custom_fields": {},
        },
        "snapshots": { "prechange": null, "postchange": { "name": "web9", "status": "planned" } },
    })
    .to_string()
}

fn status(runtime: &Runtime, store: &Store) -> Option<JobStatus> {
    let read = async { job::by_id(&mut store.read().await?, JobId(1)).await };
    runtime.block_on(read).expect("the database can be read").map(|job| job.status)
}

/// What is left in NetBox when it is killed there, or nowhere.
fn left(runtime: &Runtime, kind: Kind, place: Option<&str>) -> Option<Value> {
    let label = place.unwrap_or("nowhere");
    let mut lab = Lab::start(label, (20, 60), true);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let postgres = match kind {
        Kind::Sqlite => None,
        Kind::Postgres => Some(runtime.block_on(postgres::database())?),
    };
    let file = format!("sqlite://{}/direttore.db", folder.path().display());
    let url = postgres.as_ref().map_or(file, |database| database.url.clone());
    fs::write(folder.path().join("direttore.toml"), configuration(&lab, &url)).expect("the folder is ours");
    let store = runtime.block_on(async {
        let store = Store::open(&postgres::settings(&url)).await.expect("a new database");
        let mut tx = store.write().await.expect("a transaction");
        let (name, now) = ("bot".parse().expect("a name"), Clock::default().now());
        account::create(&mut tx, &name, Some(Role::Admin), None, now).await.expect("it is made");
        tx.commit().await.expect("kept");
        store
    });
    let body = runtime.block_on(planned(&lab));
    let mut first = serve(folder.path(), place);
    let url = until("it says where it serves HTTP", || {
        let said = first.said();
        let at = said.split("HTTP at ").nth(1)?.split_whitespace().next()?;
        Some(format!("http://{at}/hooks/netbox/default"))
    });
    let answer = runtime.block_on(async {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        http.post(url).header("X-Hook-Signature", signature(&body)).body(body).send().await.expect("an answer")
    });
    assert_eq!(answer.status(), 202, "{label}");
    let done = || (status(runtime, &store) == Some(JobStatus::Done)).then_some(());
    if place.is_some() {
        assert!(!first.end().success(), "{label}: it dies there");
        assert_ne!(status(runtime, &store), Some(JobStatus::Done), "{label}: in the midst of it");
        let mut second = serve(folder.path(), None);
        until(&format!("{label}: the job is done"), done);
        second.terminate();
        second.end();
    } else {
        until(&format!("{label}: the job is done"), done);
        first.terminate();
        first.end();
    }
    Some(lab.world()["netbox"].clone())
}

pub fn a_planned_vm(kind: Kind) {
    let runtime = Runtime::new().expect("a runtime can be made");
    let Some(expected) = left(&runtime, kind, None) else { return };
    assert!(expected.to_string().contains("web9"), "it is there");
    for place in PLACES {
        assert_eq!(left(&runtime, kind, Some(place)), Some(expected.clone()), "killed at {place}");
    }
}
