//! calendar-query: the objects that a filter fits.
//!
//! What the database knows of when an object happens answers most of it; only what repeats, floats, or is asked for by
//! its words is read. Reading follows rules, which can be long: it is done where nobody else waits for it.

use super::{Wanted, reads};
use crate::caldav::{
    answers::Answers,
    calendar::{Calendar, Object, Wanted as Listed},
    filter::Filter,
    ics::{occur::Range, pick::Wish},
    no::No,
    path::{self, encoded},
    serve::{Asked, multistatus},
    xml::{CALDAV, Element},
};
use axum::{http::StatusCode, response::Response};
use std::sync::Arc;

/// What is left to be done once all is there that may fit.
struct Work {
    all: Vec<Arc<Object>>,
    /// `None`: all of them fit.
    filter: Option<Filter>,
    /// Those that the database was sure of need not be read.
    trusts_spans: bool,
    wanted: Wanted,
    user: String,
    href: String,
    is_brief: bool,
}

pub async fn answer(asked: &Asked, calendar: &dyn Calendar, root: &Element) -> Result<Response, No> {
    let wanted = Wanted::of(root, calendar)?;
    let filter = root.child(CALDAV, "filter");
    let filter = filter.ok_or_else(|| No::caldav("valid-filter", "a query has a filter"))?;
    let filter = Filter::read(filter)?;
    let user = asked.user().to_owned();
    let href = path::calendar(&user, calendar.name());
    let work = found(calendar, filter, wanted, user, href, asked.is_brief()).await?;
    if !work.is_long() {
        return Ok(multistatus(work.done()));
    }
    let done = tokio::task::spawn_blocking(move || work.done()).await;
    done.map(multistatus).map_err(|error| {
        tracing::error!("a query was not answered: {error}");
        No::new(StatusCode::INTERNAL_SERVER_ERROR, "this query cannot be answered")
    })
}

async fn found(
    calendar: &dyn Calendar,
    filter: Filter,
    wanted: Wanted,
    user: String,
    href: String,
    is_brief: bool,
) -> Result<Work, No> {
    let bodies = wanted.data.is_some();
    let any = Listed { bodies, ..Listed::default() };
    let (listed, decides, trusts_spans) = match filter.simple() {
        _ if filter.is_open() => (any, true, false),
        None => (Listed { bodies: true, ..any }, false, false),
        Some((component, range, decides)) => {
            let Range { from, to } = range.unwrap_or_default();
            let listed = Listed { component: Some(component), from, to, bodies: bodies || !decides };
            (listed, decides && range.is_none(), decides)
        }
    };
    let mut all = calendar.list(listed).await?;
    if !decides && trusts_spans && !bodies {
        add_bodies(calendar, &mut all).await?;
    }
    let filter = (!decides).then_some(filter);
    Ok(Work { all, filter, trusts_spans, wanted, user, href, is_brief })
}

/// The texts of those that must be read.
async fn add_bodies(calendar: &dyn Calendar, all: &mut [Arc<Object>]) -> Result<(), No> {
    let names: Vec<String> = all.iter().filter(|o| !o.span.is_exact).map(|o| o.name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut read: Vec<Arc<Object>> = calendar.named(&names).await?.into_iter().map(Arc::new).collect();
    read.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    for object in all.iter_mut().filter(|o| !o.span.is_exact) {
        if let Ok(at) = read.binary_search_by(|other| other.name.cmp(&object.name)) {
            *object = Arc::clone(&read[at]);
        }
    }
    Ok(())
}

impl Work {
    fn needs_reading(&self, object: &Object) -> bool {
        !(self.trusts_spans && object.span.is_exact)
    }

    fn is_long(&self) -> bool {
        let reads = self.filter.is_some() && self.all.iter().any(|object| self.needs_reading(object));
        reads || self.wanted.data.as_ref().is_some_and(|wish: &Wish| !wish.is_plain())
    }

    fn fits(&self, object: &Object) -> bool {
        let Some(filter) = self.filter.as_ref().filter(|_| self.needs_reading(object)) else { return true };
        reads(&object.body, &self.wanted.zone, |calendar, zones| filter.fits(calendar, zones)).unwrap_or(false)
    }

    fn done(self) -> String {
        let mut out = Answers::new(&self.user, self.is_brief);
        let mut href = self.href.clone();
        for object in self.all.iter().filter(|object| self.fits(object)) {
            href.truncate(self.href.len());
            href += &encoded(&object.name);
            self.wanted.add(&mut out, &href, object);
        }
        out.done()
    }
}
