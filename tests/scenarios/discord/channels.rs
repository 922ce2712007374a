//! The channels that are told without asking: cards of what was changed, and the mirrored audit log.

use super::{
    log,
    play::{POST, Play, Scene, cards, until},
};
use direttore_discord::Settings;
use direttore_domain::Surface;
use direttore_store::audit::{self, Key};
use fake_discord::{Fake, Fault, Request, permission};
use std::collections::BTreeMap;

/// How often each job has a card.
fn counted(p: &Play) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for card in p.in_channel("ops") {
        let text = card.text();
        let (job, _) = text.split_once(':').unwrap_or_else(|| panic!("no job in {text}"));
        *counted.entry(job.to_owned()).or_default() += 1;
    }
    counted
}

fn once_each(jobs: usize) -> BTreeMap<String, usize> {
    (1..=jobs).map(|number| (format!("J-{number}"), 1)).collect()
}

const BAD: [Fault; 6] = [
    Fault::Status(500),
    Fault::DropAfter,
    Fault::TooMany { retry_after: 0.2 },
    Fault::DropBefore,
    Fault::TooManyGlobal { retry_after: 0.2 },
    Fault::Status(503),
];

#[tokio::test]
async fn each_change_is_one_card_whatever_happens_to_it() {
    let play = async |p: &Play| {
        for (number, fault) in BAD.into_iter().enumerate() {
            p.fake().fault("POST", POST, fault.clone(), 1);
            p.says("operator", &format!("/snapshot create web1 s{number}")).await;
            p.story.settle().await;
            p.is_told().await;
            assert_eq!(counted(p), once_each(number + 1), "{fault:?}");
        }
        assert!(p.in_channel("ops").iter().all(|card| card.components.is_empty() && !card.is_ephemeral()));
        p.says("operator", "/guest list").await;
        p.says("operator", "/power stop web1").await;
        p.clicks("operator", "No").await;
        p.is_told().await;
        assert_eq!(p.in_channel("ops").len(), BAD.len(), "what changes nothing is no card");
    };
    Scene::default().by_rules(cards).on_both().play(play).await;
}

/// Many at once, while Discord is away for some of them.
#[tokio::test]
async fn of_many_changes_at_once_none_is_lost_or_doubled() {
    let play = async |p: &Play| {
        for fault in [Fault::Status(502), Fault::DropAfter, Fault::DropBefore, Fault::DropAfter] {
            p.fake().fault("POST", POST, fault, 2);
        }
        p.says("operator", "/power shutdown web1 web2").await;
        p.says("operator", "/power start db2").await;
        for guest in ["api1", "bastion", "alice-dev"] {
            p.says("operator", &format!("/snapshot create {guest} monday")).await;
        }
        p.story.settle().await;
        p.is_told().await;
        assert_eq!(counted(p), once_each(6));
    };
    Scene::default().by_rules(cards).play(play).await;
}

/// The process ended between telling and noting that it was told.
#[tokio::test]
async fn a_card_that_was_told_before_a_restart_is_not_told_again() {
    let play = async |p: &Play| {
        p.fake().fault("POST", POST, Fault::DropAfter, 1);
        p.fake().fault("POST", POST, Fault::Hold, 1);
        p.says("operator", "/power start db2").await;
        p.story.settle().await;
        let posts = |all: &[Request]| all.iter().filter(|r| r.route == POST).count() == 2;
        p.fake().until_requests(posts).await;
        let again = p.restart().await;
        p.fake().release();
        p.is_told().await;
        assert_eq!(counted(p), once_each(1));
        again.stop().await;
    };
    Scene::default().by_rules(cards).on_both().play(play).await;
}

fn mirrored(fake: &Fake, settings: &mut Settings) {
    settings.audit_channel = Some(fake.channel_id("audit"));
}

/// The mirror begins with what comes after this.
async fn begun(p: &Play) -> i64 {
    let kept = async || p.dispatch().kept(Surface::Discord, "mirror").await.expect("the database answers");
    until("it has begun", async || kept().await.is_some()).await;
    p.dispatch().newest_logged().await.expect("the database answers")
}

/// Seals what was logged so far, as a sealer would.
async fn seal(p: &Play) {
    p.dispatch().flush().await;
    let key = Key::new(b"a key of these tests").expect("it is long enough");
    audit::seal(&p.dispatch().store, &key, "test").await.expect("the database answers");
}

/// All rows after a number: who, and with what outcome.
async fn logged(p: &Play, since: i64) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), since);
    loop {
        let rows = p.dispatch().logged_after(after).await.expect("the database answers");
        let Some((last, _)) = rows.last() else { return all };
        after = *last;
        all.extend(rows.into_iter().map(|(_, row)| row.entry.who + " " + row.entry.outcome.as_str()));
    }
}

/// What the channel has of each, in its order: `<t:1767225600:T> `operator` `/power stop web1` done `web1 (101)``.
fn lines(p: &Play) -> Vec<String> {
    let messages = p.in_channel("audit");
    assert!(messages.iter().all(|m| m.content.chars().count() <= 2000 && m.embeds.is_empty()));
    let lines = messages.iter().flat_map(|m| m.content.lines());
    let read = |line: &str| {
        let parts: Vec<&str> = line.split('`').collect();
        assert!(line.starts_with("<t:") && parts.len() % 2 == 1 && parts.len() >= 5, "{line}");
        format!("{} {}", parts[1], parts[4].trim())
    };
    lines.map(read).collect()
}

/// Everything that was logged is there, once and in its order.
async fn is_mirrored(p: &Play, since: i64) {
    seal(p).await;
    let wanted = logged(p, since).await;
    until("all of it is there", async || lines(p).len() >= wanted.len()).await;
    assert_eq!(lines(p), wanted);
}

#[tokio::test]
async fn each_row_of_the_log_is_mirrored_once() {
    let play = async |p: &Play| {
        let since = begun(p).await;
        for (number, fault) in BAD.into_iter().enumerate() {
            p.fake().fault("POST", POST, fault, 1);
            for _ in 0..3 {
                p.says("operator", "/whoami").await;
                p.says("stranger", "/guest list").await;
            }
            p.says("operator", &format!("/snapshot create web1 s{number}")).await;
            // What comes while the first message is in doubt is not put into it.
            seal(p).await;
            p.says("operator", "/power start nobody").await;
            is_mirrored(p, since).await;
        }
        let (rows, messages) = (lines(p).len(), p.in_channel("audit").len());
        assert!(rows > 40 && messages < rows / 2, "{rows} rows in {messages} messages");
        p.story.settle().await;
        is_mirrored(p, since).await;
    };
    Scene::default().set(mirrored).on_both().play(play).await;
}

/// The message is there, its answer was lost, and the process with it; meanwhile there is more to say.
#[tokio::test]
async fn the_mirror_goes_on_where_it_was_after_a_restart() {
    let play = async |p: &Play| {
        let since = begun(p).await;
        p.fake().fault("POST", POST, Fault::DropAfter, 1);
        p.fake().fault("POST", POST, Fault::Hold, 1);
        p.says("operator", "/whoami").await;
        p.says("viewer", "/whoami").await;
        seal(p).await;
        let posts = |all: &[Request]| all.iter().filter(|r| r.route == POST).count() == 2;
        p.fake().until_requests(posts).await;
        p.says("operator", "/guest list").await;
        seal(p).await;
        let again = p.restart().await;
        p.fake().release();
        is_mirrored(p, since).await;
        p.says("operator", "/guest list").await;
        is_mirrored(p, since).await;
        again.stop().await;
    };
    Scene::default().set(mirrored).on_both().play(play).await;
}

#[tokio::test]
async fn long_rows_and_markup_fit_and_call_nobody() {
    let play = async |p: &Play| {
        let since = begun(p).await;
        let evil = "@everyone <@123> `x` ``` ||y|| [a](http://b.example) ".repeat(5);
        for number in 0..30 {
            p.says("operator", &format!("/guest list \"{}\"", &evil[..90 + number % 10])).await;
            p.says("operator", &format!("/power start web1 reason=\"{}\"", &evil[..240 + number % 10])).await;
        }
        is_mirrored(p, since).await;
        let messages = p.in_channel("audit");
        assert!(messages.len() > 3 && messages.iter().all(|m| m.pinged().is_empty()));
        for line in messages.iter().flat_map(|m| m.content.lines()) {
            // Outside of code there is nothing of it.
            let plain: String = line.split('`').step_by(2).collect();
            assert!(!plain.contains('@') && !plain.contains("||") && !plain.contains("]("), "{line}");
        }
    };
    Scene::default().set(mirrored).play(play).await;
}

/// A channel that the bot cannot post in holds up nothing else, and is caught up with.
#[tokio::test]
async fn without_its_channel_the_mirror_waits() {
    let play = async |p: &Play| {
        let since = begun(p).await;
        p.fake().permit_bot("audit", 0);
        p.says("operator", "/whoami").await;
        seal(p).await;
        p.until_answered("POST", POST, 403, 1).await;
        log::says("the audit log is not mirrored: Discord refused: Missing Access").await;
        p.says("operator", "/power start db2").await;
        p.story.settle().await;
        p.is_told().await;
        p.fake().permit_bot("audit", permission::EVERYONE);
        is_mirrored(p, since).await;
    };
    Scene::default().set(mirrored).play(play).await;
}
