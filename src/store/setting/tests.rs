use super::*;
use crate::trials::on_both;

#[tokio::test]
async fn a_value_is_kept_and_what_is_made_once_is_made_once() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(get(&mut tx, "lab").await.expect("read"), None);
        assert_eq!(get_or_set(&mut tx, "lab", "first").await.expect("made"), "first");
        assert_eq!(get_or_set(&mut tx, "lab", "second").await.expect("there"), "first");
        set(&mut tx, "lab", "third").await.expect("written");
        assert_eq!(get(&mut tx, "lab").await.expect("read").as_deref(), Some("third"));
    })
    .await;
}
