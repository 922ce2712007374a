use super::{entry, open, run};
use crate::history::{Error, Remote};
use git2::Repository;
use std::{net::TcpListener, time::Duration};

fn to(url: String) -> Remote {
    Remote { url, ..Remote::default() }
}

#[tokio::test]
async fn a_run_is_brought_to_a_remote_and_never_by_force() {
    let folder = tempfile::tempdir().expect("a folder");
    let (here, there, third) = (folder.path().join("here"), folder.path().join("there"), folder.path().join("third"));
    let bare = Repository::init_bare(&there).expect("it can be made");
    let url = format!("file://{}", there.display());
    let history = open(&here).await;
    let kept = history.record(run(0, vec![entry("sw1", "a\n")])).await.expect("it is kept");
    history.push(to(url.clone())).await.expect("it is brought");
    assert_eq!(bare.refname_to_id("refs/heads/master").expect("it is there").to_string(), kept[0].commit);
    history.push(to(url.clone())).await.expect("nothing is new");

    // Somebody else's commits are there.
    let other = open(&third).await;
    other.record(run(1, vec![entry("sw9", "z\n")])).await.expect("it is kept");
    assert!(matches!(other.push(to(url)).await, Err(Error::Diverged { .. })));
    assert_eq!(bare.refname_to_id("refs/heads/master").expect("it is there").to_string(), kept[0].commit);
}

#[tokio::test]
async fn a_remote_that_is_not_there_is_told_without_its_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = open(&folder.path().join("here")).await;
    history.record(run(0, vec![entry("sw1", "a\n")])).await.expect("it is kept");
    let missing = format!("file://{}", folder.path().join("missing").display());
    assert!(matches!(history.push(to(missing)).await, Err(Error::Unreachable { .. })));
    let remote = to("https://bob:hunter2@git.example.net/x".to_owned());
    assert!(!format!("{remote:?}").contains("hunter2"));
}

/// The connection is taken, and not a word is said.
#[tokio::test]
async fn a_remote_that_says_nothing_keeps_nobody_from_the_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = open(&folder.path().join("here")).await;
    history.record(run(0, vec![entry("sw1", "a\n")])).await.expect("it is kept");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = silent.local_addr().expect("it is bound").port();
    let patience = Duration::from_millis(300);
    let there = Remote { patience, ..to(format!("ssh://git@127.0.0.1:{port}/lab.git")) };
    for why in ["did not end within 0.3 s", "an earlier attempt has not ended yet"] {
        let told = history.push(there.clone()).await.expect_err("nobody answers").to_string();
        assert!(told.contains(why), "{told}");
    }
    assert_eq!(history.record(run(1, vec![entry("sw1", "b\n")])).await.expect("it is kept").len(), 1);
    // The host is gone: the attempt ends, and the next one is made.
    drop(silent.accept().expect("it came"));
    drop(silent);
    let ended = async {
        loop {
            let told = history.push(there.clone()).await.expect_err("nobody is there").to_string();
            if !told.contains("earlier attempt") {
                return told;
            }
            tokio::task::yield_now().await;
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the first attempt ends");
    assert!(told.contains("cannot be reached"), "{told}");
}
