//! `/api/reservations/`: who has what, when, in the words of the first direttore. A node that is given is reserved, a
//! guest alone is reserved itself, and neither is a note that reserves nothing.

use super::{
    Api,
    detail::Detail,
    enter::Who,
    given::{Path, Query, Unread},
    input::{self, Fields},
    kept::Entry,
    shapes::{NewReservation, Reservation},
    time,
};
use crate::{error::Refused, routes::feed, serve::Peer};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::{Act, Aside, ReservationSeen, ReservationsSeen};
use direttore_domain::{
    GuestKind, Instant, Refusal, Request, ReservationId, ReservationStatus as Status, Trouble, Vmid, Zone,
};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use tokio::time::Instant as Moment;

pub mod change;
mod said;

pub use change::{change, delete};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// It is asked for again, and mostly it is the same.
const CACHE: HeaderValue = HeaderValue::from_static("private, no-cache");

type Asked = Result<Query<HashMap<String, String>>, Unread>;

#[derive(Serialize)]
struct Shown<'a> {
    id: i64,
    title: &'a str,
    requester: &'a str,
    resource_type: &'static str,
    proxmox_node: Option<&'a str>,
    vmid: Option<Vmid>,
    start_dt: String,
    end_dt: String,
    status: &'static str,
    notes: Option<&'a str>,
}

fn shown(seen: &ReservationSeen, zone: Zone) -> Shown<'_> {
    Shown {
        id: seen.id,
        title: &seen.title,
        requester: &seen.requester,
        resource_type: match seen.kind {
            GuestKind::Vm => "vm",
            GuestKind::Container => "lxc",
        },
        proxmox_node: seen.node.as_ref().map(|node| node.as_str()),
        vmid: seen.vmid,
        start_dt: time::told(seen.starts, zone),
        end_dt: time::told(seen.ends, zone),
        status: match seen.status {
            Status::Offered | Status::Pending | Status::Booked | Status::Waiting => "pending",
            Status::Active => "active",
            Status::Ended | Status::Released => "completed",
            Status::Cancelled | Status::NoShow => "cancelled",
        },
        notes: Some(seen.note.as_str()).filter(|note| !note.is_empty()),
    }
}

fn body(of: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(of).expect("texts and numbers are JSON")
}

fn answer(status: StatusCode, seen: &ReservationSeen, zone: Zone) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], body(&shown(seen, zone))).into_response()
}

/// All reservations, or those that touch a while, by number.
#[utoipa::path(get, path = "/api/reservations/", tag = "reservations", security(("bearer" = [])),
    params(("start" = Option<String>, Query, description = "ISO 8601, or seconds since 1970"),
        ("end" = Option<String>, Query, description = "Likewise")),
    responses((status = 200, description = "The reservations", body = [Reservation]),
        (status = 304, description = "As they were")))]
pub async fn list(
    State(api): State<Api>,
    Who(caller): Who,
    query: Asked,
    headers: HeaderMap,
) -> Result<Response, Detail> {
    api.dispatch.sees_reservations(&caller)?;
    let mut fields = Fields::of_query(query.map(|Query(query)| query).unwrap_or_default());
    let (from, to) = (time::moment(&mut fields, "start", api.zone), time::moment(&mut fields, "end", api.zone));
    fields.done()?;
    let key = (from.unwrap_or(Instant(i64::MIN)), to.unwrap_or(Instant(i64::MAX)));
    let now = Moment::now();
    let had = api.kept.get(&key, now);
    let found = api.dispatch.reservations_seen(key, had.as_ref().and_then(|entry| entry.mark)).await?;
    let entry = match (found, had) {
        (ReservationsSeen::New { mark, all }, _) => {
            let rows: Vec<Shown> = all.iter().map(|seen| shown(seen, api.zone)).collect();
            let entry = Entry::new(body(&rows), mark, now);
            api.kept.put(key, entry.clone());
            entry
        }
        (ReservationsSeen::Same, Some(entry)) => entry,
        (ReservationsSeen::Same, None) => return Err(Trouble::bug("the same as nothing").into()),
    };
    let is_same = feed::has(&headers, &entry.etag);
    let about = [(header::ETAG, entry.etag), (header::CACHE_CONTROL, CACHE)];
    Ok(match is_same {
        true => (StatusCode::NOT_MODIFIED, about).into_response(),
        false => (about, [(header::CONTENT_TYPE, JSON)], entry.body).into_response(),
    })
}

/// One reservation.
#[utoipa::path(get, path = "/api/reservations/{id}", tag = "reservations", security(("bearer" = [])),
    params(("id" = i64, Path,)), responses((status = 200, description = "The reservation", body = Reservation)))]
pub async fn show(State(api): State<Api>, Who(caller): Who, Path(id): Path<String>) -> Result<Response, Detail> {
    let id = input::path_number("reservation_id", &id)?;
    // What no reservation can be called is not asked for.
    let found = if id > 0 { api.dispatch.reservation_seen(&caller, id).await? } else { None };
    let seen = found.ok_or_else(|| Detail::not_found("Reservation"))?;
    Ok(answer(StatusCode::OK, &seen, api.zone))
}

/// Reserve a node, or a guest, or leave a note.
#[utoipa::path(post, path = "/api/reservations/", tag = "reservations", security(("bearer" = [])),
    request_body = NewReservation, responses((status = 201, description = "Reserved", body = Reservation)))]
pub async fn create(
    State(api): State<Api>,
    Who(caller): Who,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Detail> {
    api.dispatch.may(&caller, "reserve new")?;
    let mut fields = input::object(&headers, body, api.read).await?;
    let title: String = fields.need("title", said::title);
    let requester = said::requester(&mut fields);
    let kind = said::kind(&mut fields);
    let (node, vmid) = (said::node(&mut fields), said::vmid(&mut fields));
    let start: Option<Instant> = fields.need("start_dt", |fields, key| time::moment(fields, key, api.zone).map(Some));
    let end: Option<Instant> = fields.need("end_dt", |fields, key| time::moment(fields, key, api.zone).map(Some));
    let note = said::notes(&mut fields);
    fields.done()?;
    let (Some(start), Some(end)) = (start, end) else { return Err(Trouble::bug("a time that was read").into()) };
    in_order(start, end)?;
    let mut given = BTreeMap::from([("what".to_owned(), vec![what(node.as_deref(), vmid)])]);
    given.insert("title".to_owned(), vec![title]);
    times(&mut given, start, end);
    given.extend(note.map(|note| ("note".to_owned(), vec![note])));
    let request = Request { requester, kind, vmid: vmid.filter(|_| node.is_some()) };
    let mut act = Act::new("reserve new", []).with_aside(Aside { request, ..Aside::default() });
    act.given = given;
    let done = api.dispatch.give(&caller, vec![act]).await.map_err(refused)?;
    let made = done.facts.get("made").and_then(|made| made[0]["id"].as_str()?.parse::<ReservationId>().ok());
    let made = made.ok_or_else(|| Trouble::bug("a reservation without a number"))?;
    let seen = api.dispatch.reservation_now(made.0).await?.ok_or_else(|| Detail::not_found("Reservation"))?;
    Ok(answer(StatusCode::CREATED, &seen, api.zone))
}

/// All that is reserved, as a calendar, for whoever is signed in; or with `?token=` the feed of that secret, as it was told
/// to calendar programs.
#[utoipa::path(get, path = "/api/reservations/export/ical", tag = "reservations", security(("bearer" = []), ()),
    params(("token" = Option<String>, Query,)),
    responses((status = 200, description = "A calendar", body = String, content_type = "text/calendar"),
        (status = 304, description = "As it was")))]
pub async fn calendar(
    State(api): State<Api>,
    Extension(Peer(from)): Extension<Peer>,
    query: Asked,
    headers: HeaderMap,
    who: Result<Who, Detail>,
) -> Response {
    let secret = query.ok().and_then(|Query(mut query)| query.remove("token"));
    let shown = match (secret, who) {
        (Some(secret), _) => api.feeds.shown(&secret, from).await.map_err(Refused::into_response),
        (None, Err(detail)) => Err(detail.into_response()),
        (None, Ok(Who(caller))) => match api.dispatch.reservations_feed(&caller).await {
            Ok(content) => api.feeds.rendered(content).await.map_err(Refused::into_response),
            Err(trouble) => Err(Detail::from(trouble).into_response()),
        },
    };
    match shown {
        Ok(shown) => feed::answer(&headers, &api.feeds, shown).await,
        Err(refused) => refused,
    }
}

fn in_order(start: Instant, end: Instant) -> Result<(), Detail> {
    if start < end {
        return Ok(());
    }
    Err(Detail::new(StatusCode::BAD_REQUEST, "end_dt must be after start_dt"))
}

/// As the commands take it.
fn what(node: Option<&str>, vmid: Option<Vmid>) -> String {
    match (node, vmid) {
        (Some(node), _) => format!("node:{node}"),
        (None, Some(vmid)) => format!("guest:{vmid}"),
        (None, None) => "nothing".to_owned(),
    }
}

fn times(given: &mut BTreeMap<String, Vec<String>>, start: Instant, end: Instant) {
    given.insert("from".to_owned(), vec![Zone::UTC.iso(start)]);
    given.insert("until".to_owned(), vec![Zone::UTC.iso(end)]);
}

/// With what would be right, where that can be said without the words of a chat.
fn refused(trouble: Trouble) -> Detail {
    let Trouble::Refusal(refusal) = &trouble else { return trouble.into() };
    let said = match refusal {
        Refusal::Overlap { first: Some(first), .. } => {
            let (id, title) = first.as_ref();
            format!("Conflicts with existing reservation #{} ('{title}')", id.0)
        }
        Refusal::BadTime { option, why, right } => {
            let field = match option.as_str() {
                "from" => "start_dt",
                "until" => "end_dt",
                other => other,
            };
            format!("{field}: {why}; right would be {right}")
        }
        Refusal::BadValue { .. }
        | Refusal::NoSuch { .. }
        | Refusal::WhichResource { .. }
        | Refusal::Reserved { can_go_over: true, .. } => match refusal.hint() {
            Some(hint) => format!("{refusal}; {hint}"),
            None => refusal.to_string(),
        },
        _ => return trouble.into(),
    };
    Detail::new(super::detail::status_of(&trouble), said)
}
