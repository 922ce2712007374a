//! The pages of a wizard: what they show, take and refuse.

use super::given;
use crate::{Command, Given, WizardPage, catalog};
use direttore_domain::Refusal;
use proptest::prelude::*;

fn vm() -> &'static Command {
    catalog().get("provision vm").expect("it is there")
}

fn shown(command: &Command, given: &Given) -> Vec<String> {
    let button = |is_there: bool, name: &'static str| if is_there { name } else { "" };
    let page = |p: WizardPage<'_>| {
        let ask: Vec<&str> = p.ask.iter().map(|o| o.name.as_str()).collect();
        let buttons = format!("{}{}", button(p.can_add, " +"), button(p.can_remove, " -"));
        format!("{}/{} {}: {}{buttons}", p.step, p.of, p.title, ask.join(" "))
    };
    command.wizard_pages(given).into_iter().map(page).collect()
}

/// The page with this title.
fn page(command: &'static Command, given: &Given, title: &str) -> WizardPage<'static> {
    let mut pages = command.wizard_pages(given).into_iter();
    pages.find(|p| p.title == title).unwrap_or_else(|| panic!("there is no page {title}"))
}

fn fill(given: &mut Given, title: &str, values: &[(&str, &str)]) -> Result<(), Refusal> {
    let page = page(vm(), given, title);
    let values: Vec<(String, String)> = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    vm().fill(given, &page, &values)
}

#[test]
fn six_steps() {
    assert_eq!(
        shown(vm(), &Given::new()),
        [
            "1/6 Where: node cluster",
            "2/6 Guest template: template",
            "3/6 Name and resources: name vmid cores memory disk",
            "4/6 Storage and name servers: storage pool dns domain",
            "4/6 Network interface 1: bridge vlan model ip gw",
            "4/6 IPv6 of network interface 1: ip6 gw6 +",
            "4/6 Login: user keys password stopped tags",
        ]
    );
    let container = catalog().get("provision container").expect("it is there");
    assert_eq!(
        shown(container, &given(&[("nic2", &[""])])),
        [
            "1/6 Where: node cluster",
            "2/6 Guest template: template",
            "3/6 Name and resources: name vmid cores memory disk",
            "3/6 Container settings: swap nesting privileged",
            "4/6 Storage and name servers: storage pool dns domain",
            "4/6 Network interface 2: bridge vlan ip gw",
            "4/6 IPv6 and name of interface 2: ip6 gw6 name +",
            "4/6 Login: keys password stopped tags",
        ]
    );
    assert!(vm().is_wizard() && !catalog().get("guest clone").expect("it is there").is_wizard());
}

#[test]
fn pages_are_filled_and_say_what_is_there() {
    let mut so_far = Given::new();
    fill(&mut so_far, "Where", &[("node", "pve1"), ("cluster", "")]).expect("it is right");
    fill(&mut so_far, "Storage and name servers", &[("dns", "10.0.0.1, 10.0.0.2")]).expect("it is right");
    fill(&mut so_far, "Login", &[("stopped", "Yes"), ("tags", "a b")]).expect("it is right");
    fill(&mut so_far, "Network interface 1", &[("vlan", "100"), ("ip", "netbox:10.0.10.0/24"), ("gw", "")])
        .expect("it is right");
    fill(&mut so_far, "IPv6 of network interface 1", &[("ip6", "auto")]).expect("it is right");
    assert_eq!(
        vm().line(&so_far),
        "provision vm node=pve1 nic1=\"vlan=100 ip=netbox:10.0.10.0/24 ip6=auto\" dns=10.0.0.1,10.0.0.2 tags=a,b stopped=true"
    );
    let value = |title: &str, key: &str| vm().page_value(&so_far, &page(vm(), &so_far, title), key);
    assert_eq!(value("Network interface 1", "vlan").as_deref(), Some("100"));
    assert_eq!(value("Network interface 1", "bridge"), None);
    assert_eq!(value("Storage and name servers", "dns").as_deref(), Some("10.0.0.1 10.0.0.2"));
    assert_eq!(value("Where", "cluster"), None);
    // What is emptied is taken back, and the others stay.
    fill(&mut so_far, "Network interface 1", &[("vlan", ""), ("bridge", "vmbr1")]).expect("it is right");
    assert_eq!(so_far["nic1"], ["bridge=vmbr1 ip=netbox:10.0.10.0/24 ip6=auto"]);
    fill(&mut so_far, "Network interface 1", &[("bridge", ""), ("ip", "")]).expect("it is right");
    fill(&mut so_far, "IPv6 of network interface 1", &[("ip6", "")]).expect("it is right");
    assert!(!so_far.contains_key("nic1"), "{so_far:?}");
}

#[test]
fn what_was_said_on_the_line_stands_on_the_page_and_stays() {
    let line = "provision vm web1 nic=\"mac=BC:24:11:00:00:01,vlan=5\"";
    let mut so_far = catalog().read(line).expect("it is right").given;
    let first = page(vm(), &so_far, "Network interface 1");
    assert_eq!(vm().page_value(&so_far, &first, "vlan").as_deref(), Some("5"));
    fill(&mut so_far, "Network interface 1", &[("model", "E1000")]).expect("it is right");
    assert_eq!(so_far["nic1"], ["vlan=5 model=e1000 mac=BC:24:11:00:00:01"]);
}

#[test]
fn a_person_may_answer_ahead() {
    let mut so_far = Given::new();
    fill(&mut so_far, "Where", &[("name", "web1"), ("nic2", "ip=dhcp"), ("description", "a b")]).expect("it is right");
    fill(&mut so_far, "Network interface 2", &[("ip6", "auto"), ("cores", "2")]).expect("it is right");
    assert_eq!(vm().line(&so_far), "provision vm web1 cores=2 nic2=\"ip=dhcp ip6=auto\" description=\"a b\"");
    let container = catalog().get("provision container").expect("it is there");
    let ipv6 = page(container, &so_far, "IPv6 and name of interface 2");
    let mut other = given(&[("name", &["dns1"]), ("nic2", &[""])]);
    container.fill(&mut other, &ipv6, &[("name".to_owned(), "eth1".to_owned())]).expect("the page's own name");
    assert_eq!(other, given(&[("name", &["dns1"]), ("nic2", &["name=eth1"])]));
}

#[test]
fn wrong_answers_change_nothing_and_blame_their_question() {
    let before = given(&[("nic1", &["vlan=5"]), ("name", &["web1"])]);
    for (title, values, said, blamed) in [
        ("Network interface 1", [("bridge", "vmbr0"), ("vlan", "0")], "nic1 vlan: \"0\" is no VLAN", Some("vlan")),
        ("Network interface 1", [("gw", "::1"), ("vlan", "")], "nic1 gw: \"::1\" is no gateway", Some("gw")),
        (
            "Network interface 1",
            [("ip", "netbox:10.0.0.0/24@my vrf"), ("vlan", "7")],
            "nic1 ip: \"netbox:10.0.0.0/24@my vrf\" is no value in one word",
            Some("ip"),
        ),
        ("Where", [("node", "pve1"), ("cluster", "a b")], "cluster: \"a b\" is no cluster name", Some("cluster")),
        ("Where", [("node", "pve1"), ("cores", "0")], "cores: \"0\" is no number that fits", None),
        ("Where", [("node", "pve1"), ("vlan", "7")], "/provision vm has no option \"vlan\"", None),
        ("Where", [("node", "pve1"), ("colour", "red")], "/provision vm has no option \"colour\"", None),
        ("Where", [("node", "pve1"), ("node", "pve2")], "node was given twice", Some("node")),
        ("Network interface 1", [("ip", "dhcp"), ("ip", "none")], "ip was given twice", Some("ip")),
    ] {
        let mut so_far = before.clone();
        let refusal = fill(&mut so_far, title, &values).expect_err(said);
        assert_eq!(refusal.to_string(), said);
        assert_eq!(so_far, before, "{said}");
        assert_eq!(page(vm(), &before, title).blamed(&refusal).map(|o| o.name.as_str()), blamed, "{said}");
    }
}

#[test]
fn interfaces_are_added_and_removed() {
    let mut so_far = Given::new();
    assert_eq!(vm().add_repeat(&mut so_far, "nic"), Ok(2));
    assert_eq!(so_far, given(&[("nic1", &[""]), ("nic2", &[""])]));
    fill(&mut so_far, "Network interface 2", &[("ip", "dhcp")]).expect("it is right");
    assert_eq!(vm().add_repeat(&mut so_far, "nic"), Ok(3));
    // Without an answer it is there all the same, as one of which everything is chosen.
    let stored = serde_json::to_string(&so_far).expect("it is text");
    let mut so_far: Given = serde_json::from_str(&stored).expect("it is what was written");
    fill(&mut so_far, "Network interface 3", &[("ip", "")]).expect("it is right");
    let answers = vm().answers(&so_far).expect("it is right");
    assert_eq!(answers.0["nic"].to_string(), r#"["","ip=dhcp",""]"#);
    let buttons = |so_far: &Given| shown(vm(), so_far).iter().filter(|p| p.ends_with(" + -")).count();
    assert_eq!(buttons(&so_far), 3);
    vm().remove_repeat(&mut so_far, "nic", 1);
    assert_eq!(so_far, given(&[("nic1", &["ip=dhcp"]), ("nic2", &[""])]));
    vm().remove_repeat(&mut so_far, "nic", 7);
    vm().remove_repeat(&mut so_far, "name", 1);
    assert_eq!(so_far.len(), 2);
    for n in 3..=8 {
        assert_eq!(vm().add_repeat(&mut so_far, "nic"), Ok(n));
    }
    let full = so_far.clone();
    let refusal = vm().add_repeat(&mut so_far, "nic").expect_err("eight are the most");
    assert_eq!((refusal.code(), so_far == full), ("too-many-at-once", true));
    assert!(shown(vm(), &so_far).iter().all(|p| !p.contains(" +")));
    assert_eq!(vm().add_repeat(&mut so_far, "name").map_err(|r| r.code()), Err("unknown-option"));
}

/// What a person could do at a page.
#[derive(Debug, Clone)]
enum Act {
    Fill(usize, Vec<(String, String)>),
    Add,
    Remove(u32),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let key = proptest::sample::select(vec![
        "node", "name", "bridge", "vlan", "ip", "ip6", "gw", "nic", "nic3", "dns", "stopped", "x",
    ]);
    let value = prop_oneof![
        proptest::sample::select(vec![
            "",
            "pve1",
            "vmbr0",
            "5",
            "dhcp",
            "10.0.0.1",
            "netbox:10.0.0.0/24@a b",
            "yes",
            "ip=dhcp"
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let fill = (0usize..30, proptest::collection::vec((key.prop_map(str::to_owned), value), 0..4));
    let act = prop_oneof![
        4 => fill.prop_map(|(page, values)| Act::Fill(page, values)),
        1 => Just(Act::Add),
        1 => (0u32..10).prop_map(Act::Remove),
    ];
    proptest::collection::vec(act, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is pressed and typed: what was taken is right as a whole and is what its own line says.
    #[test]
    fn any_way_through_the_pages(acts in acts()) {
        let mut so_far = Given::new();
        for act in acts {
            let before = so_far.clone();
            let pages = vm().wizard_pages(&before);
            match act {
                Act::Fill(at, values) => {
                    let page = &pages[at % pages.len()];
                    if vm().fill(&mut so_far, page, &values).is_err() {
                        prop_assert_eq!(&so_far, &before);
                    }
                    for option in &page.ask {
                        vm().page_value(&so_far, page, &option.name);
                    }
                }
                Act::Add => {
                    vm().add_repeat(&mut so_far, "nic").ok();
                    prop_assert!(vm().wizard_pages(&so_far).len() >= pages.len());
                }
                Act::Remove(nth) => vm().remove_repeat(&mut so_far, "nic", nth),
            }
            prop_assert!(vm().answers(&so_far).is_ok(), "{:?}", so_far);
            let line = vm().line(&so_far);
            if line.chars().count() <= crate::MAX_LINE {
                prop_assert_eq!(&catalog().read(&line).expect("our own line reads").given, &so_far, "{}", line);
            }
        }
    }
}
