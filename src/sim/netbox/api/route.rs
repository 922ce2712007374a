//! Paths to endpoints, and the methods that each takes.

use crate::netbox::table::{self, Model, model};

/// An endpoint.
#[derive(Debug, Clone, Copy)]
pub enum Route {
    Root,
    App(&'static str),
    Status,
    Check,
    Provision,
    ConnectedDevice,
    Changes,
    Change(u64),
    List(&'static Model),
    Detail(&'static Model, u64),
    /// Of a prefix or a range.
    AvailableIps(&'static Model, u64),
    AvailablePrefixes(u64),
    AvailableVlans(u64),
    Render(&'static Model, u64),
    Trace(u64),
    Choices(u64),
}

const APPS: &[&str] =
    &["circuits", "core", "dcim", "extras", "ipam", "plugins", "tenancy", "users", "virtualization", "vpn", "wireless"];

impl Route {
    /// As in `Allow`.
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            // The view of interfaces has a method for `…/trace/`, which the real one takes for HTTP's.
            Self::List(model) if model.kind == "dcim.interface" => {
                &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
            }
            Self::Detail(model, _) if model.kind == "dcim.interface" => {
                &["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
            }
            Self::Trace(_) => &["GET", "HEAD", "OPTIONS", "TRACE"],
            Self::List(_) => &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
            Self::Detail(..) => &["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
            Self::AvailableIps(..) | Self::AvailablePrefixes(_) | Self::AvailableVlans(_) => {
                &["GET", "POST", "HEAD", "OPTIONS"]
            }
            Self::Provision | Self::Render(..) => &["POST", "OPTIONS"],
            _ => &["GET", "HEAD", "OPTIONS"],
        }
    }

    /// Whether a method that the real one takes is not served here.
    pub fn is_unserved(&self, method: &str) -> bool {
        let is_read = matches!(method, "GET" | "HEAD");
        match self {
            _ if method == "OPTIONS" => true,
            Self::List(model) if model.kind == "dcim.cable" => !is_read && method != "POST",
            Self::List(model) | Self::Detail(model, _) => matches!(model.kind, "dcim.cable" | "users.user") && !is_read,
            _ => false,
        }
    }

    /// Whether it hands out or changes single addresses, which the real one does one after the other.
    pub fn is_allocation(&self, method: &str) -> bool {
        match self {
            Self::AvailableIps(..) => method == "POST",
            Self::List(model) => model.kind == "ipam.ipaddress" && method == "POST",
            Self::Detail(model, _) => model.kind == "ipam.ipaddress" && !matches!(method, "GET" | "HEAD" | "OPTIONS"),
            _ => false,
        }
    }
}

/// What is at a path that ends with a slash.
pub fn find(path: &str) -> Option<Route> {
    let path = path.strip_prefix("/api/")?;
    let parts: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    match parts.as_slice() {
        [""] => Some(Route::Root),
        ["status"] => Some(Route::Status),
        ["authentication-check"] => Some(Route::Check),
        [app] => APPS.iter().find(|a| *a == app).map(|a| Route::App(a)),
        ["users", "tokens", "provision"] => Some(Route::Provision),
        ["dcim", "connected-device"] => Some(Route::ConnectedDevice),
        ["core", "object-changes"] => Some(Route::Changes),
        ["core", "object-changes", id] => number(id).map(Route::Change),
        [app, name] => table::at(&format!("{app}/{name}")).map(Route::List),
        [app, name, id] => Some(Route::Detail(table::at(&format!("{app}/{name}"))?, number(id)?)),
        [app, name, id, action] => {
            let (found, id) = (table::at(&format!("{app}/{name}"))?, number(id)?);
            match (found.kind, *action) {
                ("ipam.prefix" | "ipam.iprange", "available-ips") => Some(Route::AvailableIps(found, id)),
                ("ipam.prefix", "available-prefixes") => Some(Route::AvailablePrefixes(id)),
                ("ipam.vlangroup", "available-vlans") => Some(Route::AvailableVlans(id)),
                ("dcim.device" | "virtualization.virtualmachine", "render-config") => Some(Route::Render(found, id)),
                ("dcim.interface", "trace") => Some(Route::Trace(id)),
                ("extras.customfieldchoiceset", "choices") => Some(Route::Choices(id)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The model of an address, which the available-* endpoints make.
pub fn addresses() -> &'static Model {
    model("ipam.ipaddress").expect("there are addresses")
}
