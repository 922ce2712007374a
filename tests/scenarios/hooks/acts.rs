//! What rules do: announce, run a command, give addresses back; and what is said where they cannot.

use super::{
    super::calendars::program::Sidecar, act, announce, client, deliveries, jobs, on_both_upon, post, posted, rule, said,
};
use direttore_core::hooks::{Action, Rule, What, rule::With};
use direttore_reply::Filled;
use direttore_store::audit;
use serde_json::json;

const VM: &str = "virtualization.virtualmachine";

fn filled(all: &[(&str, &str)]) -> With {
    all.iter().map(|(key, value)| ((*key).to_owned(), Filled::new(value).expect("a template"))).collect()
}

fn run(account: &str, command: &str, all: &[(&str, &str)]) -> Action {
    let account = account.parse().expect("a name");
    Action::Run { account, command: command.to_owned(), with: filled(all), tell: None }
}

fn rules() -> Vec<Rule> {
    let guest = &[("guest", "{{ data.name }}")];
    vec![
        rule("tell", VM, &[What::Updated], &["changed status"], announce("{{ data.name }} is {{ data.status.value }}")),
        rule("stop", VM, &[What::Updated], &["status = offline"], run("operator", "power stop", guest)),
        rule("ghost", VM, &[What::Updated], &["status = failed"], run("nobody", "power stop", guest)),
        rule("viewer", VM, &[What::Updated], &["status = paused"], run("viewer", "power stop", guest)),
        rule("half", VM, &[What::Updated], &["status = staged"], run("operator", "power stop", &[])),
        rule("lacks", VM, &[What::Updated], &["status = active"], announce("{{ data.nothing.there }}")),
    ]
}

fn vm(id: u64, name: &str, status: &str) -> serde_json::Value {
    json!({ "id": id, "name": name, "status": { "value": status, "label": status } })
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_run_in_order_as_their_account() {
    on_both_upon(rules, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        for (request, status) in
            [("r1", "offline"), ("r2", "failed"), ("r3", "paused"), ("r4", "staged"), ("r5", "active")]
        {
            let body = posted("updated", VM, request, &vm(7, "web1", status));
            assert_eq!(post(&sidecar, &http, &body).await, 202, "{status}");
        }
        act(s).await;
        let told = ["web1 is offline", "web1 is failed", "web1 is paused", "web1 is staged", "web1 is active"];
        assert_eq!(said(s).await, told);
        let jobs = jobs(s).await;
        assert_eq!(jobs[1], "stop web1 (101) (operator) is done", "{jobs:#?}");
        let of = |rule: &str| {
            let found = jobs.iter().find(|job| job.starts_with(&format!("rule {rule} for {VM}/7")));
            found.unwrap_or_else(|| panic!("no job of {rule}: {jobs:#?}")).clone()
        };
        assert!(of("ghost").contains("is failed: there is no account \"nobody\""), "{jobs:#?}");
        assert!(of("viewer").contains("is failed: ") && of("half").contains("needs guest too"), "{jobs:#?}");
        assert!(of("lacks").contains("what is to be said cannot be made"), "{jobs:#?}");
        assert_eq!(jobs.len(), 10, "{jobs:#?}");

        // The log says what it was for.
        let _ = s.dispatch.flush().await;
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let filter = audit::Filter { who: None, what: None, since: None, limit: 200, offset: 0 };
        let rows = audit::list(&mut tx, filter).await.expect("it can be read").0;
        let row = rows.iter().find(|row| row.entry.what == "power stop" && row.entry.outcome == "queued");
        let entry = &row.expect("the command is in the log").entry;
        assert_eq!((entry.who.as_str(), entry.channel.as_str()), ("operator", "http:hooks"));
        assert_eq!((&entry.detail["delivery"], &entry.detail["rule"]), (&json!("H-1"), &json!("stop")));
        assert_eq!((&entry.detail["request_id"], &entry.detail["hook"]), (&json!("r1"), &json!("default")));
    })
    .await;
}

fn three() -> Vec<Rule> {
    vec![
        rule("one", VM, &[], &[], announce("one {{ data.name }}")),
        rule("two", VM, &[], &["name ~ web*"], announce("two {{ data.name }}")),
        Rule { own: true, ..rule("own", VM, &[], &[], announce("own {{ data.name }}")) },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_our_own_doing_or_no_change_is_left_alone() {
    on_both_upon(three, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        let own =
            s.dispatch.lab.ipam().expect("a NetBox").client.whoami().await.expect("it answers").expect("it tells").user;
        // Before anybody knows who we are there, and after.
        for request in ["r1", "r2"] {
            let body = posted("updated", VM, request, &vm(7, "web1", "active")).replace("alice", &own);
            assert_eq!(post(&sidecar, &http, &body).await, 202);
            act(s).await;
            assert_eq!(said(s).await, ["own web1"]);
        }
        let noop = posted("updated", VM, "r3", &vm(7, "web1", "active")).replace("another", "active");
        assert_eq!(post(&sidecar, &http, &noop).await, 202);
        act(s).await;
        assert_eq!(said(s).await, Vec::<String>::new());
        assert_eq!(post(&sidecar, &http, &posted("deleted", VM, "r4", &vm(7, "web1", "active"))).await, 202);
        act(s).await;
        assert_eq!(said(s).await, ["one web1", "two web1", "own web1"]);
        assert_eq!(deliveries(s).await, 4);
        assert_eq!(jobs(s).await.len(), 5);
    })
    .await;
}

fn release() -> Vec<Rule> {
    let action = Action::Release { account: "operator".parse().expect("a name") };
    vec![rule("release", VM, &[What::Deleted], &[], action)]
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_a_deleted_vm_are_given_back() {
    on_both_upon(release, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        for line in ["/ipam allocate 10.0.10.0/24 web7", "/ipam allocate 10.0.10.0/24 web70"] {
            s.say("operator", line).await;
            s.press("operator", "Yes").await;
            s.settle().await;
        }
        let ours = async || {
            let filter = direttore_clients::netbox::AddressFilter { q: Some("web7".into()), ..Default::default() };
            let rows = s.dispatch.lab.ipam().expect("a NetBox").client.addresses(&filter).await.expect("it answers");
            rows.into_iter().map(|row| row.dns_name).collect::<Vec<_>>()
        };
        assert_eq!(ours().await, ["web7", "web70"]);
        for request in ["r1", "r2"] {
            assert_eq!(post(&sidecar, &http, &posted("deleted", VM, request, &vm(9, "web7", "active"))).await, 202);
            act(s).await;
            assert_eq!(ours().await, ["web70"]);
        }
        let jobs = jobs(s).await;
        assert!(jobs[2].starts_with("give back 10.0.10.") && jobs[2].ends_with("(operator) is done"), "{jobs:#?}");
        assert_eq!(jobs[3], format!("rule release for {VM}/9 (rule release) is done"), "nothing was left to do");
    })
    .await;
}
