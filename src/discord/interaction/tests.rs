use super::*;
use serde_json::json;

fn envelope(kind: u8, data: Value) -> Value {
    json!({
        "id": "1100000000000000003", "application_id": "1000000000000000001", "type": kind, "token": "t", "version": 1,
        "guild_id": "1000000000000000002", "channel_id": "1000000000000000003",
        "member": { "user": { "id": "1000000000000000004", "username": "alice" }, "roles": ["1000000000000000005"] },
        "data": data,
    })
}

fn what(kind: u8, data: Value) -> What {
    Interaction::parse(envelope(kind, data)).expect("it can be read").what
}

#[test]
fn a_command_is_its_path_and_its_options() {
    let it = Interaction::parse(envelope(
        2,
        json!({ "name": "power", "options": [{ "name": "stop", "type": 1, "options": [
            { "name": "guests", "type": 3, "value": "web1" }, { "name": "timeout", "type": 4, "value": 5 } ] }] }),
    ))
    .expect("it can be read");
    assert_eq!((it.guild, it.channel), (Some(1_000_000_000_000_000_002), 1_000_000_000_000_000_003));
    assert_eq!(it.user, User { id: 1_000_000_000_000_000_004, name: "alice".to_owned() });
    assert_eq!(it.roles, [1_000_000_000_000_000_005]);
    let options = vec![("guests".to_owned(), json!("web1")), ("timeout".to_owned(), json!(5))];
    assert_eq!(it.what, What::Command(Command { path: "power stop".to_owned(), options }));
}

#[test]
fn the_option_with_the_focus_is_no_value_yet() {
    let data = json!({ "name": "guest", "options": [{ "name": "show", "type": 1, "options": [
        { "name": "cluster", "type": 3, "value": "lab" },
        { "name": "guest", "type": 3, "value": "we", "focused": true } ] }] });
    let command = Command { path: "guest show".to_owned(), options: vec![("cluster".to_owned(), json!("lab"))] };
    assert_eq!(what(4, data), What::Complete(command, "guest".to_owned(), "we".to_owned()));
}

#[test]
fn a_component_names_its_message() {
    let mut value = envelope(3, json!({ "custom_id": "set:1:q1:node", "component_type": 3, "values": ["pve1"] }));
    assert!(Interaction::parse(value.clone()).is_err(), "without its message");
    value["message"] = json!({ "id": "7", "flags": 64 });
    let it = Interaction::parse(value).expect("it can be read");
    let on = Message { id: 7, is_ephemeral: true };
    let values = vec!["pve1".to_owned()];
    assert_eq!(it.what, What::Component { custom_id: "set:1:q1:node".to_owned(), values, on });
}

/// Rows are what we send; labels are what a newer Discord would make of them.
#[test]
fn the_texts_of_a_modal_are_found_in_rows_and_labels() {
    let data = json!({ "custom_id": "fill:1:q1", "components": [
        { "type": 1, "components": [{ "type": 4, "custom_id": "name", "value": "web01" }] },
        { "type": 18, "component": { "type": 4, "custom_id": "cores", "value": "" } } ] });
    let texts = vec![("name".to_owned(), "web01".to_owned()), ("cores".to_owned(), String::new())];
    assert_eq!(what(5, data), What::Modal { custom_id: "fill:1:q1".to_owned(), texts, on: None });
}

#[test]
fn a_direct_message_has_no_member() {
    let value = json!({ "id": "1", "type": 2, "token": "t", "channel_id": "3", "user": { "id": "4", "username": "bob" },
        "data": { "name": "help" } });
    let it = Interaction::parse(value).expect("it can be read");
    assert_eq!((it.guild, it.user.name.as_str(), it.roles.len()), (None, "bob", 0));
}

#[test]
fn what_cannot_be_read_says_why() {
    let why = |value: Value| Interaction::parse(value).expect_err("it cannot be read").to_string();
    assert!(why(json!({ "id": "1", "type": 2 })).contains("data is missing"));
    assert!(why(json!({ "id": "x", "type": 1 })).contains("\"x\" is no snowflake"));
    assert!(why(envelope(9, json!({}))).contains("type 9 is unknown"));
    assert!(why(envelope(4, json!({ "name": "help" }))).contains("no option has the focus"));
    let mut nobody = envelope(2, json!({ "name": "help" }));
    nobody["member"] = Value::Null;
    assert!(why(nobody).contains("neither member nor user"));
    assert!(why(json!([])).contains("cannot be read"));
}

/// The real payloads of the contract are not copied here; a ping is the only one without anybody.
#[test]
fn a_ping_is_nobodys() {
    let it = Interaction::parse(json!({ "id": "1", "type": 1, "token": "t" })).expect("it can be read");
    assert_eq!((it.what, it.user), (What::Ping, User::default()));
}
