//! Faults on demand.

use super::{Kind, Talk, Time, connect, login, switch};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_hand_changes_what_runs() {
    let time = Time::default();
    let eos = switch(Kind::Eos, &time).await;
    eos.tell("'interface Ethernet1; description by hand'").expect("it is right");
    assert!(eos.running().contains(&"   description by hand".to_owned()));
    let junos = switch(Kind::Junos, &time).await;
    junos.tell("'set interfaces ge-0/0/1 description \"by; hand\"'").expect("it is right");
    assert!(junos.running().contains(&"set interfaces ge-0/0/1 description \"by; hand\"".to_owned()));
    for wrong in
        ["'interface Blob1'", "'interface", "''", "bogus", "slow=soon", "hang often", "refuse times=x", "reject="]
    {
        assert!(eos.tell(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn logins_are_refused_while_it_says_so() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    let is_in = async || login(&switch, "labpass").await.is_ok_and(|(_, done)| done.success());
    switch.tell("refuse times=1").expect("it is right");
    assert!(!is_in().await);
    assert!(is_in().await);
    switch.tell("password wrong").expect("it is right");
    assert!(!is_in().await);
    switch.tell("password right").expect("it is right");
    switch.tell("down").expect("it is right");
    assert!(connect(&switch).await.is_err());
    switch.tell("up").expect("it is right");
    assert!(is_in().await);
    switch.tell("refuse").expect("it is right");
    assert!(!is_in().await && !is_in().await);
    switch.tell("clear").expect("it is right");
    assert!(is_in().await);
}

#[tokio::test]
async fn a_line_locks_everybody_out_until_it_goes_back() {
    let time = Time::default();
    let switch = switch(Kind::Junos, &time).await;
    switch.tell("lockout=\"interfaces me0 disable\"").expect("it is right");
    let conf = "\r\n[edit]\r\nadmin@sw1# ";
    let mut t = Talk::begin(&switch, (511, 24), "admin@sw1> ").await;
    t.say("configure exclusive", conf).await;
    t.say("set interfaces me0 disable", conf).await;
    t.send("commit confirmed 2\n").await;
    t.ends().await;
    assert!(!login(&switch, "labpass").await.expect("it listens").1.success());
    time.pass(Duration::from_secs(121));
    assert!(login(&switch, "labpass").await.expect("it listens").1.success());
}

#[tokio::test]
async fn a_reboot_loses_sessions_and_what_was_not_saved() {
    let time = Time::default();
    let switch = switch(Kind::Ios, &time).await;
    let saved = switch.running();
    let mut t = Talk::begin(&switch, (511, 24), "sw1>").await;
    switch.tell("'vlan 300'").expect("it is right");
    assert_ne!(switch.running(), saved);
    switch.tell("reboot").expect("it is right");
    t.ends().await;
    assert_eq!(switch.running(), saved);
    Talk::begin(&switch, (511, 24), "sw1>").await;
}

#[tokio::test]
async fn commands_are_struck_once() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    let mut t = Talk::begin(&switch, (511, 24), "sw1>").await;
    switch.tell("junk on=version").expect("it is right");
    switch.tell("reject=DENY").expect("it is right");
    t.say("enable", "sw1#").await;
    t.send("show version\n").await;
    assert!(t.until("sw1#").await.contains('\u{fffd}'), "what is no text came");
    assert!(t.say("show version", "sw1#").await.starts_with("Arista"));
    t.say("configure", "sw1(config)#").await;
    assert_eq!(t.say("ip access-list DENY", "sw1(config)#").await, "% Invalid input");
    t.say("end", "sw1#").await;
    switch.tell("slow=300ms").expect("it is right");
    let begun = Instant::now();
    t.say("show clock", "sw1#").await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    switch.tell("slow=0s").expect("it is right");
    switch.tell("drop on=\"show version\" after").expect("it is right");
    t.send("show version\n").await;
    t.ends().await;
    switch.tell("hang").expect("it is right");
    let mut t = Talk::begin(&switch, (511, 24), "sw1>").await;
    t.send("show version\n").await;
    t.until("show version\r\n").await;
    let nothing = tokio::time::timeout(Duration::from_millis(200), t.until("sw1>")).await;
    assert!(nothing.is_err(), "no prompt comes: {nothing:?}");
}

#[tokio::test]
async fn another_host_key_is_shown() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    let before = switch.access();
    switch.tell("hostkey").expect("it is right");
    let after = switch.access();
    assert_ne!(before.fingerprint, after.fingerprint);
    assert!(after.fingerprint.starts_with("SHA256:") && after.host_key.starts_with("ssh-ed25519 "));
    assert!(login(&switch, "labpass").await.expect("it listens").1.success());
}
