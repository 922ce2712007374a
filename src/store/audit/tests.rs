use super::*;
use crate::{
    Store, StoreError,
    trials::{NOW, committed, on_both},
};
use serde_json::json;
use std::time::Duration;

pub(super) fn entry(what: &str) -> Entry {
    Entry {
        at: NOW,
        who: "alice".to_owned(),
        account_id: Some(1),
        identity: "console:alice".to_owned(),
        channel: "console".to_owned(),
        what: what.to_owned(),
        line: format!("/{what} guest=web1"),
        target: "web1 (101)".to_owned(),
        outcome: "done".to_owned(),
        detail: json!({ "vmid": 101 }),
        reference: None,
    }
}

fn key() -> Key {
    Key::new(b"a signing key of enough bytes").expect("long enough")
}

async fn write(store: &Store, count: usize) -> Vec<i64> {
    let mut tx = store.write().await.expect("a transaction");
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(record(&mut tx, &entry(&format!("power {n}"))).await.expect("recorded"));
    }
    tx.commit().await.expect("committed");
    ids
}

/// What someone does who has the database's password: the triggers are no obstacle to them.
async fn tamper(store: &Store, statements: &[&str]) {
    let triggers: &[&str] = if store.is_postgres() {
        &["alter table audit disable trigger user", "alter table audit_seal disable trigger user"]
    } else {
        &[
            "drop trigger audit_no_update",
            "drop trigger audit_no_delete",
            "drop trigger audit_seal_no_update",
            "drop trigger audit_seal_no_delete",
        ]
    };
    let mut tx = store.write().await.expect("a transaction");
    for statement in triggers.iter().chain(statements) {
        change!(tx, sqlx::query(sqlx::AssertSqlSafe(*statement))).expect(statement);
    }
    tx.commit().await.expect("committed");
}

/// Six sealed rows and one that waits, tampered with.
async fn problems_after(store: &Store, statements: &[&str]) -> Vec<(Wrong, Option<i64>, Option<i64>)> {
    write(store, 6).await;
    assert_eq!(seal(store, &key(), "w1").await.expect("sealed"), 6);
    write(store, 1).await;
    tamper(store, statements).await;
    let report = verify(store, &key()).await.expect("looked at");
    report.problems.iter().map(|p| (p.what, p.number, p.row)).collect()
}

#[tokio::test]
async fn rows_are_found_by_who_what_and_when() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        record(&mut tx, &entry("power stop")).await.expect("recorded");
        let odd = Entry { who: "bob".to_owned(), line: "/powerless \0 ' \" \u{202e}".to_owned(), ..entry("powerless") };
        record(&mut tx, &odd).await.expect("recorded");
        let late = Entry { at: Instant(NOW.0 + 1), reference: Some("E-7f3a".to_owned()), ..entry("power") };
        record(&mut tx, &late).await.expect("recorded");
        tx.commit().await.expect("committed");
        let mut tx = store.read().await.expect("a transaction");
        let any = Filter { who: None, what: None, since: None, limit: 10, offset: 0 };
        let (rows, total) = list(&mut tx, any).await.expect("read");
        assert_eq!((rows[0].entry.clone(), total), (late, 3));
        assert_eq!(rows[1].entry.line, "/powerless \u{2400} ' \" \u{202e}");
        let mut found = async |filter| {
            let (rows, total) = list(&mut tx, filter).await.expect("read");
            assert_eq!(rows.len(), usize::try_from(total).expect("few"));
            rows.into_iter().map(|r| r.entry.what).collect::<Vec<_>>()
        };
        assert_eq!(found(Filter { what: Some("power"), ..any }).await, ["power", "power stop"]);
        assert_eq!(found(Filter { who: Some("bob"), ..any }).await, ["powerless"]);
        assert_eq!(
            found(Filter { who: Some("console:alice"), since: Some(Instant(NOW.0 + 1)), ..any }).await,
            ["power"]
        );
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_to_change_a_row() {
    on_both(async |store| {
        write(&store, 1).await;
        seal(&store, &key(), "w1").await.expect("sealed");
        for statement in [
            "update audit set who = 'bob'",
            "delete from audit",
            "update audit_seal set row_id = 9",
            "delete from audit_seal",
        ] {
            let mut tx = store.write().await.expect("a transaction");
            let refused = change!(tx, sqlx::query(statement)).map_err(StoreError::from);
            assert!(matches!(&refused, Err(StoreError::Refused(why)) if why.contains("append only")), "{refused:?}");
        }
        if store.is_postgres() {
            let mut tx = store.write().await.expect("a transaction");
            assert!(change!(tx, sqlx::query("truncate audit")).is_err());
        }
    })
    .await;
}

#[tokio::test]
async fn a_chain_that_nobody_touched_holds() {
    on_both(async |store| {
        assert_eq!(verify(&store, &key()).await.expect("looked at"), Report::default());
        assert_eq!(seal(&store, &key(), "w1").await.expect("nothing there"), 0);
        // More than a batch and a page.
        write(&store, 1203).await;
        assert_eq!(seal(&store, &key(), "w1").await.expect("sealed"), 1203);
        write(&store, 2).await;
        let report = verify(&store, &key()).await.expect("looked at");
        assert_eq!(report, Report { sealed: 1203, unsealed: 2, ..Report::default() });
        assert_eq!(seal(&store, &key(), "w2").await.expect("sealed"), 2);
        assert!(verify(&store, &key()).await.expect("looked at").holds());
    })
    .await;
}

#[tokio::test]
async fn a_row_that_commits_late_gets_a_later_number() {
    on_both(async |store| {
        if !store.is_postgres() {
            return;
        }
        let mut late = store.write().await.expect("a transaction");
        let first = record(&mut late, &entry("late")).await.expect("recorded");
        let second = write(&store, 1).await[0];
        assert!(first < second);
        assert_eq!(seal(&store, &key(), "w1").await.expect("sealed"), 1);
        late.commit().await.expect("committed");
        assert_eq!(seal(&store, &key(), "w1").await.expect("sealed"), 1);
        let report = verify(&store, &key()).await.expect("looked at");
        assert_eq!(report, Report { sealed: 2, ..Report::default() });
    })
    .await;
}

/// Whoever reads on from the last number gets every row once, also those that commit late.
#[tokio::test]
async fn sealed_rows_are_read_on_from_a_number() {
    on_both(async |store| {
        let after = async |number| {
            let mut tx = store.read().await.expect("a transaction");
            let rows = sealed_after(&mut tx, number, 2).await.expect("read");
            (
                newest_seal(&mut tx).await.expect("read"),
                rows.into_iter().map(|(n, row)| (n, row.entry.what)).collect::<Vec<_>>(),
            )
        };
        let what = |n: i64, what: &str| (n, what.to_owned());
        let nothing: Vec<(i64, String)> = vec![];
        write(&store, 3).await;
        assert_eq!(after(0).await, (0, nothing.clone()), "none is sealed yet");
        assert_eq!(seal(&store, &key(), "w1").await.expect("sealed"), 3);
        assert_eq!(after(0).await, (3, vec![what(1, "power 0"), what(2, "power 1")]));
        assert_eq!(after(2).await, (3, vec![what(3, "power 2")]));
        assert_eq!(after(3).await, (3, nothing));
        write(&store, 1).await;
        assert_eq!(seal(&store, &key(), "w1").await.expect("sealed"), 1);
        tamper(&store, &["delete from audit where id = 3"]).await;
        assert_eq!(after(2).await, (4, vec![what(4, "power 0")]), "one that was removed holds nobody up");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_was_rolled_back_leaves_no_gap() {
    on_both(async |store| {
        write(&store, 1).await;
        let mut tx = store.write().await.expect("a transaction");
        record(&mut tx, &entry("given up")).await.expect("recorded");
        drop(tx);
        write(&store, 1).await;
        assert_eq!(seal(&store, &key(), "w1").await.expect("sealed"), 2);
        assert!(verify(&store, &key()).await.expect("looked at").holds());
    })
    .await;
}

#[tokio::test]
async fn while_one_seals_others_do_not() {
    on_both(async |store| {
        write(&store, 3).await;
        let lease = async |holder| {
            let long = Duration::from_secs(3600);
            committed!(store, tx => crate::lease::take(&mut tx, "audit-sealer", holder, long).await.expect("tried"))
        };
        assert!(lease("w1").await);
        assert_eq!(seal(&store, &key(), "w2").await.expect("tried"), 0);
        assert_eq!(seal(&store, &key(), "w1").await.expect("sealed"), 3);
        assert!(lease("w2").await, "released after the last row");
    })
    .await;
}

#[tokio::test]
async fn changed_rows_are_found() {
    on_both(async |store| {
        let found = problems_after(&store, &["update audit set who = 'bob' where id = 3"]).await;
        assert_eq!(found, [(Wrong::Changed, Some(3), Some(3))]);
    })
    .await;
    on_both(async |store| {
        // With a hash that fits the new content.
        let statement =
            "update audit set (what, line, hash) = (select a.what, a.line, a.hash from audit a where a.id = 7)
            where id = 3";
        let found = problems_after(&store, &[statement]).await;
        assert_eq!(found, [(Wrong::Changed, Some(3), Some(3))]);
    })
    .await;
    on_both(async |store| {
        // Null is not empty.
        let found = problems_after(&store, &["update audit set reference = '' where id = 6"]).await;
        assert_eq!(found, [(Wrong::Changed, Some(6), Some(6))]);
    })
    .await;
}

#[tokio::test]
async fn removed_rows_are_found() {
    on_both(async |store| {
        let found = problems_after(&store, &["delete from audit where id = 2"]).await;
        assert_eq!(found, [(Wrong::Removed, Some(2), Some(2))]);
    })
    .await;
    on_both(async |store| {
        let statements = ["delete from audit where id = 2", "delete from audit_seal where number = 2"];
        assert_eq!(problems_after(&store, &statements).await, [(Wrong::Removed, Some(2), None)]);
    })
    .await;
    on_both(async |store| {
        let found = problems_after(&store, &["delete from audit where id = 7"]).await;
        assert_eq!(found, [(Wrong::Removed, None, Some(7))], "one that waited for its seal");
    })
    .await;
}

#[tokio::test]
async fn reordered_rows_are_found() {
    let moved = [(Wrong::Reordered, Some(2), Some(5)), (Wrong::Reordered, Some(5), Some(2))];
    on_both(async |store| {
        // The seals point at each other's rows.
        let found = problems_after(
            &store,
            &[
                "update audit_seal set row_id = -2 where number = 2",
                "update audit_seal set row_id = 2 where number = 5",
                "update audit_seal set row_id = 5 where number = 2",
            ],
        )
        .await;
        assert_eq!(found, moved);
    })
    .await;
    on_both(async |store| {
        // The seals change places, MAC and all.
        let found = problems_after(
            &store,
            &[
                "update audit_seal set number = -2 where number = 2",
                "update audit_seal set number = 2 where number = 5",
                "update audit_seal set number = 5 where number = -2",
            ],
        )
        .await;
        assert_eq!(found, moved);
    })
    .await;
    on_both(async |store| {
        // The rows change places under their seals.
        let swap = "update audit set (at, who, account_id, identity, channel, what, line, target, outcome, detail, \
                reference, hash) = (select at, who, account_id, identity, channel, what, line, target, outcome, \
                detail, reference, hash from other where other.id = 7 - audit.id) where id in (2, 5)";
        let found = problems_after(&store, &["create table other as select * from audit", swap]).await;
        assert_eq!(found, [(Wrong::Reordered, Some(2), Some(2)), (Wrong::Reordered, Some(5), Some(5))]);
    })
    .await;
    on_both(async |store| {
        // Neighbours, where each is what stands before the other.
        let found = problems_after(
            &store,
            &[
                "update audit_seal set number = -2 where number = 2",
                "update audit_seal set number = 2 where number = 3",
                "update audit_seal set number = 3 where number = -2",
            ],
        )
        .await;
        assert_eq!(found, [(Wrong::Reordered, Some(2), Some(3)), (Wrong::Reordered, Some(3), Some(2))]);
    })
    .await;
}

#[tokio::test]
async fn inserted_rows_and_seals_are_found() {
    on_both(async |store| {
        let found = problems_after(&store, &["insert into audit (who, what) values ('bob', 'power stop')"]).await;
        assert_eq!(found, [(Wrong::Inserted, None, Some(8))]);
    })
    .await;
    on_both(async |store| {
        let statement =
            "insert into audit_seal (number, row_id, mac) select 7, 7, mac from audit_seal where number = 6";
        assert_eq!(problems_after(&store, &[statement]).await, [(Wrong::Inserted, Some(7), Some(7))]);
    })
    .await;
}

#[tokio::test]
async fn a_cut_off_end_is_found() {
    on_both(async |store| {
        let statements = ["delete from audit_seal where number >= 5", "delete from audit where id in (5, 6)"];
        assert_eq!(problems_after(&store, &statements).await, [(Wrong::CutOff, Some(5), None)]);
        assert_eq!(verify(&store, &key()).await.expect("looked at").more, 1);
    })
    .await;
    on_both(async |store| {
        // All of it.
        let statements = ["delete from audit_seal", "delete from audit", "delete from audit_unsealed"];
        assert_eq!(problems_after(&store, &statements).await, [(Wrong::CutOff, Some(1), None)]);
    })
    .await;
}

#[tokio::test]
async fn a_changed_head_is_found_and_nothing_is_built_on_it() {
    on_both(async |store| {
        let statements = [
            "update audit_head set sealed = 4",
            "delete from audit_seal where number > 4",
            "delete from audit where id in (5, 6)",
        ];
        assert_eq!(problems_after(&store, &statements).await, [(Wrong::Head, None, None)]);
        assert!(matches!(seal(&store, &key(), "w1").await, Err(StoreError::Corrupt(_))));
    })
    .await;
    on_both(async |store| {
        let found = problems_after(&store, &["delete from audit_head"]).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, Wrong::Head);
        assert!(matches!(seal(&store, &key(), "w1").await, Err(StoreError::Corrupt(_))));
    })
    .await;
}

#[tokio::test]
async fn another_key_fits_nothing() {
    on_both(async |store| {
        write(&store, 600).await;
        seal(&store, &key(), "w1").await.expect("sealed");
        let other = Key::new(b"another key of enough bytes").expect("long enough");
        let report = verify(&store, &other).await.expect("looked at");
        assert_eq!(report.problems[0].what, Wrong::Head);
        assert_eq!(report.problems.len(), 601);
        assert!(matches!(seal(&store, &other, "w1").await, Ok(0)), "nothing waits");
    })
    .await;
}

#[test]
fn a_key_has_enough_bytes_and_is_not_printed() {
    assert!(Key::new(b"short").is_none());
    assert_eq!(format!("{:?}", key()), "Key(…)");
}

#[tokio::test]
async fn rows_without_a_seal_are_counted() {
    on_both(async |store| {
        let count = async || unsealed(&mut store.read().await.expect("a transaction")).await.expect("read");
        write(&store, 3).await;
        assert_eq!(count().await, 3);
        seal::seal(&store, &key(), "s1").await.expect("sealed");
        assert_eq!(count().await, 0);
    })
    .await;
}
