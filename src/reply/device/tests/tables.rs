//! What our tables read of their samples, and what is said of bad ones.

use crate::device::Templates;

fn told(platform: &str, command: &str) -> String {
    let templates = Templates::new([]);
    let name = format!("{platform}/{}", command.replace(' ', "_"));
    let sample = templates.tables.sample(&name).expect("it has a sample").to_owned();
    let found = templates.table(platform, command, &sample).expect("it is there").expect("it reads");
    let line = |cells: &[String]| cells.join(" | ").trim_end().to_owned() + "\n";
    found.rows.iter().fold(line(&found.columns), |all, row| all + &line(row))
}

#[test]
fn vlans() {
    insta::assert_snapshot!(told("eos", "show vlan"), @"
    vlan | name | status | ports
    1 | default | active | Et5, Et6
    100 | servers | active | Cpu, Et1, Et2, Et3, Et4, Et7, Po1
    200 | lab | suspended |
    4093 | VLAN4093 | active | Po1
    ");
    insta::assert_snapshot!(told("ios", "show vlan brief"), @"
    vlan | name | status | ports
    1 | default | active | Gi1/0/5, Gi1/0/6, Gi1/0/7, Gi1/0/8
    100 | servers | active |
    200 | lab | active | Gi1/0/2
    1002 | fddi-default | act/unsup |
    ");
}

#[test]
fn ports() {
    insta::assert_snapshot!(told("eos", "show interfaces status"), @"
    port | name | status | vlan | duplex | speed | type
    Et1 | to core 1 | connected | trunk | full | 10G | 10GBASE-SR
    Et2 |  | notconnect | 1 | full | 10G | Not Present
    Et3 | to sw2 | connected | in Po1 | full | 10G | 10GBASE-CR
    Et4 | spare | disabled | 999 | auto | auto | 10GBASE-T
    Ma1 |  | connected | routed | a-full | a-1G | 10/100/1000
    Po1 | trunk to sw2 | connected | trunk | full | 20G | N/A
    ");
    insta::assert_snapshot!(told("ios", "show interfaces status"), @"
    port | name | status | vlan | duplex | speed | type
    Gi1/0/1 | to pve3 | connected | trunk | a-full | a-1000 | 10/100/1000BaseTX
    Gi1/0/2 |  | connected | 200 | a-full | a-100 | 10/100/1000BaseTX
    Gi1/0/3 | spare | disabled | 999 | auto | auto | 10/100/1000BaseTX
    Gi1/0/4 |  | notconnect | 1 | auto | auto | 10/100/1000BaseTX
    Te1/1/1 | uplink to core | err-disabled | routed | full | 10G | SFP-10GBase-SR
    Po1 | trunk | connected | trunk | a-full | a-1000 | N/A
    ");
    insta::assert_snapshot!(told("junos", "show interfaces terse"), @"
    interface | admin | link | proto | local | remote
    ge-0/0/0 | up | up |  |  |
    ge-0/0/0.0 | up | up | eth-switch |  |
    ge-0/0/1 | up | down |  |  |
    me0 | up | up |  |  |
    me0.0 | up | up | inet | 10.0.10.3/24 |
    me0.0 | up | up | inet6 | 2001:db8:10::3/64 |
    me0.0 | up | up |  | fe80::205:86ff:fe00:3/64 |
    lo0.0 | up | up | inet | 192.0.2.3 | 0/0
    ");
}

#[test]
fn versions() {
    insta::assert_snapshot!(told("eos", "show version"), @"
    model | version | serial | uptime
    DCS-7050TX-64-R | 4.31.2F | ABC12345678 | 3 weeks, 2 days, 4 hours and 11 minutes
    ");
    insta::assert_snapshot!(told("ios", "show version"), @"
    model | version | serial | uptime
    C9200-24T | 17.9.4a | JAE00000001 | 5 weeks, 1 day, 3 hours, 20 minutes
    ");
}

#[test]
fn a_table_is_found_by_the_words_of_its_command() {
    let own = |text: &str| Templates::new([("eos/show_clock.textfsm".to_owned(), text.to_owned())]);
    let right = own("Value AT (\\S+)\n\nStart\n  ^now ${AT} -> Record\n");
    assert!(right.tables_of("eos").contains(&"show clock".to_owned()));
    let rows =
        right.table("eos", " Show   CLOCK", "now 12:00\nnow 12:01").expect("it is there").expect("it reads").rows;
    assert_eq!(rows, [["12:00"], ["12:01"]]);
    assert_eq!(right.table("ios", "show clock", "now 12:00"), None);
    assert_eq!(right.table("eos", "show clock detail", "now 12:00"), None);
    let strict = own("Value AT (\\S+)\n\nStart\n  ^now ${AT} -> Record\n  ^. -> Error \"no clock\"\n");
    let why = strict.table("eos", "show clock", "it is late").expect("it is there").expect_err("an error of its own");
    assert!(why.starts_with("eos/show_clock.textfsm: ") && why.contains("no clock"), "{why}");
    let broken = own("Value AT (\\S+\n\nStart\n");
    let why = broken.table("eos", "show clock", "").expect("it is there").expect_err("it cannot be read");
    assert!(why.starts_with("eos/show_clock.textfsm: "), "{why}");
}
