//! What becomes of a reservation: other words, another time, another thing, or its end.

use super::{Asked, answer, in_order, refused, said, times, what};
use crate::api::{
    Api,
    detail::Detail,
    enter::Who,
    given::{Path, Query},
    input::{self, Fields},
    shapes::{ChangedReservation, Reservation},
    time,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use direttore_core::dispatch::{Act, Aside, Caller, ReservationSeen};
use direttore_domain::{GuestKind, Instant, Request, ReservationStatus as Status, Vmid, Zone};
use std::collections::BTreeMap;

const STATUSES: [&str; 4] = ["pending", "active", "completed", "cancelled"];

/// What is asked for; the outer one of two is whether it was said at all.
#[derive(Debug, Default, PartialEq)]
struct Wish {
    title: Option<String>,
    notes: Option<Option<String>>,
    requester: Option<String>,
    kind: Option<GuestKind>,
    node: Option<Option<String>>,
    vmid: Option<Option<Vmid>>,
    start: Option<Instant>,
    end: Option<Instant>,
    status: Option<&'static str>,
}

/// Change one, or end it.
#[utoipa::path(patch, path = "/api/reservations/{id}", tag = "reservations", security(("bearer" = [])),
    params(("id" = i64, Path,), ("reason" = Option<String>, Query,)), request_body = ChangedReservation,
    responses((status = 200, description = "Changed", body = Reservation)))]
pub async fn change(
    State(api): State<Api>,
    Who(caller): Who,
    Path(id): Path<String>,
    query: Asked,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Detail> {
    api.dispatch.may(&caller, "reserve change")?;
    let id = input::path_number("reservation_id", &id)?;
    let mut fields = input::object(&headers, body, api.read).await?;
    let wish = Wish::read(&mut fields, api.zone);
    let why = said::reason(&mut fields);
    fields.done()?;
    let why = why.or(reason(query)?);
    let now = find(&api, id).await?;
    if let Some(act) = act(&now, wish)? {
        give(&api, &caller, act, why).await?;
    }
    Ok(answer(StatusCode::OK, &find(&api, id).await?, api.zone))
}

/// Cancel one, or give back the rest of it.
#[utoipa::path(delete, path = "/api/reservations/{id}", tag = "reservations", security(("bearer" = [])),
    params(("id" = i64, Path,), ("reason" = Option<String>, Query,)),
    responses((status = 204, description = "Over")))]
pub async fn delete(
    State(api): State<Api>,
    Who(caller): Who,
    Path(id): Path<String>,
    query: Asked,
) -> Result<StatusCode, Detail> {
    api.dispatch.may(&caller, "reserve cancel")?;
    let id = input::path_number("reservation_id", &id)?;
    let why = reason(query)?;
    let now = find(&api, id).await?;
    if !now.status.is_over() {
        give(&api, &caller, end(&now, "cancelled", &Wish::default()), why).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn find(api: &Api, id: i64) -> Result<ReservationSeen, Detail> {
    let found = if id > 0 { api.dispatch.reservation_now(id).await? } else { None };
    found.ok_or_else(|| Detail::not_found("Reservation"))
}

async fn give(api: &Api, caller: &Caller, mut act: Act, reason: Option<String>) -> Result<(), Detail> {
    act.given.extend(reason.map(|reason| ("reason".to_owned(), vec![reason])));
    api.dispatch.give(caller, vec![act]).await.map(drop).map_err(refused)
}

/// Why, where an administrator changes somebody else's.
fn reason(query: Asked) -> Result<Option<String>, Detail> {
    let mut fields = Fields::of_query(query.map(|Query(query)| query).unwrap_or_default());
    let reason = said::reason(&mut fields);
    fields.done()?;
    Ok(reason)
}

impl Wish {
    fn read(fields: &mut Fields, zone: Zone) -> Self {
        Self {
            title: if fields.has("title") { said::title(fields, "title") } else { None },
            requester: said::requester(fields),
            kind: said::kind(fields),
            node: fields.says("proxmox_node").then(|| said::node(fields)),
            vmid: fields.says("vmid").then(|| said::vmid(fields)),
            start: time::moment(fields, "start_dt", zone),
            end: time::moment(fields, "end_dt", zone),
            status: fields.word("status", &STATUSES),
            notes: fields.says("notes").then(|| said::notes(fields)),
        }
    }

    /// As the program will have said it then.
    fn request(&self, now: &ReservationSeen) -> Request {
        let (node, vmid) = self.place(now);
        Request {
            requester: self.requester.clone().or_else(|| now.request.requester.clone()),
            kind: self.kind.or(now.request.kind),
            vmid: vmid.filter(|_| node.is_some()),
        }
    }

    fn place(&self, now: &ReservationSeen) -> (Option<String>, Option<Vmid>) {
        let node = self.node.clone().unwrap_or_else(|| now.node.as_ref().map(ToString::to_string));
        (node, self.vmid.unwrap_or(now.vmid))
    }

    /// What it is of then, where that is something else.
    fn what(&self, now: &ReservationSeen) -> Option<String> {
        let (node, vmid) = self.place(now);
        let is_other_node = node.as_deref() != now.node.as_ref().map(|node| node.as_str());
        let is_other_guest = (node.is_none() || now.is_of_guest) && vmid != now.vmid;
        (is_other_node || is_other_guest).then(|| what(node.as_deref(), vmid))
    }

    fn is_moved(&self, now: &ReservationSeen) -> bool {
        self.start.is_some_and(|start| start != now.starts) || self.end.is_some_and(|end| end != now.ends)
    }
}

/// The command for it; none where it is so already.
fn act(now: &ReservationSeen, wish: Wish) -> Result<Option<Act>, Detail> {
    let conflict = |why: String| Err(Detail::new(StatusCode::CONFLICT, format!("Reservation #{}: {why}", now.id)));
    match wish.status {
        Some(status @ ("cancelled" | "completed")) if !is_already(now.status, status) => {
            if wish.is_moved(now) || wish.what(now).is_some() {
                let why = "its time and what it is of cannot be changed by the request that ends it";
                return Err(Detail::new(StatusCode::UNPROCESSABLE_ENTITY, why));
            }
            Ok(Some(end(now, status, &wish)))
        }
        Some("pending") if now.status == Status::Active => {
            conflict("it has begun, and is active until it ends, or is completed or cancelled".to_owned())
        }
        Some("active") if now.status.is_over() => {
            conflict(format!("it is {}; its time alone makes a reservation active", now.status))
        }
        Some("pending") if now.status.is_over() => alter(now, &wish, now.status == Status::Cancelled).map(Some),
        _ => {
            let is_other = wish.title.as_ref().is_some_and(|title| *title != now.title)
                || wish.notes.as_ref().is_some_and(|notes| notes.as_deref().unwrap_or_default() != now.note)
                || wish.request(now) != now.request
                || wish.what(now).is_some()
                || wish.start.is_some()
                || wish.end.is_some();
            if is_other { alter(now, &wish, false).map(Some) } else { Ok(None) }
        }
    }
}

fn is_already(status: Status, wanted: &str) -> bool {
    match wanted {
        "cancelled" => matches!(status, Status::Cancelled | Status::NoShow),
        _ => matches!(status, Status::Ended | Status::Released),
    }
}

/// One that has begun is given back, which says what the lab is to do.
fn end(now: &ReservationSeen, status: &str, wish: &Wish) -> Act {
    let is_given_back = status == "completed" || now.status == Status::Active;
    let command = if is_given_back { "reserve release" } else { "reserve cancel" };
    let aside = Aside { title: wish.title.clone(), note: note(wish), request: wish.request(now) };
    Act::new(command, [("reservation", now.id.to_string())]).with_aside(aside)
}

fn alter(now: &ReservationSeen, wish: &Wish, restore: bool) -> Result<Act, Detail> {
    let mut given = BTreeMap::from([("reservation".to_owned(), vec![now.id.to_string()])]);
    if wish.start.is_some() || wish.end.is_some() {
        let (start, end) = (wish.start.unwrap_or(now.starts), wish.end.unwrap_or(now.ends));
        in_order(start, end)?;
        times(&mut given, start, end);
    }
    given.extend(wish.what(now).map(|what| ("what".to_owned(), vec![what])));
    given.extend(wish.title.clone().map(|title| ("title".to_owned(), vec![title])));
    given.extend(wish.notes.clone().flatten().map(|note| ("note".to_owned(), vec![note])));
    given.extend(restore.then(|| ("restore".to_owned(), vec!["yes".to_owned()])));
    let aside = Aside { title: None, note: note(wish), request: wish.request(now) };
    let mut act = Act::new("reserve change", []).with_aside(aside);
    act.given = given;
    Ok(act)
}

/// Empty where it is taken away.
fn note(wish: &Wish) -> Option<String> {
    wish.notes.clone().map(Option::unwrap_or_default)
}
