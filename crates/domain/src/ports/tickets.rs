//! Tickets that carry somebody from one host to another (C8).

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::founding::{RedeemedTicket, Ticket, TicketPurpose};
use crate::ids::WorkspaceId;
use crate::secret::TokenDigest;
use crate::time::Timestamp;

/// Keeps tickets.
///
/// # Contract
/// - `issue` MUST be one transaction with the audit row.
/// - `redeem` MUST give a ticket out once, under any concurrency, only in its own workspace, for its own purpose and before
///   its end.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Tickets: Send + Sync {
    /// Stores a ticket.
    async fn issue(&self, ticket: Ticket, audit: AuditEntry) -> PortResult<()>;

    /// Uses the ticket with that digest, for good.
    async fn redeem(
        &self,
        workspace: WorkspaceId,
        digest: &TokenDigest,
        purpose: TicketPurpose,
        now: Timestamp,
    ) -> PortResult<Option<RedeemedTicket>>;

    /// Removes those that are over, and says how many.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
