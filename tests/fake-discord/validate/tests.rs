//! The validator itself: what it takes, what it refuses, and that it says where.

use super::{Errors, Of, Schema};
use serde_json::{Value, json};
use std::sync::Arc;

fn told(schema: &Arc<Schema>, rule: &Value, value: &Value, of: Of) -> String {
    schema.check(rule, value, of).to_string()
}

#[test]
fn numbers_may_come_as_digits_in_requests_alone() {
    let Some(schema) = Schema::load() else { return };
    let integer = json!({"type": ["integer", "null"], "minimum": 0, "maximum": 9});
    for (value, request, answer) in [
        (json!(5), "", ""),
        (json!(null), "", ""),
        (json!("5"), "", ": Value \"5\" is not int. (NUMBER_TYPE_COERCE)"),
        (
            json!("12"),
            ": int value should be less than or equal to 9. (NUMBER_TYPE_MAX)",
            ": Value \"12\" is not int. (NUMBER_TYPE_COERCE)",
        ),
        (
            json!("x"),
            ": Value \"x\" is not int. (NUMBER_TYPE_COERCE)",
            ": Value \"x\" is not int. (NUMBER_TYPE_COERCE)",
        ),
        (
            json!(1.5),
            ": Value \"1.5\" is not int. (NUMBER_TYPE_COERCE)",
            ": Value \"1.5\" is not int. (NUMBER_TYPE_COERCE)",
        ),
    ] {
        assert_eq!(told(&schema, &integer, &value, Of::Request), request, "{value}");
        assert_eq!(told(&schema, &integer, &value, Of::Answer), answer, "{value}");
    }
    // A number with a list of possible values is exactly one of them.
    let kind = json!({"type": "integer", "enum": [1]});
    assert_eq!(told(&schema, &kind, &json!("1"), Of::Request), ": Value \"1\" is not int. (NUMBER_TYPE_COERCE)");
}

#[test]
fn ids_may_come_as_numbers_in_requests_alone() {
    let Some(schema) = Schema::load() else { return };
    let id = json!({"$ref": "#/components/schemas/SnowflakeType"});
    let wrong = |value: &Value, of: Of| !told(&schema, &id, value, of).is_empty();
    assert!(!wrong(&json!("1456074443980931074"), Of::Answer) && !wrong(&json!("0"), Of::Answer));
    assert!(!wrong(&json!(0), Of::Request) && wrong(&json!(0), Of::Answer));
    for value in [json!("01"), json!("-1"), json!(-1), json!("x"), json!(""), json!(true), json!(null)] {
        assert!(wrong(&value, Of::Request), "{value}");
    }
}

#[test]
fn a_union_is_told_apart_by_type() {
    let Some(schema) = Schema::load() else { return };
    let row = |inner: Value| json!([{"type": 1, "components": [inner]}]);
    let told = |components: Value| {
        let body = json!({"content": "c", "components": components});
        schema.named("MessageCreateRequest", &body, Of::Request).to_string()
    };
    assert_eq!(told(row(json!({"type": 2, "style": 1}))), "");
    assert_eq!(
        told(row(json!({"type": 2}))),
        "components.0.components.0.style: This field is required (BASE_TYPE_REQUIRED)"
    );
    assert_eq!(
        told(row(json!({"type": 10, "content": "c"}))),
        "components.0.components.0.type: Value must be one of {2, 8, 7, 6, 3, 5}. (BASE_TYPE_CHOICES)"
    );
    assert_eq!(told(json!([{}])), "components.0.type: This field is required (BASE_TYPE_REQUIRED)");
    assert_eq!(told(json!(null)), "");
}

#[test]
fn lengths_are_counted_in_characters() {
    let Some(schema) = Schema::load() else { return };
    let text = json!({"type": "string", "minLength": 1, "maxLength": 3});
    assert_eq!(told(&schema, &text, &json!("äöü"), Of::Request), "");
    let wrong = ": Must be between 1 and 3 in length. (BASE_TYPE_BAD_LENGTH)";
    assert_eq!(told(&schema, &text, &json!("äöüß"), Of::Request), wrong);
    assert_eq!(told(&schema, &text, &json!(""), Of::Request), wrong);
    let set = json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true});
    let wrong = "1: The set already contains this value (SET_TYPE_ALREADY_CONTAINS_VALUE)";
    assert_eq!(told(&schema, &set, &json!(["a", "a"]), Of::Request), wrong);
}

#[test]
fn formats_are_looked_at() {
    let Some(schema) = Schema::load() else { return };
    let uri = json!({"type": "string", "format": "uri"});
    for right in ["https://example.org/a?b=c", "attachment://a.png", "ws://127.0.0.1:1/"] {
        assert_eq!(told(&schema, &uri, &json!(right), Of::Request), "");
    }
    for wrong in ["example.org", "https://", "https://a b", "://a", "1a://b"] {
        assert!(!told(&schema, &uri, &json!(wrong), Of::Request).is_empty(), "{wrong}");
    }
    let time = json!({"type": "string", "format": "date-time"});
    assert_eq!(told(&schema, &time, &json!("2026-01-01T00:00:00.000000+00:00"), Of::Answer), "");
    assert!(!told(&schema, &time, &json!("2026-13-01T00:00:00Z"), Of::Answer).is_empty());
}

#[test]
fn an_answer_that_lacks_a_field_is_seen() {
    let Some(schema) = Schema::load() else { return };
    let user = json!({
        "id": "1", "username": "a", "avatar": null, "discriminator": "0", "public_flags": 0, "flags": 0,
        "global_name": null, "primary_guild": null,
    });
    assert!(schema.named("UserResponse", &user, Of::Answer).is_empty());
    for field in user.as_object().unwrap().keys() {
        let mut less = user.clone();
        less.as_object_mut().unwrap().shift_remove(field);
        let told = schema.named("UserResponse", &less, Of::Answer).to_string();
        assert_eq!(told, format!("{field}: This field is required (BASE_TYPE_REQUIRED)"));
    }
}

#[test]
fn errors_are_nested_as_discord_does() {
    let mut errors = Errors::default();
    errors.length(&["data".to_owned(), "components".to_owned()], 1, 5);
    errors.required(&["type".to_owned()]);
    let expected = json!({
        "data": {"components": {"_errors": [
            {"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be between 1 and 5 in length."},
        ]}},
        "type": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]},
    });
    assert_eq!(errors.nested(), expected);
}
