//! MKCALENDAR, and MKCOL that says it makes a calendar: a new calendar in one's home.

use super::{
    booked,
    no::No,
    path::{Place, is_name},
    plain::refusal,
    proppatch,
    serve::Asked,
    xml::{CALDAV, DAV},
};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::Written;
use direttore_store::plain_calendar::About;

const COMPONENTS: [&str; 3] = ["VEVENT", "VTODO", "VJOURNAL"];

pub async fn answer(asked: &Asked, is_calendar: bool) -> Result<Response, No> {
    let Place::Calendar(_, name) = &asked.place else {
        let why = "a calendar is made directly in one's home";
        return Err(No::caldav("calendar-collection-location-ok", why));
    };
    let root = asked.xml()?;
    let (mut about, mut components, mut is_meant) = (About::default(), COMPONENTS.join(","), is_calendar);
    let properties = root.iter().flat_map(|root| root.all(DAV, "set")).flat_map(|set| set.all(DAV, "prop"));
    for property in properties.flat_map(|prop| &prop.children) {
        match (property.name.space.as_str(), property.name.local.as_str()) {
            (DAV, "resourcetype") => is_meant |= property.child(CALDAV, "calendar").is_some(),
            (CALDAV, "supported-calendar-component-set") => {
                let wanted = property.all(CALDAV, "comp").filter_map(|comp| comp.attribute("name"));
                let wanted: Vec<String> = wanted.map(str::to_ascii_uppercase).collect();
                let known: Vec<&str> = COMPONENTS.into_iter().filter(|c| wanted.iter().any(|w| w == c)).collect();
                if known.is_empty() {
                    let why = format!("a calendar takes some of {}", COMPONENTS.join(", "));
                    return Err(No::caldav("supported-calendar-component", why));
                }
                components = known.join(",");
            }
            // What is not known of a new calendar is no reason not to make it.
            _ => drop(proppatch::set(&mut about, property, false)),
        }
    }
    if !is_meant {
        let why = "only calendars are made here: resourcetype needs collection and calendar";
        return Err(No::dav(StatusCode::FORBIDDEN, "valid-resourcetype", why));
    }
    if booked::is_ours(name) {
        let why = "calendars of this name are for reservations: they are there, or are not, by what can be reserved";
        return Err(No::caldav("calendar-collection-location-ok", why));
    }
    if !is_name(name) {
        return Err(No::bad("this is no name for a calendar"));
    }
    match asked.dispatch.make_calendar(&asked.who, name, &about, &components).await? {
        Written::Created => Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-cache")]).into_response()),
        Written::Exists if !is_calendar => {
            Err(No::new(StatusCode::METHOD_NOT_ALLOWED, "there is something under this name already"))
        }
        other => Err(refusal(&other)),
    }
}
