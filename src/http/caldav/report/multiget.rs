//! calendar-multiget: the objects of these names.

use super::Wanted;
use crate::caldav::{
    answers::Answers,
    calendar::{Calendar, Object},
    no::No,
    path::Place,
    serve::{Asked, multistatus},
    xml::{DAV, Element},
};
use axum::response::Response;
use std::collections::HashMap;

pub async fn answer(asked: &Asked, calendar: &dyn Calendar, root: &Element) -> Result<Response, No> {
    let wanted = Wanted::of(root, calendar)?;
    let hrefs: Vec<&str> = root.all(DAV, "href").map(|href| href.text.trim()).collect();
    let user = asked.user();
    let name = |href: &&str| match Place::of_href(href) {
        Place::Object(whose, of, name) if whose == user && of == calendar.name() => Some(name),
        _ => None,
    };
    let places: Vec<Option<String>> = hrefs.iter().map(name).collect();
    let names: Vec<&str> = places.iter().flatten().map(String::as_str).collect();
    let found = if names.is_empty() { vec![] } else { calendar.named(&names).await? };
    let found: HashMap<&str, &Object> = found.iter().map(|object| (object.name.as_str(), object)).collect();
    let mut out = Answers::new(user, asked.is_brief());
    for (href, name) in hrefs.into_iter().zip(&places) {
        // As it was asked for: whoever asked knows it by that.
        match name.as_deref().and_then(|name| found.get(name)) {
            Some(object) => wanted.add(&mut out, href, object),
            None => out.add_status(href, "404 Not Found", ""),
        }
    }
    Ok(multistatus(out.done()))
}
