//! A calendar program: somebody's name and token, and requests.

use super::super::story::Story;
use direttore_domain::Zone;
use direttore_http::{Origins, Server, Settings};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use std::{sync::Arc, time::Duration};

/// The server of a story. It ends with it.
pub struct Sidecar {
    server: Server,
}

impl Sidecar {
    pub async fn of(story: &Story) -> Self {
        Self::with(story, Zone::UTC, None).await
    }

    /// Where times without an offset are those of a zone.
    pub async fn in_zone(story: &Story, naive_zone: Zone) -> Self {
        Self::with(story, naive_zone, None).await
    }

    /// `token` opens its metrics.
    pub async fn with_metrics_token(story: &Story, token: Option<&str>) -> Self {
        Self::with(story, Zone::UTC, token).await
    }

    async fn with(story: &Story, naive_zone: Zone, token: Option<&str>) -> Self {
        let settings = Settings {
            tls: None,
            read: Duration::from_secs(20),
            stop: Duration::from_secs(20),
            discord: None,
            dispatch: Some(Arc::clone(&story.dispatch)),
            origins: Origins::new(vec!["https://lab.example".to_owned()]),
            naive_zone,
            metrics_token: token.map(str::to_owned),
            is_simulated: true,
            explorer: true,
            places: direttore_http::Places::default(),
            trusted: vec![],
        };
        let listen = "127.0.0.1:0".parse().expect("an address");
        Self { server: Server::start(listen, settings).await.expect("loopback has a free port") }
    }

    /// Ends it in order.
    pub async fn stop(&self) {
        self.server.stop().await;
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.addr())
    }
}

/// What an answer was.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Told {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The texts of an element, wherever it stands.
    pub fn texts(&self, element: &str) -> Vec<String> {
        let (begin, end) = (format!("<{element}>"), format!("</{element}>"));
        let parts = self.body.split(&begin).skip(1);
        let text = |part: &str| part.split(&end).next().unwrap_or_default().to_owned();
        parts.map(|part| text(part).replace("&quot;", "\"").replace("&#13;", "\r").replace("&amp;", "&")).collect()
    }

    /// Names of the objects that are told of, without their folder and ending.
    pub fn names(&self) -> Vec<String> {
        let all = self.texts("D:href").into_iter().filter(|href| href.ends_with(".ics"));
        all.map(|href| href.rsplit('/').next().unwrap_or_default().trim_end_matches(".ics").to_owned()).collect()
    }

    pub fn has(&self, part: &str) -> bool {
        self.body.contains(part)
    }
}

pub struct Program<'s> {
    sidecar: &'s Sidecar,
    user: String,
    pub secret: String,
    http: reqwest::Client,
}

impl<'s> Program<'s> {
    /// With a new token of the account's, which a person made.
    pub async fn of(story: &Story, sidecar: &'s Sidecar, user: &str, token: &str) -> Self {
        let replies = story.ask(user, &format!("/token new caldav {token}")).await;
        let shown = replies[0].to_json();
        let fields = shown["fields"].as_array().expect("it has fields");
        let field = fields.iter().find(|field| field["name"] == "secret").expect("the secret is shown");
        let secret = field["value"].as_str().expect("text").to_owned();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { sidecar, user: user.to_owned(), secret, http: http.build().expect("a client") }
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.http.request(method, self.sidecar.url(path))
    }

    pub async fn send(request: RequestBuilder) -> Told {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Told { status, headers, body: response.text().await.expect("text") }
    }

    /// Signed in, with headers and a body.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Told {
        let mut request = self.request(method, path).basic_auth(&self.user, Some(&self.secret)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::send(request).await
    }

    pub async fn put(&self, path: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Told {
        let all: Vec<(&str, &str)> =
            [("Content-Type", "text/calendar; charset=utf-8")].into_iter().chain(headers.iter().copied()).collect();
        self.ask("PUT", path, &all, body).await
    }

    /// Properties of a resource, by the elements of `prop`.
    pub async fn find(&self, path: &str, depth: &str, props: &str) -> Told {
        let body = format!("<propfind {SPACES}><prop>{props}</prop></propfind>");
        self.ask("PROPFIND", path, &[("Depth", depth)], body).await
    }

    /// The calendar-query with these properties and this filter of VCALENDAR.
    pub async fn query(&self, path: &str, props: &str, filter: &str) -> Told {
        let body = format!(
            "<C:calendar-query {SPACES}><prop>{props}</prop><C:filter><C:comp-filter name=\"VCALENDAR\">{filter}\
             </C:comp-filter></C:filter></C:calendar-query>"
        );
        self.ask("REPORT", path, &[("Depth", "1")], body).await
    }

    /// The sync-collection since a token.
    pub async fn sync(&self, path: &str, token: &str, more: &str) -> Told {
        let body = format!(
            "<sync-collection {SPACES}><sync-token>{token}</sync-token><sync-level>1</sync-level>{more}\
             <prop><getetag/></prop></sync-collection>"
        );
        self.ask("REPORT", path, &[("Depth", "0")], body).await
    }
}

pub const SPACES: &str = "xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
                          xmlns:CS=\"http://calendarserver.org/ns/\" xmlns:A=\"http://apple.com/ns/ical/\"";

/// A calendar with one event of these lines.
pub fn event(uid: &str, lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("{}\r\n", line.trim())).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// In an hour of that day of January 2026.
pub fn on(day: u32, uid: &str) -> String {
    event(uid, &format!("DTSTART:202601{day:02}T100000Z\nDTEND:202601{day:02}T110000Z\nSUMMARY:{uid}"))
}
