//! What may be there several times: `nic1=… nic2=…`.

use super::{answers, given};
use crate::{Want, catalog};

fn said(line: &str) -> String {
    let refusal = catalog().read(line).and_then(|asked| asked.command.answers(&asked.given)).expect_err(line);
    let hint = refusal.hint().map(|h| format!("; {h}")).unwrap_or_default();
    format!("{}: {refusal}{hint}", refusal.code())
}

fn nics(rest: &str) -> String {
    let all: serde_json::Value =
        serde_json::from_str(&answers(&format!("provision vm web1 {rest}"))).expect("answers are JSON");
    all["nic"].to_string()
}

fn offered(line: &str) -> String {
    match catalog().complete(line, line.len()).want {
        Want::Words(words) => words.iter().map(|w| w.value.as_str()).collect::<Vec<_>>().join(" "),
        other => format!("{other:?}"),
    }
}

#[test]
fn each_has_a_key_of_its_own() {
    let read = |line: &str| catalog().read(line).expect("it is right").given;
    assert_eq!(
        read("provision vm web1 nic=vlan=5 NIC3=\"ip=dhcp bridge=vmbr1\""),
        given(&[("name", &["web1"]), ("nic1", &["vlan=5"]), ("nic3", &["ip=dhcp bridge=vmbr1"])])
    );
    let command = catalog().get("provision vm").expect("it is right");
    for name in ["nic", "nic1", "nic8"] {
        assert_eq!(command.option(name).map(|o| o.name.as_str()), Some("nic"), "{name}");
    }
    for name in ["nic0", "nic9", "nic01", "nic1 ", "nicx", "bridge"] {
        assert_eq!(command.option(name), None, "{name}");
    }
    assert!(command.input_names().any(|n| n == "nic") && !command.input_names().any(|n| n == "bridge"));
}

#[test]
fn answers_are_one_list_in_order_without_gaps() {
    assert_eq!(nics(""), "[]");
    assert_eq!(nics("nic4=ip=dhcp nic2=vlan=untagged,bridge=vmbr0"), r#"["bridge=vmbr0 vlan=none","ip=dhcp"]"#);
    assert_eq!(nics("nic1=\"\" nic2=vlan=7"), r#"["","vlan=7"]"#);
    let command = catalog().get("provision vm").expect("it is right");
    let bare = command.answers(&given(&[("nic", &["vlan=7"]), ("nic2", &[])])).expect("it is right");
    assert_eq!(bare.0["nic"].to_string(), r#"["vlan=7"]"#);
    let twice = command.answers(&given(&[("nic", &["vlan=7"]), ("nic1", &["vlan=8"])])).expect_err("both");
    assert_eq!(twice.to_string(), "nic1 was given twice");
}

#[test]
fn refusals_name_the_one_that_is_wrong() {
    assert_eq!(
        said("provision vm web1 nic2=\"bridge=vmbr0 vlan=4095\""),
        "bad-value: nic2 vlan: \"4095\" is no VLAN; right would be a number from 1 to 4094, or none"
    );
    assert!(said("provision vm web1 nic3=vmbr0").starts_with("bad-value: nic3: \"vmbr0\" is no network interface"));
    assert_eq!(
        said("provision container web1 nic2=\"bridge=vmbr0 model=e1000\""),
        "unknown-value: nic2: \"model\" is none of the values possible; there are bridge, vlan, ip, gw, ip6, gw6, name and mac"
    );
    assert_eq!(nics("nic1=\"name= mac=bc:24:11:00:00:01\""), r#"["mac=BC:24:11:00:00:01"]"#);
    assert_eq!(said("provision vm web1 nic2=ip=dhcp nic2=ip=none"), "given-twice: nic2 was given twice");
    assert_eq!(said("provision vm web1 nic=ip=dhcp nic1=ip=none"), "given-twice: nic1 was given twice");
    for key in ["nic0", "nic9", "nic12"] {
        assert_eq!(
            said(&format!("provision vm web1 {key}=ip=dhcp")),
            format!("unknown-option: /provision vm has no option \"{key}\"; there is nic1 to nic8")
        );
    }
    assert_eq!(
        said("provision vm web1 bridge=vmbr0"),
        "unknown-option: /provision vm has no option \"bridge\"; did you mean nic1=\"bridge=…\"?"
    );
    assert_eq!(
        said("provision vm web1 nicc=ip=dhcp"),
        "unknown-option: /provision vm has no option \"nicc\"; did you mean nic1?"
    );
}

#[test]
fn a_line_says_all_of_them() {
    let line = |of: &str| {
        let asked = catalog().read(of).expect("it is right");
        asked.command.line(&asked.given)
    };
    assert_eq!(
        line("provision vm web1 nic2=\"\" cores=2 nic=\"bridge=vmbr0 vlan=5\" stopped"),
        "provision vm web1 cores=2 nic1=\"bridge=vmbr0 vlan=5\" nic2=\"\" stopped"
    );
    assert!(catalog().get("provision vm").expect("it is right").usage().contains(" [nic1=…] "));
}

#[test]
fn the_next_one_is_offered() {
    assert_eq!(offered("provision vm web1 ni"), "nic1=");
    assert_eq!(offered("provision vm web1 nic1=ip=dhcp ni"), "nic2=");
    assert_eq!(offered("provision vm web1 nic3"), "nic3=");
    assert!(offered("provision vm web1 ").contains(" nic1= dns= "));
    let full: String = (1..=8).map(|n| format!("nic{n}=ip=dhcp ")).collect();
    assert!(!offered(&format!("provision vm web1 {full}")).contains("nic"));
}
