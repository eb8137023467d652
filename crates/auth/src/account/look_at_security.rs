//! Everything that the security page shows of one's own account, its ways back in among it.

use doorward_domain::fresh_proof::{FreshProof, FreshProofWay};
use doorward_domain::ids::{EmailId, PasskeyId};
use doorward_domain::method::Method;
use doorward_domain::passkey::Passkey;
use doorward_domain::role::Permission;
use doorward_domain::second_factor::FactorSummary;
use doorward_domain::session::{OwnSession, SessionView};
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_domain::ways_back::{WayChange, WayWarning, WaysBack, warnings_before, ways_back};
use doorward_domain::workspace::Workspace;

use super::end_session;
use crate::context::Context;
use crate::factors::prove_afresh;
use crate::outcome::SignInError;

/// What a password of theirs is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordUse {
    /// Signing in.
    SignIn,
    /// The emergency door only, which no setting closes (B15).
    EmergencyDoor,
    /// Nothing that lets them in.
    None,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityOverview {
    /// The person.
    pub user: User,
    /// What a password of theirs is good for.
    pub password_use: PasswordUse,
    /// The shortest password that they may choose, in characters.
    pub password_min_length: u16,
    /// Second factor and passkeys, counted.
    pub factors: FactorSummary,
    /// When two-factor authentication was turned on.
    pub two_factor_since: Option<Timestamp>,
    /// Whether the workspace requires it of them.
    pub two_factor_required: bool,
    /// Passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// Sessions, this one first.
    pub sessions: Vec<OwnSession>,
    /// What still gets them in, today and after each loss.
    pub ways_back: WaysBack,
    /// What to warn of.
    pub warnings: Vec<WayWarning>,
    /// By what they can show afresh who they are.
    pub fresh_proof_ways: Vec<FreshProofWay>,
    /// Whether they have shown it lately.
    pub fresh: bool,
}

/// Gathers it; `None` if the account is gone.
pub(crate) async fn run(
    context: &Context,
    workspace: &Workspace,
    session: &SessionView,
) -> Result<Option<SecurityOverview>, SignInError> {
    let now = context.now();
    let Some(record) = context.ports.users.find_record(workspace.id, session.user).await? else {
        return Ok(None);
    };
    let settings = workspace.security.audience(record.user.role.audience());
    let password_use = if settings.offers(Method::Password) {
        PasswordUse::SignIn
    } else if record.user.permissions().contains(Permission::UseBackupSignIn) {
        PasswordUse::EmergencyDoor
    } else {
        PasswordUse::None
    };
    let ways_back = ways_back(&workspace.security, &context.facts_of_owner(workspace, &record));
    let two_factor_since = if record.factors.app {
        let factors = context.ports.factors.find(workspace.id, session.user).await?;
        factors.app.map(|app| app.enabled_at)
    } else {
        None
    };
    let fresh = FreshProof::of(session, context.config.limits.fresh_proof(), now).is_some();
    Ok(Some(SecurityOverview {
        password_use,
        password_min_length: settings.shortest_password(record.factors.app),
        factors: record.factors,
        two_factor_since,
        two_factor_required: settings.two_factor_required,
        passkeys: context.ports.passkeys.list(workspace.id, session.user).await?,
        sessions: end_session::list(context, workspace, session).await?,
        warnings: ways_back.warnings(),
        ways_back,
        fresh_proof_ways: prove_afresh::ways(context, workspace, session).await?,
        fresh,
        user: record.user,
    }))
}

/// A change that somebody is about to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlannedChange {
    /// Remove that passkey.
    RemovePasskey(PasskeyId),
    /// Remove that address.
    RemoveEmail(EmailId),
    /// Turn two-factor authentication off.
    DisableTwoFactor,
}

/// What that change would newly leave them with, to be told before it is made; nothing if it is harmless.
pub(crate) async fn warnings(
    context: &Context,
    workspace: &Workspace,
    session: &SessionView,
    change: PlannedChange,
) -> Result<Vec<WayWarning>, SignInError> {
    let Some(record) = context.ports.users.find_record(workspace.id, session.user).await? else {
        return Ok(Vec::new());
    };
    let change = match change {
        PlannedChange::DisableTwoFactor => WayChange::DisableTwoFactor,
        PlannedChange::RemovePasskey(id) => {
            let passkeys = context.ports.passkeys.list(workspace.id, session.user).await?;
            match passkeys.into_iter().find(|passkey| passkey.id == id) {
                Some(passkey) => WayChange::RemovePasskey { synced: passkey.synced },
                None => return Ok(Vec::new()),
            }
        }
        PlannedChange::RemoveEmail(id) => {
            let email = record.user.emails.iter().find(|email| email.id == id);
            // The primary one cannot be removed, so there is nothing to warn of.
            if email.is_some_and(|email| email.verified_at.is_some() && !email.primary) {
                WayChange::RemoveEmail
            } else {
                return Ok(Vec::new());
            }
        }
    };
    Ok(warnings_before(
        &workspace.security,
        &context.facts_of_owner(workspace, &record),
        change,
    ))
}
