//! A real router without a timer of its own is changed, and whoever changes it dies: it ends with all of the new lines or
//! with none of them, and the job says which.

use crate::support::{
    bot::{Home, Kind, Pace, RUNTIME},
    lab::Lab,
    real::Real,
};
use direttore_clients::netbox::{DeviceFilter, NetBox, Object, Settings};
use direttore_store::job::JobStatus;
use serde_json::json;
use std::process::Command;

const PLACES: [&str; 8] = ["before", "intent", "answered", "stored", "confirmed", "saved", "happened", "after"];

/// What is pushed, and the lines that are there afterwards, or are no more.
struct Change {
    template: &'static str,
    text: &'static str,
    lines: &'static [&'static str],
    adds: bool,
}

const MORE: Change = Change {
    template: "more",
    text: "ip prefix-list DIRETTORE seq 5 permit 198.51.100.0/24\nroute-map DIRETTORE permit 10\n \
        match ip address prefix-list DIRETTORE\nexit\nip route 198.51.100.64/26 Null0\n",
    lines: &[
        "ip prefix-list DIRETTORE seq 5 permit 198.51.100.0/24",
        "route-map DIRETTORE permit 10",
        "ip route 198.51.100.64/26 Null0",
    ],
    adds: true,
};

/// Nothing of it can be looked for afterwards.
const LESS: Change = Change {
    template: "less",
    text: "no ip route 203.0.113.0/24 Null0\ninterface lab1\n no description\nexit\n",
    lines: &["ip route 203.0.113.0/24 Null0", " description customer A"],
    adds: false,
};

/// The router of the lab of real devices.
struct Router(Real);

impl Router {
    /// What it has, asked by OpenSSH's own client.
    fn running(&self) -> String {
        let mut ssh = Command::new("ssh");
        let Real { host, port, user, key, .. } = &self.0;
        ssh.args(["-i", key, "-p", &port.to_string(), "-o", "StrictHostKeyChecking=no"]);
        ssh.args(["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes"]);
        ssh.args([&format!("{user}@{host}"), "show running-config"]);
        let output = ssh.output().expect("ssh can be run");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// NetBox knows the router, in place of a firewall that it has.
fn known(lab: &Lab, router: &Router) {
    let (url, token) = lab.netbox.as_ref().expect("the lab has a NetBox");
    let netbox = NetBox::new(Settings::new(url, token)).expect("settings of our own");
    let write = async {
        let filter = DeviceFilter { name: Some("fw1".to_owned()), ..DeviceFilter::default() };
        let device = netbox.devices(&filter).await?.remove(0).id;
        let platform = netbox.create(Object::Platform, json!({ "name": "FRR", "slug": "frr" })).await?;
        let port = json!({ "device": device, "name": "mgmt", "type": "virtual" });
        let port = netbox.create(Object::Interface, port).await?;
        let address = json!({ "address": format!("{}/32", router.0.host), "assigned_object_type": "dcim.interface",
            "assigned_object_id": port });
        let address = netbox.create(Object::Address, address).await?;
        let custom = json!({ "credential": "frr", "ssh_port": router.0.port });
        let body = json!({ "name": "frr1", "platform": platform, "primary_ip4": address, "custom_fields": custom });
        netbox.change(Object::Device, device, body).await
    };
    RUNTIME.block_on(write).expect("NetBox takes it");
}

/// How many of the lines are as the change makes them.
fn made(router: &Router, change: &Change) -> usize {
    let running = router.running();
    assert!(running.contains("hostname"), "the router answers: {running}");
    let has = |line: &str| running.lines().any(|said| said == line);
    change.lines.iter().filter(|line| has(line) == change.adds).count()
}

fn all_of_it_or_none(change: &Change) {
    let Some(router) = Real::of_lab("frr1", "kills").map(Router) else { return };
    let _turn = router.0.turn();
    for place in PLACES {
        let label = format!("push of {} to a real router, killed at {place}", change.template);
        let lab = Lab::start(&label, (30, 60), true);
        known(&lab, &router);
        let home = Home::new(&label, Kind::Sqlite, &lab, Pace::default()).expect("SQLite is built in");
        home.template("frr", change.template, change.text);
        let Real { user, key, .. } = &router.0;
        home.configure(&format!(
            "[network]\ntemplates = \"devices\"\nverify_ms = 5000\n[[network.credentials]]\nname = \"frr\"\nuser = \"{user}\"\nkey_file = \"{key}\""
        ));
        assert_eq!(made(&router, change), 0, "{label}: it begins as it was");
        let mut chat = home.chat(Some(&format!("{place}:push-devices")));
        chat.say(&[&format!("/device push frr1 template={}", change.template)]);
        chat.hear("[Yes]");
        chat.say(&["yes"]);
        chat.dies();
        let mut next = home.chat(None);
        let status = home.job_end();
        let all = made(&router, change);
        match status {
            JobStatus::Done => assert_eq!(all, change.lines.len(), "{label}: what is said to be done is done"),
            JobStatus::Failed => assert_eq!(all, 0, "{label}: what is said to be taken back is as it was"),
            other => panic!("{label}: the job is {other}; the bot said:\n{}", next.leave()),
        }
        if status == JobStatus::Done {
            next.say(&["/device rollback frr1"]);
            next.hear("[Yes]");
            next.say(&["yes"]);
            next.hear("is rolled back");
        }
        next.leave();
        assert_eq!(made(&router, change), 0, "{label}: it ends as it was");
        home.leave();
    }
}

#[test]
fn more_lines() {
    all_of_it_or_none(&MORE);
}

#[test]
fn fewer_lines() {
    all_of_it_or_none(&LESS);
}
