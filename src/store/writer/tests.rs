use super::*;
use crate::{
    Tx,
    open::sqlite_pool,
    tx::{Inner, SqliteTx},
};
use sqlx::{
    AssertSqlSafe,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{future::Future, pin::pin, task::Poll};
use tokio::task::{JoinHandle, JoinSet, yield_now};

/// A file of notes, each of which is there once.
struct Notes {
    writer: Arc<Writer>,
    reading: SqlitePool,
    _folder: tempfile::TempDir,
}

impl Notes {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("notes.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = sqlite_pool().max_connections(1).connect_lazy_with(options.clone().busy_timeout(SHORT_WAIT));
        let patience = Duration::from_secs(10);
        // However slow the machine is, a batch is one.
        let oldest = Duration::from_hours(1);
        let writer = Arc::new(Writer { oldest, ..Writer::new(pool, patience, Arc::default()) });
        let mut turn = writer.turn().await.expect("a turn");
        let schema = "create table note (text text primary key, answer text references note (text)) strict";
        raw_sql(schema).execute(&mut *turn).await.expect("made");
        turn.commit().await.expect("committed");
        Self { writer, reading: sqlite_pool().connect_lazy_with(options), _folder: folder }
    }

    async fn turn(&self) -> Turn {
        self.writer.turn().await.expect("a turn")
    }

    /// What readers see.
    async fn all(&self) -> Vec<String> {
        sqlx::query_scalar("select text from note order by text").fetch_all(&self.reading).await.expect("read")
    }

    /// Without that of the table.
    fn commits(&self) -> u64 {
        self.writer.counts.commits() - 1
    }

    /// A task that stands in line, behind those that do already, and does what it is to do in its turn.
    async fn then<F: Future<Output = Result<()>> + Send + 'static>(
        &self,
        act: impl FnOnce(Turn) -> F + Send + 'static,
    ) -> JoinHandle<Result<()>> {
        let before = self.writer.waiting.load(Ordering::Relaxed);
        let writer = Arc::clone(&self.writer);
        let task = tokio::spawn(async move { act(writer.turn().await?).await });
        while self.writer.waiting.load(Ordering::Relaxed) == before {
            yield_now().await;
        }
        task
    }

    /// Still works: the connection is free, and outside of a transaction.
    async fn works(&self) {
        let mut turn = self.turn().await;
        note(&mut turn, "after").await.expect("written");
        turn.commit().await.expect("committed");
        assert!(self.all().await.contains(&"after".to_owned()));
    }
}

async fn note(turn: &mut Turn, text: &str) -> sqlx::Result<()> {
    sqlx::query("insert into note (text) values ($1)").bind(text).execute(&mut **turn).await.map(drop)
}

async fn noted(mut turn: Turn, text: &'static str) -> Result<()> {
    note(&mut turn, text).await?;
    turn.commit().await
}

/// Given up when it was woken so often, if it is not done by then.
async fn given_up_after(polls: usize, act: impl Future) {
    let mut act = pin!(act);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 || act.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        Poll::Pending
    })
    .await;
}

fn is_unavailable(told: &Result<()>) -> bool {
    matches!(told, Err(StoreError::Unavailable(_)))
}

#[tokio::test]
async fn who_writes_alone_commits_alone() {
    let notes = Notes::new().await;
    for (n, text) in ["a", "b", "c"].into_iter().enumerate() {
        noted(notes.turn().await, text).await.expect("committed");
        assert_eq!((notes.all().await.len(), notes.commits()), (n + 1, n as u64 + 1));
    }
    drop(notes.turn().await);
    assert_eq!(notes.commits(), 3, "nothing to commit");
}

#[tokio::test]
async fn those_in_line_share_a_commit_and_are_told_after_it() {
    let notes = Notes::new().await;
    let first = notes.turn().await;
    let mut tasks = Vec::new();
    for n in 0..32 {
        tasks.push(
            notes
                .then(move |mut turn| async move {
                    note(&mut turn, &format!("note {n}")).await?;
                    turn.commit().await
                })
                .await,
        );
    }
    assert_eq!(notes.all().await.len(), 0);
    noted(first, "first").await.expect("committed");
    assert!(notes.all().await.contains(&"first".to_owned()), "it is told when it is on disk");
    for task in tasks {
        task.await.expect("no panic").expect("committed");
    }
    assert_eq!(notes.all().await.len(), 33);
    assert_eq!(notes.commits(), 1);
}

#[tokio::test]
async fn a_long_line_is_several_batches() {
    let notes = Notes::new().await;
    let first = notes.turn().await;
    let mut tasks = JoinSet::new();
    for n in 0..2 * MOST {
        let task = notes.then(move |mut turn| async move {
            note(&mut turn, &format!("note {n}")).await?;
            turn.commit().await
        });
        tasks.spawn(task.await);
    }
    noted(first, "first").await.expect("committed");
    for told in tasks.join_all().await {
        told.expect("no panic").expect("committed");
    }
    assert_eq!(notes.all().await.len(), 2 * MOST + 1);
    assert_eq!(notes.commits(), 3);
}

#[tokio::test]
async fn what_is_rolled_back_in_the_middle_or_at_the_end_leaves_the_others() {
    let notes = Notes::new().await;
    let first = notes.turn().await;
    let given_up = notes.then(|mut turn| async move { Ok(note(&mut turn, "given up").await?) }).await;
    let failed = notes
        .then(|mut turn| async move {
            note(&mut turn, "before it fails").await?;
            note(&mut turn, "first").await?;
            turn.commit().await
        })
        .await;
    let second = notes.then(|turn| noted(turn, "second")).await;
    let last = notes.then(|mut turn| async move { Ok(note(&mut turn, "given up").await?) }).await;
    noted(first, "first").await.expect("committed");
    second.await.expect("no panic").expect("committed");
    let failed = failed.await.expect("no panic");
    assert_eq!(failed, Err(StoreError::Conflict("one like it")), "it sees those before it");
    for task in [given_up, last] {
        task.await.expect("no panic").expect("given up in peace");
    }
    assert_eq!(notes.all().await, ["first", "second"]);
    assert_eq!(notes.commits(), 1);
    notes.works().await;
}

#[tokio::test]
async fn a_commit_that_fails_is_told_to_all_of_it_and_nothing_is_kept() {
    let notes = Notes::new().await;
    let first = notes.turn().await;
    // What SQLite finds only when it commits.
    let bad = notes
        .then(|mut turn| async move {
            let sql = "pragma defer_foreign_keys = on; insert into note (text, answer) values ('bad', 'to nothing')";
            raw_sql(sql).execute(&mut *turn).await?;
            turn.commit().await
        })
        .await;
    let last = notes.then(|turn| noted(turn, "last")).await;
    let told = [noted(first, "first").await, bad.await.expect("no panic"), last.await.expect("no panic")];
    let why = StoreError::Unavailable("FOREIGN KEY constraint failed".to_owned());
    assert_eq!(told, [Err(why.clone()), Err(why.clone()), Err(why)]);
    assert_eq!((notes.all().await.len(), notes.commits()), (0, 0));
    notes.works().await;
}

#[tokio::test]
async fn where_sqlite_rolls_back_by_itself_nobody_is_told_of_success() {
    // As it does when the disk is full or broken.
    for is_committed in [true, false] {
        let notes = Notes::new().await;
        let first = notes.turn().await;
        let broken = notes
            .then(move |mut turn| async move {
                raw_sql("rollback").execute(&mut *turn).await?;
                if is_committed { turn.commit().await } else { Ok(()) }
            })
            .await;
        let told = noted(first, "first").await;
        assert!(is_unavailable(&told), "{told:?}");
        assert_eq!(notes.all().await, [""; 0]);
        let broken = broken.await.expect("no panic");
        assert!(!is_committed || is_unavailable(&broken), "{broken:?}");
        notes.works().await;
    }
}

#[tokio::test]
async fn a_full_disk_in_a_batch_loses_nothing_that_was_told() {
    let notes = Notes::new().await;
    let first = notes.turn().await;
    let full = notes
        .then(|mut turn| async move {
            raw_sql("pragma max_page_count = 1").execute(&mut *turn).await?;
            let tried = note(&mut turn, &"x".repeat(1_000_000)).await;
            raw_sql("pragma max_page_count = 1000000").execute(&mut *turn).await?;
            Ok(tried?)
        })
        .await;
    let last = notes.then(|turn| noted(turn, "last")).await;
    let told = [noted(first, "first").await, last.await.expect("no panic")];
    let full = full.await.expect("no panic");
    assert!(is_unavailable(&full), "{full:?}");
    let kept = notes.all().await;
    for (told, text) in told.iter().zip(["first", "last"]) {
        assert!(told.is_ok() == kept.contains(&text.to_owned()), "{told:?} of {text}, {kept:?}");
    }
    notes.works().await;
}

#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_carried_on() {
    for polls in 1..6 {
        let notes = Notes::new().await;
        let first = notes.turn().await;
        let second = notes.then(|turn| noted(turn, "second")).await;
        let third = notes
            .then(move |mut turn| async move {
                note(&mut turn, "third").await?;
                given_up_after(polls, turn.commit()).await;
                Ok(())
            })
            .await;
        let mut first = first;
        note(&mut first, "first").await.expect("written");
        given_up_after(polls, first.commit()).await;
        second.await.expect("no panic").expect("committed");
        third.await.expect("no panic").expect("given up in peace");
        notes.works().await;
        assert_eq!(notes.all().await, ["after", "first", "second", "third"], "given up after {polls}");
    }
}

#[tokio::test]
async fn a_statement_given_up_at_any_point_takes_back_its_own_turn_alone() {
    for polls in 0..30 {
        let notes = Notes::new().await;
        let first = notes.turn().await;
        let given_up = notes
            .then(move |turn| async move {
                let inner = Inner::Sqlite(SqliteTx::Writing(turn));
                let mut tx = Tx { inner, counts: None, has_failed: false, changes_rights: false };
                given_up_after(polls, async {
                    for text in ["first", "never", "first"] {
                        let query = "insert into note (text) values ($1)";
                        let tried: Result<Option<_>> =
                            unless_taken!(tx, db => sqlx::query(query).bind(text).execute(&mut *db).await.map(drop));
                        tried.expect("taken or not");
                    }
                })
                .await;
                Ok(())
            })
            .await;
        let last = notes.then(|turn| noted(turn, "last")).await;
        noted(first, "first").await.expect("committed");
        last.await.expect("no panic").expect("committed");
        given_up.await.expect("no panic").expect("given up in peace");
        notes.works().await;
        assert_eq!(notes.all().await, ["after", "first", "last"], "given up after {polls}");
    }
}

#[tokio::test]
async fn who_leaves_the_line_is_not_waited_for() {
    let notes = Notes::new().await;
    let first = notes.turn().await;
    let left = notes.then(|turn| noted(turn, "left")).await;
    left.abort();
    assert!(left.await.expect_err("it was ended").is_cancelled());
    assert_eq!(notes.writer.waiting.load(Ordering::Relaxed), 0);
    noted(first, "first").await.expect("committed");
    // The same when it has left just after the turn before it was marked.
    let second = notes.turn().await;
    let left = notes.then(|turn| noted(turn, "left")).await;
    let told = tokio::spawn(noted(second, "second"));
    yield_now().await;
    left.abort();
    told.await.expect("no panic").expect("committed");
    notes.works().await;
}

/// Many at once, on several threads, of whom a third leaves at some moment: who was told of success was right.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_a_crowd_that_comes_and_goes_whoever_was_told_yes_is_kept() {
    let notes = Notes::new().await;
    let mut tasks = Vec::new();
    for n in 0..600_usize {
        let writer = Arc::clone(&notes.writer);
        tasks.push(tokio::spawn(async move {
            let text = AssertSqlSafe(format!("insert into note (text) values ('{n:03}')"));
            let act = async {
                let mut turn = writer.turn().await.expect("a turn");
                raw_sql(text).execute(&mut *turn).await.expect("written");
                if n % 5 == 0 {
                    return false;
                }
                turn.commit().await.expect("committed");
                true
            };
            if n % 3 == 0 {
                given_up_after(n % 50, act).await;
                return None;
            }
            act.await.then(|| format!("{n:03}"))
        }));
    }
    let mut told = Vec::new();
    for task in tasks {
        told.extend(task.await.expect("no panic"));
    }
    let kept = notes.all().await;
    assert!(told.iter().all(|text| kept.contains(text)), "{told:?} {kept:?}");
    let dropped = |text: &String| text.parse::<usize>().expect("a number") % 5 == 0;
    assert!(!kept.iter().any(dropped), "what was dropped is not kept: {kept:?}");
    assert!(notes.commits() < told.len() as u64 / 2, "{} commits for {}", notes.commits(), told.len());
    notes.works().await;
}

#[tokio::test]
async fn two_programs_that_write_all_the_time_both_get_their_turn() {
    let notes = Notes::new().await;
    let options = notes.reading.connect_options().as_ref().clone();
    let pool = sqlite_pool().max_connections(1).connect_lazy_with(options.busy_timeout(SHORT_WAIT));
    let other = Arc::new(Writer::new(pool, Duration::from_secs(10), Arc::default()));
    let mut all = JoinSet::new();
    for n in 0..16 {
        let writer = Arc::clone(if n % 2 == 0 { &notes.writer } else { &other });
        all.spawn(async move {
            for round in 0..20 {
                let mut turn = writer.turn().await.expect("a turn");
                note(&mut turn, &format!("{n} {round}")).await.expect("written");
                turn.commit().await.expect("committed");
            }
        });
    }
    all.join_all().await;
    assert_eq!(notes.all().await.len(), 320);
}
