//! PROPFIND: properties of a resource, and of what is directly in it.

use super::{
    answers::Answers,
    calendar::Wanted,
    no::No,
    path::{self, Place, encoded},
    props::{Ask, Subject},
    serve::{Asked, multistatus},
};
use axum::{http::StatusCode, response::Response};

pub async fn answer(asked: &Asked) -> Result<Response, No> {
    let is_deep = match asked.header("depth") {
        // RFC 4918 means all that is below when nothing is said. Nobody who says nothing wants that.
        None | Some("0") => false,
        Some("1" | "1,noroot") => true,
        Some(other) if other.eq_ignore_ascii_case("infinity") => {
            let why = "Depth: infinity is not answered; 0 and 1 are";
            return Err(No::dav(StatusCode::FORBIDDEN, "propfind-finite-depth", why));
        }
        Some(_) => return Err(No::bad("Depth is 0 or 1")),
    };
    let root = asked.xml()?;
    if root.as_ref().is_some_and(|root| !root.is_dav("propfind")) {
        return Err(No::bad("the body of a PROPFIND is a propfind of DAV:"));
    }
    let ask = Ask::of(root.as_ref());
    let user = asked.user();
    let mut out = Answers::new(user, asked.is_brief());
    match &asked.place {
        Place::Root => {
            out.add(path::ROOT, &Subject::Root, &ask);
            if is_deep {
                out.add(path::PRINCIPALS, &Subject::Container, &ask);
                out.add(path::HOMES, &Subject::Container, &ask);
            }
        }
        Place::Container(at) => {
            out.add(at, &Subject::Container, &ask);
            if is_deep && *at == path::PRINCIPALS {
                out.add(&path::principal(user), &Subject::Principal, &ask);
            } else if is_deep {
                out.add(&path::home(user), &Subject::Home, &ask);
            }
        }
        Place::Principal(_) => out.add(&path::principal(user), &Subject::Principal, &ask),
        Place::Home(_) => {
            out.add(&path::home(user), &Subject::Home, &ask);
            if is_deep {
                for calendar in asked.calendars().await? {
                    let href = path::calendar(user, calendar.name());
                    out.add(&href, &Subject::Calendar(calendar.as_ref()), &ask);
                }
            }
        }
        Place::Calendar(_, name) => {
            let calendar = asked.calendar(name).await?;
            let href = path::calendar(user, name);
            out.add(&href, &Subject::Calendar(calendar.as_ref()), &ask);
            if is_deep {
                for object in calendar.list(Wanted::default()).await? {
                    out.add(&format!("{href}{}", encoded(&object.name)), &Subject::Object(&object, None), &ask);
                }
            }
        }
        Place::Object(_, calendar, name) => {
            let found = asked.calendar(calendar).await?.named(&[name]).await?;
            let object = found.first().ok_or_else(No::not_found)?;
            out.add(&(path::calendar(user, calendar) + &encoded(name)), &Subject::Object(object, None), &ask);
        }
        Place::Nowhere => return Err(No::not_found()),
    }
    Ok(multistatus(out.done()))
}
