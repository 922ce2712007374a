//! Names that are markup elsewhere, and more of them than fit.

use super::{
    play::{Play, Scene, until},
    same::read,
};
use crate::scenarios::story::{PATIENCE, lab_settings};
use direttore_sim::Settings as SimSettings;
use fake_discord::{Choice, Message};
use serde_json::json;

/// What would call somebody, hide, or lead somewhere.
const EVIL: &str = "@everyone <@123> <@&5> `tick` ``two`` **b** __u__ ~~s~~ ||hidden|| [here](http://x.example) # <#7>";

/// What stands in code is as it is; elsewhere each sign of markup has a backslash before it.
fn assert_plain(message: &Message) {
    for embed in &message.embeds {
        for part in ["title", "description"] {
            let text = embed[part].as_str().unwrap_or_default();
            for (at, piece) in text.split("```").enumerate() {
                if at % 2 == 0 {
                    piece.lines().for_each(assert_line);
                }
            }
        }
    }
}

fn assert_line(line: &str) {
    let (mut chars, mut is_code, mut plain) = (line.chars(), false, String::new());
    while let Some(c) = chars.next() {
        match c {
            '\\' if !is_code => drop(chars.next()),
            '`' => is_code = !is_code,
            c if !is_code => plain.push(c),
            _ => {}
        }
    }
    assert!(!is_code, "a piece of code is left open: {line}");
    for sign in ["@", "<@", "<#", "||", "~~", "__", "](", "://"] {
        assert!(!plain.contains(sign), "{sign} is live in {line}");
    }
}

fn shown(message: &Message) -> String {
    let description = message.embeds.first().and_then(|e| e["description"].as_str()).unwrap_or_default();
    let title = message.embeds.first().and_then(|e| e["title"].as_str()).unwrap_or_default();
    format!("{title}\n{description}").lines().map(|line| read(line) + "\n").collect()
}

#[tokio::test]
async fn names_full_of_markup_are_text() {
    let play = async |p: &Play| {
        let quoted = EVIL.replace('`', "'");
        p.story.lab(&format!("guest 101 name={quoted}"));
        p.story.lab(&format!("netbox prefix 10.0.10.0/24 \"description={quoted}\""));
        p.story.look_at_netbox().await;
        until("the view has the name", async || {
            let view = p.story.cluster.refresh().await.expect("the lab answers");
            view.guest(101.try_into().expect("in range"))
                .is_some_and(|g| g.name.as_ref().is_some_and(|name| name.contains("everyone")))
        })
        .await;
        let find = format!("/guest list \"{}\"", &EVIL[..60]);
        let reason = format!("/power stop 101 reason=\"{EVIL}\"");
        let nobody = format!("/guest show \"{EVIL}\"");
        let lines = ["/guest show 101", "/guest list", "/ipam prefixes", "/power stop 101", &find, &reason, &nobody];
        for line in lines {
            for message in p.says("operator", line).await {
                assert_plain(&message);
                assert!(message.pinged().is_empty(), "{line}");
            }
        }
        let guest = p.says("operator", "/guest show 101").await;
        assert!(shown(&guest[0]).contains("@everyone <@123>"), "it is all there: {}", shown(&guest[0]));
        let refused = p.says("operator", &nobody).await;
        assert!(shown(&refused[0]).contains("@everyone <@123>"), "{}", shown(&refused[0]));
        let asked = p.says("operator", "/power stop 101").await;
        assert!(asked[0].buttons()[0].chars().count() <= 80, "{:?}", asked[0].buttons());
        // Its end is told in public.
        let yes = super::play::widget(&asked[0], "press:1:");
        let pressed = p.stage.seat("operator").click_on(asked[0].id, &yes).expect("it is there");
        p.answered(&pressed).await;
        p.story.settle().await;
        p.is_told().await;
        p.in_channel("lab").iter().for_each(assert_plain);
    };
    Scene::default().with_netbox().play(play).await;
}

#[tokio::test]
async fn a_user_called_like_markup_is_text() {
    let world = super::stage::world().member(EVIL, &["lab-operator"]);
    let play = async |p: &Play| {
        for line in ["/whoami", "/power start db2", "/guest show web1"] {
            p.says(EVIL, line).await.iter().for_each(assert_plain);
        }
        p.story.settle().await;
        p.is_told().await;
        p.in_channel("lab").iter().for_each(assert_plain);
    };
    Scene::default().with_roles().in_world(world).play(play).await;
}

fn assert_fits(choices: &[Choice]) {
    assert!(choices.len() <= 25, "{}", choices.len());
    for choice in choices {
        let value = choice.value.as_str().expect("a text").chars().count();
        assert!((1..=100).contains(&choice.name.chars().count()) && (1..=100).contains(&value), "{choice:?}");
    }
}

#[tokio::test]
async fn ten_thousand_guests_are_completed() {
    let large = SimSettings { nodes: 50, guests: 10_000, ..lab_settings() };
    let play = async |p: &Play| {
        let seen = async { while p.story.cluster.refresh().await.is_err() {} };
        tokio::time::timeout(PATIENCE, seen).await.expect("the lab answers at last");
        let seat = p.stage.seat("operator");
        let guest = p.says("operator", "/guest list page=300").await;
        assert!(guest[0].text().contains("page 300 of"), "{}", guest[0].text());
        for typed in ["", "1", "12", "web", "WEB", "pve4", "vm-", "no such guest", EVIL, "\"", "\\", "a b \" c", "\n"] {
            for (command, option) in [("guest show", "guest"), ("power stop", "guest"), ("guest list", "node")] {
                let given = [(option, json!(typed))];
                let asked = seat.autocomplete(command, &given, option).expect("it completes");
                assert_fits(&asked.choices().await);
            }
        }
        let typed = [("guest", json!("10"))];
        let all = seat.autocomplete("guest show", &typed, "guest").expect("it completes").choices().await;
        assert!(!all.is_empty(), "those that fit are found");
    };
    Scene::default().with_lab(large).play(play).await;
}

#[tokio::test]
async fn more_choices_than_a_select_holds_are_found_by_a_part() {
    let large = SimSettings { nodes: 50, guests: 10_000, ..lab_settings() };
    let play = async |p: &Play| {
        let seen = async { while p.story.cluster.refresh().await.is_err() {} };
        tokio::time::timeout(PATIENCE, seen).await.expect("the lab answers at last");
        let page = p.says("operator", "/provision vm").await;
        let options = |message: &Message| {
            let all = message.all_components();
            let id = |c: &serde_json::Value| c["custom_id"].as_str().is_some_and(|id| id.ends_with(":node"));
            let select = all.into_iter().find(|c| id(c)).expect("a select for nodes");
            let options = select["options"].as_array().expect("options").iter();
            let labels: Vec<String> = options.map(|o| o["label"].as_str().expect("a label").to_owned()).collect();
            (select["custom_id"].as_str().expect("an id").to_owned(), labels)
        };
        let (id, labels) = options(&page[0]);
        assert_eq!(labels.len(), 25);
        assert_eq!(labels[24], "26 more: find one by a part of it");
        let seat = p.stage.seat("operator");
        let opened = seat.select(&id, &[&labels[24]]).expect("it can be chosen");
        opened.answer().await;
        let modal = seat.sees_modal().await;
        assert_eq!(modal["title"], "Find");
        let sent = seat.submit_modal(&[("part", json!("pve4"))]).expect("a part");
        let found = p.answered(&sent).await;
        let (id, labels) = options(&found[0]);
        assert_eq!((found[0].id, labels.len()), (page[0].id, 11), "on the same message: {labels:?}");
        assert!(labels.iter().all(|label| label.starts_with("pve4")), "{labels:?}");
        let chosen = p.answered(&seat.select(&id, &["pve44"]).expect("it is offered")).await;
        assert!(shown(&chosen[0]).contains("pve44"), "{}", shown(&chosen[0]));
        p.clicks("operator", "Cancel").await;
    };
    Scene::default().with_lab(large).play(play).await;
}
