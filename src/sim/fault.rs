//! The fault grammar, and the faults that wait for their request. The grammar stands in the crate's header.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

/// One line, understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Node {
        node: String,
        is_online: bool,
    },
    /// `None` is every call.
    Latency {
        node: Option<String>,
        wait: Duration,
    },
    FailTasks {
        node: Option<String>,
        word: String,
        text: Option<String>,
        times: Option<u32>,
    },
    Strike(Fault),
    Token {
        is_revoked: bool,
    },
    Guest {
        vmid: u32,
        change: GuestChange,
    },
    /// Somebody takes that VMID now.
    Taken {
        vmid: u32,
    },
    /// `None` is every node.
    Full {
        node: Option<String>,
        storage: String,
        is_full: bool,
    },
    /// What a storage may hold, which is the same on all nodes.
    Content {
        storage: String,
        content: Vec<String>,
    },
    VolumeGone {
        node: Option<String>,
        volid: String,
    },
    Bridge {
        node: Option<String>,
        bridge: String,
        /// Whether it is VLAN-aware; `None` removes it.
        becomes: Option<bool>,
    },
    Clear,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuestChange {
    Lock(String),
    Unlock,
    Status(&'static str),
    Name(String),
    Gone,
    /// Whether its agent answers.
    Agent(bool),
    /// It has that address too.
    Seen(IpAddr),
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    Status(u16),
    Drop,
    Hang,
    Garbage,
    /// The VMID that the request asks for is taken first. Only requests that make a guest are struck.
    Taken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub strike: Strike,
    pub method: Option<String>,
    /// A part of the path.
    pub path: Option<String>,
    /// It is done first.
    pub is_after: bool,
    /// `None`: until cleared.
    pub times: Option<u32>,
}

/// Faults that wait.
#[derive(Debug, Default)]
pub struct Faults {
    pub waiting: Vec<Fault>,
    pub latency: BTreeMap<String, Duration>,
    pub latency_of_all: Duration,
}

impl Faults {
    /// The fault that strikes this request, if any; it counts as used.
    pub fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        self.take_if(method, path, |strike| strike != Strike::Taken)
    }

    /// Whether the VMID that this request asks for is taken before.
    pub fn take_vmid(&mut self, method: &str, path: &str) -> bool {
        self.take_if(method, path, |strike| strike == Strike::Taken).is_some()
    }

    fn take_if(&mut self, method: &str, path: &str, is_kind: fn(Strike) -> bool) -> Option<Fault> {
        let fits = |f: &Fault| {
            is_kind(f.strike)
                && f.method.as_deref().is_none_or(|m| m == method)
                && f.path.as_deref().is_none_or(|p| is_part(p, path))
        };
        let i = self.waiting.iter().position(fits)?;
        let found = self.waiting[i].clone();
        if let Some(times) = &mut self.waiting[i].times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.waiting.remove(i);
            }
        }
        Some(found)
    }

    /// How long a request to `path` waits.
    pub fn wait(&self, path: &str) -> Duration {
        let of_node = path.strip_prefix("/nodes/").and_then(|rest| self.latency.get(rest.split('/').next()?));
        self.latency_of_all.max(of_node.copied().unwrap_or_default())
    }
}

const RIGHT: &str = "a line is `NODE offline`, `NODE online`, `NODE latency=2s`, `NODE fail=WORD`, `status=596`, `drop`, \
     `hang`, `garbage`, `token revoked`, `token restored`, `guest VMID …`, `vmid 137 taken`, `vmid next taken`, \
     `NODE storage=NAME full`, `NODE bridge=NAME plain`, `NODE volume=VOLID gone`, `storage NAME content=iso,backup` or `clear`";
const GUEST: &str = "right is `guest 101 lock=backup`, `unlock`, `status=running`, `status=stopped`, `status=paused`, `name=…`, `gone`, \
     `agent=off`, `agent=on` or `seen=10.0.10.7`";

/// # Errors
/// What would be right.
pub fn parse(line: &str) -> Result<Told, String> {
    let line = line.trim();
    // A name is raw: whatever stands behind the sign belongs to it.
    if let Some((vmid, name)) = line.strip_prefix("guest ").and_then(|rest| rest.split_once(" name=")) {
        return Ok(Told::Guest { vmid: vmid_of(vmid.trim())?, change: GuestChange::Name(unescape(name)?) });
    }
    let words = words(line)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["clear"] => Ok(Told::Clear),
        ["token", "revoked"] => Ok(Told::Token { is_revoked: true }),
        ["token", "restored"] => Ok(Told::Token { is_revoked: false }),
        ["guest", vmid, change] => Ok(Told::Guest { vmid: vmid_of(vmid)?, change: guest_change(change)? }),
        ["guest", ..] => Err(GUEST.to_owned()),
        ["vmid", "next", "taken", options @ ..] => match fault(Strike::Taken, options)? {
            fault if fault.is_after => Err("a VMID is taken before the request, never after".to_owned()),
            fault => Ok(Told::Strike(fault)),
        },
        ["vmid", vmid, "taken"] => Ok(Told::Taken { vmid: vmid_of(vmid)? }),
        ["storage", storage, content] => {
            let list = content.strip_prefix("content=").ok_or("right is `storage local content=iso,backup`")?;
            let content = list.split(',').filter(|c| !c.is_empty()).map(str::to_owned).collect();
            Ok(Told::Content { storage: (*storage).to_owned(), content })
        }
        [node, thing, state] if thing_of_node(node, thing, state).is_some() => {
            thing_of_node(node, thing, state).unwrap_or_else(|| Err(RIGHT.to_owned()))
        }
        [node, "offline"] => Ok(Told::Node { node: (*node).to_owned(), is_online: false }),
        [node, "online"] => Ok(Told::Node { node: (*node).to_owned(), is_online: true }),
        [first, options @ ..] if strike(first).is_some() => {
            let strike = strike(first).ok_or(RIGHT)??;
            Ok(Told::Strike(fault(strike, options)?))
        }
        [node, rest @ ..] => of_node(node, rest),
        [] => Err(RIGHT.to_owned()),
    }
}

/// What a node has: a storage, a bridge, a volume.
fn thing_of_node(node: &str, thing: &str, state: &str) -> Option<Result<Told, String>> {
    let (kind, name) = thing.split_once('=').filter(|(_, name)| !name.is_empty())?;
    let (node, name) = ((node != "all").then(|| node.to_owned()), name.to_owned());
    Some(match (kind, state) {
        ("storage", "full" | "room") => Ok(Told::Full { node, storage: name, is_full: state == "full" }),
        ("storage", _) => Err("right is `pve1 storage=local-lvm full` or `room`".to_owned()),
        ("bridge", "aware" | "plain") => Ok(Told::Bridge { node, bridge: name, becomes: Some(state == "aware") }),
        ("bridge", "gone") => Ok(Told::Bridge { node, bridge: name, becomes: None }),
        ("bridge", _) => Err("right is `pve1 bridge=vmbr1 plain`, `aware` or `gone`".to_owned()),
        ("volume", "gone") => Ok(Told::VolumeGone { node, volid: name }),
        ("volume", _) => Err("right is `pve1 volume=local:iso/debian.iso gone`".to_owned()),
        _ => return None,
    })
}

fn of_node(node: &str, words: &[&str]) -> Result<Told, String> {
    let node = (node != "all").then(|| node.to_owned());
    let (mut word, mut text, mut times) = (None, None, Some(1));
    for given in words {
        match given.split_once('=') {
            Some(("latency", wait)) if words.len() == 1 => return Ok(Told::Latency { node, wait: duration(wait)? }),
            Some(("fail", w)) if !w.is_empty() => word = Some(w.to_owned()),
            Some(("text", t)) => text = Some(t.to_owned()),
            Some(("times", n)) => times = count(n)?,
            _ => return Err(RIGHT.to_owned()),
        }
    }
    Ok(Told::FailTasks { node, word: word.ok_or(RIGHT)?, text, times })
}

fn strike(word: &str) -> Option<Result<Strike, String>> {
    match word {
        "drop" => Some(Ok(Strike::Drop)),
        "hang" => Some(Ok(Strike::Hang)),
        "garbage" => Some(Ok(Strike::Garbage)),
        _ => {
            let status = word.strip_prefix("status=")?;
            let status = status.parse::<u16>().ok().filter(|s| (200..1000).contains(s));
            Some(status.map(Strike::Status).ok_or_else(|| "a status is a number from 200 to 999".to_owned()))
        }
    }
}

fn fault(strike: Strike, options: &[&str]) -> Result<Fault, String> {
    let mut fault = Fault { strike, method: None, path: None, is_after: false, times: Some(1) };
    for option in options {
        match option.split_once('=') {
            None if *option == "after" => fault.is_after = true,
            Some(("times", n)) => fault.times = count(n)?,
            Some(("on", target)) => {
                let (method, path) = match target.split_once(' ') {
                    Some((method, path)) => (Some(method), Some(path.trim())),
                    None if ["GET", "POST", "PUT", "DELETE"].contains(&target) => (Some(target), None),
                    None => (None, Some(target)),
                };
                fault.method = method.map(str::to_owned);
                fault.path = path.map(str::to_owned);
            }
            _ => return Err(format!("{option:?} is no option: right is on=\"POST status/start\", after or times=2")),
        }
    }
    Ok(fault)
}

fn guest_change(word: &str) -> Result<GuestChange, String> {
    match word.split_once('=') {
        Some(("lock", lock)) if !lock.is_empty() => Ok(GuestChange::Lock(lock.to_owned())),
        Some(("status", "running")) => Ok(GuestChange::Status("running")),
        Some(("status", "stopped")) => Ok(GuestChange::Status("stopped")),
        Some(("status", "paused")) => Ok(GuestChange::Status("paused")),
        Some(("agent", "on")) => Ok(GuestChange::Agent(true)),
        Some(("agent", "off")) => Ok(GuestChange::Agent(false)),
        Some(("seen", address)) => {
            let address = address.parse().map_err(|_| format!("{address:?} is no address: right is seen=10.0.10.7"))?;
            Ok(GuestChange::Seen(address))
        }
        None if word == "unlock" => Ok(GuestChange::Unlock),
        None if word == "gone" => Ok(GuestChange::Gone),
        _ => Err(GUEST.to_owned()),
    }
}

fn vmid_of(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{text:?} is no VMID: right is a number like 101"))
}

fn count(text: &str) -> Result<Option<u32>, String> {
    match text.parse() {
        _ if text == "always" => Ok(None),
        Ok(n) if n > 0 => Ok(Some(n)),
        _ => Err("times is a number from 1, or always".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration: right is 300ms, 2s or 1m");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    match &text[digits.len()..] {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err(wrong()),
    }
}

/// Words apart by spaces; a part in double or single quotes keeps its spaces.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote, mut is_open) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => (quote, is_open) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            (_, c) => word.push(c),
        }
    }
    if quote.is_some() {
        return Err("a quotation is not closed".to_owned());
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// `\u{1b}` becomes the character that it names.
fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u{") {
        out.push_str(before);
        let (hex, after) = after.split_once('}').ok_or("\\u{ needs a closing }")?;
        let c = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
        out.push(c.ok_or_else(|| format!("\\u{{{hex}}} is no character"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Whether a path has the part; one that ends with `$` stands at the path's end.
pub(crate) fn is_part(part: &str, path: &str) -> bool {
    match part.strip_suffix('$') {
        Some(end) => path.trim_end_matches('/').ends_with(end),
        None => path.contains(part),
    }
}

#[cfg(test)]
mod tests;
