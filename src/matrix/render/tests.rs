use super::*;
use direttore_domain::Instant;
use direttore_reply::{Attachment, Cell, Field, Form, Question, Span, Table, Text};
use insta::assert_snapshot;

const BARE: Manner = Manner { lead: "!" };

fn both(reply: &Reply) -> String {
    let shown = shown(reply, BARE);
    format!("{}\n----\n{}", shown.body, shown.html)
}

fn question(key: &str, value: Option<&str>) -> Question {
    let (label, kind) = (format!("The {key}"), "text".to_owned());
    Question { key: key.to_owned(), label, kind, value: value.map(str::to_owned), ..Question::default() }
}

#[test]
fn a_list_with_a_pager() {
    let row = |name: &str, vmid: f64| vec![Cell::from(name), Cell::from(vmid)];
    let table = Table { columns: vec!["name".into(), "vmid".into()], rows: vec![row("web1", 101.0), row("<b>", 9.0)] };
    let text = [Span::Plain("Say ".into()), Span::Code("/guest list".into()), Span::Plain(" for all.".into())];
    let actions = vec!["Back".to_owned(), "Next".to_owned()];
    let text = text.into_iter().collect();
    let reply = Reply { table: Some(table), text, actions, ..Reply::new(Tone::Info, "2 guests") };
    assert_snapshot!(both(&reply), @r#"
    2 guests
    Say !guest list for all.
    name  vmid
    web1   101
    <b>      9
    ◀️ Back   ▶️ Next   (react, or say it in this thread)
    ----
    <strong>2 guests</strong><br>Say <code>!guest list</code> for all.<table><thead><tr><th>name</th><th>vmid</th></tr></thead><tbody><tr><td>web1</td><td>101</td></tr><tr><td>&lt;b&gt;</td><td>9</td></tr></tbody></table><p>◀️ Back   ▶️ Next   (react, or say it in this thread)</p>
    "#);
}

#[test]
fn a_question_with_fields() {
    let field = |name: &str, value: &str| Field { name: name.to_owned(), value: value.into() };
    let reply = Reply {
        fields: vec![field("vmid", "101"), field("running since", "today\nor so")],
        actions: vec!["Yes".to_owned(), "No".to_owned()],
        ..Reply::new(Tone::Info, "stop web1?")
    };
    assert_snapshot!(both(&reply), @r#"
    stop web1?
      vmid           101
      running since  today
                     or so
    ✅ Yes   ❌ No   (react, or say it in this thread)
    ----
    <strong>stop web1?</strong><ul><li><b>vmid</b> 101</li><li><b>running since</b> today<br>or so</li></ul><p>✅ Yes   ❌ No   (react, or say it in this thread)</p>
    "#);
}

#[test]
fn a_page_of_a_wizard() {
    let mut node = question("node", Some("pve1"));
    (node.required, node.choices, node.hints) = (true, vec!["pve1".into(), "pve2".into()], vec!["3 GiB free".into()]);
    let mut cores = question("cores", None);
    cores.error = Some("cores must be 1 to 64".into());
    let form = Form { title: "Where and how big".into(), page: 1, of: 6, ask: vec![node, cores] };
    let actions = ["Back", "Next", "Add", "Remove", "Cancel"].map(str::to_owned).into();
    let reply = Reply { form: Some(form), actions, ..Reply::new(Tone::Refused, "cores must be 1 to 64") };
    assert_snapshot!(both(&reply), @r#"
    refused: cores must be 1 to 64
    Where and how big (1 of 6)
      1. node (needed): The node = pve1
         one of pve1 (3 GiB free), pve2
      2. cores: The cores
         wrong: cores must be 1 to 64
    answer in this thread: node=… and so on, or one answer a line in this order, - for none
    ◀️ Back   ▶️ Next   1️⃣ Add   2️⃣ Remove   ❌ Cancel   (react, or say it in this thread)
    ----
    <strong>refused: cores must be 1 to 64</strong><p><b>Where and how big (1 of 6)</b></p><ol><li>node (needed): The node = pve1<br>one of pve1 (3 GiB free), pve2</li><li>cores: The cores<br>wrong: cores must be 1 to 64</li></ol><p>answer in this thread: node=… and so on, or one answer a line in this order, - for none</p><p>◀️ Back   ▶️ Next   1️⃣ Add   2️⃣ Remove   ❌ Cancel   (react, or say it in this thread)</p>
    "#);
    assert_eq!(shown(&reply, BARE).asks, Some(vec![("node".to_owned(), true), ("cores".to_owned(), false)]));
}

/// What a guest may be called, or a switch may say.
#[test]
fn data_is_never_markup() {
    let nasty = "<script>alert('x')</script> @room <a href=\"https://matrix.to/#/@a:b\">a</a> &amp; \u{202e}x";
    let text: Text = [
        Span::Plain(nasty.into()),
        Span::Bold(nasty.into()),
        Span::Code(nasty.into()),
        Span::Code(format!("two\n{nasty}")),
        Span::Link(format!("javascript:{nasty}")),
        Span::Link("https://x/\"><script>".into()),
    ]
    .into_iter()
    .collect();
    let mut form = Form { title: nasty.into(), page: 1, of: 1, ask: vec![question(nasty, Some(nasty))] };
    form.ask[0].choices = vec![nasty.into()];
    form.ask[0].error = Some(nasty.into());
    let table = Table { columns: vec![nasty.into()], rows: vec![vec![Cell::from(nasty)]] };
    let fields = vec![Field { name: nasty.into(), value: nasty.into() }];
    let (form, table, code) = (Some(form), Some(table), Some(nasty.to_owned()));
    let reply =
        Reply { text, form, table, fields, code, actions: vec![nasty.into()], ..Reply::new(Tone::Failed, nasty) };
    let shown = shown(&reply, BARE);
    let tags: std::collections::BTreeSet<&str> = shown
        .html
        .split('<')
        .skip(1)
        .map(|tag| tag.split(['>', ' ']).next().unwrap_or_default().trim_start_matches('/'))
        .collect();
    let allowed =
        ["a", "b", "br", "code", "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"];
    assert!(tags.iter().all(|tag| allowed.contains(tag)), "{tags:?}");
    assert!(!shown.html.contains("href=\"javascript") && !shown.html.contains("matrix.to/#/@a:b\">"));
    assert!(!shown.html.contains('\u{202e}') && !shown.body.contains('\u{202e}'));
    assert_eq!(shown.content(&[])["m.mentions"], json!({}), "nobody is called");
    assert_eq!(shown.content(&[])["msgtype"], json!("m.notice"));
    let calls = shown.content(&["@ann:x".to_owned()]);
    assert_eq!(calls["m.mentions"], json!({ "user_ids": ["@ann:x"] }));
    assert_eq!(calls["msgtype"], json!("m.text"), "a notice rings for nobody");
    assert_eq!(shown.edit("$e")["msgtype"], json!("m.notice"), "nor does an edit call anybody");
}

#[test]
fn what_is_long_is_cut_and_comes_as_a_file() {
    let text = (0..3000).map(|n| format!("line {n} <&> of many\n")).collect::<String>();
    let reply = Reply {
        text: Text(vec![Span::Code(text)]),
        actions: vec!["Yes".to_owned()],
        ..Reply::new(Tone::Info, "a lot")
    };
    let cut = shown(&reply, BARE);
    assert!(cut.is_within_limits(), "{} and {}", cut.body.len(), cut.html.len());
    assert!(cut.body.contains("the whole is in the file") && cut.body.contains("✅ Yes"), "{}", cut.body);
    assert_eq!((cut.files.len(), cut.files[0].name.as_str()), (1, "reply.txt"));
    let whole = String::from_utf8(cut.files[0].bytes.clone()).expect("text");
    assert!(whole.contains("line 2999 <&> of many"));
    assert!(serde_json::to_string(&cut.edit("$x")).expect("JSON").len() < 65_536 - 2000);
    // One line that never ends.
    let endless = Reply { text: Text(vec![Span::Plain("ąę<".repeat(30_000))]), ..Reply::new(Tone::Info, "a lot") };
    assert!(shown(&endless, BARE).is_within_limits());
    let endless = Reply::new(Tone::Info, "ąę<".repeat(30_000));
    assert!(shown(&endless, BARE).is_within_limits());
}

/// What a push would do to many devices: whoever says yes sees what else it is about.
#[test]
fn of_a_long_text_what_stands_beside_it_is_seen_too() {
    let row = |n: usize| vec![Cell::from(format!("switch-{n}").as_str()), Cell::from("differs")];
    let whole = Attachment {
        name: "vlan.diff".into(),
        media_type: "text/plain".into(),
        bytes: b"+the last line\n".to_vec(),
        alt: "the whole difference".into(),
    };
    let reply = Reply {
        text: Text(vec![Span::Code("+vlan 300, and more of it\n".repeat(800))]),
        fields: vec![Field { name: "hold".to_owned(), value: "5 min".into() }],
        table: Some(Table { columns: vec!["device".into(), "state".into()], rows: (0..12).map(row).collect() }),
        attachments: vec![whole],
        ..Reply::new(Tone::Info, "push vlan to 12 devices?")
    };
    let cut = shown(&reply, BARE);
    assert!(cut.is_within_limits(), "{} and {}", cut.body.len(), cut.html.len());
    for words in ["+vlan 300", "hold  5 min", "switch-11", "the whole is in the file"] {
        assert!(cut.body.contains(words) && cut.html.contains(words), "no {words}: {}", cut.body);
    }
    let files: Vec<&str> = cut.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(files, ["reply.txt", "vlan.diff"]);
}

/// What a device says is no line for us.
#[test]
fn output_is_shown_as_it_is() {
    let text = [
        Span::Code("/guest list".into()),
        Span::Plain(" lists. sw4 says:".into()),
        Span::Line,
        Span::Code("/user print\n/user aaa print".into()),
        Span::Line,
        Span::Plain("/guest show tells more".into()),
    ];
    let reply = Reply { text: text.into_iter().collect(), ..Reply::new(Tone::Info, "output") };
    assert_snapshot!(both(&reply), @r#"
    output
    !guest list lists. sw4 says:
    /user print
    /user aaa print
    !guest show tells more
    ----
    <strong>output</strong><br><code>!guest list</code> lists. sw4 says:<br><pre><code>/user print
    /user aaa print</code></pre><br>!guest show tells more
    "#);
}

#[test]
fn an_edit_points_at_the_first_message_and_says_all_of_it() {
    let reply =
        Reply { progress: Some(Progress { done: 1, of: 4, percent: Some(50) }), ..Reply::new(Tone::Info, "J-1") };
    let edit = shown(&reply, BARE).edit("$first");
    assert_eq!(edit["m.relates_to"], json!({ "rel_type": "m.replace", "event_id": "$first" }));
    assert_eq!(edit["m.new_content"]["body"], "J-1\n████░░░░░░░░ 1 of 4 steps done, 50 % of the next");
    assert_eq!(edit["body"], "* J-1\n████░░░░░░░░ 1 of 4 steps done, 50 % of the next");
    assert_eq!((&edit["msgtype"], &edit["m.new_content"]["msgtype"]), (&json!("m.notice"), &json!("m.notice")));
}

#[test]
fn buttons_have_signs_that_say_little() {
    let labels = ["Yes", "No", "Create", "Edit", "Cancel", "Back", "Next", "Approve", "Reject"].map(str::to_owned);
    let signs: Vec<String> =
        buttons(&labels).iter().map(|b| format!("{} {:?}", b.label, b.sign.as_deref().unwrap_or("-"))).collect();
    assert_snapshot!(signs.join("\n"), @r#"
    Yes "✅"
    No "❌"
    Create "✅"
    Edit "1\u{fe0f}\u{20e3}"
    Cancel "❌"
    Back "◀\u{fe0f}"
    Next "▶\u{fe0f}"
    Approve "2\u{fe0f}\u{20e3}"
    Reject "3\u{fe0f}\u{20e3}"
    "#);
    let many: Vec<String> = (1..=12).map(|n| format!("Slot {n}")).collect();
    let many = buttons(&many);
    assert_eq!((many[9].sign.as_deref(), many[10].sign.as_deref(), many[11].number), (Some("🔟"), None, Some(12)));
}

#[test]
fn lines_are_shown_as_they_are_said_here() {
    let say = |text: &str, lead: &'static str| sign::spoken(text, lead);
    assert_eq!(say("/guest list", "!"), "!guest list");
    assert_eq!(say("say /lab status live again (/help)", "!dt "), "say !dt lab status live again (!dt help)");
    for same in ["/nodes/pve1/qemu", "and/or", "10.0.0.0/24", "/", "/ guest", "/node/pve1", "http://x/help", "/unknown"]
    {
        assert_eq!(say(same, "!"), same);
    }
}

#[test]
fn times_and_pictures() {
    let at = Span::When(Instant(1_772_283_900_000));
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([0, 0, 6, 64, 0, 0, 3, 132]);
    let picture =
        Attachment { name: "week.png".into(), media_type: "image/png".into(), bytes: png, alt: "a week".into() };
    let reply = Reply {
        text: Text(vec![Span::Line, at, Span::Line]),
        attachments: vec![picture],
        zone: "Europe/Warsaw".into(),
        ..Reply::new(Tone::Success, "booked")
    };
    assert_eq!(both(&reply), "booked\n2026-02-28 14:05 CET\n----\n<strong>booked</strong><br>2026-02-28 14:05 CET");
    let file = &shown(&reply, BARE).files[0];
    assert_eq!((file.size, file.alt.as_str()), (Some((1600, 900)), "a week"));
    assert_eq!(dots(b"GIF89a"), None);
}
