//! Every reply template, rendered with each shape of data that handlers, dispatch and jobs give it.

mod alerts;
mod data;
mod devices;
mod devices_kept;
mod guest_work;
mod netbox;
mod reserve;
mod shapes;

use data::*;
use direttore_reply::{Reply, render, template_names};
use serde_json::{Value, json};
use shapes::shapes;
use std::{collections::BTreeSet, fs, path::Path};

const HOSTILE: &str = "**@everyone** `x` <who:a>\ntitle: gone \u{1b}[31m\u{202e}";

fn said(template: &str, data: &Value) -> Reply {
    match render(template, data, "Europe/Warsaw") {
        Ok(reply) => reply,
        Err(error) => panic!("{template}: {error}: {:?}\n{data:#}", std::error::Error::source(&error)),
    }
}

fn job_done(dones: Value) -> Reply {
    said("job_done", &with(&job(), json!({ "dones": dones })))
}

#[test]
fn every_template_says_something_in_its_tone() {
    for (template, tone, datas) in shapes() {
        for data in datas {
            let reply = said(template, &data);
            assert_eq!(reply.tone, tone, "{template} {data:#}");
            let (title, text) = (reply.title_plain(), reply.text_plain());
            assert!(!title.is_empty() && !title.ends_with('.') && !title.contains("  "), "{template}: {title:?}");
            assert!(text.lines().all(|line| !line.ends_with("..") && !line.contains("  ")), "{template}: {text:?}");
            let asks = data.get("asking").is_some();
            assert_eq!(asks, title.ends_with('?'), "{template}: {title:?}");
            assert_eq!(
                asks && data["changed_since"] == true,
                text.starts_with("It has changed since you asked."),
                "{template}"
            );
            let ends = [
                "device_backed_up",
                "device_push_asked",
                "device_pushed",
                "guest_provisioned",
                "job_cancelled",
                "job_done",
                "job_failed",
                "job_progress",
                "job_stuck",
                "job_waits",
                "reserve_changed",
                "reserved",
            ];
            // Who may say yes is asked where everybody reads it.
            let is_public = ends.contains(&template) || data.get("public") == Some(&json!(true));
            assert_eq!(reply.public, is_public, "{template}");
        }
    }
}

/// Every text of `value` made hostile, but for the words that templates branch on.
fn poisoned(value: &Value, key: &str) -> Value {
    match value {
        Value::String(_) if ["verb", "done", "what", "status", "confirm", "state", "how", "kind"].contains(&key) => {
            value.clone()
        }
        Value::String(_) => json!(HOSTILE),
        Value::Array(items) => items.iter().map(|v| poisoned(v, key)).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), poisoned(v, k))).collect()),
        other => other.clone(),
    }
}

#[test]
fn data_is_never_markup() {
    use direttore_reply::Span;
    for (template, tone, datas) in shapes() {
        for data in datas {
            let reply = said(template, &poisoned(&data, ""));
            assert_eq!(reply.tone, tone, "{template}");
            assert!(reply.actions.is_empty() && reply.code.is_none(), "{template}");
            assert!(!reply.title_plain().starts_with("gone"), "{template}");
            let words = reply.to_json().to_string();
            assert!(!words.contains("\\u001b") && !words.contains('\u{202e}'), "{template}: {words}");
            let spans = reply.title.0.iter().chain(&reply.text.0).chain(reply.fields.iter().flat_map(|f| &f.value.0));
            for span in spans {
                let bold = matches!(span, Span::Bold(words) if words.contains("everyone") && !words.contains("**"));
                assert!(!bold && *span != Span::Who("a".into()), "{template}: {span:?}");
            }
        }
    }
}

#[test]
fn the_end_of_a_job_tells_what_was_seen() {
    let one = |done: Value| {
        let reply = job_done(json!([done]));
        format!("{}\n    {}\n", reply.title_plain(), reply.text_plain().replace('\n', "\n    "))
    };
    let named = |what, status| with(&done(what, status), json!({ "name": "nightly" }));
    let node = |what: &str| json!({ "what": what, "label": "pve3", "node": "pve3" });
    let all = [
        one(done("start", Some("running"))),
        one(done("start", None)),
        one(done("shutdown", Some("stopped"))),
        one(done("suspend", Some("paused"))),
        one(done("reboot", Some("running"))),
        one(done("reset", Some("running"))),
        one(with(&done("resume", Some("running")), json!({ "warnings": 1 }))),
        one(done("already", Some("stopped"))),
        one(named("snapshot", Some("running"))),
        one(named("snapshot-deleted", Some("stopped"))),
        one(named("rollback", Some("stopped"))),
        one(node("node-down")),
        one(node("node-back")),
        one(node("already")),
    ];
    insta::assert_snapshot!(all.concat(), @"
    J-3: web1 (101) is running
        web1 (101) is running on pve1.
    J-3: web1 (101) is not there any more
        web1 (101) is not there any more.
    J-3: web1 (101) is stopped
        web1 (101) is stopped on pve1.
    J-3: web1 (101) is paused
        web1 (101) is paused on pve1.
    J-3: web1 (101) was rebooted and is running
        web1 (101) was rebooted and is running on pve1.
    J-3: web1 (101) was reset and is running
        web1 (101) was reset and is running on pve1.
    J-3: web1 (101) is running
        web1 (101) is running on pve1.
        Proxmox gave 1 warning; its task log says which.
    J-3: web1 (101) is stopped already
        web1 (101) is stopped already: nothing had to be done.
    J-3: snapshot nightly of web1 (101) is taken
        snapshot nightly of web1 (101) is taken; the guest is running on pve1.
    J-3: snapshot nightly of web1 (101) is deleted
        snapshot nightly of web1 (101) is deleted; the guest is stopped on pve1.
    J-3: web1 (101) is back at snapshot nightly and is stopped
        web1 (101) is back at snapshot nightly and is stopped on pve1.
    J-3: node pve3 is down
        node pve3 is down: it no longer answers.
    J-3: node pve3 is back up
        node pve3 is back up: it answers again.
    J-3: node pve3 is down already
        node pve3 is down already: nothing had to be done.
    ");
    let deleted = job_done(json!([done("stop", Some("stopped")), done("deleted", None)]));
    insta::assert_snapshot!(shown(&deleted), @"
    success: J-3: web1 (101) is deleted
    web1 (101) was stopped on pve1.
    web1 (101) is deleted, with its disks and snapshots.
      started by = alice
      took = 3 s
    ");
}

#[test]
fn what_netbox_has_of_a_guest() {
    let [asked, _] = asked(&guest_delete());
    insta::assert_snapshot!(shown(&said("guest_delete", &asked)), @"
    info: delete VM web1 (101) for good?
    It runs: it is stopped first, at once.
    Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
    Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
      vmid = 101
      node = pve1
      owner = alice
      running since = 2026-02-28 14:05 CET
      in NetBox = VM web1
      address = 10.0.10.21/24
      address = 2001:db8:10::15/64
      reason = old
    ");
    let drift = json!({ "vm": "web1", "differences": ["cores: 4 in Proxmox, 2 in NetBox"], "doubts": [] });
    let show = said("guest_show", &with(&guest_show(), json!({ "netbox": drift })));
    insta::assert_snapshot!(format!("{}: {}", show.tone, show.text_plain()), @"warning: cores: 4 in Proxmox, 2 in NetBox.");
    let gone = |left: &[&str]| shown(&job_done(json!([done("deleted", None), unregistered(left)])));
    insta::assert_snapshot!(gone(&[]), @"
    success: J-3: web1 (101) is deleted
    web1 (101) is deleted, with its disks and snapshots.
    NetBox has nothing of web1 any more: 10.0.10.21/24 and 2001:db8:10::15/64 can be given to others.
      started by = alice
      took = 3 s
    ");
    insta::assert_snapshot!(gone(&["the VM web1 has got 10.0.10.9/24 meanwhile"]), @"
    warning: J-3: web1 (101) is deleted
    web1 (101) is deleted, with its disks and snapshots.
    NetBox keeps something of web1: the VM web1 has got 10.0.10.9/24 meanwhile.
      started by = alice
      took = 3 s
    ");
    insta::assert_snapshot!(shown(&said("ipam_check", &ipam_check())), @"
    warning: 34 records are left over in 10.0.10.0/24
    Not seen: Proxmox cluster far cannot be reached: refused.
    31 more are not shown.
    /ipam release 10.0.10.5 gives back what nobody has.
    A VM whose guest is gone is deleted in NetBox; its addresses go with it.
    address | what | job | since | why
    10.0.10.5/24 | address | J-5 | 2026-02-28 14:05 CET | J-5 failed
    10.0.10.6@blue | held by direttore |  | 2026-02-28 14:05 CET | NetBox has no such address
     | VM web9 | J-7 |  | its guest is gone
    ");
}

/// A reply as lines, without its looks.
fn shown(reply: &Reply) -> String {
    let mut out = format!("{}: {}\n", reply.tone, reply.title_plain());
    if !reply.text.is_empty() {
        out += &format!("{}\n", reply.text_plain());
    }
    for field in &reply.fields {
        out += &format!("  {} = {}\n", field.name, field.value.plain(&reply.zone));
    }
    if let Some(table) = &reply.table {
        out += &format!("{}\n", table.columns.join(" | "));
        for row in &table.rows {
            out += &format!("{}\n", row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "));
        }
    }
    out
}

#[test]
fn lists_and_cards() {
    insta::assert_snapshot!(shown(&said("guest_list", &guest_list(&stale()))), @"
    warning: page 1 of 4, 37 guests
    Proxmox cluster lab cannot be reached: timed out; shown as last seen at 2026-02-28 14:05 CET.
    Proxmox cluster far cannot be reached: refused; nothing of it is shown.
    vmid | name | kind | node | status | cores | memory | cpu | tags
    101 | web1 | VM | pve1 | running | 4 | 4 GiB | 37 % | web lab
    ");
    insta::assert_snapshot!(shown(&said("lab_status", &lab_status(&json!([])))), @"
    info: lab: 1 of 2 nodes online, 12 of 28 guests running
    pve3 is offline.
    16 cores, memory 32 GiB of 64 GiB (50 %).
    As of 2026-02-28 14:05 CET.
    node | status | cpu | memory | disk | running | guests
    pve1 | online | ##.... 37 % | ###... 50 % | #..... 10 % | 12 | 14
    pve3 | offline |  |  |  | 0 | 14
    ");
    insta::assert_snapshot!(shown(&said("guest_show", &guest_show())), @"
    info: web1 (101) is running
      address = 10.0.0.5
      address = fd00::5
      status = running
      kind = VM
      node = pve1
      cluster = lab
      owner = alice
      running since = 2026-02-28 14:05 CET
      cpu = 37 % of 4 cores
      memory = 1.5 GiB of 4 GiB
      disk = scsi0 on local-lvm, 32G
      net0 = virtio=BC:24:11:00:00:01,bridge=vmbr0
      pool = prod
      tags = web
      snapshots = before-upgrade
      description = front end
    of the shop
    task | by | started | result
    qmstart | root@pam | 2026-02-28 14:05 CET | OK
    ");
    insta::assert_snapshot!(shown(&said("node_show", &node_show())), @"
    info: node pve1 is online
      cluster = lab
      up for = 3 d 4 h
      load = 0.10 0.20 0.30
      cpu = 37 % of 16 cores
      memory = 32 GiB of 64 GiB (50 %)
      disk = 10 GiB of 100 GiB (10 %)
      guests = 12 of 14 running
      version = 8.2.4
      kernel = 6.8.12-4-pve
    storage | type | size | free | status
    local-lvm | lvmthin | 100 GiB | 50 GiB | available
    ");
}

#[test]
fn questions_and_jobs() {
    let [_, again] = asked(&power());
    insta::assert_snapshot!(shown(&said("power", &again)), @"
    info: stop web1 (101)?
    It has changed since you asked.
    What is not written to disk is lost.
    /power shutdown asks the guest first.
      vmid = 101
      kind = VM
      node = pve1
      status = running
      owner = alice
      running since = 2026-02-28 14:05 CET
    ");
    insta::assert_snapshot!(shown(&said("job_stuck", &with(&job(), json!({ "why": "it is not known", "left": ["power-guest"] })))), @"
    failed: J-3 is stuck: start web1 (101)
    it is not known.
    What was done before stays as it is until you decide.
    /job retry J-3 does it again, /job cancel J-3 leaves it as it is.
      started by = alice
      took = 3 s
      done and left = power-guest
    ");
    let user = json!({ "name": "bob", "role": null, "password": "p4ss-w0rd" });
    insta::assert_snapshot!(shown(&said("user_created", &user)), @"
    success: account bob is there
    The password is shown this once and kept nowhere in the clear; /user password bob makes another.
    Without a role it may do nothing in the lab; /user role bob viewer gives one.
      role = none
      password = p4ss-w0rd
    ");
}

/// The sources of this crate, tests left out.
fn sources(folder: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the crate's folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "replies_tests" {
            sources(&path, out);
        } else if name.ends_with(".rs") && !name.contains("tests") {
            out.push(fs::read_to_string(&path).expect("a source can be read"));
        }
    }
}

/// The first literal after each `mark`, within the same statement, when it looks like a template's name.
fn names_after<'s>(source: &'s str, mark: &str) -> Vec<&'s str> {
    let after = source.match_indices(mark).map(|(at, _)| &source[at + mark.len()..]);
    let literal = |rest: &'s str| {
        let statement = rest.split([';', '{']).next()?;
        let name = statement.split('"').nth(1)?;
        (!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then_some(name)
    };
    after.filter_map(literal).collect()
}

#[test]
fn templates_and_their_names_in_the_code_match() {
    let mut all = Vec::new();
    let core = Path::new(env!("CARGO_MANIFEST_DIR"));
    sources(core, &mut all);
    // What is said at the shell.
    sources(&core.join("../direttore"), &mut all);
    let marks = [
        "Say::new(",
        "render(",
        "rendered(",
        "self.say(running, job,",
        "question(cx, &found,",
        "book(cx, &room, booking,",
        "ask.reason, ",
        "End::Done(dones) => (",
        "End::Done(dones) if is_new_guest(dones) => (",
        "End::Done(dones) if is_backup(dones) => (",
        "End::Done(dones) if is_push(dones.last()) => (",
        "End::Failed { why, begun, undone, .. } => (",
        "End::Cancelled(left) => (",
        "End::Stuck { why, left } => (",
    ];
    let named: BTreeSet<&str> = all.iter().flat_map(|s| marks.iter().flat_map(|m| names_after(s, m))).collect();
    // Those of the reply crate's own: said to trouble, and by surfaces.
    let there: BTreeSet<&str> =
        template_names().filter(|n| !["refusal", "failure", "bug", "question"].contains(n)).collect();
    assert_eq!(named.difference(&there).collect::<Vec<_>>(), Vec::<&&str>::new(), "named, but there is no file");
    assert_eq!(there.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "a file that nothing names");
    let tried: BTreeSet<&str> = shapes().iter().map(|(template, ..)| *template).collect();
    assert_eq!(there, tried, "every template has its shapes here");
}
