use super::*;
use crate::trials::{NOW, on_both};
use direttore_domain::JobId;
use std::time::Duration;

fn delivery<'a>(hook: &'a str, key: &'a str, object: &'a str) -> NewDelivery<'a> {
    let (event, request, outcome, body) = ("updated", "r1", "", "{}");
    NewDelivery { hook, key, object, event, request, source: HOOK, outcome, body, at: NOW, now: NOW }
}

async fn add(tx: &mut Tx, new: &NewDelivery<'_>) -> Result<Option<i64>> {
    Ok(super::add(tx, &[*new]).await?[0])
}

#[tokio::test]
async fn many_are_kept_at_once_each_as_it_is() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let quoted = "{\"name\":\"sw1 \\\\ \\u0000 \\\"x\\\" ü\"}\n";
        let odd = NewDelivery {
            body: quoted,
            request: "a\0b",
            at: Instant(-7),
            ..delivery("default", "k2", "dcim.device/2")
        };
        let one = |key: &'static str| delivery("default", key, "dcim.device/1");
        assert!(super::add(&mut tx, &[one("k1")]).await.expect("added")[0].is_some());
        let ids = super::add(&mut tx, &[one("k1"), odd, one("k3"), one("k3"), delivery("other", "k3", "")]).await;
        let ids = ids.expect("added");
        assert_eq!(ids.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true, false, true]);
        let kept = by_id(&mut tx, ids[1].expect("new")).await.expect("asked").expect("there");
        assert_eq!((kept.body.as_str(), kept.request.as_str(), kept.at), (quoted, "a\u{2400}b", Instant(-7)));
        assert_eq!(kept.key, "k2");
        assert_eq!(super::add(&mut tx, &[]).await.expect("nothing to add"), []);
    })
    .await;
}

#[tokio::test]
async fn a_delivery_is_kept_once_for_each_hook() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let first = add(&mut tx, &delivery("default", "k1", "dcim.device/1")).await.expect("added").expect("new");
        assert_eq!(add(&mut tx, &delivery("default", "k1", "dcim.device/1")).await.expect("asked"), None);
        let other = add(&mut tx, &delivery("other", "k1", "dcim.device/1")).await.expect("added");
        assert!(other.is_some_and(|id| id != first));
        assert!(is_known(&mut tx, "k1").await.expect("asked") && !is_known(&mut tx, "k2").await.expect("asked"));
        let kept = by_id(&mut tx, first).await.expect("asked").expect("there");
        assert_eq!((kept.hook.as_str(), kept.body.as_str(), kept.at), ("default", "{}", NOW));
        assert_eq!(count(&mut tx).await.expect("counted"), 2);
    })
    .await;
}

#[tokio::test]
async fn runs_of_an_object_wait_for_each_other() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let mut ids = Vec::new();
        // The second of device 1 happened before the first.
        for (key, object, at) in [
            ("k1", "dcim.device/1", NOW + Duration::from_secs(9)),
            ("k2", "dcim.device/1", NOW),
            ("k3", "dcim.device/2", NOW),
        ] {
            let id = add(&mut tx, &delivery("default", key, object)).await.expect("added").expect("new");
            let run = NewRun { delivery: id, key, rule: "tell", object, at, now: NOW };
            assert!(add_run(&mut tx, &run).await.expect("added"));
            assert!(!add_run(&mut tx, &run).await.expect("asked"), "once for a rule");
            ids.push(id);
        }
        let objects = |runs: Vec<Run>| runs.into_iter().map(|run| run.delivery).collect::<Vec<_>>();
        let first = ready(&mut tx, NOW, 10).await.expect("asked");
        assert_eq!(objects(first.clone()), [ids[1], ids[2]]);
        assert!(begin(&mut tx, first[0].id).await.expect("asked"));
        end(&mut tx, first[0].id, &[JobId(7)], false, NOW).await.expect("kept");
        assert!(!begin(&mut tx, first[0].id).await.expect("asked"));
        assert_eq!(objects(ready(&mut tx, NOW, 10).await.expect("asked")), [ids[2]]);
        assert_eq!(running(&mut tx).await.expect("asked")[0].jobs, [JobId(7)]);
        postpone(&mut tx, first[1].id, NOW + Duration::from_secs(1)).await.expect("kept");
        assert_eq!(objects(ready(&mut tx, NOW, 10).await.expect("asked")), [0; 0]);
        end(&mut tx, first[0].id, &[JobId(7)], true, NOW).await.expect("kept");
        assert_eq!(objects(ready(&mut tx, NOW, 10).await.expect("asked")), [ids[0]]);
        // What is not over is not forgotten, however old.
        assert_eq!(sweep(&mut tx, NOW + Duration::from_secs(1), 10).await.expect("swept"), 1);
        assert_eq!(count(&mut tx).await.expect("counted"), 2);
    })
    .await;
}
