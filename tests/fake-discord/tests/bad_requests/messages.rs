//! What a message may be: content, embeds, components, mentions, files.

use super::{Rule, To, rule};
use serde_json::{Value, json};

fn say(data: Value) -> Value {
    json!({"type": 4, "data": data})
}

/// A message with this instead of that.
fn message(name: &'static str, bad: Value, says: &'static str, good: Value) -> Rule {
    rule(name, To::Command, say(bad), says, say(good))
}

fn embed(name: &'static str, bad: Value, says: &'static str, good: Value) -> Rule {
    message(name, json!({"embeds": [bad]}), says, json!({"embeds": [good]}))
}

/// Components of an action row.
fn row(name: &'static str, bad: Value, says: &'static str, good: Value) -> Rule {
    let whole = |inner: Value| json!({"components": [{"type": 1, "components": inner}]});
    message(name, whole(bad), says, whole(good))
}

fn v2(name: &'static str, bad: Value, says: &'static str, good: Value) -> Rule {
    let whole = |mut data: Value| {
        data["flags"] = json!(32768);
        data
    };
    message(name, whole(bad), says, whole(good))
}

fn button(id: &str) -> Value {
    json!({"type": 2, "style": 1, "label": "B", "custom_id": id})
}

fn select(id: &str, fields: Value) -> Value {
    let options = json!([{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]);
    let mut select = json!({"type": 3, "custom_id": id, "options": options});
    for (name, value) in fields.as_object().expect("an object") {
        select[name.as_str()] = value.clone();
    }
    select
}

fn options(count: usize) -> Value {
    (0..count).map(|i| json!({"label": format!("L{i}"), "value": format!("v{i}")})).collect()
}

fn buttons(count: usize) -> Value {
    (0..count).map(|i| button(&format!("b{i}"))).collect()
}

fn rows(count: usize) -> Value {
    (0..count).map(|i| json!({"type": 1, "components": [button(&format!("b{i}"))]})).collect()
}

fn text(characters: usize) -> Value {
    json!({"type": 10, "content": "t".repeat(characters)})
}

/// A box of that many components, itself among them.
fn boxed(count: usize) -> Value {
    let inner: Vec<Value> = (1..count).map(|_| text(1)).collect();
    json!({"components": [{"type": 17, "components": inner}]})
}

fn fields(count: usize) -> Value {
    (0..count).map(|_| json!({"name": "n", "value": "v"})).collect()
}

fn field(name: usize, value: usize) -> Value {
    json!({"title": "t", "fields": [{"name": "n".repeat(name), "value": "v".repeat(value)}]})
}

pub fn rules() -> Vec<Rule> {
    let mut all = plain();
    all.extend(components());
    all.extend(new_components());
    all
}

fn plain() -> Vec<Rule> {
    let long = |n: usize| json!({"title": "t", "description": "d".repeat(n)});
    let embeds = |n: usize| -> Value { json!({"embeds": vec![json!({"title": "t"}); n]}) };
    vec![
        message(
            "content has 2000 characters",
            json!({"content": "c".repeat(2001)}),
            "Must be 2000 or fewer in length.",
            json!({"content": "c".repeat(2000)}),
        ),
        rule(
            "content in a channel has 2000 characters",
            To::Channel,
            json!({"content": "c".repeat(2001)}),
            "Must be 2000 or fewer in length.",
            json!({"content": "ä".repeat(2000)}),
        ),
        message("content is text", json!({"content": 7}), "STRING_TYPE_CONVERT", json!({"content": "7"})),
        message(
            "a message says something",
            json!({"content": " "}),
            "Cannot send an empty message",
            json!({"content": "c"}),
        )
        .code(50006),
        rule(
            "a nonce has 25 characters",
            To::Channel,
            json!({"content": "c", "nonce": "n".repeat(26)}),
            "\"nonce\"",
            json!({"content": "c", "nonce": "n".repeat(25)}),
        ),
        message("10 embeds", embeds(11), "Must be 10 or fewer in length.", embeds(10)),
        embed("an embed shows something", json!({"color": 1}), "BASE_TYPE_REQUIRED", json!({"color": 1, "title": "t"})),
        embed(
            "an embed's title has 256 characters",
            json!({"title": "t".repeat(257)}),
            "Must be 256 or fewer",
            json!({"title": "t".repeat(256)}),
        ),
        embed("an embed's description has 4096 characters", long(4097), "Must be 4096 or fewer", long(4096)),
        embed(
            "an embed has 25 fields",
            json!({"fields": fields(26)}),
            "Must be 25 or fewer",
            json!({"fields": fields(25)}),
        ),
        embed("a field's name has 256 characters", field(257, 1), "\"name\"", field(256, 1)),
        embed("a field's value has 1024 characters", field(1, 1025), "\"value\"", field(1, 1024)),
        embed(
            "a field's name is more than white space",
            json!({"fields": [{"name": " ", "value": "v"}]}),
            "BASE_TYPE_REQUIRED",
            json!({"fields": [{"name": "n", "value": "v"}]}),
        ),
        embed(
            "an embed's footer has 2048 characters",
            json!({"footer": {"text": "f".repeat(2049)}}),
            "Must be 2048 or fewer",
            json!({"footer": {"text": "f".repeat(2048)}}),
        ),
        embed(
            "an embed's author has 256 characters",
            json!({"author": {"name": "a".repeat(257)}}),
            "Must be 256 or fewer",
            json!({"author": {"name": "a".repeat(256)}}),
        ),
        embed(
            "a colour is a number of 24 bits",
            json!({"title": "t", "color": 0x100_0000}),
            "NUMBER_TYPE_MAX",
            json!({"title": "t", "color": 0xff_ffff}),
        ),
        embed(
            "a timestamp is a time",
            json!({"title": "t", "timestamp": "yesterday"}),
            "DATE_TIME_TYPE_PARSE",
            json!({"title": "t", "timestamp": "2026-01-01T00:00:00Z"}),
        ),
        embed(
            "an address is one",
            json!({"title": "t", "url": "no address"}),
            "URL_TYPE_INVALID_URL",
            json!({"title": "t", "url": "https://example.org"}),
        ),
        message(
            "6000 characters over all embeds",
            json!({"embeds": [long(2999), long(3000)]}),
            "Embed size exceeds maximum size of 6000",
            json!({"embeds": [long(2999), long(2999)]}),
        ),
        message(
            "mentions are parsed or listed",
            json!({"content": "c", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}),
            "mutually exclusive",
            json!({"content": "c", "allowed_mentions": {"parse": [], "users": ["1"]}}),
        ),
        message(
            "what is parsed is known",
            json!({"content": "c", "allowed_mentions": {"parse": ["all"]}}),
            "BASE_TYPE_CHOICES",
            json!({"content": "c", "allowed_mentions": {"parse": ["everyone"]}}),
        ),
        message(
            "an embed's file is there",
            json!({"embeds": [{"image": {"url": "attachment://a.png"}}]}),
            "ATTACHMENT_NOT_FOUND",
            json!({"embeds": [{"image": {"url": "https://example.org/a.png"}}]}),
        ),
        message(
            "a listed file is there",
            json!({"content": "c", "attachments": [{"id": 0}]}),
            "ATTACHMENT_NOT_FOUND",
            json!({"content": "c", "attachments": []}),
        ),
        message(
            "embeds are a list",
            json!({"embeds": {"title": "t"}}),
            "LIST_TYPE_CONVERT",
            json!({"embeds": [{"title": "t"}]}),
        ),
        rule(
            "a defer has no flag but ephemeral",
            To::Command,
            json!({"type": 5, "data": {"flags": 32768}}),
            "MESSAGE_FLAGS_INVALID",
            json!({"type": 5, "data": {"flags": 64}}),
        ),
        rule(
            "a followup has no other name",
            To::Followup,
            json!({"content": "c", "username": "someone"}),
            "WEBHOOK_FIELD_NOT_ALLOWED",
            json!({"content": "c"}),
        ),
        rule(
            "V2 cannot be taken back",
            To::EditV2,
            json!({"flags": 0, "components": [text(1)]}),
            "MESSAGE_FLAGS_COMPONENTS_V2_FIXED",
            json!({"flags": 32768, "components": [text(1)]}),
        ),
        rule(
            "an edit keeps to V2 too",
            To::EditV2,
            json!({"content": "c"}),
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            json!({"components": [text(2)]}),
        ),
    ]
}

fn components() -> Vec<Rule> {
    let styled = |fields: Value| {
        let mut button = json!({"type": 2, "label": "B"});
        for (name, value) in fields.as_object().expect("an object") {
            button[name.as_str()] = value.clone();
        }
        json!([button])
    };
    let link = |url: &str| styled(json!({"style": 5, "url": url}));
    let custom = |id: &str| styled(json!({"style": 1, "custom_id": id}));
    vec![
        message(
            "5 rows",
            json!({"components": rows(6)}),
            "Must be between 1 and 5 in length.",
            json!({"components": rows(5)}),
        ),
        message(
            "buttons stand in rows",
            json!({"components": [button("b")]}),
            "BASE_TYPE_CHOICES",
            json!({"components": rows(1)}),
        ),
        message(
            "a component's type is known",
            json!({"components": [{"type": 99}]}),
            "BASE_TYPE_CHOICES",
            json!({"components": rows(1)}),
        ),
        message(
            "ids of components are unique",
            json!({"components": [{"type": 1, "id": 5, "components": [button("a")]}, {"type": 1, "id": 5, "components": [button("b")]}]}),
            "COMPONENT_ID_DUPLICATED",
            json!({"components": [{"type": 1, "id": 5, "components": [button("a")]}, {"type": 1, "id": 6, "components": [button("b")]}]}),
        ),
        row("5 buttons in a row", buttons(6), "BASE_TYPE_BAD_LENGTH", buttons(5)),
        row("a row is not empty", json!([]), "Must be between 1 and 5 in length.", buttons(1)),
        row(
            "buttons or a select in a row",
            json!([button("a"), select("s", json!({}))]),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            json!([select("s", json!({}))]),
        ),
        row(
            "one select in a row",
            json!([select("a", json!({})), select("b", json!({}))]),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            json!([select("a", json!({}))]),
        ),
        row(
            "no text input in a message",
            json!([{"type": 4, "custom_id": "t", "style": 1, "label": "T"}]),
            "BASE_TYPE_CHOICES",
            buttons(1),
        ),
        row(
            "custom ids are unique",
            json!([button("a"), button("a")]),
            "Component custom id cannot be duplicated",
            json!([button("a"), button("b")]),
        ),
        row(
            "a custom id has 100 characters",
            custom(&"i".repeat(101)),
            "Must be between 1 and 100 in length.",
            custom(&"i".repeat(100)),
        ),
        row("a custom id is not empty", custom(""), "Must be between 1 and 100 in length.", custom("i")),
        row("a button has a custom id", styled(json!({"style": 1})), "A custom id is required", custom("i")),
        row(
            "a button's style is known",
            styled(json!({"style": 9, "custom_id": "i"})),
            "BASE_TYPE_CHOICES",
            custom("i"),
        ),
        row("a link has an address", styled(json!({"style": 5})), "A url is required", link("https://example.org")),
        row(
            "a link has no custom id",
            styled(json!({"style": 5, "url": "https://example.org", "custom_id": "i"})),
            "BUTTON_COMPONENT_FIELD_NOT_ALLOWED",
            link("https://example.org"),
        ),
        row(
            "a button has no address",
            styled(json!({"style": 1, "url": "https://example.org", "custom_id": "i"})),
            "BUTTON_COMPONENT_FIELD_NOT_ALLOWED",
            custom("i"),
        ),
        row(
            "an address has a scheme that is let through",
            link("ftp://example.org"),
            "URL_TYPE_INVALID_SCHEME",
            link("http://example.org"),
        ),
        row(
            "an address has 512 characters",
            link(&format!("https://{}", "u".repeat(505))),
            "Must be 512 or fewer",
            link(&format!("https://{}", "u".repeat(504))),
        ),
        row(
            "a premium button has only its article",
            json!([{"type": 2, "style": 6, "sku_id": "1", "label": "B"}]),
            "BUTTON_COMPONENT_FIELD_NOT_ALLOWED",
            json!([{"type": 2, "style": 6, "sku_id": "1"}]),
        ),
        row(
            "a label has 80 characters",
            styled(json!({"style": 1, "custom_id": "i", "label": "l".repeat(81)})),
            "Must be 80 or fewer",
            styled(json!({"style": 1, "custom_id": "i", "label": "l".repeat(80)})),
        ),
        row(
            "a button has a label or an emoji",
            json!([{"type": 2, "style": 1, "custom_id": "i"}]),
            "BUTTON_COMPONENT_LABEL_REQUIRED",
            json!([{"type": 2, "style": 1, "custom_id": "i", "emoji": {"name": "🔥"}}]),
        ),
        row(
            "25 options in a select",
            json!([select("s", json!({"options": options(26)}))]),
            "Must be between 1 and 25 in length.",
            json!([select("s", json!({"options": options(25)}))]),
        ),
        row(
            "a select has options",
            json!([select("s", json!({"options": []}))]),
            "Must be between 1 and 25 in length.",
            json!([select("s", json!({}))]),
        ),
        row(
            "values of options are unique",
            json!([select("s", json!({"options": [{"label": "A", "value": "a"}, {"label": "B", "value": "a"}]}))]),
            "The specified option value is already used",
            json!([select("s", json!({}))]),
        ),
        row(
            "an option's label has 100 characters",
            json!([select("s", json!({"options": [{"label": "l".repeat(101), "value": "a"}]}))]),
            "\"label\"",
            json!([select("s", json!({"options": [{"label": "l".repeat(100), "value": "a"}]}))]),
        ),
        row(
            "an option's value has 100 characters",
            json!([select("s", json!({"options": [{"label": "l", "value": "v".repeat(101)}]}))]),
            "\"value\"",
            json!([select("s", json!({"options": [{"label": "l", "value": "v".repeat(100)}]}))]),
        ),
        row(
            "min_values is not above max_values",
            json!([select("s", json!({"min_values": 2, "max_values": 1}))]),
            "SELECT_COMPONENT_MIN_VALUES_EXCEEDED",
            json!([select("s", json!({"min_values": 1, "max_values": 1}))]),
        ),
        row(
            "max_values is not above the options",
            json!([select("s", json!({"max_values": 3}))]),
            "SELECT_COMPONENT_MAX_VALUES_EXCEEDED",
            json!([select("s", json!({"max_values": 2}))]),
        ),
        row(
            "max_values is up to 25",
            json!([{"type": 5, "custom_id": "s", "max_values": 26}]),
            "NUMBER_TYPE_MAX",
            json!([{"type": 5, "custom_id": "s", "max_values": 25}]),
        ),
        row(
            "a placeholder has 150 characters",
            json!([select("s", json!({"placeholder": "p".repeat(151)}))]),
            "Must be 150 or fewer",
            json!([select("s", json!({"placeholder": "p".repeat(150)}))]),
        ),
    ]
}

fn new_components() -> Vec<Rule> {
    let section = |texts: usize| json!({"components": [{"type": 9, "components": vec![text(1); texts], "accessory": button("b")}]});
    let gallery = |items: usize| json!({"components": [{"type": 12, "items": vec![json!({"media": {"url": "https://example.org/a.png"}}); items]}]});
    let texts = |n: usize| json!({"components": [text(2000), text(n)]});
    vec![
        message(
            "new components need their flag",
            json!({"components": [text(1)]}),
            "Value of field \\\"type\\\" must be one of (1,).",
            json!({"components": [text(1)], "flags": 32768}),
        ),
        v2(
            "no content beside new components",
            json!({"content": "c", "components": [text(1)]}),
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            json!({"components": [text(1)]}),
        ),
        v2(
            "no embeds beside new components",
            json!({"embeds": [{"title": "t"}], "components": [text(1)]}),
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            json!({"components": [text(1)]}),
        ),
        v2("40 components in all", boxed(41), "The maximum number of components in a message is 40", boxed(40)),
        v2(
            "4000 characters in a text",
            json!({"components": [text(4001)]}),
            "Must be between 1 and 4000",
            json!({"components": [text(4000)]}),
        ),
        v2("4000 characters over all texts", texts(2001), "COMPONENT_MAX_TOTAL_TEXT_EXCEEDED", texts(2000)),
        v2("3 texts in a section", section(4), "Must be between 1 and 3", section(3)),
        v2("10 pictures in a gallery", gallery(11), "Must be between 1 and 10", gallery(10)),
        v2(
            "a file component's file is there",
            json!({"components": [{"type": 13, "file": {"url": "attachment://a.txt"}}]}),
            "ATTACHMENT_NOT_FOUND",
            json!({"components": [text(1)]}),
        ),
    ]
}
