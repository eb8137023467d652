//! Rounds with an authenticator: a challenge that is kept, and an answer that is looked at once (R76).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::{CeremonyId, UserId};
use doorward_domain::mail::SecurityEvent;
use doorward_domain::passkey::{Ceremony, CeremonyPurpose, Passkey, PasskeyAssertion};
use doorward_domain::reason::PrivateReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;
use serde_json::Value;

use crate::context::{Caller, Context};
use crate::engine::webauthn::{self, AnswerError, Round};
use crate::outcome::{PasskeyChallenge, SignInError};

/// Keeps a round, and says what goes to the browser.
pub(crate) async fn keep(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    round: Round,
    purpose: CeremonyPurpose,
    now: Timestamp,
) -> Result<PasskeyChallenge, SignInError> {
    let charge = context.budgets().passkey_challenge(&caller.client.network());
    if let Admission::Exceeded { retry_at, .. } =
        context.ports.throttle.consume(workspace.id, vec![charge], now).await?
    {
        return Err(SignInError::too_many_tries(retry_at, now));
    }
    let ceremony = Ceremony {
        id: CeremonyId::random(context.entropy()),
        workspace: workspace.id,
        binding: caller.binding,
        purpose,
        state: round.state,
        expires_at: now.plus(context.config.limits.passkey_challenge_lifetime()),
    };
    let id = ceremony.id;
    context.ports.passkeys.begin(ceremony).await?;
    Ok(PasskeyChallenge {
        ceremony: id,
        options: round.options,
    })
}

/// Begins signing in with whichever passkey the person picks.
pub(crate) async fn begin_signing_in(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    origin: &str,
    autofill: bool,
    purpose: CeremonyPurpose,
    now: Timestamp,
) -> Result<PasskeyChallenge, SignInError> {
    let round = webauthn::begin_signing_in(origin, autofill)?;
    keep(context, caller, workspace, round, purpose, now).await
}

/// Begins showing a passkey of somebody who is known; `None` where they have none.
pub(crate) async fn begin_showing(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: UserId,
    origin: &str,
    purpose: CeremonyPurpose,
    now: Timestamp,
) -> Result<Option<PasskeyChallenge>, SignInError> {
    let passkeys = context.ports.passkeys.list(workspace.id, user).await?;
    if passkeys.is_empty() {
        return Ok(None);
    }
    let round = webauthn::begin_showing(origin, &passkeys)?;
    keep(context, caller, workspace, round, purpose, now).await.map(Some)
}

/// Looks at the answer to a sign-in challenge, once.
pub(crate) async fn finish_signing_in(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    ceremony: CeremonyId,
    answer: &Value,
    now: Timestamp,
) -> Result<Result<(PasskeyAssertion, ReturnTo), PrivateReason>, SignInError> {
    // Taken before it is looked at: an answer that does not hold ends the round as well.
    let Some(ceremony) = take(context, caller, workspace, ceremony, now).await? else {
        return Ok(Err(PrivateReason::PasskeyChallengeOver));
    };
    let CeremonyPurpose::SignIn { return_to } = ceremony.purpose else {
        return Ok(Err(PrivateReason::PasskeyChallengeOver));
    };
    let (credential, handle) = match webauthn::claimed(answer) {
        Ok(claimed) => claimed,
        Err(error) => return told(error).map(Err),
    };
    let Some(passkey) = context.ports.passkeys.find(workspace.id, &credential).await? else {
        webauthn::check_nobody(&ceremony.state, answer, &credential)?;
        return Ok(Err(PrivateReason::PasskeyUnknown));
    };
    // User handle, credential and account must be of one person (R76).
    if handle != Some(passkey.user) {
        return Ok(Err(PrivateReason::PasskeyWrong));
    }
    match webauthn::finish_signing_in(&ceremony.state, answer, passkey.clone()) {
        Ok(assertion) => Ok(Ok((assertion, return_to))),
        Err(AnswerError::Counter) => {
            if let Some(owner) = context.ports.users.find(workspace.id, passkey.user).await? {
                warn(context, caller, workspace, &owner, &passkey, now).await?;
            }
            Ok(Err(PrivateReason::PasskeyCounter))
        }
        Err(error) => told(error).map(Err),
    }
}

/// Looks at the answer of somebody who is known, once. `wanted` is the round's id and what it must be for.
pub(crate) async fn finish_showing(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    owner: &User,
    (ceremony, wanted): (CeremonyId, &CeremonyPurpose),
    answer: &Value,
    now: Timestamp,
) -> Result<Result<PasskeyAssertion, PrivateReason>, SignInError> {
    let Some(ceremony) = take(context, caller, workspace, ceremony, now).await? else {
        return Ok(Err(PrivateReason::PasskeyChallengeOver));
    };
    if ceremony.purpose != *wanted {
        return Ok(Err(PrivateReason::PasskeyChallengeOver));
    }
    let (credential, handle) = match webauthn::claimed(answer) {
        Ok(claimed) => claimed,
        Err(error) => return told(error).map(Err),
    };
    let found = context.ports.passkeys.find(workspace.id, &credential).await?;
    let Some(passkey) = found.filter(|passkey| passkey.user == owner.id) else {
        return Ok(Err(PrivateReason::PasskeyUnknown));
    };
    // An authenticator need not name the account when it was told which keys to use; if it does, it must be this one.
    if handle.is_some_and(|handle| handle != owner.id) {
        return Ok(Err(PrivateReason::PasskeyWrong));
    }
    match webauthn::finish_showing(&ceremony.state, answer, passkey.clone()) {
        Ok(assertion) => Ok(Ok(assertion)),
        Err(AnswerError::Counter) => {
            warn(context, caller, workspace, owner, &passkey, now).await?;
            Ok(Err(PrivateReason::PasskeyCounter))
        }
        Err(error) => told(error).map(Err),
    }
}

/// Hands the round out, once.
pub(crate) async fn take(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    ceremony: CeremonyId,
    now: Timestamp,
) -> Result<Option<Ceremony>, SignInError> {
    Ok(context
        .ports
        .passkeys
        .take(workspace.id, ceremony, caller.binding, now)
        .await?)
}

/// What an answer that does not hold is called; a fault of ours is no answer.
pub(crate) fn told(error: AnswerError) -> Result<PrivateReason, SignInError> {
    match error {
        AnswerError::Port(fault) => Err(fault.into()),
        AnswerError::Counter => Ok(PrivateReason::PasskeyCounter),
        other => {
            tracing::info!(
                error = &other as &dyn std::error::Error,
                "a passkey's answer does not hold"
            );
            Ok(PrivateReason::PasskeyWrong)
        }
    }
}

/// R76: a counter that went back is refused, and its owner is warned.
async fn warn(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    owner: &User,
    passkey: &Passkey,
    now: Timestamp,
) -> Result<(), SignInError> {
    let what = SecurityEvent::PasskeySuspected {
        name: passkey.name.clone(),
    };
    let mails = context.security_notices(workspace, owner, caller, what, now);
    let entry = context.audit(
        workspace.id,
        Actor::Anonymous,
        Some(owner.id),
        AuditAction::PasskeySuspected,
        Some(&caller.client),
        now,
    );
    Ok(context.ports.audit.announce(entry, mails).await?)
}
