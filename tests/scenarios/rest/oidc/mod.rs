//! Sign-in by an identity provider: who is let in, as whom, for how long, and who is not.

mod provider;

use super::{
    super::{
        calendars::program::Sidecar,
        peers::{fresh, lab_settings},
        story::{Story, both},
    },
    program::Script,
};
use direttore_core::Rules;
use direttore_store::{audit, session};
use provider::{Browser, Idp, link_code, refused};
use serde_json::{Value, json};

/// A story on both databases, in a lab that trusts a provider.
async fn trusting(idp: &Idp, tell: impl AsyncFn(&Story)) {
    both(async |store| Story::with_all(store, lab_settings(), fresh(), None, idp.rules()).await, tell).await;
}

fn person(subject: &str, name: &str, groups: &[&str]) -> Value {
    json!({ "sub": subject, "preferred_username": name, "groups": groups })
}

/// What stands in the audit log of sign-ins and links: newest first, without the issuer.
async fn noted(story: &Story, idp: &Idp, what: &str) -> Vec<String> {
    story.dispatch.flush().await;
    let mut tx = story.dispatch.store.read().await.expect("a transaction");
    let filter = audit::Filter { who: None, what: Some(what), since: None, limit: 50, offset: 0 };
    let (rows, _) = audit::list(&mut tx, filter).await.expect("read");
    let line = |row: &audit::AuditRow| {
        let entry = &row.entry;
        let line = format!("{} {} {} {} {}", entry.who, entry.identity, entry.line, entry.outcome, entry.detail);
        line.replace(&idp.url, "<issuer>").split(r#","request""#).next().unwrap_or_default().to_owned()
    };
    rows.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_give_roles() {
    let idp = Idp::start().await;
    trusting(&idp, async |story| {
        let sidecar = Sidecar::of(story).await;
        let mut alice = Browser::of(&sidecar);
        let told = alice.signs_in(&idp, "", person("1", "Alice", &["lab-admins", "others"])).await;
        assert_eq!((told.status, told.json().get("return_to")), (200, None), "{told:?}");
        assert_eq!((told.json()["token_type"].as_str(), &*alice.me().await), (Some("bearer"), "alice is admin"));
        assert_eq!(alice.script.get("/api/users").await.status, 200, "what administrators may");
        // Whoever is called so says nothing about who it is, and another name changes nothing.
        let mut again = Browser::of(&sidecar);
        assert_eq!(again.signs_in(&idp, "?return_to=/docs%3Fa=b", person("1", "Eve", &["guests"])).await.status, 200);
        assert_eq!(again.me().await, "alice is viewer");
        assert_eq!(again.script.get("/api/users").await.status, 403);
        assert_eq!(alice.me().await, "alice is admin", "as that sign-in said");
        let mut bob = Browser::of(&sidecar);
        let told = bob.signs_in(&idp, "?return_to=/docs", person("2", "bob", &["lab", "guests"])).await;
        assert_eq!((told.status, told.json()["return_to"].as_str()), (200, Some("/docs")));
        assert_eq!(bob.me().await, "bob is operator");
        let why = bob.script.post("/api/v1/commands/whoami", json!({})).await.text;
        assert!(why.contains("the group of the identity provider lab gives it"), "{why}");
        // One group, told as a text.
        let mut carol = Browser::of(&sidecar);
        let claims = json!({ "sub": "3", "preferred_username": "carol", "groups": "guests" });
        assert_eq!(carol.signs_in(&idp, "", claims).await.status, 200);
        assert_eq!(carol.me().await, "carol is viewer");
        let log = noted(story, &idp, "sign-in").await;
        assert_eq!(
            log[0],
            r#"carol http:<issuer> 3 (sign-in by the identity provider) done {"issuer":"<issuer>","group":"guests""#
        );
        let links = noted(story, &idp, "link").await;
        assert_eq!(links[2], r#"alice http:<issuer> 1 (first use) done {"issuer":"<issuer>""#);
        assert_eq!(links.len(), 3);
        let all = format!("{log:?}{links:?}");
        assert!(!all.contains("code=") && !all.contains("eyJ"), "{all}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_renewed_until_what_was_said_is_too_old() {
    let idp = Idp::start().await;
    trusting(&idp, async |story| {
        let sidecar = Sidecar::of(story).await;
        let mut alice = Browser::of(&sidecar);
        alice.signs_in(&idp, "", person("1", "alice", &["lab"])).await;
        let mut browser = Browser::of(&sidecar);
        browser.script.sign_in("admin", super::program::PASSWORD).await;
        let expires = async |id: i64| {
            let mut tx = story.dispatch.store.read().await.expect("a transaction");
            let found = session::find(&mut tx, id, direttore_core::Clock::wall()).await.expect("read");
            found.expect("it works").expires
        };
        let first = expires(1).await;
        let of_password = expires(2).await;
        for _ in 0..3 {
            assert_eq!(alice.script.renew().await.status, 200);
            assert_eq!(alice.me().await, "alice is operator");
        }
        assert_eq!(expires(1).await, first, "however often it is renewed");
        while expires(2).await == of_password {
            assert_eq!(browser.script.renew().await.status, 200);
        }
        assert_eq!(Script::send(alice.script.request("POST", "/api/auth/logout")).await.status, 204);
        assert_eq!(alice.me().await, "401 Could not validate credentials");
        assert_eq!(alice.script.renew().await.status, 401);
        // Who is disabled is out at once, and comes in no more.
        alice.signs_in(&idp, "", person("1", "alice", &["lab"])).await;
        let me = alice.script.get("/api/auth/me").await.json()["id"].clone();
        let admin = Script::of(&sidecar, "admin").await;
        assert_eq!(admin.patch(&format!("/api/users/{me}"), json!({ "is_active": false })).await.status, 200);
        assert_eq!(alice.me().await, "401 Could not validate credentials");
        assert_eq!(alice.script.renew().await.status, 401);
        let told = alice.signs_in(&idp, "", person("1", "alice", &["lab-admins"])).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused(&told), @r#"
            403 account-disabled: "the account alice is disabled: an administrator can enable it (/user disable alice off=true)"
            "#);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_why() {
    let idp = Idp::start().await;
    trusting(&idp, async |story| {
        let sidecar = Sidecar::of(story).await;
        let mut browser = Browser::of(&sidecar);
        let mut all = Vec::new();
        for claims in [
            person("10", "dave", &[]),
            person("10", "dave", &["others"]),
            json!({ "sub": "10", "preferred_username": "dave" }),
            json!({ "sub": "10", "preferred_username": "dave", "groups": { "lab": true } }),
            json!({ "sub": "10", "groups": ["lab"] }),
            // Accounts that are there, and one that the configuration speaks of.
            person("11", "operator", &["lab-admins"]),
            person("12", " ADMIN", &["guests"]),
            person("13", "boss", &["guests"]),
            json!({ "sub": "14", "preferred_username": "dave", "groups": ["lab"], "nonce": "another" }),
            json!({ "sub": "14", "preferred_username": "dave", "groups": ["lab"], "aud": "another" }),
        ] {
            all.push(refused(&browser.signs_in(&idp, "", claims).await));
        }
        insta::allow_duplicates! {
            insta::assert_snapshot!(all.join("\n"), @r#"
            403 no-role: "dave has no role here: none of the groups that the identity provider tells gives a role (oidc.roles); an administrator can change that"
            403 no-role: "dave has no role here: none of the groups that the identity provider tells gives a role (oidc.roles); an administrator can change that"
            403 no-role: "dave has no role here: none of the groups that the identity provider tells gives a role (oidc.roles); an administrator can change that"
            403 no-role: "dave has no role here: none of the groups that the identity provider tells gives a role (oidc.roles); an administrator can change that"
            502 upstream-error: "the identity provider refused: it says no preferred_username of the person (oidc.name_claim)"
            409 not-linked: "the account name operator is somebody's here already, and this sign-in is not linked to it: say /link where you have that account, and begin at /api/auth/oidc/login?link= with its code; if it is not yours, an administrator can help"
            409 not-linked: "the account name admin is somebody's here already, and this sign-in is not linked to it: say /link where you have that account, and begin at /api/auth/oidc/login?link= with its code; if it is not yours, an administrator can help"
            409 not-linked: "the account name boss is somebody's here already, and this sign-in is not linked to it: say /link where you have that account, and begin at /api/auth/oidc/login?link= with its code; if it is not yours, an administrator can help"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            502 upstream-garbage: "the identity provider answered with something that is no answer: the ID token is not accepted: Invalid audiences: must contain `direttore` (found audiences: `another`)"
            "#);
        }
        let mut tx = story.dispatch.store.read().await.expect("a transaction");
        let accounts = direttore_store::account::list(&mut tx).await.expect("read");
        assert_eq!(accounts.len(), 4, "no account was made");
        drop(tx);
        let log = noted(story, &idp, "sign-in").await;
        assert_eq!(log.len(), all.len());
        assert_eq!(
            log[4],
            r#"operator http:<issuer> 11 (sign-in by the identity provider) refused {"code":"not-linked","issuer":"<issuer>""#
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_browser_that_began_comes_back_and_once() {
    let idp = Idp::start().await;
    trusting(&idp, async |story| {
        let sidecar = Sidecar::of(story).await;
        let (mut alice, mut eve) = (Browser::of(&sidecar), Browser::of(&sidecar));
        let claims = || person("1", "alice", &["lab"]);
        let path = idp.signs_in(&alice.begins("").await, claims());
        eve.begins("").await;
        let mut all = vec![refused(&eve.comes_back(&path).await), refused(&Browser::of(&sidecar).comes_back(&path).await)];
        assert_eq!(alice.comes_back(&path).await.status, 200, "what others tried took nothing away");
        all.push(refused(&alice.comes_back(&path).await));
        // A code of somebody else's, put into one's own sign-in.
        let theirs = idp.signs_in(&alice.begins("").await, claims());
        let code = theirs.split("code=").nth(1).expect("a code");
        let own = idp.signs_in(&eve.begins("").await, claims());
        let mixed = format!("{}code={code}", own.split("code=").next().expect("a state"));
        all.push(refused(&eve.comes_back(&mixed).await));
        let state = |url: &str| url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("one").to_owned();
        for query in ["error=access_denied&error_description=no", "error=%1b[2J", "code=", "", "code=unknown",
            "code=x&iss=https://other.example"]
        {
            let url = eve.begins("").await;
            all.push(refused(&eve.comes_back(&format!("/api/auth/oidc/callback?state={}&{query}", state(&url))).await));
        }
        all.push(refused(&eve.comes_back("/api/auth/oidc/callback").await));
        insta::allow_duplicates! {
            insta::assert_snapshot!(all.join("\n"), @r#"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            403 sign-in-denied: "the identity provider did not let you in: access_denied: begin again at /api/auth/oidc/login"
            403 sign-in-denied: "the identity provider did not let you in: \\u{1b}[2J: begin again at /api/auth/oidc/login"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            400 wrong-sign-in: "this sign-in was not begun in this browser, was used already, or is older than ten minutes: begin again at /api/auth/oidc/login"
            "#);
        }
        assert_eq!(alice.script.get("/api/auth/me").await.status, 401);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_makes_it_the_same_person() {
    let idp = Idp::start().await;
    trusting(&idp, async |story| {
        let sidecar = Sidecar::of(story).await;
        let mut browser = Browser::of(&sidecar);
        let code = link_code(story, "operator").await;
        let claims = || person("11", "operator", &["guests"]);
        let told = Script::send(
            browser.script.request("GET", &format!("/api/auth/oidc/login?link={code}")).header("Sec-Fetch-Site", "cross-site"),
        )
        .await;
        let mut all = vec![refused(&told)];
        let told = browser.script.get("/api/auth/oidc/login?link=nonsense").await;
        all.push(refused(&told));
        assert_eq!(browser.signs_in(&idp, &format!("?link={code}"), claims()).await.status, 200);
        assert_eq!(browser.me().await, "operator is operator", "its own role is the higher one");
        // The code is used; the link stays.
        all.push(refused(&browser.signs_in(&idp, &format!("?link={code}"), claims()).await));
        assert_eq!(browser.signs_in(&idp, "", person("11", "x", &[])).await.status, 200);
        assert_eq!(browser.me().await, "operator is operator");
        // It is somebody already, and becomes nobody else by an address that was opened.
        let code = link_code(story, "viewer").await;
        all.push(refused(&browser.signs_in(&idp, &format!("?link={code}"), claims()).await));
        let mut other = Browser::of(&sidecar);
        let code = link_code(story, "stranger").await;
        all.push(refused(&other.signs_in(&idp, &format!("?link={code}"), person("20", "y", &[])).await));
        insta::allow_duplicates! {
            insta::assert_snapshot!(all.join("\n"), @r#"
            403 other-site: "a code of /link is not taken from another site's page: open the address yourself"
            422 wrong-code: "this code does not work: each works once and for ten minutes; /link where you have your account makes another"
            422 wrong-code: "this code does not work: each works once and for ten minutes; /link where you have your account makes another"
            409 wrong-state: "this sign-in cannot be linked: it is account operator's already; sign in without the code, say /link there, and its code elsewhere"
            403 no-role: "stranger has no role here: the account has none, and none of the groups that the identity provider tells gives one; an administrator can change that"
            "#);
        }
        let links = noted(story, &idp, "link").await;
        let linked = links.iter().filter(|line| line.contains("(linked)")).count();
        assert_eq!(linked, 1, "{links:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_elsewhere_or_fills_the_database() {
    let idp = Idp::start().await;
    trusting(&idp, async |story| {
        let sidecar = Sidecar::of(story).await;
        let mut browser = Browser::of(&sidecar);
        for evil in ["//evil.example", "https://evil.example", "/%5Cevil.example", "/a%0d%0aSet-Cookie:x=y"] {
            let told = browser.script.get(&format!("/api/auth/oidc/login?return_to={evil}")).await;
            assert!(refused(&told).starts_with("422 bad-value: "), "{evil}: {told:?}");
            assert_eq!(told.header("set-cookie"), "");
        }
        for _ in 0..30 {
            browser.begins("").await;
        }
        let told = browser.script.get("/api/auth/oidc/login").await;
        assert!(refused(&told).starts_with("429 too-often: "), "{told:?}");
        let wait: u64 = told.header("retry-after").parse().expect("seconds");
        assert!((1..=21).contains(&wait), "{wait}");
    })
    .await;
    let nobody = idp.rules();
    drop(idp);
    // The provider is away; everything else goes on.
    let rules = std::sync::Mutex::new(Some(nobody));
    super::super::story::on_a_new_database(async |store| {
        let rules = rules.lock().expect("nobody panicked").take().expect("once");
        let story = Story::with_all(store, lab_settings(), fresh(), None, rules).await;
        let sidecar = Sidecar::of(&story).await;
        let told = Script::nobody(&sidecar).get("/api/auth/oidc/login").await;
        assert!(refused(&told).starts_with("502 unreachable: "), "{told:?}");
        assert_eq!(Script::of(&sidecar, "viewer").await.get("/api/auth/me").await.status, 200);
        story.end().await
    })
    .await;
    super::super::story::on_a_new_database(async |store| {
        let story = Story::with_all(store, lab_settings(), fresh(), None, Rules::default()).await;
        let sidecar = Sidecar::of(&story).await;
        for path in ["/api/auth/oidc/login", "/api/auth/oidc/callback"] {
            let told = Script::nobody(&sidecar).get(path).await;
            assert!(refused(&told).starts_with("404 not-set-up: "), "{told:?}");
        }
        story.end().await
    })
    .await;
}
