//! What lines make of configurations, without anybody being logged in.

use super::{
    Tree, Wrong, braces, diff,
    edit::edit,
    statement::{self, words_of},
    tree, words,
};
use crate::switch::Kind;

fn edited(kind: Kind, text: &str, lines: &[&str]) -> (Vec<String>, Vec<Wrong>) {
    let mut config = tree::parse(text);
    let mut path = Vec::new();
    let wrong = lines.iter().filter_map(|line| edit(kind, &mut config, &mut path, line).err()).collect();
    (tree::print(&config, 3), wrong)
}

const TWO: &str = "vlan 10\n   name users\ninterface Ethernet1\n   description a\n   ip address 192.0.2.1/31\n";

#[test]
fn sections_and_single_values() {
    let (lines, wrong) = edited(
        Kind::Eos,
        TWO,
        &[
            "int et1",
            "description b",
            "no ip address",
            "vlan 20",
            "name guests",
            "interface Ethernet10",
            "shutdown",
            "int et2",
        ],
    );
    assert_eq!(wrong, []);
    let want = [
        "vlan 10",
        "   name users",
        "!",
        "vlan 20",
        "   name guests",
        "!",
        "interface Ethernet1",
        "   description b",
        "!",
        "interface Ethernet2",
        "!",
        "interface Ethernet10",
        "   shutdown",
        "!",
    ];
    assert_eq!(lines, want);
}

#[test]
fn what_is_not_known_is_refused_and_changes_nothing() {
    let lines = [
        "bogus",
        "vlan 5000",
        "vlan",
        "s",
        "interface Blob1",
        "interface Ethernet1",
        "ip address 192.0.2.1",
        "mtu x",
        "switchport mode sideways",
        "switchport trunk allowed vlan 10,x",
        "frobnicate",
    ];
    let (text, wrong) = edited(Kind::Eos, TWO, &lines);
    let invalid = Wrong::Invalid;
    assert_eq!(
        wrong,
        [
            invalid(0),
            invalid(5),
            Wrong::Incomplete,
            Wrong::Ambiguous,
            invalid(10),
            invalid(11),
            invalid(4),
            invalid(16),
            invalid(30),
            invalid(0),
        ]
    );
    assert_eq!(text, tree::print(&tree::parse(TWO), 3));
}

#[test]
fn lists_of_vlans_grow_and_shrink() {
    let text = "interface GigabitEthernet1/0/1\n switchport trunk allowed vlan 10,20\n";
    let (lines, wrong) = edited(
        Kind::Ios,
        text,
        &["interface gi1/0/1", "switchport trunk allowed vlan add 30-31", "switchport trunk allowed vlan remove 10"],
    );
    assert_eq!(wrong, []);
    assert_eq!(lines[1], "   switchport trunk allowed vlan 20,30,31");
}

#[test]
fn a_configuration_that_is_said_again_is_the_same() {
    for (kind, seed) in [(Kind::Eos, include_str!("../seed/eos.txt")), (Kind::Ios, include_str!("../seed/ios.txt"))] {
        let config = tree::parse(seed);
        let mut again = Tree::new();
        let mut path = Vec::new();
        for line in seed.lines().filter(|l| !l.trim().is_empty()) {
            edit(kind, &mut again, &mut path, line).unwrap_or_else(|why| panic!("{line}: {why:?}"));
        }
        // Where a line stands may differ; what there is may not.
        assert_eq!(diff::sections(&config, &again), []);
    }
}

#[test]
fn words_may_be_shortened_while_it_is_clear() {
    let table = [("show running-config", 1), ("show version", 2), ("configure session *", 3), ("ping **", 4)];
    let find = |line| words::find(&table, line).map(|(n, given)| (*n, given));
    assert_eq!(find("sh run"), Ok((1, vec![])));
    assert_eq!(find("conf sess abc"), Ok((3, vec!["abc".to_owned()])));
    assert_eq!(find("ping 192.0.2.1 repeat 3"), Ok((4, vec!["192.0.2.1 repeat 3".to_owned()])));
    assert_eq!(find("show"), Err(Wrong::Incomplete));
    assert_eq!(find("show bogus"), Err(Wrong::Invalid(5)));
    assert_eq!(words::find(&[("write", 1), ("who", 2)], "w"), Err(Wrong::Ambiguous));
}

#[test]
fn junos_statements_in_braces_and_back() {
    let mut config = Tree::new();
    for row in [
        "system host-name sw2",
        "interfaces ge-0/0/0 unit 0 family ethernet-switching vlan members [ servers lab ]",
        "interfaces ge-0/0/0 description \"to the north\"",
        "interfaces ge-0/0/0 description south",
        "vlans lab vlan-id 200",
    ] {
        statement::set(&mut config, &words_of(row)).unwrap_or_else(|word| panic!("{row}: {word:?}"));
    }
    let text = braces::print(&config).join("\n");
    assert!(text.contains("vlan {\n                    members [ servers lab ];"), "{text}");
    assert!(text.contains("    description south;"), "{text}");
    let mut again = Tree::new();
    let wrong = braces::load(&mut again, &braces::read(&text).expect("it is our own"));
    assert_eq!((wrong, diff::sections(&again, &config)), (vec![], vec![]));
    assert_eq!(statement::set(&mut again, &words_of("bogus x")), Err("bogus".to_owned()));
    assert_eq!(statement::set(&mut again, &words_of("vlans x vlan-id 5000")), Err("5000".to_owned()));
    assert_eq!(statement::set(&mut again, &words_of("vlans x nonsense 1")), Err("nonsense".to_owned()));
    assert_eq!(statement::set(&mut again, &words_of("system host-name")), Err(String::new()));
    assert_eq!(statement::delete(&mut again, &words_of("interfaces ge-0/0/0 unit 0")), Ok(true));
    assert_eq!(statement::delete(&mut again, &words_of("interfaces ge-0/0/0 unit 0")), Ok(false));
}

#[test]
fn replace_takes_away_what_it_names_first() {
    let mut config = Tree::new();
    for row in ["vlans a vlan-id 10", "vlans b vlan-id 20", "system host-name x"] {
        statement::set(&mut config, &words_of(row)).expect("it is right");
    }
    let statements = braces::read("replace: vlans {\n    c {\n        vlan-id 30;\n    }\n}\n").expect("it is right");
    assert_eq!(braces::load(&mut config, &statements), []);
    assert_eq!(statement::rows(&config), ["system host-name x", "vlans c vlan-id 30"]);
    assert_eq!(braces::read("vlans {\n a;\n"), Err((2, String::new())));
}

#[test]
fn differences_by_lines_and_by_sections() {
    let a = tree::parse(TWO);
    let b = tree::parse(&TWO.replace("description a", "description b"));
    let lines = diff::unified(&tree::print(&a, 3), &tree::print(&b, 3), ("old", "new"), 1);
    let want = [
        "--- old",
        "+++ new",
        "@@ -4,3 +4,3 @@",
        " interface Ethernet1",
        "-   description a",
        "+   description b",
        "    ip address 192.0.2.1/31",
    ];
    assert_eq!(lines, want);
    assert_eq!(diff::unified(&[], &[], ("old", "new"), 3), Vec::<String>::new());
    let want = ["!Contextual Config Diffs:", "interface Ethernet1", " +description b", " -description a"];
    assert_eq!(diff::contextual(&a, &b), want);
}
