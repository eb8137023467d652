//! What is counted before anything is looked at (R94, R95).

use doorward_domain::ids::FlowId;
use doorward_domain::throttle::{Admission, Charge};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use super::finish::{over_budget, refuse};
use crate::context::{Caller, Context};
use crate::outcome::{SignInError, SignInOutcome};

/// Counts one try on the network that it comes from. What comes back is the failure that was counted with it, to be given
/// back should the try turn out to be none; or, where the budget is used up, the answer.
pub(super) async fn admit_network(
    context: &Context,
    caller: &Caller,
    name: &'static str,
    workspace: &Workspace,
    flow: Option<FlowId>,
    now: Timestamp,
) -> Result<Result<Charge, SignInOutcome>, SignInError> {
    let budgets = context.budgets();
    let network = caller.client.network();
    let of_network = budgets.network_failure(&network);
    let charges = vec![budgets.network_try(&network), of_network.clone()];
    match context.ports.throttle.consume(workspace.id, charges, now).await? {
        Admission::Admitted => Ok(Ok(of_network)),
        Admission::Exceeded { reason, retry_at } => {
            let (attempt, refusal) = over_budget(name, workspace, caller, None, None, reason);
            refuse(context, attempt, refusal, retry_at, flow, now).await.map(Err)
        }
    }
}
