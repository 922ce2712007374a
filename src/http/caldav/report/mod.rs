//! REPORT: what is asked of a calendar.

mod busy;
mod multiget;
mod principals;
mod query;
mod sync;

use super::{
    answers::Answers,
    calendar::{Calendar, Object},
    filter::range,
    ics::{
        lines,
        pick::{Chosen, Wish, pick},
        zone::{Zone, Zones},
    },
    no::No,
    path::Place,
    props::{Ask, Subject},
    serve::Asked,
    xml::{CALDAV, DAV, Element},
};
use axum::{http::StatusCode, response::Response};

pub async fn answer(asked: &Asked) -> Result<Response, No> {
    let root = asked.xml()?.ok_or_else(|| No::bad("a REPORT has a body that says which"))?;
    if root.is_dav("principal-property-search")
        && matches!(asked.place, Place::Root | Place::Container(_) | Place::Principal(_) | Place::Home(_))
    {
        return principals::answer(asked, &root);
    }
    let name = match (&asked.place, root.name.space.as_str(), root.name.local.as_str()) {
        (Place::Nowhere, ..) => return Err(No::not_found()),
        (Place::Calendar(..), CALDAV, "calendar-query" | "calendar-multiget" | "free-busy-query")
        | (Place::Calendar(..), DAV, "sync-collection") => root.name.local.as_str(),
        // Some programs ask the object itself.
        (Place::Object(..), CALDAV, "calendar-multiget") => root.name.local.as_str(),
        _ => {
            let why = format!("the report {} is not made of this", root.name.local);
            return Err(No::dav(StatusCode::FORBIDDEN, "supported-report", why));
        }
    };
    let (Place::Calendar(_, calendar) | Place::Object(_, calendar, _)) = &asked.place else {
        return Err(No::not_found());
    };
    let calendar = asked.calendar(calendar).await?;
    match name {
        "calendar-query" => query::answer(asked, calendar.as_ref(), &root).await,
        "calendar-multiget" => multiget::answer(asked, calendar.as_ref(), &root).await,
        "free-busy-query" => busy::answer(asked, calendar.as_ref(), &root).await,
        _ => sync::answer(asked, calendar.as_ref(), &root).await,
    }
}

/// What is asked of each object.
struct Wanted {
    ask: Ask,
    /// What of its text, where that is asked for.
    data: Option<Wish>,
    /// What floats is in this zone.
    zone: Zone,
}

impl Wanted {
    fn of(root: &Element, calendar: &dyn Calendar) -> Result<Self, No> {
        let data = root.child(DAV, "prop").and_then(|prop| prop.child(CALDAV, "calendar-data"));
        let said = root.child(CALDAV, "timezone").map(|zone| zone.text.as_str());
        let said = said.or(calendar.about().timezone.as_deref());
        Ok(Self {
            ask: Ask::of(Some(root)),
            data: data.map(wish).transpose()?,
            zone: said.and_then(zone).unwrap_or(Zone::UTC),
        })
    }

    /// Whether it is the tag alone, which all that is listed has at hand.
    fn is_tag(&self) -> bool {
        matches!(&self.ask, Ask::These(names) if matches!(names.as_slice(), [name] if name.is(DAV, "getetag")))
    }

    fn add(&self, out: &mut Answers<'_>, href: &str, object: &Object) {
        if self.is_tag() {
            return out.add_tag(href, &object.etag);
        }
        match &self.data {
            Some(wish) if !wish.is_plain() => {
                let text = pick(&object.body, wish, &self.zone);
                out.add(href, &Subject::Object(object, Some(&text)), &self.ask);
            }
            wish => out.add(href, &Subject::Object(object, wish.as_ref().map(|_| object.body.as_str())), &self.ask),
        }
    }
}

/// The zone of a calendar with one VTIMEZONE.
fn zone(text: &str) -> Option<Zone> {
    let unfolded = lines::unfold(text);
    let calendar = lines::read(unfolded.trim()).ok()?;
    calendar.parts.iter().find(|part| part.is("VTIMEZONE")).and_then(Zone::of)
}

fn wish(data: &Element) -> Result<Wish, No> {
    let type_fits = data.attribute("content-type").is_none_or(|t| t.eq_ignore_ascii_case("text/calendar"));
    if !type_fits || data.attribute("version").is_some_and(|version| version != "2.0") {
        return Err(No::caldav("supported-calendar-data", "calendars are given as text/calendar, version 2.0"));
    }
    let bounded = |element: &Element| {
        let range = range(element)?;
        match (range.from, range.to) {
            (Some(_), Some(_)) => Ok(range),
            _ => Err(No::bad("expand and limit-recurrence-set need a start and an end")),
        }
    };
    Ok(Wish {
        expand: data.child(CALDAV, "expand").map(bounded).transpose()?,
        limit: data.child(CALDAV, "limit-recurrence-set").map(bounded).transpose()?,
        chosen: data.child(CALDAV, "comp").map(|comp| chosen(comp, 0)),
    })
}

fn chosen(comp: &Element, depth: usize) -> Chosen {
    let has = |local: &str| comp.child(CALDAV, local).is_some();
    let props = comp.all(CALDAV, "prop").filter_map(|prop| prop.attribute("name")).map(str::to_owned).collect();
    let comps = if depth < 4 { comp.all(CALDAV, "comp").map(|c| chosen(c, depth + 1)).collect() } else { vec![] };
    Chosen {
        name: comp.attribute("name").unwrap_or_default().to_owned(),
        props: (!has("allprop")).then_some(props),
        comps: (!has("allcomp")).then_some(comps),
    }
}

/// Whether an object's text fits, as far as it can be read.
fn reads<T>(text: &str, zone: &Zone, judge: impl Fn(&lines::Component<'_>, &Zones<'_>) -> T) -> Option<T> {
    let unfolded = lines::unfold(text);
    let calendar = lines::read(&unfolded).ok()?;
    let zones = Zones::new(&calendar, zone.clone());
    Some(judge(&calendar, &zones))
}
