//! Taking an identity of a provider off one's own account: never the last way in (A6).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::ConnectionId;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::ports::{Disconnected, FaultKind, PortError};
use doorward_domain::provider::{Connection, ProviderDescription};
use doorward_domain::user::SignInRecord;
use doorward_domain::ways_back::{WayChange, WayWarning, warnings_before, ways_back};
use doorward_domain::workspace::Workspace;

use crate::context::{Caller, Context};
use crate::outcome::SignInError;
use crate::sign_in::named_provider::describe;

/// How often it is looked at anew where the account changed meanwhile.
const TRIES: u32 = 5;

/// How taking an identity off ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisconnectedIdentity {
    /// It is off.
    Disconnected(ProviderDescription),
    /// It is the last way in: set a password or prove an address first.
    LastWay(ProviderDescription),
    /// There is no such connection on the account.
    Unknown,
}

/// What the account is without a connection.
pub(crate) struct Without {
    pub(crate) is_last_way: bool,
    pub(crate) warnings: Vec<WayWarning>,
}

impl Without {
    pub(crate) fn of(
        context: &Context,
        workspace: &Workspace,
        record: &SignInRecord,
        all: &[Connection],
        connection: &Connection,
    ) -> Self {
        let provider = &connection.identity.provider;
        let mut person = context.facts_of_owner(workspace, record);
        let has_another = all
            .iter()
            .any(|other| other.id != connection.id && other.identity.provider == *provider);
        if has_another {
            return Self {
                is_last_way: false,
                warnings: Vec::new(),
            };
        }
        let settings = &workspace.security;
        let had_a_way = !ways_back(settings, &person).today.is_empty();
        let warnings = warnings_before(settings, &person, WayChange::Disconnect(provider.clone()));
        person.providers.retain(|other| other != provider);
        Self {
            is_last_way: had_a_way && ways_back(settings, &person).today.is_empty(),
            warnings,
        }
    }
}

/// Takes it off.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
    id: ConnectionId,
) -> Result<DisconnectedIdentity, SignInError> {
    let now = context.now();
    for _ in 0..TRIES {
        let Some(record) = context.ports.users.find_record(workspace.id, proof.user()).await? else {
            return Ok(DisconnectedIdentity::Unknown);
        };
        let all = context.ports.connections.list(workspace.id, record.user.id).await?;
        let Some(connection) = all.iter().find(|connection| connection.id == id) else {
            return Ok(DisconnectedIdentity::Unknown);
        };
        let provider = describe(context, workspace, &connection.identity.provider);
        if Without::of(context, workspace, &record, &all, connection).is_last_way {
            return Ok(DisconnectedIdentity::LastWay(provider));
        }
        let what = SecurityEvent::IdentityDisconnected {
            provider: provider.name.clone(),
        };
        let notices = context.security_notices(workspace, &record.user, caller, what, now);
        let audit = context.audit(
            workspace.id,
            Actor::User(record.user.id),
            Some(record.user.id),
            AuditAction::IdentityDisconnected,
            Some(&caller.client),
            now,
        );
        let whose = (workspace.id, record.user.id);
        let at = record.credentials_version;
        let connections = &context.ports.connections;
        match connections.disconnect(whose.0, whose.1, id, at, audit, notices).await? {
            Disconnected::Disconnected => return Ok(DisconnectedIdentity::Disconnected(provider)),
            Disconnected::Unknown => return Ok(DisconnectedIdentity::Unknown),
            Disconnected::Changed => {}
        }
    }
    Err(PortError::bare(FaultKind::Unavailable, "connections.disconnect").into())
}
