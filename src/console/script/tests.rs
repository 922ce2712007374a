//! The script reader against a pretend dispatch.

use super::*;
use crate::pretend::{CHANNEL, Pretend};
use serde_json::{Value, json};
use std::sync::Mutex;

#[derive(Default)]
struct Stage {
    said: Mutex<Vec<String>>,
}

impl Backstage for Stage {
    fn advance(&self, by: Duration) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            self.said.lock().expect("free").push(format!("~ {} s", by.as_secs()));
            Ok(())
        })
    }

    fn lab(&self, line: &str) -> Result<(), String> {
        if line == "nonsense" {
            return Err("there is no fault nonsense".to_owned());
        }
        self.said.lock().expect("free").push(format!("% {line}"));
        Ok(())
    }
}

fn settings(json: bool, stop: bool) -> ScriptSettings {
    ScriptSettings {
        json,
        accounts: ["admin", "operator", "viewer"].map(str::to_owned).to_vec(),
        channel: CHANNEL.into(),
        ready: json!({ "ready": true, "http": "http://127.0.0.1:1", "accounts": { "admin": "secret" } }),
        stop_at_unreadable: stop,
    }
}

async fn play(ear: Arc<Pretend>, lines: &[u8], settings: ScriptSettings) -> (u8, String) {
    let mut out = Vec::new();
    let stage = Arc::new(Stage::default());
    let exit = run(ear, lines, &mut out, stage, settings).await.expect("memory can be written");
    (exit, String::from_utf8(out).expect("text"))
}

fn objects(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("each line is one object")).collect()
}

#[tokio::test]
async fn a_transcript_for_a_person() {
    let script = b"# try\n\n/guest list\n@viewer guest list\n/power stop\n@operator [yes]\n/guest delete\nname=\"web 1\"\n/power start\n...\n~ 2h\n% pve1 offline\n";
    let (exit, out) = play(Pretend::new(), script, settings(false, true)).await;
    insta::assert_snapshot!(format!("{out}exit {exit}"), @r#"
    http  http://127.0.0.1:1
    accounts
      admin  secret
    > /guest list
    heard /guest list
    > @viewer guest list
    heard guest list
    > /power stop
    stop it?
    [Yes] [No]
    > @operator [yes]
    pressed Yes on r3
    > /guest delete
    delete it?
      name (required): type the name
    answer: name=…
    > name="web 1"
    filled r5 with [("name", "web 1")]
    > /power start
    J-1 is queued
    J-1 runs
    > ...
    J-1 is done
    > ~ 2h
    > % pve1 offline
    exit 0
    "#);
}

#[tokio::test]
async fn one_object_per_reply_and_one_per_line() {
    let (exit, out) = play(Pretend::new(), b"# c\r\n/power start\n...\n", settings(true, true)).await;
    assert_eq!(exit, 0);
    let got = objects(&out);
    assert_eq!(got[0]["ready"], true);
    assert_eq!(got[1], json!({ "line": 1 }));
    assert_eq!((&got[2]["title"], &got[2]["tone"]), (&json!("J-1 is queued"), &json!("success")));
    assert_eq!((&got[3]["title"], &got[3]["unasked"]), (&json!("J-1 runs"), &json!(true)));
    assert_eq!(got[4], json!({ "line": 2 }));
    assert_eq!((&got[5]["title"], &got[5]["unasked"]), (&json!("J-1 is done"), &json!(true)));
    assert_eq!(got[6], json!({ "line": 3 }));
    assert_eq!(got.len(), 7);
}

#[tokio::test]
async fn the_end_of_the_input_waits_too() {
    let ear = Pretend::new();
    ear.left.lock().expect("free").push("J-7".to_owned());
    let (exit, out) = play(ear, b"/power start", settings(true, true)).await;
    let got = objects(&out);
    assert_eq!(exit, 0);
    assert_eq!(got[got.len() - 2]["title"], "J-1 is done");
    let last = got.last().expect("something is said");
    assert_eq!((&last["tone"], &last["title"]), (&json!("failed"), &json!("after 120 s still queued or running: J-7")));
}

#[tokio::test]
async fn a_line_that_cannot_be_used() {
    for (line, why) in [
        ("[Yes]", "no message has a button [Yes]"),
        ("@nobody /help", "there is no account \"nobody\" (there are admin, operator and viewer)"),
        ("name=web1", "no form is open"),
        ("~ soon", "\"soon\" is no length of time (right: 90s, 5m, 2h, 3d)"),
        ("% nonsense", "there is no fault nonsense"),
    ] {
        let script = format!("\n{line}\n/help\n");
        let (exit, out) = play(Pretend::new(), script.as_bytes(), settings(true, true)).await;
        let got = objects(&out);
        assert_eq!((exit, got.len()), (2, 4), "a file stops there: {out}");
        assert_eq!(got[2]["code"], "unreadable-line");
        assert_eq!(got[2]["tone"], "refused");
        assert_eq!(got[2]["title"], format!("line 2: {why}"));
        assert_eq!(got[3], json!({ "line": 2 }));
        let (exit, out) = play(Pretend::new(), script.as_bytes(), settings(true, false)).await;
        let got = objects(&out);
        assert_eq!((exit, got.len()), (2, 6), "a pipe goes on: {out}");
        assert_eq!(got[4]["title"], "heard /help");
    }
}

#[tokio::test]
async fn hostile_lines_are_shown_and_never_interpreted() {
    let script = b"/say \x1b[2J\xff\xfe \xe2\x80\xae\n";
    let (exit, out) = play(Pretend::new(), script, settings(false, true)).await;
    assert_eq!(exit, 0);
    assert!(out.contains("heard /say \\u{1b}[2J\u{fffd}\u{fffd} \\u{202e}"), "{out}");
    assert!(!out.contains('\x1b'));
}

#[tokio::test]
async fn what_others_are_told_is_not_shown() {
    let ear = Pretend::new();
    let (mut writer, reader) = tokio::io::duplex(64);
    let mut out = Vec::new();
    let stage: Arc<dyn Backstage> = Arc::new(Stage::default());
    let input = tokio::io::BufReader::new(reader);
    let talk = {
        let ear = Arc::clone(&ear);
        async move {
            // Half a line: the reader waits for the rest while something is told.
            tokio::io::AsyncWriteExt::write_all(&mut writer, b"/he").await.expect("open");
            tokio::task::yield_now().await;
            ear.tell("elsewhere", "not for us");
            ear.tell(CHANNEL, "for us");
            tokio::task::yield_now().await;
            tokio::io::AsyncWriteExt::write_all(&mut writer, b"lp\n").await.expect("open");
            drop(writer);
        }
    };
    let (exit, ()) = tokio::join!(run(ear, input, &mut out, stage, settings(true, false)), talk);
    assert_eq!(exit.expect("memory can be written"), 0);
    let got = objects(&String::from_utf8(out).expect("text"));
    let titles: Vec<&str> = got.iter().filter_map(|o| o["title"].as_str()).collect();
    assert_eq!(titles, ["for us", "heard /help"]);
}
