//! Waits as those see them who answer for the people behind them.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::throttle::{Counter, ThrottleKey};

/// Reads and forgets counters of [`Throttle`](super::Throttle), each together with those that single browsers have under it
/// (R26).
///
/// # Contract
/// - Both methods MUST find a counter by its very key, and by [`ThrottleKey::browsers`] of it, and no other.
/// - `forget` MUST be one transaction, with the audit row, whether or not there was anything to forget.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Waits: Send + Sync {
    /// The counters of those keys, and of browsers under them, as they are kept.
    async fn counters(&self, workspace: WorkspaceId, keys: Vec<ThrottleKey>)
    -> PortResult<Vec<(ThrottleKey, Counter)>>;

    /// Forgets them, and says how many there were.
    async fn forget(&self, workspace: WorkspaceId, keys: Vec<ThrottleKey>, audit: AuditEntry) -> PortResult<u64>;
}
