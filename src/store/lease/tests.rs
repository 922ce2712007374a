use super::*;
use crate::trials::{committed, on_both};

const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn one_holds_it_until_it_is_released_or_runs_out() {
    on_both(async |store| {
        let take = async |holder: &str, ttl| {
            committed!(store, tx => take(&mut tx, "poller", holder, ttl).await.expect("tried"))
        };
        let (first, second) = tokio::join!(take("a", LONG), take("b", LONG));
        assert!(first != second, "exactly one holds it");
        let (holder, other) = if first { ("a", "b") } else { ("b", "a") };
        assert!(take(holder, LONG).await, "one's own is made longer");
        assert!(!take(other, LONG).await);
        assert!(!committed!(store, tx => release(&mut tx, "poller", other).await.expect("tried")));
        assert!(committed!(store, tx => release(&mut tx, "poller", holder).await.expect("tried")));
        assert!(take(other, Duration::ZERO).await);
        assert!(take(holder, LONG).await, "the other one's has run out");
    })
    .await;
}
