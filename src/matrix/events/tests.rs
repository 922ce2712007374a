use super::*;

const ME: &str = "@bot:x";
const NOW: Instant = Instant(1_000_000);

fn seen(json: Value) -> Seen {
    Seen { json, was_encrypted: false }
}

fn message(id: &str) -> Seen {
    let content = json!({ "msgtype": "m.text", "body": "!guest list" });
    seen(
        json!({ "event_id": id, "sender": "@a:x", "type": "m.room.message", "origin_server_ts": 5, "content": content }),
    )
}

fn member(id: &str, who: &str, by: &str, now: &str, before: &str) -> Seen {
    seen(json!({
        "event_id": id, "sender": by, "type": "m.room.member", "state_key": who, "origin_server_ts": 5,
        "content": { "membership": now }, "unsigned": { "prev_content": { "membership": before } },
    }))
}

fn ids(events: &[Seen]) -> Vec<&str> {
    events.iter().filter_map(Seen::id).collect()
}

#[test]
fn what_was_seen_and_what_was_before_it_came_is_not_new() {
    let timeline = [message("$1"), message("$2"), message("$3")];
    assert_eq!(ids(news(&timeline, None, ME)), ["$1", "$2", "$3"]);
    assert_eq!(ids(news(&timeline, Some("$2"), ME)), ["$3"]);
    assert_eq!(ids(news(&timeline, Some("$3"), ME)), [""; 0]);
    assert_eq!(ids(news(&timeline, Some("$0"), ME)), ["$1", "$2", "$3"], "it is further back");
    let came = [message("$1"), member("$2", ME, ME, "join", "invite"), message("$3")];
    assert_eq!(ids(news(&came, None, ME)), ["$3"]);
    let renamed = [message("$1"), member("$2", ME, ME, "join", "join"), message("$3")];
    assert_eq!(ids(news(&renamed, None, ME)), ["$1", "$2", "$3"], "it was there all the time");
    let other = [message("$1"), member("$2", "@b:x", "@b:x", "join", "invite")];
    assert_eq!(ids(news(&other, None, ME)), ["$1", "$2"]);
}

#[test]
fn only_what_others_say_can_be_for_it() {
    assert!(message("$1").event("!r", ME, NOW).is_some());
    assert!(message("$1").event("!r", "@a:x", NOW).is_none(), "its own");
    assert!(member("$1", "@a:x", "@a:x", "join", "leave").event("!r", ME, NOW).is_none(), "a state");
    let other = json!({ "event_id": "$1", "sender": "@a:x", "type": "m.sticker", "content": {} });
    assert!(seen(other).event("!r", ME, NOW).is_none());
}

#[test]
fn nothing_was_sent_later_than_now() {
    let mut late = message("$1");
    late.json["origin_server_ts"] = json!(NOW.0 + 5);
    assert_eq!(late.event("!r", ME, NOW).map(|event| event.sent_at), Some(NOW));
    assert_eq!(message("$1").event("!r", ME, NOW).map(|event| event.sent_at), Some(Instant(5)));
}

#[test]
fn a_redaction_takes_back_what_it_names_in_either_place() {
    for json in [
        json!({ "event_id": "$2", "sender": "@a:x", "type": "m.room.redaction", "redacts": "$1", "content": {} }),
        json!({ "event_id": "$2", "sender": "@a:x", "type": "m.room.redaction", "content": { "redacts": "$1" } }),
    ] {
        let event = seen(json).event("!r", ME, NOW).expect("it may be for it");
        assert_eq!(incoming(&event).and_then(|incoming| incoming.withdraws).as_deref(), Some("$1"));
    }
    // Whoever names a message in one that is none takes nothing back.
    let mut other = message("$2");
    other.json["content"]["redacts"] = json!("$1");
    assert_eq!(other.event("!r", ME, NOW).and_then(|event| event.redacts), None);
}

#[test]
fn what_is_sealed_keeps_nobody_waiting() {
    let sealed = seen(json!({ "event_id": "$1", "sender": "@a:x", "type": SEALED, "content": { "ciphertext": "…" } }));
    let event = sealed.event("!r", ME, NOW).expect("it may be for it");
    assert_eq!(event.content["sealed"]["content"]["ciphertext"], "…");
    assert_eq!(incoming(&event).map(|incoming| incoming.lane).as_deref(), Some("$1"));
    let open = message("$2").event("!r", ME, NOW).expect("it may be for it");
    assert_eq!(incoming(&open).map(|incoming| incoming.lane).as_deref(), Some("!r"));
}

#[test]
fn who_put_it_out_is_known() {
    assert_eq!(member("$1", ME, "@a:x", "ban", "join").removal(ME), Some(("@a:x", "ban")));
    assert_eq!(member("$1", ME, "@a:x", "leave", "join").removal(ME), Some(("@a:x", "leave")));
    assert_eq!(member("$1", ME, ME, "leave", "join").removal(ME), None, "it left by itself");
    assert_eq!(member("$1", "@b:x", "@a:x", "ban", "join").removal(ME), None, "somebody else");
}
