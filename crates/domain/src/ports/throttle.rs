//! Counters of tries, requests and mails.

use async_trait::async_trait;

use super::error::PortResult;
use crate::ids::WorkspaceId;
use crate::throttle::{Admission, Charge, ThrottleKey};
use crate::time::Timestamp;

/// Keeps counters in the database, the same on all nodes, over restarts (R89, G4).
///
/// # Contract
/// - A counter MUST move as [`crate::throttle::step`] and [`crate::throttle::refund`] say, each charge by one atomic
///   statement: of N parallel charges exactly as many are admitted as the rule allows.
/// - `consume` MUST stop at the first charge that is exceeded; those before it stay counted.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Counts each charge, in order.
    async fn consume(&self, workspace: WorkspaceId, charges: Vec<Charge>, now: Timestamp) -> PortResult<Admission>;

    /// Says what `consume` would say, counting nothing.
    async fn peek(&self, workspace: WorkspaceId, charges: Vec<Charge>, now: Timestamp) -> PortResult<Admission>;

    /// Gives each charge back, one for one.
    async fn refund(&self, workspace: WorkspaceId, charges: Vec<Charge>) -> PortResult<()>;

    /// Forgets counters altogether: after a full success, or by an admin.
    async fn clear(&self, workspace: WorkspaceId, keys: Vec<ThrottleKey>) -> PortResult<()>;

    /// Removes counters that cannot matter any more: window over, no wait, and not one `in_a_row` younger than a year.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
