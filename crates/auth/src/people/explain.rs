//! The sign-in check (C4): which ways in are open to an address now, why each other is not, and what happened last.

use doorward_domain::email_address::EmailAddress;
use doorward_domain::mail::MailTrace;
use doorward_domain::ports::PortError;
use doorward_domain::second_factor::FactorSummary;
use doorward_domain::sign_in::Receipt;
use doorward_domain::throttle::{Admission, Standing};
use doorward_domain::user::User;
use doorward_domain::ways_in::{Surroundings, WayIn, ways_in};
use doorward_domain::workspace::Workspace;
use serde::Serialize;

use crate::context::Context;

/// How many receipts and mails are shown.
const LAST: u32 = 10;

/// The answer.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The address that was asked about.
    pub address: String,
    /// The person, if anybody has it.
    pub user: Option<User>,
    /// Their second factor and passkeys.
    pub factors: Option<FactorSummary>,
    /// Whether the workspace requires a second factor of them.
    pub two_factor_required: bool,
    /// Each way in, open or closed and by which rule.
    pub ways_in: Vec<WayIn>,
    /// The last attempts with this address, newest first.
    pub attempts: Vec<Receipt>,
    /// The last mails to it, newest first, without content.
    pub mails: Vec<MailTrace>,
}

/// Explains an address, known or not. Changes nothing.
pub(crate) async fn run(
    context: &Context,
    workspace: &Workspace,
    address: &EmailAddress,
) -> Result<Explanation, PortError> {
    let now = context.now();
    let key = address.key();
    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let person = record
        .as_ref()
        .map(|record| context.facts_of(workspace, record, address));
    let budgets = context.budgets();
    let throttle = &context.ports.throttle;
    let password = vec![budgets.password_failure(&key, &Standing::Stranger)];
    let code = budgets.code_failures(&key, &Standing::Stranger);
    let surroundings = Surroundings {
        password_budget_open: throttle.peek(workspace.id, password, now).await? == Admission::Admitted,
        code_budget_open: throttle.peek(workspace.id, code, now).await? == Admission::Admitted,
    };
    let audience = person.as_ref().map(|person| person.role.audience());
    Ok(Explanation {
        address: address.as_str().to_owned(),
        factors: record.as_ref().map(|record| record.factors),
        two_factor_required: audience.is_some_and(|audience| workspace.security.audience(audience).two_factor_required),
        ways_in: ways_in(&workspace.security, person.as_ref(), surroundings),
        user: record.map(|record| record.user),
        attempts: context.ports.receipts.last_of(workspace.id, &key, LAST).await?,
        mails: context.ports.outbox.last_to(workspace.id, &key, LAST).await?,
    })
}
