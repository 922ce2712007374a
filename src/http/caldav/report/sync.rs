//! sync-collection (RFC 6578): what changed since a token.

use super::Wanted;
use crate::caldav::{
    answers::Answers,
    calendar::{Calendar, Object},
    no::No,
    path::{self, encoded},
    serve::{Asked, multistatus},
    xml::{DAV, Element},
};
use axum::{http::StatusCode, response::Response};
use std::collections::HashMap;

pub async fn answer(asked: &Asked, calendar: &dyn Calendar, root: &Element) -> Result<Response, No> {
    let wanted = Wanted::of(root, calendar)?;
    let level = root.child(DAV, "sync-level").map(|level| level.text.trim().to_owned());
    if level.as_deref().is_some_and(|level| level != "1" && level != "infinite") {
        return Err(No::bad("sync-level is 1 or infinite"));
    }
    let limit = match root.child(DAV, "limit").and_then(|limit| limit.child(DAV, "nresults")) {
        None => None,
        Some(given) => {
            let most = given.text.trim().parse::<usize>().ok().filter(|most| *most > 0);
            Some(most.ok_or_else(|| No::bad("nresults is a number from 1"))?)
        }
    };
    let token = root.child(DAV, "sync-token").map(|token| token.text.trim()).filter(|token| !token.is_empty());
    let Some(changes) = calendar.changes(token, limit).await? else {
        let why = "this token is none of this calendar's, or too old: begin without one";
        return Err(No::dav(StatusCode::FORBIDDEN, "valid-sync-token", why));
    };
    let there: Vec<&str> =
        changes.all.iter().filter(|(_, etag)| etag.is_some()).map(|(name, _)| name.as_str()).collect();
    let objects = if wanted.is_tag() || there.is_empty() { vec![] } else { calendar.named(&there).await? };
    let objects: HashMap<&str, &Object> = objects.iter().map(|object| (object.name.as_str(), object)).collect();
    let user = asked.user();
    let base = path::calendar(user, calendar.name());
    let mut out = Answers::new(user, asked.is_brief());
    for (name, etag) in &changes.all {
        let href = base.clone() + &encoded(name);
        match (etag, objects.get(name.as_str())) {
            (Some(_), Some(object)) => wanted.add(&mut out, &href, object),
            (Some(etag), None) if wanted.is_tag() => out.add_tag(&href, etag),
            // Gone since the changes were read: whoever asks next hears of it, and must not keep it meanwhile.
            _ => out.add_status(&href, "404 Not Found", ""),
        }
    }
    if changes.is_cut {
        let more = "<D:error><D:number-of-matches-within-limits/></D:error>";
        out.add_status(&base, "507 Insufficient Storage", more);
    }
    Ok(multistatus(out.done_with_token(&changes.token)))
}
