//! Which resource a path means.
//!
//! `/dav/` root, `/dav/principals/<user>/`, `/dav/cal/<user>/` home, `/dav/cal/<user>/<calendar>/`, and what is in it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub const ROOT: &str = "/dav/";
pub const PRINCIPALS: &str = "/dav/principals/";
pub const HOMES: &str = "/dav/cal/";

/// A part of a path as RFC 3986 lets it stand.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// As long as a name in a path may be.
const LONGEST: usize = 255;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Root,
    /// What holds all principals, or all homes.
    Container(&'static str),
    Principal(String),
    Home(String),
    Calendar(String, String),
    Object(String, String, String),
    Nowhere,
}

impl Place {
    /// From the path of a request, or of a href in one.
    pub fn of(path: &str) -> Self {
        let mut parts = Vec::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            match percent_decode_str(part).decode_utf8() {
                Ok(part) if is_name(&part) => parts.push(part.into_owned()),
                _ => return Self::Nowhere,
            }
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            [] | ["dav"] => Self::Root,
            ["principals"] | ["dav", "principals"] => Self::Container(PRINCIPALS),
            ["dav", "cal"] => Self::Container(HOMES),
            ["principals", user] | ["dav", "principals", user] => Self::Principal((*user).to_owned()),
            ["dav", "cal", user] => Self::Home((*user).to_owned()),
            ["dav", "cal", user, calendar] => Self::Calendar((*user).to_owned(), (*calendar).to_owned()),
            ["dav", "cal", user, calendar, name] => {
                Self::Object((*user).to_owned(), (*calendar).to_owned(), (*name).to_owned())
            }
            _ => Self::Nowhere,
        }
    }

    /// As a href says it: a path, or a whole URL.
    pub fn of_href(href: &str) -> Self {
        let href = href.trim();
        let path = match href.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => href,
        };
        Self::of(path.split(['?', '#']).next().unwrap_or_default())
    }

    /// Whose it is.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Principal(user) | Self::Home(user) | Self::Calendar(user, _) | Self::Object(user, ..) => Some(user),
            Self::Root | Self::Container(_) | Self::Nowhere => None,
        }
    }
}

/// Whether it can be part of a path of ours.
pub fn is_name(name: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && c != '/';
    !name.is_empty() && name.len() <= LONGEST && !matches!(name, "." | "..") && name.chars().all(is_plain)
}

pub fn encoded(name: &str) -> String {
    utf8_percent_encode(name, PART).to_string()
}

pub fn principal(user: &str) -> String {
    format!("{PRINCIPALS}{}/", encoded(user))
}

pub fn home(user: &str) -> String {
    format!("{HOMES}{}/", encoded(user))
}

pub fn calendar(user: &str, name: &str) -> String {
    format!("{HOMES}{}/{}/", encoded(user), encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_however_they_are_written() {
        let object = Place::Object("bob".into(), "work".into(), "a@b.ics".into());
        for path in ["/dav/cal/bob/work/a@b.ics", "/dav/cal/bob/work/a%40b.ics", "//dav/cal/bob/work//a%40b.ics"] {
            assert_eq!(Place::of(path), object, "{path}");
        }
        assert_eq!(Place::of_href("https://x.example:8443/dav/cal/bob/work/a%40b.ics?x#y"), object);
        assert_eq!(Place::of("/dav/cal/bob/work"), Place::Calendar("bob".into(), "work".into()));
        assert_eq!(Place::of("/dav/cal/bob/work/"), Place::Calendar("bob".into(), "work".into()));
        assert_eq!(Place::of("/principals/bob/"), Place::Principal("bob".into()));
        assert_eq!(
            (Place::of("/"), Place::of("/dav"), Place::of_href("http://x")),
            (Place::Root, Place::Root, Place::Root)
        );
        for nowhere in
            ["/dav/x", "/dav/cal/bob/work/a/b", "/dav/cal/../x", "/dav/cal/b%2Fob", "/dav/cal/%ff", "/dav/%00"]
        {
            assert_eq!(Place::of(nowhere), Place::Nowhere, "{nowhere}");
        }
        assert_eq!(calendar("bob", "my work"), "/dav/cal/bob/my%20work/");
    }
}
