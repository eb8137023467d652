//! Receipts, mails and rows of the audit log go when their time is over: for how long each is kept, a workspace says.

use std::time::Duration;

use doorward_domain::ports::PortResult;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// Rows that one statement removes, so that it holds nobody up.
const BATCH: u32 = 1_000;
/// Statements of one round for each log of a workspace; what is left goes in the next round.
const BATCHES: u32 = 50;

/// How much one round removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Receipts.
    pub receipts: u64,
    /// Mails.
    pub mails: u64,
    /// Rows of the audit log.
    pub audit: u64,
}

/// Removes what is over, in every workspace. Any number of nodes may do so.
pub(crate) async fn run(context: &Context) -> PortResult<Removed> {
    let now = context.now();
    let mut removed = Removed::default();
    for workspace in context.ports.workspaces.list().await? {
        let part = of_workspace(context, &workspace, now).await?;
        removed.receipts += part.receipts;
        removed.mails += part.mails;
        removed.audit += part.audit;
    }
    Ok(removed)
}

async fn of_workspace(context: &Context, workspace: &Workspace, now: Timestamp) -> PortResult<Removed> {
    let keep = workspace.portal.retention;
    let before = |days: u16| now.minus(Duration::from_hours(24 * u64::from(days)));
    let mut removed = Removed::default();
    for _ in 0..BATCHES {
        let batch = context
            .ports
            .retention
            .remove_receipts(workspace.id, before(keep.receipts_days), BATCH)
            .await?;
        removed.receipts += batch;
        if batch < u64::from(BATCH) {
            break;
        }
    }
    for _ in 0..BATCHES {
        let batch = context
            .ports
            .retention
            .remove_mails(workspace.id, before(keep.mail_days), BATCH)
            .await?;
        removed.mails += batch;
        if batch < u64::from(BATCH) {
            break;
        }
    }
    for _ in 0..BATCHES {
        let (batch, _) = context
            .ports
            .audit_chain
            .prune(workspace.id, before(keep.audit_days), BATCH, now)
            .await?;
        removed.audit += u64::from(batch);
        if batch < BATCH {
            break;
        }
    }
    Ok(removed)
}
