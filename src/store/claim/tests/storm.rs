//! Many who want the same hours at once, in two programs on one database: every attempt is booked or refused, and no
//! other word is said.

use super::{
    raw::{Dice, Raw, overlapping},
    *,
};
use crate::trials::{on_both_urls, settings};
use std::{process::Stdio, sync::Arc};
use tokio::{process::Command, sync::Barrier, task::JoinSet};

/// In each of the two programs.
const WRITERS: usize = 32;
/// Of each: 20,032 in all.
const ATTEMPTS: usize = 313;

/// Where the second program, which is this one again, finds the database.
const SECOND: &str = "DIRETTORE_TEST_STORM";

const RESOURCES: i64 = 4;
/// Of the last one; the others have one lane.
const LANES: i64 = 3;
const QUARTER: i64 = 900;

async fn world(store: &Store) {
    committed!(store, tx => {
        for n in 1..RESOURCES {
            assert_eq!(node(&mut tx, &format!("pve{n}")).await, n);
        }
        let rules = resource::ResourceRules { capacity: LANES, ..resource::ResourceRules::default() };
        let key = "pool/gpus".parse().expect("a key");
        assert_eq!(resource::add(&mut tx, &key, "gpus", &rules, NOW).await, Ok(RESOURCES));
    });
}

/// One or two windows of a day, of different things.
fn wished(dice: &mut Dice, reservation: ReservationId) -> Vec<Claim> {
    let from = dice.below(96);
    let span = span(from * QUARTER, (from + 1 + dice.below(8)) * QUARTER);
    let first = 1 + dice.below(RESOURCES);
    let mut claims = Vec::new();
    for resource in [first, 1 + dice.below(RESOURCES)] {
        let lane = if resource == RESOURCES { dice.below(LANES) } else { 0 };
        if claims.is_empty() || (resource != first && dice.below(3) == 0) {
            claims.push(Claim { reservation, resource, lane, span });
        }
    }
    claims
}

/// How often it was booked and refused, and how many claims it has at last.
#[derive(Debug, Default, PartialEq)]
struct Count {
    booked: usize,
    refused: usize,
    has: usize,
}

/// One attempt: a booking more, or one instead of what there is.
async fn attempt(store: &Store, claims: &[Claim], instead: bool) -> Result<bool> {
    let mut tx = store.write().await?;
    let mut resources: Vec<i64> = claims.iter().map(|claim| claim.resource).collect();
    if instead {
        resources.extend(of(&mut tx, claims[0].reservation).await?.iter().map(|claim| claim.resource));
    }
    lock(&mut tx, &resources, false).await?;
    if instead {
        release(&mut tx, claims[0].reservation).await?;
    }
    if !take(&mut tx, claims).await? {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

async fn writer(store: Store, name: String) -> Count {
    let own = committed!(store, tx => reserved(&mut tx, &name).await);
    let mut dice = Dice(name.bytes().fold(0, |seed, byte| seed * 31 + u64::from(byte)));
    let mut count = Count::default();
    for _ in 0..ATTEMPTS {
        let claims = wished(&mut dice, own);
        let instead = dice.below(3) > 0;
        let booked = attempt(&store, &claims, instead).await;
        if booked.expect("booked or refused, and nothing else") {
            count.booked += 1;
            count.has = if instead { claims.len() } else { count.has + claims.len() };
        } else {
            count.refused += 1;
        }
    }
    count
}

/// All writers of one program.
async fn half(url: &str, program: &str) -> Count {
    let store = Store::open(&Settings { pool: 16, ..settings(url) }).await.expect("opens");
    let mut writers = JoinSet::new();
    for n in 0..WRITERS {
        writers.spawn(writer(store.clone(), format!("{program} {n}")));
    }
    let mut sum = Count::default();
    for count in writers.join_all().await {
        sum =
            Count { booked: sum.booked + count.booked, refused: sum.refused + count.refused, has: sum.has + count.has };
    }
    eprintln!("{program}: {sum:?}, {} commits", store.commits());
    store.close().await;
    sum
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attempt_of_two_programs_is_booked_or_refused() {
    if let Ok(url) = std::env::var(SECOND) {
        let Count { booked, refused, has } = half(&url, "second").await;
        println!("counted {booked} {refused} {has}");
        return;
    }
    on_both_urls(async |url| {
        let store = Store::open(&settings(&url)).await.expect("opens");
        world(&store).await;
        let mut second = Command::new(std::env::current_exe().expect("it runs"));
        second.args(["--exact", "claim::tests::storm::every_attempt_of_two_programs_is_booked_or_refused"]);
        second.arg("--nocapture").env(SECOND, &url).stdout(Stdio::piped()).kill_on_drop(true);
        let second = second.spawn().expect("it starts");
        let first = half(&url, "first").await;
        let second = second.wait_with_output().await.expect("it ends");
        let said = String::from_utf8(second.stdout).expect("text");
        assert!(second.status.success(), "{said}");
        let counted = said.lines().find_map(|line| line.strip_prefix("counted ")).expect("it counted");
        let counted: Vec<usize> = counted.split(' ').map(|n| n.parse().expect("a number")).collect();
        let [booked, refused, has] = counted[..] else { panic!("{said}") };
        for (booked, refused) in [(first.booked, first.refused), (booked, refused)] {
            assert_eq!(booked + refused, ATTEMPTS * WRITERS);
            assert!(booked > ATTEMPTS && refused > ATTEMPTS, "{booked} booked, {refused} refused");
        }
        let mut raw = Raw::connect(&url).await;
        let lines = raw.lines().await;
        raw.close().await;
        assert_eq!(lines.len(), first.has + has, "what was said to be booked is, and nothing else");
        assert_eq!(overlapping(&lines), 0);
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(overlaps(&mut tx).await, Ok(0));
        drop(tx);
        store.close().await;
    })
    .await;
}

/// That the ways of counting find what they look for: eight look first and write then, where the database lets them.
#[tokio::test]
async fn who_looks_first_and_writes_then_books_twice_where_the_database_lets_him() {
    on_both_urls(async |url| {
        let store = Store::open(&Settings { pool: 16, ..settings(&url) }).await.expect("opens");
        world(&store).await;
        let own = committed!(store, tx => reserved(&mut tx, "a").await);
        let mut raw = Raw::connect(&url).await;
        let lets = if raw.is_postgres() {
            "alter table reservation_claim drop constraint claim_overlap"
        } else {
            "drop trigger claim_insert"
        };
        raw.run(lets).await.expect("done");
        let all_have_looked = Arc::new(Barrier::new(8));
        let mut writers = JoinSet::new();
        for _ in 0..8 {
            let (store, all_have_looked) = (store.clone(), Arc::clone(&all_have_looked));
            writers.spawn(async move {
                let mut tx = store.read().await.expect("a transaction");
                let is_free = is_free(&mut tx, 1, 0, span(100, 200), None).await.expect("read");
                drop(tx);
                all_have_looked.wait().await;
                let claim = Claim { reservation: own, resource: 1, lane: 0, span: span(100, 200) };
                is_free && committed!(store, tx => take(&mut tx, &[claim]).await.expect("no failure"))
            });
        }
        assert_eq!(writers.join_all().await, [true; 8]);
        assert_eq!(overlapping(&raw.lines().await), 28, "each with each other");
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(overlaps(&mut tx).await, Ok(7));
        drop(tx);
        raw.close().await;
        store.close().await;
    })
    .await;
}
