use super::{entry, open, run, settings};
use crate::history::{Entry, Error, History};
use git2::Repository;
use std::fs;

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = open(folder.path()).await;
    for name in ["", "..", ".git", "a/b", "a\nb", &"x".repeat(300)] {
        let done = history.record(run(0, vec![entry("sw1", "a"), entry(name, "b")])).await;
        assert!(matches!(done, Err(Error::BadName { .. })), "{name}");
    }
    assert_eq!(history.newest("sw1", None).await.expect("it can be read"), None);
    history.record(run(0, vec![entry("sw1", "a")])).await.expect("it is kept");
    let inside = Entry { group: Some("sw1".to_owned()), ..entry("r1", "x") };
    assert!(matches!(history.record(run(1, vec![inside])).await, Err(Error::BadName { .. })));
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("letter.txt"), "dear").expect("a file");
    let opened = History::open(settings(folder.path(), None)).await;
    assert!(matches!(opened, Err(Error::NotOurs { .. })));
    let file = folder.path().join("letter.txt");
    assert!(matches!(History::open(settings(&file, None)).await, Err(Error::CannotOpen { .. })));
}

#[tokio::test]
async fn a_lock_of_another_program_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = open(folder.path()).await;
    history.record(run(0, vec![entry("sw1", "a\n")])).await.expect("it is kept");
    let lock = folder.path().join("refs/heads/master.lock");
    fs::write(&lock, "").expect("a file");
    let done = history.record(run(1, vec![entry("sw1", "b\n"), entry("sw2", "c\n")])).await;
    assert!(matches!(done, Err(Error::Locked { .. })), "{done:?}");
    fs::remove_file(&lock).expect("it is there");
    assert_eq!(
        history.newest("sw1", None).await.expect("it can be read").map(|(text, _)| text).as_deref(),
        Some("a\n")
    );
    assert_eq!(history.newest("sw2", None).await.expect("it can be read"), None);
    assert_eq!(history.record(run(2, vec![entry("sw1", "b\n")])).await.expect("it is kept").len(), 1);
}

#[tokio::test]
async fn what_another_program_wrote_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (open(folder.path()).await, open(folder.path()).await);
    one.record(run(0, vec![entry("sw1", "a\n")])).await.expect("it is kept");
    other.record(run(1, vec![entry("sw2", "b\n")])).await.expect("it is kept");
    one.record(run(2, vec![entry("sw1", "c\n")])).await.expect("it is kept");
    let repository = Repository::open(folder.path()).expect("it is one");
    let mut walk = repository.revwalk().expect("it can walk");
    walk.push_head().expect("it has a head");
    assert_eq!(walk.count(), 3);
}

#[tokio::test]
async fn a_damaged_repository_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = open(folder.path()).await;
    let kept = history.record(run(0, vec![entry("sw1", "a\n")])).await.expect("it is kept");
    let (head, tail) = kept[0].commit.split_at(2);
    let object = folder.path().join("objects").join(head).join(tail);
    fs::remove_file(&object).expect("it is loose");
    drop(history);
    let history = open(folder.path()).await;
    let done = history.record(run(1, vec![entry("sw1", "b\n")])).await;
    assert!(matches!(done, Err(Error::Corrupt { .. })), "{done:?}");
    assert!(matches!(history.text("0000000000000000000000000000000000000001").await, Err(Error::NoSuchVersion { .. })));
    assert!(matches!(history.text("no id").await, Err(Error::NoSuchVersion { .. })));
}

#[test]
fn a_full_disk_is_told() {
    let full = git2::Error::new(
        git2::ErrorCode::GenericError,
        git2::ErrorClass::Os,
        "failed to write: No space left on device",
    );
    assert!(matches!(Error::from(full), Error::DiskFull));
}
