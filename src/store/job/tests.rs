use super::*;
use crate::{
    Store,
    trials::{NOW, committed, console, on_both, operator},
};
use serde_json::json;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

async fn put(store: &Store, subject: &str) -> JobId {
    let steps = vec![("power".to_owned(), json!({ "vmid": 101 })), ("watch".to_owned(), json!(null))];
    let origin = console("here");
    let new = NewJob {
        command: "power stop",
        title: "stop web1 (101)",
        account_id: None,
        actor: "alice",
        origin: &origin,
        question: None,
        position: 0,
        subject,
        steps,
        now: NOW,
    };
    committed!(store, tx => enqueue(&mut tx, &new).await.expect("enqueued"))
}

async fn leased(store: &Store, holder: &str, ttl: Duration) -> Option<JobId> {
    committed!(store, tx => lease(&mut tx, holder, ttl, NOW).await.expect("tried")).map(|job| job.id)
}

async fn ended(store: &Store, id: JobId, holder: &str, status: JobStatus) -> bool {
    committed!(store, tx => finish(&mut tx, id, holder, status, Some("why"), NOW).await.expect("tried"))
}

async fn status(store: &Store, id: JobId) -> JobStatus {
    let mut tx = store.read().await.expect("a transaction");
    by_id(&mut tx, id).await.expect("read").expect("there").status
}

fn change(state: StepState) -> StepChange {
    StepChange {
        state, attempt: 1, note: Some(json!({ "upid": "UPID:…" })), done: None, error: Some("e\0".to_owned())
    }
}

#[tokio::test]
async fn a_job_goes_from_queued_to_done() {
    on_both(async |store| {
        let id = put(&store, "lab/101").await;
        let mut tx = store.write().await.expect("a transaction");
        let job = lease(&mut tx, "w1", LONG, NOW).await.expect("tried").expect("one waits");
        assert_eq!((job.id, job.status, job.attempt, job.created), (id, JobStatus::Running, 1, NOW));
        assert_eq!((job.started, job.ended), (Some(NOW), None));
        assert_eq!(heartbeat(&mut tx, id, "w1", LONG).await.expect("beat"), Some(Beat { cancel_requested: false }));
        assert!(save_step(&mut tx, id, "w1", 0, &change(StepState::Done)).await.expect("saved"));
        assert!(matches!(save_step(&mut tx, id, "w1", 2, &change(StepState::Done)).await, Err(StoreError::Refused(_))));
        let steps = steps(&mut tx, id).await.expect("read");
        assert_eq!((steps.len(), steps[0].name.as_str(), &steps[0].input), (2, "power", &json!({ "vmid": 101 })));
        assert_eq!((steps[0].state, steps[0].error.as_deref()), (StepState::Done, Some("e\u{2400}")));
        assert_eq!((steps[1].index, steps[1].state, &steps[1].input), (1, StepState::Pending, &Value::Null));
        assert!(finish(&mut tx, id, "w1", JobStatus::Done, None, NOW).await.expect("ended"));
        let job = by_id(&mut tx, id).await.expect("read").expect("there");
        assert_eq!((job.status, job.ended, job.origin), (JobStatus::Done, Some(NOW), console("here")));
        assert_eq!(counts(&mut tx).await.expect("read"), Counts { done: 1, ..Counts::default() });
        assert_eq!(lease(&mut tx, "w1", LONG, NOW).await.expect("tried"), None);
    })
    .await;
}

#[tokio::test]
async fn several_steps_are_saved_at_once_or_none() {
    on_both(async |store| {
        let id = put(&store, "").await;
        leased(&store, "w1", LONG).await.expect("it");
        let (ends, begins) = (change(StepState::Done), change(StepState::Running));
        let both = [(0, &ends), (1, &begins)];
        let states = async || {
            let mut tx = store.read().await.expect("a transaction");
            steps(&mut tx, id).await.expect("read").iter().map(|s| s.state).collect::<Vec<_>>()
        };
        assert!(!committed!(store, tx => save_steps(&mut tx, id, "w2", &both).await.expect("tried")));
        assert_eq!(states().await, [StepState::Pending, StepState::Pending], "another's lease");
        assert!(committed!(store, tx => save_steps(&mut tx, id, "w1", &both).await.expect("saved")));
        assert_eq!(states().await, [StepState::Done, StepState::Running]);
        assert!(committed!(store, tx => save_steps(&mut tx, id, "w1", &[]).await.expect("nothing to save")));
        let mut tx = store.write().await.expect("a transaction");
        let none = save_steps(&mut tx, id, "w1", &[(0, &begins), (2, &ends)]).await;
        assert_eq!(none, Err(StoreError::Refused(format!("{id} has no step 2"))));
        assert!(matches!(tx.commit().await, Err(StoreError::Refused(_))));
        assert_eq!(states().await, [StepState::Done, StepState::Running]);
    })
    .await;
}

#[tokio::test]
async fn how_several_jobs_stand() {
    on_both(async |store| {
        let (a, b, c) = (put(&store, "1").await, put(&store, "2").await, put(&store, "3").await);
        assert_eq!(leased(&store, "w1", LONG).await, Some(a));
        let mut tx = store.read().await.expect("a transaction");
        let none = JobId(c.0 + 1);
        let told = status_of(&mut tx, &[none, c, a, a]).await.expect("read");
        assert_eq!(told, [(a, JobStatus::Running), (c, JobStatus::Queued)]);
        assert_eq!(status_of(&mut tx, &[]).await.expect("read"), []);
        assert!(exists(&mut tx, b).await.expect("read"));
        assert!(!exists(&mut tx, none).await.expect("read"));
    })
    .await;
}

#[tokio::test]
async fn a_question_makes_each_of_its_jobs_once() {
    on_both(async |store| {
        let origin = console("here");
        let new = |position| NewJob {
            command: "power stop",
            title: "",
            account_id: None,
            actor: "alice",
            origin: &origin,
            question: Some(7),
            position,
            subject: "",
            steps: vec![("power".to_owned(), json!(null))],
            now: NOW,
        };
        committed!(store, tx => {
            enqueue(&mut tx, &new(0)).await.expect("new");
            enqueue(&mut tx, &new(1)).await.expect("another position");
        });
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(enqueue(&mut tx, &new(1)).await, Err(StoreError::Conflict("a job that this question made")));
    })
    .await;
}

#[tokio::test]
async fn of_several_takers_each_gets_another_job() {
    on_both(async |store| {
        let (a, b) = (put(&store, "lab/1").await, put(&store, "lab/2").await);
        let (one, two, three) =
            tokio::join!(leased(&store, "w1", LONG), leased(&store, "w2", LONG), leased(&store, "w3", LONG));
        let mut got: Vec<JobId> = [one, two, three].into_iter().flatten().collect();
        got.sort();
        assert_eq!(got, [a, b]);
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over_and_the_first_holder_writes_nothing_more() {
    on_both(async |store| {
        let id = put(&store, "lab/101").await;
        assert_eq!(leased(&store, "w1", Duration::ZERO).await, Some(id));
        assert_eq!(leased(&store, "w2", LONG).await, Some(id));
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(heartbeat(&mut tx, id, "w1", LONG).await.expect("tried"), None);
        assert!(!save_step(&mut tx, id, "w1", 0, &change(StepState::Done)).await.expect("tried"));
        assert!(!finish(&mut tx, id, "w1", JobStatus::Failed, None, NOW).await.expect("tried"));
        assert!(!postpone(&mut tx, id, "w1", LONG, "busy").await.expect("tried"));
        assert_eq!(steps(&mut tx, id).await.expect("read")[0].state, StepState::Pending);
        assert!(save_step(&mut tx, id, "w2", 0, &change(StepState::Running)).await.expect("tried"));
        let job = by_id(&mut tx, id).await.expect("read").expect("there");
        assert_eq!((job.status, job.attempt), (JobStatus::Running, 2));
    })
    .await;
}

#[tokio::test]
async fn jobs_of_one_subject_run_one_after_another() {
    on_both(async |store| {
        let (first, second) = (put(&store, "lab/101").await, put(&store, "lab/101").await);
        let other = put(&store, "lab/102").await;
        assert_eq!(leased(&store, "w1", LONG).await, Some(first));
        assert_eq!(leased(&store, "w2", LONG).await, Some(other));
        assert_eq!(leased(&store, "w3", LONG).await, None, "the second waits for the first");
        committed!(store, tx => postpone(&mut tx, first, "w1", LONG, "busy").await.expect("postponed"));
        assert_eq!(leased(&store, "w3", LONG).await, None, "also while the first waits for its time");
        let due = {
            let mut tx = store.read().await.expect("a transaction");
            unfinished_due(&mut tx).await.expect("read")
        };
        assert_eq!(due.iter().map(|j| j.id).collect::<Vec<_>>(), [other]);
        committed!(store, tx => request_cancel(&mut tx, first).await.expect("asked"));
        assert_eq!(leased(&store, "w1", LONG).await, Some(first), "due at once, to be stopped");
        assert!(ended(&store, first, "w1", JobStatus::Cancelled).await);
        assert_eq!(leased(&store, "w3", LONG).await, Some(second));
        // Retried, the first is the older one again; it waits for what runs.
        committed!(store, tx => retry(&mut tx, first, NOW).await.expect("retried"));
        assert_eq!(leased(&store, "w1", LONG).await, None);
        assert!(ended(&store, second, "w3", JobStatus::Done).await);
        assert_eq!(leased(&store, "w1", LONG).await, Some(first));
    })
    .await;
}

#[tokio::test]
async fn jobs_without_a_subject_do_not_wait_for_each_other() {
    on_both(async |store| {
        let (first, second) = (put(&store, "").await, put(&store, "").await);
        assert_eq!(leased(&store, "w1", LONG).await, Some(first));
        assert_eq!(leased(&store, "w2", LONG).await, Some(second));
    })
    .await;
}

#[tokio::test]
async fn two_of_one_subject_never_run_at_once_even_when_the_second_was_seen_alone() {
    on_both(async |store| {
        // The first becomes visible after the second was leased, as when its transaction commits late.
        let origin = console("here");
        let new = NewJob {
            command: "",
            title: "",
            account_id: None,
            actor: "",
            origin: &origin,
            question: None,
            position: 0,
            subject: "lab/101",
            steps: vec![],
            now: NOW,
        };
        if !store.is_postgres() {
            return;
        }
        let mut late = store.write().await.expect("a transaction");
        let first = enqueue(&mut late, &new).await.expect("new");
        let second = put(&store, "lab/101").await;
        let mut leasing = store.write().await.expect("a transaction");
        let got = lease(&mut leasing, "w2", LONG, NOW).await.expect("tried").expect("the second is free");
        assert_eq!(got.id, second);
        late.commit().await.expect("committed");
        // The index makes this one wait for the other's commit and then stops it.
        let (taken, committed) = tokio::join!(leased(&store, "w1", LONG), leasing.commit());
        committed.expect("committed");
        assert_eq!(taken, None);
        assert_eq!(status(&store, first).await, JobStatus::Queued);
        assert!(ended(&store, second, "w2", JobStatus::Done).await);
        assert_eq!(leased(&store, "w1", LONG).await, Some(first));
    })
    .await;
}

#[tokio::test]
async fn a_cancel_reaches_who_works_on_it() {
    on_both(async |store| {
        let (running, waiting) = (put(&store, "lab/101").await, put(&store, "lab/101").await);
        leased(&store, "w1", LONG).await.expect("the first");
        let mut tx = store.write().await.expect("a transaction");
        assert!(!cancel_unstarted(&mut tx, running, NOW).await.expect("it runs"));
        assert!(cancel_unstarted(&mut tx, waiting, NOW).await.expect("nobody has begun it"));
        assert!(!request_cancel(&mut tx, waiting).await.expect("it has ended"));
        assert!(request_cancel(&mut tx, running).await.expect("asked"));
        assert_eq!(heartbeat(&mut tx, running, "w1", LONG).await.expect("beat"), Some(Beat { cancel_requested: true }));
        let finished = finish(&mut tx, running, "w1", JobStatus::Queued, None, NOW).await;
        assert!(matches!(finished, Err(StoreError::Refused(_))), "that is no end");
    })
    .await;
}

#[tokio::test]
async fn a_retry_keeps_what_a_stuck_step_noted_and_forgets_what_was_undone() {
    on_both(async |store| {
        for end in [JobStatus::Failed, JobStatus::Stuck, JobStatus::Cancelled] {
            let id = put(&store, "lab/101").await;
            leased(&store, "w1", LONG).await.expect("it");
            committed!(store, tx => {
                assert!(!retry(&mut tx, id, NOW).await.expect("it runs"));
                save_step(&mut tx, id, "w1", 0, &change(StepState::Stuck)).await.expect("saved");
                save_step(&mut tx, id, "w1", 1, &change(StepState::Undone)).await.expect("saved");
                request_cancel(&mut tx, id).await.expect("asked");
            });
            assert!(ended(&store, id, "w1", end).await);
            let mut tx = store.write().await.expect("a transaction");
            assert!(retry(&mut tx, id, Instant(NOW.0 + 1)).await.expect("retried"));
            let steps = steps(&mut tx, id).await.expect("read");
            assert_eq!(steps.iter().map(|s| s.state).collect::<Vec<_>>(), [StepState::Pending; 2]);
            assert_eq!((steps[0].note.is_some(), steps[1].note.is_some()), (true, false));
            let job = by_id(&mut tx, id).await.expect("read").expect("there");
            assert_eq!((job.status, job.error, job.cancel_requested), (JobStatus::Queued, None, false));
            assert_eq!((job.queued, job.ended), (Instant(NOW.0 + 1), None));
            tx.commit().await.expect("committed");
            leased(&store, "w1", LONG).await.expect("again");
            assert!(ended(&store, id, "w1", JobStatus::Done).await);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_of_jobs_and_how_many_there_are() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let (a, b, c) = (put(&store, "1").await, put(&store, "2").await, put(&store, "3").await);
        committed!(store, tx => change!(tx, sqlx::query("update job set account_id = $1 where id = $2")
            .bind(alice.id).bind(b.0)).expect("written"));
        let mut tx = store.read().await.expect("a transaction");
        let any = Filter { account_id: None, status: None, limit: 2, offset: 0 };
        let (page, total) = list(&mut tx, any).await.expect("read");
        assert_eq!((page.iter().map(|j| j.id).collect::<Vec<_>>(), total), (vec![c, b], 3));
        let (page, _) = list(&mut tx, Filter { offset: 2, ..any }).await.expect("read");
        assert_eq!(page[0].id, a);
        let (page, total) = list(&mut tx, Filter { account_id: Some(alice.id), ..any }).await.expect("read");
        assert_eq!((page[0].id, total), (b, 1));
        let (page, total) = list(&mut tx, Filter { status: Some(JobStatus::Done), ..any }).await.expect("read");
        assert_eq!((page.len(), total), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn the_queue_is_as_old_as_what_is_due_longest() {
    on_both(async |store| {
        let age = async |now: Instant| {
            let mut tx = store.read().await.expect("a transaction");
            queue_age(&mut tx, now).await.expect("read")
        };
        assert_eq!(age(NOW + LONG).await, Duration::ZERO);
        let id = put(&store, "").await;
        assert_eq!((age(NOW).await, age(NOW + LONG).await), (Duration::ZERO, LONG));
        // What was put off is not due, and then due since that moment.
        leased(&store, "w1", LONG).await;
        committed!(store, tx => postpone(&mut tx, id, "w1", LONG, "why").await.expect("put off"));
        assert_eq!(age(NOW + LONG).await, Duration::ZERO);
        committed!(store, tx => change!(tx, sqlx::query("update job set due_at = due_at - 7200000")).expect("changed"));
        let waited = age(NOW).await;
        assert!(waited >= LONG && waited < 2 * LONG, "{waited:?}");
        // What runs does not wait.
        assert_eq!(leased(&store, "w1", LONG).await, Some(id));
        assert_eq!(age(NOW + LONG).await, Duration::ZERO);
    })
    .await;
}
