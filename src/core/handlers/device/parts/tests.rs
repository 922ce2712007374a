use super::*;
use crate::devices::Allowed;
use direttore_clients::device::{Platform, platform};
use direttore_domain::Role;

fn of(slug: &str) -> &'static Platform {
    platform::by_slug(slug).expect("a platform")
}

#[test]
fn a_list_is_by_role_and_platform() {
    let list = [
        Allowed {
            role: Role::Viewer,
            platform: None,
            commands: vec!["show version".into(), "show interfaces*".into()],
        },
        Allowed { role: Role::Operator, platform: Some("junos".into()), commands: vec!["ping *".into()] },
    ];
    let may = |role, slug, command: &str| allowed(&list, role, of(slug), &pattern_words(command)).is_ok();
    assert!(may(Some(Role::Viewer), "eos", "Show   Interfaces status"));
    assert!(!may(Some(Role::Viewer), "eos", "show run"));
    assert!(!may(Some(Role::Viewer), "junos", "ping 10.0.0.1"), "an operator's");
    assert!(may(Some(Role::Operator), "juniper_junos", "ping 10.0.0.1"));
    assert!(may(Some(Role::Admin), "junos", "show version"), "and of those above");
    assert!(!may(Some(Role::Admin), "eos", "ping 10.0.0.1"), "another platform");
    assert!(!may(None, "eos", "show version"));
    let has = allowed(&list, Some(Role::Viewer), of("junos"), "reload").expect_err("not in the list");
    assert_eq!(has, ["show version", "show interfaces*"]);
}

#[test]
fn whole_configurations_are_known_also_when_shortened() {
    for (slug, command) in [
        ("eos", "show running-config"),
        ("eos", "sh run"),
        ("ios", "show  startup-config | include hostname"),
        ("ios", "show run interface Vlan10"),
        ("junos", "show configuration"),
        ("junos", "show conf | display set"),
        ("sros", "admin disp"),
        ("routeros", "/export terse"),
        ("routeros", "/ip address export"),
        ("eos", "more flash:startup-config"),
        ("eos", "show tech-support"),
        ("vyos", "show configuration commands"),
        ("frr", "write term"),
        ("linux", "cat /etc/passwd"),
    ] {
        assert!(shows_configuration(command, of(slug)), "{slug} {command}");
    }
    for (slug, command) in
        [("eos", "show version"), ("junos", "show"), ("ios", "show interfaces"), ("linux", "ip address show")]
    {
        assert!(!shows_configuration(command, of(slug)), "{slug} {command}");
    }
}

#[test]
fn nothing_but_one_command_that_shows_goes_through() {
    for (slug, command) in [
        ("eos", "show version\nreload"),
        ("eos", "show version ; reload"),
        ("ios", "show version | redirect flash:x"),
        ("ios", "show version | t flash:x"),
        ("ios", "show version | include x | append flash:x"),
        ("junos", "show interfaces | save x"),
        ("nxos", "show version > bootflash:x"),
        ("linux", "ip address show | sh"),
        ("linux", "ip address show $(reboot)"),
        ("eos", "  "),
        ("eos", "show version |"),
    ] {
        assert!(wrong_line(command, of(slug)).is_some(), "{slug} {command}");
    }
    for (slug, command) in [
        ("eos", "show version | inc Serial"),
        ("junos", "show interfaces terse | match ge-0 | no-more"),
        ("linux", "ip route"),
    ] {
        assert_eq!(wrong_line(command, of(slug)), None, "{slug} {command}");
    }
}
