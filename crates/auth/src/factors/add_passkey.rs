//! Adding a passkey (B10, R76).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::{CeremonyId, PasskeyId};
use doorward_domain::mail::SecurityEvent;
use doorward_domain::passkey::{CeremonyPurpose, Passkey, clean_passkey_name};
use doorward_domain::ports::PasskeyAdded;
use doorward_domain::workspace::Workspace;
use serde_json::Value;

use super::rounds;
use crate::context::{Caller, Context};
use crate::engine::webauthn::{self, Owner};
use crate::outcome::{PasskeyChallenge, SignInError};

/// How adding one ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddedPasskey {
    /// It is there, under this name.
    Added(String),
    /// That very passkey was there already.
    Known,
    /// The account has as many as one may have.
    TooMany,
    /// The challenge is over, or the answer does not hold: begin again.
    Failed,
}

/// Begins: a challenge for a new passkey. `None` if the person is gone.
pub(crate) async fn begin(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
    origin: &str,
) -> Result<Option<PasskeyChallenge>, SignInError> {
    let now = context.now();
    let Some(user) = context.ports.users.find(workspace.id, proof.user()).await? else {
        return Ok(None);
    };
    let known = context.ports.passkeys.list(workspace.id, user.id).await?;
    let name = user.display_name();
    let account = user
        .primary_email()
        .map_or_else(|| name.clone(), |email| email.address.to_string());
    let owner = Owner {
        user: user.id,
        account: &account,
        name: &name,
    };
    let round = webauthn::begin_adding(origin, &workspace.name, &owner, &known)?;
    let purpose = CeremonyPurpose::Add {
        user: user.id,
        session: proof.session(),
    };
    rounds::keep(context, caller, workspace, round, purpose, now)
        .await
        .map(Some)
}

/// Keeps the passkey that an authenticator made.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
    (ceremony, answer): (CeremonyId, &Value),
    name: &str,
) -> Result<AddedPasskey, SignInError> {
    let now = context.now();
    let wanted = CeremonyPurpose::Add {
        user: proof.user(),
        session: proof.session(),
    };
    let ceremony = rounds::take(context, caller, workspace, ceremony, now).await?;
    let Some(ceremony) = ceremony.filter(|ceremony| ceremony.purpose == wanted) else {
        return Ok(AddedPasskey::Failed);
    };
    let registered = match webauthn::finish_adding(&ceremony.state, answer) {
        Ok(registered) => registered,
        Err(error) => {
            rounds::told(error)?;
            return Ok(AddedPasskey::Failed);
        }
    };
    let Some(user) = context.ports.users.find(workspace.id, proof.user()).await? else {
        return Ok(AddedPasskey::Failed);
    };
    let device = caller.client.device();
    let fallback = [device.browser.as_str(), device.system.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let fallback = if fallback.is_empty() { "Passkey" } else { &fallback };
    let passkey = Passkey {
        id: PasskeyId::sortable(context.entropy(), now),
        workspace: workspace.id,
        user: user.id,
        credential: registered.credential,
        state: registered.state,
        name: clean_passkey_name(name, fallback),
        synced: registered.synced,
        created_at: now,
        last_used_at: None,
    };
    let name = passkey.name.clone();
    let what = SecurityEvent::PasskeyAdded { name: name.clone() };
    let notices = context.security_notices(workspace, &user, caller, what, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::PasskeyAdded,
        Some(&caller.client),
        now,
    );
    let limit = context.config.limits.passkeys_per_account;
    Ok(
        match context.ports.passkeys.add(passkey, limit, notices, audit).await? {
            PasskeyAdded::Added => AddedPasskey::Added(name),
            PasskeyAdded::Known => AddedPasskey::Known,
            PasskeyAdded::TooMany => AddedPasskey::TooMany,
            PasskeyAdded::NobodyThere => AddedPasskey::Failed,
        },
    )
}
