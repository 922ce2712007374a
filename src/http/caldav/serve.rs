//! One request: who asks, what for, by which method.

use super::{
    booked::{self, Booked},
    calendar::Calendar,
    heads::Heads,
    ics::object::LARGEST,
    make,
    no::No,
    object,
    path::Place,
    plain::Plain,
    propfind, proppatch, report,
    xml::{self, Element},
};
use crate::{body, error::Refused};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64ct::{Base64, Encoding};
use direttore_core::dispatch::{Bearer, Dispatch};
use std::{sync::Arc, time::Duration};

/// Of a request besides an object: what is around it, and long lists of names.
const MARGIN: usize = 64 * 1024;

const ALLOW: &str = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCALENDAR, MKCOL";
const CLASSES: &str = "1, 3, calendar-access, sync-collection, extended-mkcol";

#[derive(Clone)]
pub struct Served {
    pub dispatch: Arc<Dispatch>,
    /// How long a body may take.
    pub read: Duration,
    pub heads: Arc<Heads>,
}

/// A request of somebody who was let in.
pub struct Asked {
    pub dispatch: Arc<Dispatch>,
    heads: Arc<Heads>,
    pub who: Bearer,
    pub place: Place,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn user(&self) -> &str {
        self.who.account.name.as_str()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// What was asked in XML; `None` for an empty body.
    pub fn xml(&self) -> Result<Option<Element>, No> {
        xml::read(&self.body).map_err(No::bad)
    }

    /// Whether what is not there need not be said.
    pub fn is_brief(&self) -> bool {
        let is_minimal =
            |prefer: &str| prefer.split(',').any(|p| matches!(p.trim(), "return=minimal" | "return-minimal"));
        self.header("brief").is_some_and(|brief| brief.eq_ignore_ascii_case("t"))
            || self.header("prefer").is_some_and(is_minimal)
    }

    pub async fn calendar(&self, name: &str) -> Result<Box<dyn Calendar>, No> {
        self.find(name, false).await
    }

    /// As [`Asked::calendar`], only to be written into.
    pub async fn to_write(&self, name: &str) -> Result<Box<dyn Calendar>, No> {
        self.find(name, true).await
    }

    async fn find(&self, name: &str, is_to_write: bool) -> Result<Box<dyn Calendar>, No> {
        if booked::is_ours(name) {
            let found = Booked::find(&self.dispatch, &self.who, name, is_to_write).await?;
            return found.map(|booked| Box::new(booked) as Box<dyn Calendar>).ok_or_else(No::not_found);
        }
        let found = Plain::find(&self.dispatch, &self.heads, &self.who, name).await?;
        found.map(|plain| Box::new(plain) as Box<dyn Calendar>).ok_or_else(No::not_found)
    }

    pub async fn calendars(&self) -> Result<Vec<Box<dyn Calendar>>, No> {
        let all = Plain::all(&self.dispatch, &self.heads, &self.who).await?;
        let plain = all.into_iter().map(|plain| Box::new(plain) as Box<dyn Calendar>);
        let booked = Booked::all(&self.dispatch, &self.who).await?;
        Ok(plain.chain(booked.into_iter().map(|booked| Box::new(booked) as Box<dyn Calendar>)).collect())
    }
}

pub async fn serve(State(served): State<Served>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let mut response = match answer(served, head, body).await {
        Ok(response) => response,
        Err(no) => no.into_response(),
    };
    response.headers_mut().insert(HeaderName::from_static("dav"), HeaderValue::from_static(CLASSES));
    response
}

async fn answer(served: Served, head: Parts, body: Body) -> Result<Response, No> {
    let method = head.method.as_str().to_owned();
    if method == "OPTIONS" {
        // Asked before somebody signs in, too. 200: some programs take nothing else.
        let answer = (StatusCode::OK, [(header::ALLOW, ALLOW)]).into_response();
        return Ok(unread(&head.headers, body, served.read, answer).await);
    }
    let Some(who) = enter(&served.dispatch, &head.headers).await? else {
        return Ok(unread(&head.headers, body, served.read, No::not_let_in().into_response()).await);
    };
    let place = Place::of(head.uri.path());
    let body = match body::read(&head.headers, body, LARGEST + MARGIN, served.read).await {
        Ok(body) => body,
        Err(Refused::TooLarge) if method == "PUT" => {
            let no = No::caldav("max-resource-size", format!("an object has at most {LARGEST} bytes"));
            return Ok(([(header::CONNECTION, "close")], no).into_response());
        }
        Err(refused) => return Err(refused.into()),
    };
    // What is somebody else's is nowhere: nobody learns who else there is.
    if place.user().is_some_and(|user| user != who.account.name.as_str()) {
        return Err(No::not_found());
    }
    let asked = Asked { dispatch: served.dispatch, heads: served.heads, who, place, headers: head.headers, body };
    match method.as_str() {
        "PROPFIND" => propfind::answer(&asked).await,
        "PROPPATCH" => proppatch::answer(&asked).await,
        "REPORT" => report::answer(&asked).await,
        "GET" | "HEAD" => object::get(&asked).await,
        "PUT" => object::put(&asked).await,
        "DELETE" => object::delete(&asked).await,
        "MKCALENDAR" | "MKCOL" => make::answer(&asked, method == "MKCALENDAR").await,
        _ => {
            let no = No::new(StatusCode::METHOD_NOT_ALLOWED, "this is not asked so; see Allow");
            Ok(([(header::ALLOW, ALLOW)], no).into_response())
        }
    }
}

/// Takes a body that nobody wants, so that the connection can go on; where there is too much of it, it ends.
async fn unread(headers: &HeaderMap, body: Body, time: Duration, mut answer: Response) -> Response {
    if body::read(headers, body, MARGIN, time).await.is_err() {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// Basic: the account's name, and the secret of one of its tokens.
async fn enter(dispatch: &Dispatch, headers: &HeaderMap) -> Result<Option<Bearer>, No> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, encoded)) = given.and_then(|given| given.trim().split_once(' ')) else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let decoded = Base64::decode_vec(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((user, secret)) = decoded.as_deref().and_then(|text| text.split_once(':')) else { return Ok(None) };
    let bearer = dispatch.enter_calendars(secret).await?;
    Ok(bearer.filter(|bearer| bearer.account.name.as_str().eq_ignore_ascii_case(user.trim())))
}

/// An answer in XML.
pub fn multistatus(body: String) -> Response {
    let xml = [(header::CONTENT_TYPE, "application/xml; charset=utf-8")];
    (StatusCode::MULTI_STATUS, xml, body).into_response()
}
