//! Refusals that are not about a body alone: who asks, what there is, what was before.

use crate::support::{Ask, ask, callback, get, lab, lab_of, ops, reply, webhook};
use fake_discord::{Fake, World, permission};
use serde_json::{Value, json};
use std::time::Duration;

fn messages(fake: &Fake) -> String {
    format!("/channels/{}/messages", fake.channel_id("ops"))
}

/// Status, code and words at once.
macro_rules! refused {
    ($got:expr, $status:expr, $code:expr, $message:expr) => {
        let got = $got;
        let told = (got.status, got.body["code"].as_u64(), got.body["message"].as_str().unwrap_or_default());
        assert_eq!(told, ($status, Some($code), $message), "{:?}", got.body);
    };
}

macro_rules! taken {
    ($got:expr) => {
        let got = $got;
        assert!((200..300).contains(&got.status), "{:?}", got.body);
    };
}

#[tokio::test]
async fn the_token_is_needed_where_the_description_says_so() {
    let Some(fake) = lab().await else { return };
    let right = Ask::bare(&fake, "GET", "/users/@me");
    refused!(right.clone().without("authorization").send(&fake).await, 401, 0, "401: Unauthorized");
    refused!(right.clone().with("authorization", "Bot wrong").send(&fake).await, 401, 0, "401: Unauthorized");
    refused!(right.clone().with("authorization", &fake.token()).send(&fake).await, 401, 0, "401: Unauthorized");
    taken!(right.send(&fake).await);
    // The token in the path is the credential of an interaction, whether or not the bot's comes along.
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    let open = Ask::json(&fake, "POST", &callback(&asked), &json!({"type": 5})).without("authorization");
    taken!(open.send(&fake).await);
    let edit = Ask::json(&fake, "PATCH", &webhook(&fake, &asked, "/messages/@original"), &json!({"content": "c"}));
    taken!(edit.without("authorization").send(&fake).await);
    taken!(Ask::bare(&fake, "GET", "/gateway").without("authorization").send(&fake).await);
    fake.revoke_token();
    refused!(get(&fake, "/users/@me").await, 401, 0, "401: Unauthorized");
    fake.restore_token();
    taken!(get(&fake, "/users/@me").await);
    fake.assert_clean();
}

#[tokio::test]
async fn a_client_has_a_name() {
    let Some(fake) = lab().await else { return };
    let right = Ask::bare(&fake, "GET", "/gateway");
    refused!(right.clone().without("user-agent").send(&fake).await, 401, 0, "401: Unauthorized");
    taken!(right.send(&fake).await);
}

#[tokio::test]
async fn an_unknown_route_is_a_breach() {
    let Some(fake) = lab().await else { return };
    refused!(get(&fake, "/nowhere").await, 404, 0, "404: Not Found");
    refused!(ask(&fake, "PUT", &messages(&fake), json!({})).await, 405, 0, "405: Method Not Allowed");
    let rules: Vec<&str> = fake.violations().iter().map(|v| v.rule).collect();
    assert_eq!(rules, ["unknown route", "unknown route"]);
}

#[tokio::test]
async fn json_is_json_and_says_so() {
    let Some(fake) = lab().await else { return };
    let right = Ask::json(&fake, "POST", &messages(&fake), &json!({"content": "c"}));
    let broken = Ask { body: b"{\"content\":".to_vec(), ..right.clone() };
    refused!(broken.send(&fake).await, 400, 50109, "The request body contains invalid JSON.");
    let untold = right.clone().with("content-type", "text/plain");
    refused!(untold.send(&fake).await, 400, 50109, "The request body contains invalid JSON.");
    refused!(Ask::bare(&fake, "POST", &messages(&fake)).send(&fake).await, 400, 50035, "Invalid Form Body");
    taken!(right.send(&fake).await);
}

#[tokio::test]
async fn ids_in_a_path_are_numbers() {
    let Some(fake) = lab().await else { return };
    let got = get(&fake, "/channels/ops").await;
    assert!(got.body.to_string().contains("Value \\\"ops\\\" is not snowflake."), "{:?}", got.body);
    refused!(got, 400, 50035, "Invalid Form Body");
    taken!(get(&fake, &format!("/channels/{}", fake.channel_id("ops"))).await);
}

#[tokio::test]
async fn files_are_named_counted_and_weighed() {
    let Some(fake) = lab_of(World::lab().attachment_limit(1000)).await else { return };
    let (path, body) = (messages(&fake), json!({"content": "c"}));
    let send =
        async |files: &[(&str, &str, &[u8])]| Ask::multipart(&fake, "POST", &path, &body, files).send(&fake).await;
    refused!(send(&[("file", "a.txt", b"a")]).await, 400, 50035, "Invalid Form Body");
    refused!(send(&[("files[0]", "a.txt", &[7; 1001])]).await, 413, 40005, "Request entity too large");
    let names: Vec<String> = (0..11).map(|i| format!("files[{i}]")).collect();
    let many: Vec<(&str, &str, &[u8])> = names.iter().map(|name| (name.as_str(), "a.txt", &b"a"[..])).collect();
    refused!(send(&many).await, 400, 30015, "Maximum number of attachments in a message reached (10)");
    taken!(send(&many[..10]).await);
    taken!(send(&[("files[0]", "a.txt", &[7; 1000])]).await);
    assert_eq!(ops(&fake, "bob").sees().len(), 2);
}

#[tokio::test]
async fn one_first_answer() {
    let Some(fake) = lab().await else { return };
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    let path = callback(&asked);
    let message = json!({"type": 4, "data": {"content": "c"}});
    let unknown = format!("/interactions/{}/wrong/callback", asked.id());
    refused!(ask(&fake, "POST", &unknown, message.clone()).await, 404, 10062, "Unknown interaction");
    taken!(ask(&fake, "POST", &path, json!({"type": 5})).await);
    let acknowledged = "Interaction has already been acknowledged.";
    refused!(ask(&fake, "POST", &path, message).await, 400, 40060, acknowledged);
    refused!(ask(&fake, "POST", &path, super::modal()).await, 400, 40060, acknowledged);
    fake.assert_clean();
}

#[tokio::test]
async fn a_webhook_lives_from_the_first_answer_on() {
    let Some(fake) = lab().await else { return };
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    let (original, body) = (webhook(&fake, &asked, "/messages/@original"), json!({"content": "c"}));
    refused!(ask(&fake, "PATCH", &original, body.clone()).await, 404, 10015, "Unknown Webhook");
    let hook = webhook(&fake, &asked, "");
    refused!(ask(&fake, "POST", &hook, body.clone()).await, 404, 10015, "Unknown Webhook");
    reply(&fake, &asked, super::modal()).await;
    refused!(ask(&fake, "PATCH", &original, body.clone()).await, 404, 10008, "Unknown Message");
    let other = original.replace(&asked.token(), "wrong");
    refused!(ask(&fake, "PATCH", &other, body.clone()).await, 401, 50027, "Invalid Webhook Token");
    let stranger = original.replace(&fake.application_id().to_string(), "77");
    refused!(ask(&fake, "PATCH", &stranger, body.clone()).await, 404, 10015, "Unknown Webhook");
    let submitted = ops(&fake, "bob").submit_modal(&[]).unwrap();
    reply(&fake, &submitted, json!({"type": 5})).await;
    taken!(ask(&fake, "PATCH", &webhook(&fake, &submitted, "/messages/@original"), body).await);
    fake.assert_clean();
}

#[tokio::test]
async fn no_webhook_for_a_completion() {
    let Some(fake) = lab().await else { return };
    let asked = ops(&fake, "bob").autocomplete("guest show", &[], "guest").unwrap();
    reply(&fake, &asked, json!({"type": 8, "data": {"choices": []}})).await;
    let body = json!({"content": "c"});
    refused!(ask(&fake, "POST", &webhook(&fake, &asked, ""), body).await, 404, 10015, "Unknown Webhook");
}

#[tokio::test]
async fn the_bot_needs_its_permissions() {
    let Some(fake) = lab().await else { return };
    let (path, body) = (messages(&fake), json!({"content": "c"}));
    fake.permit_bot("ops", permission::EVERYONE & !permission::VIEW_CHANNEL);
    refused!(ask(&fake, "POST", &path, body.clone()).await, 403, 50001, "Missing Access");
    refused!(get(&fake, &path).await, 403, 50001, "Missing Access");
    fake.permit_bot("ops", permission::EVERYONE & !permission::SEND_MESSAGES);
    refused!(ask(&fake, "POST", &path, body.clone()).await, 403, 50013, "Missing Permissions");
    fake.permit_bot("ops", permission::EVERYONE & !permission::ATTACH_FILES);
    let file = Ask::multipart(&fake, "POST", &path, &body, &[("files[0]", "a.txt", b"a")]);
    refused!(file.send(&fake).await, 403, 50013, "Missing Permissions");
    taken!(ask(&fake, "POST", &path, body.clone()).await);
    fake.permit_bot("ops", permission::EVERYONE & !permission::READ_MESSAGE_HISTORY);
    refused!(get(&fake, &path).await, 403, 50013, "Missing Permissions");
    // An answer to an interaction needs none of these.
    fake.permit_bot("ops", permission::VIEW_CHANNEL);
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    reply(&fake, &asked, json!({"type": 4, "data": body})).await;
    fake.permit_bot("ops", permission::EVERYONE);
    taken!(file.send(&fake).await);
    fake.assert_clean();
}

#[tokio::test]
async fn what_is_not_there_is_unknown() {
    let Some(fake) = lab().await else { return };
    let (application, guild) = (fake.application_id(), fake.guild_id("lab"));
    refused!(get(&fake, "/channels/7").await, 404, 10003, "Unknown Channel");
    refused!(get(&fake, "/guilds/7").await, 404, 10004, "Unknown Guild");
    refused!(get(&fake, &format!("/guilds/{guild}/members/7")).await, 404, 10007, "Unknown Member");
    refused!(get(&fake, &format!("{}/7", messages(&fake))).await, 404, 10008, "Unknown Message");
    refused!(get(&fake, "/users/7").await, 404, 10013, "Unknown User");
    refused!(get(&fake, "/applications/7/commands").await, 404, 10002, "Unknown Application");
    refused!(get(&fake, &format!("/applications/{application}/guilds/7/commands")).await, 403, 50001, "Missing Access");
    let command = format!("/applications/{application}/guilds/{guild}/commands/7");
    refused!(get(&fake, &command).await, 404, 10063, "Unknown application command");
    refused!(get(&fake, &format!("/guilds/{guild}/members?limit=5")).await, 403, 50001, "Missing Access");
    fake.assert_clean();
}

#[tokio::test]
async fn a_message_belongs_to_its_author() {
    let Some(fake) = lab().await else { return };
    let theirs = ops(&fake, "bob").says("hello");
    let path = format!("{}/{theirs}", messages(&fake));
    let words = "Cannot edit a message authored by another user";
    refused!(ask(&fake, "PATCH", &path, json!({"content": "c"})).await, 403, 50005, words);
    refused!(Ask::bare(&fake, "DELETE", &path).send(&fake).await, 403, 50013, "Missing Permissions");
    fake.permit_bot("ops", permission::EVERYONE | permission::MANAGE_MESSAGES);
    taken!(Ask::bare(&fake, "DELETE", &path).send(&fake).await);
    refused!(get(&fake, &path).await, 404, 10008, "Unknown Message");
}

#[tokio::test]
async fn an_ephemeral_message_is_only_for_its_interaction() {
    let Some(fake) = lab().await else { return };
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    reply(&fake, &asked, json!({"type": 4, "data": {"content": "c", "flags": 64}})).await;
    let id = asked.reply().await.id;
    let (path, body) = (format!("{}/{id}", messages(&fake)), json!({"content": "d"}));
    refused!(ask(&fake, "PATCH", &path, body.clone()).await, 404, 10008, "Unknown Message");
    refused!(get(&fake, &path).await, 404, 10008, "Unknown Message");
    refused!(Ask::bare(&fake, "DELETE", &path).send(&fake).await, 404, 10008, "Unknown Message");
    taken!(ask(&fake, "PATCH", &webhook(&fake, &asked, "/messages/@original"), body.clone()).await);
    taken!(ask(&fake, "PATCH", &webhook(&fake, &asked, &format!("/messages/{id}")), body).await);
}

#[tokio::test]
async fn old_messages_are_not_edited_for_ever() {
    let Some(fake) = lab().await else { return };
    let sent = ask(&fake, "POST", &messages(&fake), json!({"content": "dashboard"})).await;
    let path = format!("{}/{}", messages(&fake), sent.body["id"].as_str().unwrap());
    let edit = async |n: u32| ask(&fake, "PATCH", &path, json!({"content": format!("dashboard {n}")})).await;
    for n in 0..20 {
        taken!(edit(n).await);
    }
    fake.clock().advance(Duration::from_secs(3601));
    for n in 0..5 {
        taken!(edit(n).await);
    }
    let words = "Maximum number of edits to messages older than 1 hour reached. Try again later";
    let got = edit(6).await;
    assert!(got.headers.contains_key("retry-after"));
    refused!(got, 429, 30046, words);
    fake.clock().advance(Duration::from_secs(3601));
    taken!(edit(7).await);
    fake.assert_clean();
}

#[tokio::test]
async fn two_hundred_new_commands_a_day() {
    let Some(fake) = lab().await else { return };
    let path = format!("/applications/{}/commands", fake.application_id());
    let set = |from: usize| -> Value {
        (from..from + 100).map(|i| json!({"name": format!("c{i}"), "description": "d"})).collect()
    };
    taken!(ask(&fake, "PUT", &path, set(0)).await);
    taken!(ask(&fake, "PUT", &path, set(100)).await);
    // What is there already is not new.
    taken!(ask(&fake, "PUT", &path, set(100)).await);
    let words = "Max number of daily application command creates has been reached (200)";
    refused!(ask(&fake, "PUT", &path, set(101)).await, 400, 30034, words);
    taken!(Ask::bare(&fake, "DELETE", &format!("{path}/{}", first(&fake, &path).await)).send(&fake).await);
    let one = json!({"name": "new", "description": "d"});
    refused!(ask(&fake, "POST", &path, one.clone()).await, 400, 30034, words);
    fake.clock().advance(Duration::from_secs(24 * 3600));
    assert_eq!(ask(&fake, "POST", &path, one.clone()).await.status, 201);
    assert_eq!(ask(&fake, "POST", &path, one).await.status, 200);
    fake.assert_clean();
}

async fn first(fake: &Fake, path: &str) -> String {
    get(fake, path).await.body[0]["id"].as_str().expect("an id").to_owned()
}
