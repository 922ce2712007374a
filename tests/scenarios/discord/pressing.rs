//! Buttons: pressed by many at once, of a version that is gone, by somebody else, after the role is gone, after a restart.

use super::play::{CALLBACK, Play, Scene, widget};
use fake_discord::{AnswerKind, Fake, Handle, Id, permission};
use serde_json::json;

#[tokio::test]
async fn of_ten_presses_at_once_one_counts_and_all_are_answered() {
    let play = async |p: &Play| {
        let asked = p.says("operator", "/power stop web1").await;
        let (seat, yes) = (p.stage.seat("operator"), widget(&asked[0], "press:1:"));
        let press = |_| seat.click_on(asked[0].id, &yes).expect("the question is still there");
        let presses: Vec<Handle> = (0..10).map(press).collect();
        let mut late = 0;
        for press in &presses {
            let told = p.answered(press).await;
            assert_eq!(press.answer().await.kind, AnswerKind::DeferredUpdate);
            late += told.iter().filter(|m| m.text().contains("answered already")).count();
        }
        assert_eq!(late, 9, "each of the others hears so");
        p.story.settle().await;
        let stopped = p.story.sim.tasks().into_iter().filter(|t| format!("{t:?}").contains("qmstop")).count();
        assert_eq!(stopped, 1);
        let question = p.fake().message(asked[0].id).expect("it is there");
        assert!(question.text().contains("J-1 is queued") && question.buttons().is_empty(), "{}", question.text());
        p.is_told().await;
    };
    Scene::default().on_both().play(play).await;
}

/// A message of the bot with buttons as an older version, or a later one, made them.
async fn with_buttons(fake: &Fake, ids: &[&str]) -> Id {
    let button = |id: &&str| json!({"type": 2, "style": 2, "label": id, "custom_id": id});
    let body = json!({
        "content": "from another time",
        "components": [{"type": 1, "components": ids.iter().map(button).collect::<Vec<_>>()}],
    });
    let url = format!("{}/channels/{}/messages", fake.api_url(), fake.channel_id("lab"));
    let client = reqwest::Client::builder().user_agent("test").build().expect("a client");
    let request = client.post(url).header("authorization", format!("Bot {}", fake.token())).json(&body);
    let answer = request.send().await.expect("the fake answers");
    let answer: serde_json::Value = answer.json().await.expect("JSON");
    answer["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no message: {answer}"))
}

#[tokio::test]
async fn a_button_of_another_version_says_what_to_do() {
    let play = async |p: &Play| {
        let old = ["press:0:q1:Yes", "press:2:q1:Yes", "set:0:q1:node", "write:99:q1", "press:x:q1:Yes"];
        let unknown = ["press:1:q1", "jump:1:q1:Yes", "fill:1:q1", "write:1:q1:x", "hello"];
        for (ids, words) in [(old, "this form is from an older version of me; start again"), (unknown, "start again")] {
            let message = with_buttons(p.fake(), &ids).await;
            for id in ids {
                let pressed = p.stage.seat("operator").click_on(message, id).expect("it is there");
                let told = p.answered(&pressed).await;
                let answer = pressed.answer().await;
                assert!(answer.is_ephemeral(), "{id}");
                assert!(told[0].text().contains(words), "{id}: {}", told[0].text());
            }
            assert_eq!(p.fake().message(message).expect("it is there").content, "from another time");
        }
    };
    Scene::default().play(play).await;
}

/// Ids that look right and lead nowhere, in reach of anybody who can make a message.
#[tokio::test]
async fn a_made_up_question_is_refused() {
    let play = async |p: &Play| {
        let made_up =
            ["press:1:q999:Yes", "press:1:r1:Yes", "set:1:q-1:node", "write:1:q99999999999999999999", "press:1::"];
        let message = with_buttons(p.fake(), &made_up).await;
        for id in made_up {
            let pressed = p.stage.seat("operator").click_on(message, id).expect("it is there");
            let told = p.answered(&pressed).await;
            let last = told.last().expect("an answer");
            assert!(last.is_ephemeral() && last.text().starts_with("refused: "), "{id}: {}", last.text());
        }
    };
    Scene::default().play(play).await;
}

#[tokio::test]
async fn a_role_that_is_taken_away_before_the_press_counts_no_more() {
    let play = async |p: &Play| {
        let asked = p.says("operator", "/power stop web1").await;
        p.fake().set_roles("operator", &["lab-viewer"]);
        let told = p.clicks("operator", "Yes, stop web1 (101)").await;
        let refused = told.last().expect("an answer");
        assert!(refused.is_ephemeral() && refused.id != asked[0].id);
        let text = refused.text();
        assert!(text.contains("which the role operator has; you are viewer"), "{text}");
        let gives = format!("the discord role {} gives it", p.fake().role_id("lab-viewer"));
        assert!(text.contains(&gives), "{text}");
        p.fake().set_roles("operator", &[]);
        let told = p.clicks("operator", "Yes, stop web1 (101)").await;
        assert!(told.last().expect("an answer").text().contains("you have no role"));
        p.fake().set_roles("operator", &["lab-operator"]);
        let told = p.clicks("operator", "No").await;
        assert!(told[0].text().contains("cancelled"), "the question stayed open: {}", told[0].text());
        assert!(p.story.sim.tasks().is_empty());
    };
    Scene::default().with_roles().on_both().play(play).await;
}

/// Commands are the home guild's: nobody gets at them from elsewhere.
#[tokio::test]
async fn from_another_guild_or_alone_with_the_bot_nothing_can_be_said() {
    let world = super::stage::world().guild("elsewhere").channel("den").role("king", permission::ADMINISTRATOR);
    let play = async |p: &Play| {
        assert!(p.fake().user("operator").in_dm().slash("whoami", &[]).is_err());
        assert!(p.fake().user("mallory").in_channel("den").slash("whoami", &[]).is_err());
        assert!(p.fake().user("mallory").in_channel("lab").slash("whoami", &[]).is_err());
    };
    Scene::default().with_roles().in_world(world.member("mallory", &["king"])).play(play).await;
}

#[tokio::test]
async fn nobody_else_sees_a_question_or_turns_a_page() {
    let play = async |p: &Play| {
        let asked = p.says("operator", "/power stop web1").await;
        assert!(asked[0].is_ephemeral());
        assert!(p.stage.seat("admin").sees().is_empty());
        let yes = widget(&asked[0], "press:1:");
        assert!(p.stage.seat("admin").click_on(asked[0].id, &yes).is_err());
        let share = [("share", json!(true))];
        let list = p.stage.seat("operator").slash("guest list", &share).expect("it can be shared");
        let list = p.answered(&list).await.remove(0);
        assert!(!list.is_ephemeral() && list.text().contains("page 1 of"), "{}", list.text());
        let told = p.clicks("viewer", "Next").await;
        let refused = told.last().expect("an answer");
        assert!(refused.only_for == Some(p.fake().user_id("viewer")), "only who pressed hears of it");
        assert!(refused.text().contains("not-the-asker"), "{}", refused.text());
        let still = p.fake().message(list.id).expect("it is there");
        assert_eq!((still.text(), still.buttons()), (list.text(), list.buttons()), "nothing changed for the others");
        let turned = p.clicks("operator", "Next").await;
        assert!(turned[0].id == list.id && turned[0].text().contains("page 2 of"), "{}", turned[0].text());
    };
    Scene::default().play(play).await;
}

#[tokio::test]
async fn what_was_open_before_a_restart_still_works() {
    let play = async |p: &Play| {
        let seat = p.stage.seat("operator");
        let asked = p.says("operator", "/power stop web1").await;
        let page = p.says("operator", "/provision vm").await;
        let opened = seat.click_on(page[0].id, &widget(&page[0], "write:")).expect("it is there");
        assert_eq!(opened.answer().await.kind, AnswerKind::Modal);
        let again = p.restart().await;
        assert_eq!(p.fake().identified(), 2);
        let sent = seat.submit_modal(&[("node", json!("pve2"))]).expect("the modal is still on the screen");
        sent.answer().await;
        again.rest().await;
        let text = p.fake().message(page[0].id).expect("it is there").text();
        assert!(text.contains("Guest template"), "the next page: {text}");
        let pressed = seat.click_on(asked[0].id, &widget(&asked[0], "press:")).expect("it is there");
        pressed.answer().await;
        again.rest().await;
        let text = p.fake().message(asked[0].id).expect("it is there").text();
        assert!(text.contains("J-1 is queued: stop web1"), "{text}");
        p.story.settle().await;
        p.is_told().await;
        assert_eq!(p.asked("POST", CALLBACK).len(), 5, "each was acknowledged once");
        again.stop().await;
        assert_eq!((again.counts().unanswered, again.counts().unreadable), (0, 0));
    };
    Scene::default().with_netbox().on_both().play(play).await;
}
