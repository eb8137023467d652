//! A mail came back, or is late (C5): what another server says of it is taken down, if the report came to the return address
//! that was made for that very mail.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::bounce::{BounceReport, Returned};
use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::PortResult;

use crate::context::Context;

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BounceTaken {
    /// It stands in the mail's timeline.
    Recorded,
    /// It was known already, or the mail was over before.
    Known,
    /// It came to no return address of a mail that was sent here: it is forged, or older than the log or the key.
    NotOurs,
}

/// Takes a report. `only_in` is the workspace of whoever brings it, if they speak for one alone.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    only_in: Option<WorkspaceId>,
    report: BounceReport,
) -> PortResult<BounceTaken> {
    let Some(mark) = report.mark else {
        return Ok(BounceTaken::NotOurs);
    };
    let Some(addressed) = context.ports.mail_log.addressed(mark.mail).await? else {
        return Ok(BounceTaken::NotOurs);
    };
    let genuine = mark.is_genuine(&context.config.code_key, &addressed.to.key());
    if !genuine || only_in.is_some_and(|only| only != addressed.workspace) {
        return Ok(BounceTaken::NotOurs);
    }
    let now = context.now();
    let mut entry = context.audit(
        addressed.workspace,
        actor,
        addressed.user,
        AuditAction::MailBounced,
        None,
        now,
    );
    match report.returned {
        Returned::Failed => "failed",
        Returned::Delayed => "delayed",
    }
    .clone_into(&mut entry.outcome);
    let entry = entry.with_detail(format!("{}: {}", addressed.to.masked(), report.words));
    let log = &context.ports.mail_log;
    let recorded = log.returned(mark.mail, report.returned, report.words, entry).await?;
    Ok(if recorded {
        BounceTaken::Recorded
    } else {
        BounceTaken::Known
    })
}
