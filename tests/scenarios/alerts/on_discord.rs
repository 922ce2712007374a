//! The channel's message on Discord: one, edited in place, with buttons that anybody may press who may.

use super::*;
use crate::scenarios::discord::play::{POST, Play, Scene};
use fake_discord::{Fake, Fault, Message};

fn in_ops(fake: &Fake) -> Rules {
    let channel = Some(Origin { surface: Surface::Discord, channel: fake.channel_id("ops").to_string() });
    Rules { alerts: Alerts { channel, ..Alerts::default() }, hooks: hooks(), ..Rules::default() }
}

async fn posts(p: &Play, alerts: &[Value]) {
    let body = of_alertmanager(alerts).to_string();
    let posted = post_to(p.dispatch(), "alertmanager", body.as_bytes()).await;
    assert_eq!(posted, Posted::Accepted);
}

/// The only message in the channel, once everything is told.
async fn only(p: &Play) -> Message {
    p.is_told().await;
    let mut all = p.in_channel("ops");
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

async fn later(p: &Play) {
    p.passes(PACE);
    p.dispatch().do_alerts().await.expect("the database answers");
}

#[tokio::test]
async fn one_message_is_edited_until_all_is_over() {
    let play = async |p: &Play| {
        let at = p.story.clock.now();
        let one = |is_firing, node| alert(is_firing, "NodeDown", node, at);
        p.fake().fault("POST", POST, Fault::DropAfter, 1);
        posts(p, &[one(true, "pve1")]).await;
        let first = only(p).await;
        assert!(first.text().contains("1 fires, critical") && first.pinged().is_empty(), "{}", first.text());
        later(p).await;
        posts(p, &[one(true, "pve2")]).await;
        let second = only(p).await;
        assert!(second.id == first.id && second.text().contains("2 fire"), "{}", second.text());
        let seat = p.fake().user("viewer").in_channel("ops");
        let pressed = seat.click_on(first.id, &ack(&second)).expect("it is there");
        let told = p.answered(&pressed).await;
        assert!(told.iter().any(|m| m.is_ephemeral() && m.text().contains("not-allowed")), "{told:#?}");
        let seat = p.fake().user("operator").in_channel("ops");
        let pressed = seat.click_on(first.id, &ack(&second)).expect("it is there still");
        let told = p.answered(&pressed).await;
        assert!(told.iter().any(|m| m.is_ephemeral() && m.text().contains("you look after")), "{told:#?}");
        later(p).await;
        let third = only(p).await;
        assert!(third.id == first.id && third.text().contains("acknowledged by **operator**"), "{}", third.text());
        later(p).await;
        posts(p, &[one(false, "pve1"), one(false, "pve2")]).await;
        let last = only(p).await;
        assert!(last.id == first.id && last.text().contains("resolved"), "{}", last.text());
        assert!(last.buttons().is_empty());
        later(p).await;
        posts(p, &[alert(true, "NodeDown", "pve1", p.story.clock.now())]).await;
        p.is_told().await;
        assert_eq!(p.in_channel("ops").len(), 2, "a later one is another message");
    };
    Scene::default().by_rules(in_ops).on_both().play(play).await;
}

fn ack(message: &Message) -> String {
    let all = message.all_components();
    let ids = all.iter().filter_map(|c| c["custom_id"].as_str());
    let found = ids.into_iter().find(|id| id.ends_with(":Acknowledge")).map(str::to_owned);
    found.unwrap_or_else(|| panic!("no button on {}", message.text()))
}

#[tokio::test]
async fn a_message_that_was_deleted_is_posted_anew_also_by_another_process() {
    let play = async |p: &Play| {
        let at = p.story.clock.now();
        posts(p, &[alert(true, "NodeDown", "pve1", at)]).await;
        let first = only(p).await;
        p.fake().delete_message(first.id);
        let discord = p.restart().await;
        later(p).await;
        posts(p, &[alert(true, "NodeDown", "pve2", at)]).await;
        let second = only(p).await;
        assert!(second.id != first.id && second.text().contains("2 fire"), "{}", second.text());
        later(p).await;
        posts(p, &[alert(false, "NodeDown", "pve2", at)]).await;
        let third = only(p).await;
        assert!(third.id == second.id && third.text().contains("1 fires"), "{}", third.text());
        discord.stop().await;
    };
    Scene::default().by_rules(in_ops).play(play).await;
}
