use super::*;
use direttore_reply::{Attachment, Cell, Field, Form, Question, Span, Table, Text};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn shown(message: &Message) -> String {
    let embed = &message.embeds[0];
    // What takes no room is made visible.
    format!("{}\n---\n{}", embed.title, embed.description).replace('\u{200b}', "<0>")
}

fn widgets(message: &Message) -> Vec<String> {
    let rows = json!(message.components);
    let of_row = |row: &Value| {
        let one = |c: &Value| {
            let name = c["label"].as_str().or(c["placeholder"].as_str()).unwrap_or_default();
            let options = c["options"].as_array().map(|o| format!(" of {}", o.len())).unwrap_or_default();
            format!("{name}{options} <{}>", c["custom_id"].as_str().unwrap_or_default())
        };
        row["components"].as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join(" | ")
    };
    rows.as_array().into_iter().flatten().map(of_row).collect()
}

#[test]
fn a_reply_is_one_embed() {
    let reply = Reply {
        id: "q7".to_owned(),
        text: Text(vec![
            Span::Plain("What is not written is lost.".to_owned()),
            Span::Line,
            Span::Code("/power shutdown".to_owned()),
            Span::Plain(" asks first, ".to_owned()),
            Span::When(direttore_domain::Instant(1_767_225_600_000)),
        ]),
        fields: vec![Field { name: "node".to_owned(), value: "pve2".into() }],
        actions: vec!["Yes".to_owned(), "No".to_owned()],
        ..Reply::new(Tone::Warning, "stop web1 (101)?")
    };
    let message = message(&reply, true);
    assert_eq!(message.flags, Some(64));
    assert_snapshot!(shown(&message), @r#"
    warning: stop web1 \(101\)?
    ---
    What is not written is lost.
    `/power shutdown` asks first, <t:1767225600:f>
    **node**  pve2
    "#);
    assert_eq!(widgets(&message), ["Yes, stop web1 (101) <press:1:q7:Yes> | No <press:1:q7:No>"],);
}

#[test]
fn data_is_never_markup() {
    let hostile = "@everyone <@123> **b** `x` ||s|| [a](https://evil.example) https://evil.example\n# h\n- l\n1. n\n> q ``` @here";
    let reply = Reply { text: hostile.into(), ..Reply::new(Tone::Info, hostile) };
    let message = message(&reply, false);
    assert_eq!(json!(message)["allowed_mentions"], json!({ "parse": [] }));
    assert_snapshot!(shown(&message), @r#"
    \@everyone \<\@123\> \*\*b\*\* \`x\` \|\|s\|\| \[a\]\(https\://evil.example\) https\://evil.example
    \# h
    \- l
    1\. n
    \> q \`\`\` \@here
    ---
    \@everyone \<\@123\> \*\*b\*\* \`x\` \|\|s\|\| \[a\]\(https\://evil.example\) https\://evil.example
    \# h
    \- l
    1\. n
    \> q \`\`\` \@here
    "#);
    let code = Reply { text: Text(vec![Span::Code("a ``` b ` c".to_owned())]), ..Reply::new(Tone::Info, "t") };
    assert_snapshot!(shown(&super::message(&code, false)), @r#"
    t
    ---
    `` a `<0>`<0>` b ` c ``
    "#);
}

#[test]
fn a_table_is_as_narrow_as_a_phone() {
    let long = "a-very-long-name-of-a-guest-that-nobody-would-type-twice.example.com";
    let table = Table {
        columns: vec!["vmid".to_owned(), "name".to_owned(), "note".to_owned()],
        rows: vec![
            vec![Cell::from(101), Cell::Text(long.to_owned()), Cell::Text("```".to_owned())],
            vec![Cell::from(2), Cell::Text("日本語".to_owned()), Cell::Text("b".to_owned())],
        ],
    };
    let reply = Reply { table: Some(table), ..Reply::new(Tone::Info, "guests") };
    assert_snapshot!(shown(&message(&reply, false)), @r#"
    guests
    ---
    ```
    vmid  name                                              note
     101  a-very-long-name-of-a-guest-that-nobody-would-t…  `<0>`<0>`
       2  日本語                                            b
    ```
    "#);
    let empty = Reply {
        table: Some(Table { columns: vec!["vmid".to_owned()], rows: vec![] }),
        ..Reply::new(Tone::Info, "none")
    };
    assert_eq!(message(&empty, false).embeds[0].description, "");
}

#[test]
fn what_is_too_long_comes_as_a_file() {
    let rows = (0..400).map(|n| vec![Cell::Text(format!("guest-{n}")), Cell::from(n)]).collect();
    let table = Table { columns: vec!["name".to_owned(), "n".to_owned()], rows };
    let picture = Attachment {
        name: "p.png".to_owned(),
        media_type: "image/png".to_owned(),
        bytes: vec![1],
        alt: "p".to_owned(),
    };
    let reply = Reply { table: Some(table), attachments: vec![picture], ..Reply::new(Tone::Info, "guests") };
    let message = message(&reply, false);
    let description = &message.embeds[0].description;
    assert!(description.chars().count() <= 4096, "{}", description.chars().count());
    assert_eq!(description.matches("```").count() % 2, 0, "the block is closed");
    let file = message.file.expect("a file");
    assert_eq!(file.name, "reply.txt");
    assert!(String::from_utf8_lossy(&file.bytes).contains("guest-399"));
    assert_eq!(message.attachments.len(), 1);
    assert!(message.embeds[0].image.is_none(), "one file a message");
}

/// What a push would do to many devices: whoever says yes sees what else it is about, and the file has all.
#[test]
fn of_a_long_text_what_stands_beside_it_is_seen_too() {
    let field = |n: usize| Field { name: format!("field {n}"), value: "its value".into() };
    let row = |n: usize| vec![Cell::Text(format!("switch-{n}")), Cell::Text("differs".to_owned())];
    let whole = Attachment {
        name: "vlan.diff".to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: b"+the last line\n".to_vec(),
        alt: "the whole difference".to_owned(),
    };
    let of = |lines: usize, rows: usize| Reply {
        text: Text(vec![Span::Code("+vlan 300, and more of it\n".repeat(lines))]),
        fields: (0..4).map(field).collect(),
        table: Some(Table {
            columns: vec!["device".to_owned(), "state".to_owned()],
            rows: (0..rows).map(row).collect(),
        }),
        attachments: vec![whole.clone()],
        ..Reply::new(Tone::Info, "push vlan to 12 devices?")
    };
    for (lines, rows, last) in [(400, 12, Some("switch-11")), (20, 400, None), (400, 400, None)] {
        let message = message(&of(lines, rows), true);
        let description = &message.embeds[0].description;
        assert!(description.chars().count() <= DESCRIPTION, "{}", description.chars().count());
        assert_eq!(description.matches("```").count(), 4, "both blocks are closed: {description}");
        for words in ["+vlan 300", "**field 3**", "switch-9", "the whole is in the file", last.unwrap_or_default()] {
            assert!(description.contains(words), "no {words}: {description}");
        }
        let file = message.file.expect("a file");
        let text = String::from_utf8_lossy(&file.bytes);
        assert!(
            text.contains("field 3: its value") && text.contains("===== vlan.diff =====\n+the last line"),
            "{text}"
        );
        assert_eq!((file.name.as_str(), message.attachments.len()), ("reply.txt", 1));
    }
    let short = message(&of(3, 3), true);
    assert_eq!(short.file.expect("a file").name, "vlan.diff");
}

fn ask(key: &str, choices: usize) -> Question {
    Question {
        key: key.to_owned(),
        label: format!("The {key}"),
        choices: (0..choices).map(|n| format!("{key}{n}")).collect(),
        ..Question::default()
    }
}

#[test]
fn a_form_has_a_select_for_each_question_with_choices() {
    let mut many = ask("guest", 25);
    many.more = 9975;
    many.value = Some("guest3".to_owned());
    let form = Form {
        title: "Where".to_owned(),
        page: 1,
        of: 3,
        ask: vec![ask("node", 3), many, Question { required: true, ..ask("name", 0) }],
    };
    let reply = Reply {
        id: "q1".to_owned(),
        form: Some(form.clone()),
        actions: vec!["Back".to_owned(), "Next".to_owned(), "Cancel".to_owned()],
        ..Reply::new(Tone::Info, "Make a new VM")
    };
    let message = message(&reply, true);
    assert_snapshot!(shown(&message), @r#"
    Make a new VM
    ---
    **Where** (1 of 3)
    • node: The node
    • guest: The guest  `guest3`
    • name: The name (needed)
    "#);
    assert_eq!(
        widgets(&message),
        [
            "node: The node of 3 <set:1:q1:node>",
            "guest: The guest of 25 <set:1:q1:guest>",
            "Write… <write:1:q1> | Back <press:1:q1:Back> | Next <press:1:q1:Next> | Cancel <press:1:q1:Cancel>",
        ],
    );
    let select = &json!(message.components)[1]["components"][0]["options"];
    assert_eq!(select[24]["label"], "9976 more: find one by a part of it");
    assert!(select.as_array().expect("options").iter().any(|o| o["value"] == "guest3" && o["default"] == true));
    let modal = json!(modal("q1", &form));
    assert_eq!(modal["title"], "Where 1/3");
    assert_eq!(modal["components"][1]["components"][0]["value"], "guest3");
    assert_eq!(modal["components"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_name_that_confirms_is_typed() {
    let form = Form {
        title: "The name confirms it".to_owned(),
        page: 1,
        of: 1,
        ask: vec![Question { required: true, ..ask("name", 0) }],
    };
    let reply = Reply {
        id: "q2".to_owned(),
        form: Some(form),
        actions: vec!["Cancel".to_owned()],
        ..Reply::new(Tone::Info, "delete?")
    };
    assert_eq!(widgets(&message(&reply, true)), ["Type the name… <write:1:q2> | Cancel <press:1:q2:Cancel>"]);
}

#[test]
fn progress_is_a_bar_with_words() {
    let progress = Progress { done: 3, of: 6, percent: Some(60) };
    let reply = Reply { progress: Some(progress), ..Reply::new(Tone::Info, "J-1: copying") };
    assert_eq!(message(&reply, false).embeds[0].description, "███████░░░░░ 3 of 6 steps done, 60 % of the next");
}
