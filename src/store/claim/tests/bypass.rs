//! Programs that do not go through our code try to break it: whatever they say, no two claims of a lane overlap.

use super::{
    raw::{Dice, Line, Raw, overlapping},
    *,
};
use crate::trials::{on_both_urls, settings};
use tokio::task::JoinSet;

/// The node `1` with its one lane, the pool `2` with three, the reservation `1`, and four claims `1` to `4`.
async fn world(url: &str) -> Store {
    let store = Store::open(&settings(url)).await.expect("opens");
    committed!(store, tx => {
        let pve1 = node(&mut tx, "pve1").await;
        let rules = resource::ResourceRules { capacity: 3, ..resource::ResourceRules::default() };
        let gpus = resource::add(&mut tx, &"pool/gpus".parse().expect("a key"), "gpus", &rules, NOW).await.expect("made");
        let reservation = reserved(&mut tx, "a").await;
        assert_eq!((pve1, gpus, reservation.0), (1, 2, 1));
        let claim = |resource, lane, from_s, to_s| Claim { reservation, resource, lane, span: span(from_s, to_s) };
        for one in [claim(1, 0, 100, 200), claim(1, 0, 300, 400), claim(2, 0, 100, 200), claim(2, 1, 150, 250)] {
            assert_eq!(take(&mut tx, &[one]).await, Ok(true));
        }
    });
    store
}

const INSERT: &str = "insert into reservation_claim (reservation, resource, lane, from_s, to_s)";

/// None of these changes anything, on either database.
const REFUSED: [&str; 41] = [
    // One row over another.
    "INSERT values (1, 1, 0, 100, 200)",
    "INSERT values (1, 1, 0, 50, 101)",
    "INSERT values (1, 1, 0, 199, 300)",
    "INSERT values (1, 1, 0, 120, 121)",
    "INSERT values (1, 1, 0, 1, 1000)",
    "INSERT values (1, 1, 0, 150, 350)",
    "INSERT values (1, 2, 1, -9223372036854775807, 9223372036854775807)",
    "INSERT values (1, 1, 0, 100, 200) on conflict do nothing",
    // Several rows.
    "INSERT values (1, 1, 0, 500, 600), (1, 1, 0, 350, 450)",
    "INSERT values (1, 1, 0, 500, 600), (1, 1, 0, 599, 700)",
    "INSERT values (1, 2, 2, 500, 600), (1, 2, 2, 500, 600)",
    "INSERT select reservation, resource, lane, from_s, to_s from reservation_claim",
    "INSERT select 1, 1, 0, from_s + 50, to_s + 50 from reservation_claim where resource = 1",
    "with w as (select 1 as r, 160 as f) INSERT select r, 2, 1, f, f + 10 from w",
    // Moved over another.
    "update reservation_claim set from_s = 350, to_s = 360 where id = 1",
    "update reservation_claim set to_s = 301 where id = 1",
    "update reservation_claim set from_s = 199 where id = 2",
    "update reservation_claim set from_s = 0, to_s = 1000 where id = 2",
    "update reservation_claim set lane = 1 where id = 3",
    "update reservation_claim set lane = 0 where id = 4",
    "update reservation_claim set resource = 2 where id = 1",
    "update reservation_claim set resource = 1 where id = 3",
    "update reservation_claim set lane = 0 where resource = 2",
    "update reservation_claim set from_s = 100, to_s = 200 where resource = 1",
    "update reservation_claim set resource = 2, lane = 2",
    "update reservation_claim set from_s = from_s - 101 where resource = 1",
    "update reservation_claim set to_s = to_s + 101 where resource = 1",
    "insert into reservation_claim (id, reservation, resource, lane, from_s, to_s) OVERRIDING
        values (2, 1, 1, 0, 500, 600) on conflict (id) do update set from_s = 150, to_s = 350",
    // A lane that there is not.
    "INSERT values (1, 1, 1, 500, 600)",
    "INSERT values (1, 2, 3, 500, 600)",
    "INSERT values (1, 2, -1, 500, 600)",
    "update reservation_claim set lane = 1 where id = 1",
    "update reservation_claim set resource = 1 where id = 4",
    "update reservation_claim set lane = lane + 2 where resource = 2",
    // No span, nothing to claim, nobody to claim it.
    "INSERT values (1, 1, 0, 500, 500)",
    "INSERT values (1, 1, 0, 600, 500)",
    "update reservation_claim set to_s = from_s",
    "INSERT values (1, 7, 0, 500, 600)",
    "INSERT values (7, 1, 0, 500, 600)",
    "INSERT values (1, null, 0, 500, 600)",
    "delete from resource where id = 1",
];

const REFUSED_BY_SQLITE: [&str; 12] = [
    "update reservation_claim set id = 99, to_s = 301 where id = 1",
    "insert or ignore into reservation_claim (reservation, resource, lane, from_s, to_s) values (1, 1, 0, 150, 160)",
    "insert or fail into reservation_claim (reservation, resource, lane, from_s, to_s) values (1, 1, 0, 150, 160)",
    "insert or rollback into reservation_claim (reservation, resource, lane, from_s, to_s) values (1, 1, 0, 150, 160)",
    "insert or replace into reservation_claim (reservation, resource, lane, from_s, to_s) values (1, 1, 0, 150, 160)",
    "insert or replace into reservation_claim (id, reservation, resource, lane, from_s, to_s)
        values (1, 1, 1, 0, 150, 350)",
    "replace into reservation_claim (id, reservation, resource, lane, from_s, to_s) values (3, 1, 1, 0, 150, 350)",
    "update or replace reservation_claim set from_s = 150, to_s = 350 where id = 1",
    "update or ignore reservation_claim set from_s = 150, to_s = 350 where id = 1",
    // Numbers in other clothes.
    "INSERT values (1, 1, 0, '150', '160')",
    "INSERT values (1.0, 1.0, '0', 150.0, 1.6e2)",
    "update reservation_claim set from_s = '150', to_s = '350' where id = 1",
];

const REFUSED_BY_POSTGRES: [&str; 4] = [
    "set constraints all deferred; INSERT values (1, 1, 0, 150, 160)",
    "update reservation_claim c set from_s = d.from_s, to_s = d.to_s from reservation_claim d
        where c.id = 1 and d.id = 2",
    "with gone as (delete from reservation_claim where id = 1 returning *)
        INSERT select reservation, resource, lane, 150, 350 from gone",
    "merge into reservation_claim c using (select 1 as id) n on c.id = n.id
        when matched then update set from_s = 150, to_s = 350",
];

/// These leave no overlap, and change something: what is refused above is not refused because all is.
const TAKEN: [&str; 8] = [
    "INSERT values (1, 1, 0, 200, 300)",
    "INSERT values (1, 1, 0, 0, 100), (1, 1, 0, 400, 500)",
    "INSERT values (1, 2, 2, 150, 160)",
    "INSERT select reservation, resource, lane, from_s + 1000, to_s + 1000 from reservation_claim",
    "update reservation_claim set to_s = 300 where id = 1",
    "update reservation_claim set from_s = 150, to_s = 160 where id = 1",
    "update reservation_claim set resource = 2, lane = 2 where id = 1",
    "delete from reservation_claim where id = 1",
];

fn spelled(sql: &str, raw: &Raw) -> String {
    let overriding = if raw.is_postgres() { "overriding system value" } else { "" };
    sql.replace("INSERT", INSERT).replace("OVERRIDING", overriding)
}

#[tokio::test]
async fn no_statement_of_any_kind_makes_two_claims_overlap() {
    on_both_urls(async |url| {
        let store = world(&url).await;
        let mut raw = Raw::connect(&url).await;
        let before = raw.lines().await;
        assert_eq!(before.len(), 4);
        let own = if raw.is_postgres() { &REFUSED_BY_POSTGRES[..] } else { &REFUSED_BY_SQLITE[..] };
        for sql in REFUSED.iter().chain(own) {
            let sql = spelled(sql, &raw);
            let done = raw.run(&sql).await;
            assert_eq!(raw.lines().await, before, "{sql}: {done:?}");
            assert!(matches!(done, Err(_) | Ok(0)), "{sql}: {done:?}");
            let syntax = done.err().filter(|(code, _)| code.starts_with("42") || code == "1");
            assert_eq!(syntax, None, "{sql} was never tried");
        }
        for sql in TAKEN {
            let sql = spelled(sql, &raw);
            raw.run("begin").await.expect("begun");
            raw.run(&sql).await.unwrap_or_else(|why| panic!("{sql}: {why:?}"));
            let after = raw.lines().await;
            assert!(after != before && overlapping(&after) == 0, "{sql}: {after:?}");
            raw.run("rollback").await.expect("rolled back");
        }
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(overlaps(&mut tx).await, Ok(0));
        drop(tx);
        raw.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_lane_is_checked_even_where_sqlite_is_told_not_to_look_at_references() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let store = world(&url).await;
    let mut raw = Raw::connect(&url).await;
    raw.run("pragma foreign_keys = off").await.expect("set");
    for (resource, lane) in [(7, 0), (7, 9), (1, 1)] {
        let done = raw.run(&format!("{INSERT} values (1, {resource}, {lane}, 500, 600)")).await;
        assert!(matches!(&done, Err((_, why)) if why.contains("claim_lane")), "{done:?}");
    }
    raw.close().await;
    store.close().await;
}

/// What a database may say to somebody who takes no locks of ours: overlap, deadlock, another was first; busy.
fn is_an_answer((code, text): &raw::Refused) -> bool {
    ["23P01", "40P01", "40001", "5", "517"].contains(&code.as_str()) || text.contains("claim_overlap")
}

/// Takes and moves in transactions of several kinds; gives how many were committed and how many refused.
async fn careless(url: String, seed: u64) -> (u64, u64) {
    let mut raw = Raw::connect(&url).await;
    let mut dice = Dice(seed);
    let (mut done, mut refused) = (0, 0);
    if raw.is_postgres() {
        raw.run("set deadlock_timeout = '10ms'").await.expect("an administrator may");
    }
    let begins: &[&str] = if raw.is_postgres() {
        &["begin", "begin isolation level repeatable read", "begin isolation level serializable"]
    } else {
        &["begin", "begin immediate"]
    };
    for _ in 0..40 {
        raw.run(dice.pick(begins)).await.expect("begun");
        let mut all = Ok(0);
        for _ in 0..=dice.below(3) {
            let (lane, from) = (dice.below(3), dice.below(400));
            let to = from + 1 + dice.below(20);
            let sql = if dice.below(3) == 0 {
                format!(
                    "update reservation_claim set lane = {lane}, from_s = {from}, to_s = {to}
                    where id = (select min(id) from reservation_claim where resource = 2 and from_s > {from})"
                )
            } else {
                format!("{INSERT} values (1, 2, {lane}, {from}, {to})")
            };
            all = raw.run(&sql).await;
            if all.is_err() {
                break;
            }
        }
        if all.is_ok() {
            all = raw.run("commit").await;
        }
        match all {
            Ok(_) => done += 1,
            Err(why) => {
                assert!(is_an_answer(&why), "{why:?}");
                refused += 1;
                raw.run("rollback").await.expect("rolled back");
            }
        }
    }
    raw.close().await;
    (done, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_of_others_that_take_no_lock_never_overlap() {
    on_both_urls(async |url| {
        let store = world(&url).await;
        let mut all = JoinSet::new();
        for seed in 0..8 {
            all.spawn(careless(url.clone(), seed));
        }
        let (done, refused) = all.join_all().await.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        assert!(done > 10 && refused > 10, "{done} done, {refused} refused");
        let mut raw = Raw::connect(&url).await;
        let lines: Vec<Line> = raw.lines().await;
        assert_eq!(overlapping(&lines), 0, "{lines:?}");
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(overlaps(&mut tx).await, Ok(0));
        drop(tx);
        raw.close().await;
        store.close().await;
    })
    .await;
}
