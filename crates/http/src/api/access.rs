//! Who may do what: one row for each address and method of the API (R96). What has no row is refused.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use doorward_auth::Acting;
use doorward_domain::api_key::Scope;
use doorward_domain::audit::Actor;
use doorward_domain::client::Client;
use doorward_domain::fresh_proof::FreshProofWay;
use doorward_domain::role::{Permission, Permissions, Rights};
use doorward_domain::session::SessionView;
use doorward_domain::workspace::Workspace;
use http::request::Parts;

use crate::access::{self, asked, row};
use crate::context::{Credential, RequestContext};
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// What an address asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing: it is how people come in, or says nothing about anybody.
    Anyone,
    /// A session of this workspace.
    Session,
    /// An API key with that scope, or a session of somebody whose role has that permission.
    Granted(Scope, Permission),
    /// A session of somebody whose role has that permission, and no API key whatever its scopes: what lets others in, or says
    /// what they may do, is made and taken back by people. A key that gets out makes no more of its kind.
    Person(Permission),
}

const READ_PEOPLE: Access = Access::Granted(Scope::UsersRead, Permission::LookPeopleUp);
const PORTAL_LINKS: Access = Access::Granted(
    Scope::PortalLinksWrite,
    Permission::CreateAndUpdateUsersAndOrganizations,
);
const CALLERS: Access = Access::Granted(Scope::UsersWrite, Permission::SetPasswordsAndResetTwoFactor);
const WRITE_PEOPLE: Access = Access::Granted(Scope::UsersWrite, Permission::CreateAndUpdateUsersAndOrganizations);

const SECURITY: Access = Access::Granted(Scope::SettingsWrite, Permission::ManageSecuritySettings);
/// To make and take back what lets others in: API keys, tokens of the directory, keys of hand-over.
const KEYS_OF_THE_DOOR: Access = Access::Person(Permission::ManageSecuritySettings);
/// To say what people may do, and what the keys of the portal application may.
const RIGHTS: Access = Access::Person(Permission::ManageWorkspace);

const WORKSPACE: Access = Access::Granted(Scope::SettingsWrite, Permission::ManageWorkspace);
const END_SESSIONS: Access = Access::Granted(Scope::SessionsWrite, Permission::CreateAndUpdateUsersAndOrganizations);

/// One row.
pub(crate) type Row = access::Row<Access>;

/// Every address of the API.
pub(crate) const TABLE: &[Row] = &[
    row(
        "GET",
        "/api/v1/audit",
        Access::Granted(Scope::AuditRead, Permission::ReadAuditLog),
    ),
    row(
        "GET",
        "/api/v1/mail",
        Access::Granted(Scope::MailRead, Permission::ReadMailLog),
    ),
    row(
        "GET",
        "/api/v1/mail/{id}",
        Access::Granted(Scope::MailRead, Permission::ReadMailLog),
    ),
    row(
        "POST",
        "/api/v1/mail/{id}/send-again",
        Access::Granted(Scope::MailWrite, Permission::ReadMailLog),
    ),
    row(
        "POST",
        "/api/v1/mail/bounces",
        Access::Granted(Scope::MailWrite, Permission::ReadMailLog),
    ),
    row("GET", "/api/v1/openapi.json", Access::Anyone),
    row("GET", "/api/v1/sign-in/methods", Access::Anyone),
    row("POST", "/api/v1/sign-in/password", Access::Anyone),
    row("POST", "/api/v1/sign-in/code", Access::Anyone),
    row("POST", "/api/v1/sign-in/code/verify", Access::Anyone),
    row("POST", "/api/v1/sign-in/second-factor", Access::Anyone),
    row("POST", "/api/v1/sign-in/new-password", Access::Anyone),
    row("POST", "/api/v1/sign-in/passkey/options", Access::Anyone),
    row("POST", "/api/v1/sign-in/passkey", Access::Anyone),
    row("POST", "/api/v1/sign-in/two-factor", Access::Anyone),
    row("POST", "/api/v1/sign-in/two-factor/enable", Access::Anyone),
    row("POST", "/api/v1/sign-up", Access::Anyone),
    row("POST", "/api/v1/sign-up/verify", Access::Anyone),
    row("POST", "/api/v1/workspaces", Access::Anyone),
    row("POST", "/api/v1/workspaces/code", Access::Anyone),
    row("POST", "/api/v1/workspaces/verify", Access::Anyone),
    row("POST", "/api/v1/password-reset", Access::Anyone),
    row("POST", "/api/v1/password-reset/confirm", Access::Anyone),
    row("GET", "/api/v1/session", Access::Session),
    row("DELETE", "/api/v1/session", Access::Session),
    row("GET", "/api/v1/forward-auth", Access::Session),
    row("POST", "/api/v1/session/proof", Access::Session),
    row("POST", "/api/v1/session/proof/code", Access::Session),
    row("POST", "/api/v1/session/proof/passkey/options", Access::Session),
    row("GET", "/api/v1/account", Access::Session),
    row("PATCH", "/api/v1/account", Access::Session),
    row("GET", "/api/v1/account/picture", Access::Session),
    row("PUT", "/api/v1/account/picture", Access::Session),
    row("DELETE", "/api/v1/account/picture", Access::Session),
    row("GET", "/api/v1/account/emails", Access::Session),
    row("POST", "/api/v1/account/emails", Access::Session),
    row("POST", "/api/v1/account/emails/{id}/proof", Access::Session),
    row("POST", "/api/v1/account/emails/{id}/primary", Access::Session),
    row("DELETE", "/api/v1/account/emails/{id}", Access::Session),
    row("GET", "/api/v1/account/connections", Access::Session),
    row("DELETE", "/api/v1/account/connections/{id}", Access::Session),
    row("PUT", "/api/v1/account/password", Access::Session),
    row("GET", "/api/v1/account/security", Access::Session),
    row("POST", "/api/v1/account/two-factor", Access::Session),
    row("POST", "/api/v1/account/two-factor/enable", Access::Session),
    row("DELETE", "/api/v1/account/two-factor", Access::Session),
    row("POST", "/api/v1/account/backup-codes", Access::Session),
    row("POST", "/api/v1/account/passkeys/options", Access::Session),
    row("POST", "/api/v1/account/passkeys", Access::Session),
    row("PATCH", "/api/v1/account/passkeys/{id}", Access::Session),
    row("DELETE", "/api/v1/account/passkeys/{id}", Access::Session),
    row("GET", "/api/v1/account/sessions", Access::Session),
    row("DELETE", "/api/v1/account/sessions/{id}", Access::Session),
    row("DELETE", "/api/v1/account/sessions", Access::Session),
    row("GET", "/api/v1/users", READ_PEOPLE),
    row("GET", "/api/v1/users/{id}", READ_PEOPLE),
    row("PUT", "/api/v1/users/by-identity", WRITE_PEOPLE),
    row("POST", "/api/v1/users", WRITE_PEOPLE),
    row("PATCH", "/api/v1/users/{id}", WRITE_PEOPLE),
    row("DELETE", "/api/v1/users/{id}", WRITE_PEOPLE),
    row("POST", "/api/v1/users/{id}/restore", WRITE_PEOPLE),
    row("POST", "/api/v1/users/{id}/caller-challenges", CALLERS),
    row("GET", "/api/v1/users/{id}/caller-challenges/{challenge}", CALLERS),
    row("DELETE", "/api/v1/users/{id}/caller-challenges/{challenge}", CALLERS),
    row("POST", "/api/v1/users/{id}/caller-challenges/{challenge}/code", CALLERS),
    row("POST", "/api/v1/users/{id}/temporary-password", CALLERS),
    row("POST", "/api/v1/users/{id}/two-factor/reset", CALLERS),
    row("POST", "/api/v1/users/{id}/password-reset-email", WRITE_PEOPLE),
    row("POST", "/api/v1/users/{id}/sign-out", END_SESSIONS),
    row("POST", "/api/v1/users/{id}/disable", WRITE_PEOPLE),
    row("POST", "/api/v1/users/{id}/enable", WRITE_PEOPLE),
    row("GET", "/api/v1/users/{id}/portal-links", PORTAL_LINKS),
    row("POST", "/api/v1/users/{id}/portal-links", PORTAL_LINKS),
    row("DELETE", "/api/v1/users/{id}/portal-links/{link}", PORTAL_LINKS),
    row("GET", "/api/v1/hand-over/keys", SECURITY),
    row("POST", "/api/v1/hand-over/keys", KEYS_OF_THE_DOOR),
    row("DELETE", "/api/v1/hand-over/keys/{key}", KEYS_OF_THE_DOOR),
    row("POST", "/api/v1/hand-over/check", SECURITY),
    row("GET", "/api/v1/settings", SECURITY),
    row("PATCH", "/api/v1/settings", SECURITY),
    row("DELETE", "/api/v1/settings/trial", SECURITY),
    row("POST", "/api/v1/settings/preview", SECURITY),
    row("POST", "/api/v1/settings/preview/list", SECURITY),
    row("GET", "/api/v1/providers", SECURITY),
    row("GET", "/api/v1/providers/{provider}", SECURITY),
    row("PUT", "/api/v1/providers/{provider}", SECURITY),
    row("DELETE", "/api/v1/providers/{provider}", SECURITY),
    row("GET", "/api/v1/workspace", WORKSPACE),
    row("PATCH", "/api/v1/workspace", WORKSPACE),
    row("GET", "/api/v1/roles", WORKSPACE),
    row("POST", "/api/v1/roles", RIGHTS),
    row("PATCH", "/api/v1/roles/{role}", RIGHTS),
    row("DELETE", "/api/v1/roles/{role}", RIGHTS),
    row("GET", "/api/v1/organisations", READ_PEOPLE),
    row("POST", "/api/v1/organisations", WRITE_PEOPLE),
    row("GET", "/api/v1/organisations/{organisation}", READ_PEOPLE),
    row("PATCH", "/api/v1/organisations/{organisation}", WRITE_PEOPLE),
    row("DELETE", "/api/v1/organisations/{organisation}", WRITE_PEOPLE),
    row("GET", "/api/v1/api-keys", RIGHTS),
    row("DELETE", "/api/v1/api-keys/{key}", RIGHTS),
    row("GET", "/api/v1/directory/records", SECURITY),
    row("GET", "/api/v1/directory/records/{record}", SECURITY),
    row("GET", "/api/v1/scim-tokens", SECURITY),
    row("POST", "/api/v1/scim-tokens", KEYS_OF_THE_DOOR),
    row("POST", "/api/v1/scim-tokens/{scim_token}/renew", KEYS_OF_THE_DOOR),
    row("DELETE", "/api/v1/scim-tokens/{scim_token}", KEYS_OF_THE_DOOR),
    row("POST", "/api/v1/sign-in/trouble", Access::Anyone),
    row("GET", "/api/v1/sign-in/help", Access::Anyone),
    row(
        "POST",
        "/api/v1/sign-in-check/mend",
        Access::Granted(Scope::UsersWrite, Permission::AskSignInCheck),
    ),
    row(
        "GET",
        "/api/v1/sign-in-check",
        Access::Granted(Scope::SignInCheckRead, Permission::AskSignInCheck),
    ),
];

/// What the address of a request asks of its caller; `None` where it has no row.
pub(crate) fn asked_of(parts: &Parts) -> Option<Access> {
    let path = parts.extensions.get::<MatchedPath>()?;
    asked(TABLE, &parts.method, path.as_str())
}

/// Leave to do what the address does, given by [`TABLE`]. A handler whose row asks for anything takes one.
#[derive(Debug)]
pub(crate) struct Permit {
    /// Who acts, for the audit log.
    pub(crate) actor: Actor,
    /// How far their hand reaches (R97).
    pub(crate) rights: Rights,
    /// From where.
    pub(crate) client: Client,
    /// Where.
    pub(crate) workspace: Arc<Workspace>,
    /// The session, where it is not a key that acts.
    session: Option<Arc<SessionView>>,
}

impl Permit {
    /// Nothing, where whoever acts proved within the last quarter of an hour who they are, or is a key; else 403 with what
    /// would (R99).
    pub(crate) async fn fresh(&self, state: &SiteState) -> Result<(), Fault> {
        let factors = state.auth.factors();
        let Some(session) = self
            .session
            .as_deref()
            .filter(|session| factors.fresh_for_others(session).is_none())
        else {
            return Ok(());
        };
        let ways = factors.fresh_proof_ways(&self.workspace, session).await?;
        let ways: Vec<&str> = ways.into_iter().map(FreshProofWay::as_str).collect();
        Err(Fault::new(FaultKind::FreshProofRequired).member("ways", ways))
    }

    /// What they may see of others: an API key sees what its scope is about, and nothing that takes more.
    pub(crate) const fn sees(&self) -> Permissions {
        match self.actor {
            Actor::ApiKey(_) => Permissions::NONE.with(Permission::LookPeopleUp),
            _ => self.rights.permissions,
        }
    }

    /// Who acts, as use cases know them.
    pub(crate) fn acting(&self) -> Acting {
        Acting {
            actor: self.actor.clone(),
            rights: self.rights,
            client: Some(self.client.clone()),
        }
    }
}

impl FromRequestParts<Arc<SiteState>> for Permit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Fault> {
        let context = RequestContext::from_request_parts(parts, state).await?;
        let workspace = Arc::clone(context.workspace()?);
        let access = asked_of(parts).ok_or_else(|| Fault::new(FaultKind::Forbidden))?;
        let mut shown = None;
        let actor = match context.credential() {
            Credential::Key(shown) => {
                let key = state.auth.workspaces().find_api_key(&workspace, shown.expose()).await?;
                let key = key.ok_or_else(|| Fault::new(FaultKind::SignInNeeded))?;
                let fits = match access {
                    Access::Anyone => true,
                    // A key is nobody's session.
                    Access::Session => return Err(Fault::new(FaultKind::SignInNeeded)),
                    Access::Person(_) => false,
                    Access::Granted(scope, _) => key.scopes.contains(&scope),
                };
                fits.then_some((Actor::ApiKey(key.id), Rights::API_KEY))
            }
            Credential::Bearer(_) | Credential::Cookie(_) | Credential::None => {
                let session = session_of(state, &context, &workspace).await?;
                let session = session.ok_or_else(|| Fault::new(FaultKind::SignInNeeded))?;
                let fits = match access {
                    Access::Anyone | Access::Session => true,
                    Access::Granted(_, permission) | Access::Person(permission) => {
                        session.permissions.contains(permission)
                    }
                };
                let who = (Actor::User(session.user), session.rights());
                shown = Some(session);
                fits.then_some(who)
            }
        };
        let (actor, rights) = actor.ok_or_else(|| lacking(access))?;
        Ok(Self {
            actor,
            rights,
            client: context.client(),
            workspace,
            session: shown,
        })
    }
}

/// 403, with what would do.
fn lacking(access: Access) -> Fault {
    let fault = Fault::new(FaultKind::Forbidden);
    match access {
        Access::Granted(scope, permission) => fault.detail(format!(
            "This takes an API key with the scope {}, or a role with the permission {}.",
            scope.as_str(),
            permission.as_str()
        )),
        Access::Person(permission) => fault.detail(format!(
            "This takes somebody who is signed in, with a role with the permission {}; an API key does not do.",
            permission.as_str()
        )),
        Access::Anyone | Access::Session => fault,
    }
}

/// The live session of this workspace that a request shows, if it shows one. One of another workspace is none.
pub(crate) async fn session_of(
    state: &SiteState,
    context: &RequestContext,
    workspace: &Workspace,
) -> Result<Option<Arc<SessionView>>, Fault> {
    let Some(token) = context.credential().session_token() else {
        return Ok(None);
    };
    let session = state.auth.sessions().check(&token.digest()).await?;
    Ok(session.filter(|session| session.workspace == workspace.id))
}
