//! Who is let in, and who is not.

use super::{
    super::story::on_both,
    program::{Program, Sidecar, on},
};

const HOME: &str = "/dav/cal/operator/";

#[tokio::test]
async fn without_a_login_one_is_asked_for() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = Program::of(s, &sidecar, "operator", "phone").await;
        for path in ["/", "/dav/", "/principals/", HOME, "/dav/cal/nobody/", "/dav/nowhere/"] {
            let told = Program::send(program.request("PROPFIND", path)).await;
            assert_eq!(
                (told.status, told.header("www-authenticate")),
                (401, "Basic realm=\"direttore\", charset=\"UTF-8\"")
            );
        }
        let wrong = "aaaaaaa-bbbbbbb-ccccccc-ddddddd";
        for (user, secret) in [
            ("operator", wrong),
            ("operator", "secret of the tests"),
            ("operator", ""),
            ("viewer", program.secret.as_str()),
            ("", program.secret.as_str()),
        ] {
            let told = Program::send(program.request("PROPFIND", HOME).basic_auth(user, Some(secret))).await;
            assert_eq!((told.status, told.header("www-authenticate").is_empty()), (401, false), "{user}");
        }
        s.note("on one connection: the answer comes once the body is read");
        for _ in 0..20 {
            let told =
                Program::send(program.request("PROPFIND", HOME).body("<propfind xmlns=\"DAV:\"/>".repeat(100))).await;
            assert_eq!(told.status, 401);
        }
        for header in ["Bearer x", "Basic", "Basic %%%", "Basic bm8gY29sb24="] {
            let told = Program::send(program.request("PROPFIND", HOME).header("Authorization", header)).await;
            assert_eq!(told.status, 401, "{header}");
        }
        let told = Program::send(program.request("PROPFIND", HOME).basic_auth("Operator", Some(&program.secret))).await;
        assert_eq!(told.status, 207, "{}", told.body);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_taken_back_and_an_account_disabled() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let laptop = Program::of(s, &sidecar, "operator", "laptop").await;
        assert_eq!(phone.put("/dav/cal/operator/personal/a.ics", &[], on(1, "a")).await.status, 201);
        s.say("operator", "/token revoke phone").await;
        for (method, path) in [("PROPFIND", HOME), ("GET", "/dav/cal/operator/personal/a.ics")] {
            assert_eq!(phone.ask(method, path, &[], "").await.status, 401, "{method}");
        }
        assert_eq!(phone.put("/dav/cal/operator/personal/b.ics", &[], on(2, "b")).await.status, 401);
        assert_eq!(laptop.find(HOME, "0", "<resourcetype/>").await.status, 207);
        s.say("admin", "/user disable operator").await;
        s.press("admin", "Yes").await;
        assert_eq!(laptop.find(HOME, "0", "<resourcetype/>").await.status, 401);
        assert_eq!(laptop.ask("DELETE", "/dav/cal/operator/personal/a.ics", &[], "").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_what_is_somebody_elses() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let operator = Program::of(s, &sidecar, "operator", "phone").await;
        let viewer = Program::of(s, &sidecar, "viewer", "phone").await;
        assert_eq!(operator.put("/dav/cal/operator/personal/a.ics", &[], on(1, "a")).await.status, 201);
        let theirs =
            ["/dav/principals/operator/", HOME, "/dav/cal/operator/personal/", "/dav/cal/operator/personal/a.ics"];
        for path in theirs {
            assert_eq!(viewer.find(path, "0", "<displayname/>").await.status, 404, "{path}");
            assert_eq!(viewer.ask("DELETE", path, &[], "").await.status, 404, "{path}");
        }
        assert_eq!(viewer.ask("GET", theirs[3], &[], "").await.status, 404);
        assert_eq!(viewer.put(theirs[3], &[], on(1, "a")).await.status, 404);
        let told = viewer.find("/dav/principals/", "1", "<displayname/>").await;
        assert!(told.has("/dav/principals/viewer/") && !told.has("operator"), "{}", told.body);
        let all = "<principal-property-search xmlns=\"DAV:\"><prop><displayname/></prop></principal-property-search>";
        let told = viewer.ask("REPORT", "/dav/", &[("Depth", "0")], all).await;
        assert!(told.status == 207 && told.has("viewer") && !told.has("operator"), "{}", told.body);
    })
    .await;
}

#[tokio::test]
async fn whether_it_can_work_is_told_to_anybody() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = Program::of(s, &sidecar, "operator", "phone").await;
        for path in ["/healthz", "/readyz"] {
            assert_eq!(Program::send(program.request("GET", path)).await.status, 200, "{path}");
        }
        s.note("without a database it lives, and says that it cannot work");
        s.dispatch.store.clone().close().await;
        assert_eq!(Program::send(program.request("GET", "/healthz")).await.status, 200);
        let told = Program::send(program.request("GET", "/readyz")).await;
        assert_eq!((told.status, told.body.as_str()), (503, "the database does not answer\n"));
        let told = program.find(HOME, "0", "<displayname/>").await;
        assert_eq!((told.status, told.header("retry-after")), (503, "10"), "and no login is asked for: {}", told.body);
    })
    .await;
}

/// What is written is in the audit log, with who did it by which token; what is read is not.
#[tokio::test]
async fn what_is_written_is_written_down() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        assert_eq!(phone.ask("MKCALENDAR", "/dav/cal/operator/work/", &[], "").await.status, 201);
        assert_eq!(phone.put("/dav/cal/operator/work/a.ics", &[], on(1, "a")).await.status, 201);
        assert_eq!(phone.put("/dav/cal/operator/work/a.ics", &[("If-None-Match", "*")], on(1, "a")).await.status, 412);
        assert_eq!(phone.find("/dav/cal/operator/work/", "1", "<getetag/>").await.status, 207);
        assert_eq!(phone.ask("DELETE", "/dav/cal/operator/work/a.ics", &[], "").await.status, 204);
        assert_eq!(phone.ask("DELETE", "/dav/cal/operator/work/", &[], "").await.status, 204);
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let filter = direttore_store::audit::Filter {
            who: Some("operator"),
            what: Some("calendar"),
            since: None,
            limit: 100,
            offset: 0,
        };
        let (rows, _) = direttore_store::audit::list(&mut tx, filter).await.expect("it can be read");
        let mut told: Vec<String> = rows
            .iter()
            .map(|row| format!("{} {} {} {}", row.entry.what, row.entry.target, row.entry.identity, row.entry.line))
            .collect();
        told.reverse();
        let line = |what: &str| format!("{what} calendar work of operator http:operator (token phone)");
        let all = ["calendar make", "calendar put", "calendar delete", "calendar remove"].map(line);
        assert_eq!(told, all);
    })
    .await;
}
