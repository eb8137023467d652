//! What every way of showing a second factor shares: budgets, and telling a right code from a wrong one.

use doorward_domain::ids::UserId;
use doorward_domain::ports::{FaultKind, HasherError, PortError};
use doorward_domain::reason::PrivateReason;
use doorward_domain::second_factor::{FactorRecord, TypedFactor};
use doorward_domain::secret::Password;
use doorward_domain::sign_in::SecondFactorVerified;
use doorward_domain::throttle::{Admission, Charge, ThrottleKey};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use crate::context::Context;
use crate::engine::totp;
use crate::outcome::SignInError;

/// What came of a typed code.
pub(crate) enum Shown {
    /// It is right, as far as can be said before it is spent.
    Right {
        proof: SecondFactorVerified,
        /// What was counted before looking, to be given back.
        refunds: Vec<Charge>,
        /// What a success forgets.
        clears: Vec<ThrottleKey>,
        /// Backup codes that are left after this one, if it was one.
        codes_left: Option<u32>,
    },
    /// It is not; what was counted stays counted, save where the code was a right one that was used before (R28).
    Wrong(PrivateReason),
    /// A budget is used up.
    OverBudget {
        reason: PrivateReason,
        retry_at: Option<Timestamp>,
    },
}

/// What a receipt says that a rule saw of a code that does not count.
pub(crate) const fn saw_wrong(private: PrivateReason) -> &'static str {
    match private {
        PrivateReason::SecondFactorReplayed => "right, used already",
        _ => "neither the app's code nor a backup code that is left",
    }
}

/// Looks at what was typed for the second factor of `user`, counting the try first (R71, R75).
pub(crate) async fn look_at(
    context: &Context,
    workspace: &Workspace,
    user: UserId,
    factors: &FactorRecord,
    typed: TypedFactor,
    now: Timestamp,
) -> Result<Shown, SignInError> {
    let budgets = context.budgets();
    let charges = match typed {
        TypedFactor::Backup(_) => budgets.backup_code_failures(user),
        TypedFactor::App(_) | TypedFactor::Neither => budgets.app_code_failures(user),
    };
    if let Some(over) = admit(context, workspace, &charges, now).await? {
        return Ok(over);
    }
    let (proof, codes_left) = match typed {
        TypedFactor::Neither => return Ok(Shown::Wrong(PrivateReason::SecondFactorWrong)),
        TypedFactor::App(code) => {
            let Some(app) = &factors.app else {
                return Ok(Shown::Wrong(PrivateReason::SecondFactorWrong));
            };
            let Some(secret) = &app.secret else {
                // Nothing was tried, so nothing may count.
                context.ports.throttle.refund(workspace.id, charges).await?;
                return Err(PortError::bare(FaultKind::Corrupt, "factors.sealed").into());
            };
            match totp::check(secret, &code, now)? {
                None => return Ok(Shown::Wrong(PrivateReason::SecondFactorWrong)),
                Some(matched) if factors.last_step.is_some_and(|last| matched.step() <= last) => {
                    return replayed(context, workspace, charges).await;
                }
                Some(matched) => (SecondFactorVerified::by_app(user, &matched), None),
            }
        }
        TypedFactor::Backup(code) => {
            let (Some(set), Ok(secret)) = (&factors.backup, Password::parse(&code.bare())) else {
                return Ok(Shown::Wrong(PrivateReason::SecondFactorWrong));
            };
            let hashed = match context.ports.hasher.hash_by(set.recipe.clone(), vec![secret]).await {
                Err(HasherError::Busy) => {
                    // Nothing was tried, so nothing may count (R8).
                    context.ports.throttle.refund(workspace.id, charges).await?;
                    return Err(HasherError::Busy.into());
                }
                hashed => hashed?,
            };
            let Some(digest) = hashed.into_iter().next() else {
                return Ok(Shown::Wrong(PrivateReason::SecondFactorWrong));
            };
            if set.spent(&digest) {
                return replayed(context, workspace, charges).await;
            }
            let Some(proof) = SecondFactorVerified::by_backup_code(user, set, digest) else {
                return Ok(Shown::Wrong(PrivateReason::SecondFactorWrong));
            };
            let left = u32::try_from(set.left.len()).unwrap_or(u32::MAX).saturating_sub(1);
            (proof, Some(left))
        }
    };
    // A right code of the app ends the row of wrong ones and its waits; the count of the day goes on (R71).
    let clears = if codes_left.is_none() {
        charges.iter().take(1).map(|charge| charge.key.clone()).collect()
    } else {
        Vec::new()
    };
    Ok(Shown::Right {
        proof,
        refunds: charges,
        clears,
        codes_left,
    })
}

/// Counts each charge; where one is over its limit, those before it are given back, since nothing was tried.
async fn admit(
    context: &Context,
    workspace: &Workspace,
    charges: &[Charge],
    now: Timestamp,
) -> Result<Option<Shown>, SignInError> {
    let throttle = &context.ports.throttle;
    for (counted, charge) in charges.iter().enumerate() {
        if let Admission::Exceeded { reason, retry_at } =
            throttle.consume(workspace.id, vec![charge.clone()], now).await?
        {
            let before: Vec<Charge> = charges.iter().take(counted).cloned().collect();
            if !before.is_empty() {
                throttle.refund(workspace.id, before).await?;
            }
            return Ok(Some(Shown::OverBudget { reason, retry_at }));
        }
    }
    Ok(None)
}

async fn replayed(context: &Context, workspace: &Workspace, charges: Vec<Charge>) -> Result<Shown, SignInError> {
    context.ports.throttle.refund(workspace.id, charges).await?;
    Ok(Shown::Wrong(PrivateReason::SecondFactorReplayed))
}
