//! What a port says when it could not do its work. A refusal is never one of these: refused is a value.

use thiserror::Error;

/// Who is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The thing behind the port is away, busy or full; the same call may succeed later.
    Unavailable,
    /// What it holds makes no sense: a row that does not parse, a ciphertext that does not open.
    Corrupt,
    /// The caller broke the contract of the port.
    Misuse,
}

/// A port's failure, with who is at fault, where, and the cause for the logs. Never holds a secret.
#[derive(Debug, Error)]
#[error("{place}: {kind:?}")]
pub struct PortError {
    kind: FaultKind,
    place: &'static str,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl PortError {
    /// A failure at `place` (`port.method`), with its cause.
    pub fn new(
        kind: FaultKind,
        place: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            place,
            source: Some(source.into()),
        }
    }

    /// A failure without a further cause.
    pub const fn bare(kind: FaultKind, place: &'static str) -> Self {
        Self {
            kind,
            place,
            source: None,
        }
    }

    /// Who is at fault.
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Where.
    pub const fn place(&self) -> &'static str {
        self.place
    }
}

/// What every port method returns.
pub type PortResult<T> = Result<T, PortError>;
