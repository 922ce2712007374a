//! Many at once: each is stored, and each that was accepted is there.

use super::{
    super::{calendars::program::Sidecar, story::PATIENCE},
    announce, client, deliveries, on_both_upon, post, posted, rule,
};
use direttore_core::hooks::Rule;
use futures::{StreamExt, stream};
use serde_json::json;

const MANY: u32 = 5000;
const AT_ONCE: usize = 64;

/// It fits none of them: what comes of it is not of interest here.
fn rules() -> Vec<Rule> {
    vec![rule("tell", "dcim.device", &[], &["name = nobody"], announce("{{ data.name }}"))]
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_at_once_are_all_there() {
    on_both_upon(rules, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        let one = async |nth: u32| {
            let data = json!({ "id": nth % 500, "name": format!("sw{nth}"), "status": { "value": "active", "label": "Active" } });
            post(&sidecar, &http, &posted("updated", "dcim.device", &format!("r{nth}"), &data)).await
        };
        let all = stream::iter(0..MANY).map(one).buffer_unordered(AT_ONCE);
        let accepted = all.filter(|status| futures::future::ready(*status == 202)).count();
        let accepted = tokio::time::timeout(PATIENCE, accepted).await.expect("in time");
        assert_eq!(u32::try_from(accepted), Ok(MANY));
        assert_eq!(deliveries(s).await, i64::from(MANY));
        // A tenth of them once more.
        let again = stream::iter((0..MANY).step_by(10)).map(one).buffer_unordered(AT_ONCE);
        assert!(again.all(|status| futures::future::ready(status == 200)).await);
        assert_eq!(deliveries(s).await, i64::from(MANY));
    })
    .await;
}
