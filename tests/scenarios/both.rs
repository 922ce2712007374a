//! A story on one database or on both.

use super::story::{Story, fresh, lab_settings};
use crate::support::postgres;
use direttore_core::Rules;
use direttore_store::Store;
use std::sync::Mutex;

/// One story on both databases; both must tell the same.
pub async fn on_both(tell: impl AsyncFn(&Story)) -> String {
    both(Story::start, tell).await
}

/// As [`on_both`], with a NetBox.
pub async fn on_both_with_netbox(tell: impl AsyncFn(&Story)) -> String {
    both(async |store| Story::with_netbox(store, Rules::default()).await, tell).await
}

/// As [`on_both`], with rules of its own.
pub async fn on_both_by_rules(rules: fn() -> Rules, tell: impl AsyncFn(&Story)) -> String {
    both(async |store| Story::with_all(store, lab_settings(), fresh(), None, rules()).await, tell).await
}

/// As [`on_both`], begun in another way.
pub async fn both(start: impl AsyncFn(Store) -> Story, tell: impl AsyncFn(&Story)) -> String {
    let transcripts: Mutex<Vec<String>> = Mutex::default();
    postgres::on_both(async |store| {
        let story = start(store).await;
        tell(&story).await;
        let transcript = story.end().await;
        transcripts.lock().expect("no test panicked").push(transcript);
    })
    .await;
    let transcripts = transcripts.into_inner().expect("no test panicked");
    let (first, rest) = transcripts.split_first().expect("at least SQLite");
    rest.iter().for_each(|other| assert_eq!(first, other, "both databases tell the same story"));
    first.clone()
}

/// A story on SQLite alone, where the database plays no part.
pub async fn on_sqlite(tell: impl AsyncFn(&Story)) -> String {
    sqlite(Story::start, tell).await
}

/// As [`on_sqlite`], with a NetBox.
pub async fn on_sqlite_with_netbox(rules: fn() -> Rules, tell: impl AsyncFn(&Story)) -> String {
    sqlite(async |store| Story::with_netbox(store, rules()).await, tell).await
}

async fn sqlite(start: impl AsyncFn(Store) -> Story, tell: impl AsyncFn(&Story)) -> String {
    on_a_new_database(async |store| {
        let story = start(store).await;
        tell(&story).await;
        story.end().await
    })
    .await
}

/// On a SQLite of its own, that is gone afterwards.
pub async fn on_a_new_database<T>(tell: impl AsyncFnOnce(Store) -> T) -> T {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("story.db").display());
    tell(Store::open(&postgres::settings(&url)).await.expect("a new database")).await
}
