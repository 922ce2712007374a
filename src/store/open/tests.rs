use super::*;
use crate::{
    account, job, setting,
    trials::{NOW, committed, console, on_both, on_both_urls, operator, settings},
};
use direttore_domain::Failure;
use tokio::task::JoinSet;

async fn put(store: &Store, value: &str) -> Result<()> {
    let mut tx = store.write().await?;
    setting::set(&mut tx, "value", value).await?;
    tx.commit().await
}

async fn value(store: &Store) -> Option<String> {
    let mut tx = store.read().await.expect("a transaction");
    setting::get(&mut tx, "value").await.expect("read")
}

#[tokio::test]
async fn several_open_and_migrate_at_once() {
    on_both_urls(async |url| {
        let open = async || Store::open(&settings(&url)).await.expect("opens");
        let (a, b, c) = tokio::join!(open(), open(), open());
        for (store, name) in [(&a, "alice"), (&b, "bob"), (&c, "carol")] {
            store.ping().await.expect("it answers");
            operator(store, name).await;
        }
        let mut tx = b.read().await.expect("a transaction");
        assert_eq!(account::list(&mut tx).await.expect("read").len(), 3);
        drop(tx);
        for store in [a, b, c] {
            store.close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fresh_file_is_switched_to_the_log_by_several_at_once() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        let mut all = JoinSet::new();
        for _ in 0..6 {
            let url = url.clone();
            all.spawn(async move { Store::open(&settings(&url)).await.map(drop) });
        }
        for opened in all.join_all().await {
            opened.expect("opens");
        }
    }
}

#[tokio::test]
async fn what_is_not_committed_was_never_there() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        setting::set(&mut tx, "value", "x").await.expect("written");
        drop(tx);
        assert_eq!(value(&store).await, None);
        put(&store, "y").await.expect("written");
        assert_eq!(value(&store).await.as_deref(), Some("y"));
    })
    .await;
}

#[tokio::test]
async fn after_a_failed_statement_nothing_is_committed() {
    on_both(async |store| {
        operator(&store, "alice").await;
        let mut tx = store.write().await.expect("a transaction");
        setting::set(&mut tx, "value", "x").await.expect("written");
        let alice = "alice".parse().expect("a name");
        account::create(&mut tx, &alice, None, None, NOW).await.expect_err("taken");
        assert!(matches!(tx.commit().await, Err(StoreError::Refused(_))));
        assert_eq!(value(&store).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_reading_transaction_sees_one_moment_and_writes_nothing() {
    on_both(async |store| {
        put(&store, "before").await.expect("written");
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(setting::get(&mut tx, "value").await.expect("read").as_deref(), Some("before"));
        put(&store, "after").await.expect("readers are in nobody's way");
        assert_eq!(setting::get(&mut tx, "value").await.expect("read").as_deref(), Some("before"));
        setting::set(&mut tx, "value", "reader").await.expect_err("it only reads");
        drop(tx);
        assert_eq!(value(&store).await.as_deref(), Some("after"));
    })
    .await;
}

#[tokio::test]
async fn writers_wait_their_turn() {
    on_both(async |store| {
        put(&store, "0").await.expect("written");
        let mut all = JoinSet::new();
        for _ in 0..20 {
            let store = store.clone();
            all.spawn(async move {
                let origin = console("x");
                let new = job::NewJob {
                    command: "c",
                    title: "t",
                    account_id: None,
                    actor: "a",
                    origin: &origin,
                    question: None,
                    position: 0,
                    subject: "",
                    steps: vec![],
                    now: NOW,
                };
                committed!(store, tx => job::enqueue(&mut tx, &new).await.expect("enqueued"))
            });
        }
        let mut ids = all.join_all().await;
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 20);
    })
    .await;
}

#[tokio::test]
async fn a_closed_store_and_a_wrong_url_are_errors() {
    on_both(async |store| {
        store.close().await;
        assert!(matches!(store.read().await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.write().await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    })
    .await;
    for url in ["mysql://x/y", "store.db", ""] {
        assert!(matches!(Store::open(&settings(url)).await, Err(StoreError::Refused(_))), "{url}");
    }
    let nowhere = Store::open(&settings("sqlite:///nowhere/at/all.db")).await.expect_err("no such folder");
    assert!(nowhere.to_string().contains("/nowhere/at/all.db"), "{nowhere}");
    let text = Failure::from(nowhere).to_string();
    assert!(text.starts_with("the database cannot be used: /nowhere"), "{text}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_not_touched() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("store.db");
    let text = "this is somebody's letter\n".repeat(100);
    std::fs::write(&path, &text).expect("written");
    let url = format!("sqlite://{}", path.display());
    assert!(matches!(Store::open(&settings(&url)).await, Err(StoreError::Unavailable(_))));
    assert_eq!(std::fs::read_to_string(&path).expect("still there"), text);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a folder? 100%.db");
    let store = Store::open(&settings(&format!("sqlite://{}", path.display()))).await.expect("opens");
    put(&store, "x").await.expect("written");
    let files: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").map(|f| f.expect("a file")).collect();
    assert_eq!(files.len(), 3, "the database, its log and the log's index");
    for file in files {
        let mode = file.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[test]
fn a_password_is_not_printed() {
    let text = format!("{:?}", settings("postgres://bot:secret@db/direttore"));
    assert!(!text.contains("secret") && text.contains("postgres://"), "{text}");
}

#[tokio::test]
async fn a_database_that_a_newer_program_migrated_still_opens() {
    on_both_urls(async |url| {
        let store = Store::open(&settings(&url)).await.expect("opens");
        let mut tx = store.write().await.expect("a transaction");
        let query = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
            values (9999, 'later', true, $1, 0)";
        change!(tx, sqlx::query(query).bind(vec![1_u8])).expect("written");
        change!(tx, sqlx::query("alter table job add column colour text not null default ''")).expect("additive");
        tx.commit().await.expect("committed");
        store.close().await;
        let store = Store::open(&settings(&url)).await.expect("opens");
        store.ping().await.expect("it answers");
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_statement_known_before_a_migration_works_after_it() {
    on_both(async |store| {
        let mut tx = store.read().await.expect("a transaction");
        job::by_id(&mut tx, direttore_domain::JobId(1)).await.expect("read");
        drop(tx);
        committed!(store, tx => change!(tx, sqlx::query("alter table job add column colour text not null default ''"))
            .expect("additive"));
        for _ in 0..5 {
            let mut tx = store.read().await.expect("a transaction");
            job::by_id(&mut tx, direttore_domain::JobId(1)).await.expect("read");
        }
    })
    .await;
}

mod bad_days;
