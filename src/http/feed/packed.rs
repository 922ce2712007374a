//! A feed in fewer bytes, for programs that take gzip.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// Less is not worth it: it fits into one packet anyway.
pub const LEAST: usize = 1024;

/// Whether who asks takes gzip.
pub fn is_taken(asked: &HeaderMap) -> bool {
    let lists = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| {
        let (coding, weight) = one.split_once(';').unwrap_or((one, "q=1"));
        let weight = weight.trim().trim_start_matches(['q', 'Q']).trim_start_matches([' ', '=']);
        let is_none = weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0);
        coding.trim().eq_ignore_ascii_case("gzip") && !is_none
    })
}

/// Other bytes have another tag.
pub fn etag(of: &HeaderValue) -> HeaderValue {
    let tag = of.to_str().unwrap_or_default().trim_end_matches('"');
    HeaderValue::from_str(&format!("{tag}-gzip\"")).unwrap_or_else(|_| of.clone())
}

/// Packed on a thread of its own: long calendars take a while.
pub async fn packed(body: Bytes) -> Bytes {
    let pack = move || {
        let mut out = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
        out.write_all(&body).and_then(|()| out.finish())
    };
    let done = tokio::task::spawn_blocking(pack).await;
    Bytes::from(done.expect("packing does not panic").expect("memory can be written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        let takes = |lists: &[&'static str]| {
            let mut asked = HeaderMap::new();
            for list in lists {
                asked.append(header::ACCEPT_ENCODING, HeaderValue::from_static(list));
            }
            is_taken(&asked)
        };
        for lists in [&["gzip"][..], &["deflate, GZip;q=0.5"], &["br", "gzip"], &["gzip; q=1.0"]] {
            assert!(takes(lists), "{lists:?}");
        }
        for lists in [&[][..], &["identity"], &["gzip;q=0"], &["gzip; q=0.000, br"], &["x-gzip2"], &["*"]] {
            assert!(!takes(lists), "{lists:?}");
        }
        assert_eq!(etag(&HeaderValue::from_static("\"abc\"")), "\"abc-gzip\"");
    }
}
