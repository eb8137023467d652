//! Checking the chain of the audit log (C6).

use doorward_domain::audit_chain::{Broken, Seal, Verifier};
use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::PortResult;

use crate::context::Context;

/// Rows that are read at a time.
const BATCH: u32 = 1_000;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditCheck {
    /// How many rows fit.
    pub rows: u64,
    /// Up to which row the log was cut because its time was over; zero where it never was.
    pub cut_up_to: u64,
    /// The head of the chain, or the first thing that is wrong.
    pub result: Result<Seal, Broken>,
}

/// Checks the chain of a workspace from its beginning. `noted` is a head that was kept elsewhere.
pub(crate) async fn run(context: &Context, workspace: WorkspaceId, noted: Option<Seal>) -> PortResult<AuditCheck> {
    let head = context.ports.audit_chain.head(workspace).await?;
    let begins = head.map_or(Seal::BEGINNING, |head| head.pruned);
    let mut verifier = Verifier::new(begins, noted);
    let mut check = AuditCheck {
        rows: 0,
        cut_up_to: begins.seq,
        result: Ok(begins),
    };
    // Rows that are sealed while the check runs are no part of it: it ends where the chain ended when it began.
    let ends = head.map_or(Seal::BEGINNING, |head| head.sealed);
    'walk: loop {
        let at = verifier.reached().seq;
        let rows = context.ports.audit_chain.sealed_after(workspace, at, BATCH).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seal.seq > ends.seq {
                // The head moves with the rows: what even the one of now does not reach was sealed by nobody.
                let head = context.ports.audit_chain.head(workspace).await?;
                let (seq, id) = (row.seal.seq, row.row.id);
                if head.is_none_or(|head| head.sealed.seq < seq) {
                    check.result = Err(Broken::Behind { seq, id });
                    return Ok(check);
                }
                break 'walk;
            }
            if let Err(broken) = verifier.admit(&row) {
                check.result = Err(broken);
                return Ok(check);
            }
            check.rows += 1;
        }
    }
    check.result = verifier.finish(ends);
    Ok(check)
}
