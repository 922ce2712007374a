//! Accounts, as administrators' scripts look after them.

use super::{
    super::{calendars::program::Sidecar, story::on_both},
    program::{PASSWORD, Script},
};
use serde_json::json;

/// What the first direttore's README walks through.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_changed_and_ended() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let admin = Script::of(&sidecar, "admin").await;
        let made = admin
            .post("/api/users/", json!({ "username": "alice", "password": "secure1234", "role": "operator" }))
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        let alice = made.json();
        assert_eq!(
            (&alice["username"], &alice["role"], &alice["is_active"]),
            (&json!("alice"), &json!("operator"), &json!(true))
        );
        let path = format!("/api/users/{}", alice["id"]);
        let mut script = Script::nobody(&sidecar);
        assert_eq!(script.sign_in("alice", "secure1234").await.status, 200);
        assert_eq!(script.get("/api/users/").await.said(), "403 Requires one of: ['admin']");
        let list = admin.get("/api/users").await.json();
        let names: Vec<&str> = list.as_array().expect("a list").iter().filter_map(|u| u["username"].as_str()).collect();
        assert_eq!(names, ["admin", "operator", "viewer", "stranger", "alice"]);
        // A lower role counts at once, and what was signed in for under the higher one works no more.
        assert_eq!(admin.patch(&path, json!({ "role": "viewer" })).await.json()["role"], "viewer");
        assert_eq!(script.get("/api/auth/me").await.status, 401);
        assert_eq!(script.sign_in("alice", "secure1234").await.status, 200);
        assert_eq!(script.get("/api/auth/me").await.json()["role"], "viewer");
        let changed = admin.patch(&path, json!({ "password": "my-new-secure-password" })).await;
        assert_eq!(changed.status, 200);
        assert_eq!(script.get("/api/auth/me").await.said(), "401 Could not validate credentials");
        assert_eq!(script.renew().await.status, 401);
        assert_eq!(script.sign_in("alice", "secure1234").await.status, 401);
        assert_eq!(script.sign_in("alice", "my-new-secure-password").await.status, 200);
        assert_eq!(admin.patch(&path, json!({ "is_active": false })).await.json()["is_active"], false);
        assert_eq!(script.get("/api/auth/me").await.said(), "401 Could not validate credentials");
        assert_eq!(
            script.sign_in("alice", "my-new-secure-password").await.said(),
            "401 Incorrect username or password"
        );
        assert_eq!(admin.patch(&path, json!({ "is_active": true })).await.json()["is_active"], true);
        assert_eq!(script.get("/api/auth/me").await.status, 401, "what ended does not come back");
        assert_eq!(admin.patch(&path, json!({})).await.json()["username"], "alice");
        assert_eq!(admin.delete(&path).await.status, 204);
        assert_eq!(admin.delete(&path).await.said(), "404 User not found");
        story.ask("admin", "/user list").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_cannot_be() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let admin = Script::of(&sidecar, "admin").await;
        let long = "n".repeat(300);
        for (body, said) in [
            (json!({ "username": "Operator", "password": "secure1234" }), "409 Username already exists"),
            (json!({ "username": "bob", "password": "short" }), "422 body.password: Value error, password must be at least 8 characters"),
            (json!({ "username": "   ", "password": "secure1234" }), "422 body.username: Value error, username must not be blank"),
            (
                json!({ "username": long, "password": "secure1234" }),
                "422 body.username: Value error, username must be a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all",
            ),
            (json!({ "username": "bob\u{0}", "password": "secure1234" }), "422 body.username: Value error, control characters are not taken"),
            (json!({ "username": "bob", "password": "secure\u{0}1234" }), "422 body.password: Value error, control characters are not taken"),
            (json!({ "username": "bob", "password": 12_345_678 }), "422 body.password: Input should be a valid string"),
            (
                json!({ "role": "king" }),
                "422 body.username: Field required; body.password: Field required; body.role: Input should be 'admin', 'operator' or 'viewer'",
            ),
            (json!([]), "422 body: Input should be a valid dictionary or object to extract fields from"),
        ] {
            assert_eq!(admin.post("/api/users/", body.clone()).await.said(), said, "{body}");
        }
        let bad = admin.request("POST", "/api/users/").header("Content-Type", "application/json").body("{bad");
        assert!(Script::send(bad).await.said().starts_with("422 body."));
        let me = admin.get("/api/auth/me").await.json();
        let path = format!("/api/users/{}", me["id"]);
        for (body, said) in [
            (json!({ "role": "viewer" }), "409 the last administrator cannot be given a lower role"),
            (json!({ "is_active": false }), "409 the last administrator cannot be disabled"),
            (json!({ "password": "" }), "422 Password must be at least 8 characters"),
            (json!({ "is_active": "perhaps" }), "422 body.is_active: Input should be a valid boolean, unable to interpret input"),
        ] {
            assert_eq!(admin.patch(&path, body.clone()).await.said(), said, "{body}");
        }
        assert_eq!(admin.delete(&path).await.said(), "409 the last administrator cannot be deleted");
        // All of what is asked for, or nothing.
        let both = admin.patch(&path, json!({ "password": "another-one-1234", "role": "viewer" })).await;
        assert_eq!(both.status, 409);
        let mut script = Script::nobody(&sidecar);
        assert_eq!(script.sign_in("admin", PASSWORD).await.status, 200, "the password is as it was");
        assert_eq!(admin.patch("/api/users/999", json!({ "role": "admin" })).await.said(), "404 User not found");
        assert!(admin.patch("/api/users/abc", json!({})).await.said().starts_with("422 path.user_id: "));
        assert!(admin.delete("/api/users/99999999999999999999").await.said().starts_with("422 path.user_id: "));
        story.ask("admin", "/user list").await;
    })
    .await;
}
