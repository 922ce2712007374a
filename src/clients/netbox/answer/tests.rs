use super::*;
use proptest::prelude::*;
use serde_json::json;

fn of(status: u16, body: &Value) -> Error {
    error_of(status, &HeaderMap::new(), body.to_string().as_bytes(), &Secrets(vec![]))
}

#[test]
fn errors_of_a_list_are_numbered_as_it_was_sent() {
    let Error::Refused { why, errors, .. } = of(
        400,
        &json!({"detail": "Some objects are not valid.", "errors": [
            {"index": 2, "errors": {"name": ["This field is required."], "__all__": ["Both are bad."]}},
            {"index": 5, "errors": {"vm": {"id": ["gone"]}}},
        ]}),
    ) else {
        panic!("refused")
    };
    assert_eq!(why, "Some objects are not valid.");
    let errors: Vec<String> = errors.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(errors, ["[2]=Both are bad.", "[2].name=This field is required.", "[5].vm.id=gone"]);
}

#[test]
fn several_texts_of_one_field_are_joined() {
    let error = of(400, &json!({"name": ["Too long.", "Not nice."], "size": 5, "none": null, "empty": []}));
    assert_eq!(error.to_string(), "refused: values are not accepted (name: Too long. Not nice.; size: 5)");
}

#[test]
fn a_duplicate_beside_another_fault_is_a_refusal() {
    let taken = "Duplicate IP address found in global table: 10.0.0.1/24";
    assert!(matches!(of(400, &json!({"address": [taken]})), Error::Duplicate { why } if why == taken));
    assert!(matches!(of(400, &json!({"address": [taken], "dns_name": ["bad"]})), Error::Refused { .. }));
    assert!(matches!(of(404, &json!({"address": [taken]})), Error::NotFound { .. }));
}

#[test]
fn any_body_of_any_status_is_an_error_that_can_be_said() {
    let bodies: [&[u8]; 9] =
        [b"", b"null", b"[]", b"{}", b"\"x\"", b"<", b"<title", b"<title>a</title>", &[0xff, 0x3c, 0x00]];
    for status in 300..=599 {
        for body in bodies {
            let error = error_of(status, &HeaderMap::new(), body, &Secrets(vec!["s"]));
            assert!(error.to_string().chars().count() > 3, "{status}");
            assert!(!error.to_string().contains("title"), "{status}");
            assert!(status >= 500 || !error.may_have_been_done(), "{status}");
        }
    }
}

proptest! {
    #[test]
    fn any_page_has_a_title_or_none(page in "(<title>?|</title|>|&lt;|[A-Zİß<> ]|\\PC){0,30}") {
        if let Some(title) = title(&page) {
            prop_assert!(!title.is_empty() && title.chars().count() <= 500);
        }
    }
}
