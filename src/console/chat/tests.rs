//! The chat without a terminal, against a pretend dispatch.

use super::{ChatSettings, plain};
use crate::pretend::{CHANNEL, Pretend};
use std::sync::Arc;

async fn transcript(ear: Arc<Pretend>, lines: &str) -> String {
    let settings = ChatSettings {
        account: "admin".into(),
        channel: CHANNEL.into(),
        history: None,
        color: false,
        greeting: vec!["hello\x1b[2J".into()],
        redraw: std::time::Duration::from_secs(2),
        others: vec!["viewer".into()],
    };
    let mut out = Vec::new();
    plain::chat(ear, settings, lines.as_bytes(), &mut out).await.expect("memory can be written");
    String::from_utf8(out).expect("text")
}

#[tokio::test]
async fn a_line_in_replies_out() {
    let said =
        transcript(Pretend::new(), "/guest list\n\n/power stop\nyes\nyes\ndelete\nname=web1\n/power start\n").await;
    insta::assert_snapshot!(said, @r#"
    hello\u{1b}[2J
    heard /guest list
    stop it?
    [Yes] [No]
    pressed Yes on r2
    heard yes
    delete it?
      name (required): type the name
    answer: name=…
    filled r5 with [("name", "web1")]
    J-1 is queued
    J-1 runs
    J-1 is done
    "#);
}

#[tokio::test]
async fn what_is_left_at_the_end_is_named() {
    let ear = Pretend::new();
    ear.left.lock().expect("free").extend(["J-1".to_owned(), "J-2".to_owned()]);
    let said = transcript(ear, "").await;
    insta::assert_snapshot!(said, @r"
    hello\u{1b}[2J
    still queued or running: J-1 and J-2; they go on by themselves
    ");
}
