//! A wrong word, kind, name or number: what is wrong, what would be right, and nothing done.

use super::story::{Story, on_both, on_sqlite};
use insta::assert_snapshot;

pub async fn wrong_words_are_refused_with_what_would_be_right_told(s: &Story) {
    for line in [
        "",
        "/",
        "/gest list",
        "/guest",
        "/guest lst",
        "/guest show wbe1",
        "/guest list status=runing",
        "/guest list nod=pve1",
        "/guest list page=x",
        "/power start web1 web1 tag=web timeout=3",
        "/power shutdown web1 timeout=0",
        "/snapshot create web1 1st",
        "/node show pve9",
        "/job show 12",
        "/job show x",
        "/guest list kind=vm kind=vm",
        "/guest show \"web1",
        "/guest show web1 web2",
        "/whoami zone=Mars/Base",
        "/audit since=yesterday",
        "/lab status cluster=other",
    ] {
        s.say("admin", line).await;
    }
    assert_eq!(s.sim.tasks().len(), 0, "nothing was done");
}

#[tokio::test]
async fn wrong_words_are_refused_with_what_would_be_right() {
    let story = on_both(wrong_words_are_refused_with_what_would_be_right_told).await;
    assert_snapshot!(story, @r#"
    admin  
       refused: there is no command "" (unknown-command)
       /help lists what you may say
    admin  /
       refused: there is no command "" (unknown-command)
       /help lists what you may say
    admin  /gest list
       refused: there is no command "gest" (unknown-command)
       did you mean guest list?
    admin  /guest
       refused: there is no command "guest" (unknown-command)
       did you mean guest backup, guest clone, guest delete, guest list, guest migrate, guest owner, guest resize, guest restore or guest show?
    admin  /guest lst
       refused: there is no command "guest lst" (unknown-command)
       did you mean guest list?
    admin  /guest show wbe1
       refused: no guest is called wbe1 (no-such-guest)
       did you mean web1?
    admin  /guest list status=runing
       refused: status: "runing" is none of the values possible (unknown-value)
       did you mean running?
    admin  /guest list nod=pve1
       refused: /guest list has no option "nod" (unknown-option)
       did you mean node?
    admin  /guest list page=x
       refused: page: "x" is no whole number (bad-value)
       right would be a whole number from 1 to 100000
    admin  /power start web1 web1 tag=web timeout=3
       refused: /power start has no option "timeout" (unknown-option)
       there are guest, tag and reason
    admin  /power shutdown web1 timeout=0
       refused: timeout: "0" is no length of time (bad-value)
       right would be seconds, or a length of time like 90s, 5m or 1h, 1 to 3600 seconds
    admin  /snapshot create web1 1st
       refused: name: "1st" is no snapshot name (bad-value)
       right would be a letter, then letters, digits, - and _, 2 to 40 in all, and not current, pending or vzdump
    admin  /node show pve9
       refused: there is no node "pve9" (no-such-node)
       did you mean pve1?
    admin  /job show 12
       refused: there is no job "J-12" (no-such-job)
    admin  /job show x
       refused: job: "x" is no job (bad-value)
       right would be a job's name like J-12
    admin  /guest list kind=vm kind=vm
       refused: kind was given twice (given-twice)
    admin  /guest show "web1
       refused: the line ends inside a quotation: "web1 (open-quote)
       put text with spaces in double quotes
    admin  /guest show web1 web2
       refused: "web2" is one value too many for /guest show (too-many-values)
       put text with spaces in double quotes
    admin  /whoami zone=Mars/Base
       refused: there is no zone "Mars/Base" (no-such-zone)
       did you mean Pacific/Marquesas?
    admin  /audit since=yesterday
       refused: since: "yesterday" is no time (bad-value)
       right would be a time back like 2h or 3d, a date like 2026-02-28, or an instant like 2026-02-28T14:00Z
    admin  /lab status cluster=other
       refused: there is no cluster "other" (no-such-cluster)
       there is lab
    "#);
}

pub async fn what_is_missing_is_asked_for_told(s: &Story) {
    s.say("operator", "/snapshot create").await;
    s.fill("operator", &[("guest", "web1"), ("name", "1")]).await;
    s.fill("operator", &[("guest", "web1"), ("name", "s1")]).await;
    s.settle().await;
    s.say("operator", "/guest show").await;
    s.press("operator", "Cancel").await;
}

#[tokio::test]
async fn what_is_missing_is_asked_for() {
    let story = on_sqlite(what_is_missing_is_asked_for_told).await;
    assert_snapshot!(story, @r#"
    operator  /snapshot create
       /snapshot create: more is needed
       The new snapshot
         guest (required): The guest's name or VMID
         name (required): A new name: a letter, then letters, digits, - and _
       answer: guest=… and so on, several on one line
       [Cancel]
    operator  guest=web1 name=1
       refused: name: "1" is no snapshot name (bad-value)
       right would be a letter, then letters, digits, - and _, 2 to 40 in all, and not current, pending or vzdump
       The new snapshot
         guest (required): The guest's name or VMID
         name (required): A new name: a letter, then letters, digits, - and _
             wrong: name: "1" is no snapshot name
       answer: guest=… and so on, several on one line
       [Cancel]
    operator  guest=web1 name=s1
       warning: J-1 is queued: snapshot s1 of web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       J-1: snapshot s1 of web1 (101) is taken
       snapshot s1 of web1 (101) is taken; the guest is running on pve2.
         started by  operator
         task        <upid>
    operator  /guest show
       /guest show: more is needed
       Which guest
         guest (required): The guest's name or VMID
       answer: guest=…
       [Cancel]
    operator  [Cancel]
       cancelled; nothing was done
       /guest show asks again.
    "#);
}

pub async fn hostile_text_is_shown_as_text_told(s: &Story) {
    s.lab("guest 101 name=\\u{1b}[31m**@everyone** `x` | <b>\\u{202e}");
    let vmid = 101.try_into().expect("in range");
    while !s
        .cluster
        .refresh()
        .await
        .expect("the lab answers")
        .guest(vmid)
        .is_some_and(|g| g.label().contains("everyone"))
    {
        tokio::task::yield_now().await;
    }
    let replies = s.say("admin", "/guest list find=everyone").await;
    let text = replies[0].to_json().to_string();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "no control character gets through: {text}");
    s.say("admin", "/power stop 101").await;
    s.press("admin", "No").await;
    s.say("admin", "/guest show \u{1b}]0;title\u{7}").await;
    s.say("admin", &format!("/guest show {}", "x".repeat(10_000))).await;
    s.lab(&format!("guest 102 name={}", "n".repeat(10_000)));
    let vmid = 102.try_into().expect("in range");
    while s.cluster.refresh().await.expect("the lab answers").guest(vmid).is_some_and(|g| g.label() == "web2") {
        tokio::task::yield_now().await;
    }
    let replies = s.say("admin", "/guest list find=nnnn").await;
    assert_eq!(replies[0].table.as_ref().map(|t| t.rows.len()), Some(1), "a long name is a name");
    s.say("admin", "/guest show 102").await;
}

#[tokio::test]
async fn hostile_text_is_shown_as_text() {
    let story = on_sqlite(hostile_text_is_shown_as_text_told).await;
    assert!(!story.contains('\u{1b}') && !story.contains('\u{202e}'), "the transcript is plain text");
    assert!(story.contains("@everyone"), "and the name is still shown");
}
