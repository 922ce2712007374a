//! Deliveries as they come: over HTTP, proven in the ways of their senders, of any size.

use super::*;
use crate::scenarios::calendars::program::Sidecar;
use reqwest::{Client, StatusCode};

async fn deliver(url: &str, authorization: &str, body: Vec<u8>) -> (StatusCode, String) {
    let request = Client::new().post(url).header("authorization", authorization).body(body);
    let answer = request.send().await.expect("it answers");
    (answer.status(), answer.text().await.expect("a text"))
}

#[tokio::test]
async fn each_answer_says_what_became_of_it() {
    on_both(rules, async |s| {
        let sidecar = Sidecar::of(s).await;
        let url = sidecar.url("/hooks/alertmanager/main");
        let bearer = format!("Bearer {SECRET}");
        let body = of_alertmanager(&[alert(true, "NodeDown", "pve1", s.clock.now())]).to_string().into_bytes();
        let (status, _) = deliver(&url, &bearer, body.clone()).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        let (status, _) = deliver(&url, &bearer, body.clone()).await;
        assert_eq!(status, StatusCode::OK, "known");
        let (status, told) = deliver(&url, &bearer, b"{\"version\":\"3\"}".to_vec()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(told.contains("right is \\\"4\\\""), "{told}");
        let (status, _) = deliver(&url, "Bearer wrong", body.clone()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let (status, _) = deliver(&sidecar.url("/hooks/alertmanager/other"), &bearer, body.clone()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        s.note("a mebibyte is taken, more is not");
        let mut large = body.clone();
        large.resize(1024 * 1024, b' ');
        assert_eq!(deliver(&url, &bearer, large.clone()).await.0, StatusCode::OK);
        large.push(b' ');
        assert_eq!(deliver(&url, &bearer, large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    })
    .await;
}
