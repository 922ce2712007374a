//! One endpoint, and how a path finds it.

use super::param::Param;
use crate::api::Handler;
use std::collections::BTreeMap;

/// Privileges that are asked for before anything else; what depends on the parameters is asked for by the handler.
#[derive(Debug, Clone, Copy)]
pub enum Needs {
    /// Any user; the handler may look closer.
    User,
    All(&'static str, &'static [&'static str]),
    Any(&'static str, &'static [&'static str]),
}

pub struct Endpoint {
    pub method: &'static str,
    /// As in the contract: `/nodes/{node}/qemu`.
    pub path: &'static str,
    pub params: &'static [&'static [Param]],
    pub needs: Needs,
    /// Answered by the node in the path, so not at all when that is down.
    pub is_forwarded: bool,
    pub takes_token: bool,
    /// Needs no credentials.
    pub is_open: bool,
    pub is_since_9: bool,
    pub handler: Handler,
}

const fn new(method: &'static str, path: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method,
        path,
        params: &[],
        needs: Needs::User,
        is_forwarded: false,
        takes_token: true,
        is_open: false,
        is_since_9: false,
        handler,
    }
}

pub const fn get(path: &'static str, handler: Handler) -> Endpoint {
    new("GET", path, handler)
}
pub const fn post(path: &'static str, handler: Handler) -> Endpoint {
    new("POST", path, handler)
}
pub const fn put(path: &'static str, handler: Handler) -> Endpoint {
    new("PUT", path, handler)
}
pub const fn delete(path: &'static str, handler: Handler) -> Endpoint {
    new("DELETE", path, handler)
}

impl Endpoint {
    pub const fn takes(mut self, params: &'static [&'static [Param]]) -> Self {
        self.params = params;
        self
    }
    pub const fn all_of(mut self, path: &'static str, privileges: &'static [&'static str]) -> Self {
        self.needs = Needs::All(path, privileges);
        self
    }
    pub const fn any_of(mut self, path: &'static str, privileges: &'static [&'static str]) -> Self {
        self.needs = Needs::Any(path, privileges);
        self
    }
    pub const fn on_node(mut self) -> Self {
        self.is_forwarded = true;
        self
    }
    pub const fn open(mut self) -> Self {
        self.is_open = true;
        self
    }
    pub const fn no_token(mut self) -> Self {
        self.takes_token = false;
        self
    }
    pub const fn since_9(mut self) -> Self {
        self.is_since_9 = true;
        self
    }

    /// The values of the path's parameters, if `path` is of this form.
    fn matches(&self, path: &[String]) -> Option<BTreeMap<String, String>> {
        let form = self.path.split('/').skip(1);
        if form.clone().count() != path.len() {
            return None;
        }
        let mut values = BTreeMap::new();
        for (part, given) in form.zip(path) {
            match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                Some(name) => drop(values.insert(name.to_owned(), given.clone())),
                None if part == given => {}
                None => return None,
            }
        }
        Some(values)
    }
}

/// The endpoint of a path (decoded, in parts), with the values in it.
pub fn find(
    method: &str,
    path: &[String],
    is_version_8: bool,
) -> Option<(&'static Endpoint, BTreeMap<String, String>)> {
    super::endpoints()
        .filter(|e| e.method == method && !(e.is_since_9 && is_version_8))
        .find_map(|e| Some((e, e.matches(path)?)))
}
