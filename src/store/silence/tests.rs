use super::*;
use crate::{
    alert,
    trials::{NOW, committed, on_both},
};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_silence_lasts_until_its_end_is_written() {
    on_both(async |store| {
        let matchers: Matchers = "name=NodeDown node=\"pve 1\"".parse().expect("pairs");
        let id =
            committed!(store, tx => add(&mut tx, &matchers, NOW + HOUR, ("alice", "moved"), NOW).await.expect("new"));
        let mut tx = store.read().await.expect("a transaction");
        let kept = get(&mut tx, id).await.expect("read").expect("it is there");
        assert_eq!((&kept.matchers, kept.until, kept.who.as_str(), kept.ended), (&matchers, NOW + HOUR, "alice", None));
        assert_eq!(open(&mut tx).await.expect("read"), [kept]);
        assert_eq!(alert::next_due(&mut tx).await.expect("known"), Some(NOW + HOUR));
        assert_eq!(get(&mut tx, SilenceId(99)).await.expect("read"), None);
        drop(tx);
        assert!(committed!(store, tx => prolong(&mut tx, id, NOW + HOUR * 2).await.expect("changed")));
        assert!(committed!(store, tx => end(&mut tx, id, NOW + HOUR, "bob").await.expect("ended")));
        assert!(!committed!(store, tx => end(&mut tx, id, NOW + HOUR, "eve").await.expect("was over")));
        assert!(!committed!(store, tx => prolong(&mut tx, id, NOW + HOUR * 3).await.expect("was over")));
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(open(&mut tx).await.expect("read"), []);
        let kept = get(&mut tx, id).await.expect("read").expect("it stays");
        assert_eq!((kept.until, kept.ended, kept.ended_by.as_str()), (NOW + HOUR * 2, Some(NOW + HOUR), "bob"));
        drop(tx);
        committed!(store, tx => alert::sweep(&mut tx, NOW + HOUR * 2).await.expect("swept"));
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(get(&mut tx, id).await.expect("read"), None);
    })
    .await;
}
