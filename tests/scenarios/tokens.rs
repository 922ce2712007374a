//! Tokens: made, shown once, taken back; their secrets stand nowhere else.

use super::story::{Story, on_both};
use direttore_reply::Reply;
use direttore_store::audit;
use insta::assert_snapshot;
use std::time::Duration;

/// The secret that a reply shows.
fn secret(replies: &[Reply]) -> String {
    let shown = replies[0].to_json();
    let fields = shown["fields"].as_array().expect("it has fields");
    let field = fields.iter().find(|field| field["name"] == "secret").expect("the secret is shown");
    field["value"].as_str().expect("text").to_owned()
}

pub async fn tokens_are_made_and_taken_back_told(s: &Story) {
    s.say("viewer", "/token list").await;
    s.say("viewer", "/token new caldav phone").await;
    s.note("the same name, a bad one, an unknown kind");
    s.say("viewer", "/token new api phone").await;
    s.say("viewer", "/token new caldav Phone").await;
    s.say("viewer", "/token new feed mine").await;
    s.say("viewer", "/token new api script days=30").await;
    s.say("viewer", "/token list").await;
    s.note("whose they are");
    s.say("operator", "/token revoke phone").await;
    s.say("stranger", "/token new caldav phone").await;
    s.say("viewer", "/token revoke phon").await;
    s.say("viewer", "/token revoke phone").await;
    s.say("viewer", "/token list").await;
}

#[tokio::test]
async fn tokens_are_made_and_taken_back() {
    let story = on_both(tokens_are_made_and_taken_back_told).await;
    assert_snapshot!(story, @r#"
    viewer  /token list
       you have no token here
       /token new caldav phone makes one, for a calendar program.
    viewer  /token new caldav phone
       token phone works
       In the calendar program the user is viewer, the password is the secret. What becomes of what it books is told here.
       It is shown only now; /token revoke phone takes it back.
         secret  <secret>
         kind    caldav
    -- the same name, a bad one, an unknown kind
    viewer  /token new api phone
       refused: token phone exists already (exists-already)
    viewer  /token new caldav Phone
       refused: name: "Phone" is no token name (bad-value)
       right would be a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all
    viewer  /token new feed mine
       refused: kind: "feed" is none of the values possible (unknown-value)
       there are api and caldav
    viewer  /token new api script days=30
       token script works
       It is shown only now; /token revoke script takes it back.
         secret       <secret>
         kind         api
         works until  <time>
    viewer  /token list
       2 tokens
       name    kind    since                 used  until
       phone   caldav  <time>
       script  api     <time>        <time>
    -- whose they are
    operator  /token revoke phone
       refused: there is no token "phone" (no-such-token)
    stranger  /token new caldav phone
       refused: this needs the permission own, which the role viewer has; you have no role (not-allowed)
       account stranger has no role; an administrator can change that (/user role)
    viewer  /token revoke phon
       refused: there is no token "phon" (no-such-token)
       did you mean phone?
    viewer  /token revoke phone
       token phone is revoked
       Whatever program used it is let in no more.
         kind  caldav
    viewer  /token list
       1 token
       name    kind  since                 used  until
       script  api   <time>        <time>
    "#);
}

/// Who knows the secret is let in as the account; it is in no other reply and in no log, also when it is said by mistake.
pub async fn a_secret_is_shown_once_told(s: &Story) {
    let secret = secret(&s.ask("operator", "/token new caldav phone").await);
    let letters = secret.replace('-', "");
    let mut told = String::new();
    for line in ["/token list".to_owned(), format!("/token revoke {secret}"), format!("/tokn {secret}"), secret.clone()]
    {
        s.ask("operator", &line).await;
    }
    for line in ["/audit", "/audit page=2", "/job list"] {
        for reply in s.ask("admin", line).await {
            told += reply.to_json().to_string().as_str();
        }
    }
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    let filter = audit::Filter { who: None, what: None, since: None, limit: 100, offset: 0 };
    let (rows, _) = audit::list(&mut tx, filter).await.expect("it can be read");
    told += format!("{rows:?}").as_str();
    assert!(!told.contains(&secret) && !told.contains(&letters), "it stands somewhere: {told}");
    let made = rows.iter().find(|row| row.entry.what == "token new").expect("it is written down");
    assert_eq!(made.entry.detail["secret_revealed"], true);
    assert_eq!(made.entry.target, "token phone of operator");
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    on_both(a_secret_is_shown_once_told).await;
}

pub async fn a_token_lets_in_as_long_as_it_works_told(s: &Story) {
    let secret = secret(&s.ask("operator", "/token new caldav phone days=2").await);
    let enters = async |secret: &str| s.dispatch.enter_calendars(secret).await.expect("the database answers");
    let bearer = enters(&secret).await.expect("it works");
    assert_eq!((bearer.account.name.as_str(), bearer.token.as_str()), ("operator", "phone"));
    assert!(enters(&secret.to_uppercase()).await.is_some(), "as somebody types it");
    assert!(enters("").await.is_none() && enters(&secret[1..]).await.is_none());
    s.note("a disabled account's does not, and no other kind");
    s.say("admin", "/user disable operator").await;
    s.press("admin", "Yes").await;
    assert!(enters(&secret).await.is_none());
    s.say("admin", "/user disable operator off=true").await;
    s.press("admin", "Yes").await;
    let api = self::secret(&s.ask("operator", "/token new api script").await);
    assert!(enters(&api).await.is_none());
    s.note("until its time is over");
    assert!(enters(&secret).await.is_some());
    s.clock.advance(Duration::from_secs(2 * 24 * 3600));
    assert!(enters(&secret).await.is_none());
}

#[tokio::test]
async fn a_token_lets_in_as_long_as_it_works() {
    on_both(a_token_lets_in_as_long_as_it_works_told).await;
}
