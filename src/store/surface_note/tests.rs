use super::*;
use crate::trials::on_both;
use serde_json::json;

#[tokio::test]
async fn a_surface_finds_what_it_kept() {
    on_both(async |store| {
        let (discord, matrix) = (Surface::Discord, Surface::Matrix);
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(get(&mut tx, discord, "job/J-1").await.expect("read"), None);
        for (name, body, at) in
            [("job/J-1", json!({ "message": "7" }), 1), ("job/J-2", json!(2), 5), ("mirror", json!(9), 1)]
        {
            set(&mut tx, discord, name, &body, Instant(at)).await.expect("kept");
        }
        set(&mut tx, matrix, "job/J-1", &json!("other"), Instant(1)).await.expect("kept");
        set(&mut tx, discord, "job/J-1", &json!({ "message": "8" }), Instant(2)).await.expect("kept anew");
        assert_eq!(get(&mut tx, discord, "job/J-1").await.expect("read"), Some(json!({ "message": "8" })));
        let jobs = beginning(&mut tx, discord, "job/").await.expect("read");
        assert_eq!(jobs, [("job/J-1".to_owned(), json!({ "message": "8" })), ("job/J-2".to_owned(), json!(2))]);
        assert_eq!(forget(&mut tx, "job/", Instant(5)).await.expect("forgotten"), 2, "one of each surface");
        assert_eq!(get(&mut tx, discord, "mirror").await.expect("read"), Some(json!(9)));
        assert!(remove(&mut tx, discord, "mirror").await.expect("removed"));
        assert!(!remove(&mut tx, discord, "mirror").await.expect("looked for"));
    })
    .await;
}
