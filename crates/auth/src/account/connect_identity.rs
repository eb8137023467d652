//! Connecting an identity of a provider to one's own account, from a session that has just proved afresh whose it is
//! (A6, R57), and looking at those that are connected.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::{ConnectionId, UserId};
use doorward_domain::mail::SecurityEvent;
use doorward_domain::ports::Connected;
use doorward_domain::provider::{Arrived, Connection, ProviderDescription, ProviderId, TripPurpose};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::{Refusal, Rule};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserStatus};
use doorward_domain::ways_back::WayWarning;
use doorward_domain::workspace::Workspace;

use super::disconnect_identity;
use crate::context::{Caller, Context};
use crate::outcome::{ConnectedIdentity, Departed, SignInError, SignInOutcome};
use crate::sign_in::named_provider::describe;
use crate::sign_in::with_provider::{self, Leaving};
use crate::sign_in::{record_refusal, refused};

const NAME: &str = "connect-identity";

/// Where the page is that somebody connects from.
const PAGE: &str = "/account/connections";

/// One connection, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnConnection {
    /// The connection.
    pub connection: Connection,
    /// The provider as it is named to people.
    pub provider: ProviderDescription,
    /// Whether it is the last way in, and so cannot be taken away.
    pub last_way: bool,
    /// What to warn of before it is taken away.
    pub warnings: Vec<WayWarning>,
}

/// What is connected to somebody's account, and what could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnConnections {
    /// What is, oldest first.
    pub connected: Vec<OwnConnection>,
    /// Providers that they may use and have not connected, in the order of their buttons.
    pub open: Vec<ProviderDescription>,
}

/// Gathers it; `None` if the account is gone.
pub(crate) async fn list(
    context: &Context,
    workspace: &Workspace,
    session: &SessionView,
) -> Result<Option<OwnConnections>, SignInError> {
    let Some(record) = context.ports.users.find_record(workspace.id, session.user).await? else {
        return Ok(None);
    };
    let all = context.ports.connections.list(workspace.id, session.user).await?;
    let own: Vec<Connection> = all
        .into_iter()
        .filter(|connection| !connection.identity.provider.is_hand_over())
        .collect();
    let audience = record.user.role.audience();
    let has = |id: &ProviderId| own.iter().any(|connection| connection.identity.provider == *id);
    let open = context
        .ports
        .provider
        .offered(workspace)
        .into_iter()
        .filter(|provider| workspace.security.offers_provider(audience, &provider.id) && !has(&provider.id))
        .collect();
    let connected = own
        .iter()
        .map(|connection| {
            let without = disconnect_identity::Without::of(context, workspace, &record, &own, connection);
            OwnConnection {
                provider: describe(context, workspace, &connection.identity.provider),
                last_way: without.is_last_way,
                warnings: without.warnings,
                connection: connection.clone(),
            }
        })
        .collect();
    Ok(Some(OwnConnections { connected, open }))
}

/// Sends the owner of a session to a provider, to connect who they are there.
pub(crate) async fn begin(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
    provider: &ProviderId,
) -> Result<Departed, SignInError> {
    let user = context.ports.users.find(workspace.id, proof.user()).await?;
    let leaving = Leaving {
        name: NAME,
        workspace,
        caller,
        user: Some(proof.user()),
        provider,
        purpose: TripPurpose::Connect {
            user: proof.user(),
            session: proof.session(),
        },
        return_to: ReturnTo::parse(PAGE),
        audience: user.map(|user| user.role.audience()),
    };
    with_provider::depart(context, leaving).await
}

/// Somebody who came back to have an identity connected.
pub(crate) struct Connecting<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) caller: &'a Caller,
    pub(crate) user: UserId,
    /// Whether the browser still holds the session that it began in.
    pub(crate) in_that_session: bool,
    pub(crate) arrived: Arrived,
    pub(crate) return_to: ReturnTo,
    pub(crate) now: Timestamp,
}

/// Connects it.
pub(crate) async fn finish(context: &Context, connecting: Connecting<'_>) -> Result<SignInOutcome, SignInError> {
    let workspace = connecting.workspace;
    let person = context.ports.users.find(workspace.id, connecting.user).await?;
    let person = person.filter(|person| person.status == UserStatus::Active && connecting.in_that_session);
    let Some(person) = person else {
        let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::FlowOver);
        let saw = "not in the session that asked for it";
        return no(context, connecting, refusal, Rule::Attempt, saw).await;
    };
    let provider = describe(context, workspace, &connecting.arrived.identity.provider);
    match store(context, &connecting, &person, &provider).await? {
        Connected::Taken => {
            let refusal = Refusal::new(PublicReason::IdentityTaken, PrivateReason::IdentityTaken);
            let saw = "the identity is connected to another account";
            no(context, connecting, refusal, Rule::Credential, saw).await
        }
        connected @ (Connected::Connected | Connected::Already) => Ok(SignInOutcome::Connected(ConnectedIdentity {
            provider,
            already: connected == Connected::Already,
            return_to: connecting.return_to,
        })),
    }
}

async fn store(
    context: &Context,
    connecting: &Connecting<'_>,
    person: &User,
    provider: &ProviderDescription,
) -> Result<Connected, SignInError> {
    let Connecting {
        workspace,
        caller,
        arrived,
        now,
        ..
    } = connecting;
    let what = SecurityEvent::IdentityConnected {
        provider: provider.name.clone(),
    };
    let notices = context.security_notices(workspace, person, caller, what, *now);
    let audit = context.audit(
        workspace.id,
        Actor::User(person.id),
        Some(person.id),
        AuditAction::IdentityConnected,
        Some(&caller.client),
        *now,
    );
    let connection = Connection {
        id: ConnectionId::random(context.entropy()),
        workspace: workspace.id,
        user: person.id,
        identity: arrived.identity.clone(),
        label: arrived.label(),
        vouched: arrived.vouched_key(),
        created_at: *now,
        last_used_at: None,
    };
    Ok(context.ports.connections.connect(connection, audit, notices).await?)
}

async fn no(
    context: &Context,
    connecting: Connecting<'_>,
    refusal: Refusal,
    rule: Rule,
    saw: &'static str,
) -> Result<SignInOutcome, SignInError> {
    let Connecting {
        workspace, caller, now, ..
    } = connecting;
    let whom = (None, Some(connecting.user));
    let attempt = refused(NAME, workspace, caller, whom, refusal, rule, saw);
    let mut refused = record_refusal(context, attempt, refusal, None, None, now).await?;
    refused.return_to = Some(connecting.return_to);
    Ok(SignInOutcome::Refused(refused))
}
