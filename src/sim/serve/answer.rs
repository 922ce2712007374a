//! How answers look: JSON in an envelope, the words of a refusal in the reason phrase and in the body.

use crate::api::{Answer, No};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::ext::ReasonPhrase;
use serde_json::{Map, Value, json};
use std::io::Write as _;

pub type Reply = Response<Full<Bytes>>;

/// Which of Proxmox's two forms was asked for: `json`, or `extjs`, where every answer is a 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    ExtJs,
}

fn reply(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=0"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::SERVER, HeaderValue::from_static("pve-api-daemon/3.0"));
    reply
}

const JSON: &str = "application/json;charset=UTF-8";

/// The first line of the words becomes the reason phrase.
fn with_reason(mut reply: Reply, words: &str) -> Reply {
    let first: String = words.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    if let Ok(reason) = ReasonPhrase::try_from(first.into_bytes()) {
        reply.extensions_mut().insert(reason);
    }
    reply
}

pub fn good(answer: Answer, form: Form) -> Reply {
    let (data, total) = match answer {
        Answer::Body(body) if form == Form::Json => return reply(200, JSON, body),
        Answer::Body(body) => {
            (serde_json::from_slice::<Value>(&body).map(|v| v["data"].clone()).unwrap_or_default(), None)
        }
        Answer::Text(text) => return reply(200, "text/plain", text),
        Answer::Data(data) => (data, None),
        Answer::Page(data, total) => (data, Some(total)),
    };
    let mut body = Map::from_iter([("data".to_owned(), data)]);
    if let Some(total) = total {
        body.insert("total".into(), json!(total));
    }
    if form == Form::ExtJs {
        body.insert("success".into(), json!(1));
    }
    reply(200, JSON, Value::Object(body).to_string())
}

pub fn refused(no: &No, form: Form) -> Reply {
    let mut body = Map::from_iter([
        ("data".to_owned(), Value::Null),
        ("message".to_owned(), json!(format!("{}\n", no.message.trim_end()))),
    ]);
    if !no.errors.is_empty() {
        body.insert("errors".into(), json!(no.errors));
    }
    if form == Form::ExtJs {
        body.insert("success".into(), json!(0));
        body.insert("status".into(), json!(no.status));
        return reply(200, JSON, Value::Object(body).to_string());
    }
    with_reason(reply(no.status, JSON, Value::Object(body).to_string()), &no.message)
}

/// Refused before the API was reached: the words are the body.
pub fn plain(status: u16, words: &str) -> Reply {
    with_reason(reply(status, "text/plain", words.to_owned()), words)
}

/// Credentials that are no good: words in the phrase, no body.
pub fn unauthorized(words: &str) -> Reply {
    with_reason(reply(401, "text/plain", Bytes::new()), words)
}

/// A forwarded call that came to nothing, as pveproxy reports it.
pub fn proxy_failed(status: u16) -> Reply {
    let words = match status {
        595 => "No route to host",
        596 => "Connection timed out",
        597 => "Broken pipe",
        598 => "Request aborted",
        599 => "Too many redirections",
        _ => StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Unknown"),
    };
    plain(status, words)
}

/// A 200 that is no JSON and no UTF-8.
pub fn garbage() -> Reply {
    reply(200, JSON, Bytes::from_static(b"<html>\xff\xfe{\"data\":[{\"vmid\":"))
}

pub fn moved(status: u16, to: &str) -> Reply {
    let mut reply = plain(status, "Moved");
    if let Ok(to) = HeaderValue::from_str(to) {
        reply.headers_mut().insert(header::LOCATION, to);
    }
    reply
}

/// Answers longer than this are compressed for who can read that.
const WORTH_COMPRESSING: usize = 1024;
/// And longer ones than this are not, unlike the real one's: a list of thousands of guests would take longer to compress
/// than everything else that is done for it.
const TOO_LONG_TO_COMPRESS: usize = 512 * 1024;

/// The same answer with gzip, where it is worth it.
pub async fn compressed(reply: Reply) -> Reply {
    let (mut parts, body) = reply.into_parts();
    // The body lies in memory already, so this never waits and never fails.
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    if !(WORTH_COMPRESSING + 1..=TOO_LONG_TO_COMPRESS).contains(&body.len()) {
        return Response::from_parts(parts, Full::new(body));
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let packed = encoder.write_all(&body).and_then(|()| encoder.finish());
    let packed = packed.expect("writing to memory does not fail");
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Full::new(Bytes::from(packed)))
}
