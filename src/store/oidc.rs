//! Who was sent to the identity provider to sign in, until they come back or it is too late. Instants are by the
//! machine's own clock: sign-in is never moved with the calendar.

use crate::{Result, Tx, dialect::text, row::row};
use direttore_domain::Instant;

/// A sign-in that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Where the person wanted to go; empty where they did not say.
    pub return_to: String,
    /// Of the code that links whoever comes back; empty where there is none.
    pub code_hash: String,
}

row! {
    struct Row { return_to: String, code_hash: String, expires_at: i64 }
}

/// Notes one under the hash of what only the browser has, and forgets those that are too old.
pub async fn begin(tx: &mut Tx, hash: &str, begun: &Begun, now: Instant, expires: Instant) -> Result<()> {
    sweep(tx, now).await?;
    let query = "insert into oidc_sign_in (hash, return_to, code_hash, expires_at) values ($1, $2, $3, $4)";
    change!(
        tx,
        sqlx::query(query).bind(hash).bind(text(&begun.return_to)).bind(text(&begun.code_hash)).bind(expires.0)
    )?;
    Ok(())
}

/// One that was begun; it is over now. `None` for one that is unknown, over or too old. Of two who come at once one gets it.
pub async fn take(tx: &mut Tx, hash: &str, now: Instant) -> Result<Option<Begun>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "delete from oidc_sign_in where hash = $1 returning return_to, code_hash, expires_at")
        .bind(hash).fetch_optional(db).await)?;
    let row = row.filter(|row| now.0 < row.expires_at);
    Ok(row.map(|row| Begun { return_to: row.return_to, code_hash: row.code_hash }))
}

/// Forgets those whose time is over.
pub async fn sweep(tx: &mut Tx, now: Instant) -> Result<u64> {
    Ok(change!(tx, sqlx::query("delete from oidc_sign_in where expires_at <= $1").bind(now.0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trials::{NOW, on_both};
    use std::time::Duration;

    const MINUTES: Duration = Duration::from_secs(600);

    #[tokio::test]
    async fn a_sign_in_is_taken_once_and_in_time() {
        on_both(async |store| {
            let begun = Begun { return_to: "/docs".to_owned(), code_hash: String::new() };
            let mut tx = store.write().await.expect("a transaction");
            for hash in ["a", "b", "c"] {
                begin(&mut tx, hash, &begun, NOW, NOW + MINUTES).await.expect("noted");
            }
            tx.commit().await.expect("committed");
            let mut tx = store.write().await.expect("a transaction");
            assert_eq!(take(&mut tx, "a", NOW).await.expect("asked"), Some(begun.clone()));
            assert_eq!(take(&mut tx, "a", NOW).await.expect("asked"), None, "once");
            assert_eq!(take(&mut tx, "d", NOW).await.expect("asked"), None);
            assert_eq!(take(&mut tx, "b", NOW + MINUTES).await.expect("asked"), None, "too late");
            assert_eq!(sweep(&mut tx, NOW).await.expect("swept"), 0);
            begin(&mut tx, "e", &begun, NOW + MINUTES, NOW + MINUTES + MINUTES).await.expect("noted");
            assert_eq!(take(&mut tx, "c", NOW).await.expect("asked"), None, "forgotten when the next one began");
        })
        .await;
    }
}
