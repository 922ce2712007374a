//! `/api/docs`: a page to look at the REST interface and to try it. All of it comes from here, and a browser is told to
//! load nothing from elsewhere.
//!
//! What is in `explorer/` beside our own page is Swagger UI's (npm's swagger-ui-dist 5.35.0, Apache-2.0), packed with
//! `gzip -9n`, without the last line of the script that names its source map.

use crate::feed::packed::is_taken;
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use flate2::read::GzDecoder;
use std::io::Read;

/// Nothing from elsewhere, and no script but from a file of ours. Icons stand in the style sheet itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// One file of the page.
pub struct Page {
    kind: HeaderValue,
    bytes: &'static [u8],
    is_packed: bool,
}

const fn plain(kind: &'static str, bytes: &'static [u8]) -> Page {
    Page { kind: HeaderValue::from_static(kind), bytes, is_packed: false }
}

const fn packed(kind: &'static str, bytes: &'static [u8]) -> Page {
    Page { kind: HeaderValue::from_static(kind), bytes, is_packed: true }
}

pub static PAGES: [(&str, Page); 5] = [
    ("/api/docs", plain("text/html; charset=utf-8", include_bytes!("explorer/index.html"))),
    ("/api/docs/explorer.js", plain("text/javascript; charset=utf-8", include_bytes!("explorer/explorer.js"))),
    ("/api/docs/explorer.css", plain("text/css; charset=utf-8", include_bytes!("explorer/explorer.css"))),
    (
        "/api/docs/swagger-ui-bundle.js",
        packed("text/javascript; charset=utf-8", include_bytes!("explorer/swagger-ui-bundle.js.gz")),
    ),
    ("/api/docs/swagger-ui.css", packed("text/css; charset=utf-8", include_bytes!("explorer/swagger-ui.css.gz"))),
];

impl Page {
    pub fn answer(&'static self, asked: &HeaderMap) -> Response {
        let is_sent_packed = self.is_packed && is_taken(asked);
        let body = match self.is_packed && !is_sent_packed {
            true => Bytes::from(unpacked(self.bytes)),
            false => Bytes::from_static(self.bytes),
        };
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.kind.clone());
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if is_sent_packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).expect("what is built in was packed whole");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_there_packed_and_plain() {
        let mut taking = HeaderMap::new();
        taking.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate, br"));
        for (path, page) in &PAGES {
            let (packed, plain) = (page.answer(&taking), page.answer(&HeaderMap::new()));
            assert_eq!(packed.headers().contains_key(header::CONTENT_ENCODING), page.is_packed, "{path}");
            assert!(!plain.headers().contains_key(header::CONTENT_ENCODING), "{path}");
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for (path, page) in &PAGES {
            let bytes = if page.is_packed { unpacked(page.bytes) } else { page.bytes.to_vec() };
            let text = String::from_utf8(bytes).expect("text");
            assert!(!text.contains("sourceMappingURL=swagger"), "{path}");
            assert!(page.is_packed || !text.contains("://"), "{path}: {text}");
            // A style sheet could name another one.
            assert!(!path.ends_with(".css") || !text.contains("url(http") && !text.contains("@import"), "{path}");
        }
    }
}
