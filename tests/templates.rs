//! Device templates at the shell.

use std::{
    fs,
    process::{Command, Output},
};

fn check(arguments: &[&str], folder: &std::path::Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    let Output { status, stdout, stderr } =
        command.args(["template", "check"]).args(arguments).current_dir(folder).output().expect("direttore runs");
    let text = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn each_is_tried_with_its_sample() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, said) = check(&[], folder.path());
    assert_eq!(code, Some(0), "{said}");
    for name in
        ["eos/vlan renders: ", "junos/bgp renders: ", "routeros/firewall renders: ", "eos/show_vlan reads: 4 rows"]
    {
        assert!(said.contains(name), "{name}: {said}");
    }
    let own = folder.path().join("own/eos");
    fs::create_dir_all(&own).expect("the folder is ours");
    fs::write(own.join("ntp.j2"), "ntp server {{ ntp.server }}\n").expect("the folder is ours");
    fs::write(own.join("ntp.sample.json"), "{ \"ntp\": { \"servers\": [\"192.0.2.1\"] } }")
        .expect("the folder is ours");
    fs::write(own.join("part.j2"), "! a part\n").expect("the folder is ours");
    fs::write(own.join("show_clock.textfsm"), "Value AT (\\S+)\n\nStart\n  ^${AT -> Record\n")
        .expect("the folder is ours");
    let (code, said) = check(&["own"], folder.path());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("eos/ntp fails: eos/ntp.j2, line 1: ntp.server is undefined"), "{said}");
    assert!(said.contains("eos/part is read: no sample to try it with"), "{said}");
    assert!(said.contains("eos/show_clock fails: eos/show_clock.textfsm: "), "{said}");
    fs::write(own.join("show_clock.textfsm"), "Value AT (\\S+)\n\nStart\n  ^now ${AT} -> Record\n")
        .expect("the folder is ours");
    fs::write(own.join("show_clock.sample.txt"), "it is 12:00\n").expect("the folder is ours");
    let (code, said) = check(&["own"], folder.path());
    assert!(code == Some(1) && said.contains("eos/show_clock fails: it finds no row in its sample"), "{said}");
    fs::write(own.join("show_clock.sample.txt"), "now 12:00\n").expect("the folder is ours");
    let (code, said) = check(&["nowhere"], folder.path());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("nowhere"), "{said}");
    fs::write(own.join("ntp.sample.json"), "{ \"ntp\": { \"server\": \"192.0.2.1\" } }").expect("the folder is ours");
    let (code, said) = check(&["own", "--show"], folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("eos/ntp renders\nntp server 192.0.2.1\n"), "{said}");
}
