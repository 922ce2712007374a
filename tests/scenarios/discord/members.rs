//! Who somebody is: an account at first use by a role of the guild, and another surface's by a code.

use super::play::{Play, Scene, until};
use direttore_store::account;

async fn accounts(p: &Play) -> Vec<String> {
    let mut tx = p.dispatch().store.read().await.expect("the database answers");
    let all = account::list(&mut tx).await.expect("the database answers");
    all.into_iter().map(|account| account.name.to_string()).collect()
}

#[tokio::test]
async fn whom_a_role_lets_in_gets_an_account_and_a_stranger_none() {
    let world = super::stage::world().member("ann", &["lab-operator", "lab-viewer"]);
    let play = async |p: &Play| {
        let told = p.says("ann", "/whoami").await;
        let text = told[0].text();
        assert!(told[0].is_ephemeral(), "who somebody is here is their own affair");
        let because = format!("the discord role {} gives it", p.fake().role_id("lab-operator"));
        assert!(text.contains("you are ann, operator") && text.contains(&because), "{text}");
        p.says("ann", "/whoami").await;
        for line in ["/guest list", "/lab status", "/lab status live", "/power start db2", "/ipam prefixes"] {
            let told = p.says("stranger", line).await;
            let text = told[0].text();
            assert!(told[0].is_ephemeral() && text.contains("refused: this needs the permission"), "{line}: {text}");
            let role = if line.starts_with("/power") { "operator" } else { "viewer" };
            assert!(text.contains(&format!("which the role {role} has; you have no role")), "{line}: {text}");
            assert!(text.contains("an administrator can change that"), "{line}: {text}");
        }
        assert_eq!(accounts(p).await, ["admin", "ann", "operator", "stranger", "viewer"], "once each, and no stranger");
        assert!(p.in_channel("lab").is_empty(), "nobody else saw any of it");
    };
    Scene::default().with_roles().in_world(world).on_both().play(play).await;
}

/// The name of an account that exists is not a way into it.
#[tokio::test]
async fn a_name_that_is_taken_gets_another_form() {
    let play = async |p: &Play| {
        let text = p.says("admin", "/whoami").await[0].text();
        assert!(text.contains("you are admin\\-2, admin") || text.contains("you are admin-2, admin"), "{text}");
    };
    Scene::default().with_roles().play(play).await;
}

#[tokio::test]
async fn a_code_of_the_console_makes_them_one_person() {
    let play = async |p: &Play| {
        let shown = p.story.say("operator", "/link").await;
        let title = shown[0].title_plain();
        let code = title.strip_prefix("your code is ").expect("a code").to_owned();
        let told = p.says("stranger", &format!("/link {code}")).await;
        assert!(told[0].is_ephemeral() && told[0].text().contains("is operator from now on"), "{}", told[0].text());
        let text = p.says("stranger", "/whoami").await[0].text();
        assert!(text.contains("you are operator, operator"), "{text}");
        let again = p.says("viewer", &format!("/link {code}")).await;
        assert!(again[0].text().contains("this code does not work"), "{}", again[0].text());
        // And from here to there.
        let told = p.says("stranger", "/link").await;
        assert!(told[0].is_ephemeral() && told[0].text().contains("your code is"), "{}", told[0].text());
        assert!(p.in_channel("lab").is_empty() && p.in_channel("audit").iter().all(|m| !m.content.contains(&code)));
        p.dispatch().flush().await;
        until("nothing is at work", async || p.dispatch().settle("lab", Default::default()).await.is_empty()).await;
    };
    Scene::default().with_roles().on_both().play(play).await;
}
