//! A feed of the demo, as a process: a link is made at its console and followed over HTTP.

use crate::support::process::Process;
use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::Value;
use std::process::Command;

struct Demo {
    process: Process,
    http: Client,
}

impl Demo {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
        command.args(["demo", "--json", "--http", "127.0.0.1:0"]).env("RUST_LOG", "trace");
        let mut process = Process::start("direttore demo", &mut command);
        process.hear("that it is ready", |line| line.contains("\"ready\":true"));
        Self { process, http: Client::builder().no_proxy().build().expect("a client") }
    }

    /// The first reply to a line.
    fn say(&mut self, line: &str) -> Value {
        self.process.say(line);
        let reply = self.process.hear("a reply", |said| said.starts_with("{\"") && said.contains("\"tone\""));
        serde_json::from_str(&reply).unwrap_or_else(|e| panic!("{e}: {reply}"))
    }

    fn address(&mut self, line: &str) -> String {
        let reply = self.say(line);
        let fields = reply["fields"].as_array().unwrap_or_else(|| panic!("{reply}"));
        let address = fields.iter().find(|field| field["name"] == "address").expect("it is shown");
        address["value"].as_str().expect("text").to_owned()
    }

    async fn ask(&self, method: Method, url: &str, etag: Option<&str>) -> (StatusCode, HeaderMap, String) {
        let mut request = self.http.request(method, url);
        if let Some(etag) = etag {
            request = request.header("If-None-Match", etag);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.headers().clone(), answer.text().await.expect("text"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_followed() {
    let mut demo = Demo::start();
    let address = demo.address("/reserve feed");
    demo.say(r#"/reserve new pve1 from="in 2h" for=1h title="kernel; \"tests\", 🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀""#);
    let (status, headers, body) = demo.ask(Method::GET, &address, None).await;
    let header = |headers: &HeaderMap, name: &str| headers[name].to_str().expect("text").to_owned();
    assert_eq!((status, header(&headers, "content-type").as_str()), (StatusCode::OK, "text/calendar; charset=utf-8"));
    assert!(body.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])), "{body}");
    assert!(body.contains("\r\nSEQUENCE:0\r\n") && body.contains("\r\nSTATUS:CONFIRMED\r\n"), "{body}");
    let etag = header(&headers, "etag");
    let (status, _, nothing) = demo.ask(Method::GET, &address, Some(&etag)).await;
    assert_eq!((status, nothing.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let (status, head, nothing) = demo.ask(Method::HEAD, &address, None).await;
    assert_eq!((status, nothing.as_str(), header(&head, "etag")), (StatusCode::OK, "", etag.clone()));
    assert_eq!(header(&head, "content-length"), body.len().to_string());

    demo.say(r#"/reserve change R-1 from="in 3h" for=1h"#);
    let (status, headers, body) = demo.ask(Method::GET, &address, Some(&etag)).await;
    assert!(status == StatusCode::OK && body.contains("\r\nSEQUENCE:1\r\n"), "{status} {body}");
    assert_ne!(header(&headers, "etag"), etag);
    demo.say("/reserve cancel R-1");
    let (_, _, body) = demo.ask(Method::GET, &address, None).await;
    assert!(body.contains("\r\nSEQUENCE:2\r\n") && body.contains("\r\nSTATUS:CANCELLED\r\n"), "{body}");

    demo.say("/reserve feed revoke");
    let (status, _, _) = demo.ask(Method::GET, &address, Some(&etag)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // It was said once, in the reply; whatever else it logs at its loudest is without it.
    let secret = address.rsplit('/').next().and_then(|file| file.strip_suffix(".ics")).expect("a file");
    let said = demo.process.said();
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(secret)).collect();
    assert!(lines.len() == 1 && lines[0].contains("\"tone\""), "{lines:?}");
}
