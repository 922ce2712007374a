use super::*;

fn of(status: u16, phrase: &str, body: &str) -> Error {
    error_of(status, Some(phrase.as_bytes()), body.as_bytes(), &Secrets(vec![]))
}

#[test]
fn the_forms_of_a_403() {
    for (text, privilege, path) in [
        ("Permission check failed (/vms/100, VM.PowerMgmt)", Some("VM.PowerMgmt"), Some("/vms/100")),
        ("Permission check failed (/, Sys.Audit|Sys.Modify)", Some("Sys.Audit|Sys.Modify"), Some("/")),
        ("Permission check failed (user != root@pam)", None, None),
        ("Permission check failed", None, None),
        ("URI '/x' not available with API token, need proper ticket.", None, None),
        ("Permission check failed (/vms/100)", None, None),
        ("Permission check failed (", None, None),
    ] {
        let (privilege, path) = (privilege.map(str::to_owned), path.map(str::to_owned));
        assert_eq!(of(403, text, ""), Error::Denied { privilege, path, why: text.to_owned() });
    }
}

#[test]
fn the_body_says_more_than_the_phrase() {
    let body = r#"{"data":null,"message":"VM is locked (clone)\nand more\n"}"#;
    assert_eq!(of(500, "VM is locked (clone)", body), Error::Locked { why: "VM is locked (clone); and more".into() });
    assert_eq!(
        of(500, "VM is locked (clone)", r#"{"data":null}"#),
        Error::Locked { why: "VM is locked (clone)".into() }
    );
    let odd = r#"{"message":{"a":[1]},"errors":null}"#;
    assert_eq!(of(500, "VM is locked (clone)", odd), Error::Locked { why: "VM is locked (clone)".into() });
}

proptest::proptest! {
    #[test]
    fn any_answer_is_some_error(status in 300u16..=999, phrase: Vec<u8>, body: Vec<u8>) {
        let error = error_of(status, Some(&phrase), &body, &Secrets(vec!["s"]));
        let shown = format!("{error} {}", error.to_failure("lab"));
        proptest::prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }

    #[test]
    fn an_answer_of_the_usual_form_is_some_error(status in 400u16..=599, message in "\\PC{0,60}", name in "[a-z]{1,5}", what in ".{0,20}") {
        let body = serde_json::json!({"data": null, "message": message, "errors": {name: what}}).to_string();
        let error = of(status, "x", &body);
        proptest::prop_assert!(!error.to_string().chars().any(char::is_control));
    }
}
