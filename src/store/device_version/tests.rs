use super::*;
use crate::trials::{NOW, committed, on_both};

#[tokio::test]
async fn versions_are_found_by_device_kind_and_time() {
    on_both(async |store| {
        let new = |device, commit: &'static str, taken, at| NewVersion {
            device,
            name: "sw1",
            blob: "b",
            commit,
            author: "alice",
            why: "on demand",
            taken,
            job: Some(JobId(4)),
            at: Instant(NOW.0 + at),
        };
        committed!(store, tx => {
            for one in [
                new(1, "c1", Taken::Backup, 0),
                new(1, "c2", Taken::Push, 10),
                new(1, "c3", Taken::Backup, 20),
                new(1, "c3", Taken::Backup, 20),
                new(2, "c4", Taken::Backup, 30),
            ] {
                add(&mut tx, &one).await.expect("added");
            }
        });
        let mut tx = store.read().await.expect("a transaction");
        let commits = |all: Vec<Version>| all.into_iter().map(|v| v.commit).collect::<Vec<_>>();
        assert_eq!(commits(list(&mut tx, 1, 10).await.expect("read")), ["c3", "c2", "c1"], "each commit once");
        assert_eq!(commits(list(&mut tx, 1, 1).await.expect("read")), ["c3"]);
        let pushed = newest_commit(&mut tx, 1, Some(Taken::Push)).await;
        assert_eq!((pushed.as_deref(), newest_commit(&mut tx, 1, None).await.as_deref()), (Some("c2"), Some("c3")));
        assert_eq!(newest_commit(&mut tx, 2, Some(Taken::Push)).await, None);
        let then = at(&mut tx, 1, Instant(NOW.0 + 15)).await.expect("read").expect("one");
        assert_eq!((then.commit.as_str(), then.job, then.author.as_str()), ("c2", Some(JobId(4)), "alice"));
        assert_eq!(at(&mut tx, 1, Instant(NOW.0 - 1)).await, Ok(None));
    })
    .await;
}

async fn newest_commit(tx: &mut Tx, device: i64, taken: Option<Taken>) -> Option<String> {
    newest(tx, device, taken).await.expect("read").map(|v| v.commit)
}
