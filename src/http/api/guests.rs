//! `POST /api/proxmox/nodes/{node}/{vms|lxc}…`: guests are made, switched and deleted. The call is the confirmation; it
//! is answered when Proxmox has begun the first task, and the rest of the job goes on.

use super::{
    Api,
    detail::{Detail, Wrong},
    enter::Who,
    given::{Path, Query},
    input::{self, Fields},
    shapes::{self, NewContainer, NewVm},
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use direttore_catalog::Given;
use direttore_core::dispatch::{Act, Begun, Caller, Password};
use direttore_domain::{GuestKind, Upid, Vmid};
use serde_json::json;
use std::{collections::HashMap, time::Duration};

/// How long a call waits for the first task of its job.
const PATIENCE: Duration = Duration::from_secs(30);

const NICS: usize = 8;
/// Proxmox' own bounds.
const VMIDS: std::ops::RangeInclusive<i64> = 100..=999_999_999;
const CORES: std::ops::RangeInclusive<i64> = 1..=128;
/// MiB.
const MEMORY: std::ops::RangeInclusive<i64> = 64..=4_194_304;

/// The command of an action, by its word in the path.
const ACTIONS: [(&str, &str); 5] = [
    ("start", "power start"),
    ("stop", "power stop"),
    ("reboot", "power reboot"),
    ("shutdown", "power shutdown"),
    ("delete", "guest delete"),
];

type Answer = Result<(StatusCode, Json<shapes::Begun>), Detail>;

/// Start, stop, reboot, shut down or delete a VM.
#[utoipa::path(post, path = "/api/proxmox/nodes/{node}/vms/{vmid}/{action}", tag = "guests", security(("bearer" = [])),
    params(("node" = String, Path,), ("vmid" = u32, Path,), ("action" = shapes::Action, Path,), ("reason" = Option<String>, Query,)), responses((status = 202, description = "Begun", body = shapes::Begun)))]
pub async fn act_on_vm(
    state: State<Api>,
    who: Who,
    path: Path<(String, String, String)>,
    query: Query<HashMap<String, String>>,
) -> Answer {
    act(state, who, path, query, GuestKind::Vm).await
}

/// Start, stop, reboot, shut down or delete a container.
#[utoipa::path(post, path = "/api/proxmox/nodes/{node}/lxc/{vmid}/{action}", tag = "guests", security(("bearer" = [])),
    params(("node" = String, Path,), ("vmid" = u32, Path,), ("action" = shapes::Action, Path,), ("reason" = Option<String>, Query,)), responses((status = 202, description = "Begun", body = shapes::Begun)))]
pub async fn act_on_container(
    state: State<Api>,
    who: Who,
    path: Path<(String, String, String)>,
    query: Query<HashMap<String, String>>,
) -> Answer {
    act(state, who, path, query, GuestKind::Container).await
}

async fn act(
    State(api): State<Api>,
    Who(caller): Who,
    Path((node, vmid, action)): Path<(String, String, String)>,
    Query(query): Query<HashMap<String, String>>,
    kind: GuestKind,
) -> Answer {
    let mut wrong = Vec::new();
    let number = match input::path_number("vmid", &vmid) {
        Ok(number) => u32::try_from(number).ok().and_then(|n| Vmid::try_from(n).ok()),
        Err(detail) => return Err(detail),
    };
    let Some((_, command)) = ACTIONS.into_iter().find(|(word, _)| *word == action) else {
        let expected = "'start', 'stop', 'reboot', 'shutdown' or 'delete'";
        wrong.push(Wrong {
            kind: "literal_error",
            at: vec![json!("path"), json!("action")],
            said: format!("Input should be {expected}"),
            input: json!(action),
            about: Some(json!({ "expected": expected })),
        });
        return Err(Detail::unprocessable(wrong));
    };
    api.dispatch.may(&caller, command)?;
    let Some(vmid) = number else { return Err(Detail::not_found(&format!("guest {vmid} on {node}"))) };
    let guest = api.dispatch.guest_seen(&caller, command, (&node, kind, vmid)).await?;
    let name = format!("{}/{vmid}", guest.cluster);
    let mut act = Act::new(command, [("guest", name)]);
    if let Some(reason) = query.get("reason") {
        act.given.insert("reason".to_owned(), vec![reason.clone()]);
    }
    let upid = begun(&api, &caller, act).await?;
    let vmid = i64::from(vmid.get());
    Ok((StatusCode::ACCEPTED, Json(shapes::Begun { upid, node, vmid, action: Some(action) })))
}

/// A new VM.
#[utoipa::path(post, path = "/api/proxmox/nodes/{node}/vms", tag = "guests", security(("bearer" = [])), request_body = NewVm,
    params(("node" = String, Path,)), responses((status = 202, description = "Begun", body = shapes::Begun)))]
pub async fn make_vm(
    State(api): State<Api>,
    Who(caller): Who,
    Path(node): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    api.dispatch.may(&caller, "provision vm")?;
    let mut fields = input::object(&headers, body, api.read).await?;
    let mut given = Given::new();
    let vmid = named(&mut fields, &mut given, "name");
    sized(&mut fields, &mut given, (2, 2048));
    put(&mut given, "disk", fields.line("disk", 20).unwrap_or_else(|| "32G".to_owned()));
    stored(&mut fields, &mut given);
    let iso = fields.line("iso", 300);
    if let Some(ostype) = fields.line("ostype", 20)
        && ostype != "l26"
    {
        fields.refuse("ostype", "literal_error", "Input should be 'l26'", Some(json!({ "expected": "'l26'" })));
    }
    started(&mut fields, &mut given, false);
    let nics = nics(&mut fields, GuestKind::Vm);
    fields.done()?;
    // What is installed by hand can be told no addresses: they are kept for whoever installs it.
    put(&mut given, "template", iso.unwrap_or_else(|| "none".to_owned()));
    let told: Vec<String> = nics.iter().enumerate().filter_map(|(nth, nic)| nic.told(nth)).collect();
    if !told.is_empty() {
        put(&mut given, "description", format!("Addresses meant for it: {}", told.join("; ")));
    }
    for (nth, nic) in (1..).zip(&nics) {
        given.insert(format!("nic{nth}"), vec![nic.text(false, GuestKind::Vm)]);
    }
    make(&api, &caller, ("provision vm", node, vmid), given, None).await
}

/// A new container.
#[utoipa::path(post, path = "/api/proxmox/nodes/{node}/lxc", tag = "guests", security(("bearer" = [])), request_body = NewContainer,
    params(("node" = String, Path,)), responses((status = 202, description = "Begun", body = shapes::Begun)))]
pub async fn make_container(
    State(api): State<Api>,
    Who(caller): Who,
    Path(node): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    api.dispatch.may(&caller, "provision container")?;
    let mut fields = input::object(&headers, body, api.read).await?;
    let mut given = Given::new();
    let vmid = named(&mut fields, &mut given, "hostname");
    put(&mut given, "template", fields.need("template", |f, key| f.line(key, 300)));
    sized(&mut fields, &mut given, (1, 512));
    put(&mut given, "swap", format!("{}M", fields.number("swap", 0..=*MEMORY.end()).unwrap_or(0)));
    put(&mut given, "disk", format!("{}G", fields.number("disk_size", 1..=65_536).unwrap_or(8)));
    stored(&mut fields, &mut given);
    if !fields.flag("unprivileged").unwrap_or(true) {
        put(&mut given, "privileged", "yes".to_owned());
    }
    started(&mut fields, &mut given, true);
    let password = password(&mut fields);
    let nics = nics(&mut fields, GuestKind::Container);
    fields.done()?;
    put_dns(&mut given, &nics);
    for (nth, nic) in (1..).zip(&nics) {
        given.insert(format!("nic{nth}"), vec![nic.text(true, GuestKind::Container)]);
    }
    make(&api, &caller, ("provision container", node, vmid), given, password).await
}

/// What the first direttore took where none was given: everybody knows it, so it opens nothing here.
const KNOWN: &str = "changeme";

/// The one that root gets besides one's keys; none for none. As short as Proxmox lets it be.
fn password(fields: &mut Fields) -> Option<Password> {
    let given = fields.text("password").filter(|given| !given.is_empty() && given != KNOWN)?;
    let length = given.chars().count();
    if length < 5 {
        let about = Some(json!({ "min_length": 5 }));
        fields.refuse("password", "string_too_short", "String should have at least 5 characters", about);
    } else if length > 128 {
        let about = Some(json!({ "max_length": 128 }));
        fields.refuse("password", "string_too_long", "String should have at most 128 characters", about);
    } else if given.chars().any(char::is_control) {
        fields.refuse_value("password", "password must not have control characters");
    }
    Some(Password(given))
}

fn put(given: &mut Given, key: &str, value: String) {
    given.insert(key.to_owned(), vec![value]);
}

/// Its number, and under `key` its name.
fn named(fields: &mut Fields, given: &mut Given, key: &str) -> i64 {
    let vmid = fields.need("vmid", |f, key| f.number(key, VMIDS));
    put(given, "name", fields.need(key, |f, key| f.line(key, 63)));
    vmid
}

/// Cores and MiB of memory, as many as are usual where nothing is said.
fn sized(fields: &mut Fields, given: &mut Given, (cores, memory): (i64, i64)) {
    put(given, "cores", fields.number("cores", CORES).unwrap_or(cores).to_string());
    put(given, "memory", format!("{}M", fields.number("memory", MEMORY).unwrap_or(memory)));
}

fn stored(fields: &mut Fields, given: &mut Given) {
    put(given, "storage", fields.line("storage", 100).unwrap_or_else(|| "local-lvm".to_owned()));
}

/// Whether it is started, and why it is made.
fn started(fields: &mut Fields, given: &mut Given, usually: bool) {
    if !fields.flag("start_after_create").unwrap_or(usually) {
        put(given, "stopped", "yes".to_owned());
    }
    if let Some(reason) = fields.line("reason", 300) {
        put(given, "reason", reason);
    }
}

async fn make(
    api: &Api,
    caller: &Caller,
    (command, node, vmid): (&'static str, String, i64),
    mut given: Given,
    password: Option<Password>,
) -> Answer {
    put(&mut given, "node", node.clone());
    put(&mut given, "vmid", vmid.to_string());
    let upid = begun(api, caller, Act { command, given, hash: None, aside: None, password }).await?;
    Ok((StatusCode::ACCEPTED, Json(shapes::Begun { upid, node, vmid, action: None })))
}

/// Gives a command, and waits for the first task of its job.
async fn begun(api: &Api, caller: &Caller, act: Act) -> Result<Upid, Detail> {
    let done = api.dispatch.give(caller, vec![act]).await?;
    let Some(job) = done.jobs.first() else {
        return Err(Detail::new(StatusCode::CONFLICT, done.said.join("; ")));
    };
    let failed = match api.dispatch.begun(*job, PATIENCE).await {
        Ok(Begun::Task(upid)) => return Ok(upid),
        Ok(Begun::Ended { error: Some(error) }) => Detail::new(StatusCode::BAD_GATEWAY, error),
        Ok(Begun::Ended { error: None }) => {
            Detail::new(StatusCode::CONFLICT, format!("nothing was left to do; see job {job}"))
        }
        Ok(Begun::NotYet) => {
            let said = format!("no task has begun within {} s; job {job} goes on", PATIENCE.as_secs());
            Detail::new(StatusCode::GATEWAY_TIMEOUT, said)
        }
        Err(trouble) => trouble.into(),
    };
    Err(failed.after_job())
}

/// One interface as it was asked for, in its words.
#[derive(Default)]
struct Nic {
    bridge: String,
    model: Option<&'static str>,
    name: Option<String>,
    vlan: Option<i64>,
    ip: String,
    gw: String,
    ip6: String,
    gw6: String,
    dns: Vec<String>,
}

fn nics(fields: &mut Fields, kind: GuestKind) -> Vec<Nic> {
    let is_container = kind == GuestKind::Container;
    let fresh =
        || Nic { bridge: "vmbr0".to_owned(), ip: if is_container { "dhcp" } else { "" }.to_owned(), ..Nic::default() };
    if !fields.has("nics") {
        return vec![fresh()];
    }
    let mut all = Vec::new();
    for mut given in fields.objects("nics", NICS).unwrap_or_default() {
        let mut nic = fresh();
        nic.bridge = word(&mut given, "bridge").unwrap_or(nic.bridge);
        nic.vlan = given.number("vlan", 1..=4094);
        if is_container {
            nic.name = word(&mut given, "name");
        } else {
            nic.model = given.word("model", &["virtio", "e1000", "rtl8139"]);
        }
        nic.ip = word(&mut given, "ip").unwrap_or(nic.ip);
        nic.gw = word(&mut given, "gw").unwrap_or_default();
        nic.ip6 = word(&mut given, "ip6").unwrap_or_default();
        nic.gw6 = word(&mut given, "gw6").unwrap_or_default();
        nic.dns = given.line("dns", 300).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        fields.wrong.append(&mut given.wrong);
        all.push(nic);
    }
    all
}

/// A value that is one word: another one in it would be another setting of the interface.
fn word(fields: &mut Fields, key: &str) -> Option<String> {
    let text = fields.line(key, 100)?;
    if text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | '=' | ';')) {
        fields.refuse_value(key, "one word is taken, without spaces, commas and equals signs");
        return None;
    }
    Some(text)
}

impl Nic {
    /// `bridge=vmbr0 vlan=100 ip=10.0.0.5/24`.
    fn text(&self, with_addresses: bool, kind: GuestKind) -> String {
        let mut words = vec![format!("bridge={}", self.bridge)];
        words.push(self.vlan.map_or_else(|| "vlan=none".to_owned(), |vlan| format!("vlan={vlan}")));
        words.extend(self.model.map(|model| format!("model={model}")));
        words.extend(self.name.as_ref().map(|name| format!("name={name}")));
        if with_addresses {
            let none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
            // Some programs say it so.
            let ip6 = if self.ip6 == "dhcp6" { "dhcp" } else { &self.ip6 };
            if kind == GuestKind::Container || !self.ip.is_empty() || !self.ip6.is_empty() {
                words.push(format!("ip={}", none(&self.ip)));
                words.push(format!("ip6={}", none(ip6)));
            }
            // With an address that is not fixed there is no gateway to say.
            let is_fixed = |ip: &str| ip.contains('/');
            words.extend((is_fixed(&self.ip) && !self.gw.is_empty()).then(|| format!("gw={}", self.gw)));
            words.extend((is_fixed(ip6) && !self.gw6.is_empty()).then(|| format!("gw6={}", self.gw6)));
        }
        words.join(" ")
    }

    /// `net1 10.0.0.5/24, gateway 10.0.0.1`, where something was said.
    fn told(&self, nth: usize) -> Option<String> {
        let gateway = |gw: &str| if gw.is_empty() { String::new() } else { format!(", gateway {gw}") };
        let of = |ip: &str, gw: &str| (!ip.is_empty()).then(|| format!("{ip}{}", gateway(gw)));
        let dns = (!self.dns.is_empty()).then(|| format!("name servers {}", self.dns.join(" ")));
        let all: Vec<String> = [of(&self.ip, &self.gw), of(&self.ip6, &self.gw6), dns].into_iter().flatten().collect();
        (!all.is_empty()).then(|| format!("net{nth} {}", all.join(", ")))
    }
}

/// The name servers of all interfaces, each once.
fn put_dns(given: &mut Given, nics: &[Nic]) {
    let mut all: Vec<String> = Vec::new();
    for server in nics.iter().flat_map(|nic| &nic.dns) {
        if !all.contains(server) {
            all.push(server.clone());
        }
    }
    if !all.is_empty() {
        given.insert("dns".to_owned(), all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::input::From;
    use serde_json::Value;

    fn read(nics_given: Value, kind: GuestKind) -> Result<Vec<Nic>, Vec<&'static str>> {
        let Value::Object(all) = json!({ "nics": nics_given }) else { panic!("an object") };
        let mut fields = Fields::new(From::Body, all);
        let read = nics(&mut fields, kind);
        if fields.wrong.is_empty() { Ok(read) } else { Err(fields.wrong.iter().map(|w| w.kind).collect()) }
    }

    #[test]
    fn an_interface_becomes_its_words() {
        let nics = json!([
            { "bridge": "vmbr1", "model": "e1000", "vlan": 100, "ip": "10.0.0.5/24", "gw": "10.0.0.1",
              "ip6": "2001:db8::5/64", "dns": "1.1.1.1 8.8.8.8" },
            {},
        ]);
        let nics = read(nics, GuestKind::Vm).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let text = "bridge=vmbr1 vlan=100 model=e1000 ip=10.0.0.5/24 ip6=2001:db8::5/64 gw=10.0.0.1";
        assert_eq!(nics[0].text(true, GuestKind::Vm), text);
        assert_eq!(nics[0].text(false, GuestKind::Vm), "bridge=vmbr1 vlan=100 model=e1000");
        let told = "net0 10.0.0.5/24, gateway 10.0.0.1, 2001:db8::5/64, name servers 1.1.1.1 8.8.8.8";
        assert_eq!(nics[0].told(0).as_deref(), Some(told));
        assert_eq!((nics[1].text(true, GuestKind::Vm).as_str(), nics[1].told(1)), ("bridge=vmbr0 vlan=none", None));
        let lxc = json!([{ "name": "eth0", "ip": "dhcp", "gw": "10.0.0.1", "ip6": "dhcp6" }]);
        let lxc = read(lxc, GuestKind::Container).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        assert_eq!(lxc[0].text(true, GuestKind::Container), "bridge=vmbr0 vlan=none name=eth0 ip=dhcp ip6=dhcp");
    }

    #[test]
    fn nothing_is_smuggled_into_an_interface() {
        for (nic, kind) in [
            (json!({ "bridge": "vmbr0,firewall=0" }), "value_error"),
            (json!({ "bridge": "vmbr0 mac=00:00:00:00:00:01" }), "value_error"),
            (json!({ "model": "virtio=AA:BB:CC:DD:EE:FF" }), "enum"),
            (json!({ "vlan": 4095 }), "less_than_equal"),
        ] {
            assert_eq!(read(json!([nic.clone()]), GuestKind::Vm).err(), Some(vec![kind]), "{nic}");
        }
        let many = vec![json!({}); 9];
        assert_eq!(read(json!(many), GuestKind::Vm).err(), Some(vec!["too_long"]));
    }
}
