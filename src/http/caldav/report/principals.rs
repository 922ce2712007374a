//! principal-property-search (RFC 3744): who there is. Everybody finds themselves, and nobody else.

use crate::caldav::{
    answers::Answers,
    no::No,
    path,
    props::{Ask, Subject},
    serve::{Asked, multistatus},
    xml::{CALDAV, DAV, Element},
};
use axum::response::Response;

pub fn answer(asked: &Asked, root: &Element) -> Result<Response, No> {
    let user = asked.user();
    let mut searches = root.all(DAV, "property-search").peekable();
    let is_any = root.attribute("test").is_some_and(|test| test == "anyof");
    let is_found = match searches.peek() {
        None => true,
        Some(_) if is_any => searches.any(|search| fits(search, user)),
        Some(_) => searches.all(|search| fits(search, user)),
    };
    let ask = match Ask::of(Some(root)) {
        // Some programs name what they want beside `prop`, not in it.
        Ask::These(names) => {
            let beside = root.children.iter().map(|child| child.name.clone());
            let beside = beside.filter(|name| name.is(CALDAV, "calendar-home-set") || name.is(DAV, "displayname"));
            Ask::These(names.into_iter().chain(beside).collect())
        }
        other => other,
    };
    let mut out = Answers::new(user, asked.is_brief());
    if is_found {
        out.add(&path::principal(user), &Subject::Principal, &ask);
    }
    Ok(multistatus(out.done()))
}

/// Whether the name of the one who asks has the text that is searched for.
fn fits(search: &Element, user: &str) -> bool {
    let is_name = search.child(DAV, "prop").is_some_and(|prop| prop.child(DAV, "displayname").is_some());
    let wanted = search.child(DAV, "match").map(|text| text.text.trim().to_lowercase());
    is_name && wanted.is_some_and(|wanted| user.to_lowercase().contains(&wanted))
}
