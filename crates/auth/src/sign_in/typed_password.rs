//! A typed password, looked at in the one order that both doors keep: a place at the hasher, the budgets, the look-up, the hash.

use doorward_domain::email_address::EmailAddress;
use doorward_domain::method::Method;
use doorward_domain::ports::{HasherError, PasswordCheck};
use doorward_domain::secret::{Password, PasswordDigest};
use doorward_domain::sign_in::{Door, PasswordVerified, PersonFacts, SignInFacts};
use doorward_domain::throttle::{Admission, Charge, ThrottleKey};
use doorward_domain::time::Timestamp;
use doorward_domain::user::SignInRecord;
use doorward_domain::workspace::Workspace;

use super::finish::{cleared_by_success, over_budget, refuse};
use crate::context::{Caller, Context};
use crate::outcome::{SignInError, SignInOutcome};

/// What is known once a password was looked at.
pub(super) struct Looked {
    /// The door that it was typed at.
    door: Door,
    /// Who has the address, if anybody.
    pub(super) record: Option<SignInRecord>,
    /// Whether the password is theirs.
    pub(super) proof: Option<PasswordVerified>,
    /// A newer digest of it, where the stored one is old (R7).
    pub(super) rehash: Option<PasswordDigest>,
    /// The failure that was counted on the network, to be given back if this was none.
    pub(super) of_network: Charge,
    /// The same on the address.
    pub(super) of_address: Charge,
    /// What a success clears.
    pub(super) clears: Vec<ThrottleKey>,
    pub(super) now: Timestamp,
}

impl Looked {
    /// What the rules are asked about.
    pub(super) fn facts(&self, workspace: &Workspace, address: &EmailAddress) -> SignInFacts {
        SignInFacts {
            workspace: workspace.id,
            settings: workspace.security.clone(),
            method: Method::Password,
            door: self.door,
            address: Some(address.clone()),
            arrival: None,
            person: self.record.as_ref().map(|record| PersonFacts::of(record, address)),
        }
    }
}

/// Looks at a password: one consumption of budgets, one look-up, one hash, whether or not anybody has the address (R9, R90).
/// Where hashing cannot keep up, the request ends before anything is looked at, and counts on no budget (R8).
pub(super) async fn look_at(
    context: &Context,
    caller: &Caller,
    (name, door): (&'static str, Door),
    (workspace, address): (&Workspace, &EmailAddress),
    password: Password,
) -> Result<Result<Looked, SignInOutcome>, SignInError> {
    let place = context.ports.hasher.reserve()?;
    let now = context.now();
    let key = address.key();
    let standing = context.standing(caller, workspace.id, &key);
    let network = caller.client.network();
    let budgets = context.budgets();
    let of_network = budgets.network_failure(&network);
    let of_address = budgets.password_failure(&key, &standing);
    let charges = vec![budgets.network_try(&network), of_network.clone(), of_address.clone()];
    let throttle = &context.ports.throttle;
    if let Admission::Exceeded { reason, retry_at } = throttle.consume(workspace.id, charges.clone(), now).await? {
        let (attempt, refusal) = over_budget(name, workspace, caller, Some(address), None, reason);
        return refuse(context, attempt, refusal, retry_at, None, now).await.map(Err);
    }

    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let digest = record.as_ref().and_then(|record| record.password.clone());
    let check = match context.ports.hasher.check(password, digest).await {
        Err(HasherError::Busy) => {
            // Others were faster to the last place. Nothing was tried, so nothing may count.
            throttle.refund(workspace.id, charges).await?;
            return Err(HasherError::Busy.into());
        }
        checked => checked?,
    };
    drop(place);

    Ok(Ok(Looked {
        door,
        proof: record
            .as_ref()
            .and_then(|record| PasswordVerified::from_check(record.user.id, &check)),
        rehash: match check {
            PasswordCheck::Match { rehash } => rehash,
            PasswordCheck::Mismatch => None,
        },
        clears: cleared_by_success(context, &key, &standing),
        record,
        of_network,
        of_address,
        now,
    }))
}
