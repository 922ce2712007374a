//! The forms of refusals: status, reason phrase, body.

use super::{Lab, got, settings};
use crate::Settings;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[tokio::test]
async fn a_parameter_that_is_wrong_is_named() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("web1");
    let unknown = lab.post(&format!("{at}/status/start"), &[("speed", "9")]).await;
    assert!(unknown.error("speed").contains("not defined in schema"));
    assert_eq!(unknown.body["data"], json!(null));
    assert_eq!(unknown.body["message"], "Parameter verification failed.\n");

    let missing = lab.post(&format!("{at}/snapshot"), &[]).await;
    assert_eq!(missing.error("snapname"), "property is missing and it is not optional");
    let long = "a".repeat(41);
    assert!(
        lab.post(&format!("{at}/snapshot"), &[("snapname", &long)]).await.error("snapname").contains("40 characters")
    );
    assert!(
        lab.post(&format!("{at}/snapshot"), &[("snapname", "9a")]).await.error("snapname").contains("invalid format")
    );
    assert!(
        lab.post(&format!("{at}/status/stop"), &[("timeout", "soon")])
            .await
            .error("timeout")
            .contains("type check ('integer')")
    );
    assert!(
        lab.post(&format!("{at}/status/stop"), &[("timeout", "-1")])
            .await
            .error("timeout")
            .contains("minimum value of 0")
    );
    assert!(
        lab.get("/cluster/resources?type=guest").await.error("type").contains("enumeration 'vm, storage, node, sdn'")
    );
    assert!(lab.get("/nodes/pve1/qemu/99/config").await.status >= 400);
    let container = lab.at("dns1");
    let vmstate = lab.post(&format!("{container}/snapshot"), &[("snapname", "ab"), ("vmstate", "1")]).await;
    assert!(vmstate.error("vmstate").contains("not defined in schema"), "containers have no vmstate");
    let twice = lab.post(&format!("{at}/status/stop?vmid=999"), &[]).await;
    assert!(twice.error("vmid").contains("conflicting values"));
}

#[tokio::test]
async fn credentials_that_are_no_good_have_no_body() {
    let lab = Lab::new(settings()).await;
    let none = got(lab.http.get(lab.url("/version")).send().await.expect("an answer")).await;
    assert_eq!((none.no(), none.text.as_str()), ((401, "No ticket"), ""));
    let wrong = lab.with_token("direttore@pve!bot", "00000000-0000-4000-8000-000000000000");
    let wrong = wrong.get("/version").await;
    assert_eq!((wrong.no(), wrong.text.as_str()), ((401, "Authentication failed!"), ""));
}

#[tokio::test]
async fn unknown_paths_are_501_and_counted() {
    let lab = Lab::new(settings()).await;
    let got = lab.get("/cluster/ceph/status").await;
    assert_eq!(got.no(), (501, "Method 'GET /cluster/ceph/status' not implemented"));
    assert_eq!(lab.post("/version", &[]).await.no(), (501, "Method 'POST /version' not implemented"));
    assert_eq!(lab.sim.unserved(), ["GET /cluster/ceph/status", "POST /version"]);
    assert_eq!(lab.sim.requests(), 2);
}

/// Sends bytes as they are and reads until the server closes.
async fn raw(lab: &Lab, head: &str, body: &str) -> String {
    let address = lab.sim.access().url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let secret = super::token_of(lab.sim.access());
    let (line, headers) = head.split_once('|').unwrap_or((head, ""));
    let request =
        format!("{line} HTTP/1.1\r\nHost: x\r\nAuthorization: {secret}\r\n{}\r\n{body}", headers.replace('|', "\r\n"));
    stream.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the server closes after a refusal");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_transport_is_as_strict_as_the_real_one() {
    let lab = Lab::new(settings()).await;
    let path = "/api2/json/nodes/pve1/qemu/101/snapshot/ab";
    for (head, body, line) in [
        ("PATCH /api2/json/version", "", "HTTP/1.1 501 method 'PATCH' not available"),
        (
            &format!("DELETE {path}|Content-Length: 7|"),
            "force=1",
            "HTTP/1.1 501 Unexpected content for method 'DELETE'",
        ),
        (
            &format!("POST {path}|Transfer-Encoding: chunked|"),
            "0\r\n\r\n",
            "HTTP/1.1 501 chunked transfer encoding not supported",
        ),
        (&format!("POST {path}|Content-Length: 600000|"), "", "HTTP/1.1 501 for data too large"),
        (
            &format!("POST {path}|Content-Length: 1|Content-Type: text/xml|"),
            "a",
            "HTTP/1.1 506 unsupported content type 'text/xml'",
        ),
    ] {
        let answer = raw(&lab, head, body).await;
        assert!(answer.starts_with(line), "{head}: {answer}");
        assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
        let words = line.split_once(' ').and_then(|(_, rest)| rest.split_once(' ')).expect("words").1;
        assert!(answer.ends_with(&format!("\r\n\r\n{words}")), "the body is plain text: {answer}");
    }
    let head = raw(&lab, "HEAD /api2/json/version", "").await;
    assert!(head.starts_with("HTTP/1.1 501 method 'HEAD' not available"), "{head}");
}

#[tokio::test]
async fn every_refusal_closes_the_connection() {
    let lab = Lab::new(settings()).await;
    let response = lab
        .http
        .get(lab.url("/nope"))
        .header("Authorization", super::token_of(lab.sim.access()))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["connection"], "close");
    let response = lab
        .http
        .get(lab.url("/version"))
        .header("Authorization", super::token_of(lab.sim.access()))
        .send()
        .await
        .expect("an answer");
    assert!(response.headers().get("connection").is_none());
}

#[tokio::test]
async fn json_bodies_and_the_other_form_of_answers() {
    let lab = Lab::new(settings()).await;
    let request = lab
        .http
        .post(lab.url(&format!("{}/snapshot", lab.at("web1"))))
        .header("Authorization", super::token_of(lab.sim.access()));
    let answer =
        got(request.json(&json!({"snapname": "by-json", "vmstate": false})).send().await.expect("an answer")).await;
    assert_eq!(lab.ended(&answer.upid()).await, "OK");

    let url = format!("{}/api2/extjs/nope", lab.sim.access().url);
    let answer =
        lab.http.get(url).header("Authorization", super::token_of(lab.sim.access())).send().await.expect("an answer");
    let answer = got(answer).await;
    assert_eq!((answer.status, &answer.body["success"], &answer.body["status"]), (200, &json!(0), &json!(501)));
}

#[tokio::test]
async fn over_tls_with_the_fingerprint_that_is_told() {
    let lab = Lab::new(Settings { tls: true, ..settings() }).await;
    let fingerprint = lab.sim.access().fingerprint.clone().expect("there is TLS");
    assert_eq!(fingerprint.len(), 95);
    let http = reqwest::Client::builder().danger_accept_invalid_certs(true).build().expect("a client");
    let ask = |url: String| http.get(url).header("Authorization", super::token_of(lab.sim.access()));
    let nodes = got(ask(lab.url("/nodes")).send().await.expect("an answer")).await;
    assert_eq!(nodes.data()[0]["ssl_fingerprint"], json!(fingerprint));
    let info = got(ask(lab.url("/nodes/pve1/certificates/info")).send().await.expect("an answer")).await;
    assert_eq!(info.data()[0]["fingerprint"], json!(fingerprint));

    let plain = lab.url("/version").replace("https://", "http://");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let moved = client.get(plain).send().await.expect("an answer");
    assert_eq!(
        (moved.status().as_u16(), moved.headers()["location"].to_str().expect("text")),
        (301, lab.url("/version").as_str())
    );
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_can_read_that() {
    let lab = Lab::new(settings()).await;
    let http = reqwest::Client::builder().gzip(false).build().expect("a client");
    let ask = |path: &str, encoding: &str| {
        let request = http.get(lab.url(path)).header("Authorization", super::token_of(lab.sim.access()));
        request.header("Accept-Encoding", encoding.to_owned()).send()
    };
    let packed = ask("/cluster/resources", "gzip, deflate").await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.expect("a body").starts_with(&[0x1f, 0x8b]));
    let plain = ask("/cluster/resources", "identity").await.expect("an answer");
    assert!(plain.headers().get("content-encoding").is_none());
    let short = ask("/version", "gzip").await.expect("an answer");
    assert!(short.headers().get("content-encoding").is_none());
}
