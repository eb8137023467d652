//! Email and password (B1).

use doorward_domain::email_address::EmailAddress;
use doorward_domain::method::Method;
use doorward_domain::ports::{HasherError, PasswordCheck};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::Password;
use doorward_domain::sign_in::{Door, PasswordVerified, PersonFacts, Proofs, SignInFacts};
use doorward_domain::throttle::Admission;
use doorward_domain::workspace::Workspace;

use super::finish::{MailboxUnproved, cleared_by_success, over_budget};
use super::request_code::{MailboxProofRequest, send_mailbox_proof};
use super::{Completed, complete, refuse};
use crate::context::{Caller, Context};
use crate::outcome::{SignInError, SignInOutcome};

pub(crate) const NAME: &str = "sign-in-with-password";

/// What was typed, parsed.
#[derive(Debug, Clone)]
pub struct PasswordSignIn {
    /// Where.
    pub workspace: Workspace,
    /// The address.
    pub address: EmailAddress,
    /// The password.
    pub password: Password,
    /// Where they were going.
    pub return_to: ReturnTo,
}

/// Signs somebody in with address and password.
///
/// Wrong password, unknown address, account without password and disabled account are refused alike, after the same
/// work (R9, R90): one consumption of budgets, one look-up, one hash, one stored receipt. Where hashing cannot keep up,
/// the request is refused before anything is looked at, and counts on no budget (R8).
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: PasswordSignIn,
) -> Result<SignInOutcome, SignInError> {
    let place = context.ports.hasher.reserve()?;
    let now = context.now();
    let workspace = &request.workspace;
    let key = request.address.key();
    let standing = context.standing(caller, workspace.id, &key);
    let network = caller.client.network();
    let budgets = context.budgets();
    let failure_of_network = budgets.network_failure(&network);
    let failure_of_address = budgets.password_failure(&key, &standing);
    let charges = vec![
        budgets.network_try(&network),
        failure_of_network.clone(),
        failure_of_address.clone(),
    ];
    if let Admission::Exceeded { reason, retry_at } = context
        .ports
        .throttle
        .consume(workspace.id, charges.clone(), now)
        .await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, Some(&request.address), None, reason);
        return refuse(context, attempt, refusal, retry_at, None, now).await;
    }

    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let digest = record.as_ref().and_then(|record| record.password.clone());
    let check = match context.ports.hasher.check(request.password, digest).await {
        Err(HasherError::Busy) => {
            // Others were faster to the last place. Nothing was tried, so nothing may count.
            context.ports.throttle.refund(workspace.id, charges).await?;
            return Err(HasherError::Busy.into());
        }
        checked => checked?,
    };
    drop(place);

    let proofs = Proofs {
        password: record
            .as_ref()
            .and_then(|record| PasswordVerified::from_check(record.user.id, &check)),
        ..Proofs::default()
    };
    let facts = SignInFacts {
        workspace: workspace.id,
        settings: workspace.security.clone(),
        method: Method::Password,
        door: Door::Front,
        address: Some(request.address.clone()),
        arrival: None,
        person: record.as_ref().map(|record| PersonFacts::of(record, &request.address)),
    };
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: record.as_ref(),
        return_to: request.return_to.clone(),
        rehash: match check {
            PasswordCheck::Match { rehash } => rehash,
            PasswordCheck::Mismatch => None,
        },
        flow: None,
        refunds: vec![failure_of_network.clone()],
        clears: cleared_by_success(context, &key, &standing),
        notices: Vec::new(),
        now,
    };
    match complete(context, &facts, proofs, completed).await? {
        Ok(outcome) => {
            if let SignInOutcome::SecondStep(_) = outcome {
                // The password was right; to type it again and again must not close the way for its owner.
                context
                    .ports
                    .throttle
                    .refund(workspace.id, vec![failure_of_address])
                    .await?;
            }
            Ok(outcome)
        }
        Err(MailboxUnproved { findings }) => {
            // The password was right, so this was no failure; what is left is the proof of the mailbox (A3).
            context
                .ports
                .throttle
                .refund(workspace.id, vec![failure_of_network, failure_of_address])
                .await?;
            let proof = MailboxProofRequest {
                name: NAME,
                workspace,
                address: request.address,
                return_to: request.return_to,
                record,
                findings,
            };
            send_mailbox_proof(context, caller, proof, now).await
        }
    }
}
