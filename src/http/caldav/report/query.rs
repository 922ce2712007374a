//! calendar-query: the objects that a filter fits.
//!
//! What the database knows of when an object happens answers most of it; only what repeats, floats, or is asked for by
//! its words is read.

use super::{Wanted, reads};
use crate::caldav::{
    calendar::{Calendar, Object, Wanted as Listed},
    filter::Filter,
    ics::occur::Range,
    no::No,
    path::{self, encoded},
    props::Answers,
    serve::{Asked, multistatus},
    xml::{CALDAV, Element},
};
use axum::response::Response;

pub async fn answer(asked: &Asked, calendar: &dyn Calendar, root: &Element) -> Result<Response, No> {
    let wanted = Wanted::of(root, calendar)?;
    let filter = root.child(CALDAV, "filter");
    let filter = filter.ok_or_else(|| No::caldav("valid-filter", "a query has a filter"))?;
    let filter = Filter::read(filter)?;
    let found = found(calendar, &filter, &wanted).await?;
    let user = asked.user();
    let href = path::calendar(user, calendar.name());
    let mut out = Answers::new(user, asked.is_brief());
    for object in found {
        wanted.add(&mut out, &(href.clone() + &encoded(&object.name)), &object);
    }
    Ok(multistatus(out.done()))
}

async fn found(calendar: &dyn Calendar, filter: &Filter, wanted: &Wanted) -> Result<Vec<Object>, No> {
    let bodies = wanted.data.is_some();
    if filter.is_open() {
        return calendar.list(Listed { bodies, ..Listed::default() }).await;
    }
    let Some((component, range, decides)) = filter.simple() else {
        let all = calendar.list(Listed { bodies: true, ..Listed::default() }).await?;
        return Ok(fitting(all, filter, wanted));
    };
    let Range { from, to } = range.unwrap_or_default();
    let listed = Listed { component: Some(component), from, to, bodies: bodies || !decides };
    let mut all = calendar.list(listed).await?;
    if !decides {
        return Ok(fitting(all, filter, wanted));
    }
    if range.is_none() {
        return Ok(all);
    }
    if !bodies {
        add_bodies(calendar, &mut all).await?;
    }
    all.retain(|object| object.is_exact || fits(object, filter, wanted));
    Ok(all)
}

/// The texts of those that must be read.
async fn add_bodies(calendar: &dyn Calendar, all: &mut [Object]) -> Result<(), No> {
    let names: Vec<String> = all.iter().filter(|o| !o.is_exact).map(|o| o.name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut read = calendar.named(&names).await?;
    read.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    for object in all.iter_mut().filter(|o| !o.is_exact) {
        if let Ok(at) = read.binary_search_by(|other| other.name.cmp(&object.name)) {
            object.body = std::mem::take(&mut read[at].body);
        }
    }
    Ok(())
}

fn fitting(mut all: Vec<Object>, filter: &Filter, wanted: &Wanted) -> Vec<Object> {
    all.retain(|object| fits(object, filter, wanted));
    all
}

fn fits(object: &Object, filter: &Filter, wanted: &Wanted) -> bool {
    reads(&object.body, &wanted.zone, |calendar, zones| filter.fits(calendar, zones)).unwrap_or(false)
}
