//! What every answer has, whatever it says; and refusals that come before a route is asked, in the form of its half.

use super::{
    super::{calendars::program::Sidecar, story::on_sqlite},
    program::Script,
};
use direttore_http::ROUTES;

/// The name of a header, and what must be in it.
const ALWAYS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_browsers_must_not_do() {
    on_sqlite(async |story| {
        let sidecar = Sidecar::of(story).await;
        let nobody = Script::nobody(&sidecar);
        let others = [
            "/",
            "/nothing",
            "/healthz",
            "/readyz",
            "/metrics",
            "/calendar/none.ics",
            "/dav/",
            "/.well-known/caldav",
            "/principals/",
            "/discord/interactions",
            "/openapi.json",
            "/api/openapi.json",
            "/api/docs",
            "/api/docs/explorer.js",
            "/api/docs/swagger-ui-bundle.js",
            "/api/v1/nothing",
            "/api/users/%FF",
        ];
        let paths = ROUTES.iter().map(|(_, path)| path.replace(['{', '}', '*'], ""));
        for path in paths.chain(others.map(str::to_owned)) {
            for method in ["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "PROPFIND"] {
                let told = Script::send(nobody.request(method, &path)).await;
                assert!(told.status < 500, "{method} {path}: {told:?}");
                for (name, part) in ALWAYS {
                    assert!(told.header(name).contains(part), "{method} {path}: {name}: {told:?}");
                }
                assert!(!told.header("x-request-id").is_empty(), "{method} {path}: {told:?}");
            }
        }
        let preflight = nobody.request("OPTIONS", "/api/users/").header("Origin", "https://elsewhere.example");
        let told = Script::send(preflight.header("Access-Control-Request-Method", "POST")).await;
        assert_eq!((told.status, told.header("x-frame-options")), (400, "DENY"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_route_hears_is_refused_in_the_form_of_its_half() {
    on_sqlite(async |story| {
        let sidecar = Sidecar::of(story).await;
        let script = Script::of(&sidecar, "admin").await;
        let problem = async |method: &str, path: &str| {
            let told = Script::send(script.request(method, path)).await;
            assert_eq!(told.header("content-type"), "application/problem+json", "{told:?}");
            format!("{} {}", told.status, told.json()["code"].as_str().expect("a code"))
        };
        assert_eq!(problem("PUT", "/api/v1/commands").await, "405 no-such-method");
        assert_eq!(problem("GET", "/api/v1/plans/q1").await, "405 no-such-method");
        assert_eq!(problem("GET", "/api/v1/jobs/%FF").await, "400 unreadable-request");
        assert_eq!(problem("GET", "/api/v1/nothing").await, "404 no-such-path");
        for (method, path, status) in [("PUT", "/api/users/", 405), ("DELETE", "/api/users/%FF", 400)] {
            let told = Script::send(script.request(method, path)).await;
            assert_eq!((told.status, told.header("content-type")), (status, "application/json"), "{told:?}");
            assert!(told.json()["detail"].is_string(), "{told:?}");
        }
        // Blanks are no name.
        let blank = serde_json::json!({ "vmid": 990, "name": "  " });
        let told = script.post("/api/proxmox/nodes/pve1/vms", blank).await;
        assert_eq!(told.status, 422, "{told:?}");
    })
    .await;
}
