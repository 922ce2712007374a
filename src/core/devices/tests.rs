//! What is decided without a device.

use super::*;
use direttore_clients::device::platform;

#[test]
fn every_platforms_patterns_are_rules() {
    for platform in platform::ALL {
        let rules = rules_of(platform);
        assert_eq!(rules.stored("a \r\n\n\n"), "a\n", "{platform}");
    }
}

#[test]
fn checks_are_those_that_are_always_and_those_that_are_named() {
    let mut settings = Settings::at("/nowhere".into(), [7; 32]);
    let check = |name: &str, platform: Option<&str>, always| Check {
        name: name.to_owned(),
        platform: platform.map(str::to_owned),
        command: "show x".to_owned(),
        expect: "y".to_owned(),
        always,
    };
    settings.checks =
        vec![check("a", None, true), check("b", Some("arista_eos"), false), check("c", Some("juniper_junos"), true)];
    let names = |platform: &str, named: &[&str]| {
        let named: Vec<String> = named.iter().map(|n| (*n).to_owned()).collect();
        settings.checks_of(platform, &named).map(|all| all.iter().map(|c| c.name.clone()).collect::<Vec<_>>())
    };
    assert_eq!(names("arista_eos", &[]), Ok(vec!["a".to_owned()]));
    assert_eq!(names("arista_eos", &["b"]), Ok(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(names("juniper_junos", &["b"]), Ok(vec!["a".to_owned(), "c".to_owned()]), "a check of another platform");
    assert_eq!(names("arista_eos", &["d"]), Err("d".to_owned()));
}
