//! Every route for everybody: who is let in, and who may do what.

use super::{
    super::{calendars::program::Sidecar, story::on_both},
    program::{PASSWORD, Script},
};
use direttore_http::ROUTES;
use serde_json::json;
use std::fmt::Write;

/// A token whose signature is left out, as some libraries once took.
fn unsigned(token: &str) -> String {
    // {"alg":"none","typ":"JWT"}
    let body = token.split('.').nth(1).unwrap_or_default();
    format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.")
}

/// With another first letter of its signature.
fn tampered(token: &str) -> String {
    let (body, signature) = token.rsplit_once('.').expect("a token");
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{body}.{other}{}", &signature[1..])
}

/// A path with nothing there, so that nothing is done.
fn filled(path: &str) -> String {
    [
        ("{from}", "netbox"),
        ("{name}", "nope"),
        ("{node}", "nope"),
        ("{vmid}", "999999"),
        ("{action}", "start"),
        ("{upid}", "nope"),
        ("{id}", "999999"),
    ]
    .iter()
    .fold(path.replace("{*path}", "power/start"), |path, (name, value)| path.replace(name, value))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_for_everybody() {
    let transcript = on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let admin = Script::of(&sidecar, "admin").await;
        let disabled = {
            let made = json!({ "username": "former", "password": PASSWORD, "role": "admin" });
            let id = admin.post("/api/users/", made).await.json()["id"].clone();
            let script = Script::of(&sidecar, "former").await;
            assert_eq!(admin.patch(&format!("/api/users/{id}"), json!({ "is_active": false })).await.status, 200);
            script
        };
        let with = |token: String| Script::with(&sidecar, token);
        let everybody = [
            ("nobody", Script::nobody(&sidecar)),
            ("garbage", with("abc".to_owned())),
            ("unsigned", with(unsigned(&admin.token))),
            ("tampered", with(tampered(&admin.token))),
            ("refresh", with(admin.refresh.clone())),
            ("disabled", disabled),
            ("stranger", Script::of(&sidecar, "stranger").await),
            ("viewer", Script::of(&sidecar, "viewer").await),
            ("operator", Script::of(&sidecar, "operator").await),
            ("by token", Script::by_token(story, &sidecar, "operator").await),
            ("admin", with(admin.token.clone())),
        ];
        let mut table = String::new();
        // What other systems post proves itself otherwise.
        let others = [("post", "/hooks/{from}/{name}")];
        for (method, path) in ROUTES.iter().chain(&others) {
            // It would end what the others are signed in by.
            if *path == "/api/auth/logout" {
                continue;
            }
            let mut row = format!("{method:<6} {path:<46}");
            for (who, script) in &everybody {
                let request = script.request(&method.to_uppercase(), &filled(path));
                let request = if *method == "get" { request } else { request.json(&json!({})) };
                let told = Script::send(request).await;
                write!(row, " {}", told.status).expect("a text");
                let headers = ["x-content-type-options", "content-security-policy", "cache-control"];
                assert!(
                    headers.iter().all(|name| !told.header(name).is_empty()),
                    "{method} {path} for {who}: {told:?}"
                );
            }
            table += row.as_str();
            table.push('\n');
        }
        let names: Vec<&str> = everybody.iter().map(|(name, _)| *name).collect();
        story.note(&format!("{}\n{}", names.join(", "), table.trim_end()));
    })
    .await;
    let table = transcript.split("-- ").last().unwrap_or_default();
    insta::assert_snapshot!(table, @r#"
    nobody, garbage, unsigned, tampered, refresh, disabled, stranger, viewer, operator, by token, admin
    post   /api/auth/token                                422 422 422 422 422 422 422 422 422 422 422
    post   /api/auth/refresh                              422 422 422 422 422 422 422 422 422 422 422
    get    /api/auth/me                                   401 401 401 401 401 401 200 200 200 200 200
    get    /api/auth/oidc/login                           404 404 404 404 404 404 404 404 404 404 404
    get    /api/auth/oidc/callback                        404 404 404 404 404 404 404 404 404 404 404
    get    /api/users                                     401 401 401 401 401 401 403 403 403 403 200
    post   /api/users                                     401 401 401 401 401 401 403 403 403 403 422
    get    /api/users/                                    401 401 401 401 401 401 403 403 403 403 200
    post   /api/users/                                    401 401 401 401 401 401 403 403 403 403 422
    patch  /api/users/{id}                                401 401 401 401 401 401 403 403 403 403 404
    delete /api/users/{id}                                401 401 401 401 401 401 403 403 403 403 404
    get    /api/proxmox/nodes                             401 401 401 401 401 401 403 200 200 200 200
    get    /api/proxmox/nodes/{node}/networks             401 401 401 401 401 401 403 404 404 404 404
    get    /api/proxmox/nodes/{node}/storage              401 401 401 401 401 401 403 404 404 404 404
    get    /api/proxmox/nodes/{node}/templates            401 401 401 401 401 401 403 404 404 404 404
    get    /api/proxmox/nodes/{node}/vms                  401 401 401 401 401 401 403 404 404 404 404
    post   /api/proxmox/nodes/{node}/vms                  401 401 401 401 401 401 403 403 422 422 422
    post   /api/proxmox/nodes/{node}/vms/{vmid}/{action}  401 401 401 401 401 401 403 403 404 404 404
    get    /api/proxmox/nodes/{node}/lxc                  401 401 401 401 401 401 403 404 404 404 404
    post   /api/proxmox/nodes/{node}/lxc                  401 401 401 401 401 401 403 403 422 422 422
    post   /api/proxmox/nodes/{node}/lxc/{vmid}/{action}  401 401 401 401 401 401 403 403 404 404 404
    get    /api/proxmox/tasks/{node}/{upid}               401 401 401 401 401 401 403 404 404 404 404
    get    /api/inventory/netbox-status                   401 401 401 401 401 401 403 200 200 200 200
    get    /api/inventory/devices                         401 401 401 401 401 401 403 503 503 503 503
    get    /api/inventory/ip-addresses                    401 401 401 401 401 401 403 503 503 503 503
    get    /api/inventory/prefixes                        401 401 401 401 401 401 403 503 503 503 503
    post   /api/inventory/prefixes/{id}/allocate          401 401 401 401 401 401 403 403 503 503 503
    get    /api/inventory/vlans                           401 401 401 401 401 401 403 503 503 503 503
    get    /api/reservations                              401 401 401 401 401 401 403 200 200 200 200
    post   /api/reservations                              401 401 401 401 401 401 403 403 422 422 422
    get    /api/reservations/                             401 401 401 401 401 401 403 200 200 200 200
    post   /api/reservations/                             401 401 401 401 401 401 403 403 422 422 422
    get    /api/reservations/export/ical                  401 401 401 401 401 401 403 200 200 200 200
    get    /api/reservations/{id}                         401 401 401 401 401 401 403 404 404 404 404
    patch  /api/reservations/{id}                         401 401 401 401 401 401 403 403 404 404 404
    delete /api/reservations/{id}                         401 401 401 401 401 401 403 403 404 404 404
    get    /api/v1/commands                               401 401 401 401 401 401 200 200 200 200 200
    get    /api/v1/commands/{*path}                       401 401 401 401 401 401 200 200 200 200 200
    post   /api/v1/commands/{*path}                       401 401 401 401 401 401 403 403 422 422 422
    delete /api/v1/plans/{id}                             401 401 401 401 401 401 410 410 410 410 410
    post   /api/v1/plans/{id}/confirm                     401 401 401 401 401 401 410 410 410 410 410
    get    /api/v1/jobs/{id}                              401 401 401 401 401 401 403 404 404 404 404
    post   /hooks/{from}/{name}                           401 401 401 401 401 401 401 401 401 401 401
    "#);
}
