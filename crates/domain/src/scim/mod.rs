//! SCIM 2.0 as plain data (RFC 7643, RFC 7644): schemas, the filter grammar, PATCH, and the shape of every answer. What is
//! stored of it stands in [`crate::directory`].

pub mod answer;
pub mod filter;
pub mod patch;
pub mod resource;
pub mod schema;
pub mod select;

use serde_json::{Value, json};
use thiserror::Error;

/// Content type of every SCIM body (RFC 7644 §8.1).
pub const CONTENT_TYPE: &str = "application/scim+json";
/// Longest filter accepted, in bytes (R63).
pub const MAX_FILTER_BYTES: usize = 2_048;
/// Deepest nesting of a filter (R63).
pub const MAX_FILTER_DEPTH: usize = 10;
/// Most resources in one answer (R63).
pub const MAX_PAGE: u32 = 200;
/// Resources in one answer where none was asked for.
pub const DEFAULT_PAGE: u32 = 100;
/// Most operations of one PATCH.
pub const MAX_OPERATIONS: usize = 1_000;
/// Most values of one attribute; a group has its members beside.
pub const MAX_VALUES: usize = 100;
/// Most members that one group can have.
pub const MAX_MEMBERS: usize = 50_000;
/// Longest text of one value, in bytes. A certificate is the longest that is sent.
pub const MAX_TEXT: usize = 16 * 1024;
/// Longest user name, external id or display name, in bytes.
pub const MAX_NAME: usize = 512;

/// What is wrong with a request, in the words of RFC 7644 §3.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScimFault {
    /// The filter cannot be read, names an unknown attribute, or compares what cannot be compared.
    InvalidFilter,
    /// The body cannot be read.
    InvalidSyntax,
    /// A path of a PATCH cannot be read or names nothing.
    InvalidPath,
    /// A path of a PATCH finds nothing to change.
    NoTarget,
    /// A value is missing or does not fit its attribute.
    InvalidValue,
    /// An attribute cannot be changed.
    Mutability,
    /// Another resource has it already.
    Uniqueness,
    /// The request asks for more than is answered at once.
    TooMany,
}

impl ScimFault {
    /// The keyword.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::Mutability => "mutability",
            Self::Uniqueness => "uniqueness",
            Self::TooMany => "tooMany",
        }
    }

    /// The status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Uniqueness => 409,
            _ => 400,
        }
    }
}

/// A request that cannot be done as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {detail}", .fault.as_str())]
pub struct ScimError {
    /// What is wrong.
    pub fault: ScimFault,
    /// Where, for whoever set the client up. In English, as every error of a protocol; holds no secret.
    pub detail: Box<str>,
}

impl ScimError {
    /// That fault, with the words for it.
    pub fn new(fault: ScimFault, detail: impl Into<Box<str>>) -> Self {
        Self {
            fault,
            detail: detail.into(),
        }
    }

    /// The body that tells of it.
    pub fn body(&self) -> Value {
        let mut body = error_body(self.fault.status(), &self.detail);
        if let Some(fields) = body.as_object_mut() {
            fields.insert("scimType".to_owned(), self.fault.as_str().into());
        }
        body
    }
}

/// The body of an error without a keyword.
pub fn error_body(status: u16, detail: &str) -> Value {
    json!({ "schemas": [schema::ERROR], "status": status.to_string(), "detail": detail })
}
