//! The forms of the lab's and NetBox's values: what is taken, in which spelling, and what is refused.

use super::given;
use crate::{Command, Kind, load};
use direttore_domain::Refusal;
use proptest::prelude::*;

/// A command with one option `x` of this kind.
fn command(kind: Kind, more: &str) -> Command {
    let file =
        format!("summary='s'\npermission='view'\nruns='now'\n[[options]]\nname='x'\nkind='{kind}'\nhelp='h'\n{more}\n");
    load::command("a b", "a/b.toml", &file).expect("it is right")
}

fn typed(kind: Kind, more: &str, text: &str) -> Result<String, Refusal> {
    let answers = command(kind, more).answers(&given(&[("x", &[text])]))?;
    Ok(answers.0.get("x").map(ToString::to_string).unwrap_or_default())
}

fn check(kind: Kind, right: &[(&str, &str)], wrong: &[&str]) {
    for (text, wanted) in right {
        assert_eq!(typed(kind, "", text).as_deref(), Ok(*wanted), "{kind} {text:?}");
    }
    for text in wrong {
        let refusal = typed(kind, "", text).expect_err(text);
        assert!(matches!(refusal.code(), "bad-value" | "unknown-value"), "{kind} {text:?}: {refusal}");
        assert!(refusal.to_string().starts_with("x: ") && refusal.hint().is_some(), "{kind} {text:?}: {refusal}");
    }
}

#[test]
fn guests_and_their_parts() {
    check(Kind::Hostname, &[(" web1.lab ", "\"web1.lab\"")], &["web_1", "-a", "a..b", &"a".repeat(65)]);
    check(Kind::Vmid, &[("100", "100"), ("999999999", "999999999")], &["99", "0100", "1e3", "-5", "1000000000"]);
    check(Kind::Size, &[("512M", "\"512M\""), ("2048m", "\"2G\""), ("8", "\"8G\"")], &["0", "G", "-1G", "1.5M", "big"]);
    check(Kind::Growth, &[("+10g", "\"+10G\""), ("40960M", "\"40G\"")], &["-10G", "++1G", "+0", "more"]);
    check(Kind::Storage, &[("local-lvm", "\"local-lvm\"")], &["a b", "1x", "x"]);
    check(Kind::Bridge, &[("vmbr0", "\"vmbr0\"")], &["a b", "abcdefghijklmnop"]);
    check(Kind::Model, &[("VirtIO", "\"virtio\"")], &["vmxnet3", "virtoi"]);
    check(
        Kind::Template,
        &[("debian 12", "\"debian 12\""), ("local:iso/x.iso", "\"local:iso/x.iso\"")],
        &["a\u{7}b", &"x".repeat(201)],
    );
    check(
        Kind::Backup,
        &[("pbs:backup/vm/101/2026-02-28T14:00:00Z", "\"pbs:backup/vm/101/2026-02-28T14:00:00Z\"")],
        &["local:iso/x.iso", "backup/x", "local:backup/", "local:backup/../x", "local:backup/a b", "1:backup/x"],
    );
}

#[test]
fn networks() {
    check(
        Kind::Vlan,
        &[("None", "\"none\""), ("untagged", "\"none\""), ("100", "\"100\"")],
        &["0", "4095", "-1", "ten"],
    );
    check(
        Kind::Pond,
        &[("2001:DB8:10:0::/64@blue", "\"2001:db8:10::/64@blue\""), ("10.0.0.5-10.0.0.9", "\"10.0.0.5-10.0.0.9\"")],
        &["10.0.0.1/24", "10.0.0.9-10.0.0.5", "10.0.0.0/24@"],
    );
    check(
        Kind::Prefix,
        &[("10.0.10.0/24", "\"10.0.10.0/24\""), ("10.0.10.0/24@blue", "\"10.0.10.0/24@blue\"")],
        &["10.0.0.5-10.0.0.9", "10.0.10.1/24", "10.0.10.0"],
    );
    check(
        Kind::Address,
        &[("10.0.10.5", "\"10.0.10.5\""), ("2001:DB8::0:5/64", "\"2001:db8::5/64\"")],
        &["10.0.10.5/33", "10.0.10", "web1"],
    );
    check(
        Kind::Ipv4,
        &[("dhcp", "\"dhcp\""), ("10.0.0.5/24", "\"10.0.0.5/24\""), ("netbox:10.0.0.0/24", "\"netbox:10.0.0.0/24\"")],
        &["auto", "2001:db8::5/64", "10.0.0.5", "netbox:2001:db8::/64"],
    );
    check(Kind::Ipv6, &[("slaac", "\"auto\""), ("none", "\"none\"")], &["10.0.0.5/24", "2001:db8::5"]);
    check(Kind::Gateway, &[("2001:DB8::1", "\"2001:db8::1\"")], &["10.0.0.1/24", "web1"]);
    check(Kind::Nic, &[("vlan=untagged,bridge=vmbr0", "\"bridge=vmbr0 vlan=none\"")], &["vmbr0", "speed=10"]);
}

#[test]
fn names_of_netbox_and_keys() {
    check(Kind::Device, &[("rack 1 sw-1", "\"rack 1 sw-1\"")], &["a\u{1b}b", &"x".repeat(65)]);
    check(Kind::Site, &[("Łódź", "\"Łódź\"")], &[&"x".repeat(101)]);
    check(Kind::Tenant, &[("Net Lab", "\"Net Lab\"")], &["a\u{7}b", &"x".repeat(101)]);
    check(Kind::DeviceRole, &[("access-switch", "\"access-switch\"")], &["a\u{7}b", &"x".repeat(101)]);
    check(Kind::DeviceTemplate, &[("vlan", "\"vlan\"")], &["a\u{7}b", &"x".repeat(65)]);
    check(Kind::Token, &[("phone", "\"phone\"")], &["Phone", "x", "my phone"]);
    check(Kind::Key, &[("laptop", "\"laptop\"")], &["Laptop", "x", "my key"]);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    check(
        Kind::PublicKey,
        &[(&format!("{key}   alice@home"), &format!("\"{key} alice@home\""))],
        &["ssh-ed25519", "x y"],
    );
}

#[test]
fn limits_of_sizes_are_mib_and_shown_as_sizes() {
    assert_eq!(typed(Kind::Size, "limits=[64,4194304]", "64M").as_deref(), Ok("\"64M\""));
    let refusal = typed(Kind::Size, "limits=[64,4194304]", "63M").expect_err("too little");
    assert_eq!(refusal.to_string(), "x: \"63M\" is no size that fits");
    assert_eq!(refusal.hint().as_deref(), Some("right would be a size from 64M to 4096G"));
    assert_eq!(typed(Kind::Size, "limits=[0,1024]", "0").as_deref(), Ok("\"0\""));
    assert_eq!(typed(Kind::Size, "limits=[64,1024]", "0").map_err(|r| r.code()), Err("bad-value"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The spelling that an answer has is one that is taken again, and is the same then.
    #[test]
    fn any_text_of_any_kind_is_read_or_refused(
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        text in "[0-9a-fA-F:./@+-]{0,20}|[a-zA-Z]{1,8}([ =:/,][a-z0-9.:/-]{1,12}){0,3}|\\PC{0,20}",
    ) {
        let more = match kind {
            Kind::Choice => "choices=['one','two']",
            _ => "",
        };
        if let Ok(answer) = typed(kind, more, &text) {
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
            let again = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
            // An interface of which nothing is said is the empty text, which by itself counts as not given.
            if !matches!(kind, Kind::Since | Kind::Text) && !again.is_empty() && !answer.is_null() {
                prop_assert_eq!(typed(kind, more, &again), Ok(answer.to_string()), "{} {:?}", kind, text);
            }
        }
    }
}
