use super::*;
use crate::{account, trials::on_both};

#[tokio::test]
async fn a_code_works_once_and_for_a_while() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let name = "alice".parse().expect("a name");
        let alice = account::create(&mut tx, &name, None, None, Instant(0)).await.expect("made").id;
        set(&mut tx, "first", alice, Instant(100)).await.expect("kept");
        set(&mut tx, "second", alice, Instant(100)).await.expect("kept");
        assert_eq!(take(&mut tx, "first", Instant(1)).await.expect("looked for"), None, "the newest one works");
        assert_eq!(take(&mut tx, "second", Instant(99)).await.expect("taken"), Some(alice));
        assert_eq!(take(&mut tx, "second", Instant(99)).await.expect("looked for"), None);
        set(&mut tx, "third", alice, Instant(100)).await.expect("kept");
        assert_eq!(take(&mut tx, "third", Instant(100)).await.expect("looked for"), None, "too old");
    })
    .await;
}
