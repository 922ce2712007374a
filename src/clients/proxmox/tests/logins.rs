//! Login by password: cookie, CSRF header, renewal, a new login after a refusal, the second factor.

use super::{
    super::Error,
    server::{Reply, Seen, Server, data, phrase},
    *,
};
use direttore_domain::{GuestKind, Power};
use std::sync::atomic::{AtomicUsize, Ordering};

const NEVER: Duration = Duration::from_secs(3600);

/// Gives out tickets `PVE:T1`, `PVE:T2`, … and takes only those that `accepts` says.
async fn node(accepts: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |seen| {
        if seen.path.ends_with("/access/ticket") {
            let n = count.fetch_add(1, Ordering::Relaxed) + 1;
            return data(&format!(r#"{{"ticket":"PVE:T{n}","CSRFPreventionToken":"C{n}","username":"root@pam"}}"#));
        }
        let cookie = seen.headers.get("cookie").cloned().unwrap_or_default();
        match accepts(cookie.trim_start_matches("PVEAuthCookie=")) {
            false => Reply::Answer("401 permission denied - invalid PVE ticket", Vec::new()),
            true if seen.method == "GET" => data(r#"{"version":"9.2.3"}"#),
            true => data(&format!("{UPID:?}")),
        }
    })
    .await
}

fn header(seen: &Seen, name: &str) -> String {
    seen.headers.get(name).cloned().unwrap_or_default()
}

#[tokio::test]
async fn one_login_serves_many_requests() {
    let server = node(|_| true).await;
    let lab = client_with_tickets(&[&server], NEVER);
    assert_eq!(lab.user(), "root@pam");
    let (a, b) = tokio::join!(lab.version(), lab.version());
    a.and(b).expect("both answered");
    lab.power(&guest(GuestKind::Vm, 100), Power::Start, None).await.expect("a task");
    let seen = server.seen();
    assert_eq!(seen[0].line(), "POST /access/ticket username=root%40pam&password=hunter2+%C4%85%26%3D");
    assert_eq!(header(&seen[0], "cookie"), "");
    assert_eq!(seen.len(), 4);
    for (request, csrf) in [(&seen[1], ""), (&seen[2], ""), (&seen[3], "C1")] {
        assert_eq!(header(request, "cookie"), "PVEAuthCookie=PVE%3AT1");
        assert_eq!(header(request, "csrfpreventiontoken"), csrf, "only what changes something needs it");
        assert_eq!(header(request, "authorization"), "");
    }
}

#[tokio::test]
async fn a_ticket_is_renewed_by_itself() {
    let server = node(|_| true).await;
    let lab = client_with_tickets(&[&server], Duration::ZERO);
    lab.version().await.expect("an answer");
    lab.version().await.expect("an answer");
    let logins: Vec<_> = server.seen().iter().filter(|s| s.method == "POST").map(|s| s.body.clone()).collect();
    assert_eq!(logins, ["username=root%40pam&password=hunter2+%C4%85%26%3D", "username=root%40pam&password=PVE%3AT1"]);
    assert_eq!(header(&server.seen()[3], "cookie"), "PVEAuthCookie=PVE%3AT2");
}

#[tokio::test]
async fn a_ticket_that_cannot_be_renewed_gives_way_to_the_password() {
    let server = Server::start(|seen| match (seen.method.as_str(), seen.body.contains("hunter2")) {
        ("GET", _) => data(r#"{"version":"9.2.3"}"#),
        (_, true) => data(r#"{"ticket":"PVE:T1","CSRFPreventionToken":"C1"}"#),
        (_, false) => phrase("401 authentication failure"),
    })
    .await;
    let lab = client_with_tickets(&[&server], Duration::ZERO);
    lab.version().await.expect("an answer");
    lab.version().await.expect("an answer");
    let methods: Vec<_> = server.seen().iter().map(|s| s.method.clone()).collect();
    assert_eq!(methods, ["POST", "GET", "POST", "POST", "GET"]);
}

#[tokio::test]
async fn a_renewal_that_finds_nobody_keeps_the_old_ticket() {
    let server = Server::start(|seen| match (seen.method.as_str(), seen.body.contains("hunter2")) {
        ("GET", _) => data(r#"{"version":"9.2.3"}"#),
        (_, true) => data(r#"{"ticket":"PVE:T1","CSRFPreventionToken":"C1"}"#),
        (_, false) => phrase("500 cluster not ready - no quorum?"),
    })
    .await;
    let lab = client_with_tickets(&[&server], Duration::ZERO);
    lab.version().await.expect("an answer");
    lab.version().await.expect("the old ticket still holds");
}

#[tokio::test]
async fn a_refused_ticket_leads_to_one_new_login() {
    let server = node(|ticket| ticket == "PVE%3AT2").await;
    let lab = client_with_tickets(&[&server], NEVER);
    lab.power(&guest(GuestKind::Vm, 100), Power::Start, None).await.expect("with the second ticket");
    assert_eq!(
        server.lines().iter().map(|l| l.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>(),
        [
            "POST /access/ticket",
            "POST /nodes/pve1/qemu/100/status/start",
            "POST /access/ticket",
            "POST /nodes/pve1/qemu/100/status/start",
        ]
    );

    let server = node(|_| false).await;
    let error = client_with_tickets(&[&server], NEVER).version().await.expect_err("no ticket will do");
    assert!(matches!(error, Error::Credentials { .. }), "{error:?}");
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_refused_token_is_not_tried_again() {
    let server = Server::scripted(&[Reply::Answer("401 Authentication failed!", Vec::new())]).await;
    let error = client(&[&server]).version().await.expect_err("refused");
    assert!(matches!(error, Error::Credentials { .. }), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_second_factor_is_said_to_be_in_the_way() {
    let challenge = r#"{"ticket":"PVE:!tfa!x","CSRFPreventionToken":"C","NeedTFA":1,"username":"root@pam"}"#;
    let server = Server::scripted(&[data(challenge)]).await;
    let error = client_with_tickets(&[&server], NEVER).version().await.expect_err("a challenge is no ticket");
    assert!(matches!(&error, Error::Credentials { why } if why.contains("second factor")), "{error:?}");
    assert_eq!(server.seen().len(), 1, "nothing is sent with it");
}

#[tokio::test]
async fn a_wrong_password_is_said_so_and_not_shown() {
    let server = Server::start(|_| {
        let body = br#"{"data":null,"message":"authentication failure for hunter2 \u0105&=\n"}"#;
        Reply::Answer("401 authentication failure", body.to_vec())
    })
    .await;
    let error = client_with_tickets(&[&server], NEVER).version().await.expect_err("wrong");
    assert_eq!(error, Error::Credentials { why: "authentication failure for …".into() });
}

#[test]
fn credentials_of_the_wrong_form_are_refused_at_once() {
    for (id, secret) in
        [("bot", "x"), ("bot@pve", "x"), ("bot@pve!", "x"), ("@pve!t", "x"), ("b@p!t", " "), ("b@p!t\n", "x")]
    {
        let auth = Auth::Token { id: id.into(), secret: secret.into() };
        assert!(matches!(Session::new(auth), Err(Error::Settings(_))), "{id}");
    }
    for (user, password) in [("root", "x"), ("@pam", "x"), ("root@", "x"), ("root@pam", "")] {
        let auth = Auth::Password { user: user.into(), password: password.into() };
        assert!(matches!(Session::new(auth), Err(Error::Settings(_))), "{user}");
    }
}
