//! Turning two-factor authentication on (B11, R68, R72): scan, type the first code, keep the backup codes.
//!
//! Nothing is on before a right code. The same steps serve somebody who is signed in, somebody on their way in whose
//! workspace requires a second factor, and somebody whom the operator let in to set a new one.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::{FlowId, UserId};
use doorward_domain::mail::SecurityEvent;
use doorward_domain::ports::{AppEnabled, EnableApp};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::second_factor::{AppSecret, BackupCode, PendingApp, TypedFactor};
use doorward_domain::sign_in::{
    FirstStepProven, Proofs, ProviderVerified, Refusal, Rule, SecondFactorVerified, SignInFacts, Step,
};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::engine::totp::{self, AppSetup};
use crate::outcome::{Refused, SignInError, SignInOutcome};
use crate::recovery::recover;
use crate::sign_in::complete_second_factor::{UnderWay, under_way};
use crate::sign_in::{Completed, complete, over_budget, record_refusal, refused};

const NAME: &str = "enable-two-factor";
/// How long the key is shown before it has to be drawn anew.
const SETUP_LIFE: std::time::Duration = std::time::Duration::from_mins(30);

/// Who sets an app up.
#[derive(Debug, Clone, Copy)]
pub enum Enroller {
    /// Somebody who is signed in, with a fresh proof (R72).
    SignedIn(FreshProof),
    /// Somebody on their way in, whose workspace requires a second factor.
    OnTheWayIn(FlowId),
    /// Somebody whom the operator let in to set a new one (B15).
    Recovering(FlowId),
}

impl Enroller {
    /// The session or attempt that sets the app up. Somebody who is in the same account elsewhere does not see its key.
    const fn id(self) -> uuid::Uuid {
        match self {
            Self::SignedIn(proof) => proof.session().as_uuid(),
            Self::OnTheWayIn(flow) | Self::Recovering(flow) => flow.as_uuid(),
        }
    }

    /// The key that this one sets up, if it still can be turned on.
    fn own(self, pending: Option<PendingApp>, now: Timestamp) -> Option<PendingApp> {
        pending.filter(|pending| pending.set_up_by == self.id() && now < pending.expires_at)
    }
}

/// How turning it on ended.
#[derive(Debug)]
pub enum Enabled {
    /// On. The codes are shown once, now.
    On {
        /// Ten backup codes.
        codes: Vec<BackupCode>,
        /// Where somebody on their way in got to by it.
        sign_in: Option<Box<SignInOutcome>>,
    },
    /// The code is not that of the app; the key stays.
    Refused(Refused),
    /// There is nothing to turn on (any more): begin again.
    Gone,
}

/// The person behind an [`Enroller`].
struct Person {
    user: User,
    at: Option<UnderWay>,
}

/// Draws a new key, in place of one that was being set up.
pub(crate) async fn begin(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    enroller: Enroller,
) -> Result<bool, SignInError> {
    let now = context.now();
    let Some(person) = person(context, caller, workspace, enroller, now).await? else {
        return Ok(false);
    };
    let pending = PendingApp {
        secret: AppSecret::generate(context.entropy()),
        set_up_by: enroller.id(),
        expires_at: now.plus(SETUP_LIFE),
    };
    Ok(context
        .ports
        .factors
        .begin_app(workspace.id, person.user.id, pending)
        .await?)
}

/// The key that is being set up, to be shown; `None` if there is none. Changes nothing.
pub(crate) async fn show(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    enroller: Enroller,
) -> Result<Option<AppSetup>, SignInError> {
    let now = context.now();
    let Some(person) = person(context, caller, workspace, enroller, now).await? else {
        return Ok(None);
    };
    let factors = context.ports.factors.find(workspace.id, person.user.id).await?;
    let Some(pending) = enroller.own(factors.pending, now) else {
        return Ok(None);
    };
    let account = person
        .user
        .primary_email()
        .map_or_else(|| person.user.display_name(), |email| email.address.to_string());
    Ok(Some(totp::setup(&pending.secret, &account, &workspace.name)?))
}

/// Turns it on with the first code.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    enroller: Enroller,
    typed: &str,
) -> Result<Enabled, SignInError> {
    let now = context.now();
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, None, None, reason);
        let refused = record_refusal(context, attempt, refusal, retry_at, None, now).await?;
        return Ok(Enabled::Refused(refused));
    }
    let Some(person) = person(context, caller, workspace, enroller, now).await? else {
        return Ok(Enabled::Gone);
    };
    let user = person.user.id;
    let factors = context.ports.factors.find(workspace.id, user).await?;
    let Some(pending) = enroller.own(factors.pending, now) else {
        return Ok(Enabled::Gone);
    };
    let matched = match TypedFactor::parse(typed) {
        TypedFactor::App(code) => totp::check(&pending.secret, &code, now)?,
        TypedFactor::Backup(_) | TypedFactor::Neither => None,
    };
    let Some(matched) = matched else {
        return wrong(context, caller, workspace, user, PrivateReason::SecondFactorWrong, now).await;
    };
    if factors.last_step.is_some_and(|last| matched.step() <= last) {
        return wrong(
            context,
            caller,
            workspace,
            user,
            PrivateReason::SecondFactorReplayed,
            now,
        )
        .await;
    }
    let (codes, backup) = super::new_backup_codes(context).await?;
    let notices = context.security_notices(workspace, &person.user, caller, SecurityEvent::TwoFactorEnabled, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user),
        Some(user),
        AuditAction::TwoFactorEnabled,
        Some(&caller.client),
        now,
    );
    let enable = EnableApp {
        workspace: workspace.id,
        user,
        pending,
        step: matched.step(),
        backup,
        keep: match enroller {
            Enroller::SignedIn(proof) => Some(proof.session()),
            Enroller::OnTheWayIn(_) | Enroller::Recovering(_) => None,
        },
        only_at_version: person.at.as_ref().map(|at| at.first.credentials_version),
        notices,
        now,
    };
    let Some(enabled) = context.ports.factors.enable_app(enable, audit).await? else {
        return Ok(Enabled::Gone);
    };
    // A factor that is bound anew opens what a hundred wrong codes had closed (R71).
    let budgets = context.budgets();
    let keys = budgets
        .app_code_failures(user)
        .into_iter()
        .chain(budgets.backup_code_failures(user))
        .map(|charge| charge.key)
        .collect();
    context.ports.throttle.clear(workspace.id, keys).await?;
    let sign_in = match person.at {
        Some(at) => Some(Box::new(go_on(context, caller, workspace, at, &enabled, now).await?)),
        None => None,
    };
    Ok(Enabled::On { codes, sign_in })
}

/// Opens the session of somebody who set the app up on their way in: its first code was their second factor.
async fn go_on(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    at: UnderWay,
    enabled: &AppEnabled,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let mut facts: SignInFacts = at.facts(workspace);
    if let Some(person) = &mut facts.person {
        person.factors.app = true;
        person.credentials_version = enabled.credentials_version;
    }
    let proofs = Proofs {
        provider: ProviderVerified::from_pending(&at.flow),
        first_step: FirstStepProven::from_pending(&at.flow),
        second_factor: Some(SecondFactorVerified::by_enrolling(at.record.user.id, enabled)),
        ..Proofs::default()
    };
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: Some(&at.record),
        return_to: at.flow.return_to.clone(),
        rehash: at.first.rehash.clone(),
        flow: Some(at.flow.id),
        refunds: Vec::new(),
        clears: at.first.clears.clone(),
        notices: Vec::new(),
        now,
    };
    match complete(context, &facts, proofs, completed).await? {
        Ok(outcome) => Ok(outcome),
        Err(_unproved) => crate::sign_in::complete_second_factor::over(context, caller, workspace, now).await,
    }
}

async fn person(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    enroller: Enroller,
    now: Timestamp,
) -> Result<Option<Person>, SignInError> {
    Ok(match enroller {
        Enroller::SignedIn(proof) if proof.workspace() == workspace.id => context
            .ports
            .users
            .find(workspace.id, proof.user())
            .await?
            .map(|user| Person { user, at: None }),
        Enroller::SignedIn(_) => None,
        Enroller::OnTheWayIn(flow) => under_way(context, caller, workspace, flow, now)
            .await?
            .filter(|at| at.first.step == Step::EnrolSecondFactor)
            .map(|at| Person {
                user: at.record.user.clone(),
                at: Some(at),
            }),
        Enroller::Recovering(flow) => recover::person(context, caller, workspace, flow, now)
            .await?
            .map(|user| Person { user, at: None }),
    })
}

async fn wrong(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: UserId,
    private: PrivateReason,
    now: Timestamp,
) -> Result<Enabled, SignInError> {
    let refusal = Refusal::new(PublicReason::SecondFactorWrong, private);
    let saw = "the first code is not that of the key that is shown, or was used already";
    let attempt = refused(
        NAME,
        workspace,
        caller,
        (None, Some(user)),
        refusal,
        Rule::SecondFactor,
        saw,
    );
    let refused = record_refusal(context, attempt, refusal, None, None, now).await?;
    Ok(Enabled::Refused(refused))
}
