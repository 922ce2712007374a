//! What each platform answers.

use super::{Kind, Talk, Time, exec, settings, start, switch};

#[tokio::test]
async fn eos_commits_a_session_after_showing_its_difference() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    let mut t = Talk::begin(&switch, (511, 24), "sw1>").await;
    assert_eq!(t.say("show running-config", "sw1>").await, "% Invalid input");
    t.say("enable", "sw1#").await;
    assert_eq!(t.say("terminal length 0", "sw1#").await, "Pagination disabled.");
    let config = t.say("show running-config", "sw1#").await;
    assert!(
        config.starts_with("! Command: show running-config\n! device: sw1") && config.ends_with("\nend"),
        "{config}"
    );
    t.say("configure session direttore-7", "sw1(config-s-dirett)#").await;
    t.say("vlan 300", "sw1(config-s-dirett-vlan-300)#").await;
    t.say("name dmz", "sw1(config-s-dirett-vlan-300)#").await;
    assert_eq!(t.say("bogus", "sw1(config-s-dirett-vlan-300)#").await, "% Invalid input");
    assert_eq!(t.say("vlan", "sw1(config-s-dirett-vlan-300)#").await, "% Incomplete command");
    t.say("end", "sw1#").await;
    assert!(!switch.running().contains(&"vlan 300".to_owned()), "it waits for the commit");
    let diff = t.say("show session-config named direttore-7 diffs", "sw1#").await;
    assert!(diff.contains("\n+vlan 300\n+   name dmz\n"), "{diff}");
    assert!(t.say("show configuration sessions", "sw1#").await.contains("direttore-7"));
    assert_eq!(t.say("configure session direttore-7 commit", "sw1#").await, "");
    assert!(switch.running().contains(&"vlan 300".to_owned()));
    assert!(!switch.startup().contains(&"vlan 300".to_owned()));
    assert_eq!(t.say("write memory", "sw1#").await, "Copy completed successfully.");
    assert_eq!(switch.startup(), switch.running());
    assert_eq!(t.say("configure session nobody abort", "sw1#").await, "% Session nobody does not exist");
    t.send("exit\n").await;
    t.ends().await;
}

#[tokio::test]
async fn eos_pages_and_wraps_in_a_small_terminal() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    let mut t = Talk::begin(&switch, (40, 12), "sw1>").await;
    t.say("enable", "sw1#").await;
    t.send("show running-config\n").await;
    t.until(" --More-- ").await;
    t.send(" ").await;
    t.until(" --More-- ").await;
    t.send("q").await;
    let residue = t.until("sw1#").await;
    assert!(residue.starts_with("\r          \r"), "{residue:?}");
    t.send("show running-config section interface Ethernet1 aa\n").await;
    let echoed = t.until("sw1#").await;
    assert!(echoed.contains(" \r"), "a long line is wrapped: {echoed:?}");
}

#[tokio::test]
async fn eos_keeps_no_more_than_five_sessions() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    let mut t = Talk::begin(&switch, (511, 0), "sw1>").await;
    t.say("en", "sw1#").await;
    for n in 1..=5 {
        t.say(&format!("configure session s{n}"), &format!("sw1(config-s-s{n})#")).await;
        t.say("end", "sw1#").await;
    }
    assert!(t.say("configure session s6", "sw1#").await.starts_with("% Maximum number of pending sessions"));
    t.say("configure session s3", "sw1(config-s-s3)#").await;
    t.say("abort", "sw1#").await;
    t.say("configure session s6", "sw1(config-s-s6)#").await;
    t.say("rollback clean-config", "sw1(config-s-s6)#").await;
    t.say("hostname clean", "sw1(config-s-s6)#").await;
    t.say("commit", "clean#").await;
    assert_eq!(switch.running(), ["hostname clean"]);
}

#[tokio::test]
async fn ios_is_live_at_once_and_has_a_way_back() {
    let time = Time::default();
    let switch = switch(Kind::Ios, &time).await;
    let mut t = Talk::begin(&switch, (511, 24), "sw1>").await;
    t.send("enable\n").await;
    t.until("Password: ").await;
    t.send("nonsense\n").await;
    t.until("Password: ").await;
    t.send("labenable\n").await;
    let shown = t.until("sw1#").await;
    assert!(!shown.contains("labenable"), "a password is not echoed: {shown:?}");
    t.say("terminal length 0", "sw1#").await;
    let config = t.say("sh run", "sw1#").await;
    assert!(config.starts_with("Building configuration...\n\nCurrent configuration : "), "{config}");
    assert!(config.contains("! Last configuration change at ") && config.contains("\nend"), "{config}");
    let wrong = t.say("show bogus", "sw1#").await;
    assert_eq!(wrong, "         ^\n% Invalid input detected at '^' marker.");
    assert_eq!(t.say("show", "sw1#").await, "% Incomplete command.");
    assert_eq!(t.say("conf t rev", "sw1#").await, "% Incomplete command.");
    assert!(t.say("co", "sw1#").await.starts_with("% Ambiguous command:  \"co\""));
    t.send("copy running-config flash:before\n").await;
    t.until("Destination filename [before]? ").await;
    t.send("\n").await;
    t.until("sw1#").await;
    assert_eq!(
        t.say("configure terminal", "sw1(config)#").await,
        "Enter configuration commands, one per line.  End with CNTL/Z."
    );
    t.say("interface Gi1/0/2", "sw1(config-if)#").await;
    t.say("description by me", "sw1(config-if)#").await;
    assert!(switch.running().contains(&" description by me".to_owned()), "it is live");
    t.send("\u{1a}").await;
    t.until("sw1#").await;
    let diff = t.say("show archive config differences flash:before system:running-config", "sw1#").await;
    assert_eq!(
        diff,
        "!Contextual Config Diffs:\ninterface GigabitEthernet1/0/2\n +description by me\n -description printer"
    );
    assert!(t.say("configure replace flash:before force", "sw1#").await.ends_with("Rollback Done"));
    assert!(switch.running().contains(&" description printer".to_owned()));
    assert_eq!(t.say("write memory", "sw1#").await, "Building configuration...\n[OK]");
    assert!(t.say("show startup-config", "sw1#").await.starts_with("Using "));
}

#[tokio::test]
async fn junos_loads_compares_checks_and_commits() {
    let time = Time::default();
    let switch = switch(Kind::Junos, &time).await;
    let op = "admin@sw1> ";
    let conf = "\r\n[edit]\r\nadmin@sw1# ";
    let mut t = Talk::begin(&switch, (511, 24), op).await;
    assert_eq!(t.say("set cli screen-length 0", op).await, "Screen length set to 0");
    let rows = t.say("show configuration | display set", op).await;
    assert_eq!(rows.lines().map(str::to_owned).collect::<Vec<_>>(), switch.running());
    let text = t.say("show configuration", op).await;
    assert!(text.starts_with("## Last commit: ") && text.contains("## SECRET-DATA"), "{text}");
    assert!(t.say("bogus", op).await.contains("unknown command."));
    assert!(t.say("configure exclusive", conf).await.contains("Entering configuration mode"));
    t.send("load set terminal\n").await;
    t.until("[Type ^D at a new line to end input]\r\n").await;
    t.send("set vlans dmz vlan-id 300\nset interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members dmz\nset bogus\n").await;
    t.send("\u{4}").await;
    let loaded = t.until(conf).await;
    assert!(loaded.contains("terminal:3:(1) syntax error: set bogus\r\nload complete (1 errors)"), "{loaded}");
    let diff = t.say("show | compare", conf).await;
    assert!(diff.contains("[edit vlans]\n+   dmz {\n+       vlan-id 300;\n+   }"), "{diff}");
    // Nobody else comes in between.
    let mut other = Talk::begin(&switch, (511, 24), op).await;
    assert!(other.say("configure exclusive", op).await.starts_with("error: configuration database locked by:"));
    assert_eq!(t.say("commit check", conf).await, "configuration check succeeds");
    assert!(t.say("commit", conf).await.contains("commit complete"));
    assert!(switch.running().contains(&"set vlans dmz vlan-id 300".to_owned()));
    t.say("delete vlans dmz", conf).await;
    let refused = t.say("commit", conf).await;
    assert!(
        refused.contains("vlan with name <dmz> is not defined") && refused.contains("check-out failed"),
        "{refused}"
    );
    assert_eq!(t.say("rollback 1", conf).await, "load complete");
    assert!(t.say("commit and-quit", op).await.contains("Exiting configuration mode"));
    assert!(!switch.running().contains(&"set vlans dmz vlan-id 300".to_owned()));
    assert!(other.say("configure private", conf).await.contains("Entering configuration mode"));
}

#[tokio::test]
async fn junos_gives_the_lock_back_when_its_holder_goes() {
    let time = Time::default();
    let switch = switch(Kind::Junos, &time).await;
    let (op, conf) = ("admin@sw1> ", "\r\n[edit]\r\nadmin@sw1# ");
    let mut t = Talk::begin(&switch, (511, 24), op).await;
    t.say("configure exclusive", conf).await;
    t.say("set system host-name gone", conf).await;
    t.send("exit\n").await;
    t.until("[yes,no] (yes) ").await;
    t.send("no\n").await;
    t.until(conf).await;
    switch.tell("down 1ms").expect("it is right");
    t.ends().await;
    switch.tell("up").expect("it is right");
    let mut t = Talk::begin(&switch, (511, 24), op).await;
    t.say("configure exclusive", conf).await;
    assert_eq!(t.say("show | compare", conf).await, "", "what was not committed is gone");
}

#[tokio::test]
async fn a_command_of_its_own_is_not_paged() {
    let time = Time::default();
    for (kind, command) in [
        (Kind::Eos, "show running-config"),
        (Kind::Ios, "show running-config"),
        (Kind::Junos, "show configuration | display set"),
    ] {
        let switch = start(settings(kind, &time)).await.expect("a port is free");
        let out = exec(&switch, command).await;
        let running = switch.running();
        let last = running.last().expect("there is a configuration");
        assert!(
            out.lines().count() > 60 && out.contains(last.as_str()) && !out.to_lowercase().contains("more-"),
            "{kind:?}: {out}"
        );
    }
}
