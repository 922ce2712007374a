use super::*;
use proptest::prelude::*;

#[derive(Debug, Deserialize, PartialEq)]
struct Row<'a> {
    #[serde(default, deserialize_with = "number")]
    number: Option<u64>,
    #[serde(default, deserialize_with = "float")]
    float: Option<f64>,
    #[serde(default, deserialize_with = "flag")]
    flag: bool,
    #[serde(borrow, default, deserialize_with = "text")]
    text: Option<Text<'a>>,
}

/// The same value in every field.
fn row(value: &str) -> (Option<u64>, Option<f64>, bool, Option<String>) {
    let body = format!(r#"{{"number":{value},"float":{value},"flag":{value},"text":{value}}}"#);
    let row: Row<'_> = serde_json::from_str(&body).expect("a row");
    (row.number, row.float, row.flag, row.text.map(|t| t.0.into_owned()))
}

#[test]
fn scalars_in_all_their_dresses() {
    let text = |t: &str| Some(t.to_owned());
    for (value, right) in [
        ("1", (Some(1), Some(1.0), true, text("1"))),
        ("\"1\"", (Some(1), Some(1.0), true, text("1"))),
        ("true", (Some(1), Some(1.0), true, text("1"))),
        ("false", (Some(0), Some(0.0), false, text("0"))),
        ("0", (Some(0), Some(0.0), false, text("0"))),
        ("\"0\"", (Some(0), Some(0.0), false, text("0"))),
        ("\"on\"", (None, None, true, text("on"))),
        ("\"Yes\"", (None, None, true, text("Yes"))),
        ("\"\"", (None, None, false, None)),
        ("null", (None, None, false, None)),
        ("-5", (None, Some(-5.0), true, text("-5"))),
        ("1.5", (Some(1), Some(1.5), true, text("1.5"))),
        ("\"1.5e3\"", (Some(1500), Some(1500.0), false, text("1.5e3"))),
        ("18446744073709551615", (Some(u64::MAX), Some(u64::MAX as f64), true, text("18446744073709551615"))),
        ("\"nan\"", (None, None, false, text("nan"))),
        ("\"inf\"", (None, None, false, text("inf"))),
        ("[1,{\"a\":2}]", (None, None, false, None)),
        ("{\"a\":[null]}", (None, None, false, None)),
    ] {
        assert_eq!(row(value), right, "{value}");
    }
    assert_eq!(
        serde_json::from_str::<Row<'_>>("{}").expect("all optional"),
        Row { number: None, float: None, flag: false, text: None }
    );
}

#[test]
fn text_is_borrowed_where_it_can_be() {
    let row: Row<'_> = serde_json::from_str(r#"{"text":"web1"}"#).expect("a row");
    assert!(matches!(row.text, Some(Text(Cow::Borrowed("web1")))));
    let row: Row<'_> = serde_json::from_str(r#"{"text":"we\u0062"}"#).expect("a row");
    assert!(matches!(row.text, Some(Text(Cow::Owned(text))) if text == "web"));
}

#[test]
fn garbage_is_described_and_not_repeated() {
    for (body, what) in [
        ("{\"data\":", "ends too early"),
        ("<html>", "no JSON"),
        ("{\"data\":[]}", "expected form"),
        ("{}", "expected form"),
    ] {
        let error = data::<Owned2>(body.as_bytes()).expect_err("not that");
        assert!(error.to_string().contains(what), "{body}: {error}");
    }
    let error = data::<Owned2>(br#"{"data":{"n":{"secret":1}}} hunter2"#).expect_err("more behind it");
    assert!(!error.to_string().contains("hunter2"));
}

#[derive(Debug, Deserialize)]
struct Owned2 {
    #[expect(dead_code, reason = "only its shape matters")]
    n: BTreeMapOfFlags,
}

type BTreeMapOfFlags = std::collections::BTreeMap<String, Flag>;

proptest! {
    #[test]
    fn whole_numbers_survive_as_text(n: u64) {
        let as_text = row(&format!("\"{n}\""));
        prop_assert_eq!(as_text.0, Some(n));
        prop_assert_eq!(row(&n.to_string()).0, Some(n));
    }

    #[test]
    fn any_text_is_read(t in ".{0,40}") {
        let (_, float, _, text) = row(&serde_json::to_string(&t).expect("text"));
        prop_assert_eq!(text.unwrap_or_default(), t);
        prop_assert!(float.is_none_or(f64::is_finite));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>) {
        let _ = (data::<Owned>(&body), data::<Vec<Flag>>(&body), data::<Vec<Float>>(&body));
    }
}
