//! Against the devices of `DIRETTORE_TEST_DEVICES`, a file that names them: real software, and boxes that keep what is pushed to
//! them. Without the file these tests say that they are skipped; `tests/run` makes one, and in CI fails where it cannot.

use super::*;
use serde_json::Value;
use std::{env, fs, io::Write, path::Path};

/// What the lab tells of one of its devices.
pub(in crate::device) fn row(name: &str) -> Option<Value> {
    let Some(path) = env::var_os("DIRETTORE_TEST_DEVICES") else {
        let note = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/skipped.txt");
        let file = fs::create_dir_all(note.parent().expect("it has a folder"))
            .and_then(|()| fs::OpenOptions::new().create(true).append(true).open(note));
        let line = "clients::device: there is no lab of devices; set DIRETTORE_TEST_DEVICES";
        file.and_then(|mut file| writeln!(file, "{line}")).expect("what was skipped can be noted");
        return None;
    };
    let lab: Value = serde_json::from_slice(&fs::read(path).expect("the lab's file is there")).expect("it is JSON");
    lab["devices"].as_array()?.iter().find(|d| d["name"] == name).cloned()
}

/// A device of the lab by its name.
fn of_lab(name: &str) -> Option<Device> {
    let row = row(name)?;
    let text = |key: &str| row[key].as_str().map(str::to_owned);
    let user = text("user").expect("it has a user");
    let mut login = match (text("password"), text("key")) {
        (Some(password), _) => Login::password("lab", &user, Secret::new(password)),
        (None, Some(key)) => Login::key("lab", &user, Key::File { path: key.into(), passphrase: None }),
        (None, None) => panic!("{name} has no credentials"),
    };
    login.enable = text("enable").map(Secret::new);
    let slug = match row["os"].as_str()? {
        "junos" => "juniper_junos",
        "eos" => "arista_eos",
        "ios" => "cisco_ios",
        "routeros" => "mikrotik_routeros",
        other => other,
    };
    let at = Peer {
        host: text("host")?,
        port: u16::try_from(row["port"].as_u64()?).expect("it is a port"),
        login,
        policy: Policy::FirstUse,
        known: Vec::new(),
        legacy_ssh: name.ends_with("legacy"),
    };
    let platform = platform::by_slug(slug).expect("it is one");
    Some(Device { name: name.to_owned(), at, jump: None, platform, limits: Limits::default(), read: Vec::new() })
}

/// Other tests change the lab's devices too: nobody else does while this is held.
fn turn() -> fs::File {
    let list = fs::File::open(env::var("DIRETTORE_TEST_DEVICES").expect("there is a lab")).expect("the lab's list");
    list.lock().expect("it can be waited for");
    list
}

fn wish(job: &str, text: &str, before: &str) -> Wish {
    Wish { job: job.to_owned(), text: text.to_owned(), scope: Scope::Merge, before: before.to_owned() }
}

async fn on<T: Send + 'static>(
    device: Arc<Device>,
    work: impl FnOnce(&mut Link) -> Result<T, Error> + Send + 'static,
) -> Result<Done<T>, Error> {
    pool().call(device, work).await
}

async fn running(device: &Arc<Device>) -> String {
    on(device.clone(), |link| link.fetch_config()).await.expect("it can be read").value.running
}

#[tokio::test]
async fn configurations_are_read_from_all_of_them() {
    for (name, has) in [
        ("frr1", "router bgp 65001"),
        ("frr1-legacy", "router bgp 65001"),
        ("eos1", "spanning-tree mode mstp"),
        ("ios1", "ip route 0.0.0.0 0.0.0.0 198.51.100.1"),
        ("ios2-kbdint", "ip route 0.0.0.0 0.0.0.0 198.51.100.1"),
        ("ios3-slow", "ip route 0.0.0.0 0.0.0.0 198.51.100.1"),
        ("junos1", "set vlans USERS vlan-id 10"),
        ("ros1", "/ip firewall filter"),
    ] {
        // Not each lab has all of them.
        let Some(device) = of_lab(name) else { continue };
        let config = running(&Arc::new(device)).await;
        assert!(config.contains(has), "{name}: {config}");
        assert!(!config.contains("More") && !config.contains("(more)"), "{name}: {config}");
    }
}

#[tokio::test]
async fn an_old_device_must_be_marked() {
    let Some(mut old) = of_lab("frr1-legacy") else { return };
    old.at.legacy_ssh = false;
    assert_eq!(say(old, "show version").await.map(drop), Err(Error::NoCommonAlgorithms { legacy: false }));
}

#[tokio::test]
async fn a_router_behind_a_host_is_reached() {
    let (Some(hop), Some(mut router)) = (of_lab("linux1"), of_lab("frr1")) else { return };
    router.jump = Some(Arc::new(hop.at));
    let said = say(router, "show version").await.expect("it answers");
    assert!(said.text.contains("FRRouting"), "{said:?}");
}

#[tokio::test]
async fn a_command_that_is_refused_says_so() {
    let Some(router) = of_lab("frr1") else { return };
    let said = say(router, "show nonsense").await.expect("it answers");
    assert!(said.complaint.is_some(), "{said:?}");
}

#[tokio::test]
async fn a_router_without_a_timer_is_brought_back_line_by_line() {
    let Some(device) = of_lab("frr1").map(Arc::new) else { return };
    let _turn = turn();
    let before = running(&device).await;
    let text = "ip route 198.51.100.128/25 Null0\ninterface lab0\n description by us\nexit\nrouter bgp 65001\n \
        neighbor 192.0.2.9 remote-as 65009\n address-family ipv4 unicast\n  network 198.51.100.128/25\n exit-address-family\nexit\n";
    let wish = wish("J-7", text, &before);
    let ours = wish.clone();
    let live = on(device.clone(), move |link| {
        let preview = link.preview(&ours)?;
        link.commit(&ours, Duration::from_secs(60))?;
        Ok((preview, link.fetch_config()?.running))
    });
    let (preview, after) = live.await.expect("it is taken").value;
    assert!(after.contains("description by us") && after.contains("neighbor 192.0.2.9 remote-as 65009"), "{after}");
    assert!(preview.reverse.contains(&"no ip route 198.51.100.128/25 Null0".to_owned()), "{preview:?}");
    let ours = wish.clone();
    let twice = on(device.clone(), move |link| Ok((link.undo(&ours)?, link.undo(&ours)?)));
    assert_eq!(twice.await.expect("it comes back").value, (Undone::Done, Undone::Nothing));
    assert!(reverse::is_same(&running(&device).await, &before));
}

/// Staged, live under a timer, undone; live again, confirmed from a new session, and taken out.
async fn goes_round(name: &str, add: &str, mark: &str, remove: &str) {
    let Some(device) = of_lab(name).map(Arc::new) else { return };
    let before = running(&device).await;
    let (change, back) = (wish("J-1", add, &before), wish("J-2", remove, &before));
    let minute = Duration::from_secs(600);
    let ours = change.clone();
    let first = on(device.clone(), move |link| {
        let preview = if link.platform().mechanism.stages() { Some(link.preview(&ours)?) } else { None };
        assert_eq!(link.pending(&ours)?, Pending::Nothing);
        link.commit(&ours, minute)?;
        Ok(preview)
    });
    let preview = first.await.unwrap_or_else(|e| panic!("{name}: {e}")).value;
    if let Some(diff) = preview.and_then(|p| p.diff) {
        assert!(diff.contains(mark), "{name}: {diff}");
    }
    assert!(running(&device).await.contains(mark), "{name}");
    let ours = change.clone();
    let undone = on(device.clone(), move |link| {
        let seen = link.pending(&ours)?;
        Ok((seen, link.undo(&ours)?, link.undo(&ours)?, link.confirm(&ours)))
    });
    let (seen, once, twice, late) = undone.await.unwrap_or_else(|e| panic!("{name}: {e}")).value;
    assert!(matches!(seen, Pending::Ours | Pending::OurUser), "{name}: {seen:?}");
    assert_eq!((once, twice, late), (Undone::Done, Undone::Nothing, Err(Error::NothingPending)), "{name}");
    assert!(!running(&device).await.contains(mark), "{name}");
    for wish in [change, back] {
        let ours = wish.clone();
        pool()
            .call(device.clone(), move |link| link.commit(&ours, minute))
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let confirmed = on(device.clone(), move |link| {
            link.confirm(&wish)?;
            link.save()
        });
        confirmed.await.unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    assert!(!running(&device).await.contains(mark), "{name}");
}

#[tokio::test]
async fn junos_goes_round() {
    goes_round("junos1", "set vlans BOT vlan-id 77\n", "BOT", "delete vlans BOT\n").await;
}

#[tokio::test]
async fn eos_goes_round() {
    goes_round("eos1", "vlan 77\n   name BOT\n", "BOT", "no vlan 77\n").await;
}

#[tokio::test]
async fn ios_goes_round() {
    goes_round("ios1", "vlan 77\n name BOT\n", "BOT", "no vlan 77\n").await;
}

#[tokio::test]
async fn a_refused_line_leaves_nothing_behind() {
    let Some(device) = of_lab("eos3-reject").map(Arc::new) else { return };
    let before = running(&device).await;
    let wish = wish("J-3", "vlan 88\n name GOOD\nbogus line\n", &before);
    let refused = on(device.clone(), move |link| link.commit(&wish, Duration::from_secs(600))).await;
    assert!(matches!(&refused, Err(Error::Rejected { line, .. }) if line == "bogus line"), "{refused:?}");
    assert!(!running(&device).await.contains("GOOD"));
}

#[tokio::test]
async fn a_device_that_locks_us_out_comes_back_by_itself() {
    for (name, text) in
        [("junos2-lockout", "set interfaces fxp0 disable\n"), ("eos2-lockout", "ip access-list DENY-ALL\n")]
    {
        let Some(mut device) = of_lab(name) else { return };
        device.limits.login = Duration::from_secs(2);
        let device = Arc::new(device);
        let change = wish("J-4", text, "");
        // The box may be gone before it answers.
        let _answered = on(device.clone(), move |link| link.commit(&change, Duration::from_secs(60))).await;
        assert!(on(device.clone(), |_| Ok(())).await.is_err(), "{name} lets in");
        let came_back = async {
            let mut tick = tokio::time::interval(Duration::from_millis(300));
            while on(device.clone(), |_| Ok(())).await.is_err() {
                tick.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(90), came_back).await.expect("it rolls back");
        assert!(!running(&device).await.contains("DENY-ALL"));
    }
}

#[tokio::test]
async fn safe_mode_is_held_kept_and_undone() {
    let Some(device) = of_lab("ros1").map(Arc::new) else { return };
    let (pool, mark) = (pool(), "/interface bridge add name=bot9");
    for keep in [false, true] {
        let change = wish("J-5", mark, "");
        let held = pool.hold(device.clone(), change, Duration::from_secs(60)).await.expect("it is taken");
        let seen = pool.call_beside(device.clone(), |link| link.fetch_config()).await.expect("it can be looked at");
        assert!(seen.value.running.contains("bot9"), "{}", seen.value.running);
        if keep {
            held.confirm().await.expect("it is kept")
        } else {
            held.undo().await.expect("it is undone")
        }
        assert_eq!(running(&device).await.contains("bot9"), keep);
    }
    let back = wish("J-6", "/interface bridge remove [find name=bot9]", "");
    let held = pool.hold(device.clone(), back, Duration::from_secs(60)).await.expect("it is taken");
    held.confirm().await.expect("it is kept");
    assert!(!running(&device).await.contains("bot9"));
}

const CONTACT: &str = "<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\"><contact>bot0</contact></system>";

#[tokio::test]
async fn netconf_stages_and_takes_back_and_says_what_is_wrong() {
    let Some(device) = of_lab("netconf1").map(Arc::new) else { return };
    let _turn = turn();
    let change = wish("J-8", CONTACT, "");
    let ours = change.clone();
    let preview = on(device.clone(), move |link| link.preview(&ours)).await.expect("it is taken").value;
    assert!(preview.after.expect("it says how it would be").contains("bot0"));
    assert!(!running(&device).await.contains("bot0"));

    let ours = change.clone();
    let undone = on(device.clone(), move |link| {
        link.commit(&ours, Duration::from_secs(60))?;
        Ok((link.undo(&ours)?, link.confirm(&ours)))
    });
    let (undone, late) = undone.await.expect("it is asked").value;
    assert_eq!((undone, late), (Undone::Done, Err(Error::NothingPending)));
    assert!(!running(&device).await.contains("bot0"));

    let ours = change.clone();
    on(device.clone(), move |link| link.commit(&ours, Duration::from_secs(60))).await.expect("it is taken");
    assert!(running(&device).await.contains("bot0"), "it outlives its session");
    let ours = change.clone();
    on(device.clone(), move |link| link.confirm(&ours)).await.expect("it waits for that");
    assert!(running(&device).await.contains("bot0"));
    let none = CONTACT
        .replace("<contact>", "<contact xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" nc:operation=\"delete\">");
    let gone = wish("J-11", &none, "");
    let ours = gone.clone();
    on(device.clone(), move |link| link.commit(&ours, Duration::from_secs(60))).await.expect("it is taken");
    on(device.clone(), move |link| link.confirm(&gone)).await.expect("it waits for that");
    assert!(!running(&device).await.contains("bot0"));
    let wrong = wish("J-10", "<no-such xmlns=\"urn:nobody\"/>", "");
    let refused = on(device.clone(), move |link| link.preview(&wrong)).await;
    assert!(matches!(refused, Err(Error::Rpc(_))), "{refused:?}");
}

/// What we say in the first second reaches this server together, and it leaves the request that came with our hello.
#[tokio::test]
async fn netconf_answers_also_what_reaches_it_together() {
    let (Some(late), Some(device)) = (of_lab("netconf1-late"), of_lab("netconf1")) else { return };
    let _turn = turn();
    assert_eq!(running(&Arc::new(late)).await, running(&Arc::new(device)).await);
}

/// Nobody confirms, and the server goes back when its time is over. Its log tells that, for netconfd looks at the timer only
/// while nobody asks it anything: whoever asks again and again keeps it from going back.
#[tokio::test]
async fn netconf_goes_back_by_itself() {
    let Some(device) = of_lab("netconf1").map(Arc::new) else { return };
    let _turn = turn();
    let log = row("netconf1").and_then(|row| Some(row["log"].as_str()?.to_owned())).expect("the lab says where it is");
    let said = || fs::read_to_string(&log).expect("the server has a log");
    let before = running(&device).await;
    let (ours, seconds) = (wish("J-12", CONTACT, ""), Duration::from_secs(5));
    let change = ours.clone();
    let live = on(device.clone(), move |link| Ok((link.commit(&change, seconds)?, link.fetch_config()?.running)));
    let (committed, live) = live.await.expect("it is taken").value;
    assert_eq!(committed.rolls_back_after, Some(seconds));
    assert!(live.contains("bot0"), "{live}");
    let already = said().len();
    let goes_back = async {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        while !said()[already..].contains("on session 0 by superuser") {
            tick.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), goes_back).await.expect("it goes back by itself");
    assert_eq!(running(&device).await, before);
    let late = on(device.clone(), move |link| Ok((link.undo(&ours)?, link.confirm(&ours))));
    assert_eq!(late.await.expect("it answers").value, (Undone::Nothing, Err(Error::NothingPending)));
}
