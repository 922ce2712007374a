//! What a key press offers of devices: names, templates, and pushes that wait.

use super::on_both_set;
use crate::scenarios::story::{Story, at_console};
use direttore_domain::{Claims, Origin, Surface};

async fn offered(s: &Story, who: &str, line: &str) -> Vec<(String, String)> {
    let origin = Origin { surface: Surface::Console, channel: "story".to_owned() };
    let all = s.dispatch.complete((&at_console(who), &Claims::default()), &origin, line, line.len()).await.values;
    // Names of options fit too.
    all.into_iter().filter(|(value, _)| !value.ends_with('=')).collect()
}

async fn values(s: &Story, who: &str, line: &str) -> Vec<String> {
    offered(s, who, line).await.into_iter().map(|(value, _)| value).collect()
}

#[tokio::test]
async fn names_and_templates_come_from_what_is_known_already() {
    on_both_set(
        |_| (),
        async |s| {
            s.look_at_netbox().await;
            // A key press asks nobody.
            s.lab("netbox down");
            for command in ["push", "backup", "drift", "render", "diff", "history", "accept-key", "run", "discover"] {
                assert_eq!(values(s, "admin", &format!("/device {command} device=sw")).await, ["sw1", "sw2", "sw3"]);
            }
            for command in ["push sw1", "drift sw2 sw3", "render sw3"] {
                let line = format!("/device {command} template=");
                let found = values(s, "admin", &line).await;
                assert!(["vlan", "netbox"].iter().all(|name| found.iter().any(|one| one == name)), "{line}: {found:?}");
            }
            let hints = offered(s, "admin", "/device push sw1 sw2 template=vl").await;
            assert_eq!(hints, [("vlan".to_owned(), "for Arista EOS and Junos".to_owned())]);
            assert_eq!(
                values(s, "admin", "/device push sw1 sw3 template=bg").await,
                Vec::<String>::new(),
                "IOS has none"
            );
            assert_eq!(values(s, "admin", "/device push template=bg").await, ["bgp"]);
            assert_eq!(values(s, "viewer", "/device push device=sw").await, Vec::<String>::new(), "they may not");
            assert_eq!(values(s, "stranger", "/device render sw1 ").await, Vec::<String>::new());
            s.lab("netbox up");
        },
    )
    .await;
}

#[tokio::test]
async fn pushes_that_wait_are_offered_to_whoever_can_end_their_waiting() {
    on_both_set(
        |_| (),
        async |s| {
            assert_eq!(values(s, "admin", "/device approve ").await, Vec::<String>::new());
            s.say("operator", "/device push sw2 template=vlan").await;
            s.press("operator", "Yes").await;
            s.passes("1s").await;
            let waits = [("P-1".to_owned(), "vlan for sw2, by operator".to_owned())];
            assert_eq!(offered(s, "admin", "/device approve ").await, waits);
            assert_eq!(offered(s, "admin", "/device reject push=1").await, waits);
            assert_eq!(values(s, "admin", "/device approve sw2").await, ["P-1"], "also by what it is for");
            assert_eq!(values(s, "operator", "/device approve ").await, Vec::<String>::new(), "their own");
            assert_eq!(values(s, "operator", "/device reject ").await, ["P-1"]);
            assert_eq!(values(s, "viewer", "/device approve ").await, Vec::<String>::new());
            s.press("admin", "Reject").await;
            assert_eq!(values(s, "admin", "/device approve ").await, Vec::<String>::new());
            assert_eq!(values(s, "admin", "/device confirm ").await, Vec::<String>::new());
            s.say("admin", "/device push sw3 template=vlan hold=5m").await;
            s.press("admin", "Yes").await;
            s.settle().await;
            let held = offered(s, "admin", "/device confirm ").await;
            assert_eq!(held.len(), 1, "{held:?}");
            assert!(held[0].0 == "sw3" && held[0].1.starts_with("P-2 waits until "), "{held:?}");
            assert_eq!(values(s, "admin", "/device confirm P-2").await, ["sw3"], "also by the push");
            assert_eq!(values(s, "admin", "/device rollback sw").await, ["sw3", "sw1", "sw2"]);
            s.say("admin", "/device confirm sw3").await;
            s.settle().await;
            assert_eq!(values(s, "admin", "/device confirm ").await, Vec::<String>::new());
        },
    )
    .await;
}
