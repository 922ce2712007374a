//! A second person's yes from another channel or room than the push was asked for in: whoever asked is told how it ends,
//! where they asked.

use super::{
    super::{
        discord::{
            play::{cards, widget},
            stage::{Stage, world},
        },
        matrix::{
            same::{body, labels},
            stage::{OPS, ROOM, user},
        },
        story::{Story, on_a_new_database},
    },
    MONDAY, runs,
};
use direttore_core::Rules;
use direttore_domain::{Origin, Surface};
use fake_discord::{Fake, Message};
use serde_json::json;

/// A push that waits for a second person's yes.
async fn asked(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("operator", "/device push sw2 template=vlan hold=5m reason=\"new DMZ\"").await;
    s.press("operator", "Yes").await;
}

fn only<T: std::fmt::Debug>(mut all: Vec<T>) -> T {
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

fn assert_asks(message: &Message) {
    let text = message.text();
    for words in ["P-1: operator asks to push vlan to sw2", "**reason**  new DMZ", "**hold**  5 min", "+   dmz {"] {
        assert!(text.contains(words), "no {words}: {text}");
    }
    assert_eq!(message.buttons(), ["Approve", "Reject"]);
    assert!(!message.is_ephemeral() && message.pinged().is_empty());
}

#[tokio::test]
async fn a_yes_in_the_operations_channel_of_discord() {
    let Some(fake) = Fake::start(world()).await else { return };
    on_a_new_database(async |store| {
        let rules = cards(&fake);
        let s = Story::with_switches(store, rules, |_| {}).await.on_discord(fake).await;
        let stage: &Stage = s.stage();
        asked(&s).await;
        let (here, there) = (only(stage.news("lab").await), only(stage.news("ops").await));
        assert_asks(&here);
        assert_asks(&there);
        let approve = |who: &str, channel: &str, on: &Message| {
            let seat = stage.fake.user(who).in_channel(channel);
            seat.click_on(on.id, &widget(on, "press:1:")).expect("it is there")
        };
        for (who, found) in [("admin", 1), ("operator", 0)] {
            let seat = stage.fake.user(who).in_channel("ops");
            let asked = seat.autocomplete("device approve", &[("push", json!("p"))], "push").expect("it completes");
            let choices = asked.choices().await;
            assert_eq!(choices.len(), found, "nobody says yes to their own: {choices:?}");
            assert!(choices.iter().all(|choice| choice.name.contains("vlan for sw2, by operator")), "{choices:?}");
        }
        let tagged = stage.seat("operator").autocomplete("device push", &[("tag", json!(""))], "tag");
        let tags = tagged.expect("it completes").choices().await;
        assert!(!tags.iter().any(|tag| tag.value == "web"), "tags of guests are none of devices: {tags:?}");
        let own = stage.answered(&approve("operator", "ops", &there)).await;
        assert!(only(own).text().contains("not-approver"));
        let queued = only(stage.answered(&approve("admin", "ops", &there)).await);
        let words = "Its end is told to **operator**, where it was asked for";
        assert!(queued.id == there.id && queued.text().contains(words), "{}", queued.text());
        let held = only(s.settle().await);
        assert!(held.title_plain().contains("vlan is live on sw2 and waits") && runs(&s, "sw2", "dmz"), "{held:?}");
        let lab = stage.fake.user("viewer").in_channel("lab").sees();
        assert_eq!(lab.iter().filter(|m| m.text().contains("vlan is live on sw2")).count(), 1, "{lab:#?}");
        let card = only(stage.news("ops").await);
        assert!(card.text().contains("vlan is live on sw2") && card.buttons().is_empty(), "{}", card.text());
        let late = stage.answered(&approve("admin", "lab", &here)).await;
        assert!(only(late).text().contains("admin said yes to it"));
        s.say("operator", "/device confirm sw2").await;
        s.settle().await;
        s.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_yes_in_the_operations_room_of_matrix() {
    on_a_new_database(async |store| {
        let cards = vec![Origin { surface: Surface::Matrix, channel: OPS.to_owned() }];
        let s = Story::with_switches(store, Rules { cards, ..Rules::default() }, |_| {}).await.on_matrix().await;
        let stage = s.rooms();
        asked(&s).await;
        let (here, there) = (only(stage.news(ROOM).await), only(stage.news(OPS).await));
        for message in [&here, &there] {
            let text = body(message);
            for words in ["P-1: operator asks to push vlan to sw2", "new DMZ", "5 min", "+   dmz {"] {
                assert!(text.contains(words), "no {words}: {text}");
            }
            assert_eq!(
                message.content["m.mentions"],
                json!({ "user_ids": [user("admin")] }),
                "who may say yes is called"
            );
            assert_eq!(message.content["msgtype"], json!("m.text"), "a notice would ring for nobody");
        }
        let own = stage.presses("operator", &there, "Approve").await;
        assert!(own.contains("not-approver"), "{own}");
        let queued = stage.presses("admin", &there, "Approve").await;
        assert!(queued.contains("Its end is told to operator, where it was asked for"), "{queued}");
        let held = only(s.settle().await);
        assert!(held.title_plain().contains("vlan is live on sw2 and waits") && runs(&s, "sw2", "dmz"), "{held:?}");
        let sent = stage.rooms.sent("m.room.message");
        let end = only(sent.iter().filter(|m| m.room == ROOM && body(m).contains("vlan is live on sw2")).collect());
        assert_eq!(end.content["m.mentions"], json!({ "user_ids": [user("operator")] }), "whoever asked is called");
        let card = only(stage.news(OPS).await);
        assert!(body(&card).contains("vlan is live on sw2") && labels(&card).is_empty(), "{}", body(&card));
        assert_eq!(card.content["m.mentions"], json!({}), "it rings for nobody");
        let late = stage.presses("admin", &here, "Approve").await;
        assert!(late.contains("admin said yes to it"), "{late}");
        s.say("operator", "/device confirm sw2").await;
        s.settle().await;
        s.end().await;
    })
    .await;
}
