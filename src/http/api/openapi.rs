//! `/api/openapi.json`: what there is to ask, for programs that make clients of it (OpenAPI 3.1).

use super::{auth, guests, inventory, nodes, oidc, reservations, shapes, users, v1};
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, ResponseBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(title = "direttore", description = "One bot that conducts a lab. Programs get what people get."),
    paths(
        auth::token, auth::refresh, auth::logout, auth::me, oidc::login, oidc::callback,
        users::list, users::create, users::change, users::delete,
        nodes::list, nodes::networks, nodes::storage, nodes::templates, nodes::vms, nodes::containers, nodes::task,
        guests::make_vm, guests::make_container, guests::act_on_vm, guests::act_on_container,
        reservations::list, reservations::show, reservations::create, reservations::change::change,
        reservations::change::delete, reservations::calendar,
        inventory::status, inventory::devices, inventory::addresses, inventory::prefixes, inventory::vlans,
        inventory::allocate,
        v1::commands::list, v1::commands::show, v1::commands::give,
        v1::plans::confirm, v1::plans::forget, v1::jobs::show,
    ),
    components(schemas(shapes::Action, shapes::Refusal, v1::shapes::ProblemShape)),
    modifiers(&Everywhere),
)]
struct Description;

/// What holds for every route.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An access or API token"));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        for (path, item) in &mut openapi.paths.paths {
            let (kind, shape) = match path.starts_with("/api/v1/") || path.starts_with("/api/auth/oidc/") {
                true => ("application/problem+json", "Problem"),
                false => ("application/json", "Refusal"),
            };
            let methods = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
            for operation in methods.into_iter().flatten() {
                let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name(shape))));
                let refused = ResponseBuilder::new().description("Refused").content(kind, content);
                operation.responses.responses.insert("default".to_owned(), RefOr::T(refused.build()));
            }
        }
    }
}

pub async fn show() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut description = Description::openapi();
        env!("CARGO_PKG_VERSION").clone_into(&mut description.info.version);
        description.to_json().unwrap_or_default()
    });
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], TEXT.as_str()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ROUTES;

    #[test]
    fn every_route_is_described() {
        let described = serde_json::to_value(Description::openapi()).expect("JSON");
        for (method, path) in ROUTES {
            // With and without the slash it is the same.
            let path = path.replace("{*path}", "{path}");
            let is_there = |path: &str| described["paths"][path][*method].is_object();
            assert!(is_there(&path) || is_there(&format!("{path}/")), "{method} {path}");
        }
        assert_eq!(described["openapi"], "3.1.0");
    }

    #[test]
    fn every_shape_that_is_named_is_there() {
        let described = serde_json::to_value(Description::openapi()).expect("JSON");
        let text = described.to_string();
        let named = text.split("\"#").skip(1).filter_map(|rest| rest.split('"').next());
        for pointer in named {
            assert!(described.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
