//! *Try it*: a real round trip by credentials that are not kept (C3). Nobody is signed in by it, and nothing is connected.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::{TripId, UserId};
use doorward_domain::ports::Arrival;
use doorward_domain::provider::{RoundTrip, TripPurpose};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::{Binding, Refusal, Rule};
use doorward_domain::throttle::Admission;
use doorward_domain::workspace::Workspace;

use super::keep_provider::{self, KeepProviderError, TypedProvider};
use crate::context::{Caller, Context};
use crate::outcome::{SignInError, SignInOutcome, TrialFault, TriedProvider};
use crate::sign_in::with_provider::{self, Coming};
use crate::sign_in::{record_refusal, refused};

const NAME: &str = "try-provider";
/// The page that tries.
const PAGE: &str = "/admin/security";

/// How a trial began.
#[derive(Debug)]
pub enum TrialBegun {
    /// To this address at the provider.
    Away {
        /// The address.
        url: String,
    },
    /// Not even that: the provider is not there, or is another.
    Failed(TriedProvider),
}

/// Why no trial began.
#[derive(Debug, thiserror::Error)]
pub enum TryProviderError {
    /// The credentials will not do.
    #[error(transparent)]
    Draft(#[from] KeepProviderError),
    /// Too many round trips, or a port failed.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// It was asked for by something that no browser comes back to.
    #[error("there is no browser to come back in")]
    NoBrowser,
}

/// Sends whoever tries to the provider.
pub(crate) async fn begin(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    session: &SessionView,
    typed: TypedProvider,
) -> Result<TrialBegun, TryProviderError> {
    let now = context.now();
    let Binding::Browser(browser) = caller.binding else {
        return Err(TryProviderError::NoBrowser);
    };
    let charge = context.budgets().provider_round_trip(&caller.client.network());
    let admission = context.ports.throttle.consume(workspace.id, vec![charge], now).await;
    if let Admission::Exceeded { retry_at, .. } = admission.map_err(SignInError::from)? {
        return Err(SignInError::too_many_tries(retry_at, now).into());
    }
    let (draft, _name) = keep_provider::read(context, workspace, typed).await?;
    let provider = draft.id.clone();
    let callback = with_provider::callback(context, workspace, &provider);
    match context.ports.provider.depart_on_trial(&draft, &callback).await {
        Ok(departure) => {
            let trip = RoundTrip {
                id: TripId::random(context.entropy()),
                workspace: workspace.id,
                provider,
                state: departure.state.digest(),
                browser,
                nonce: departure.nonce,
                verifier: departure.verifier,
                purpose: TripPurpose::Try {
                    user: session.user,
                    session: session.id,
                },
                trial: Some(Box::new(draft)),
                return_to: ReturnTo::parse(PAGE),
                created_at: now,
                expires_at: now.plus(context.config.limits.provider_round_trip_lifetime()),
            };
            context.ports.trips.begin(trip).await.map_err(SignInError::from)?;
            Ok(TrialBegun::Away { url: departure.url })
        }
        Err(fault) => {
            let tried = TriedProvider {
                provider,
                result: Err(TrialFault::of(&fault)),
            };
            note(context, workspace, caller, session.user, &tried).await?;
            Ok(TrialBegun::Failed(tried))
        }
    }
}

/// Takes in what comes back, if it comes back to the session that asked.
pub(crate) async fn finish(
    context: &Context,
    coming: Coming<'_>,
    arrival: Arrival,
    user: UserId,
    in_that_session: bool,
) -> Result<SignInOutcome, SignInError> {
    with_provider::give_back(context, &coming).await?;
    if !in_that_session {
        let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::FlowOver);
        let saw = "not in the session that asked for it";
        let attempt = refused(
            NAME,
            coming.workspace,
            coming.caller,
            (None, Some(user)),
            refusal,
            Rule::Attempt,
            saw,
        );
        let mut refused = record_refusal(context, attempt, refusal, None, None, coming.now).await?;
        refused.return_to = Some(coming.return_to);
        return Ok(SignInOutcome::Refused(refused));
    }
    let provider = arrival.trip.provider.clone();
    let arrived = context.ports.provider.arrive(arrival).await;
    let tried = TriedProvider {
        provider,
        result: arrived.map_err(|fault| TrialFault::of(&fault)),
    };
    note(context, coming.workspace, coming.caller, user, &tried).await?;
    Ok(SignInOutcome::Tried(Box::new(tried)))
}

async fn note(
    context: &Context,
    workspace: &Workspace,
    caller: &Caller,
    user: UserId,
    tried: &TriedProvider,
) -> Result<(), SignInError> {
    let mut audit = context
        .audit(
            workspace.id,
            Actor::User(user),
            None,
            AuditAction::ProviderTried,
            Some(&caller.client),
            context.now(),
        )
        .with_detail(tried.provider.as_str());
    if let Err(fault) = &tried.result {
        fault.reason.as_str().clone_into(&mut audit.outcome);
    }
    Ok(context.ports.audit.append(audit).await?)
}
