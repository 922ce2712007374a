//! Feeds: links for calendar programs, made, shown once, taken back; and what programs get by them.

mod programs;

use super::story::{Story, on_both, on_both_by_rules};
use direttore_core::Rules;
use direttore_reply::Reply;
use direttore_store::audit;
use insta::assert_snapshot;

pub(super) fn at_an_address() -> Rules {
    Rules { public_url: Some("https://lab.example/bot".to_owned()), ..Rules::default() }
}

/// The secret that is in the address that a reply shows.
pub(super) fn secret(replies: &[Reply]) -> String {
    let shown = replies[0].to_json();
    let fields = shown["fields"].as_array().expect("it has fields");
    let address = fields.iter().find(|field| field["name"] == "address").expect("the address is shown");
    let address = address["value"].as_str().expect("text");
    let secret = address.strip_prefix("https://lab.example/bot/calendar/").and_then(|a| a.strip_suffix(".ics"));
    secret.unwrap_or_else(|| panic!("{address} is not where it is served")).to_owned()
}

pub async fn links_are_made_and_taken_back_told(s: &Story) {
    s.say("viewer", "/reserve feed").await;
    s.note("later it lists what there is");
    s.say("viewer", "/reserve feed").await;
    s.press("viewer", "New link").await;
    s.say("viewer", "/reserve feed pve1").await;
    s.say("viewer", "/reserve feed all").await;
    s.say("viewer", "/reserve feed what=node:lab/pve1").await;
    s.note("one by its button, one by a line, and what is not there");
    s.press("viewer", "Revoke").await;
    s.say("viewer", "/reserve feed all revoke").await;
    s.say("viewer", "/reserve feed all revoke").await;
    s.say("viewer", "/reserve feed").await;
    s.note("it is a token like others");
    s.say("viewer", "/token list").await;
    s.note("what cannot be meant, and who may not");
    s.say("viewer", "/reserve feed pve1 all").await;
    s.say("viewer", "/reserve feed new revoke").await;
    s.say("viewer", "/reserve feed nosuch").await;
    s.say("stranger", "/reserve feed").await;
    s.say("operator", "/reserve feed revoke").await;
}

#[tokio::test]
async fn links_are_made_and_taken_back() {
    let story = on_both_by_rules(at_an_address, links_are_made_and_taken_back_told).await;
    assert_snapshot!(story, @r#"
    viewer  /reserve feed
       a link for your reservations
       A calendar program that subscribes to it shows them and asks again by itself. Whoever has the link sees them too.
       It is shown only now; /reserve feed revoke takes it back.
         address       https://lab.example/bot/calendar/<secret>.ics
         to subscribe  webcal://lab.example/bot/calendar/<secret>.ics
       [Revoke]
    -- later it lists what there is
    viewer  /reserve feed
       1 feed
       A link is shown once, when it is made; /reserve feed new makes another for your reservations.
       of                 since                 used
       your reservations  <time>
       [New link] [Revoke]
    viewer  [New link]
       a new link for your reservations
       A calendar program that subscribes to it shows them and asks again by itself. Whoever has the link sees them too.
       The old link shows nothing any more.
       It is shown only now; /reserve feed revoke takes it back.
         address       https://lab.example/bot/calendar/<secret>.ics
         to subscribe  webcal://lab.example/bot/calendar/<secret>.ics
       [Revoke]
    viewer  /reserve feed pve1
       a link for what is reserved of pve1
       A calendar program that subscribes to it shows them and asks again by itself. Whoever has the link sees them too.
       It is shown only now; /reserve feed node:lab/pve1 revoke takes it back.
         address       https://lab.example/bot/calendar/<secret>.ics
         to subscribe  webcal://lab.example/bot/calendar/<secret>.ics
       [Revoke]
    viewer  /reserve feed all
       a link for all reservations
       A calendar program that subscribes to it shows them and asks again by itself. Whoever has the link sees them too.
       It is shown only now; /reserve feed all revoke takes it back.
         address       https://lab.example/bot/calendar/<secret>.ics
         to subscribe  webcal://lab.example/bot/calendar/<secret>.ics
       [Revoke]
    viewer  /reserve feed what=node:lab/pve1
       3 feeds
       A link is shown once, when it is made; /reserve feed node:lab/pve1 new makes another for what is reserved of pve1.
       of                        since                 used
       all reservations          <time>
       your reservations         <time>
       what is reserved of pve1  <time>
       [New link] [Revoke]
    -- one by its button, one by a line, and what is not there
    viewer  [Revoke]
       the link for what is reserved of pve1 is revoked
       Calendar programs that ask by it get nothing from now on.
    viewer  /reserve feed all revoke
       the link for all reservations is revoked
       Calendar programs that ask by it get nothing from now on.
    viewer  /reserve feed all revoke
       refused: there is no feed of "all reservations" (no-such-thing)
    viewer  /reserve feed
       1 feed
       A link is shown once, when it is made; /reserve feed new makes another for your reservations.
       of                 since                 used
       your reservations  <time>
       [New link] [Revoke]
    -- it is a token like others
    viewer  /token list
       1 token
       name       kind  since                 used  until
       feed-mine  feed  <time>
    -- what cannot be meant, and who may not
    viewer  /reserve feed pve1 all
       refused: a feed cannot be both: what and all exclude each other (wrong-state)
    viewer  /reserve feed new revoke
       refused: a link cannot be both: new and revoke exclude each other (wrong-state)
    viewer  /reserve feed nosuch
       refused: there is no resource "nosuch" (no-such-resource)
       there are pve1, pve2 and pve3
    stranger  /reserve feed
       refused: this needs the permission view, which the role viewer has; you have no role (not-allowed)
       account stranger has no role; an administrator can change that (/user role)
    operator  /reserve feed revoke
       refused: there is no feed of "your reservations" (no-such-thing)
    "#);
}

#[tokio::test]
async fn without_an_address_there_are_none() {
    let story = on_both(async |s| {
        s.say("operator", "/reserve feed").await;
        s.say("operator", "/reserve feed revoke").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve feed
       refused: an address for calendar feeds is not set up here (not-set-up)
       an administrator sets http.public_url in the configuration
    operator  /reserve feed revoke
       refused: there is no feed of "your reservations" (no-such-thing)
    "#);
}

/// It is in no other reply and in no row; that it was shown is.
#[tokio::test]
async fn a_link_is_shown_once() {
    on_both_by_rules(at_an_address, async |s| {
        let secret = secret(&s.ask("operator", "/reserve feed").await);
        let mut told = String::new();
        for line in ["/reserve feed", "/reserve feed pve2", "/reserve feed revoke", "/token list"] {
            told += s.ask("operator", line).await[0].to_json().to_string().as_str();
        }
        for line in ["/audit", "/audit page=2"] {
            told += s.ask("admin", line).await[0].to_json().to_string().as_str();
        }
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let filter = audit::Filter { who: None, what: Some("reserve"), since: None, limit: 100, offset: 0 };
        let (rows, _) = audit::list(&mut tx, filter).await.expect("it can be read");
        told += format!("{rows:?}").as_str();
        assert!(!told.contains(&secret) && !told.contains(&secret.replace('-', "")), "it stands somewhere: {told}");
        let revealed = |target: &str| {
            let row = rows.iter().rfind(|row| row.entry.target == target).expect("it is written down");
            row.entry.detail["secret_revealed"].clone()
        };
        assert_eq!(revealed("feed mine of operator"), true);
        assert_eq!(revealed("feed node/lab/pve2 of operator"), true);
    })
    .await;
}

/// Whose grants do not reach what it would show gets no link to nothing.
#[tokio::test]
async fn who_may_not_list_gets_no_link() {
    let story = on_both_by_rules(at_an_address, async |s| {
        s.ask("admin", r#"/grant add operator nodes=pve2 commands="reserve *""#).await;
        s.say("operator", "/reserve feed pve1").await;
        s.say("operator", "/reserve feed pve2").await;
        s.ask("admin", r#"/grant add viewer commands="reserve feed""#).await;
        s.say("viewer", "/reserve feed").await;
    })
    .await;
    assert_snapshot!(story, @r"
    operator  /reserve feed pve1
       refused: your grants do not cover /reserve feed on node pve1 (not-granted)
       they cover only nodes=pve2 commands=reserve *; an administrator can change that (/grant add)
    operator  /reserve feed pve2
       a link for what is reserved of pve2
       A calendar program that subscribes to it shows them and asks again by itself. Whoever has the link sees them too.
       It is shown only now; /reserve feed node:lab/pve2 revoke takes it back.
         address       https://lab.example/bot/calendar/<secret>.ics
         to subscribe  webcal://lab.example/bot/calendar/<secret>.ics
       [Revoke]
    viewer  /reserve feed
       refused: your grants do not cover /reserve list (not-granted)
       they cover only commands=reserve feed; an administrator can change that (/grant add)
    ");
}
