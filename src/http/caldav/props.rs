//! Properties: what each resource answers.

use super::{
    calendar::{Calendar, Object},
    ics::object::LARGEST,
    path,
    xml::{APPLE, CALDAV, DAV, Element, Name, SERVER, escape},
};
use chrono::DateTime;
use direttore_domain::Instant;

/// Whose properties are asked for.
pub enum Subject<'a> {
    Root,
    Container,
    Principal,
    Home,
    Calendar(&'a dyn Calendar),
    /// With the text to be given, where that is asked for.
    Object(&'a Object, Option<&'a str>),
}

/// Which of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    All,
    Names,
    These(Vec<Name>),
}

impl Ask {
    /// From a body with `prop`, `allprop` or `propname`; without one all are asked for.
    pub fn of(root: Option<&Element>) -> Self {
        let Some(root) = root else { return Self::All };
        if root.child(DAV, "propname").is_some() {
            return Self::Names;
        }
        let mut names: Vec<Name> = root.child(DAV, "prop").map(names).unwrap_or_default();
        if root.child(DAV, "allprop").is_none() && root.child(DAV, "prop").is_some() {
            return Self::These(names);
        }
        if let Some(more) = root.child(DAV, "include") {
            let basic = BASIC.iter().map(|local| Name { space: DAV.to_owned(), local: (*local).to_owned() });
            names.extend(basic.chain(self::names(more)));
            return Self::These(names);
        }
        Self::All
    }
}

fn names(of: &Element) -> Vec<Name> {
    of.children.iter().map(|child| child.name.clone()).collect()
}

/// What `allprop` means: what costs nothing to say.
pub const BASIC: [&str; 7] = [
    "resourcetype",
    "displayname",
    "getetag",
    "getcontenttype",
    "getcontentlength",
    "getlastmodified",
    "current-user-principal",
];

/// All that anything here has.
pub const KNOWN: [(&str, &str); 25] = [
    (DAV, "resourcetype"),
    (DAV, "displayname"),
    (DAV, "getetag"),
    (DAV, "getcontenttype"),
    (DAV, "getcontentlength"),
    (DAV, "getlastmodified"),
    (DAV, "current-user-principal"),
    (DAV, "principal-URL"),
    (DAV, "owner"),
    (DAV, "principal-collection-set"),
    (DAV, "current-user-privilege-set"),
    (DAV, "supported-report-set"),
    (DAV, "sync-token"),
    (CALDAV, "calendar-home-set"),
    (CALDAV, "calendar-user-address-set"),
    (CALDAV, "calendar-description"),
    (CALDAV, "calendar-timezone"),
    (CALDAV, "supported-calendar-component-set"),
    (CALDAV, "supported-calendar-data"),
    (CALDAV, "supported-collation-set"),
    (CALDAV, "max-resource-size"),
    (SERVER, "email-address-set"),
    (SERVER, "getctag"),
    (APPLE, "calendar-color"),
    (APPLE, "calendar-order"),
];

const REPORTS: [(&str, &str); 4] =
    [("C", "calendar-query"), ("C", "calendar-multiget"), ("C", "free-busy-query"), ("D", "sync-collection")];

fn href(out: &mut String, element: &str, href: &str) {
    *out += &format!("<{element}><D:href>");
    escape(out, href);
    *out += &format!("</D:href></{element}>");
}

fn text(out: &mut String, element: &str, text: &str) {
    *out += &format!("<{element}>");
    escape(out, text);
    *out += &format!("</{element}>");
}

/// Writes a property. False, with nothing written, for one that the subject has not.
pub fn value(out: &mut String, subject: &Subject<'_>, space: &str, local: &str, user: &str) -> bool {
    match (subject, space) {
        (Subject::Object(object, data), _) => of_object(out, object, *data, space, local, user),
        (Subject::Calendar(calendar), _) if of_calendar(out, *calendar, space, local) => true,
        (_, DAV) => of_any(out, subject, local, user),
        (_, CALDAV) => match (local, subject) {
            // Asked of calendars too, by programs that were given the address of one.
            ("calendar-home-set", _) => {
                href(out, "C:calendar-home-set", &path::home(user));
                true
            }
            ("calendar-user-address-set", Subject::Principal) => {
                href(out, "C:calendar-user-address-set", &path::principal(user));
                true
            }
            _ => false,
        },
        (Subject::Principal, SERVER) if local == "email-address-set" => {
            out.push_str("<CS:email-address-set/>");
            true
        }
        _ => false,
    }
}

fn of_any(out: &mut String, subject: &Subject<'_>, local: &str, user: &str) -> bool {
    match local {
        "resourcetype" => out.push_str(match subject {
            Subject::Principal => "<D:resourcetype><D:principal/></D:resourcetype>",
            Subject::Calendar(_) => "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>",
            Subject::Object(..) => "<D:resourcetype/>",
            Subject::Root | Subject::Container | Subject::Home => "<D:resourcetype><D:collection/></D:resourcetype>",
        }),
        "displayname" => match subject {
            Subject::Principal | Subject::Home => text(out, "D:displayname", user),
            Subject::Root => text(out, "D:displayname", "direttore"),
            _ => return false,
        },
        "current-user-principal" => href(out, "D:current-user-principal", &path::principal(user)),
        "principal-URL" => href(out, "D:principal-URL", &path::principal(user)),
        "owner" if !matches!(subject, Subject::Root | Subject::Container) => {
            href(out, "D:owner", &path::principal(user));
        }
        "principal-collection-set" => href(out, "D:principal-collection-set", path::PRINCIPALS),
        "current-user-privilege-set" => privileges(out, subject),
        "supported-report-set" => {
            out.push_str("<D:supported-report-set>");
            if matches!(subject, Subject::Calendar(_)) {
                for (prefix, name) in REPORTS {
                    *out +=
                        &format!("<D:supported-report><D:report><{prefix}:{name}/></D:report></D:supported-report>");
                }
            } else {
                out.push_str(
                    "<D:supported-report><D:report><D:principal-property-search/></D:report></D:supported-report>",
                );
            }
            out.push_str("</D:supported-report-set>");
        }
        _ => return false,
    }
    true
}

fn privileges(out: &mut String, subject: &Subject<'_>) {
    let all: &[&str] = match subject {
        Subject::Calendar(calendar) if calendar.is_writable() => {
            &["D:read", "D:write", "D:write-properties", "D:write-content", "D:bind", "D:unbind"]
        }
        Subject::Home => &["D:read", "D:bind", "D:unbind"],
        _ => &["D:read"],
    };
    out.push_str("<D:current-user-privilege-set>");
    for privilege in all.iter().copied().chain(["D:read-current-user-privilege-set"]) {
        *out += &format!("<D:privilege><{privilege}/></D:privilege>");
    }
    out.push_str("</D:current-user-privilege-set>");
}

fn of_calendar(out: &mut String, calendar: &dyn Calendar, space: &str, local: &str) -> bool {
    let about = calendar.about();
    let mut said = |element: &str, value: &Option<String>| match value {
        Some(value) => {
            text(out, element, value);
            true
        }
        None => false,
    };
    match (space, local) {
        (DAV, "displayname") => {
            text(out, "D:displayname", about.displayname.as_deref().unwrap_or(calendar.name()));
            true
        }
        (CALDAV, "calendar-description") => said("C:calendar-description", &about.description),
        (CALDAV, "calendar-timezone") => said("C:calendar-timezone", &about.timezone),
        (APPLE, "calendar-color") => said("A:calendar-color", &about.color),
        (APPLE, "calendar-order") => said("A:calendar-order", &about.position),
        (DAV, "sync-token") => {
            text(out, "D:sync-token", &calendar.token());
            true
        }
        (SERVER, "getctag") => {
            text(out, "CS:getctag", &calendar.token());
            true
        }
        (DAV, "getetag") => {
            text(out, "D:getetag", &format!("\"{}\"", calendar.token()));
            true
        }
        (DAV, "getcontenttype") => {
            out.push_str("<D:getcontenttype>text/calendar; charset=utf-8</D:getcontenttype>");
            true
        }
        (CALDAV, "supported-calendar-component-set") => {
            out.push_str("<C:supported-calendar-component-set>");
            for name in calendar.components().split(',') {
                out.push_str("<C:comp name=\"");
                escape(out, name.trim());
                out.push_str("\"/>");
            }
            out.push_str("</C:supported-calendar-component-set>");
            true
        }
        (CALDAV, "supported-calendar-data") => {
            out.push_str(
                "<C:supported-calendar-data><C:calendar-data content-type=\"text/calendar\" version=\"2.0\"/>\
                 </C:supported-calendar-data>",
            );
            true
        }
        (CALDAV, "supported-collation-set") => {
            out.push_str("<C:supported-collation-set>");
            for collation in super::filter::COLLATIONS {
                *out += &format!("<C:supported-collation>{collation}</C:supported-collation>");
            }
            out.push_str("</C:supported-collation-set>");
            true
        }
        (CALDAV, "max-resource-size") => {
            *out += &format!("<C:max-resource-size>{LARGEST}</C:max-resource-size>");
            true
        }
        _ => false,
    }
}

fn of_object(out: &mut String, object: &Object, data: Option<&str>, space: &str, local: &str, user: &str) -> bool {
    match (space, local) {
        (DAV, "getetag") => text(out, "D:getetag", &object.etag),
        (DAV, "resourcetype") => out.push_str("<D:resourcetype/>"),
        (DAV, "getcontenttype") => {
            out.push_str("<D:getcontenttype>text/calendar; charset=utf-8; component=");
            out.push_str(&object.component);
            out.push_str("</D:getcontenttype>");
        }
        (DAV, "getcontentlength") => *out += &format!("<D:getcontentlength>{}</D:getcontentlength>", object.size),
        (DAV, "getlastmodified") => text(out, "D:getlastmodified", &http_date(object.changed)),
        (CALDAV, "calendar-data") => match data {
            Some(data) => text(out, "C:calendar-data", data),
            None => return false,
        },
        (DAV, "current-user-principal" | "principal-URL" | "owner") => {
            return of_any(out, &Subject::Principal, local, user);
        }
        (DAV, "current-user-privilege-set") => {
            out.push_str(
                "<D:current-user-privilege-set><D:privilege><D:read/></D:privilege><D:privilege><D:write/>\
                 </D:privilege><D:privilege><D:write-content/></D:privilege></D:current-user-privilege-set>",
            );
        }
        _ => return false,
    }
    true
}

/// As HTTP says dates.
pub fn http_date(at: Instant) -> String {
    let at = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
