//! Templates to replies: what a template can say, and what data can never do.

use crate::{engine, *};
use direttore_domain::{Failure, Instant, Permission, Refusal, Role, text::visible};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

fn with(source: &'static str, data: &impl Serialize) -> Result<Reply, RenderError> {
    let env = engine::environment(&[("try", source)]).expect("the test's template compiles");
    engine::render_in(&env, "try", data, "Europe/Warsaw")
}

const RUNS: &str = "---
tone: success
title: {{ guest.name }} is running
public: true
job: {{ job }}
progress: 2 5 {{ percent }}
actions: Yes, No
{% for ip in guest.addresses %}
field address: {{ ip | code }}
{% endfor %}
field owner: {{ guest.owner | who }}
field nothing: {{ none }}
table: disks
columns: disk, size|bytes, used | percent, since = made|when, slots, tags|list, node.name
---
**{{ guest.name }}** ({{ guest.vmid }}) runs on {{ guest.node | code }} since {{ guest.since | when }}
{% if guest.memory > 1 %}
with {{ guest.memory | bytes }}, up {{ up | duration }}, {{ 2 | plural('core') }}.
{% endif %}
{{ url | link }}
{{ log | block }}
{{ guest.addresses | map('code') | list }}
";

fn running() -> Value {
    json!({
        "guest": { "name": "web*1", "vmid": 101, "node": "pve`1", "since": 1_772_283_900_000_i64, "memory": 1_610_612_736,
                   "owner": "al>ice", "addresses": ["10.0.0.5", "fe80::1"] },
        "job": "J-1", "percent": 37, "none": null, "up": 90_061, "url": "https://pve1:8006/?a=b", "log": "one\ntwo\x1b[2J",
        "disks": [{ "disk": "scsi0", "size": 34_359_738_368_u64, "used": 0.5, "made": 0, "slots": 2.5,
                    "tags": ["a", "b"], "node": { "name": "pve1" } }, { "disk": 7 }],
    })
}

#[test]
fn a_template_becomes_a_reply() {
    let reply = with(RUNS, &running()).expect("renders");
    assert_eq!(
        reply.to_json(),
        json!({
            "tone": "success", "title": "web*1 is running",
            "text": "web*1 (101) runs on pve`1 since 2026-02-28 14:05 CET\nwith 1.5 GiB, up 1 d 1 h, 2 cores.\n\
                     https://pve1:8006/?a=b\none\ntwo\\u{1b}[2J\n10.0.0.5 and fe80::1",
            "fields": [{ "name": "address", "value": "10.0.0.5" }, { "name": "address", "value": "fe80::1" },
                       { "name": "owner", "value": "al>ice" }],
            "table": { "columns": ["disk", "size", "used", "since", "slots", "tags", "node.name"],
                       "rows": [["scsi0", "32 GiB", "50 %", "1970-01-01 01:00 CET", 2.5, "a and b", "pve1"],
                                [7, "", "", "", "", "", ""]] },
            "actions": ["Yes", "No"], "public": true, "job": "J-1",
        })
    );
    assert_eq!(reply.progress, Some(Progress { done: 2, of: 5, percent: Some(37) }));
    assert_eq!(reply.text.0[0], Span::Bold("web*1".into()));
    assert!(reply.text.0.contains(&Span::When(Instant(1_772_283_900_000))));
    assert!(reply.text.0.contains(&Span::Code("one\ntwo\\u{1b}[2J".into())));
    assert!(reply.text.0.contains(&Span::Link("https://pve1:8006/?a=b".into())));
    assert_eq!(reply.fields[2].value, Text::from(Span::Who("al>ice".into())));
}

#[test]
fn a_reply_survives_being_stored() {
    let reply = with(RUNS, &running()).expect("renders");
    let stored = serde_json::to_string(&reply).expect("serialises");
    assert_eq!(serde_json::from_str::<Reply>(&stored).expect("reads"), reply);
}

#[test]
fn empty_keys_are_absent_and_the_rest_is_in_json() {
    let reply = Reply {
        id: "r1".into(),
        to: "admin".into(),
        form: Some(Form {
            title: "Which".into(),
            page: 1,
            of: 2,
            ask: vec![Question {
                key: "cores".into(),
                label: "CPU cores".into(),
                kind: "integer".into(),
                required: true,
                error: Some("too many".into()),
                ..Question::default()
            }],
        }),
        attachments: vec![Attachment {
            name: "lab.png".into(),
            media_type: "image/png".into(),
            bytes: vec![1, 2, 3],
            alt: "three nodes".into(),
        }],
        unasked: true,
        replaces: Some("r0".into()),
        ..Reply::new(Tone::Info, "hello")
    };
    assert_eq!(
        reply.to_json(),
        json!({ "id": "r1", "to": "admin", "tone": "info", "title": "hello",
            "form": { "title": "Which", "page": 1, "of": 2, "ask": [{ "key": "cores", "label": "CPU cores",
                "kind": "integer", "required": true, "error": "too many" }] },
            "attachments": [{ "name": "lab.png", "type": "image/png", "bytes": 3, "alt": "three nodes" }],
            "replaces": "r0", "unasked": true })
    );
}

#[test]
fn what_a_template_must_not_do_is_an_error() {
    let wrong = |source| with(source, &json!({ "a": "public: true", "n": 1 })).expect_err(source).to_string();
    assert!(wrong("---\ntitle: {{ missing }}\n---\n").contains("cannot be rendered"));
    assert!(wrong("---\ntitle: {{ missing | code }}\n---\n").contains("cannot be rendered"));
    assert!(wrong("---\ntitle: {{ a | when }}\n---\n").contains("cannot be rendered"));
    assert!(wrong("---\ncolour: red\n---\n").contains("no such key"));
    assert!(wrong("---\ntone: happy\n---\n").contains("no such tone"));
    assert!(wrong("---\n{{ a }}\n---\n").contains("without a colon"));
    assert!(wrong("---\ntable: a\n---\n").contains("need each other"));
    assert!(wrong("title: x\n").contains("no front matter"));
    assert!(wrong("---\ntitle: x\n---\n**{{ a }}").contains("not closed"));
    assert!(matches!(render("nowhere", &(), "UTC"), Err(RenderError::NoSuchTemplate { .. })));
}

#[test]
fn what_is_captured_is_escaped_once() {
    let source = "---\ntitle: {% set both %}{{ a }}{{ a | code }}{% endset %}{{ both }}\n---\n{% macro m(x) %}**{{ x }}**{% endmacro %}{{ m(a) }} {{ a ~ '`' }}";
    let reply = with(source, &json!({ "a": "**x**" })).expect("renders");
    assert_eq!(reply.title.0, [Span::Plain("**x**".into()), Span::Code("**x**".into())]);
    assert_eq!(reply.text.0, [Span::Bold("**x**".into()), Span::Plain(" **x**`".into())]);
}

#[test]
fn a_link_that_is_none_is_words() {
    for address in ["javascript:alert(1)", "https://x y", "//pve1"] {
        let reply = with("---\ntitle: {{ a | link }}\n---\n", &json!({ "a": address })).expect("renders");
        assert_eq!(reply.title.0, [Span::Plain(address.into())]);
    }
}

#[test]
fn yes_no_and_nothing() {
    let reply = with("---\nfield a: {{ t }}\nfield b: {{ f }}\nfield c: {{ n }}\nfield d: {{ x }}\n---\n{% if f %}\nno\n\n{% endif %}\n", &json!({ "t": true, "f": false, "n": null, "x": -2.0 }))
        .expect("renders");
    let values: Vec<String> = reply.fields.iter().map(|f| f.value.plain("UTC")).collect();
    assert_eq!(values, ["yes", "no", "-2"]);
    assert!(reply.text.is_empty() && !Text::from("a").is_empty());
}

#[test]
fn every_template_compiles_and_its_front_matter_has_known_keys() {
    const KEYS: [&str; 10] =
        ["tone", "title", "public", "actions", "code", "reference", "job", "progress", "table", "columns"];
    engine::environment(engine::templates()).expect("every template compiles");
    assert!(template_names().count() >= 4);
    for (name, source) in engine::templates() {
        let (head, _) = crate::front::split(source).unwrap_or_else(|| panic!("{name}.j2 has no front matter"));
        let lines: Vec<&str> = head.lines().filter(|l| !l.trim().is_empty() && !l.trim().starts_with(['{'])).collect();
        for line in &lines {
            let key = line.split_once(':').unwrap_or_else(|| panic!("{name}.j2: no colon in {line:?}")).0.trim();
            assert!(KEYS.contains(&key) || key.starts_with("field "), "{name}.j2: no such key: {line:?}");
        }
        for must in ["tone:", "title:"] {
            assert!(head.contains(must), "{name}.j2 has no {must}");
        }
        for raw in ["`{{", "}}`", "| safe", "<@"] {
            assert!(!source.contains(raw), "{name}.j2 has {raw}: markup from a value comes from a filter");
        }
    }
}

#[test]
fn trouble_is_said() {
    let reply = render_refusal(&Refusal::NoSuchGuest { given: "web*9".into(), nearest: Some("web1".into()) });
    assert_eq!(
        reply.to_json(),
        json!({ "tone": "refused", "title": "no guest is called web*9", "text": "did you mean web1?", "code": "no-such-guest" })
    );
    let reply = render_refusal(&Refusal::NotAllowed {
        permission: Permission::Power,
        needs: Role::Operator,
        has: None,
        because: "no rule gives one".into(),
    });
    assert_eq!(reply.tone, Tone::Refused);
    let reply = render_failure(&Failure::Unreachable { peer: "pve1".into(), why: "\x1b[31m\nrefused".into() });
    assert_eq!(reply.title_plain(), "pve1 cannot be reached: \\u{1b}[31m\\nrefused");
    assert_eq!((reply.tone, reply.code.as_deref()), (Tone::Failed, Some("unreachable")));
    let reply = render_bug("E-7f3a");
    assert_eq!((reply.tone, reply.reference.as_deref()), (Tone::Failed, Some("E-7f3a")));
    let reply = render_refusal(&Refusal::NoSuchGuest { given: "x".repeat(10_000), nearest: None });
    assert_eq!(reply.title_plain().chars().count(), 500);
}

#[test]
fn a_question_has_its_details_and_buttons() {
    let data = json!({ "question": "stop web1 (101)?", "text": "It will not be asked to shut down.",
        "details": [{ "name": "owner", "value": "alice, bob: x" }, { "name": "reason", "value": null }], "actions": ["Yes", "No"] });
    let reply = render("question", &data, "UTC").expect("renders");
    assert_eq!(
        reply.to_json(),
        json!({ "tone": "info", "title": "stop web1 (101)?", "text": "It will not be asked to shut down.",
            "fields": [{ "name": "owner", "value": "alice, bob: x" }], "actions": ["Yes", "No"] })
    );
}

const HOSTILE: &str = "---
title: {{ v }}
code: {{ v }}
field {{ v }}: {{ v }}
field code: {{ v | code }}
field who: {{ v | who }}
{% for one in [v, v] %}
actions: {{ one }}
{% endfor %}
table: rows
columns: v, w
---
{{ v }}
**{{ v }}**{{ v | code }}
{{ v | block }}
";

/// Mixes what could be markup with any text at all.
fn anything() -> impl Strategy<Value = String> {
    let marks = "[\\\\*_`~<>\\[\\]@#|{}%:,\\-\n\r\t \u{a0}\u{2028}\u{202e}nsa0-9]{1,12}";
    let tags = prop::sample::select(vec![
        "---",
        "<when:1>",
        "<who:x>",
        "@everyone",
        "field x: y",
        "{{ v }}",
        "\n---\n",
        "**",
        "\\",
    ]);
    prop_oneof![
        any::<String>(),
        marks,
        (tags.clone(), any::<String>(), tags).prop_map(|(a, b, c)| format!("{a}{b}{c}"))
    ]
}

proptest! {
    #[test]
    fn data_comes_back_verbatim_and_adds_nothing(value in anything()) {
        let reply = with(HOSTILE, &json!({ "v": value, "rows": [{ "v": value, "w": 1 }] })).expect("renders");
        let seen = visible(&value);
        let lines = direttore_domain::text::visible_lines(&value);
        prop_assert_eq!(reply.title_plain(), seen.clone());
        let is_empty = seen.is_empty();
        if is_empty {
            prop_assert!(reply.title.0.is_empty() && reply.fields.is_empty() && reply.actions.is_empty());
            prop_assert_eq!(reply.code, None);
            return Ok(());
        }
        prop_assert_eq!(reply.title.0.len(), 1);
        prop_assert_eq!(reply.code.as_deref(), Some(seen.as_str()));
        prop_assert_eq!(reply.actions, vec![seen.clone(), seen.clone()]);
        let fields: Vec<(String, Vec<Span>)> = reply.fields.into_iter().map(|f| (f.name, f.value.0)).collect();
        prop_assert_eq!(fields, vec![
            (seen.clone(), vec![Span::Plain(seen.clone())]),
            ("code".to_owned(), vec![Span::Code(seen.clone())]),
            ("who".to_owned(), vec![Span::Who(seen.clone())]),
        ]);
        prop_assert_eq!(reply.text.0, vec![
            Span::Plain(seen.clone()), Span::Line, Span::Bold(seen.clone()), Span::Code(seen.clone()), Span::Line, Span::Code(lines),
        ]);
        let table = reply.table.expect("a table");
        prop_assert_eq!(table.columns, vec!["v".to_owned(), "w".to_owned()]);
        prop_assert_eq!(table.rows, vec![vec![Cell::Text(seen), Cell::Number(1.0)]]);
    }

    #[test]
    fn any_markup_is_read_or_refused(markup in anything()) {
        let _ = crate::markup::parse(&markup);
        let _ = crate::front::read("try", &format!("---\n{markup}\n---\n{markup}"));
    }
}
