//! `direttore import snmp` in a process of its own: one device, a file of them, and files with mistakes.

use crate::support::{
    bot::{Home, Kind, Pace},
    lab::Lab,
};

/// Its exit code, and what it said on both of its outputs.
fn import(home: &Home, arguments: &[&str]) -> (i32, String) {
    let done = home.command(&["import", "snmp", "--config", "direttore.toml"]).args(arguments).output();
    let done = done.expect("it starts");
    let said = [done.stdout, done.stderr].concat();
    (done.status.code().expect("it ends by itself"), String::from_utf8(said).expect("it is text"))
}

#[test]
fn devices_come_into_netbox_from_the_shell() {
    let mut lab = Lab::with_switches("import", (20, 60), true, &["sw1=eos"]);
    let home = Home::new("import", Kind::Sqlite, &lab, Pace::default()).expect("SQLite is built in");
    let before = lab.world();

    home.write("wrong.csv", "ip,name\n127.0.0.1,sw1\nnot an address,sw2\n127.0.0.1\n127.0.0.1,sw1\n");
    let (code, said) = import(&home, &["--csv", "wrong.csv"]);
    assert_ne!(code, 0, "{said}");
    for line in
        ["nothing was done", "line 3: \"not an address\"", "line 4: the name is missing", "line 5: sw1 is in line 2"]
    {
        assert!(said.contains(line), "{line}: {said}");
    }
    let (code, said) = import(&home, &["127.0.0.1", "sw1", "--dry-run"]);
    assert!(code == 0 && said.contains("what sw1 tells, and NetBox has not"), "{said}");
    let (code, said) = import(&home, &["127.0.0.1", "nowhere", "--dry-run", "--login", "nobody"]);
    assert!(code == 1 && said.contains("which is not configured"), "{said}");
    assert_eq!(lab.world(), before, "nothing was written");

    home.write("devices.csv", "# the lab\n127.0.0.1,sw1\n127.0.0.1,sw2,lab,Switch\n");
    let (code, said) = import(&home, &["-f", "devices.csv", "--modules"]);
    assert_eq!(code, 1, "one of them does not answer: {said}");
    assert!(said.contains("2 devices, 1 not as it should be"), "{said}");
    assert!(said.contains("are written into NetBox"), "{said}");
    let after = lab.world();
    assert_ne!(after, before);

    let (code, said) = import(&home, &["127.0.0.1", "sw1", "--modules"]);
    assert!(code == 0 && said.contains("NetBox has all that sw1 tells"), "{said}");
    assert_eq!(lab.world(), after, "a second time changes nothing");
    home.leave();
}
