//! The OpenAPI document of the JSON API, made from the handlers and from the table of who may do what.

use std::sync::LazyLock;

use bytes::Bytes;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi};

use crate::api;
use crate::api::access::{Access, TABLE};

const SESSION_TOKEN: &str = "session_token";
const SESSION_COOKIE: &str = "session_cookie";
const API_KEY: &str = "api_key";

/// The document.
pub fn document() -> OpenApi {
    let mut document = api::documented().into_openapi();
    document.info = InfoBuilder::new()
        .title("Doorward")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Sign-in, sessions and people of a help centre. Every address is asked on the host of a workspace. Refusals \
             and failures are problems (RFC 9457).",
        ))
        .license(Some(
            LicenseBuilder::new()
                .name("MIT OR Apache-2.0")
                .identifier(Some("MIT OR Apache-2.0"))
                .build(),
        ))
        .build();
    let bearer = |description: &str| {
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(description))
                .build(),
        )
    };
    let cookie = ApiKeyValue::with_description(
        "__Host-doorward_session",
        "The session cookie of the pages; without `__Host-` on loopback http.",
    );
    document.components = Some(
        ComponentsBuilder::from(document.components.take().unwrap_or_default())
            .security_scheme(SESSION_TOKEN, bearer("The token that a sign-in step answered with."))
            .security_scheme(SESSION_COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
            .security_scheme(API_KEY, bearer("An API key, `dwk_…`, with the scope that is listed."))
            .build(),
    );
    for row in TABLE {
        let item = document.paths.paths.get_mut(row.path);
        if let Some(operation) = item.and_then(|item| operation_of(item, row.method)) {
            describe_access(operation, row.access);
        }
    }
    document
}

/// The document as it is served.
pub(crate) fn json() -> Bytes {
    static JSON: LazyLock<Bytes> = LazyLock::new(|| document().to_json().map(Bytes::from).unwrap_or_default());
    JSON.clone()
}

const fn operation_of<'i>(item: &'i mut PathItem, method: &str) -> Option<&'i mut Operation> {
    match method.as_bytes() {
        b"GET" => item.get.as_mut(),
        b"PUT" => item.put.as_mut(),
        b"POST" => item.post.as_mut(),
        b"DELETE" => item.delete.as_mut(),
        b"PATCH" => item.patch.as_mut(),
        _ => None,
    }
}

fn describe_access(operation: &mut Operation, access: Access) {
    let none: [&str; 0] = [];
    let session = [SESSION_TOKEN, SESSION_COOKIE];
    operation.security = Some(match access {
        Access::Anyone => Vec::new(),
        Access::Session => session.map(|scheme| SecurityRequirement::new(scheme, none)).into(),
        Access::Person(permission) => session
            .map(|scheme| SecurityRequirement::new(scheme, [permission.as_str()]))
            .into(),
        Access::Granted(scope, permission) => {
            let mut ways = vec![SecurityRequirement::new(API_KEY, [scope.as_str()])];
            ways.extend(session.map(|scheme| SecurityRequirement::new(scheme, [permission.as_str()])));
            ways
        }
    });
}
