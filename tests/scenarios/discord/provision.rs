//! A guest made with nothing but a thumb: selects where there are choices, a modal for what is written.

use super::{
    same::{assert_same, choices, labels, of_discord, reply_id},
    stage::{Stage, world},
};
use crate::scenarios::{
    provision,
    story::{Story, on_a_new_database},
};
use direttore_core::{Rules, dispatch::What};
use fake_discord::{Fake, Message};
use serde_json::json;

/// The operator before the wizard's one message.
struct Thumb<'s> {
    stage: &'s Stage,
    page: Message,
}

impl Thumb<'_> {
    fn on(&self) -> String {
        reply_id(&self.page).expect("a page has widgets")
    }

    fn title(&self) -> String {
        of_discord(&self.page).join("\n")
    }

    /// Chooses the first that begins so; the page stays.
    async fn select(&mut self, key: &str, begins: &str) {
        let all = choices(&self.page, key);
        let value = all.iter().find(|c| c.starts_with(begins)).unwrap_or_else(|| panic!("{begins} among {all:?}"));
        let id = format!("set:1:{}:{key}", self.on());
        let handle = self.stage.seat("operator").select(&id, &[value]).expect("the select is there");
        let mut seen = self.stage.answered(&handle).await;
        let next = seen.remove(0);
        assert_eq!(next.id, self.page.id, "the wizard is one message");
        assert!(seen.is_empty());
        self.page = next;
        assert!(self.title().contains(&format!(" = {begins}")), "what is chosen stands there: {}", self.title());
    }

    async fn press(&mut self, label: &str) {
        let press = What::Press { on: self.on(), label: label.to_owned() };
        self.page = self.stage.hear("operator", press).await.remove(0);
    }

    async fn write(&mut self, values: &[(&str, &str)]) {
        let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.page = self.stage.hear("operator", What::Fill { on: self.on(), values }).await.remove(0);
    }
}

fn from_the_review(read: &[String]) -> &[String] {
    let at = read.iter().rposition(|line| line.starts_with("Step 5 of 6")).expect("a review");
    &read[at..]
}

#[tokio::test]
async fn a_container_by_selects_modals_and_buttons() {
    let Some(fake) = Fake::start(world()).await else { return };
    let console = on_a_new_database(async |store| {
        let story = Story::with_netbox(store, Rules::default()).await;
        provision::a_container_page_by_page_told(&story).await;
        let read = story.read();
        story.end().await;
        read
    })
    .await;
    let discord = on_a_new_database(async |store| {
        let story = Story::with_netbox(store, Rules::default()).await.on_discord(fake).await;
        let stage = story.stage();
        let page = stage.hear("operator", What::Say("/provision container".to_owned())).await.remove(0);
        assert!(page.is_ephemeral(), "a wizard is its asker's");
        let mut thumb = Thumb { stage, page };
        thumb.select("node", "pve2").await;
        thumb.press("Next").await;
        thumb.select("template", "alpine").await;
        thumb.press("Next").await;
        thumb.write(&[("name", "not a name")]).await;
        assert!(thumb.title().contains("wrong: "), "what is wrong is said: {}", thumb.title());
        // The modal has what was written, to be mended.
        let id = format!("write:1:{}", thumb.on());
        stage.seat("operator").click_on(thumb.page.id, &id).expect("the button is there").answer().await;
        let modal = stage.seat("operator").sees_modal().await;
        assert_eq!(modal["components"][0]["components"][0]["value"], json!("not a name"), "{modal}");
        stage.seat("operator").close_modal().expect("it is open");
        thumb.write(&[("name", "box1"), ("memory", "1G")]).await;
        while choices(&thumb.page, "ip").is_empty() {
            thumb.press("Next").await;
        }
        thumb.select("ip", "netbox:10.0.30.0/24").await;
        thumb.press("Next").await;
        thumb.select("ip6", "netbox:2001:db8:30::/64").await;
        thumb.press("Add").await;
        thumb.select("ip", "dhcp").await;
        while !labels(&thumb.page).contains(&"Create".to_owned()) {
            thumb.press("Next").await;
        }
        let mut read = of_discord(&thumb.page);
        thumb.press("Create").await;
        read.extend(of_discord(&thumb.page));
        let ends = story.settle_quietly().await;
        read.extend(ends.iter().flat_map(of_discord));
        story.end().await;
        read
    })
    .await;
    // At the console a part of the template's name was enough.
    let short = |line: &String| line.replace("template=alpine-3.22-default_20250617_amd64.tar.xz", "template=alpine");
    let discord: Vec<String> = discord.iter().map(short).collect();
    assert_same(from_the_review(&console), "Discord", from_the_review(&discord));
}
