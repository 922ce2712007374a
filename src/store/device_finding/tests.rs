use super::*;
use crate::trials::{NOW, committed, on_both};

#[tokio::test]
async fn what_goes_on_is_found_since_it_was_found_first() {
    on_both(async |store| {
        let new = |device, kind, summary: &str, at| Finding {
            device,
            kind,
            name: format!("sw{device}"),
            summary: summary.to_owned(),
            detail: String::new(),
            found: Instant(NOW.0 + at),
        };
        committed!(store, tx => {
            for one in [new(2, Kind::Drift, "a", 0), new(1, Kind::Drift, "b", 5), new(1, Kind::Backup, "c", 6)] {
                set(&mut tx, &one).await.expect("set");
            }
            set(&mut tx, &new(2, Kind::Drift, "d", 9)).await.expect("set");
            clear(&mut tx, 1, Kind::Drift).await.expect("cleared");
            clear(&mut tx, 9, Kind::Drift).await.expect("there was none");
        });
        let mut tx = store.read().await.expect("a transaction");
        let left = all(&mut tx, 10).await.expect("read");
        assert_eq!(left, [new(1, Kind::Backup, "c", 6), new(2, Kind::Drift, "d", 0)]);
    })
    .await;
}
