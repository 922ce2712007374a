use super::*;
use direttore_catalog::catalog;
use direttore_domain::Instant;
use serde_json::json;

const ME: &str = "@bot:localhost";

fn event(content: Value) -> Event {
    Event {
        room: "!r".to_owned(),
        id: "$e".to_owned(),
        sender: "@alice:localhost".to_owned(),
        sent_at: Instant(0),
        kind: "m.room.message".to_owned(),
        content,
        redacts: None,
        was_encrypted: false,
    }
}

fn heard(content: Value) -> Option<Words> {
    words(&event(content), ME, catalog(), true)
}

/// The words, if they are addressed.
fn said(body: &str) -> Option<String> {
    heard(json!({ "msgtype": "m.text", "body": body })).filter(|w| w.is_addressed).map(|w| w.text)
}

fn mentioned(body: &str, html: &str) -> Option<String> {
    let mentions = json!({ "user_ids": [ME] });
    let content = json!({ "msgtype": "m.text", "body": body, "formatted_body": html, "m.mentions": mentions });
    heard(content).filter(|w| w.is_addressed).map(|w| w.text)
}

#[test]
fn a_prefix_addresses_the_bot() {
    assert_eq!(said("!dt guest list").as_deref(), Some("guest list"));
    assert_eq!(said("!DIRETTORE\tguest list ").as_deref(), Some("guest list"));
    assert_eq!(said("/direttore guest list").as_deref(), Some("guest list"));
    assert_eq!(said("!dt fly away").as_deref(), Some("fly away"), "that is answered: there is no such command");
    assert_eq!(said("!dt").as_deref(), Some("help"));
    for not in ["!dtx guest list", "dt guest list", "guest list", "hello !dt", "", "   ", "/guest list"] {
        assert_eq!(said(not), None, "{not}");
    }
}

#[test]
fn a_bare_word_is_heard_only_when_a_command_begins_with_it() {
    assert_eq!(said("!guest list").as_deref(), Some("guest list"));
    assert_eq!(said("!GUEST list").as_deref(), Some("GUEST list"));
    assert_eq!(said("!whoami").as_deref(), Some("whoami"));
    for others in ["!ping", "!guestlist", "!", "! guest list", "!!guest list", "!guest-list"] {
        assert_eq!(said(others), None, "{others}");
    }
    let content = json!({ "msgtype": "m.text", "body": "!guest list" });
    assert!(!words(&event(content), ME, catalog(), false).expect("text").is_addressed, "where that is switched off");
}

#[test]
fn a_pill_at_the_beginning_addresses_the_bot() {
    let html = "<a href=\"https://matrix.to/#/@bot:localhost\">Lab Bot</a>: guest list";
    assert_eq!(mentioned("Lab Bot: guest list", html).as_deref(), Some("guest list"));
    let encoded = "<a href=\"https://matrix.to/#/%40bot%3Alocalhost\">Lab Bot</a> guest list";
    assert_eq!(mentioned("Lab Bot guest list", encoded).as_deref(), Some("guest list"));
    for body in ["@bot:localhost: guest list", "@bot:localhost guest list", "bot: guest list", "Bot, !guest list"] {
        assert_eq!(mentioned(body, "").as_deref(), Some("guest list"), "{body}");
    }
    assert_eq!(mentioned("bot", "").as_deref(), Some("help"));
    // Talk about the bot, and what only looks like its name.
    for body in ["thanks @bot:localhost", "botany: guest list", "", "guest list"] {
        assert_eq!(mentioned(body, ""), None, "{body}");
    }
    assert_eq!(said("bot: guest list"), None, "a name alone calls nobody");
}

#[test]
fn what_is_not_a_persons_new_text_is_not_heard() {
    let text = |more: Value| {
        let mut content = json!({ "msgtype": "m.text", "body": "!dt guest list" });
        content.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        heard(content)
    };
    assert!(text(json!({})).is_some());
    assert!(text(json!({ "msgtype": "m.notice" })).is_none(), "bots");
    assert!(text(json!({ "msgtype": "m.emote" })).is_none());
    assert!(text(json!({ "msgtype": 7 })).is_none());
    assert!(text(json!({ "body": ["!dt guest list"] })).is_none());
    let edit = json!({ "m.relates_to": { "rel_type": "m.replace", "event_id": "$x" }, "m.new_content": { "body": "!dt help" } });
    assert!(text(edit).is_none(), "an edit says nothing new");
    assert!(heard(json!({})).is_none(), "what was redacted");
    let own = Event { sender: ME.to_owned(), ..event(json!({ "msgtype": "m.text", "body": "!dt help" })) };
    assert!(words(&own, ME, catalog(), true).is_none());
}

#[test]
fn threads_and_replies_say_where_it_belongs() {
    let within = |relation: Value| {
        let body = "> <@bot:localhost> which node?\n> pve1\n\npve2";
        heard(json!({ "msgtype": "m.text", "body": body, "m.relates_to": relation })).expect("text")
    };
    let reply = within(json!({ "m.in_reply_to": { "event_id": "$q" } }));
    assert_eq!((reply.text.as_str(), reply.replies_to.as_deref(), reply.thread), ("pve2", Some("$q"), None));
    let fallback = json!({ "rel_type": "m.thread", "event_id": "$root", "is_falling_back": true,
        "m.in_reply_to": { "event_id": "$last" } });
    let threaded = within(fallback);
    assert_eq!((threaded.thread.as_deref(), threaded.replies_to), (Some("$root"), None));
    let meant = json!({ "rel_type": "m.thread", "event_id": "$root", "is_falling_back": false,
        "m.in_reply_to": { "event_id": "$q" } });
    assert_eq!(within(meant).replies_to.as_deref(), Some("$q"));
    let quoted = heard(json!({ "msgtype": "m.text", "body": "> !dt help" })).expect("text");
    assert_eq!((quoted.text.as_str(), quoted.is_addressed), ("> !dt help", false), "a quotation is no reply");
}

#[test]
fn what_phones_make_of_marks_is_undone() {
    assert_eq!(said("!dt guest show “web 1”").as_deref(), Some("guest show \"web 1\""));
    assert_eq!(said("!dt guest show ‘x’ —all").as_deref(), Some("guest show 'x' --all"));
    assert_eq!(said("!dt\u{a0}guest list").as_deref(), Some("guest list"));
}

#[test]
fn a_described_command_comes_with_its_values() {
    let say = |command: &str, arguments: Value, user: &str| {
        let content = json!({ "msgtype": "m.text", "body": "whatever", "m.mentions": { "user_ids": [user] },
            "org.matrix.msc4391.command": { "command": command, "arguments": arguments } });
        heard(content).filter(|w| w.is_addressed).map(|w| w.text)
    };
    let given = json!({ "guest": "web1,web2" });
    assert_eq!(say("power stop", given.clone(), ME).as_deref(), Some("power stop web1 web2"));
    assert_eq!(say("power stop", json!({ "guest": ["a b", 7] }), ME).as_deref(), Some("power stop \"a b\" 7"));
    assert_eq!(say("lab status", json!({ "live": false }), ME).as_deref(), Some("lab status"));
    assert_eq!(say("lab status", json!({ "live": true }), ME).as_deref(), Some("lab status live"));
    assert_eq!(say("fly", json!({}), ME).as_deref(), Some("fly"));
    assert_eq!(say("power stop", given, "@other:localhost"), None, "it is another bot's");
}

#[test]
fn a_reaction_names_its_message_and_sign() {
    let with = |content: Value| reaction(&Event { kind: "m.reaction".to_owned(), ..event(content) }, ME);
    let content =
        json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": "$q", "key": "1\u{fe0f}\u{20e3}" } });
    assert_eq!(with(content.clone()), Some(Reaction { on: "$q".to_owned(), key: "1\u{20e3}".to_owned() }));
    assert_eq!(with(json!({})), None);
    assert_eq!(with(json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": "$q" } })), None);
    assert_eq!(reaction(&event(content), ME), None, "a message is none");
}

/// What is long, empty or odd does no harm.
#[test]
fn odd_bodies_are_text_like_any_other() {
    let storm: Vec<String> = (0..5000).map(|n| format!("@u{n}:x")).chain([ME.to_owned()]).collect();
    let content = json!({ "msgtype": "m.text", "body": "look", "m.mentions": { "user_ids": storm, "room": true } });
    assert!(!heard(content).expect("text").is_addressed);
    let long = format!("!dt {}", "ą".repeat(32_000));
    assert_eq!(said(&long).map(|text| text.chars().count()), Some(32_000));
    for mentions in [json!(7), json!([]), json!({ "user_ids": "x" }), json!({ "user_ids": [7, null] })] {
        let content = json!({ "msgtype": "m.text", "body": "bot: help", "m.mentions": mentions });
        assert!(!heard(content).expect("text").is_addressed);
    }
    let html = "<a href=\"https://matrix.to/#/@bot:localhost\">";
    assert_eq!(mentioned("<script>alert(1)</script>", html), None);
}
