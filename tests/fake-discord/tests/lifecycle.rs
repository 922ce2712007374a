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

#[tokio::test]
async fn ephemerality_is_fixed_by_the_first_answer() {
    let Some(fake) = lab().await else { return };
    let (bob, carol) = (ops(&fake, "bob"), ops(&fake, "carol"));
    let hidden = bob.slash("ping", &[]).unwrap();
    reply(&fake, &hidden, json!({"type": 5, "data": {"flags": 64}})).await;
    assert_eq!(hidden.answer().await.kind, AnswerKind::Deferred);
    assert!(bob.sees()[0].is_loading && carol.sees().is_empty());
    // The first followup is what was waited for; its own flags say nothing.
    let got = ask(&fake, "POST", &webhook(&fake, &hidden, ""), json!({"content": "for bob"})).await;
    assert_eq!((got.status, &got.body["flags"]), (200, &json!(64)));
    assert_eq!((bob.sees().len(), bob.sees()[0].content.as_str(), bob.sees()[0].edited), (1, "for bob", 0));
    let shown = json!({"content": "for all", "flags": 0});
    assert_eq!(ask(&fake, "PATCH", &webhook(&fake, &hidden, "/messages/@original"), shown).await.status, 200);
    assert!(carol.sees().is_empty());
    // A later followup is a message of its own, and says itself who sees it.
    let got = ask(&fake, "POST", &webhook(&fake, &hidden, ""), json!({"content": "public"})).await;
    assert_eq!((got.body["flags"].as_u64(), carol.sees().len()), (Some(0), 1));
    let id = got.body["id"].as_str().unwrap().to_owned();
    let path = webhook(&fake, &hidden, &format!("/messages/{id}"));
    assert_eq!(get(&fake, &path).await.body["content"], "public");
    assert_eq!(Ask::bare(&fake, "DELETE", &path).send(&fake).await.status, 204);
    assert_eq!(get(&fake, &path).await.body["code"], 10008);
    assert_eq!(hidden.messages().len(), 1);

    let open = bob.slash("ping", &[]).unwrap();
    reply(&fake, &open, json!({"type": 5})).await;
    let path = webhook(&fake, &open, "");
    assert_eq!(ask(&fake, "POST", &path, json!({"content": "c", "flags": 64})).await.body["flags"], 0);
    assert_eq!(carol.sees_text("c").await.flags, 0);
    fake.assert_clean();
}

#[tokio::test]
async fn original_is_what_the_answer_made_or_changed() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    let asked = bob.slash("ping", &[]).unwrap();
    reply(&fake, &asked, json!({"type": 4, "data": {"content": "c", "components": buttons()}})).await;
    let pressed = bob.click("y").unwrap();
    reply(&fake, &pressed, json!({"type": 6})).await;
    assert_eq!(pressed.answer().await.kind, AnswerKind::DeferredUpdate);
    let original = webhook(&fake, &pressed, "/messages/@original");
    assert_eq!(get(&fake, &original).await.body["id"], asked.reply().await.id.to_string());
    assert_eq!(ask(&fake, "PATCH", &original, json!({"content": "d"})).await.status, 200);
    assert_eq!(bob.sees()[0].content, "d");

    // From a button, a modal's answer may change the button's message.
    let pressed = bob.click("Yes").unwrap();
    reply(&fake, &pressed, modal()).await;
    let submitted = bob.submit_modal(&[("Name", json!("web"))]).unwrap();
    reply(&fake, &submitted, json!({"type": 7, "data": {"content": "named", "components": []}})).await;
    assert_eq!((bob.sees().len(), bob.sees()[0].content.as_str()), (1, "named"));
    assert_eq!(
        Ask::bare(&fake, "DELETE", &webhook(&fake, &submitted, "/messages/@original")).send(&fake).await.status,
        204
    );
    assert!(bob.sees().is_empty());
    assert_eq!(ask(&fake, "PATCH", &original, json!({"content": "e"})).await.body["code"], 10008);
    fake.assert_clean();
}

#[tokio::test]
async fn with_response_shows_what_was_made() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    let asked = bob.slash("ping", &[]).unwrap();
    let path = format!("{}?with_response=true", callback(&asked));
    let got = ask(&fake, "POST", &path, json!({"type": 4, "data": {"content": "c", "flags": "64"}})).await;
    assert_eq!((got.status, &got.body["resource"]["message"]["content"]), (200, &json!("c")));
    assert_eq!(got.body["interaction"]["type"], 2);
    let asked = bob.slash("ping", &[]).unwrap();
    let got = ask(&fake, "POST", &format!("{}?with_response=true", callback(&asked)), modal()).await;
    assert_eq!((got.status, got.body.get("resource")), (200, None));
    fake.assert_clean();
}

#[tokio::test]
async fn files_come_stay_and_go() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    let asked = bob.slash("ping", &[]).unwrap();
    reply(&fake, &asked, json!({"type": 5})).await;
    let original = webhook(&fake, &asked, "/messages/@original");
    let body = json!({"embeds": [{"title": "t", "image": {"url": "attachment://plan.png"}}],
        "attachments": [{"id": 0, "filename": "plan.png", "description": "The plan"}, {"id": "1"}]});
    let files: [(&str, &str, &[u8]); 2] = [("files[0]", "x.png", b"\x89PNG"), ("files[1]", "b.txt", b"bytes")];
    let got = Ask::multipart(&fake, "PATCH", &original, &body, &files).send(&fake).await;
    assert_eq!(got.status, 200, "{:?}", got.body);
    let seen = bob.sees().remove(0);
    let names: Vec<&str> = seen.attachments.iter().map(|a| a.file.name.as_str()).collect();
    assert_eq!((names, &seen.attachments[0].file.bytes[..]), (vec!["plan.png", "b.txt"], &b"\x89PNG"[..]));
    assert_eq!(seen.attachments[0].description.as_deref(), Some("The plan"));
    // An edit without a list keeps them; one with a list keeps what it names.
    ask(&fake, "PATCH", &original, json!({"content": "c"})).await;
    assert_eq!(bob.sees()[0].attachments.len(), 2);
    let keep = json!({"embeds": [], "attachments": [{"id": seen.attachments[1].id.to_string()}]});
    ask(&fake, "PATCH", &original, keep).await;
    assert_eq!(bob.sees()[0].attachments.iter().map(|a| a.file.name.as_str()).collect::<Vec<_>>(), ["b.txt"]);
    let got =
        ask(&fake, "PATCH", &original, json!({"attachments": [{"id": seen.attachments[0].id.to_string()}]})).await;
    assert_eq!(got.body["code"], 50035);
    fake.take_violations();
    ask(&fake, "PATCH", &original, json!({"attachments": []})).await;
    assert!(bob.sees()[0].attachments.is_empty());
    let record = fake.until_requests(|all| all.iter().any(|r| !r.files.is_empty())).await;
    let sent = record.iter().find(|r| !r.files.is_empty()).unwrap();
    assert_eq!(
        (sent.route.as_str(), sent.files[1].bytes.as_slice()),
        ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", &b"bytes"[..])
    );
    fake.assert_clean();
}

#[tokio::test]
async fn mentions_are_evaluated() {
    let Some(fake) = lab().await else { return };
    let path = format!("/channels/{}/messages", fake.channel_id("ops"));
    let (bob, role) = (fake.user_id("bob"), fake.role_id("operator"));
    let content = format!("<@{bob}> <@&{role}> @everyone");
    let pinged = async |allowed: Value| {
        let mut body = json!({"content": content});
        if !allowed.is_null() {
            body["allowed_mentions"] = allowed;
        }
        let sent = ask(&fake, "POST", &path, body).await;
        let id = sent.body["id"].as_str().unwrap().parse().unwrap();
        let pings = fake.message(id).unwrap().pinged().clone();
        (pings.users.contains(&bob), pings.roles.contains(&role), pings.everyone)
    };
    assert_eq!(pinged(Value::Null).await, (true, true, true));
    assert_eq!(pinged(json!({"parse": []})).await, (false, false, false));
    assert_eq!(pinged(json!({"parse": ["users"]})).await, (true, false, false));
    assert_eq!(pinged(json!({"users": [bob.to_string()]})).await, (true, false, false));
    assert_eq!(pinged(json!({"users": ["1"], "roles": [role.to_string()]})).await, (false, true, false));
    assert_eq!(pinged(json!({"parse": ["everyone"]})).await, (false, false, true));
    // A text display calls as content does, an embed never.
    let embed = json!({"embeds": [{"title": content}]});
    let sent = ask(&fake, "POST", &path, embed).await;
    assert!(fake.message(sent.body["id"].as_str().unwrap().parse().unwrap()).unwrap().pinged().is_empty());
    let text = json!({"flags": 32768, "components": [{"type": 10, "content": content}]});
    let sent = ask(&fake, "POST", &path, text).await;
    assert!(fake.message(sent.body["id"].as_str().unwrap().parse().unwrap()).unwrap().pinged().everyone);
    fake.assert_clean();
}

#[tokio::test]
async fn what_the_bot_reads_fits_the_description() {
    let Some(fake) = lab().await else { return };
    let (application, guild) = (fake.application_id(), fake.guild_id("lab"));
    let alice = fake.user_id("alice");
    let commands = format!("/applications/{application}/guilds/{guild}/commands");
    let one = get(&fake, &commands).await.body[0]["id"].as_str().unwrap().to_owned();
    let dm = ask(&fake, "POST", "/users/@me/channels", json!({"recipient_id": alice.to_string()})).await;
    assert_eq!(dm.body["recipients"][0]["username"], "alice");
    for path in [
        "/gateway".to_owned(),
        "/gateway/bot".to_owned(),
        "/users/@me".to_owned(),
        "/users/@me/guilds".to_owned(),
        format!("/users/{alice}"),
        "/applications/@me".to_owned(),
        "/oauth2/applications/@me".to_owned(),
        format!("{commands}?with_localizations=true"),
        format!("{commands}/{one}"),
        format!("/channels/{}", fake.channel_id("ops")),
        format!("/channels/{}", dm.body["id"].as_str().unwrap()),
        format!("/channels/{}/messages?limit=3", fake.channel_id("ops")),
        format!("/guilds/{guild}"),
        format!("/guilds/{guild}/channels"),
        format!("/guilds/{guild}/roles"),
        format!("/guilds/{guild}/members/{alice}"),
    ] {
        let got = get(&fake, &path).await;
        assert_eq!((got.status, &got.headers["content-type"]), (200, &"application/json".parse().unwrap()), "{path}");
    }
    let edit = json!({"description": "Other words", "default_member_permissions": 8});
    let got = ask(&fake, "PATCH", &format!("{commands}/{one}"), edit).await;
    assert_eq!(
        (&got.body["description"], &got.body["default_member_permissions"]),
        (&json!("Other words"), &json!("8"))
    );
    assert_eq!(Ask::bare(&fake, "DELETE", &format!("{commands}/{one}")).send(&fake).await.status, 204);
    let typing = format!("/channels/{}/typing", fake.channel_id("ops"));
    assert!(Ask::bare(&fake, "POST", &typing).send(&fake).await.status < 300);
    fake.permit_bot("ops", permission::ALL);
    fake.assert_clean();
}

#[tokio::test]
async fn every_component_comes_back_as_described() {
    let Some(fake) = lab().await else { return };
    let path = format!("/channels/{}/messages", fake.channel_id("ops"));
    let button = json!({"type": 2, "style": 1, "label": "B", "custom_id": "b"});
    let media = json!({"url": "https://example.org/a.png"});
    let row = |select: Value| json!({"type": 1, "components": [select]});
    let body = json!({"flags": 32768, "attachments": [{"id": 0}], "components": [
        {"type": 17, "components": [
            {"type": 10, "content": "text"},
            {"type": 9, "components": [{"type": 10, "content": "beside"}], "accessory": button},
            {"type": 9, "components": [{"type": 10, "content": "beside"}], "accessory": {"type": 11, "media": media}},
            {"type": 12, "items": [{"media": media}]}, {"type": 14}, {"type": 13, "file": {"url": "attachment://a.txt"}},
        ]},
        row(json!({"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}]})),
        row(json!({"type": 5, "custom_id": "u"})), row(json!({"type": 6, "custom_id": "r"})),
        row(json!({"type": 7, "custom_id": "m"})), row(json!({"type": 8, "custom_id": "c"})),
        row(json!({"type": 2, "style": 5, "label": "L", "url": "https://example.org"})),
    ]});
    let got = Ask::multipart(&fake, "POST", &path, &body, &[("files[0]", "a.txt", b"a")]).send(&fake).await;
    assert_eq!(got.status, 200, "{:?}", got.body);
    let embeds = json!({"embeds": [{"title": "t", "color": 1, "timestamp": "2026-01-01T00:00:00Z",
        "author": {"name": "a"}, "footer": {"text": "f"}, "image": media, "thumbnail": media,
        "fields": [{"name": "n", "value": "v"}]}]});
    assert_eq!(ask(&fake, "POST", &path, embeds).await.status, 200);
    fake.assert_clean();
}
