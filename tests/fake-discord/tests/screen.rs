//! People can do only what their screen lets them do.

use crate::support::{ask, lab, lab_of, ops, reply};
use fake_discord::{Cannot, Fake, Handle, World, permission};
use serde_json::{Value, json};

fn why(result: Result<Handle, Cannot>) -> String {
    result.expect_err("it cannot be done").to_string()
}

/// The payload of the newest interaction, as the bot gets it.
async fn heard(fake: &Fake, act: impl FnOnce() -> Handle) -> Value {
    let mut socket = crate::support::Socket::open(fake).await;
    socket.identify(fake).await;
    act();
    socket.payload().await["d"].clone()
}

#[tokio::test]
async fn only_registered_commands_with_right_options() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    let show = |options: &[(&str, Value)]| bob.slash("guest show", options);
    assert_eq!(why(bob.slash("nothing", &[])), "no command /nothing is registered here");
    assert_eq!(why(bob.slash("guest", &[])), "/guest alone cannot be used: it has sub-commands");
    assert_eq!(why(bob.slash("guest stop", &[])), "/guest stop is not registered: there is no \"stop\"");
    assert_eq!(why(show(&[])), "the option \"guest\" is required");
    let web = ("guest", json!("web1"));
    assert_eq!(why(show(&[web.clone(), ("size", json!(1))])), "the command has no option size");
    assert_eq!(why(show(&[("guest", json!(1))])), "1 is not what \"guest\" takes");
    assert_eq!(why(show(&[("guest", json!(""))])), "\"guest\" takes 1 to 6000 characters");
    assert_eq!(why(show(&[web.clone(), ("lines", json!(11))])), "11 is out of the limits of \"lines\"");
    assert_eq!(why(show(&[web.clone(), ("lines", json!("3"))])), "\"3\" is not what \"lines\" takes");
    assert_eq!(why(show(&[web.clone(), ("how", json!("Long"))])), "\"Long\" is no choice of \"how\"");
    assert_eq!(why(show(&[web.clone(), ("who", json!("nobody"))])), "there is no \"nobody\" to choose");
    let all = [web, ("lines", json!(10)), ("how", json!("Short")), ("who", json!("alice"))];
    let data = heard(&fake, || show(&all).unwrap()).await["data"].clone();
    let alice = fake.user_id("alice").to_string();
    assert_eq!(
        data["options"][0]["options"],
        json!([
            {"name": "guest", "type": 3, "value": "web1"}, {"name": "lines", "type": 4, "value": 10},
            {"name": "how", "type": 3, "value": "s"}, {"name": "who", "type": 6, "value": alice},
        ])
    );
    assert_eq!(data["resolved"]["users"][alice.as_str()]["username"], "alice");
    let member = &data["resolved"]["members"][alice.as_str()];
    assert_eq!(member["roles"], json!([fake.role_id("admin").to_string()]));
    assert!(member.get("user").is_none() && member.get("deaf").is_none());
    fake.assert_clean();
}

#[tokio::test]
async fn commands_are_shown_to_whom_they_are_for() {
    let Some(fake) = lab().await else { return };
    assert_eq!(why(ops(&fake, "bob").slash("admin", &[])), "/admin is not shown to them");
    ops(&fake, "alice").slash("admin", &[]).unwrap();
    // Commands of a guild are not in direct messages, global ones where their contexts let them.
    let dm = fake.user("bob").in_dm();
    assert_eq!(why(dm.slash("ping", &[])), "no command /ping is registered here");
    let path = format!("/applications/{}/commands", fake.application_id());
    let set = json!([
        {"name": "everywhere", "description": "d"}, {"name": "guilds", "description": "d", "contexts": [0]},
        {"name": "manage", "description": "d", "default_member_permissions": "32"},
    ]);
    assert_eq!(ask(&fake, "PUT", &path, set).await.status, 200);
    dm.slash("everywhere", &[]).unwrap();
    assert_eq!(why(dm.slash("guilds", &[])), "no command /guilds is registered here");
    let bob = ops(&fake, "bob");
    bob.slash("guilds", &[]).unwrap();
    assert_eq!(why(bob.slash("manage", &[])), "/manage is not shown to them");
    let payload = heard(&fake, || dm.slash("everywhere", &[]).unwrap()).await;
    assert_eq!((&payload["context"], &payload["user"]["username"]), (&json!(1), &json!("bob")));
    assert!(["guild_id", "guild", "member"].iter().all(|field| payload.get(*field).is_none()));
    assert_eq!(payload["authorizing_integration_owners"], json!({"0": "0"}));
    fake.hide_channel("ops", "bob", true);
    assert_eq!(why(bob.slash("ping", &[])), "they do not see that channel");
    fake.set_roles("carol", &["admin"]);
    ops(&fake, "carol").slash("admin", &[]).unwrap();
}

#[tokio::test]
async fn permissions_by_role() {
    let world =
        World::empty().guild("g").channel("c").role("manager", permission::MANAGE_GUILD).member("dave", &["manager"]);
    let Some(fake) = lab_of_one_command(world.member("erin", &[])).await else { return };
    fake.user("dave").in_channel("c").slash("manage", &[]).unwrap();
    assert_eq!(why(fake.user("erin").in_channel("c").slash("manage", &[])), "/manage is not shown to them");
}

async fn lab_of_one_command(world: World) -> Option<Fake> {
    let fake = Fake::start(world).await?;
    let path = format!("/applications/{}/commands", fake.application_id());
    let set = json!([{"name": "manage", "description": "d", "default_member_permissions": "32"}]);
    assert_eq!(ask(&fake, "PUT", &path, set).await.status, 200);
    Some(fake)
}

#[tokio::test]
async fn completion_where_there_is_one() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    let typed = [("guest", json!("we")), ("lines", json!(3))];
    assert_eq!(why(bob.autocomplete("guest show", &typed, "lines")), "the option lines does not complete");
    let asked = bob.autocomplete("guest show", &typed, "guest").unwrap();
    reply(&fake, &asked, json!({"type": 8, "data": {"choices": [{"name": "web1 (runs)", "value": "web1"}]}})).await;
    let choices = asked.choices().await;
    assert_eq!((choices.len(), &choices[0].name[..], &choices[0].value), (1, "web1 (runs)", &json!("web1")));
    let payload = heard(&fake, || bob.autocomplete("guest show", &typed, "guest").unwrap()).await;
    let options = &payload["data"]["options"][0]["options"];
    assert_eq!(payload["type"], 4);
    assert_eq!(options[0], json!({"name": "guest", "type": 3, "value": "we", "focused": true}));
    assert_eq!(options[1], json!({"name": "lines", "type": 4, "value": 3}));
}

#[tokio::test]
async fn what_is_ephemeral_is_pressed_by_its_addressee_alone() {
    let Some(fake) = lab().await else { return };
    let (bob, carol) = (ops(&fake, "bob"), ops(&fake, "carol"));
    let asked = bob.slash("ping", &[]).unwrap();
    let row = json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}]);
    reply(&fake, &asked, json!({"type": 4, "data": {"content": "c", "flags": 64, "components": row}})).await;
    assert!(carol.sees().is_empty());
    assert_eq!(why(carol.click("Go")), "there is no button \"Go\" on the screen");
    let payload = heard(&fake, || bob.click("Go").unwrap()).await;
    assert_eq!((&payload["message"]["flags"], &payload["data"]["custom_id"]), (&json!(64), &json!("go")));
    let private = fake.user("bob").in_channel("private");
    assert_eq!(why(private.click("Go")), "there is no button \"Go\" on the screen");
    let id = asked.reply().await.id;
    bob.click_on(id, "go").unwrap();
    fake.delete_message(id);
    assert_eq!(why(bob.click("Go")), "there is no button \"Go\" on the screen");
}

#[tokio::test]
async fn selects_take_what_they_offer() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    let asked = bob.slash("ping", &[]).unwrap();
    let options = json!([{"label": "One", "value": "1"}, {"label": "Two", "value": "2"}]);
    let components = json!([
        {"type": 1, "components": [{"type": 3, "custom_id": "node", "placeholder": "Node", "options": options, "max_values": 2}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "who", "placeholder": "Who"}]},
        {"type": 1, "components": [{"type": 6, "custom_id": "off", "placeholder": "Off", "disabled": true}]},
    ]);
    reply(&fake, &asked, json!({"type": 4, "data": {"content": "c", "components": components}})).await;
    assert_eq!(why(bob.select("Node", &[])), "0 values where 1 to 2 are to be chosen");
    assert_eq!(why(bob.select("Node", &["Three"])), "\"Three\" cannot be chosen");
    assert_eq!(why(bob.select("Off", &["admin"])), "select \"Off\" is disabled");
    let payload = heard(&fake, || bob.select("Node", &["Two", "1"]).unwrap()).await;
    assert_eq!((&payload["data"]["values"], &payload["data"]["component_type"]), (&json!(["2", "1"]), &json!(3)));
    let payload = heard(&fake, || bob.select("who", &["alice"]).unwrap()).await;
    let alice = fake.user_id("alice").to_string();
    assert_eq!(payload["data"]["values"], json!([alice]));
    assert_eq!(payload["data"]["resolved"]["users"][alice.as_str()]["username"], "alice");
}

#[tokio::test]
async fn modals_are_filled_in_rightly_or_closed() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    assert_eq!(why(bob.submit_modal(&[])), "no modal is open");
    let modal = json!({"type": 9, "data": {"custom_id": "m", "title": "T", "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "name", "style": 1, "label": "Name", "min_length": 2, "max_length": 4}]},
        {"type": 18, "label": "Note", "component": {"type": 4, "custom_id": "note", "style": 2, "required": false}},
        {"type": 18, "label": "Size", "component": {"type": 4, "custom_id": "size", "style": 1, "value": "8"}},
        {"type": 10, "content": "read me"},
    ]}});
    let asked = bob.slash("ping", &[]).unwrap();
    reply(&fake, &asked, modal.clone()).await;
    assert_eq!(bob.sees_modal().await["title"], "T");
    assert!(ops(&fake, "carol").modal().is_none());
    assert_eq!(why(bob.submit_modal(&[])), "\"Name\" is required");
    assert_eq!(why(bob.submit_modal(&[("Name", json!("abcde"))])), "\"Name\" takes 2 to 4 characters");
    assert_eq!(why(bob.submit_modal(&[("Name", json!("ab")), ("Age", json!("1"))])), "the modal has no field \"Age\"");
    let payload = heard(&fake, || bob.submit_modal(&[("Name", json!("ab"))]).unwrap()).await;
    assert_eq!(
        payload["data"],
        json!({"custom_id": "m", "components": [
            {"type": 1, "id": 1, "components": [{"type": 4, "id": 2, "custom_id": "name", "value": "ab"}]},
            {"type": 18, "id": 3, "component": {"type": 4, "id": 4, "custom_id": "note", "value": ""}},
            {"type": 18, "id": 5, "component": {"type": 4, "id": 6, "custom_id": "size", "value": "8"}},
            {"type": 10, "id": 7},
        ]})
    );
    assert!(payload.get("message").is_none());
    assert_eq!(why(bob.submit_modal(&[("Name", json!("ab"))])), "no modal is open");
    let again = bob.slash("ping", &[]).unwrap();
    reply(&fake, &again, modal).await;
    bob.close_modal().unwrap();
    bob.close_modal().unwrap_err();
    assert!(bob.modal().is_none());
}

#[tokio::test]
async fn worlds_can_be_otherwise() {
    let Some(fake) = lab_of(World::lab().starts_at(1_800_000_000_000)).await else { return };
    assert_eq!(fake.clock().now_ms(), 1_800_000_000_000);
}
