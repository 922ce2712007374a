//! A simulated lab in a process of its own, steered and looked at through its control line.

use super::{
    bot::RUNTIME,
    process::{Process, until},
};
use direttore_clients::proxmox::{Auth, BackupMode, BackupWish, Host, Proxmox, Settings, Timeouts};
use regex::Regex;
use serde_json::Value;
use std::{process::Command, sync::LazyLock, time::Duration};

pub struct Lab {
    process: Process,
    pub url: String,
    pub token_id: String,
    pub token_secret: String,
    /// Address and token of the NetBox, where there is one.
    pub netbox: Option<(String, String)>,
    /// User, password and the one for `enable` of the switches, where there are any.
    pub login: Option<[String; 3]>,
    /// By which they are asked over SNMP.
    pub community: Option<String>,
}

impl Lab {
    /// With tasks that take from `shortest` to `longest` milliseconds.
    pub fn start(label: &str, tasks: (u64, u64), with_netbox: bool) -> Self {
        Self::with_switches(label, tasks, with_netbox, &[])
    }

    /// And with switches: `sw1=eos`. The NetBox knows them.
    pub fn with_switches(label: &str, (shortest, longest): (u64, u64), with_netbox: bool, switches: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
        command.args(["sim", "--control", "--plain", "--lag-ms", "50", "--task-ms"]);
        command.arg(format!("{shortest},{longest}"));
        if with_netbox {
            command.args(["--netbox", "127.0.0.1:0"]);
        }
        for switch in switches {
            command.args(["--switch", &format!("{switch}@127.0.0.1:0")]);
        }
        let mut process = Process::start(&format!("{label}: the lab"), &mut command);
        let access = json(&process.hear("how it is reached", |_| true));
        let text = |key: &str| access["proxmox"][key].as_str().expect("the lab says how it is reached").to_owned();
        let netbox = access["netbox"]["url"].as_str().zip(access["netbox"]["token"].as_str());
        let netbox = netbox.map(|(url, token)| (url.to_owned(), token.to_owned()));
        let login = access["switches"].get(0).map(|switch| {
            ["user", "password", "enable"].map(|key| switch[key].as_str().expect("the lab says it").to_owned())
        });
        let community = access["switches"][0]["community"].as_str().map(str::to_owned);
        let [url, token_id, token_secret] = ["url", "token_id", "token_secret"].map(text);
        Self { url, token_id, token_secret, netbox, login, community, process }
    }

    fn ask(&mut self, line: &str) -> String {
        self.process.say(line);
        self.process.hear("an answer", |_| true)
    }

    /// One line of the fault grammar.
    pub fn tell(&mut self, fault: &str) {
        assert_eq!(self.ask(fault), "ok", "{fault}");
    }

    /// Both worlds; what is drawn by lot for each new guest is made alike.
    pub fn world(&mut self) -> Value {
        static DRAWN: LazyLock<[(Regex, &str); 5]> = LazyLock::new(|| {
            [
                (r#""(ssh|snmp)_port":[0-9]+"#, "\"${1}_port\":0"),
                (r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", "<mac>"),
                (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>"),
                (r"direttore-[0-9a-f]{6}:", "direttore:"),
                (r"J-1(\.[0-9a-f]+)?\b", "<job>"),
            ]
            .map(|(pattern, by)| (Regex::new(pattern).expect("a pattern"), by))
        });
        let netbox = if self.netbox.is_some() { self.ask("netbox-world") } else { "null".to_owned() };
        let both = format!("{{\"proxmox\":{},\"netbox\":{netbox}}}", self.ask("world"));
        let alike = DRAWN.iter().fold(both, |text, (pattern, by)| pattern.replace_all(&text, *by).into_owned());
        in_order(json(&alike))
    }

    /// What each switch has: running, saved, and waiting to go back.
    pub fn switches(&mut self) -> Value {
        json(&self.ask("switches"))
    }

    /// Every task ever started, sorted: `qmstart 104 pve2 direttore@pve!bot OK`; without an end while it runs.
    pub fn tasks(&mut self) -> Vec<String> {
        let tasks = json(&self.ask("tasks"));
        let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let line = |task: &Value| {
            let words = ["task_type", "vmid", "node", "user"].map(|key| word(&task[key])).join(" ");
            task["exit"].as_str().map_or(words.clone(), |exit| format!("{words} {exit}"))
        };
        let mut lines: Vec<String> = task_list(&tasks).iter().map(line).collect();
        lines.sort();
        lines
    }

    /// Nothing runs any more.
    pub fn is_quiet(&mut self) -> bool {
        let tasks = json(&self.ask("tasks"));
        task_list(&tasks).iter().all(|task| task["exit"].is_string())
    }

    /// Makes a backup of a guest, and gives its volid.
    pub fn back_up(&mut self, node: &str, vmid: u32) -> String {
        let host = Host { url: self.url.clone(), fingerprint: None };
        let auth = Auth::Token { id: self.token_id.clone(), secret: self.token_secret.clone() };
        let (short, long) = (Duration::from_secs(5), Duration::from_secs(60));
        let timeouts = Timeouts { connect: short, read: long, write: long };
        let cluster = "lab".parse().expect("a name");
        let settings = Settings { cluster, hosts: vec![host], auth, verify_tls: true, timeouts, record: None };
        let proxmox = Proxmox::new(settings).expect("settings of the lab's own making");
        let (node, vmid) = (node.parse().expect("a name"), vmid.try_into().expect("in range"));
        let storage = "local".parse().expect("a name");
        let wish = BackupWish { vmid, storage, mode: BackupMode::Snapshot, notes: None, is_protected: false };
        RUNTIME.block_on(proxmox.backup(&node, &wish)).expect("the lab takes it");
        until("the backup is made", || self.is_quiet().then_some(()));
        let made = RUNTIME.block_on(proxmox.volumes(&node, &wish.storage, Some("backup"), Some(vmid)));
        made.expect("the lab answers").remove(0).volid
    }

    /// Waits until each fault has met its request.
    pub fn strikes(&mut self) {
        until("the fault meets its request", || (self.waiting() == 0).then_some(()));
    }

    fn waiting(&mut self) -> u64 {
        let number = |text: String| text.parse::<u64>().expect("the lab says how many");
        let netbox = if self.netbox.is_some() { number(self.ask("netbox-waiting")) } else { 0 };
        number(self.ask("waiting")) + netbox
    }

    /// Something else comes than the answer to a call, or nothing; with `is_done` the call is carried out first. Calls
    /// of NetBox begin with `netbox`.
    pub fn lose(&mut self, call: &str, lost: &str, is_done: bool) {
        let after = if is_done { " after" } else { "" };
        self.tell(&on(call, lost, after));
    }

    /// Makes a call fail, which nobody should make.
    pub fn forbid(&mut self, call: &str) {
        self.tell(&on(call, "status=500", ""));
    }

    /// Whether nobody has made the call that was forbidden.
    pub fn is_obeyed(&mut self) -> bool {
        self.waiting() == 1
    }
}

/// Lists in an order that does not depend on what was drawn.
fn in_order(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(in_order).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, in_order(value))).collect(),
        other => other,
    }
}

fn on(call: &str, fault: &str, after: &str) -> String {
    match call.strip_prefix("netbox ") {
        Some(call) => format!("netbox {fault} on=\"{call}\"{after}"),
        None => format!("{fault} on=\"{call}\"{after}"),
    }
}

fn task_list(tasks: &Value) -> &[Value] {
    tasks.as_array().expect("the lab answers with a list")
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|e| panic!("the lab said {line:?}: {e}"))
}
