//! Guests that scripts of the first direttore make.

use super::{
    super::{calendars::program::Sidecar, story::PATIENCE, story::on_both},
    program::Script,
};
use direttore_domain::JobId;
use direttore_store::{audit, job};
use serde_json::{Value, json};

const PASSWORD: &str = "pass-5f2-of-root";

fn container(vmid: u32, template: &Value, password: &Value) -> Value {
    json!({ "vmid": vmid, "hostname": format!("made{vmid}"), "template": template, "password": password,
        "start_after_create": false })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_gets_the_password_that_was_given_and_nobody_else_sees_it() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let script = Script::of(&sidecar, "operator").await;
        let media = script.get("/api/proxmox/nodes/pve1/templates").await.json();
        let media = media.as_array().expect("a list");
        let template =
            media.iter().find(|medium| medium["content"] == "vztmpl").expect("there is one")["volid"].clone();
        for (vmid, given, set) in [
            (901, json!(PASSWORD), Some(PASSWORD)),
            // What everybody knows, and nothing.
            (902, json!("changeme"), None),
            (903, json!(null), None),
        ] {
            let told = script.post("/api/proxmox/nodes/pve1/lxc", container(vmid, &template, &given)).await;
            assert_eq!(told.status, 202, "{told:?}");
            assert!(!told.text.contains(PASSWORD));
            story.dispatch.settle("api", PATIENCE).await;
            assert!(story.sim.has_root_password(vmid, set), "{vmid}");
        }
        for (given, said) in [
            (json!("abcd"), "String should have at least 5 characters"),
            (json!("x".repeat(129)), "String should have at most 128 characters"),
            (json!("two\nlines"), "Value error, password must not have control characters"),
            (json!(12345), "Input should be a valid string"),
        ] {
            let told = script.post("/api/proxmox/nodes/pve1/lxc", container(904, &template, &given)).await;
            assert_eq!(told.status, 422, "{told:?}");
            assert_eq!(told.json()["detail"][0]["msg"], said, "{told:?}");
            assert!(given.as_str().is_none_or(|given| !told.text.contains(given)), "{told:?}");
        }
        // It is in no row that somebody may read.
        story.dispatch.flush().await;
        let mut tx = story.dispatch.store.read().await.expect("a transaction");
        let (jobs, _) = job::list(&mut tx, job::Filter { account_id: None, status: None, limit: 50, offset: 0 })
            .await
            .expect("read");
        let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
        assert!(ids.len() >= 3);
        for id in ids {
            let steps = job::steps(&mut tx, id).await.expect("read");
            assert!(!format!("{steps:?}").contains(PASSWORD), "{steps:?}");
        }
        let filter = audit::Filter { who: None, what: None, since: None, limit: 100, offset: 0 };
        let (rows, _) = audit::list(&mut tx, filter).await.expect("read");
        assert!(rows.len() > 3 && !format!("{rows:?}").contains(PASSWORD), "{rows:?}");
    })
    .await;
}
