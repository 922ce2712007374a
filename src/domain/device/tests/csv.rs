use crate::device::csv::{Otherwise, read};

fn wrong(file: &str) -> Vec<String> {
    read(file, &Otherwise::default()).expect_err("it is wrong").iter().map(ToString::to_string).collect()
}

#[test]
fn rows_take_what_they_say_and_else_what_is_given_for_all() {
    let otherwise = Otherwise { site: Some("lab".to_owned()), ..Otherwise::default() };
    let file = "\u{feff}ip,name,site\n# spare\n\n192.0.2.1,sw1\r\n\"2001:db8::1\",\"core, \"\"one\"\"\",\"New York\",Router,ASR1000\nsw3.example.net,sw3,,leaf\n";
    let rows = read(file, &otherwise).expect("it is right");
    let told: Vec<_> = rows
        .iter()
        .map(|r| (r.line, r.host.as_str(), r.name.as_str(), r.site.as_deref(), r.role.as_deref(), r.kind.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (4, "192.0.2.1", "sw1", Some("lab"), None, None),
            (5, "2001:db8::1", "core, \"one\"", Some("New York"), Some("Router"), Some("ASR1000")),
            (6, "sw3.example.net", "sw3", Some("lab"), Some("leaf"), None),
        ]
    );
}

#[test]
fn all_that_is_wrong_is_told_by_line() {
    assert_eq!(
        wrong(
            "192.0.2.1,sw1\n192.0.2.999,sw2\n,sw3\n192.0.2.4\n192.0.2.5,SW1\n192.0.2.6,a,b,c,d,e\n192.0.2.7,\"open\n192.0.2.8,\"a\"b\n"
        ),
        [
            "line 2: \"192.0.2.999\" is no address and no host name",
            "line 3: the address is missing",
            "line 4: the name is missing",
            "line 5: SW1 is in line 1 already",
            "line 6: 6 fields, there are five: IP,NAME,SITE,ROLE,TYPE",
            "line 7: a quotation does not end",
            "line 8: something follows a quotation before the comma",
        ]
    );
    assert_eq!(wrong("ip,name\n"), ["line 1: there is no device in this file"]);
}
