//! GET, PUT and DELETE.

use super::{
    calendar::Wanted,
    ics::{
        object::{LARGEST, Unfit, judge},
        pick,
    },
    no::No,
    path::Place,
    props::http_date,
    serve::Asked,
};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::Expects;

const TYPE: &str = "text/calendar; charset=utf-8";

/// What `If-Match` and `If-None-Match` want.
enum Condition {
    None,
    Any,
    Tags(Vec<String>),
}

impl Condition {
    fn of(asked: &Asked, name: &str) -> Self {
        match asked.header(name) {
            None => Self::None,
            Some("*") => Self::Any,
            Some(list) => {
                Self::Tags(list.split(',').map(|tag| tag.trim().trim_start_matches("W/").to_owned()).collect())
            }
        }
    }

    fn has(&self, etag: &str) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|tag| tag == etag),
        }
    }
}

pub async fn get(asked: &Asked) -> Result<Response, No> {
    match &asked.place {
        Place::Object(_, calendar, name) => {
            let found = asked.calendar(calendar).await?.named(&[name]).await?;
            let object = found.into_iter().next().ok_or_else(No::not_found)?;
            if Condition::of(asked, "if-none-match").has(&object.etag) {
                return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, object.etag)]).into_response());
            }
            let mut response = text(object.body, &object.etag);
            if let Ok(date) = HeaderValue::from_str(&http_date(object.changed)) {
                response.headers_mut().insert(header::LAST_MODIFIED, date);
            }
            Ok(response)
        }
        Place::Calendar(_, name) => {
            let calendar = asked.calendar(name).await?;
            let etag = format!("\"{}\"", calendar.token());
            if Condition::of(asked, "if-none-match").has(&etag) {
                return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
            }
            let all = calendar.list(Wanted { bodies: true, ..Wanted::default() }).await?;
            let called = calendar.about().displayname.as_deref().unwrap_or(calendar.name());
            Ok(text(pick::merged(called, all.iter().map(|object| object.body.as_str())), &etag))
        }
        Place::Nowhere => Err(No::not_found()),
        _ => Ok((StatusCode::OK, "This address is for calendar programs (CalDAV).\n").into_response()),
    }
}

fn text(body: String, etag: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    (headers, body).into_response()
}

pub async fn put(asked: &Asked) -> Result<Response, No> {
    if asked.place == Place::Nowhere {
        return Err(No::new(StatusCode::FORBIDDEN, "nothing can be put under this name"));
    }
    let Place::Object(_, calendar, name) = &asked.place else {
        return Err(No::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "an object is put into a calendar, under a name of its own",
        ));
    };
    let calendar = match asked.to_write(calendar).await {
        Ok(calendar) => calendar,
        // RFC 4918 wants it so where what should hold it is missing.
        Err(no) if no == No::not_found() => {
            return Err(No::new(StatusCode::CONFLICT, "there is no such calendar"));
        }
        Err(no) => return Err(no),
    };
    if let Some(given) = asked.header("content-type")
        && !given.to_ascii_lowercase().starts_with("text/calendar")
        && !given.to_ascii_lowercase().starts_with("application/octet-stream")
    {
        return Err(No::caldav("supported-calendar-data", "what is put has the Content-Type text/calendar"));
    }
    if asked.body.len() > LARGEST {
        return Err(No::caldav("max-resource-size", format!("an object has at most {LARGEST} bytes")));
    }
    let text = std::str::from_utf8(&asked.body);
    let text = text.map_err(|_| No::caldav("valid-calendar-data", "it is no UTF-8"))?;
    let kept = judge(text, calendar.components()).map_err(|unfit| match unfit {
        Unfit::Data(why) => No::caldav("valid-calendar-data", why),
        Unfit::Object(why) => No::caldav("valid-calendar-object-resource", why),
        Unfit::Component(why) => No::caldav("supported-calendar-component", why),
    })?;
    let (wanted, unwanted) = (Condition::of(asked, "if-match"), Condition::of(asked, "if-none-match"));
    if let Condition::Tags(_) = &unwanted {
        let there = calendar.named(&[name]).await?;
        if there.first().is_some_and(|object| unwanted.has(&object.etag)) {
            return Err(No::stale());
        }
    }
    let expects = match (&wanted, &unwanted) {
        (_, Condition::Any) => Expects::Absent,
        (Condition::Tags(tags), _) => Expects::Tags(tags),
        (Condition::Any, _) => Expects::Present,
        (Condition::None, _) => Expects::Nothing,
    };
    let put = calendar.put(&asked.who, name, text, &kept, expects).await?;
    let status = if put.is_new { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    let mut response = status.into_response();
    if let Some(etag) = put.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

pub async fn delete(asked: &Asked) -> Result<Response, No> {
    match &asked.place {
        Place::Object(_, calendar, name) => {
            let wanted = Condition::of(asked, "if-match");
            let expects = match &wanted {
                Condition::Tags(tags) => Expects::Tags(tags),
                Condition::Any => Expects::Present,
                Condition::None => Expects::Nothing,
            };
            asked.to_write(calendar).await?.delete(&asked.who, name, expects).await?;
        }
        Place::Calendar(_, name) => asked.calendar(name).await?.remove(&asked.who).await?,
        Place::Nowhere => return Err(No::not_found()),
        _ => return Err(No::new(StatusCode::FORBIDDEN, "this cannot be deleted")),
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
