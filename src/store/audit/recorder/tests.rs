use super::*;
use crate::{
    audit::{Filter, list, tests::entry},
    trials::{on_both, on_both_urls, settings},
};

const ALL: Filter<'static> = Filter { who: None, what: None, since: None, limit: 100, offset: 0 };

async fn recorded(store: &Store) -> Vec<String> {
    let mut tx = store.read().await.expect("a transaction");
    let (rows, _) = list(&mut tx, ALL).await.expect("read");
    rows.into_iter().rev().map(|r| format!("{} {}", r.entry.what, r.entry.outcome)).collect()
}

#[tokio::test]
async fn rows_are_written_in_order_without_waiting() {
    on_both(async |store| {
        let recorder = Recorder::start_with(store.clone(), Pace { gather: Duration::from_millis(1), keep: 500 });
        for n in 0..300 {
            recorder.later(entry(&format!("help {n}")));
        }
        // Nobody asks: they come by themselves.
        loop {
            let mut tx = store.read().await.expect("a transaction");
            let (rows, total) = list(&mut tx, ALL).await.expect("read");
            if total == 300 {
                assert_eq!(rows[0].entry.what, "help 299");
                break;
            }
            drop(tx);
            tokio::task::yield_now().await;
        }
        recorder.flush().await.expect("nothing waits");
        assert_eq!(recorder.lost(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_while_the_database_is_gone_is_counted() {
    on_both_urls(async |url| {
        let store = Store::open(&settings(&url)).await.expect("opens");
        let patient = Pace { gather: Duration::from_secs(3600), keep: 2 };
        let recorder = Recorder::start_with(store.clone(), patient);
        for n in 0..5 {
            recorder.later(entry(&format!("help {n}")));
        }
        assert_eq!(recorder.lost(), 3);
        recorder.flush().await.expect("it is there");
        assert_eq!(recorded(&store).await, ["help 0 done", "help 1 done", "audit lost"]);
        recorder.later(entry("help 5"));
        recorder.flush().await.expect("it is there");
        assert_eq!(recorded(&store).await.len(), 4, "told once");
        store.close().await;
        recorder.later(entry("help 6"));
        assert!(matches!(recorder.flush().await, Err(StoreError::Unavailable(_))));
        assert_eq!(recorder.lost(), 3, "it is kept");
    })
    .await;
}

#[tokio::test]
async fn the_last_recorder_writes_what_waits() {
    on_both(async |store| {
        let recorder = Recorder::start_with(store.clone(), Pace { gather: Duration::from_secs(3600), keep: 10 });
        recorder.later(entry("help"));
        drop(recorder);
        while recorded(&store).await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_read_over_and_over_is_one_row_with_how_often() {
    on_both(async |store| {
        let recorder = Recorder::start_with(store.clone(), Pace { gather: Duration::from_secs(3600), keep: 10 });
        let asked = |what: &str| Entry { detail: Value::Null, ..entry(what) };
        let of = |request: &'static str| move |_| json!({ "request": request });
        for request in ["a", "b", "c"] {
            recorder.once_more(asked("node list"), of(request));
            recorder.once_more(asked("guest list"), of(request));
        }
        recorder.later(Entry { detail: json!({ "request": "d" }), ..entry("guest list") });
        recorder.once_more(Entry { who: "somebody else".to_owned(), ..asked("node list") }, of("e"));
        recorder.flush().await.expect("nothing waits");
        // What is written is not changed.
        recorder.once_more(asked("node list"), of("f"));
        recorder.flush().await.expect("nothing waits");
        let mut tx = store.read().await.expect("a transaction");
        let (rows, _) = list(&mut tx, ALL).await.expect("read");
        let rows: Vec<String> = rows.iter().rev().map(|r| format!("{} {}", r.entry.what, r.entry.detail)).collect();
        assert_eq!(
            rows,
            [
                r#"node list {"request":"a","times":3}"#,
                r#"guest list {"request":"a","times":3}"#,
                r#"guest list {"request":"d"}"#,
                r#"node list {"request":"e"}"#,
                r#"node list {"request":"f"}"#,
            ]
        );
    })
    .await;
}
