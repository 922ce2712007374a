//! Switches get what NetBox says, with somebody's yes; what goes wrong is taken back.

use super::{super::story::Story, MONDAY, code, on_both, running, runs, said};
use crate::support::postgres;
use direttore_core::Rules;
use direttore_reply::Tone;
use std::time::Duration;

/// On both, where how often is waited is the machine's affair.
async fn on_each(tell: impl AsyncFn(&Story)) {
    postgres::on_both(async |store| {
        // A switch that answers nobody is given up soon.
        let quick = |settings: &mut direttore_core::devices::Settings| settings.verify = Duration::from_millis(400);
        let story = Story::with_switches(store, Rules::default(), quick).await;
        story.it_is(MONDAY).await;
        tell(&story).await;
        story.end().await;
    })
    .await;
}

/// Whether somebody has it before them, on whatever surface.
fn read(s: &Story, words: &str) -> bool {
    s.read().iter().any(|line| line.contains(words))
}

pub async fn what_is_shown_is_what_is_done_told(s: &Story) {
    s.it_is(MONDAY).await;
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
    s.say("admin", "/device push template=vlan").await;
    let again = s.fill("admin", &[("device", "sw1")]).await;
    assert!(said(&again).contains("sw1 has that already"), "{}", said(&again));
}

#[tokio::test]
async fn what_is_shown_is_what_is_done() {
    on_both(what_is_shown_is_what_is_done_told).await;
}

pub async fn an_operators_push_needs_a_second_person_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("operator", "/device push sw2 template=vlan").await;
    let waits = s.press("operator", "Yes").await;
    assert!(said(&waits).contains("P-1: vlan for sw2 waits for a second person's yes"), "{}", said(&waits));
    s.passes("1s").await;
    assert!(read(s, "P-1: operator asks to push vlan to sw2"), "{:#?}", s.read());
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
    s.passes("1s").await;
    assert!(read(s, "P-2 was rejected by admin"), "who asked is told: {:#?}", s.read());
    assert!(runs(s, "sw2", "dmz"), "a no changes nothing");
    assert_eq!(code(&s.say("admin", "/device approve P-2").await), Some("wrong-state"));
    assert_eq!(code(&s.say("viewer", "/device push sw2 template=vlan").await), Some("not-allowed"));
    s.say("operator", "/device push sw1 template=vlan").await;
    s.press("operator", "Yes").await;
    s.passes("1s").await;
    s.passes("25h").await;
    assert!(read(s, "P-3 waits no more: nobody said yes to it in time"), "{:#?}", s.read());
    assert_eq!(code(&s.say("admin", "/device approve P-3").await), Some("wrong-state"));
}

#[tokio::test]
async fn an_operators_push_needs_a_second_person() {
    on_both(an_operators_push_needs_a_second_person_told).await;
}

pub async fn what_is_held_waits_for_a_person_told(s: &Story) {
    s.it_is(MONDAY).await;
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
    assert!(read(s, "nobody confirmed it in time; the device took it back by itself"), "{:#?}", s.read());
    assert!(!runs(s, "sw3", "vlan 300"));
}

#[tokio::test]
async fn what_is_held_waits_for_a_person() {
    on_both(what_is_held_waits_for_a_person_told).await;
}

pub async fn of_several_the_first_is_a_trial_told(s: &Story) {
    s.it_is(MONDAY).await;
    let before = running(s);
    s.note("one that stages refuses it beforehand");
    s.lab("switch sw1 reject=\"name dmz\"");
    assert_eq!(code(&s.say("admin", "/device push sw1 template=vlan").await), Some("upstream-error"));
    s.lab("switch sw1 clear");
    s.lab("switch sw3 reject=\"name dmz\"");
    s.say("admin", "/device push sw3 sw1 sw2 template=vlan").await;
    s.press("admin", "Yes").await;
    let end = s.settle().await;
    assert!(said(&end).contains("J-1 failed") && said(&end).contains("sw3: the device refused"), "{}", said(&end));
    assert_eq!(before, running(s), "nothing is left anywhere");
    s.lab("switch sw3 clear");
    s.say("admin", "/job retry J-1").await;
    let end = s.settle().await;
    assert!(said(&end).contains("vlan is on sw3, sw1 and sw2"), "{}", said(&end));
    assert!(["sw1", "sw3"].iter().all(|name| runs(s, name, "vlan 300")) && runs(s, "sw2", "dmz"));
}

#[tokio::test]
async fn of_several_the_first_is_a_trial() {
    on_both(of_several_the_first_is_a_trial_told).await;
}

#[tokio::test]
async fn devices_are_chosen_by_site_role_and_tag_as_for_a_backup() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
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
        s.settle().await;
        assert!(read(s, "the device took it back by itself"), "{:#?}", s.read());
        assert_eq!(s.switches().named("sw1").running(), before);
        s.lab("switch sw1 clear");
    })
    .await;
}

async fn a_reservation_keeps_others_from_a_device_told(s: &Story) {
    s.it_is(MONDAY).await;
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
}

#[tokio::test]
async fn a_reservation_keeps_others_from_a_device() {
    on_both(a_reservation_keeps_others_from_a_device_told).await;
}

pub async fn what_cannot_be_pushed_says_why_told(s: &Story) {
    s.it_is(MONDAY).await;
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
}

#[tokio::test]
async fn what_cannot_be_pushed_says_why() {
    on_both(what_cannot_be_pushed_says_why_told).await;
}
