//! What goes back by itself, by the clock of whoever made the switch.

use super::{Kind, Talk, Time, settings, start, switch};
use crate::switch::Settings;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn junos_goes_back_unless_it_is_confirmed() {
    let time = Time::default();
    let switch = switch(Kind::Junos, &time).await;
    let (op, conf) = ("admin@sw1> ", "\r\n[edit]\r\nadmin@sw1# ");
    let before = switch.running();
    for is_confirmed in [false, true] {
        let mut t = Talk::begin(&switch, (511, 24), op).await;
        t.say("configure", conf).await;
        t.say("set vlans dmz vlan-id 300", conf).await;
        let said = t.say("commit confirmed 5 comment \"by a test\"", conf).await;
        assert!(said.contains("automatically rolled back in 5 minutes unless confirmed\ncommit complete"), "{said}");
        t.say("exit", op).await;
        time.pass(MINUTE * 4);
        let commits = t.say("show system commit", op).await;
        assert!(commits.contains("commit confirmed, rollback in 1mins\n    by a test\n1   "), "{commits}");
        assert_ne!(switch.running(), before);
        if is_confirmed {
            t.say("configure", conf).await;
            t.say("commit", conf).await;
        }
        time.pass(MINUTE * 2);
        assert_eq!(switch.running() == before, !is_confirmed);
    }
}

#[tokio::test]
async fn eos_goes_back_unless_the_session_is_committed_again() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    let before = switch.running();
    let mut t = Talk::begin(&switch, (511, 24), "sw1>").await;
    t.say("enable", "sw1#").await;
    for is_confirmed in [false, true] {
        t.say("configure session job", "sw1(config-s-job)#").await;
        t.say("vlan 300", "sw1(config-s-job-vlan-300)#").await;
        t.say("commit timer 00:05:00", "sw1#").await;
        assert!(t.say("show configuration sessions", "sw1#").await.contains("pendingCommitTimer"));
        t.say("configure session other", "sw1(config-s-other)#").await;
        assert!(t.say("commit", "sw1#").await.starts_with("% Cannot commit session other"));
        t.say("configure session other abort", "sw1#").await;
        assert_ne!(switch.running(), before);
        if is_confirmed {
            t.say("configure session job commit", "sw1#").await;
        }
        time.pass(MINUTE * 6);
        assert_eq!(switch.running() == before, !is_confirmed);
        assert_eq!(switch.goes_back_at(), None);
    }
}

#[tokio::test]
async fn ios_goes_back_unless_it_is_confirmed() {
    let time = Time::default();
    let switch = switch(Kind::Ios, &time).await;
    let before = switch.running();
    let mut t = Talk::begin(&switch, (511, 24), "sw1>").await;
    t.send("enable\n").await;
    t.until("Password: ").await;
    t.send("labenable\n").await;
    t.until("sw1#").await;
    assert!(t.say("configure confirm", "sw1#").await.starts_with("%No Rollback Confirmed Change pending"));
    for end in ["", "configure confirm", "configure revert now"] {
        let said = t.say("configure terminal revert timer 5", "sw1(config)#").await;
        assert!(said.contains("Rollback will begin in 5 minutes"), "{said}");
        t.say("vlan 300", "sw1(config-vlan)#").await;
        t.say("end", "sw1#").await;
        assert_ne!(switch.running(), before);
        assert!(t.say("show archive config rollback timer", "sw1#").await.contains("Timer value: 300 seconds"));
        if !end.is_empty() {
            t.say(end, "sw1#").await;
        }
        time.pass(MINUTE * 6);
        assert_eq!(switch.running() == before, end != "configure confirm");
        switch.tell("'no vlan 300'").expect("it is right");
    }
}

#[tokio::test]
async fn a_timer_runs_while_the_switch_is_not_there() {
    let time = Time::default();
    let dir = tempfile::tempdir().expect("a folder");
    let settings = || Settings { dir: Some(dir.path().to_owned()), ..settings(Kind::Junos, &time) };
    let switch = start(settings()).await.expect("a port is free");
    let before = switch.running();
    let conf = "\r\n[edit]\r\nadmin@sw1# ";
    let mut t = Talk::begin(&switch, (511, 24), "admin@sw1> ").await;
    t.say("configure", conf).await;
    t.say("set vlans dmz vlan-id 300", conf).await;
    t.say("commit confirmed 5", conf).await;
    switch.stop().await;
    t.ends().await;
    time.pass(MINUTE * 6);
    let switch = start(settings()).await.expect("its port is free again");
    assert_eq!(switch.running(), before);
}

#[tokio::test]
async fn its_own_clock_is_moved_on() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    let before = switch.running();
    let mut t = Talk::begin(&switch, (511, 24), "sw1>").await;
    t.say("enable", "sw1#").await;
    t.say("configure session job", "sw1(config-s-job)#").await;
    t.say("vlan 300", "sw1(config-s-job-vlan-300)#").await;
    t.say("commit timer 00:05:00", "sw1#").await;
    for (later, is_back) in [("later=4m", false), ("later=61s", true)] {
        switch.tell(later).expect("it is right");
        assert_eq!(switch.running() == before, is_back, "{later}");
    }
}
