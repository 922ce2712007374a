//! Devices that do not answer, or not as they should.

use super::{super::story::Story, on_both, on_both_set};
use direttore_core::devices::Settings;
use insta::assert_snapshot;
use std::time::Duration;

fn impatient(settings: &mut Settings) {
    settings.limits.command = Duration::from_millis(1500);
    settings.limits.login = Duration::from_secs(4);
}

pub async fn devices_that_do_not_answer_told(s: &Story) {
    s.say("operator", "/device backup").await;
    s.settle().await;
    s.lab("switch sw1 down");
    s.lab("switch sw2 refuse");
    s.say("operator", "/device backup").await;
    s.settle().await;
    s.say("operator", "/device backup sw1").await;
    s.settle().await;
    s.say("viewer", "/device diff sw1").await;
    s.say("viewer", "/device drift sw1 sw3").await;
    s.lab("switch sw1 up");
    s.lab("switch sw2 accept");
    s.lab("switch sw1 password wrong");
    s.say("viewer", "/device run sw1 command=\"show version\"").await;
    s.lab("switch sw1 password right");
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_do_not_answer() {
    let story = on_both(devices_that_do_not_answer_told).await;
    assert_snapshot!(story, @r#"
    operator  /device backup
       warning: J-1 is queued: back up sw1, sw2 and sw3
       Its end is told here; /job cancel J-1 stops it.
       J-1: 3 changed, 0 unchanged, 0 failed
         started by  operator
       device  result  note
       sw1     new     121 lines kept
       sw2     new     77 lines kept
       sw3     new     141 lines kept
    %  switch sw1 down
    %  switch sw2 refuse
    operator  /device backup
       warning: J-2 is queued: back up sw1, sw2 and sw3
       Its end is told here; /job cancel J-2 stops it.
       warning: J-2: 0 changed, 1 unchanged, 2 failed
         started by  operator
       device  result     note
       sw1     failed     sw1 cannot be reached: the connection was lost in the SSH ha…
       sw2     failed     sw2 does not accept our credentials: the login of direttore …
       sw3     unchanged
    operator  /device backup sw1
       warning: J-3 is queued: back up sw1
       Its end is told here; /job cancel J-3 stops it.
       failed: J-3 failed: back up sw1
       sw1 could not be backed up: sw1 cannot be reached: the connection was lost in the SSH handshake: Failed getting banner.
       Nothing of it is left. /job retry J-3 tries it again.
         started by  operator
    viewer  /device diff sw1
       failed: sw1 cannot be reached: the connection was lost in the SSH handshake: Failed getting banner (unreachable)
       /lab check tells what answers and what does not
    viewer  /device drift sw1 sw3
       warning: 1 of 2 devices is not as it should be
       device  against           state      note
       sw1                       not asked  sw1 cannot be reached: the connection was …
       sw3     version <commit>  agrees
       sw3     startup           agrees
    %  switch sw1 up
    %  switch sw2 accept
    %  switch sw1 password wrong
    viewer  /device run sw1 command="show version"
       failed: sw1 does not accept our credentials: the login of direttore is not accepted (tried password, keyboard-interactive; the device offers publickey, password, keyboard-interactive) (credentials-refused)
       an administrator corrects them in the configuration
    %  switch sw1 password right
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_fetch_is_no_change_and_says_why() {
    let story = on_both_set(impatient, async |s| {
        s.say("operator", "/device backup").await;
        s.settle().await;
        s.lab("switch sw1 junk on=\"show running-config\"");
        s.lab("switch sw2 hang on=\"show configuration\"");
        s.say("operator", "/device backup").await;
        s.settle().await;
        s.say("operator", "/device backup").await;
        s.settle().await;
        s.say("viewer", "/device history sw1").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /device backup
       warning: J-1 is queued: back up sw1, sw2 and sw3
       Its end is told here; /job cancel J-1 stops it.
       J-1: 3 changed, 0 unchanged, 0 failed
         started by  operator
       device  result  note
       sw1     new     121 lines kept
       sw2     new     77 lines kept
       sw3     new     141 lines kept
    %  switch sw1 junk on="show running-config"
    %  switch sw2 hang on="show configuration"
    operator  /device backup
       warning: J-2 is queued: back up sw1, sw2 and sw3
       Its end is told here; /job cancel J-2 stops it.
       warning: J-2: 0 changed, 1 unchanged, 2 failed
         started by  operator
       device  result     note
       sw1     failed     sw1 answered with something that is no answer: line 1 is no …
       sw2     failed     sw2 did not answer within 1 s
       sw3     unchanged
    operator  /device backup
       warning: J-3 is queued: back up sw1, sw2 and sw3
       Its end is told here; /job cancel J-3 stops it.
       J-3: 0 changed, 3 unchanged, 0 failed
         started by  operator
       device  result     note
       sw1     unchanged
       sw2     unchanged
       sw3     unchanged
    viewer  /device history sw1
       1 version of sw1
       /device diff sw1 version=… compares one of them with what runs now.
       when                  who       why                 job  version
       <time>  operator  backup by operator  J-1  <commit>
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_host_key_is_refused_until_somebody_accepts_it() {
    let story = on_both(async |s| {
        s.say("operator", "/device accept-key sw1").await;
        s.say("operator", "/device run sw1 command=\"show vlan\"").await;
        s.lab("switch sw1 hostkey");
        s.say("operator", "/device run sw1 command=\"show vlan\"").await;
        s.say("viewer", "/device accept-key sw1").await;
        s.say("operator", "/device accept-key sw1").await;
        s.press("operator", "Yes").await;
        s.say("operator", "/device run sw1 command=\"show vlan\"").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /device accept-key sw1
       refused: sw1 cannot be given another host key: it offered none that was not accepted (wrong-state)
    operator  /device run sw1 command="show vlan"
       sw1: show vlan
       VLAN  Name                             Status    Ports
       ----- -------------------------------- --------- -------------------------------
       100   servers                          active    Port-Channel1, Ethernet1, Ethernet2
       200   lab                              active    Port-Channel1, Ethernet1, Ethernet2
       999   parking                          active    Ethernet5, Ethernet6
    %  switch sw1 hostkey
    operator  /device run sw1 command="show vlan"
       refused: sw1 is not trusted: the host key changed from SHA256:<fingerprint> to SHA256:<fingerprint> (host-key)
       if it was replaced on purpose, /device accept-key sw1; else somebody may stand in between
    viewer  /device accept-key sw1
       refused: this needs the permission device.push, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    operator  /device accept-key sw1
       know sw1 by another host key?
       Yes only when the fingerprint is read on the box itself: else somebody may stand in between.
         known       SHA256:<fingerprint>
         offered     SHA256:<fingerprint>
         offered at  <time>
       [Yes] [No]
    operator  [Yes]
       sw1 is known by its new host key
         fingerprint  SHA256:<fingerprint>
    operator  /device run sw1 command="show vlan"
       sw1: show vlan
       VLAN  Name                             Status    Ports
       ----- -------------------------------- --------- -------------------------------
       100   servers                          active    Port-Channel1, Ethernet1, Ethernet2
       200   lab                              active    Port-Channel1, Ethernet1, Ethernet2
       999   parking                          active    Ethernet5, Ethernet6
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_netbox_does_not_say_is_named() {
    let story = on_both(async |s| {
        s.say("operator", "/device backup sw1 pve1").await;
        s.say("operator", "/device backup nobody").await;
        s.say("operator", "/device backup tag=nothing").await;
        s.say("viewer", "/device drift pve1").await;
        s.say("viewer", "/device run pve1 command=\"show version\"").await;
        s.say("viewer", "/device history pve1").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /device backup sw1 pve1
       refused: pve1 has no login (not-ready)
       right would be the name of one in the custom field credential, or network.credential
    operator  /device backup nobody
       refused: there is no device "nobody" (no-such-device)
    operator  /device backup tag=nothing
       refused: tag: "nothing" is none of the values possible (unknown-value)
    viewer  /device drift pve1
       refused: pve1 has no login (not-ready)
       right would be the name of one in the custom field credential, or network.credential
    viewer  /device run pve1 command="show version"
       refused: pve1 has no login (not-ready)
       right would be the name of one in the custom field credential, or network.credential
    viewer  /device history pve1
       nothing of pve1 is kept yet
       /device backup pve1 keeps what runs now.
    "#);
}

/// Fifty megabytes are not read to their end.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_ends() {
    on_both_set(
        |settings| settings.limits.output = 1 << 20,
        async |s| {
            s.lab("switch sw1 flood=50 on=\"show version\"");
            let replies = s.say("viewer", "/device run sw1 command=\"show version\"").await;
            let title = replies[0].title_plain() + replies[0].text_plain().as_str();
            assert!(title.contains("longer than 1048576 bytes"), "{title}");
            s.say("viewer", "/device run sw1 command=\"show version\"").await;
        },
    )
    .await;
}

/// They take turns at the box, and neither finds half of a thing.
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once() {
    on_both(async |s| {
        let (one, other) = tokio::join!(
            s.ask("operator", "/device backup sw1 sw2 sw3"),
            s.ask("operator", "/device backup sw1 sw2 sw3"),
        );
        assert!(one[0].job.is_some() && other[0].job.is_some());
        let ends = s.settle_unseen().await;
        let mut counts: Vec<usize> = ends
            .iter()
            .map(|end| {
                let rows = &end.table.as_ref().expect("a table").rows;
                rows.iter().filter(|row| row[1].to_string() == "new").count()
            })
            .collect();
        // Which of them is faster is the machine's affair, and each may keep some.
        counts.sort_unstable();
        assert_eq!(counts.iter().sum::<usize>(), 3, "each is kept once: {counts:?}");
    })
    .await;
}

/// Another program has the repository, and the remote is not there: both are told, and nothing is half done.
#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_held_and_a_remote_that_is_away() {
    let remote = |settings: &mut Settings| {
        let url = settings.history.path.with_file_name("remote.git").display().to_string();
        settings.remote = Some(direttore_clients::history::Remote { url, ..Default::default() });
    };
    on_both_set(remote, async |s| {
        let history = s.switches().history();
        s.say("operator", "/device backup sw1").await;
        let end = s.settle().await.remove(0);
        assert_eq!(end.tone, direttore_reply::Tone::Warning);
        assert!(end.text_plain().contains("not brought to the remote"), "{}", end.text_plain());

        let lock = history.join("refs/heads/master.lock");
        std::fs::write(&lock, "").expect("the folder is ours");
        s.lab("switch sw1 'interface Ethernet1; description by hand'");
        s.say("operator", "/device backup sw1").await;
        let end = s.settle().await.remove(0);
        assert_eq!(end.tone, direttore_reply::Tone::Failed);
        assert!(end.text_plain().contains("another program holds the history"), "{}", end.text_plain());
        std::fs::remove_file(&lock).expect("it is there");

        let bare = history.with_file_name("remote.git");
        let made = std::process::Command::new("git").args(["init", "--quiet", "--bare"]).arg(&bare).status();
        if !made.is_ok_and(|status| status.success()) {
            return crate::support::skipped("scenarios::devices: there is no git program to make a remote with");
        }
        s.say("operator", "/job retry J-2").await;
        let end = s.settle().await.remove(0);
        assert_eq!((end.tone, end.title_plain()), (direttore_reply::Tone::Success, "J-2: sw1 is backed up".to_owned()));
        let log = std::process::Command::new("git")
            .arg("--git-dir")
            .arg(&bare)
            .args(["log", "--format=%s", "master"])
            .output();
        let log = String::from_utf8_lossy(&log.expect("git runs").stdout).into_owned();
        assert_eq!(log.lines().count(), 2, "both commits are there: {log}");
    })
    .await;
}
