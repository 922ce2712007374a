//! The life of interactions and messages, as the bot and as people see it.

use crate::support::{Ask, ask, callback, get, lab, ops, reply, webhook};
use fake_discord::{AnswerKind, permission};
use serde_json::{Value, json};
use std::time::Duration;

fn buttons() -> Value {
    json!([{"type": 1, "components": [
        {"type": 2, "style": 3, "label": "Yes", "custom_id": "y"},
        {"type": 2, "style": 2, "label": "No", "custom_id": "n", "disabled": true},
    ]}])
}

fn modal() -> Value {
    json!({"type": 9, "data": {"custom_id": "m", "title": "Name it", "components": [
        {"type": 1, "components": [
            {"type": 4, "custom_id": "name", "style": 1, "label": "Name", "min_length": 2, "max_length": 5},
        ]},
    ]}})
}

#[tokio::test]
async fn a_command_is_answered_and_its_button_pressed() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    let asked = bob.slash("guest list", &[("tag", json!("web"))]).unwrap();
    assert!(asked.answer_now().is_none());
    reply(&fake, &asked, json!({"type": 4, "data": {"content": "Two guests", "components": buttons()}})).await;
    assert_eq!(asked.answer().await.kind, AnswerKind::Message);
    assert_eq!(bob.sees_text("Two guests").await.buttons(), ["Yes", "No"]);
    assert_eq!(ops(&fake, "carol").sees().len(), 1);

    bob.click("No").unwrap_err();
    bob.click("Maybe").unwrap_err();
    let pressed = bob.click("Yes").unwrap();
    reply(&fake, &pressed, json!({"type": 7, "data": {"content": "Done", "components": []}})).await;
    let seen = bob.sees();
    assert_eq!((seen.len(), seen[0].content.as_str(), seen[0].edited), (1, "Done", 1));
    assert!(seen[0].buttons().is_empty());
    fake.assert_clean();
}

#[tokio::test]
async fn three_seconds_for_the_first_answer_and_fifteen_minutes_for_the_rest() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    let (late, timely) = (bob.slash("ping", &[]).unwrap(), bob.slash("ping", &[]).unwrap());
    fake.clock().advance(Duration::from_millis(3000));
    reply(&fake, &timely, json!({"type": 5})).await;
    fake.clock().advance(Duration::from_millis(1));
    let got = ask(&fake, "POST", &callback(&late), json!({"type": 5})).await;
    assert_eq!((got.status, &got.body), (404, &json!({"message": "Unknown interaction", "code": 10062})));
    assert!(late.has_failed() && !timely.has_failed());

    let original = webhook(&fake, &timely, "/messages/@original");
    fake.clock().advance(Duration::from_secs(15 * 60) - Duration::from_millis(3001));
    assert_eq!(ask(&fake, "PATCH", &original, json!({"content": "in time"})).await.status, 200);
    fake.clock().advance(Duration::from_millis(1));
    let got = ask(&fake, "PATCH", &original, json!({"content": "too late"})).await;
    assert_eq!((got.status, &got.body), (401, &json!({"message": "Invalid Webhook Token", "code": 50027})));
    fake.assert_clean();
}
