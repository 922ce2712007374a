//! PROPPATCH: what is said of a calendar, changed all at once or not at all.

use super::{
    answers::Answers,
    no::No,
    path::{self, Place},
    serve::{Asked, multistatus},
    xml::{APPLE, CALDAV, DAV, Element, Name},
};
use axum::{http::StatusCode, response::Response};
use direttore_store::plain_calendar::About;

/// A description or a zone has no more bytes than this.
const LONGEST: usize = 64 * 1024;

pub async fn answer(asked: &Asked) -> Result<Response, No> {
    let root = asked.xml()?.filter(|root| root.is_dav("propertyupdate"));
    let root = root.ok_or_else(|| No::bad("the body of a PROPPATCH is a propertyupdate of DAV:"))?;
    let user = asked.user();
    let (href, calendar) = match &asked.place {
        Place::Calendar(_, name) => (path::calendar(user, name), Some(asked.calendar(name).await?)),
        Place::Home(_) => (path::home(user), None),
        Place::Principal(_) => (path::principal(user), None),
        Place::Nowhere => return Err(No::not_found()),
        _ => return Err(No::new(StatusCode::FORBIDDEN, "nothing of this can be changed")),
    };
    let mut about = calendar.as_ref().map(|calendar| calendar.about().clone()).unwrap_or_default();
    let mut outcomes: Vec<(&Name, bool)> = Vec::new();
    for update in &root.children {
        let is_removal = update.is_dav("remove");
        if !is_removal && !update.is_dav("set") {
            continue;
        }
        for property in update.all(DAV, "prop").flat_map(|prop| &prop.children) {
            let fits = calendar.is_some() && set(&mut about, property, is_removal);
            outcomes.push((&property.name, fits));
        }
    }
    let all_fit = outcomes.iter().all(|(_, fits)| *fits);
    if let (true, Some(calendar), false) = (all_fit, &calendar, outcomes.is_empty()) {
        calendar.describe(&asked.who, &about).await?;
    }
    let told: Vec<(&Name, &str)> = outcomes
        .into_iter()
        .map(|(name, fits)| match (fits, all_fit) {
            (true, true) => (name, "200 OK"),
            (true, false) => (name, "424 Failed Dependency"),
            (false, _) => (name, "403 Forbidden"),
        })
        .collect();
    let mut out = Answers::new(user, false);
    out.add_outcomes(&href, &told);
    Ok(multistatus(out.done()))
}

/// Takes a property over. False for one that cannot be said.
pub fn set(about: &mut About, property: &Element, is_removal: bool) -> bool {
    let name = &property.name;
    let field = match (name.space.as_str(), name.local.as_str()) {
        (DAV, "displayname") => &mut about.displayname,
        (CALDAV, "calendar-description") => &mut about.description,
        (CALDAV, "calendar-timezone") => &mut about.timezone,
        (APPLE, "calendar-color") => &mut about.color,
        (APPLE, "calendar-order") => &mut about.position,
        _ => return false,
    };
    if property.text.len() > LONGEST {
        return false;
    }
    *field = (!is_removal).then(|| property.text.clone());
    true
}
