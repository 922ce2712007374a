//! What a surface is told without having asked: cards of what was changed, and what it needs to tell them once.

use super::{
    member::{Member, OPERATORS, VIEWERS, rules},
    story::{Story, on_both_by_rules},
};
use direttore_console::{Style, render};
use direttore_core::Rules;
use direttore_domain::{Origin, Surface};
use direttore_store::telling;
use insta::assert_snapshot;
use serde_json::json;
use std::time::Duration;

fn ops(surface: Surface) -> Origin {
    Origin { surface, channel: "ops".to_owned() }
}

/// Two channels get cards.
fn with_cards() -> Rules {
    Rules { cards: vec![ops(Surface::Discord), ops(Surface::Matrix)], ..rules() }
}

/// What waits for the channels of cards, told; each is told once.
async fn cards(s: &Story) {
    for surface in [Surface::Discord, Surface::Matrix] {
        let mut all = s.dispatch.waiting(surface).await.expect("the database answers");
        // Of two jobs under way nobody knows which ends first.
        all.sort_by_key(|waiting| waiting.reply.job.clone());
        for waiting in all {
            if waiting.origin == ops(surface) {
                assert!(waiting.reply.public && waiting.reply.actions.is_empty());
                s.note(&format!("{surface}: {}", render(&waiting.reply, &Style::PLAIN).trim_end()));
            }
            s.dispatch.was_told(waiting.id).await.expect("the database answers");
        }
        assert!(s.dispatch.waiting(surface).await.expect("the database answers").is_empty());
    }
}

#[tokio::test]
async fn each_change_is_one_card_in_each_channel() {
    let story = on_both_by_rules(with_cards, async |s| {
        let ann = Member::new("42", "ann", &[OPERATORS]);
        ann.asks(s, "/power start db2").await;
        s.settle().await;
        cards(s).await;
        s.say("operator", "/power shutdown web1 web2 timeout=30s").await;
        s.settle().await;
        cards(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    -- discord: J-1: db2 (104) is running
      started by  ann
      task        <upid>
    -- matrix: J-1: db2 (104) is running
      started by  ann
      task        <upid>
    operator  /power shutdown web1 web2 timeout=30s
       warning: 2 jobs are queued
       The end of each is told here; /job cancel with its name stops one.
       job  what
       J-2  shutdown web1 (101)
       J-3  shutdown web2 (102)
       J-2: web1 (101) is stopped
       web1 (101) is stopped on pve2.
         started by  operator
         task        <upid>
       J-3: web2 (102) is stopped
       web2 (102) is stopped on pve3.
         started by  operator
         task        <upid>
    -- discord: J-2: web1 (101) is stopped
      started by  operator
      task        <upid>
    -- discord: J-3: web2 (102) is stopped
      started by  operator
      task        <upid>
    -- matrix: J-2: web1 (101) is stopped
      started by  operator
      task        <upid>
    -- matrix: J-3: web2 (102) is stopped
      started by  operator
      task        <upid>
    "#);
}

#[tokio::test]
async fn what_reads_or_is_refused_or_fails_is_no_card() {
    let story = on_both_by_rules(with_cards, async |s| {
        let ann = Member::new("42", "ann", &[VIEWERS]);
        for line in ["/guest list", "/power start db2", "/whoami zone=Europe/Warsaw", "/link"] {
            ann.asks(s, line).await;
        }
        s.ask("operator", "/power stop web1").await;
        s.ask("operator", "/power start nowhere").await;
        s.lab("pve2 fail=qmstart");
        s.say("operator", "/power start db2").await;
        s.settle().await;
        cards(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
        %  pve2 fail=qmstart
        operator  /power start db2
           warning: J-1 is queued: start db2 (104)
           Its end is told here; /job cancel J-1 stops it.
           failed: J-1 failed: start db2 (104)
           qmstart failed: exit code 1.
           It had been begun: /guest show tells how things are now. /job retry J-1 tries it again.
             started by  operator
        "#);
}

/// Several ask for the same at once: one job does it, the others find it done.
#[tokio::test]
async fn what_was_so_already_is_no_card() {
    on_both_by_rules(with_cards, async |s| {
        let members = ["51", "52", "53"].map(|subject| Member::new(subject, "ann", &[OPERATORS]));
        futures::future::join_all(members.iter().map(|m| m.asks(s, "/power start db2"))).await;
        s.settle().await;
        for surface in [Surface::Discord, Surface::Matrix] {
            let waiting = s.dispatch.waiting(surface).await.expect("the database answers");
            assert_eq!(waiting.iter().filter(|w| w.origin == ops(surface)).count(), 1, "{waiting:?}");
        }
    })
    .await;
}

/// The channel of cards that asked is told the end of the job, which says the same.
#[tokio::test]
async fn where_it_was_asked_for_there_is_no_card() {
    fn here() -> Rules {
        Rules { cards: vec![Origin { surface: Surface::Discord, channel: "story".to_owned() }], ..rules() }
    }
    on_both_by_rules(here, async |s| {
        let ann = Member::new("42", "ann", &[OPERATORS]);
        ann.asks(s, "/power start db2").await;
        s.settle().await;
        let waiting = s.dispatch.waiting(Surface::Discord).await.expect("the database answers");
        let ids: Vec<&str> = waiting.iter().map(|w| w.reply.id.as_str()).collect();
        assert_eq!(ids, ["J-1.end"]);
        assert_eq!(s.dispatch.waiting(Surface::Discord).await.expect("it answers").len(), 1, "until it was told");
    })
    .await;
}

/// A message that nobody can read does not keep the others waiting.
#[tokio::test]
async fn an_unreadable_message_is_left_out() {
    on_both_by_rules(rules, async |s| {
        let mut tx = s.dispatch.store.write().await.expect("the database answers");
        for reply in [json!({ "tone": "purple" }), json!({ "id": "J-7.end", "to": "viewer" })] {
            telling::put(&mut tx, &ops(Surface::Discord), "viewer", &reply, s.clock.now()).await.expect("kept");
        }
        tx.commit().await.expect("the database answers");
        s.ask("viewer", "/whoami zone=Europe/Warsaw").await;
        for _ in 0..2 {
            let waiting = s.dispatch.waiting(Surface::Discord).await.expect("the database answers");
            let told: Vec<_> = waiting.iter().map(|w| (w.reply.id.as_str(), w.reply.zone.as_str())).collect();
            assert_eq!(told, [("J-7.end", "Europe/Warsaw")]);
        }
    })
    .await;
}

#[tokio::test]
async fn one_process_leads_a_surface_until_its_time_is_over() {
    const LONG: Duration = Duration::from_secs(3600);
    on_both_by_rules(rules, async |s| {
        let lead = async |surface, holder, ttl| s.dispatch.lead(surface, holder, ttl).await.expect("it answers");
        let (first, second) = tokio::join!(lead(Surface::Discord, "a", LONG), lead(Surface::Discord, "b", LONG));
        assert!(first != second, "exactly one leads");
        let (leader, other) = if first { ("a", "b") } else { ("b", "a") };
        assert!(lead(Surface::Discord, leader, LONG).await, "it goes on");
        assert!(!lead(Surface::Discord, other, LONG).await);
        assert!(lead(Surface::Matrix, other, LONG).await, "another surface is another affair");
        s.note("its time ends at once");
        assert!(lead(Surface::Discord, leader, Duration::ZERO).await);
        assert!(lead(Surface::Discord, other, LONG).await);
        assert!(!lead(Surface::Discord, leader, LONG).await);
        s.note("only who leads can step down");
        s.dispatch.step_down(Surface::Discord, leader).await.expect("it answers");
        assert!(!lead(Surface::Discord, leader, LONG).await);
        s.dispatch.step_down(Surface::Discord, other).await.expect("it answers");
        assert!(lead(Surface::Discord, leader, LONG).await);
    })
    .await;
}

#[tokio::test]
async fn what_a_surface_keeps_outlives_a_start() {
    on_both_by_rules(rules, async |s| {
        let (discord, bot) = (Surface::Discord, &s.dispatch);
        assert_eq!(bot.kept(discord, "mirror").await.expect("it answers"), None);
        for (name, body) in [("job/J-2", json!(2)), ("job/J-1", json!(1)), ("mirror", json!({ "number": 7 }))] {
            bot.keep(discord, name, &body).await.expect("it answers");
        }
        bot.keep(discord, "job/J-1", &json!("anew")).await.expect("it answers");
        let jobs = bot.all_kept(discord, "job/").await.expect("it answers");
        assert_eq!(jobs, [("job/J-1".to_owned(), json!("anew")), ("job/J-2".to_owned(), json!(2))]);
        assert_eq!(bot.all_kept(Surface::Matrix, "").await.expect("it answers"), []);
        bot.forget(discord, "mirror").await.expect("it answers");
        assert_eq!(bot.kept(discord, "mirror").await.expect("it answers"), None);
    })
    .await;
}
