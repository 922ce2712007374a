//! A calendar as those see it who speak CalDAV, whatever it is made of.
//!
//! What is behind it lists, gives, takes and tells what changed; the words of the protocol are above it.

use super::{ics::object::Kept, no::No};
use direttore_core::dispatch::{Bearer, Expects};
use direttore_domain::Instant;
use direttore_store::{plain_calendar::About, plain_object::Span};
use futures::future::BoxFuture;
use std::sync::Arc;

pub type Answer<'a, T> = BoxFuture<'a, Result<T, No>>;

/// What is in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The last part of its path.
    pub name: String,
    /// With its quotes.
    pub etag: String,
    pub component: String,
    /// Empty where only heads were asked for.
    pub body: String,
    pub size: i64,
    pub changed: Instant,
    pub span: Span,
}

/// Which objects; `None` is any. A range gives all that may be in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    pub component: Option<&'a str>,
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub bodies: bool,
}

/// What changed since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Names, each with its tag; without one it was deleted.
    pub all: Vec<(String, Option<String>)>,
    /// For the next time.
    pub token: String,
    /// There is more.
    pub is_cut: bool,
}

/// An object that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    pub is_new: bool,
    /// Where it is given back byte by byte.
    pub etag: Option<String>,
}

pub trait Calendar: Send + Sync {
    /// Its part of the path.
    fn name(&self) -> &str;
    fn about(&self) -> &About;
    /// Names of the components that it takes, with commas.
    fn components(&self) -> &str;
    /// Another one after each change of what is in it: an absolute URI.
    fn token(&self) -> String;
    fn is_writable(&self) -> bool;
    /// In the order of their names.
    fn list<'a>(&'a self, wanted: Wanted<'a>) -> Answer<'a, Vec<Arc<Object>>>;
    /// Those of these names that are there.
    fn named<'a>(&'a self, names: &'a [&'a str]) -> Answer<'a, Vec<Object>>;
    /// Since the moment of a token, or all that is there; at most `limit`. `None` for a token that is not known.
    fn changes<'a>(&'a self, since: Option<&'a str>, limit: Option<usize>) -> Answer<'a, Option<Changes>>;
    fn put<'a>(
        &'a self,
        who: &'a Bearer,
        name: &'a str,
        text: &'a str,
        kept: &'a Kept,
        expects: Expects<'a>,
    ) -> Answer<'a, Put>;
    fn delete<'a>(&'a self, who: &'a Bearer, name: &'a str, expects: Expects<'a>) -> Answer<'a, ()>;
    fn describe<'a>(&'a self, who: &'a Bearer, about: &'a About) -> Answer<'a, ()>;
    /// The calendar itself.
    fn remove<'a>(&'a self, who: &'a Bearer) -> Answer<'a, ()>;
}
