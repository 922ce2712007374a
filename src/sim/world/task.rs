//! Tasks: what Proxmox runs, under which name, until when, and with what end.

use super::{Work, World};
use direttore_domain::Upid;
use serde::{Deserialize, Serialize};

/// Another worker's hold on a guest is waited for this long, milliseconds.
const LOCK_PATIENCE: u64 = 10_000;

/// A task's last words: `OK`, `WARNINGS: 1` or the error.
pub type Exit = String;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// Unix milliseconds from which it can be read.
    pub at: u64,
    pub text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    pub upid: String,
    pub node: String,
    pub pid: u32,
    pub pstart: u64,
    pub task_type: String,
    /// What it acts on, as in its name.
    pub id: String,
    pub vmid: Option<u32>,
    /// `user@realm` or `user@realm!token`.
    pub user: String,
    /// Unix milliseconds.
    pub started: u64,
    /// When it has the guest to itself; until then it waits for another task.
    pub begins: u64,
    pub ends: u64,
    pub has_begun: bool,
    pub work: Work,
    pub lines: Vec<Line>,
    pub exit: Option<Exit>,
    pub is_to_fail: Option<String>,
}

impl Task {
    /// The user and the token's name apart.
    pub fn split_user(&self) -> (&str, Option<&str>) {
        match self.user.split_once('!') {
            Some((user, token)) => (user, Some(token)),
            None => (&self.user, None),
        }
    }

    pub fn is_ok(&self) -> bool {
        self.exit.as_deref().is_some_and(|e| e == "OK" || e.starts_with("WARNINGS"))
    }

    /// What can be read of its log at `now`.
    pub fn log(&self, now: u64) -> Vec<&str> {
        self.lines.iter().filter(|line| line.at <= now).map(|line| line.text.as_str()).collect()
    }
}

/// What a new task is to be.
#[derive(Debug, Clone)]
pub struct Order {
    pub node: String,
    pub task_type: String,
    pub id: String,
    pub vmid: Option<u32>,
    pub user: String,
    pub work: Work,
}

impl World {
    /// Starts a task and gives its UPID.
    pub fn start_task(&mut self, order: Order, now: u64) -> String {
        self.start_failing(order, now, None)
    }

    /// A task that ends with that error, where there is one: what Proxmox finds out only in the task.
    pub fn start_failing(&mut self, order: Order, now: u64, why: Option<String>) -> String {
        let number = self.next_number();
        let duration = self.draw();
        let duration = if order.work.is_request() { duration / 4 } else { duration };
        let free = order.vmid.map_or(now, |vmid| self.held_until(vmid, now));
        let is_too_late = free.saturating_sub(now) > LOCK_PATIENCE;
        let begins = if is_too_late { now + LOCK_PATIENCE } else { free.max(now) };
        let mut is_to_fail = self.take_planned_failure(&order).or(why);
        if is_too_late {
            let vmid = order.vmid.unwrap_or_default();
            let place = if order.task_type.starts_with("vz") {
                "/run/lock/lxc/pve-config-"
            } else {
                "/var/lock/qemu-server/lock-"
            };
            is_to_fail = Some(format!(
                "can't lock file '{place}{vmid}.{}' - got timeout",
                if order.task_type.starts_with("vz") { "lock" } else { "conf" }
            ));
        }
        let upid = Upid {
            node: order.node.parse().expect("nodes of this world have valid names"),
            pid: 1000 + u32::try_from(number % 4_000_000).unwrap_or(0),
            pstart: now / 10 % 0xffff_ffff,
            start: u32::try_from(now / 1000).unwrap_or(u32::MAX),
            task_type: order.task_type.clone(),
            id: order.id.clone(),
            user: order.user.clone(),
        };
        let task = Task {
            upid: upid.to_string(),
            pid: upid.pid,
            pstart: upid.pstart,
            node: order.node,
            task_type: order.task_type,
            id: order.id,
            vmid: order.vmid,
            user: order.user,
            started: now,
            begins,
            ends: begins + duration,
            has_begun: false,
            lines: Vec::new(),
            work: order.work,
            exit: None,
            is_to_fail,
        };
        let name = task.upid.clone();
        self.by_upid.insert(name.clone(), self.tasks.len());
        self.active.push(self.tasks.len());
        self.tasks.push(task);
        // What can begin at once does: its lock is seen by whoever asks after the answer.
        self.settle(now);
        name
    }

    /// Until when power tasks keep the guest to themselves.
    fn held_until(&self, vmid: u32, now: u64) -> u64 {
        let running = self.active.iter().map(|i| &self.tasks[*i]);
        running.filter(|t| t.vmid == Some(vmid) && t.work.holds_guest()).map(|t| t.ends).max().unwrap_or(now)
    }

    fn take_planned_failure(&mut self, order: &Order) -> Option<String> {
        let fits = |p: &super::PlannedFailure| {
            p.node.as_ref().is_none_or(|n| *n == order.node) && order.task_type.contains(&p.word)
        };
        let i = self.planned.iter().position(fits)?;
        let planned = &mut self.planned[i];
        let text = planned.text.clone().unwrap_or_else(|| format!("{} failed: exit code 1", order.task_type));
        if let Some(times) = &mut planned.times {
            *times -= 1;
            if *times == 0 {
                self.planned.remove(i);
            }
        }
        Some(text)
    }

    /// Brings the world to `now`: everything that was due happens, in its order.
    pub fn settle(&mut self, now: u64) {
        loop {
            let task = self.active.iter().map(|i| {
                let task = &self.tasks[*i];
                (if task.has_begun { task.ends } else { task.begins }, *i)
            });
            let task = task.min();
            let later = self.later.iter().enumerate().map(|(i, later)| (later.at, i)).min();
            match (task, later) {
                (Some((at, i)), other) if at <= now && other.is_none_or(|(o, _)| at <= o) => self.step(i, at),
                (_, Some((at, i))) if at <= now => {
                    let what = self.later.remove(i).what;
                    self.happen(what, at);
                }
                _ => break,
            }
        }
        self.settled = self.settled.max(now);
    }

    fn step(&mut self, i: usize, at: u64) {
        let task = self.tasks[i].clone();
        if !task.has_begun {
            match task.work.begin(self, &task) {
                Ok(lines) => {
                    let spread = task.ends.saturating_sub(task.begins) / (lines.len() as u64 + 1);
                    let task = &mut self.tasks[i];
                    task.has_begun = true;
                    let lines = lines.into_iter().zip(0u64..).map(|(text, n)| Line { at: at + n * spread, text });
                    task.lines.extend(lines);
                }
                Err(why) => self.end(i, at, why),
            }
            return;
        }
        let result = match task.is_to_fail.clone() {
            Some(why) => {
                task.work.give_up(self, &task);
                Err(why)
            }
            None => task.work.finish(self, &task, at),
        };
        self.end(i, at, result.map_or_else(|why| why, |()| "OK".to_owned()));
    }

    fn end(&mut self, i: usize, at: u64, exit: Exit) {
        self.active.retain(|a| *a != i);
        let task = &mut self.tasks[i];
        task.lines.retain(|line| line.at <= at);
        // An error of several lines says in the log what led to the last one.
        let (told, exit) = exit.rsplit_once('\n').map_or(("", exit.as_str()), |(told, last)| (told, last));
        task.lines.extend(told.lines().map(|text| Line { at, text: text.to_owned() }));
        let exit = exit.to_owned();
        let last = if exit == "OK" { "TASK OK".to_owned() } else { format!("TASK ERROR: {exit}") };
        task.lines.push(Line { at, text: last });
        task.ends = at;
        task.exit = Some(exit);
    }

    /// Ends a running task from outside, as a user or a dying node does.
    pub fn interrupt(&mut self, i: usize, at: u64, exit: &str) {
        let task = self.tasks[i].clone();
        if task.has_begun {
            task.work.give_up(self, &task);
        }
        self.end(i, at, exit.to_owned());
    }
}
