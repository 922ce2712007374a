use super::*;
use crate::trials::{NOW, committed, console, on_both};
use serde_json::json;

#[tokio::test]
async fn each_is_told_once_in_order() {
    on_both(async |store| {
        let (first, second) = committed!(store, tx => {
            let discord = Origin { surface: Surface::Discord, channel: "1".to_owned() };
            put(&mut tx, &discord, "alice", &json!({}), NOW).await.expect("put");
            let done = json!({ "title": "J-1 is done" });
            let first = put(&mut tx, &console("a"), "alice", &done, NOW).await.expect("put");
            (first, put(&mut tx, &console("b"), "bob", &json!({}), NOW).await.expect("put"))
        });
        let mut tx = store.read().await.expect("a transaction");
        let here = pending(&mut tx, Surface::Console, Some("a"), 10).await.expect("read");
        assert_eq!((here[0].id, here[0].to.as_str(), &here[0].reply["title"]), (first, "alice", &json!("J-1 is done")));
        assert_eq!((here.len(), here[0].origin.channel.as_str()), (1, "a"));
        let all = pending(&mut tx, Surface::Console, None, 10).await.expect("read");
        assert_eq!(all.iter().map(|t| t.id).collect::<Vec<_>>(), [first, second]);
        assert_eq!(pending(&mut tx, Surface::Console, None, 1).await.expect("read").len(), 1);
        drop(tx);

        let tell = async || committed!(store, tx => take(&mut tx, first).await.expect("tried"));
        let (one, other) = tokio::join!(tell(), tell());
        assert!(one != other, "exactly one tells it");
        assert_eq!(committed!(store, tx => forget(&mut tx, Instant(NOW.0 + 1)).await.expect("forgotten")), 2);
    })
    .await;
}
