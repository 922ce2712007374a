//! A name and a password become tokens, and how long those work.

use super::{
    super::{calendars::program::Sidecar, story::on_both},
    program::{PASSWORD, Script},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_password_become_tokens() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let mut script = Script::nobody(&sidecar);
        assert_eq!(script.get("/api/auth/me").await.said(), "401 Not authenticated");
        let told = script.sign_in("operator", PASSWORD).await;
        assert_eq!((told.status, told.header("cache-control")), (200, "no-store"));
        assert_eq!(told.json()["token_type"], "bearer");
        let me = script.get("/api/auth/me").await.json();
        assert_eq!((&me["username"], &me["role"]), (&json!("operator"), &json!("operator")));
        assert_eq!(me["permissions"].as_array().map(Vec::len), Some(6));
        let told = script.sign_in("  OPERATOR ", PASSWORD).await;
        assert_eq!(told.status, 200, "however it is capitalised");
        // A refresh token opens nothing, and an access token refreshes nothing.
        let access = script.token.clone();
        script.token = script.refresh.clone();
        assert_eq!(script.get("/api/auth/me").await.said(), "401 Could not validate credentials");
        let refused = script.post("/api/auth/refresh", json!({ "refresh_token": access })).await;
        assert_eq!(refused.said(), "401 Invalid or expired refresh token");
        assert_eq!(refused.header("www-authenticate"), "");
        let api = Script::by_token(story, &sidecar, "viewer").await;
        assert_eq!(api.get("/api/auth/me").await.json()["username"], "viewer");
        story.ask("viewer", "/token revoke script").await;
        assert_eq!(api.get("/api/auth/me").await.status, 401, "revoked, and refused at once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_wrong_learns_nothing_and_waits() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let mut script = Script::nobody(&sidecar);
        let long = "x".repeat(20_000);
        for (name, password) in [
            ("operator", "wrong"),
            ("nobody-at-all", PASSWORD),
            ("", ""),
            ("no name\u{0}", "a\u{0}b"),
            ("operator", "a\u{0}b"),
            ("stranger", "wrong"),
        ] {
            let told = script.sign_in(name, password).await;
            assert_eq!(told.said(), "401 Incorrect username or password", "{name:?}");
            assert_eq!(told.header("www-authenticate"), "Bearer");
        }
        assert_eq!(script.sign_in("operator", &long).await.status, 413);
        let told = Script::send(script.request("POST", "/api/auth/token").json(&json!({ "username": "x" }))).await;
        assert_eq!(told.said(), "422 body.username: Field required; body.password: Field required");
        let form = [("username", "operator"), ("password", PASSWORD), ("grant_type", "client_credentials")];
        let told = Script::send(script.request("POST", "/api/auth/token").form(&form)).await;
        assert!(told.said().starts_with("422 body.grant_type: "), "{}", told.said());
        // As the viewer, from here, until it is enough; the others still come in.
        for _ in 0..10 {
            assert_eq!(script.sign_in("viewer", "wrong").await.status, 401);
        }
        let told = script.sign_in("viewer", PASSWORD).await;
        assert_eq!(told.said(), "429 Too many failed attempts; try again later");
        let wait: u64 = told.header("retry-after").parse().expect("seconds");
        assert!((1..=31).contains(&wait), "{wait}");
        assert_eq!(script.sign_in("admin", PASSWORD).await.status, 200);
        story.ask("admin", "/audit what=sign-in").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_used_once_and_a_copy_ends_the_session() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let mut script = Script::of(&sidecar, "operator").await;
        let (first, other) = (script.refresh.clone(), Script::of(&sidecar, "operator").await);
        assert_eq!(script.renew().await.status, 200);
        assert_eq!(script.get("/api/auth/me").await.status, 200);
        let copied = script.post("/api/auth/refresh", json!({ "refresh_token": first })).await;
        assert_eq!(copied.said(), "401 Invalid or expired refresh token");
        assert_eq!(script.get("/api/auth/me").await.status, 401, "nobody knows who the thief is");
        assert_eq!(script.renew().await.status, 401);
        assert_eq!(other.get("/api/auth/me").await.status, 200, "another session goes on");
        assert_eq!(Script::send(other.request("POST", "/api/auth/logout")).await.status, 204);
        assert_eq!(other.get("/api/auth/me").await.status, 401);
        let missing = script.post("/api/auth/refresh", json!({})).await;
        assert_eq!(missing.said(), "422 body.refresh_token: Field required");
        for bad in [json!(7), json!("a.b.c"), json!(null)] {
            let told = script.post("/api/auth/refresh", json!({ "refresh_token": bad })).await;
            assert!(matches!(told.status, 401 | 422), "{}", told.said());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_ask_only_where_they_may() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let script = Script::nobody(&sidecar);
        let preflight = async |origin: &str| {
            let request = script.request("OPTIONS", "/api/users/").header("Origin", origin);
            Script::send(request.header("Access-Control-Request-Method", "POST")).await
        };
        let allowed = preflight("https://lab.example").await;
        assert_eq!((allowed.status, allowed.text.as_str()), (200, "OK"));
        assert_eq!(allowed.header("access-control-allow-origin"), "https://lab.example");
        assert_eq!(allowed.header("access-control-allow-credentials"), "true");
        let refused = preflight("https://elsewhere.example").await;
        assert_eq!((refused.status, refused.text.as_str()), (400, "Disallowed CORS origin"));
        assert_eq!(refused.header("access-control-allow-origin"), "");
        let request = script.request("GET", "/api/auth/me").header("Origin", "https://lab.example");
        let told = Script::send(request).await;
        assert_eq!((told.status, told.header("access-control-allow-origin")), (401, "https://lab.example"));
        assert_eq!(Script::send(script.request("PUT", "/api/auth/me")).await.said(), "405 Method Not Allowed");
        assert_eq!(script.get("/api/nothing").await.said(), "404 Not Found");
    })
    .await;
}
