//! Sealing the audit log (C6, R101): apart from the changes that it tells of, so that the chain does not make them wait for
//! each other, and within a second of them.

use doorward_domain::ports::PortResult;

use crate::context::Context;

/// Rows that are sealed in one transaction.
const BATCH: u32 = 500;
/// Transactions of one round for each workspace, so that a busy one does not hold up the others.
const BATCHES: u32 = 20;

/// Seals what waits, in every workspace, and says how many rows that were. Any number of nodes may do so: each chain is held
/// by one of them at a time, for no longer than a transaction.
pub(crate) async fn run(context: &Context) -> PortResult<u64> {
    let mut sealed = 0;
    for workspace in context.ports.audit_chain.waiting().await? {
        for _ in 0..BATCHES {
            let batch = context.ports.audit_chain.seal(workspace, BATCH, context.now()).await?;
            sealed += u64::from(batch);
            if batch < BATCH {
                break;
            }
        }
    }
    Ok(sealed)
}
