use super::{AT, entry, open, run, settings};
use crate::history::{Entry, Error, History, Seal};
use direttore_domain::Instant;
use git2::Repository;

#[tokio::test]
async fn what_changed_is_kept_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = open(folder.path()).await;
    let grouped = Entry { group: Some("core".to_owned()), author: Some("alice".to_owned()), ..entry("r1", "one\n") };
    let first = history.record(run(0, vec![grouped.clone(), entry("sw1", "a\n")])).await.expect("it is kept");
    assert_eq!(
        first.iter().map(|v| (v.device.as_str(), v.author.as_str())).collect::<Vec<_>>(),
        [("r1", "alice"), ("sw1", "direttore")]
    );
    assert_eq!(history.record(run(1, vec![grouped.clone(), entry("sw1", "a\n")])).await.expect("it is kept"), []);
    let second = history.record(run(2, vec![grouped, entry("sw1", "b\n")])).await.expect("it is kept");
    assert_eq!(second.len(), 1);
    assert_eq!(history.text(&first[1].blob).await.expect("it is there"), "a\n");
    assert_eq!(
        history.newest("sw1", None).await.expect("it can be read"),
        Some(("b\n".to_owned(), second[0].blob.clone()))
    );
    assert_eq!(history.newest("r1", None).await.expect("it can be read"), None, "it is in a group");

    // As git sees it.
    let repository = Repository::open(folder.path()).expect("it is a repository");
    let head = repository.head().and_then(|head| head.peel_to_commit()).expect("it has commits");
    assert_eq!(head.message().ok(), Some("sw1: scheduled backup\n"));
    let tree = head.tree().expect("it has a tree");
    assert!(tree.get_path("core/r1".as_ref()).is_ok() && tree.get_path("sw1".as_ref()).is_ok());
    let commits = {
        let mut walk = repository.revwalk().expect("it can walk");
        walk.push_head().expect("it has a head");
        walk.count()
    };
    assert_eq!(commits, 3);
}

#[tokio::test]
async fn versions_are_found_by_time_and_after_a_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = open(folder.path()).await;
    for (minutes, text) in [(0, "a\n"), (10, "b\n"), (20, "a\n")] {
        history.record(run(minutes, vec![entry("sw1", text), entry("sw2", "same\n")])).await.expect("it is kept");
    }
    drop(history);
    let history = open(folder.path()).await;
    let versions = history.versions("sw1", None, 10).await.expect("they can be read");
    assert_eq!(versions.iter().map(|v| (v.at.0 - AT.0) / 60_000).collect::<Vec<_>>(), [20, 10, 0]);
    assert_eq!(versions[0].blob, versions[2].blob, "the same text is kept once");
    assert_eq!(history.versions("sw2", None, 10).await.expect("they can be read").len(), 1);
    assert_eq!(history.versions("sw1", None, 2).await.expect("they can be read").len(), 2);
    let at = history.at("sw1", None, Instant(AT.0 + 15 * 60_000)).await.expect("it can be read").expect("it was there");
    assert_eq!(history.text(&at.blob).await.expect("it is there"), "b\n");
    assert_eq!(history.at("sw1", None, Instant(AT.0 - 1)).await.expect("it can be read"), None);
}

#[tokio::test]
async fn sealed_files_are_read_by_their_key_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let sealed = |key: u8| History::open(settings(folder.path(), Some(Seal::new([key; 32]))));
    let history = open(folder.path()).await;
    let plain = history.record(run(0, vec![entry("old", "kept before\n")])).await.expect("it is kept");
    drop(history);
    let history = sealed(1).await.expect("it can be opened");
    let kept = history.record(run(1, vec![entry("sw1", "secret 42\n")])).await.expect("it is kept");
    assert_eq!(history.text(&kept[0].blob).await.expect("it is there"), "secret 42\n");
    assert_eq!(history.text(&plain[0].blob).await.expect("it is there"), "kept before\n");
    assert_eq!(
        history.record(run(2, vec![entry("sw1", "secret 42\n")])).await.expect("it is kept"),
        [],
        "it did not change"
    );
    let blob = Repository::open(folder.path()).expect("it is one");
    let blob = blob.find_blob(kept[0].blob.parse().expect("an id")).expect("it is there").content().to_vec();
    assert!(blob.starts_with(b"direttore-sealed-1\n") && !String::from_utf8_lossy(&blob).contains("secret"));
    let other = sealed(2).await.expect("it can be opened");
    assert!(matches!(other.text(&kept[0].blob).await, Err(Error::WrongKey { .. })));
}

#[tokio::test]
async fn loose_objects_are_packed() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = open(folder.path()).await;
    let kept = history.record(run(0, vec![entry("sw1", "a\n")])).await.expect("it is kept");
    history.pack().await.expect("it can be packed");
    assert_eq!(history.text(&kept[0].blob).await.expect("it is there"), "a\n");
    history.record(run(1, vec![entry("sw1", "b\n")])).await.expect("it is kept");
    assert_eq!(history.versions("sw1", None, 5).await.expect("they can be read").len(), 2);
}
