//! Terminals as they are met.

use super::{
    server::{Act, Behaviour},
    *,
};

fn prompted(text: &str) -> Act {
    Act::Say(format!("{text}\r\nsw1# ").into_bytes())
}

#[tokio::test]
async fn pagers_are_answered_and_leave_nothing() {
    let at = Box::start(Behaviour::of(|line| match line {
        "show version" => Act::Say(b"\x1b[1mline 1\x1b[0m\r\n --More-- ".to_vec()),
        "<space>" => Act::Say(b"\r          \rline 2\r\nline 3\x08\x08\x08\r\n\r\nsw1#".to_vec()),
        _ => prompted(""),
    }))
    .await;
    let said = say(device(&at, "ipinfusion_ocnos"), "show version").await.expect("it answers");
    assert_eq!((said.text.as_str(), said.complaint), ("line 1\nline 2\nline 3", None));
    assert_eq!(at.heard(), ["terminal length 0", "show version", "<space>"]);
}

#[tokio::test]
async fn a_box_without_an_echo_and_with_a_banner_that_looks_like_a_prompt_is_read() {
    let mut behaviour = Behaviour::of(|line| if line == "show clock" { prompted("12:00") } else { prompted("") });
    behaviour.echo = false;
    behaviour.greeting = b"do not touch\r\nasset#\r\nsw1#".to_vec();
    let at = Box::start(behaviour).await;
    assert_eq!(say(device(&at, "ipinfusion_ocnos"), "show clock").await.map(|s| s.text), Ok("12:00".to_owned()));
}

#[tokio::test]
async fn junk_is_read_and_too_much_is_refused() {
    let junk: Vec<u8> = (0..=255_u8).cycle().take(50_000).collect();
    let at = Box::start(Behaviour::saying(&junk)).await;
    let said = say(device(&at, "ipinfusion_ocnos"), "show tech").await.expect("junk is text of a kind");
    assert!(said.text.contains("ABCDEFG"));
    let mut small = device(&at, "ipinfusion_ocnos");
    small.limits.output = 10_000;
    assert_eq!(say(small, "show tech").await.map(drop), Err(Error::TooLong { limit: 10_000 }));
}

#[tokio::test]
async fn a_prompt_that_never_comes_is_told_with_what_came_instead() {
    let mut behaviour = Behaviour::of(|_| Act::Say(b"your token, please, right-horse: ".to_vec()));
    behaviour.greeting = b"snmp-server community s3cret\r\n".to_vec();
    let at = Box::start(behaviour).await;
    let mut waits = device(&at, "cisco_ios");
    // Enough for the handshake on a busy machine: what is left of it is waited for the prompt.
    waits.limits.login = Duration::from_secs(15);
    let Err(e @ Error::NoPrompt { .. }) = say(waits, "show version").await else { panic!("there is no prompt") };
    let told = format!("{e} {e:?}");
    assert!(told.contains("your token") && !told.contains("s3cret") && !told.contains("right-horse"), "{told}");
}

#[tokio::test]
async fn a_command_that_trickles_ends_at_its_limit() {
    let at = Box::start(Behaviour::of(|line| if line == "show log" { Act::Trickle } else { prompted("") })).await;
    let mut slow = device(&at, "ipinfusion_ocnos");
    slow.limits.command = Duration::from_millis(400);
    let late = say(slow, "show log").await.map(drop);
    assert_eq!(late, Err(Error::TimedOut { phase: Phase::Command, after: Duration::from_millis(400) }));
}

#[tokio::test]
async fn a_box_that_hangs_up_is_lost() {
    let at = Box::start(Behaviour::of(|line| if line == "reload" { Act::HangUp } else { prompted("") })).await;
    let lost = say(device(&at, "ipinfusion_ocnos"), "reload").await.expect_err("it is gone");
    assert!(matches!(lost, Error::Lost { phase: Phase::Command, .. }), "{lost:?}");
    assert!(lost.may_have_been_done() && lost.is_temporary());
}

#[tokio::test]
async fn nothing_is_said_after_a_refused_line_and_its_secret_is_masked() {
    let at = Box::start(Behaviour::of(|line| match line {
        "username eve password hunter2" => prompted("% Invalid input detected at '^' marker.\r\n"),
        "show running-config" => prompted("hostname sw1\r\nend"),
        _ => prompted(""),
    }))
    .await;
    let text = "hostname sw1\nusername eve password hunter2\nhostname never\n".to_owned();
    let wish = Wish { job: "J-1".into(), text, scope: Scope::Merge, before: String::new() };
    let device = Arc::new(device(&at, "ipinfusion_ocnos"));
    let refused = pool().call(device, move |link| link.commit(&wish, Duration::ZERO)).await.expect_err("it is refused");
    let words = "% Invalid input detected at '^' marker.".to_owned();
    assert_eq!(refused, Error::Rejected { line: "username eve password …".into(), words });
    assert_eq!(at.heard().last().map(String::as_str), Some("end"));
    assert!(!at.heard().contains(&"hostname never".to_owned()));
}

#[tokio::test]
async fn a_command_is_one_line() {
    let at = Box::start(Behaviour::saying(b"")).await;
    let two = say(device(&at, "ipinfusion_ocnos"), "show clock\nreload").await;
    assert!(matches!(two, Err(Error::Settings(_))), "{two:?}");
}
