//! Email and password (B1).

use doorward_domain::email_address::EmailAddress;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::Password;
use doorward_domain::sign_in::{Door, Proofs};
use doorward_domain::workspace::Workspace;

use super::finish::MailboxUnproved;
use super::request_code::{MailboxProofRequest, send_mailbox_proof};
use super::typed_password::{self, Looked};
use super::{Completed, complete};
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
    let PasswordSignIn {
        workspace,
        address,
        password,
        return_to,
    } = request;
    let typed = typed_password::look_at(context, caller, (NAME, Door::Front), (&workspace, &address), password);
    let looked = match typed.await? {
        Ok(looked) => looked,
        Err(turned_away) => return Ok(turned_away),
    };
    let facts = looked.facts(&workspace, &address);
    let Looked {
        record,
        proof,
        rehash,
        of_network,
        of_address,
        clears,
        now,
        ..
    } = looked;
    let proofs = Proofs {
        password: proof,
        ..Proofs::default()
    };
    let workspace = &workspace;
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: record.as_ref(),
        return_to: return_to.clone(),
        rehash,
        flow: None,
        refunds: vec![of_network.clone()],
        clears,
        notices: Vec::new(),
        now,
    };
    match complete(context, &facts, proofs, completed).await? {
        Ok(outcome) => {
            if let SignInOutcome::SecondStep(_) = outcome {
                // The password was right; to type it again and again must not close the way for its owner.
                context.ports.throttle.refund(workspace.id, vec![of_address]).await?;
            }
            Ok(outcome)
        }
        Err(MailboxUnproved { findings }) => {
            // The password was right, so this was no failure; what is left is the proof of the mailbox (A3).
            context
                .ports
                .throttle
                .refund(workspace.id, vec![of_network, of_address])
                .await?;
            let proof = MailboxProofRequest {
                name: NAME,
                workspace,
                address,
                return_to,
                record,
                findings,
            };
            send_mailbox_proof(context, caller, proof, now).await
        }
    }
}
