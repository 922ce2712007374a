//! `GET /calendar/<secret>.ics`: a calendar that is subscribed to. Its address is all that a calendar program has: no
//! sign-in, no cookie.

use crate::{
    error::Refused,
    feed::{Feeds, Shown, packed},
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
    let shown = feeds.shown(secret, from).await?;
    Ok(answer(&headers, &feeds, shown).await)
}

pub async fn answer(asked: &HeaderMap, feeds: &Feeds, shown: Shown) -> Response {
    let Shown { body, etag, modified } = shown;
    let is_packed = body.len() >= packed::LEAST && packed::is_taken(asked);
    let about = [
        (header::ETAG, if is_packed { packed::etag(&etag) } else { etag.clone() }),
        (header::CACHE_CONTROL, CACHE),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    // A date tells two calendars apart that are a second apart: before that there is none.
    let is_dated = feeds.is_past(&modified);
    let is_known = has(asked, &etag) || (is_dated && has_since(asked, &modified));
    let mut response = match (is_known, is_packed) {
        (true, _) => (StatusCode::NOT_MODIFIED, about).into_response(),
        (false, false) => (StatusCode::OK, about, [(header::CONTENT_TYPE, TYPE)], body).into_response(),
        (false, true) => {
            let typed = [(header::CONTENT_TYPE, TYPE), (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
            (StatusCode::OK, about, typed, packed::packed(body).await).into_response()
        }
    };
    if is_dated {
        response.headers_mut().insert(header::LAST_MODIFIED, modified);
    }
    response
}

/// Whether who asks has it as it is.
pub fn has(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    // Packed or not, it is the same calendar.
    tags.any(|tag| tag == "*" || tag == etag || *tag == packed::etag(etag))
}

/// Whether who asks by a date alone has it as it is: the very date, for a calendar that lost events may bear an older one.
fn has_since(asked: &HeaderMap, modified: &HeaderValue) -> bool {
    !asked.contains_key(header::IF_NONE_MATCH) && asked.get(header::IF_MODIFIED_SINCE) == Some(modified)
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
        for lists in
            [&["\"abc\""][..], &["*"], &["W/\"abc\""], &["\"x\", \"abc\""], &["\"x\"", "\"abc\""], &["\"abc-gzip\""]]
        {
            assert!(has(lists), "{lists:?}");
        }
        for lists in [&[][..], &["\"abd\""], &["abc"], &[""]] {
            assert!(!has(lists), "{lists:?}");
        }
    }

    #[test]
    fn a_date_counts_where_no_tag_is_said() {
        let modified = HeaderValue::from_static("Mon, 02 Jan 2040 09:00:00 GMT");
        let mut asked = HeaderMap::new();
        assert!(!has_since(&asked, &modified));
        asked.insert(header::IF_MODIFIED_SINCE, HeaderValue::from_static("Mon, 02 Jan 2040 09:00:01 GMT"));
        assert!(!has_since(&asked, &modified), "later than it ever was: nobody was told so");
        asked.insert(header::IF_MODIFIED_SINCE, modified.clone());
        assert!(has_since(&asked, &modified));
        asked.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"other\""));
        assert!(!has_since(&asked, &modified), "the tag says more");
    }
}
