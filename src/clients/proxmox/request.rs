//! One call as a value: method, path, parameters. Nothing here sends anything.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use std::borrow::Cow;

/// All but what RFC 3986 leaves unreserved: UPIDs and tickets hold `:`, `@`, `!`, `/` and `+`.
pub(super) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Below `/api2/json`, percent-encoded, with a leading `/`.
    pub(super) path: String,
    pub(super) params: Vec<Param>,
    /// Whether sending it twice does no more than sending it once.
    pub(super) is_repeatable: bool,
}

#[derive(Clone)]
pub(super) struct Param {
    pub(super) name: Cow<'static, str>,
    pub(super) value: String,
    pub(super) is_secret: bool,
}

impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.name, if self.is_secret { "…" } else { &self.value })
    }
}

impl Request {
    fn new(method: Method, path: &[&str], is_repeatable: bool) -> Self {
        let mut encoded = String::with_capacity(64);
        for segment in path {
            encoded.push('/');
            encoded.extend(utf8_percent_encode(segment, ENCODED));
        }
        Self { method, path: encoded, params: Vec::new(), is_repeatable }
    }

    pub(super) fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path, true)
    }

    pub(super) fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path, false)
    }

    pub(super) fn put(path: &[&str]) -> Self {
        Self::new(Method::PUT, path, false)
    }

    pub(super) fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path, false)
    }

    /// For a POST that changes nothing, such as a login.
    pub(super) fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    pub(super) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        self.params.push(Param { name: name.into(), value: value.to_string(), is_secret: false });
        self
    }

    pub(super) fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// A flag that is on; Proxmox leaves out those that are off, and so do we.
    pub(super) fn with_flag(self, name: &'static str, is_on: bool) -> Self {
        self.with_some(name, is_on.then_some(1))
    }

    /// Values of a numbered family, from 0 on: `net0`, `net1`.
    pub(super) fn with_each(self, family: &str, values: impl IntoIterator<Item = impl ToString>) -> Self {
        values.into_iter().enumerate().fold(self, |request, (n, value)| request.with(format!("{family}{n}"), value))
    }

    /// A value that must not be recorded or shown.
    pub(super) fn with_secret(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.params.push(Param { name: name.into(), value: value.into(), is_secret: true });
        self
    }

    /// Proxmox refuses a body on GET and DELETE: their parameters go into the query.
    pub(super) fn has_body(&self) -> bool {
        self.method == Method::POST || self.method == Method::PUT
    }

    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.params.iter().map(|p| (&*p.name, p.value.as_str())).collect()
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.params.iter().filter(|p| p.is_secret).map(|p| p.value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        let request = Request::get(&["nodes", "pve1", "tasks", "UPID:pve1:1:2:3:qmstart:100:bot@pve!x:", "a/../b"]);
        assert_eq!(
            request.path,
            "/nodes/pve1/tasks/UPID%3Apve1%3A1%3A2%3A3%3Aqmstart%3A100%3Abot%40pve%21x%3A/a%2F..%2Fb"
        );
    }

    #[test]
    fn parameters_that_are_off_are_left_out() {
        let request = Request::post(&["x"]).with_flag("a", false).with_flag("b", true).with_some("c", None::<u8>);
        assert_eq!(request.pairs(), [("b", "1")]);
        assert!(request.has_body() && !Request::delete(&["x"]).has_body());
    }

    #[test]
    fn secrets_are_not_shown() {
        let request = Request::post(&["x"]).with_secret("password", "hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
        assert_eq!(request.secrets().collect::<Vec<_>>(), ["hunter2"]);
    }
}
