//! How answers look.

use crate::netbox::{
    Version,
    api::{Answer, Body, No},
    time,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

pub type Reply = Response<Full<Bytes>>;

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

fn reply(status: u16, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = content_type {
        put(&mut reply, header::CONTENT_TYPE, content_type);
    }
    put(&mut reply, header::SERVER, "gunicorn");
    reply
}

fn put(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// Headers that every answer of the API has.
pub fn framed(mut reply: Reply, version: Version, request: &str, methods: &[&str]) -> Reply {
    put(&mut reply, HeaderName::from_static("api-version"), version.api());
    put(&mut reply, HeaderName::from_static("x-request-id"), request);
    put(&mut reply, header::CONTENT_LANGUAGE, "en");
    if !methods.is_empty() {
        put(&mut reply, header::ALLOW, &methods.join(", "));
    }
    reply
}

pub fn good(answer: Answer, version: Version) -> Reply {
    let mut reply = match answer.body {
        Body::Json(value) => reply(answer.status, Some(JSON), value.to_string()),
        Body::Text(text) => reply(answer.status, Some("text/plain; charset=utf-8"), text),
        Body::Nothing => reply(answer.status, None, Bytes::new()),
    };
    if let Some(updated) = answer.etag.filter(|_| version >= Version::V4_6) {
        put(&mut reply, header::ETAG, &time::etag(updated));
    }
    if let Some(location) = answer.location {
        put(&mut reply, header::LOCATION, &location);
    }
    reply
}

pub fn refused(no: &No, version: Version) -> Reply {
    let Some(body) = &no.body else { return page(no.status, version) };
    let mut reply = reply(no.status, Some(JSON), body.to_string());
    if let Some(updated) = no.etag.filter(|_| version >= Version::V4_6) {
        put(&mut reply, header::ETAG, &time::etag(updated));
    }
    reply
}

/// NetBox's own page for what is not there.
fn page(status: u16, version: Version) -> Reply {
    let version = version.number();
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\" data-netbox-url-name=\"\" data-netbox-version=\"{version}\">\n<head><meta \
         charset=\"UTF-8\" /><title>Page Not Found</title></head>\n<body><h1>Page Not Found</h1></body>\n</html>\n"
    );
    reply(status, Some(HTML), text)
}

pub fn moved(to: &str) -> Reply {
    let mut reply = reply(301, Some(HTML), Bytes::new());
    put(&mut reply, header::LOCATION, to);
    reply
}

/// A failure that a fault asked for.
pub fn failed(status: u16, retry: Option<u32>) -> Reply {
    let words = match status {
        429 => serde_json::json!({"detail": "Request was throttled."}),
        // As the real one reports an exception that nobody caught.
        500.. => serde_json::json!({
            "error": "connection to server at \"localhost\" failed", "exception": "OperationalError",
            "netbox_version": "4.6.8", "python_version": "3.12.1",
        }),
        _ => serde_json::json!({"detail": "A fault was asked for."}),
    };
    let mut reply = reply(status, Some(JSON), words.to_string());
    if let Some(seconds) = retry {
        put(&mut reply, header::RETRY_AFTER, &seconds.to_string());
    }
    reply
}

/// The page of a proxy that does not reach NetBox.
pub fn gateway_page() -> Reply {
    reply(
        502,
        Some("text/html"),
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    )
}

/// A 200 that is no JSON and no UTF-8.
pub fn garbage() -> Reply {
    reply(200, Some(JSON), Bytes::from_static(b"<html>\xff\xfe{\"results\":[{\"id\":"))
}
