use std::sync::Arc;

use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::ids::{UserId, WorkspaceId};
use crate::ports::{FaultKind, OpenSession, Opened, PortError, PortResult, Sessions};
use crate::secret::TokenDigest;
use crate::session::{MAX_SESSIONS_PER_USER, Session, SessionView};
use crate::time::Timestamp;
use crate::user::UserStatus;

impl State {
    fn view(&self, session: &Session) -> Option<SessionView> {
        let user = &self.person(session.workspace, session.user)?.user;
        let workspace = self.workspaces.get(&session.workspace)?;
        let verified = user.emails.iter().filter(|email| email.verified_at.is_some());
        Some(SessionView {
            id: session.id,
            created_at: session.created_at,
            expires_at: session.expires_at,
            method: session.method,
            workspace: session.workspace,
            workspace_slug: workspace.slug.clone(),
            user: session.user,
            name: user.display_name(),
            primary_email: user.primary_email().map(|email| email.address.as_str().to_owned()),
            emails: verified.map(|email| email.address.as_str().to_owned()).collect(),
            role: user.role,
            organisations: user
                .organisations
                .iter()
                .map(|organisation| organisation.name.clone())
                .collect(),
            language: user.language.clone(),
            time_zone: user.time_zone.clone(),
        })
    }

    fn use_session(&mut self, token: &TokenDigest, now: Timestamp) -> Option<Arc<SessionView>> {
        let session = self.sessions.get_mut(token).filter(|session| session.is_live(now))?;
        session.last_seen_at = session.last_seen_at.max(now);
        let session = session.clone();
        self.view(&session).map(Arc::new)
    }

    fn drop_oldest_session(&mut self, workspace: WorkspaceId, user: UserId) {
        let theirs = self
            .sessions
            .iter()
            .filter(|(_, session)| session.workspace == workspace && session.user == user);
        let most = usize::try_from(MAX_SESSIONS_PER_USER).unwrap_or(usize::MAX);
        if theirs.clone().count() <= most {
            return;
        }
        let oldest = theirs
            .min_by_key(|(_, session)| (session.last_seen_at, session.created_at, session.id))
            .map(|(token, _)| *token);
        if let Some(oldest) = oldest {
            self.sessions.remove(&oldest);
        }
    }
}

#[async_trait]
impl Sessions for MemoryStore {
    async fn open(&self, open: OpenSession) -> PortResult<Opened> {
        const PLACE: &str = "sessions.open";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&open.audit, PLACE)?;
        let (workspace, user) = (open.grant.workspace(), open.grant.user());
        if !state.workspaces.contains_key(&workspace) {
            return Err(PortError::bare(FaultKind::Misuse, PLACE));
        }
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(Opened::CredentialsChanged);
        };
        if person.credentials_version != open.grant.credentials_version() || person.user.status != UserStatus::Active {
            return Ok(Opened::CredentialsChanged);
        }
        person.user.last_sign_in_at = Some(open.now);
        if open.rehash.is_some() && person.password.is_some() {
            person.password = open.rehash;
        }
        if let Some(replaced) = open.replaces {
            state.sessions.remove(&replaced);
        }
        let session = Session {
            id: open.id,
            workspace,
            user,
            method: open.grant.method(),
            created_at: open.now,
            last_seen_at: open.now,
            idle_micros: open.idle_micros,
            expires_at: open.expires_at,
            client: open.client,
        };
        let view = state
            .view(&session)
            .ok_or_else(|| PortError::bare(FaultKind::Corrupt, PLACE))?;
        state.sessions.insert(open.token, session);
        state.drop_oldest_session(workspace, user);
        if let Some(flow) = open.flow {
            state.end_flow(workspace, flow, open.now);
        }
        state.refund(workspace, open.refunds);
        state.clear(workspace, open.clears);
        state.receipts.push(open.receipt);
        state.audit.push(open.audit);
        Ok(Opened::Open(Box::new(view)))
    }

    fn peek(&self, token: &TokenDigest, now: Timestamp) -> Option<Option<Arc<SessionView>>> {
        self.state("sessions.peek")
            .ok()
            .map(|mut state| state.use_session(token, now))
    }

    async fn check(&self, token: &TokenDigest, now: Timestamp) -> PortResult<Option<Arc<SessionView>>> {
        Ok(self.state("sessions.check")?.use_session(token, now))
    }

    async fn end(&self, workspace: WorkspaceId, token: &TokenDigest, audit: AuditEntry) -> PortResult<bool> {
        let mut state = self.state("sessions.end")?;
        state.admit_audit(&audit, "sessions.end")?;
        let live = state
            .sessions
            .get(token)
            .is_some_and(|session| session.workspace == workspace && session.is_live(audit.at));
        if live {
            state.sessions.remove(token);
            state.audit.push(audit);
        }
        Ok(live)
    }

    async fn end_all(&self, workspace: WorkspaceId, user: UserId, audit: AuditEntry) -> PortResult<u64> {
        let mut state = self.state("sessions.end_all")?;
        state.admit_audit(&audit, "sessions.end_all")?;
        let ended = state.end_sessions(workspace, user);
        state.audit.push(audit);
        Ok(ended)
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("sessions.sweep")?;
        let before = state.sessions.len();
        state.sessions.retain(|_, session| session.is_live(now));
        Ok(u64::try_from(before - state.sessions.len()).unwrap_or(u64::MAX))
    }
}
