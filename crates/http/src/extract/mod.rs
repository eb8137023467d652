//! Strict readers of request bodies: each field once, whole UTF-8, nothing unknown in JSON, and a plain refusal
//! otherwise.

pub(crate) mod form;
mod json;
mod upload;

pub use form::{Form, FormAttempt};
pub use json::Json;
pub use upload::Upload;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The media type without its parameters, lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}
