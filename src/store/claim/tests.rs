use super::*;
use crate::{
    Settings, Store, resource,
    trials::{NOW, committed, node, on_both, on_both_urls, reserved, settings},
};

fn span(from_s: i64, to_s: i64) -> Span {
    Span { from_s, to_s }
}

async fn claimed(store: &Store, reservation: ReservationId, resource: i64, lane: i64, span: Span) -> Result<bool> {
    let mut tx = store.write().await?;
    lock(&mut tx, &[resource], false).await?;
    let taken = take(&mut tx, &[Claim { reservation, resource, lane, span }]).await?;
    if taken {
        tx.commit().await?;
    }
    Ok(taken)
}

#[tokio::test]
async fn claims_of_one_lane_never_overlap_and_those_back_to_back_do_not() {
    on_both(async |store| {
        let (pve1, pve2, a) = committed!(store, tx => {
            let (pve1, pve2) = (node(&mut tx, "pve1").await, node(&mut tx, "pve2").await);
            (pve1, pve2, reserved(&mut tx, "a").await)
        });
        assert_eq!(claimed(&store, a, pve1, 0, span(100, 200)).await, Ok(true));
        for (from, to) in [(100, 200), (50, 101), (199, 300), (120, 130), (50, 300)] {
            assert_eq!(claimed(&store, a, pve1, 0, span(from, to)).await, Ok(false), "{from}..{to}");
        }
        assert_eq!(claimed(&store, a, pve1, 0, span(200, 300)).await, Ok(true));
        assert_eq!(claimed(&store, a, pve1, 0, span(50, 100)).await, Ok(true));
        assert_eq!(claimed(&store, a, pve2, 0, span(100, 200)).await, Ok(true));
        let lane = claimed(&store, a, pve2, 1, span(900, 950)).await;
        assert!(matches!(&lane, Err(StoreError::Refused(why)) if why.contains("claim_lane")), "{lane:?}");
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(overlaps(&mut tx).await, Ok(0));
        assert_eq!(of(&mut tx, a).await.expect("read").len(), 4);
        assert_eq!(is_free(&mut tx, pve1, 0, span(300, 400), None).await, Ok(true));
        assert_eq!(is_free(&mut tx, pve1, 0, span(299, 400), None).await, Ok(false));
        assert_eq!(is_free(&mut tx, pve1, 0, span(299, 400), Some(a)).await, Ok(true), "one's own");
        let blocking = in_the_way(&mut tx, pve1, None, span(150, 1000), None, 10).await.expect("read");
        assert_eq!(blocking.iter().map(|c| c.span).collect::<Vec<_>>(), [span(100, 200), span(200, 300)]);
        let ahead = ahead(&mut tx, pve1, 0, span(150, 250), 10).await.expect("read");
        assert_eq!(ahead.iter().map(|c| c.span).collect::<Vec<_>>(), [span(100, 200), span(200, 300)]);
        let anywhere = anywhere(&mut tx, span(150, 160), 1000, 10).await.expect("read");
        assert_eq!(anywhere.iter().map(|c| c.resource).collect::<Vec<_>>(), [pve1, pve2]);
    })
    .await;
}

#[tokio::test]
async fn what_is_let_go_is_free_and_what_was_used_stays() {
    on_both(async |store| {
        let (pve1, a) = committed!(store, tx => (node(&mut tx, "pve1").await, reserved(&mut tx, "a").await));
        assert_eq!(claimed(&store, a, pve1, 0, span(100, 200)).await, Ok(true));
        assert_eq!(claimed(&store, a, pve1, 0, span(300, 400)).await, Ok(true));
        committed!(store, tx => cut(&mut tx, a, 150).await.expect("cut"));
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(of(&mut tx, a).await.expect("read").iter().map(|c| c.span).collect::<Vec<_>>(), [span(100, 150)]);
        drop(tx);
        assert_eq!(committed!(store, tx => release(&mut tx, a).await), Ok(1));
        assert_eq!(claimed(&store, a, pve1, 0, span(100, 200)).await, Ok(true));
    })
    .await;
}

/// Whether it has the locks at once.
async fn has_locks(store: &Store, resources: &[i64], all: bool) -> bool {
    let Ok(mut tx) = store.write().await else { return false };
    match lock(&mut tx, resources, all).await {
        Ok(()) => true,
        Err(StoreError::Unavailable(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn who_wants_the_same_waits_and_who_wants_something_else_does_not() {
    on_both_urls(async |url| {
        let store = Store::open(&settings(&url)).await.expect("opens");
        let impatient = Settings { lock_timeout: std::time::Duration::from_millis(50), ..settings(&url) };
        let other = Store::open(&impatient).await.expect("opens");
        // Of SQLite's writers each waits for each.
        let is_apart = store.is_postgres();
        for (held, held_all, wanted, wanted_all, is_free) in [
            (&[1, 2][..], false, &[3][..], false, is_apart),
            (&[1, 2], false, &[3, 2], false, false),
            (&[], true, &[1], false, false),
            (&[1], false, &[], true, false),
            (&[], true, &[], true, false),
        ] {
            let mut tx = store.write().await.expect("a transaction");
            lock(&mut tx, held, held_all).await.expect("nobody has any");
            assert_eq!(has_locks(&other, wanted, wanted_all).await, is_free, "{wanted:?} while {held:?} are taken");
            drop(tx);
            assert!(has_locks(&store, wanted, wanted_all).await, "{wanted:?} when all are free");
        }
        store.close().await;
        other.close().await;
    })
    .await;
}

mod bypass;
mod model;
mod raw;
mod storm;
