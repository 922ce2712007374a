//! What runs, kept: by hand, and held against what is kept.

use super::{super::story::Story, on_both, on_both_set};
use insta::assert_snapshot;
use std::time::Duration;

pub async fn a_change_by_hand_is_kept_told(s: &Story) {
    s.say("viewer", "/device history sw1").await;
    s.say("viewer", "/device diff sw1").await;
    s.say("operator", "/device backup sw1 sw2").await;
    s.settle().await;
    s.say("operator", "/device backup sw1").await;
    s.settle().await;
    s.say("viewer", "/device diff sw1").await;
    s.say("viewer", "/device drift sw1").await;
    s.note("two hours later");
    s.clock.advance(Duration::from_secs(7200));
    s.lab("switch sw1 'interface Ethernet1; description by hand'");
    s.say("viewer", "/device diff sw1").await;
    s.say("viewer", "/device drift sw1 sw2").await;
    s.say("operator", "/device backup").await;
    s.settle().await;
    s.say("viewer", "/device history sw1").await;
    s.say("viewer", "/device diff sw1 since=1h").await;
    s.say("viewer", "/device diff sw1 since=1d").await;
    s.say("viewer", "/device diff sw1 version=abc").await;
    s.say("viewer", "/device backup sw1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_hand_is_kept_with_who_made_it() {
    let story = on_both(a_change_by_hand_is_kept_told).await;
    assert_snapshot!(story, @r#"
    viewer  /device history sw1
       nothing of sw1 is kept yet
       /device backup sw1 keeps what runs now.
    viewer  /device diff sw1
       refused: sw1 cannot be compared: nothing of it is kept yet; /device backup sw1 keeps it (wrong-state)
    operator  /device backup sw1 sw2
       warning: J-1 is queued: back up sw1 and sw2
       Its end is told here; /job cancel J-1 stops it.
       J-1: 2 changed, 0 unchanged, 0 failed
         started by  operator
       device  result  note
       sw1     new     121 lines kept
       sw2     new     77 lines kept
    operator  /device backup sw1
       warning: J-2 is queued: back up sw1
       Its end is told here; /job cancel J-2 stops it.
       J-2: sw1 is backed up
         started by  operator
       device  result     note
       sw1     unchanged
    viewer  /device diff sw1
       sw1: nothing differs
         before  version <commit>, <time>
         after   what runs now
    viewer  /device drift sw1
       sw1 is as it should be
       device  against           state   note
       sw1     version <commit>  agrees
       sw1     startup           agrees
    -- two hours later
    %  switch sw1 'interface Ethernet1; description by hand'
    viewer  /device diff sw1
       sw1: 1 line more, 1 line less
       --- version <commit>
       +++ what runs now
       @@ -41,7 +41,7 @@
           switchport trunk allowed vlan 100,200
        !
        interface Ethernet1
       -   description pve1 eno1
       +   description by hand
           switchport mode trunk
           switchport trunk allowed vlan 100,200
           spanning-tree portfast
         before  version <commit>, <time>
         after   what runs now
    viewer  /device drift sw1 sw2
       warning: 1 of 2 devices is not as it should be
       --- sw1: what is kept (version <commit>)
       +++ sw1: what runs now
       @@ -41,7 +41,7 @@
           switchport trunk allowed vlan 100,200
        !
        interface Ethernet1
       -   description pve1 eno1
       +   description by hand
           switchport mode trunk
           switchport trunk allowed vlan 100,200
           spanning-tree portfast
       --- sw1: what a restart brings (startup)
       +++ sw1: what runs now
       @@ -33,7 +33,7 @@
           switchport mode trunk
           switchport trunk allowed vlan 100,200
        interface Ethernet1
       -   description pve1 eno1
       +   description by hand
           switchport mode trunk
           switchport trunk allowed vlan 100,200
           spanning-tree portfast
       device  against           state      note
       sw1     version <commit>  differs    1 line more and 1 line less
       sw1     startup           not saved  2 lines would be lost or come back at a re…
       sw2     version <commit>  agrees
    operator  /device backup
       warning: J-3 is queued: back up sw1, sw2 and sw3
       Its end is told here; /job cancel J-3 stops it.
       J-3: 2 changed, 1 unchanged, 0 failed
         started by  operator
       device  result     note
       sw1     changed
       sw3     new        141 lines kept
       sw2     unchanged
    viewer  /device history sw1
       2 versions of sw1
       /device diff sw1 version=… compares one of them with what runs now.
       when                  who       why                 job  version
       <time>  operator  backup by operator  J-3  <commit>
       <time>  operator  backup by operator  J-1  <commit>
    viewer  /device diff sw1 since=1h
       sw1: 1 line more, 1 line less
       --- version <commit>
       +++ what runs now
       @@ -41,7 +41,7 @@
           switchport trunk allowed vlan 100,200
        !
        interface Ethernet1
       -   description pve1 eno1
       +   description by hand
           switchport mode trunk
           switchport trunk allowed vlan 100,200
           spanning-tree portfast
         before  version <commit>, <time>
         after   what runs now
    viewer  /device diff sw1 since=1d
       refused: sw1 cannot be compared with that moment: the first version that is kept is of <time> (+00:00) (wrong-state)
    viewer  /device diff sw1 version=abc
       refused: there is no version "abc" (no-such-version)
       there are <commit> and <commit>
    viewer  /device backup sw1
       refused: this needs the permission device.push, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_are_compared_and_the_repository_is_one_that_others_read() {
    on_both_set(
        |settings| {
            settings.secrets = direttore_core::devices::Secrets::Clear;
        },
        async |s| {
            s.say("operator", "/device backup sw3").await;
            s.settle().await;
            s.lab("switch sw3 'vlan 77; name seven'");
            s.say("operator", "/device backup sw3").await;
            s.settle().await;
            let shown = s.say("viewer", "/device history sw3").await;
            let table = shown[0].table.as_ref().expect("a table");
            let commit = |row: usize| table.rows[row][4].to_string();
            let line = format!("/device diff sw3 version={},{}", commit(1), commit(0));
            let text = s.say("viewer", &line).await[0].text_plain();
            assert!(text.contains("+vlan 77") && text.contains("+ name seven"), "{text}");
            // What is clear there is masked here.
            let history = s.switches().history();
            let git = |args: &[&str]| {
                let ran = std::process::Command::new("git").arg("--git-dir").arg(&history).args(args).output();
                ran.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
            };
            let kept = git(&["show", "HEAD:lab/sw3"]);
            if kept.is_empty() {
                return crate::support::skipped("scenarios::devices: there is no git program to look with");
            }
            assert!(kept.contains("vlan 77") && !kept.contains("<masked:"), "{kept}");
            assert_eq!(git(&["log", "--format=%s"]).lines().count(), 2);
        },
    )
    .await;
}

/// Whoever kept it died before it was noted: the next backup notes it, and keeps nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_and_not_noted_is_noted_by_the_next_backup() {
    on_both(async |s| {
        let (devices, ipam) = (s.dispatch.lab.devices().expect("switches"), s.dispatch.lab.ipam().expect("a NetBox"));
        let row = direttore_core::devices::find(ipam, "sw2").await.expect("there is one");
        let target = devices.target(&row).await.expect("it can be logged in to");
        let raw = devices.fetch_running(&target, None).await.expect("it answers");
        let kept = direttore_core::devices::Kept { target, raw, author: Some("carol".to_owned()) };
        let made = devices.record(vec![kept], "a backup that died", s.clock.now()).await.expect("it can be kept");
        assert_eq!(made.len(), 1);
        s.say("operator", "/device backup sw2").await;
        s.settle().await;
        let shown = s.say("viewer", "/device history sw2").await;
        let rows = &shown[0].table.as_ref().expect("a table").rows;
        assert_eq!((rows.len(), rows[0][1].to_string(), rows[0][3].to_string()), (1, "carol".into(), "J-1".into()));
    })
    .await;
}
