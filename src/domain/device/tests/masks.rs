use super::ios;
use crate::device::{Diff, Mask, Rules};

const TEXT: &str =
    "snmp-server community public RO\nusername a secret 5 $1$abc\nenable secret 5 $1$abc\nhostname key\n";

#[test]
fn secrets_are_masked_the_same_each_time() {
    let mask = Mask::new([7; 32]);
    let masked = mask.text(TEXT, &ios());
    let lines: Vec<&str> = masked.lines().collect();
    assert!(lines[0].starts_with("snmp-server community <masked:") && lines[0].ends_with("> RO"), "{masked}");
    assert_eq!(lines[1].rsplit(' ').next(), lines[2].rsplit(' ').next(), "one secret has one mark");
    assert_eq!(lines[3], "hostname key");
    assert!(!masked.contains("public") && !masked.contains("$1$"));
    assert_eq!(mask.text(TEXT, &ios()), masked);
    assert_eq!(mask.text(&masked, &ios()), masked, "masking twice changes nothing");
}

#[test]
fn another_installation_has_other_marks() {
    assert_ne!(Mask::new([1; 32]).text(TEXT, &ios()), Mask::new([2; 32]).text(TEXT, &ios()));
}

#[test]
fn a_changed_secret_is_seen_and_not_read() {
    let mask = Mask::new([7; 32]);
    let after = TEXT.replace("public", "private");
    let diff = Diff::of(&mask.text(TEXT, &ios()), &mask.text(&after, &ios()));
    assert_eq!((diff.added, diff.removed), (1, 1));
    assert!(!diff.text.contains("public") && !diff.text.contains("private"), "{}", diff.text);
}

#[test]
fn groups_quotes_and_whole_matches() {
    let rules = Rules::default()
        .secrets([r#"secret ("[^"]*"|\S+)"#, r"ftp://[^:]+:([^@]+)@", "TOPSECRET"])
        .expect("these are regular expressions");
    let mask = Mask::new([7; 32]);
    let masked = mask.text("secret \"a b\"; x\nurl ftp://u:pw@h/x\nTOPSECRET\nsecret bare\nsecret \"bare\"", &rules);
    let lines: Vec<&str> = masked.lines().collect();
    assert!(lines[0].starts_with("secret \"<masked:") && lines[0].ends_with(">\"; x"), "{masked}");
    assert!(lines[1].starts_with("url ftp://u:<masked:") && lines[1].ends_with(">@h/x"), "{masked}");
    assert!(lines[2].starts_with("<masked:"), "{masked}");
    assert_eq!(lines[3].trim_start_matches("secret "), lines[4].trim_start_matches("secret ").trim_matches('"'));
    assert!(format!("{mask:?}").len() < 10, "the key is not shown");
}
