//! A simulated lab in a process of its own, steered and looked at through its control line.

use super::process::{Process, until};
use serde_json::Value;
use std::process::Command;

pub struct Lab {
    process: Process,
    pub url: String,
    pub token_id: String,
    pub token_secret: String,
}

impl Lab {
    /// With tasks that take from `shortest` to `longest` milliseconds.
    pub fn start(label: &str, (shortest, longest): (u64, u64)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
        command.args(["sim", "--control", "--plain", "--lag-ms", "50", "--task-ms"]);
        command.arg(format!("{shortest},{longest}"));
        let mut process = Process::start(&format!("{label}: the lab"), &mut command);
        let access = json(&process.hear("how it is reached", |_| true));
        let text = |key: &str| access["proxmox"][key].as_str().expect("the lab says how it is reached").to_owned();
        Self { url: text("url"), token_id: text("token_id"), token_secret: text("token_secret"), process }
    }

    fn ask(&mut self, line: &str) -> String {
        self.process.say(line);
        self.process.hear("an answer", |_| true)
    }

    /// One line of the fault grammar.
    pub fn tell(&mut self, fault: &str) {
        assert_eq!(self.ask(fault), "ok", "{fault}");
    }

    pub fn world(&mut self) -> Value {
        json(&self.ask("world"))
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

    /// Waits until each fault has met its request.
    pub fn strikes(&mut self) {
        until("the fault meets its request", || (self.waiting() == "0").then_some(()));
    }

    fn waiting(&mut self) -> String {
        self.ask("waiting")
    }

    /// Makes a call fail, which nobody should make.
    pub fn forbid(&mut self, call: &str) {
        self.tell(&format!("status=500 on=\"{call}\""));
    }

    /// Whether nobody has made the call that was forbidden.
    pub fn is_obeyed(&mut self) -> bool {
        self.waiting() == "1"
    }
}

fn task_list(tasks: &Value) -> &[Value] {
    tasks.as_array().expect("the lab answers with a list")
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|e| panic!("the lab said {line:?}: {e}"))
}
