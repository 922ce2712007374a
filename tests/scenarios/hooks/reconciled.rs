//! What NetBox could not tell while we were away is found in its change log, and acted upon once.

use super::{super::calendars::program::Sidecar, act, announce, client, deliveries, on_both_upon, post, rule, said};
use direttore_core::hooks::Rule;

const VM: &str = "virtualization.virtualmachine";

fn rules() -> Vec<Rule> {
    vec![rule("tell", VM, &[], &[], announce("{{ data.name }} was {{ event }}"))]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_taken_up_once() {
    on_both_upon(rules, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        s.lab("netbox vm old1");
        assert_eq!(s.dispatch.reconcile().await.expect("NetBox answers"), 0, "from now on");
        s.lab("netbox vm new1");
        assert_eq!(s.dispatch.reconcile().await.expect("NetBox answers"), 1);
        assert_eq!(s.dispatch.reconcile().await.expect("NetBox answers"), 0, "and not again");
        act(s).await;
        assert_eq!(said(s).await, ["new1 was created"]);

        // NetBox' own word of it comes after all: the very same.
        let ipam = s.dispatch.lab.ipam().expect("a NetBox");
        let change = ipam.client.newest_change().await.expect("it answers").expect("there is one");
        let body = serde_json::json!({
            "event": "created", "timestamp": change.time, "object_type": VM, "request_id": change.request,
            "username": change.user, "data": { "id": change.object_id, "name": "new1" },
            "snapshots": { "prechange": null, "postchange": change.after },
        });
        assert_eq!(post(&sidecar, &http, &body.to_string()).await, 200);
        s.lab("netbox vm new1 gone");
        s.lab("netbox down");
        assert!(s.dispatch.reconcile().await.is_err());
        s.lab("netbox up");
        assert_eq!(s.dispatch.reconcile().await.expect("NetBox answers"), 1);
        act(s).await;
        assert_eq!(said(s).await, ["new1 was deleted"]);
        assert_eq!(deliveries(s).await, 2);
        // Another process does not read it at the same time.
        s.lab("netbox vm new2");
        assert_eq!(s.another().reconcile().await.expect("NetBox answers"), 0);
        assert_eq!(s.dispatch.reconcile().await.expect("NetBox answers"), 1);
        act(s).await;
        assert_eq!(said(s).await, ["new2 was created"]);
    })
    .await;
}
