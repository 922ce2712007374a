//! Switches get what NetBox says, with somebody's yes; what goes wrong is taken back.

use super::story::{Story, both};
use crate::support::postgres;
use direttore_core::{Rules, devices};
use direttore_reply::{Reply, Tone};
use std::time::Duration;

const MONDAY: &str = "2040-01-02T09:00Z";

/// Impatient, so that a switch that answers nobody is given up soon.
fn quick(settings: &mut devices::Settings) {
    settings.verify = Duration::from_millis(400);
    settings.commit_timer = Duration::from_secs(600);
}

async fn on_both(tell: impl AsyncFn(&Story)) -> String {
    both(
        async |store| Story::with_switches(store, Rules::default(), quick).await,
        async |s| {
            s.it_is(MONDAY).await;
            tell(s).await;
        },
    )
    .await
}

/// On both, where how often is waited is the machine's affair.
async fn on_each(tell: impl AsyncFn(&Story)) {
    postgres::on_both(async |store| {
        let story = Story::with_switches(store, Rules::default(), quick).await;
        story.it_is(MONDAY).await;
        tell(&story).await;
        story.end().await;
    })
    .await;
}

fn runs(s: &Story, switch: &str, line: &str) -> bool {
    s.switches().named(switch).running().iter().any(|said| said.contains(line))
}

fn said(replies: &[Reply]) -> String {
    replies.iter().map(|r| format!("{}\n{}\n", r.title_plain(), r.text_plain())).collect()
}

fn code(replies: &[Reply]) -> Option<&str> {
    replies.first().and_then(|reply| reply.code.as_deref())
}

#[tokio::test]
async fn what_is_shown_is_what_is_done() {
    on_both(async |s| {
        let shown = s.say("admin", "/device push sw1 template=vlan").await;
        let text = said(&shown);
        assert!(text.contains("+vlan 300") && text.contains("the device rolls back by itself"), "{text}");
        assert!(text.contains("<masked:") && !text.contains("$6$"), "no secret is shown: {text}");
        assert!(!runs(s, "sw1", "vlan 300"), "asking changes nothing");
        s.press("admin", "Yes").await;
        let end = s.settle().await;
        assert!(said(&end).contains("vlan is on sw1"), "{}", said(&end));
        assert!(runs(s, "sw1", "vlan 300") && s.switches().named("sw1").goes_back_at().is_none());
        assert!(s.switches().named("sw1").startup().iter().any(|line| line.contains("vlan 300")), "it is saved");
        let again = s.say("admin", "/device push sw1 template=vlan").await;
        assert_eq!(again[0].tone, Tone::Success, "{}", said(&again));
        assert!(said(&again).contains("sw1 has that already"), "{}", said(&again));
    })
    .await;
}

#[tokio::test]
async fn an_operators_push_needs_a_second_person() {
    on_both(async |s| {
        s.say("operator", "/device push sw2 template=vlan").await;
        let waits = s.press("operator", "Yes").await;
        assert!(said(&waits).contains("P-1: vlan for sw2 waits for a second person's yes"), "{}", said(&waits));
        s.passes("1s").await;
        assert!(s.transcript().contains("P-1: operator asks to push vlan to sw2"), "{}", s.transcript());
        assert_eq!(code(&s.press("operator", "Approve").await), Some("not-approver"));
        assert_eq!(code(&s.press("viewer", "Approve").await), Some("not-allowed"));
        s.note("somebody was there meanwhile");
        s.lab("switch sw2 'set system host-name other'");
        assert_eq!(code(&s.press("admin", "Approve").await), Some("changed-meanwhile"));
        assert!(!runs(s, "sw2", "dmz"));
        s.lab("switch sw2 'set system host-name sw2'");
        s.press("admin", "Approve").await;
        let end = s.settle().await;
        assert!(said(&end).contains("vlan is on sw2"), "{}", said(&end));
        assert!(runs(s, "sw2", "dmz"));
        assert_eq!(code(&s.say("admin", "/device approve P-1").await), Some("wrong-state"));
        s.say("operator", "/device rollback sw2").await;
        s.press("operator", "Yes").await;
        s.passes("1s").await;
        s.press("admin", "Reject").await;
        assert!(runs(s, "sw2", "dmz"), "a no changes nothing");
        assert_eq!(code(&s.say("admin", "/device approve P-2").await), Some("wrong-state"));
        assert_eq!(code(&s.say("viewer", "/device push sw2 template=vlan").await), Some("not-allowed"));
    })
    .await;
}

#[tokio::test]
async fn what_is_held_waits_for_a_person_and_goes_back_without_one() {
    on_both(async |s| {
        s.say("admin", "/device push sw3 template=vlan hold=5m").await;
        s.press("admin", "Yes").await;
        let held = s.settle().await;
        assert!(said(&held).contains("vlan is live on sw3 and waits"), "{}", said(&held));
        assert!(runs(s, "sw3", "vlan 300"));
        assert_eq!(code(&s.say("admin", "/device push sw3 template=vlan").await), Some("wrong-state"));
        s.say("admin", "/device confirm sw3").await;
        assert!(said(&s.settle().await).contains("vlan is on sw3"));
        assert_eq!(code(&s.say("admin", "/device confirm sw3").await), Some("wrong-state"));
        s.say("admin", "/device rollback sw3").await;
        s.press("admin", "Yes").await;
        assert!(said(&s.settle().await).contains("sw3 is rolled back"));
        assert!(!runs(s, "sw3", "vlan 300"));
        s.say("admin", "/device push sw3 template=vlan hold=5m").await;
        s.press("admin", "Yes").await;
        s.settle().await;
        s.passes("20m").await;
        let told = said(&s.settle().await) + s.transcript().as_str();
        assert!(told.contains("nobody confirmed it in time; the device took it back by itself"), "{told}");
        assert!(!runs(s, "sw3", "vlan 300"));
    })
    .await;
}

#[tokio::test]
async fn a_refused_line_leaves_nothing_and_of_several_the_first_is_a_trial() {
    on_both(async |s| {
        let before: Vec<Vec<String>> = s.switches().all.iter().map(|switch| switch.running()).collect();
        s.note("one that stages refuses it beforehand");
        s.lab("switch sw1 reject=\"name dmz\"");
        assert_eq!(code(&s.say("admin", "/device push sw1 template=vlan").await), Some("upstream-error"));
        s.lab("switch sw1 clear");
        s.lab("switch sw3 reject=\"name dmz\"");
        s.say("admin", "/device push sw3 sw1 sw2 template=vlan").await;
        s.press("admin", "Yes").await;
        let end = s.settle().await;
        let last = end.last().expect("an end");
        assert_eq!(last.tone, Tone::Failed, "{}", said(&end));
        assert!(said(&end).contains("sw3: the device refused"), "{}", said(&end));
        let table = last.table.as_ref().expect("a table of results");
        assert_eq!(table.rows.len(), 3);
        let after: Vec<Vec<String>> = s.switches().all.iter().map(|switch| switch.running()).collect();
        assert_eq!(before, after, "nothing is left anywhere");
        s.lab("switch sw3 clear");
        s.say("admin", "/job retry J-1").await;
        let end = s.settle().await;
        assert!(said(&end).contains("vlan is on sw3, sw1 and sw2"), "{}", said(&end));
        assert!(["sw1", "sw3"].iter().all(|name| runs(s, name, "vlan 300")) && runs(s, "sw2", "dmz"));
    })
    .await;
}

#[tokio::test]
async fn devices_are_chosen_by_site_role_and_tag_as_for_a_backup() {
    on_both(async |s| {
        let shown = s.say("admin", "/device push role=switch site=lab template=vlan").await;
        assert!(said(&shown).contains("push vlan to sw1, sw2 and sw3"), "{}", said(&shown));
        s.press("admin", "No").await;
        for words in ["role=pdu", "site=lab role=pdu", "role=nope", "site=nowhere", "tag=nope"] {
            let pushed = s.say("admin", &format!("/device push {words} template=vlan")).await;
            let kept = s.say("admin", &format!("/device backup {words}")).await;
            assert_eq!(pushed[0].tone, Tone::Refused, "{words}: {}", said(&pushed));
            assert_eq!((said(&pushed), code(&pushed)), (said(&kept), code(&kept)), "{words}");
        }
        let form = s.say("admin", "/device push template=vlan").await;
        assert!(form[0].form.is_some(), "nothing is never all: {}", said(&form));
        s.press("admin", "Cancel").await;
    })
    .await;
}

/// Nobody gets in while the new line runs: the device's own timer is all that helps, and it does.
#[tokio::test]
async fn a_device_that_locks_everybody_out_comes_back_by_itself() {
    on_each(async |s| {
        let before = s.switches().named("sw1").running();
        s.lab("switch sw1 lockout=\"vlan 300\"");
        s.say("admin", "/device push sw1 template=vlan").await;
        s.press("admin", "Yes").await;
        s.passes("15m").await;
        s.passes("1m").await;
        let told = said(&s.settle().await) + s.transcript().as_str();
        assert!(told.contains("the device took it back by itself"), "{told}");
        assert_eq!(s.switches().named("sw1").running(), before);
        s.lab("switch sw1 clear");
    })
    .await;
}

#[tokio::test]
async fn a_reservation_keeps_others_from_a_device() {
    on_both(async |s| {
        s.say("operator", "/reserve new sw1 from=now for=2h").await;
        assert_eq!(code(&s.say("admin", "/device push sw1 template=vlan").await), Some("reason-needed"));
        let over = s.say("admin", "/device push sw1 template=vlan reason=\"DMZ is due\"").await;
        assert!(said(&over).contains("push vlan to sw1"), "{}", said(&over));
        s.press("admin", "No").await;
        s.note("who has it needs a second person all the same, whose yes is for them");
        s.say("operator", "/device push sw1 template=vlan").await;
        s.press("operator", "Yes").await;
        s.passes("1s").await;
        s.press("admin", "Approve").await;
        assert!(said(&s.settle().await).contains("vlan is on sw1"));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_pushed_says_why() {
    on_both(async |s| {
        let refused = async |line: &str| {
            let replies = s.say("admin", line).await;
            replies[0].code.clone().unwrap_or_else(|| panic!("{line}: {}", said(&replies)))
        };
        assert_eq!(refused("/device push sw9 template=vlan").await, "no-such-device");
        assert_eq!(refused("/device push sw1 template=nope").await, "no-such-template");
        assert_eq!(refused("/device push sw1 template=bgp").await, "template");
        assert_eq!(refused("/device push sw1 template=vlan check=uplink").await, "unknown-value");
        assert_eq!(refused("/device push sw1 template=vlan vars=nonsense").await, "bad-value");
        assert_eq!(refused("/device approve P-9").await, "no-such-push");
        assert_eq!(refused("/device confirm sw1").await, "wrong-state");
        assert_eq!(refused("/device rollback sw1").await, "nothing-fits");
        s.lab("switch sw1 down");
        assert_eq!(refused("/device push sw1 template=vlan").await, "unreachable");
        s.lab("switch sw1 up");
        s.lab("switch sw2 refuse");
        assert_eq!(refused("/device push sw2 template=vlan").await, "credentials-refused");
        s.lab("switch sw2 accept");
        s.lab("switch sw1 hostkey");
        s.say("admin", "/device push sw3 template=vlan").await;
        s.press("admin", "No").await;
        s.lab("switch sw3 hostkey");
        assert_eq!(refused("/device push sw3 template=vlan").await, "host-key");
    })
    .await;
}
