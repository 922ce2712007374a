use super::*;
use crate::trials::{NOW, committed, on_both};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn alert(fingerprint: &str) -> Alert {
    Alert {
        id: AlertId(0),
        source: "alertmanager/main".to_owned(),
        fingerprint: fingerprint.to_owned(),
        name: "NodeDown".to_owned(),
        severity: Severity::Critical,
        summary: "pve1 \0is down".to_owned(),
        description: String::new(),
        labels: BTreeMap::from([("node".to_owned(), "pve1".to_owned())]),
        link: Some("https://example.org/graph".to_owned()),
        is_firing: true,
        first_seen: NOW,
        last_seen: NOW,
        since: NOW,
        ended: None,
        fired: 1,
        acknowledged: None,
        expires: None,
    }
}

fn event(what: &str) -> Event {
    Event { at: NOW, what: what.to_owned(), who: "alice".to_owned(), note: String::new() }
}

#[tokio::test]
async fn an_alert_is_kept_as_it_is_and_found_in_every_way() {
    on_both(async |store| {
        let id = committed!(store, tx => {
            turn(&mut tx).await.expect("nobody else has it");
            add(&mut tx, &alert("a")).await.expect("a new one")
        });
        let mut tx = store.read().await.expect("a transaction");
        let kept = by_ids(&mut tx, &[id, AlertId(99)]).await.expect("found").remove(0);
        assert_eq!(kept, Alert { id, summary: "pve1 \u{2400}is down".to_owned(), ..alert("a") });
        assert_eq!(
            of_source(&mut tx, "alertmanager/main", &["a", "b"]).await.expect("found"),
            std::slice::from_ref(&kept)
        );
        assert_eq!(of_source(&mut tx, "grafana/main", &["a"]).await.expect("none"), []);
        assert_eq!(list(&mut tx, None, 10).await.expect("found"), std::slice::from_ref(&kept));
        assert_eq!(firing_of(&mut tx, "alertmanager/main").await.expect("found").len(), 1);
        drop(tx);
        let acknowledged = Some(Acknowledged { by: "bob".to_owned(), at: NOW, note: "mine".to_owned() });
        let ended = Alert { is_firing: false, ended: Some(NOW + MINUTE), acknowledged, fired: 2, ..kept };
        committed!(store, tx => save(&mut tx, &ended).await.expect("saved"));
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(by_ids(&mut tx, &[id]).await.expect("found"), std::slice::from_ref(&ended));
        assert_eq!(list(&mut tx, None, 10).await.expect("none fires"), []);
        assert_eq!(list(&mut tx, Some(NOW), 10).await.expect("found"), std::slice::from_ref(&ended));
        assert_eq!(of_group(&mut tx, "alertmanager/main", "NodeDown", NOW).await.expect("found"), [ended]);
        assert_eq!(of_group(&mut tx, "alertmanager/main", "NodeDown", NOW + MINUTE).await.expect("none"), []);
        assert_eq!(counts(&mut tx).await.expect("counted"), [(false, Severity::Critical, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_source_has_one_alert_of_a_fingerprint() {
    on_both(async |store| {
        committed!(store, tx => add(&mut tx, &alert("a")).await.expect("a new one"));
        let mut tx = store.write().await.expect("a transaction");
        assert!(matches!(add(&mut tx, &alert("a")).await, Err(StoreError::Conflict(_))));
    })
    .await;
}

#[tokio::test]
async fn history_is_bounded_and_goes_with_its_alert() {
    on_both(async |store| {
        let (id, other) = committed!(store, tx => {
            let id = add(&mut tx, &alert("a")).await.expect("a new one");
            let other = add(&mut tx, &alert("b")).await.expect("a new one");
            for n in 0..HISTORY + 5 {
                note(&mut tx, id, &event(&format!("{n}"))).await.expect("noted");
            }
            note(&mut tx, other, &event("fired")).await.expect("noted");
            (id, other)
        });
        let mut tx = store.read().await.expect("a transaction");
        let all = history(&mut tx, id, 1000).await.expect("read");
        assert_eq!((all.len(), all[0].what.as_str()), (100, "104"), "the newest first, the oldest are gone");
        assert_eq!(history(&mut tx, other, 1000).await.expect("read").len(), 1);
        drop(tx);
        committed!(store, tx => {
            let mut ended = by_ids(&mut tx, &[id]).await.expect("found").remove(0);
            (ended.is_firing, ended.ended) = (false, Some(NOW));
            save(&mut tx, &ended).await.expect("saved");
        });
        assert!(!committed!(store, tx => sweep(&mut tx, NOW).await.expect("swept")));
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(by_ids(&mut tx, &[id, other]).await.expect("found").len(), 2, "not before its time");
        drop(tx);
        assert!(!committed!(store, tx => sweep(&mut tx, NOW + MINUTE).await.expect("swept")));
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(by_ids(&mut tx, &[id, other]).await.expect("found").len(), 1, "what fires stays");
        assert_eq!(history(&mut tx, id, 1000).await.expect("read"), []);
    })
    .await;
}

#[tokio::test]
async fn a_message_is_one_for_a_source_and_name_and_due_when_it_says_so() {
    on_both(async |store| {
        let mut tx = store.read().await.expect("a transaction");
        let new = group(&mut tx, "direttore", "job-stuck").await.expect("none yet");
        assert_eq!((new.id, new.nth, new.is_open), (0, 0, false));
        drop(tx);
        let due = Group { nth: 1, told: 2, is_open: true, due: Some(NOW + MINUTE), question: Some(7), ..new };
        let id = committed!(store, tx => save_group(&mut tx, &due).await.expect("kept"));
        let again = Group { left_out: 3, ..due };
        assert_eq!(committed!(store, tx => save_group(&mut tx, &again).await.expect("kept")), id);
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(due_groups(&mut tx, NOW).await.expect("none is due"), []);
        assert_eq!(due_groups(&mut tx, NOW + MINUTE).await.expect("it is due"), [Group { id, ..again }]);
        assert_eq!(next_due(&mut tx).await.expect("known"), Some(NOW + MINUTE));
    })
    .await;
}

#[tokio::test]
async fn what_is_waited_for_outlives_whoever_waited() {
    on_both(async |store| {
        committed!(store, tx => {
            set_pending(&mut tx, "node/lab/pve1", Some(NOW)).await.expect("kept");
            set_pending(&mut tx, "node/lab/pve2", Some(NOW)).await.expect("kept");
            set_pending(&mut tx, "node/lab/pve1", Some(NOW + MINUTE)).await.expect("kept");
            set_pending(&mut tx, "node/lab/pve2", None).await.expect("gone");
        });
        let all = pending(&mut store.read().await.expect("a transaction")).await.expect("read");
        assert_eq!(all, BTreeMap::from([("node/lab/pve1".to_owned(), NOW + MINUTE)]));
    })
    .await;
}

#[tokio::test]
async fn an_alert_that_nobody_ends_runs_out() {
    on_both(async |store| {
        committed!(store, tx => add(&mut tx, &Alert { expires: Some(NOW + MINUTE), ..alert("a") }).await.expect("new"));
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(expired(&mut tx, NOW).await.expect("none").len(), 0);
        assert_eq!(expired(&mut tx, NOW + MINUTE).await.expect("one").len(), 1);
        assert_eq!(next_due(&mut tx).await.expect("known"), Some(NOW + MINUTE));
    })
    .await;
}
