//! Hooks, channels and rules: what is refused when the configuration is read.

use super::*;
use direttore_core::hooks::{Action, Sender};

const HOOK: &str = "[http]\nlisten = '127.0.0.1:0'\n[[hooks]]\nname = 'default'\nfrom = 'netbox'\nsecret = 'throwaway-webhook-secret'\n";
const CHANNELS: &str = "[channels]\nops = 'console:demo'\n";

fn rule(text: &str) -> String {
    format!("{HOOK}{CHANNELS}[netbox]\nurl = 'https://n'\ntoken = '{}'\n[[rules]]\nname = 'r'\n{text}", "0".repeat(40))
}

#[test]
fn a_hook_has_a_secret() {
    let config = Place::with(HOOK).config(&[]);
    assert_eq!((config.hooks[0].from, config.hooks[0].path().as_str()), (Sender::Netbox, "/hooks/netbox/default"));
    assert!(!format!("{config:?}").contains("throwaway"), "secrets are not shown");
    let without = HOOK.replace("secret = 'throwaway-webhook-secret'\n", "");
    assert!(
        error(&without).contains("the hook default has no secret; right would be at least 16"),
        "{}",
        error(&without)
    );
    let short = error(&HOOK.replace("throwaway-webhook-secret", "short"));
    assert!(short.contains("the hook default has a secret that is too short") && !short.contains("'short'"), "{short}");
    let file = HOOK.replace("secret = 'throwaway-webhook-secret'", "secret_file = 'key'");
    let place = Place::with(&file);
    place.write("key", "another-secret-of-a-hook\n");
    assert_eq!(place.config(&[]).hooks[0].secret, "another-secret-of-a-hook");
    let no_server = HOOK.replace("listen = '127.0.0.1:0'\n", "");
    assert!(error(&no_server).contains("http.listen is missing") && error(&no_server).contains("[[hooks]] needs it"));
    let two = format!("{HOOK}[[hooks]]\nname = 'default'\nfrom = 'netbox'\nsecret = 'another-secret-of-a-hook'\n");
    assert!(error(&two).contains("two hooks from netbox are named default"));
    let other = format!("{HOOK}[[hooks]]\nname = 'default'\nfrom = 'grafana'\nsecret = 'another-secret-of-a-hook'\n");
    assert_eq!(Place::with(&other).config(&[]).hooks.len(), 2);
    assert!(error(&HOOK.replace("'netbox'", "'nagios'")).contains("one of netbox, alertmanager, grafana"));
}

#[test]
fn a_channel_is_where_somebody_listens() {
    let config = Place::with(CHANNELS).config(&[("DIRETTORE__CHANNELS__MORE", "console:x")]);
    assert_eq!(config.channels["ops"].channel, "demo");
    assert_eq!(config.channels["more"].channel, "x");
    assert!(error("[channels]\nops = 'discord:1000000000000000003'\n").contains("Discord, which is not configured"));
    assert!(error("[channels]\nops = 'irc:lab'\n").contains("channels.ops = \"irc:lab\"; right would be discord:"));
}

#[test]
fn rules_are_read_with_their_actions() {
    let announce = "announce = { channel = 'ops', title = '{{ data.name }}' }\n";
    let text = rule(&format!(
        "object = 'dcim.device'\nevent = 'created'\nhook = 'default'\nwhen = ['tags has lab']\n{announce}"
    ));
    let rules = Place::with(&text).config(&[]).rules;
    assert_eq!((rules[0].objects.len(), rules[0].when.len()), (1, 1));
    assert!(matches!(&rules[0].action, Action::Announce { channel, .. } if channel == "ops"));
    for (action, object, event) in [
        (
            "run = { as = 'bot', command = '/power stop', with = { guest = '{{ data.name }}' } }",
            "dcim.device",
            "updated",
        ),
        (
            "provision = { as = 'bot', with = { nic1 = 'ip=dhcp', cores = 2 } }",
            "virtualization.virtualmachine",
            "created",
        ),
        ("release = { as = 'bot' }", "virtualization.virtualmachine", "deleted"),
    ] {
        let text = rule(&format!("object = ['{object}']\nevent = ['{event}']\n{action}\n"));
        assert_eq!(
            Place::with(&text).config(&[]).rules[0].action.account().map(ToString::to_string).as_deref(),
            Some("bot")
        );
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_said() {
    let device = |rest: &str| error(&rule(&format!("object = 'dcim.device'\n{rest}\n")));
    for (rest, why) in [
        ("", "rule r: right would be exactly one of announce, run, provision"),
        ("announce = { channel = 'osp', title = 'x' }", "there is no channel \"osp\"; there are ops"),
        ("announce = { channel = 'ops', title = '{{ x' }", "cannot be read as a template"),
        ("announce = { channel = 'ops', title = 'x', txt = 'y' }", "there is no key \"txt\" in rules[0].announce"),
        ("run = { as = 'bot', command = 'power halt' }", "there is no command \"power halt\"; did you mean"),
        ("run = { as = 'bot', command = 'power stop', with = { gest = 'x' } }", "did you mean guest?"),
        ("run = { command = 'power stop' }", "rules[0].run.as is missing"),
        ("provision = { as = 'bot' }", "provision is for virtualization.virtualmachine alone"),
        ("release = { as = 'bot' }", "release is for virtualization.virtualmachine or dcim.device with event"),
        ("when = ['status is up']\nannounce = { channel = 'ops', title = 'x' }", "\"status is up\" is no condition"),
        ("event = 'exploded'\nannounce = { channel = 'ops', title = 'x' }", "right would be created, updated, deleted"),
        ("hook = 'defualt'\nannounce = { channel = 'ops', title = 'x' }", "did you mean default?"),
    ] {
        let said = device(rest);
        assert!(said.contains(why), "{said}\nshould say: {why}");
    }
    assert!(
        error(&rule("object = 'device'\nannounce = { channel = 'ops', title = 'x' }\n")).contains("like dcim.device")
    );
}
