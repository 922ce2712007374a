use super::*;
use crate::proxmox::Missing;

#[test]
fn ends_of_tasks() {
    for (text, exit) in [
        ("OK", Exit::Ok),
        ("WARNINGS: 3", Exit::Warnings(3)),
        ("WARNINGS: many", Exit::Failed("WARNINGS: many".into())),
        ("unexpected status", Exit::Failed("unexpected status".into())),
        ("ok", Exit::Failed("ok".into())),
        ("got \u{1b}[31m\n", Exit::Failed("got \\u{1b}[31m".into())),
    ] {
        assert_eq!(Exit::parse(text), exit);
    }
    assert!(Exit::Warnings(1).is_success() && Exit::Warnings(1).into_result().is_ok());
    assert_eq!(Exit::Warnings(2).to_string(), "WARNINGS: 2");
}

#[test]
fn a_failed_task_is_the_error_that_an_answer_would_be() {
    let error = |text: &str| Exit::parse(text).into_result().expect_err("failed");
    assert!(matches!(error("VM 100 already running"), Error::AlreadySo { .. }));
    assert!(matches!(error("VM is locked (backup)"), Error::Locked { .. }));
    assert!(matches!(error("snapshot 'x' does not exist"), Error::NotFound { what: Missing::Snapshot, .. }));
    assert!(matches!(error("VM quit/powerdown failed - got timeout"), Error::Refused { status: 500, .. }));
}

fn upid(start: u32, pid: u32) -> String {
    format!("UPID:pve1:{pid:08X}:00006AE8:{start:08X}:qmstart:100:bot@pve!x:")
}

#[test]
fn the_newest_task_is_first_and_none_is_there_twice() {
    let (old, new, newer) = (upid(100, 1), upid(200, 2), upid(200, 3));
    let body = format!(
        r#"{{"data":[{{"upid":"{old}","status":"OK","endtime":"150"}},{{"upid":"{newer}","status":"RUNNING"}},
            {{"upid":"{new}","status":"RUNNING"}},{{"upid":"{new}","status":"WARNINGS: 1","endtime":250}},
            {{"upid":"no upid"}},{{"upid":null}}],"total":4}}"#
    );
    let tasks = listed(wire::data(body.as_bytes()).expect("rows"));
    let seen: Vec<_> =
        tasks.iter().map(|t| (t.upid.to_string(), t.state.clone(), t.ended.map(Instant::seconds))).collect();
    assert_eq!(
        seen,
        [
            (newer, TaskState::Running, None),
            (new, TaskState::Ended(Exit::Warnings(1)), Some(250)),
            (old, TaskState::Ended(Exit::Ok), Some(150)),
        ]
    );
}

#[test]
fn an_empty_log_has_no_lines() {
    let log = |data: &str| lines(wire::data(format!(r#"{{"data":{data}}}"#).as_bytes()).expect("rows"));
    assert_eq!(log(r#"[{"n":1,"t":"no content"}]"#), Vec::<String>::new());
    assert_eq!(log(r#"[{"n":3,"t":"no content"}]"#), ["no content"]);
    assert_eq!(log(r#"[{"n":"2","t":null},{"n":1,"t":5}]"#), ["5", ""]);
}
