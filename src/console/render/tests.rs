//! What replies look like, and that nothing of them reaches the terminal as an escape.

use super::*;
use direttore_domain::Instant;
use direttore_reply::{Attachment, Cell, Field, Form, Question, Span, Table, Text};
use insta::assert_snapshot;

const COLOR: Style = Style { width: 80, color: true, is_terminal: true };

fn field(name: &str, value: impl Into<Text>) -> Field {
    Field { name: name.to_owned(), value: value.into() }
}

fn row(cells: &[&str]) -> Vec<Cell> {
    cells.iter().map(|c| c.parse::<f64>().map_or_else(|_| Cell::from(*c), Cell::from)).collect()
}

fn guests() -> Table {
    let columns = ["vmid", "name", "kind", "node", "status", "cores", "memory", "cpu", "tags"];
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: vec![
            row(&["101", "web1", "vm", "pve1", "running", "2", "1.5 GiB", "37 %", "prod, web"]),
            row(&[
                "1102",
                "a-name-that-is-much-longer-than-the-others-are",
                "container",
                "pve2",
                "stopped",
                "16",
                "128 GiB",
                "",
                "a-long-tag, another-long-tag",
            ]),
        ],
    }
}

#[test]
fn an_answer() {
    let reply = Reply {
        text: [
            Span::Bold("web1".into()),
            Span::Plain(" runs on ".into()),
            Span::Code("pve1".into()),
            Span::Plain(" since ".into()),
            Span::When(Instant(1_772_283_900_000)),
            Span::Line,
            Span::Code("one\n\ttwo".into()),
        ]
        .into_iter()
        .collect(),
        fields: vec![field("owner", Span::Who("alice".into())), field("addresses", "10.0.0.5\nfe80::1")],
        table: Some(guests()),
        zone: "Europe/Warsaw".into(),
        ..Reply::new(Tone::Success, "web1 is running")
    };
    assert_snapshot!(render(&reply, &Style::PLAIN), @"
    web1 is running
    web1 runs on pve1 since 2026-02-28 14:05 CET
    one
        two
      owner      alice
      addresses  10.0.0.5
                 fe80::1
    vmid  name          kind       node  status   cores   memory   cpu  tags
     101  web1          vm         pve1  running      2  1.5 GiB  37 %  prod, web
    1102  a-name-that…  container  pve2  stopped     16  128 GiB        a-long-tag,…
    ");
    assert_snapshot!(render(&reply, &COLOR).replace('\x1b', "^"), @"
    ^[1;32mweb1 is running^[0m
    ^[1mweb1^[0m runs on ^[36mpve1^[0m since 2026-02-28 14:05 CET
    ^[36mone^[0m
    ^[36m    two^[0m
      ^[2mowner^[0m      ^[1malice^[0m
      ^[2maddresses^[0m  10.0.0.5
                 fe80::1
    ^[2mvmid^[0m  ^[2mname^[0m          ^[2mkind^[0m       ^[2mnode^[0m  ^[2mstatus^[0m   ^[2mcores^[0m   ^[2mmemory^[0m   ^[2mcpu^[0m  ^[2mtags^[0m
     101  web1          vm         pve1  running      2  1.5 GiB  37 %  prod, web
    1102  a-name-that…  container  pve2  stopped     16  128 GiB        a-long-tag,…
    ");
}

#[test]
fn trouble_is_said_in_words() {
    let refusal = direttore_domain::Refusal::NoSuchGuest { given: "web9".into(), nearest: Some("web1".into()) };
    let mut out = render(&direttore_reply::render_refusal(&refusal), &Style::PLAIN);
    let failure = direttore_domain::Failure::NodeOffline { node: "pve2".into() };
    out += &render(&direttore_reply::render_failure(&failure), &Style::PLAIN);
    out += &render(&direttore_reply::render_bug("E-7f3a"), &Style::PLAIN);
    out += &render(&Reply::new(Tone::Warning, "J-1 ended with warnings"), &Style::PLAIN);
    assert_snapshot!(out, @"
    refused: no guest is called web9 (no-such-guest)
    did you mean web1?
    failed: node pve2 is offline (node-offline)
    failed: something is wrong in direttore itself (bug)
    The log says more under E-7f3a; an administrator can look there.
    reference: E-7f3a
    warning: J-1 ended with warnings
    ");
}

#[test]
fn progress_is_a_bar_on_a_terminal_and_words_in_a_pipe() {
    let reply = |percent| Reply {
        progress: Some(Progress { done: 1, of: 4, percent }),
        ..Reply::new(Tone::Info, "J-1 creates web1")
    };
    let terminal = Style { color: false, ..COLOR };
    assert_snapshot!(render(&reply(Some(60)), &terminal), @"
    J-1 creates web1
    [████████░░░░░░░░░░░░] 1 of 4 steps done, 60 % of the next
    ");
    assert_snapshot!(render(&reply(None), &Style::PLAIN), @"
    J-1 creates web1
    1 of 4 steps done
    ");
    let odd = Reply { progress: Some(Progress { done: 9, of: 0, percent: Some(255) }), ..Reply::default() };
    assert_snapshot!(render(&odd, &terminal), @"[████████████████████] 9 of 0 steps done, 100 % of the next");
}

#[test]
fn questions_and_forms_say_how_to_answer() {
    let ask = |key: &str, label: &str| Question { key: key.into(), label: label.into(), ..Question::default() };
    let reply = Reply {
        form: Some(Form {
            title: "Where and how big".into(),
            page: 1,
            of: 3,
            ask: vec![
                Question { required: true, choices: vec!["pve1".into(), "pve2".into()], ..ask("node", "the node") },
                Question {
                    value: Some("640".into()),
                    error: Some("1 to 64".into()),
                    ..ask("cores", "virtual CPU cores")
                },
            ],
        }),
        actions: vec!["Next".into(), "Cancel".into()],
        ..Reply::new(Tone::Info, "a new VM")
    };
    assert_snapshot!(render(&reply, &Style::PLAIN), @"
    a new VM
    Where and how big (1 of 3)
      node (required): the node
          one of pve1, pve2
      cores: virtual CPU cores = 640
          wrong: 1 to 64
    answer: node=… and so on, several on one line
    [Next] [Cancel]
    ");
    let one = Question { required: true, ..ask("name", "type web1 to delete it") };
    let reply = Reply {
        form: Some(Form { title: String::new(), page: 1, of: 1, ask: vec![one] }),
        ..Reply::new(Tone::Info, "delete web1 (101)?")
    };
    assert_snapshot!(render(&reply, &Style::PLAIN), @"
    delete web1 (101)?
      name (required): type web1 to delete it
    answer: name=…
    ");
}

#[test]
fn a_table_that_cannot_fit_is_told_row_by_row() {
    let table = Table {
        columns: (1..=12).map(|i| format!("column{i}")).collect(),
        rows: vec![(1..=12).map(|i| Cell::from(format!("value {i} of the row"))).collect()],
    };
    let out = render(&Reply { table: Some(table), ..Reply::default() }, &Style::PLAIN);
    assert!(out.starts_with("column1   value 1 of the row\n"), "{out}");
    assert_eq!(
        render(
            &Reply { table: Some(Table { columns: vec!["a".into()], rows: vec![] }), ..Reply::default() },
            &Style::PLAIN
        ),
        "\n"
    );
}

#[test]
fn hostile_data_stays_data() {
    let nasty = format!("\x1b]0;x\x07\u{202e}@everyone\r\n{}", "字".repeat(10_000));
    let combining = format!("a{}", "\u{301}".repeat(10_000));
    let text = || {
        Text(vec![
            Span::Plain(nasty.clone()),
            Span::Code(nasty.clone()),
            Span::Link(nasty.clone()),
            Span::Who(nasty.clone()),
        ])
    };
    let ask = Question {
        key: nasty.clone(),
        label: nasty.clone(),
        value: Some(nasty.clone()),
        choices: vec![nasty.clone()],
        error: Some(nasty.clone()),
        ..Question::default()
    };
    let reply = Reply {
        text: text(),
        fields: vec![Field { name: nasty.clone(), value: text() }],
        table: Some(Table {
            columns: vec![nasty.clone(), "b".into(), "c".into()],
            rows: vec![vec![Cell::from(nasty.as_str()), Cell::from(combining.as_str())], vec![]],
        }),
        form: Some(Form { title: nasty.clone(), page: 1, of: 2, ask: vec![ask] }),
        actions: vec![nasty.clone()],
        attachments: vec![Attachment {
            name: nasty.clone(),
            media_type: nasty.clone(),
            bytes: vec![],
            alt: nasty.clone(),
        }],
        code: Some(nasty.clone()),
        reference: Some(nasty.clone()),
        zone: nasty.clone(),
        ..Reply::new(Tone::Refused, Span::Bold(nasty.clone()))
    };
    let out = render(&reply, &Style::PLAIN);
    assert!(!out.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')));
    for line in table::lines(reply.table.as_ref().expect("set above"), 80, Paint { color: false }) {
        assert!(table::width(&line) <= 80 && line.chars().count() < 500, "{line}");
    }
    // With colour, the only escapes are our own.
    let painted = render(&reply, &COLOR);
    assert!(painted.split('\x1b').skip(1).all(|part| part.starts_with('[') && part.contains('m')));
    assert!(!painted.contains('\x07') && !painted.contains("\x1b]"));
}

#[test]
fn colour_only_where_it_is_wanted() {
    let term = Some(OsStr::new("xterm"));
    assert!(wants_color(true, None, term) && wants_color(true, Some(OsStr::new("")), term));
    assert!(!wants_color(false, None, term) && !wants_color(true, Some(OsStr::new("1")), term));
    assert!(!wants_color(true, None, Some(OsStr::new("dumb"))) && !wants_color(true, None, None));
}
