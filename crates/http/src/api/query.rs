//! Queries, read as strictly as bodies: each name once, whole UTF-8, nothing unknown.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::extract::form;
use crate::problem::{Fault, FaultKind};

/// The query of a request. Fields are text: read them into `String` or `Option<String>`.
#[derive(Debug, Clone)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let bad = |detail: String| Fault::new(FaultKind::BadRequest).detail(detail);
        let query = parts.uri.query().unwrap_or_default();
        let fields = form::parse(query.as_bytes())
            .map_err(|_| bad("A query has each name once, in well-escaped UTF-8 without NUL.".to_owned()))?;
        serde_json::from_value(Value::Object(fields))
            .map(Self)
            .map_err(|error| {
                let message = error.to_string();
                // Only these messages name nothing but fields.
                if message.len() <= 300
                    && (message.starts_with("unknown field") || message.starts_with("missing field"))
                {
                    bad(format!("The query is not what this address takes: {message}."))
                } else {
                    bad("The query is not what this address takes.".to_owned())
                }
            })
    }
}
