//! A real router without a timer of its own is changed, and whoever changes it dies: it ends with all of the new lines or
//! with none of them, and the job says which.

use crate::support::{
    bot::{Home, Kind, Pace, RUNTIME},
    lab::Lab,
    skipped,
};
use direttore_clients::netbox::{DeviceFilter, NetBox, Object, Settings};
use direttore_store::job::JobStatus;
use serde_json::{Value, json};
use std::{fs, fs::File, process::Command};

const PLACES: [&str; 6] = ["before", "intent", "answered", "stored", "happened", "after"];

const LINES: [&str; 3] = [
    "ip prefix-list DIRETTORE seq 5 permit 198.51.100.0/24",
    "route-map DIRETTORE permit 10",
    "ip route 198.51.100.64/26 Null0",
];

const TEMPLATE: &str = "ip prefix-list DIRETTORE seq 5 permit 198.51.100.0/24\nroute-map DIRETTORE permit 10\n \
    match ip address prefix-list DIRETTORE\nexit\nip route 198.51.100.64/26 Null0\n";

/// The router of the lab of real devices.
struct Router {
    host: String,
    port: u64,
    user: String,
    key: String,
    /// Nobody else changes it meanwhile.
    _turn: File,
}

impl Router {
    fn of_lab() -> Option<Self> {
        let Ok(list) = std::env::var("DIRETTORE_TEST_DEVICES") else {
            skipped("kills: there is no lab of devices (DIRETTORE_TEST_DEVICES)");
            return None;
        };
        let turn = File::open(&list).expect("the lab's list");
        turn.lock().expect("it can be waited for");
        let text = fs::read_to_string(&list).expect("the lab's list");
        let lab: Value = serde_json::from_str(&text).expect("JSON");
        let all = lab["devices"].as_array().expect("a list of devices");
        let router = all.iter().find(|device| device["name"] == "frr1")?;
        let word = |key: &str| router[key].as_str().expect("the lab says it").to_owned();
        let port = router["port"].as_u64().expect("the lab says it");
        Some(Self { host: word("host"), port, user: word("user"), key: word("key"), _turn: turn })
    }

    /// What it has, asked by OpenSSH's own client.
    fn running(&self) -> String {
        let mut ssh = Command::new("ssh");
        ssh.args(["-i", &self.key, "-p", &self.port.to_string(), "-o", "StrictHostKeyChecking=no"]);
        ssh.args(["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes"]);
        ssh.args([&format!("{}@{}", self.user, self.host), "show running-config"]);
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
        let address = json!({ "address": format!("{}/32", router.host), "assigned_object_type": "dcim.interface",
            "assigned_object_id": port });
        let address = netbox.create(Object::Address, address).await?;
        let custom = json!({ "credential": "frr", "ssh_port": router.port });
        let body = json!({ "name": "frr1", "platform": platform, "primary_ip4": address, "custom_fields": custom });
        netbox.change(Object::Device, device, body).await
    };
    RUNTIME.block_on(write).expect("NetBox takes it");
}

/// How many of the lines it has.
fn has(router: &Router) -> usize {
    let running = router.running();
    assert!(running.contains("hostname"), "the router answers: {running}");
    LINES.iter().filter(|line| running.lines().any(|said| said == **line)).count()
}

#[test]
fn all_of_it_or_none() {
    let Some(router) = Router::of_lab() else { return };
    for place in PLACES {
        let label = format!("push to a real router, killed at {place}");
        let lab = Lab::start(&label, (30, 60), true);
        known(&lab, &router);
        let home = Home::new(&label, Kind::Sqlite, &lab, Pace::default()).expect("SQLite is built in");
        let templates = home.folder().join("devices/frr");
        fs::create_dir_all(&templates).expect("the folder is ours");
        fs::write(templates.join("lab.j2"), TEMPLATE).expect("the folder is ours");
        let (user, key) = (&router.user, &router.key);
        home.configure(&format!(
            "[network]\ntemplates = \"devices\"\nverify_ms = 5000\n[[network.credentials]]\nname = \"frr\"\nuser = \"{user}\"\nkey_file = \"{key}\""
        ));
        assert_eq!(has(&router), 0, "{label}: it begins without");
        let mut chat = home.chat(Some(&format!("{place}:push-devices")));
        chat.say(&["/device push frr1 template=lab"]);
        chat.hear("[Yes]");
        chat.say(&["yes"]);
        chat.dies();
        let mut next = home.chat(None);
        let status = home.job_end();
        let all = has(&router);
        match status {
            JobStatus::Done => assert_eq!(all, LINES.len(), "{label}: what is said to be there is there"),
            JobStatus::Failed => assert_eq!(all, 0, "{label}: what is said to be taken back is gone"),
            other => panic!("{label}: the job is {other}; the bot said:\n{}", next.leave()),
        }
        if status == JobStatus::Done {
            next.say(&["/device rollback frr1"]);
            next.hear("[Yes]");
            next.say(&["yes"]);
            next.hear("is rolled back");
        }
        next.leave();
        assert_eq!(has(&router), 0, "{label}: it ends without");
        home.leave();
    }
}
