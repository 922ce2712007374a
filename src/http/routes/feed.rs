//! `GET /calendar/<secret>.ics`: a calendar that is subscribed to. Its address is all that a calendar program has: no
//! sign-in, no cookie.

use crate::{
    error::Refused,
    feed::{Feeds, Shown},
    serve::Peer,
};
use axum::{
    Extension,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;

pub const PATH: &str = "/calendar/{file}";

const TYPE: HeaderValue = HeaderValue::from_static("text/calendar; charset=utf-8");
/// It is one person's, and need not be asked for more often.
const CACHE: HeaderValue = HeaderValue::from_static("private, max-age=300");

pub async fn feed(
    State(feeds): State<Arc<Feeds>>,
    Extension(Peer(from)): Extension<Peer>,
    file: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let file = file.map_err(|_| Refused::NoSuchPath)?.0;
    let secret = file.strip_suffix(".ics").ok_or(Refused::NoSuchPath)?;
    Ok(answer(&headers, feeds.shown(secret, from).await?))
}

pub fn answer(asked: &HeaderMap, shown: Shown) -> Response {
    let Shown { body, etag, modified } = shown;
    let has = has(asked, &etag);
    let about = [(header::ETAG, etag), (header::LAST_MODIFIED, modified), (header::CACHE_CONTROL, CACHE)];
    match has {
        true => (StatusCode::NOT_MODIFIED, about).into_response(),
        false => (StatusCode::OK, about, [(header::CONTENT_TYPE, TYPE)], body).into_response(),
    }
}

/// Whether who asks has it as it is.
pub fn has(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == "*" || tag == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_already_is_known_by_its_tag() {
        let etag = HeaderValue::from_static("\"abc\"");
        let has = |lists: &[&'static str]| {
            let mut asked = HeaderMap::new();
            for list in lists {
                asked.append(header::IF_NONE_MATCH, HeaderValue::from_static(list));
            }
            super::has(&asked, &etag)
        };
        for lists in [&["\"abc\""][..], &["*"], &["W/\"abc\""], &["\"x\", \"abc\""], &["\"x\"", "\"abc\""]] {
            assert!(has(lists), "{lists:?}");
        }
        for lists in [&[][..], &["\"abd\""], &["abc"], &[""]] {
            assert!(!has(lists), "{lists:?}");
        }
    }
}
