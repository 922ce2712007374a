use super::{entry, open, run};
use crate::history::{Error, Remote};
use git2::Repository;

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
