use super::ios;
use crate::device::{LastChange, NoConfig, Rules, fetched, last_change};

const RAW: &str = "Building configuration...\r\n\r\nCurrent configuration : 120 bytes\r\n!\r\n\
    ! Last configuration change at 10:00:00 UTC Sun Nov 22 2026 by alice\r\n\
    hostname sw1  \r\n\r\n\r\nntp clock-period 17180000\r\nend\r\n\r\n";

#[test]
fn what_changes_by_itself_is_neither_kept_nor_compared() {
    assert_eq!(ios().stored(RAW), "!\nhostname sw1\n\n\nntp clock-period 17180000\nend\n");
    assert_eq!(ios().compared(RAW), "!\nhostname sw1\n\n\nend\n");
    let later = RAW.replace("10:00:00", "11:00:00").replace("17180000", "17180099").replace("120 bytes", "121 bytes");
    assert!(ios().same(RAW, &later));
    assert!(!ios().same(RAW, &later.replace("sw1", "sw2")));
}

#[test]
fn storing_twice_changes_nothing() {
    let once = ios().stored(RAW);
    assert_eq!(ios().stored(&once), once);
}

#[test]
fn a_wrong_pattern_is_named() {
    let wrong = Rules::default().delete(["^ok", "(open"]).expect_err("the second is wrong");
    assert_eq!(wrong.to_string(), r#"the pattern "(open" is no regular expression: unclosed group"#);
    assert!(Rules::default().ignore([r"\w{1,1000}{1,1000}"]).is_err(), "no pattern may take all memory");
}

#[test]
fn a_whole_configuration_is_taken() {
    assert_eq!(fetched(RAW, None, &ios()), Ok(()));
    assert_eq!(fetched(RAW, Some(&ios().stored(RAW)), &ios()), Ok(()));
    // Words of an error may stand inside of a line.
    let text = "hostname sw1\n description error: see ticket\nend\n";
    assert_eq!(fetched(text, None, &ios()), Ok(()));
}

#[test]
fn what_is_no_configuration_is_said() {
    let said = |raw: &str, last: Option<&str>| fetched(raw, last, &ios()).expect_err("it is none").to_string();
    assert_eq!(said("\r\n\r\n", None), "the device gave nothing");
    assert_eq!(said("Building configuration...\n", None), "the device gave nothing");
    assert_eq!(
        said("hostname sw1\ninterface Gi0/1", None),
        r#"the end is missing: the last line is "interface Gi0/1""#
    );
    assert_eq!(
        said("show run\n% Invalid input detected at '^' marker.\n", None),
        r#"the device said "% Invalid input detected at '^' marker." in line 2"#
    );
    let before = "x".repeat(100);
    assert_eq!(said("end", Some(&before)), "the device gave 4 bytes, less than half of the 100 bytes before");
    assert_eq!(said("hostname\0sw1\nend", None), "line 1 is no text");
    assert_eq!(fetched("a\0", None, &Rules::default()), Err(NoConfig::Binary { number: 1 }));
    let noise = "a\n\u{fffd}x\u{fffd}y\u{fffd}z";
    assert_eq!(fetched(noise, None, &Rules::default()), Err(NoConfig::Binary { number: 2 }), "half of it is no text");
    assert_eq!(fetched("description B\u{fffd}ro K\u{fffd}ln", None, &Rules::default()), Ok(()), "two letters are not");
}

#[test]
fn a_platform_s_own_errors_count() {
    let rules = Rules::default().errors(["^oh no"]).expect("it is a regular expression");
    assert!(matches!(fetched("oh no: not that\n", None, &rules), Err(NoConfig::Said { number: 1, .. })));
}

#[test]
fn devices_say_who_changed_them() {
    let change = |raw: &str| last_change(raw).map(|LastChange { who, when }| (who.unwrap_or_default(), when));
    let of = |who: &str, when: &str| Some((who.to_owned(), when.to_owned()));
    assert_eq!(change(RAW), of("alice", "10:00:00 UTC Sun Nov 22 2026"));
    assert_eq!(
        change("## Last commit: 2026-11-22 10:00:00 UTC by bob\nversion 23.1;\n"),
        of("bob", "2026-11-22 10:00:00 UTC")
    );
    assert_eq!(change("## Last changed: 2026-11-22 10:00:00 UTC\n"), of("", "2026-11-22 10:00:00 UTC"));
    assert_eq!(
        change("\n!Command: show run\n!Running configuration last done at: Sun Nov 22 10:00:00 2026\n"),
        of("", "Sun Nov 22 10:00:00 2026")
    );
    assert_eq!(change("hostname sw1\n"), None);
}
