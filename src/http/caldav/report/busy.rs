//! free-busy-query: when a calendar's events take up time.

use super::Wanted;
use crate::caldav::{
    calendar::{Calendar, Wanted as Listed},
    filter::range,
    ics::pick,
    no::No,
    serve::Asked,
    xml::{CALDAV, Element},
};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

pub async fn answer(asked: &Asked, calendar: &dyn Calendar, root: &Element) -> Result<Response, No> {
    let wanted = Wanted::of(root, calendar)?;
    let given = root.child(CALDAV, "time-range").ok_or_else(|| No::bad("a free-busy-query has a time-range"))?;
    let range = range(given)?;
    let listed = Listed { component: Some("VEVENT"), from: range.from, to: range.to, bodies: true };
    let all = calendar.list(listed).await?;
    let now = asked.dispatch.now().millis() / 1000;
    let text = pick::busy(all.iter().map(|object| object.body.as_str()), range, &wanted.zone, now);
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], text).into_response())
}
