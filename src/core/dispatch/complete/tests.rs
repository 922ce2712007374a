//! What is offered can be put into the line, and the line is then read as it was meant.

use super::*;

fn choice(value: &str) -> Choice {
    (value.to_owned(), String::new())
}

/// The line once a value is chosen.
fn chosen(line: &str, value: &str) -> String {
    let Completion { start, want } = catalog().complete(line, line.len());
    let Want::Live { words, .. } = want else { panic!("{line} asks for nothing live") };
    let Completed { start, values } = completed(start, vec![choice(value)], words);
    format!("{}{}", &line[..start], values[0].0)
}

#[test]
fn a_value_stands_behind_the_name_of_its_option() {
    assert_eq!(chosen("guest list node=pv", "pve1"), "guest list node=pve1");
    assert_eq!(chosen("guest list pool=", "lab"), "guest list pool=lab");
    assert_eq!(chosen("power stop guest=web1,w", "web2"), "power stop guest=web1,web2");
    assert_eq!(chosen("ipam allocate prefix=10.", "10.0.10.0/24"), "ipam allocate prefix=10.0.10.0/24");
    for (line, key, value) in [("guest list node=pv", "node", "pve1"), ("ipam prefixes site=l", "site", "Lab 1")] {
        let said = chosen(line, value);
        let asked = catalog().read(&said).expect("a line that can be read");
        assert_eq!(asked.given[key], [value], "{said}");
    }
}

#[test]
fn a_value_without_a_name_stands_alone() {
    assert_eq!(chosen("guest show w", "web1"), "guest show web1");
    assert_eq!(chosen("inventory device s", "sw 1"), "inventory device \"sw 1\"");
    let nic = "provision vm web1 nic1=\"ip=netbox:10.";
    assert_eq!(chosen(nic, "netbox:10.0.10.0/24"), "provision vm web1 nic1=\"ip=netbox:10.0.10.0/24");
}

#[test]
fn what_begins_so_comes_first_and_there_is_an_end() {
    let all = ["old-local", "Local", "local-lvm", "ceph"].map(choice).to_vec();
    let names: Vec<String> = ranked(all, "lo").into_iter().map(|(value, _)| value).collect();
    assert_eq!(names, ["Local", "local-lvm", "old-local"]);
    let many: Vec<Choice> = (0..100).map(|n| choice(&format!("s{n}"))).collect();
    assert_eq!(completed(0, many.clone(), vec![]).values.len(), MOST);
    assert_eq!(ranked(many, "").len(), MOST);
}

#[test]
fn reservations_are_found_by_number_and_by_what_they_are_of() {
    let all = vec![
        ("R-2".to_owned(), "pve1, 2026-12-01 10:00 to 12:00 UTC (+00:00), kernel tests".to_owned()),
        ("R-12".to_owned(), "web1 (101), 2026-12-02 10:00 to 12:00 UTC (+00:00)".to_owned()),
        ("R-20".to_owned(), "Rack-A, 2026-12-03 10:00 to 12:00 UTC (+00:00)".to_owned()),
    ];
    let found = |typed: &str| -> Vec<String> {
        by_name_or_words(all.clone(), typed).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(found(""), ["R-2", "R-12", "R-20"]);
    assert_eq!(found("r-1"), ["R-12"]);
    assert_eq!(found("2"), ["R-2", "R-20", "R-12"]);
    assert_eq!(found("rack"), ["R-20"]);
    assert_eq!(found("Kernel"), ["R-2"]);
    assert_eq!(found("pve9"), Vec::<String>::new());
    let many: Vec<Choice> = (1..100).map(|n| choice(&format!("R-{n}"))).collect();
    assert_eq!(by_name_or_words(many, "").len(), MOST);
    assert_eq!(chosen("reserve show R", "R-12"), "reserve show R-12");
    assert_eq!(chosen("reserve new p", "pve1"), "reserve new pve1");
}
