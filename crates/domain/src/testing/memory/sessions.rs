use std::sync::Arc;

use async_trait::async_trait;

use super::logs::Origin;
use super::{MemoryStore, State};
use crate::audit::AuditEntry;
use crate::ids::{AuditId, SessionId, UserId, WorkspaceId};
use crate::mail::Message;
use crate::ports::{
    FaultKind, OpenSession, Opened, OwnSessions, PortError, PortResult, RenewSession, Renewed, Sessions,
};
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
            proved_at: session.proved_at,
            expires_at: session.expires_at,
            method: session.method,
            workspace: session.workspace,
            workspace_slug: workspace.slug.clone(),
            user: session.user,
            name: user.display_name(),
            primary_email: user.primary_email().map(|email| email.address.as_str().to_owned()),
            emails: verified.map(|email| email.address.as_str().to_owned()).collect(),
            role: user.role,
            permissions: user.permissions(),
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

    /// The token of that session, if it is theirs and live.
    fn token_of(&self, workspace: WorkspaceId, user: UserId, id: SessionId, now: Timestamp) -> Option<TokenDigest> {
        self.sessions
            .iter()
            .find(|(_, session)| session.id == id && session.workspace == workspace && session.user == user)
            .filter(|(_, session)| session.is_live(now))
            .map(|(token, _)| *token)
    }

    /// Has the settings of that trial hold for good, if it is under way.
    fn confirm_trial(&mut self, workspace: WorkspaceId, change: AuditId, now: Timestamp) -> bool {
        let kept = self.workspaces.get_mut(&workspace);
        let confirmed = kept.and_then(|kept| {
            kept.provisional
                .take_if(|pending| pending.change == change && !pending.is_over(now))
        });
        self.edition += u64::from(confirmed.is_some());
        confirmed.is_some()
    }

    fn drop_oldest_session(&mut self, workspace: WorkspaceId, user: UserId) -> Option<Session> {
        let theirs = self
            .sessions
            .iter()
            .filter(|(_, session)| session.workspace == workspace && session.user == user);
        let most = usize::try_from(MAX_SESSIONS_PER_USER).unwrap_or(usize::MAX);
        if theirs.clone().count() <= most {
            return None;
        }
        let oldest = theirs
            .min_by_key(|(_, session)| (session.last_seen_at, session.created_at, session.id))
            .map(|(token, _)| *token);
        oldest.and_then(|oldest| self.sessions.remove(&oldest))
    }
}

#[async_trait]
impl Sessions for MemoryStore {
    async fn open(&self, open: OpenSession) -> PortResult<Opened> {
        const PLACE: &str = "sessions.open";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&open.audit, PLACE)?;
        if let Some((_, audit)) = &open.confirms {
            state.admit_audit(audit, PLACE)?;
        }
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
        if let Some(arrived) = open.grant.arrived()
            && state.is_taken(workspace, user, &arrived.identity)
        {
            return Ok(Opened::IdentityTaken);
        }
        if let Some(spent) = open.grant.spends()
            && !state.spend(workspace, user, spent, open.now)
        {
            return Ok(Opened::FactorSpent);
        }
        let mut connected = None;
        if let (Some(arrived), Some((id, audit))) = (open.grant.arrived(), open.connects)
            && state.use_identity((workspace, user), arrived, id, open.now)
        {
            connected = Some(audit);
        }
        let Some(person) = state.person_mut(workspace, user) else {
            return Err(PortError::bare(FaultKind::Corrupt, PLACE));
        };
        person.user.last_sign_in_at = Some(open.now);
        if open.rehash.is_some() && person.password.is_some() {
            person.password = open.rehash;
        }
        let replaced = open.replaces.and_then(|replaced| state.sessions.remove(&replaced));
        let session = Session {
            id: open.id,
            workspace,
            user,
            method: open.grant.method(),
            created_at: open.now,
            proved_at: open.now,
            last_seen_at: open.now,
            idle_micros: open.idle_micros,
            expires_at: open.expires_at,
            client: open.client,
        };
        let view = state
            .view(&session)
            .ok_or_else(|| PortError::bare(FaultKind::Corrupt, PLACE))?;
        state.sessions.insert(open.token, session);
        let pushed_out = state.drop_oldest_session(workspace, user);
        for (ended, replaced) in [(replaced, true), (pushed_out, false)] {
            if let Some(ended) = ended.filter(|ended| ended.is_live(open.now)) {
                let row = open.audit.of_displaced(user, ended.id, ended.user, replaced);
                state.audit.push(row);
            }
        }
        if let Some((change, audit)) = open.confirms
            && state.confirm_trial(workspace, change, open.now)
        {
            state.audit.push(audit);
        }
        if let Some(flow) = open.flow {
            state.end_flow(workspace, flow, open.now);
        }
        state.refund(workspace, open.refunds);
        state.clear(workspace, open.clears);
        for notice in open.notices {
            let link = open
                .links
                .first()
                .filter(|_| matches!(notice.message, Message::NewDevice { .. }));
            state.put_mail_of(notice, Origin::carrying(link));
        }
        for link in open.links {
            state.put_link(link);
        }
        state.receipts.push(open.receipt);
        state.audit.push(open.audit);
        state.audit.extend(connected);
        Ok(Opened::Open(Box::new(view)))
    }

    async fn renew(&self, renew: RenewSession) -> PortResult<Renewed> {
        const PLACE: &str = "sessions.renew";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&renew.audit, PLACE)?;
        let (workspace, user) = (renew.workspace, renew.user);
        let before = state.token_of(workspace, user, renew.id, renew.now);
        let Some(before) = before.filter(|token| *token == renew.from) else {
            return Ok(Renewed::Gone);
        };
        if let Some(spent) = &renew.spends
            && !state.spend(workspace, user, spent, renew.now)
        {
            return Ok(Renewed::FactorSpent);
        }
        let Some(mut session) = state.sessions.remove(&before) else {
            return Err(PortError::bare(FaultKind::Corrupt, PLACE));
        };
        session.proved_at = renew.now;
        session.last_seen_at = session.last_seen_at.max(renew.now);
        let view = state
            .view(&session)
            .ok_or_else(|| PortError::bare(FaultKind::Corrupt, PLACE))?;
        state.sessions.insert(renew.token, session);
        if let Some(flow) = renew.flow {
            state.end_flow(workspace, flow, renew.now);
        }
        state.refund(workspace, renew.refunds);
        state.clear(workspace, renew.clears);
        for notice in renew.notices {
            state.put_mail(notice);
        }
        state.receipts.push(renew.receipt);
        state.audit.push(renew.audit);
        Ok(Renewed::Renewed(Box::new(view)))
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

    async fn end_all(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        keep: Option<SessionId>,
        audit: AuditEntry,
    ) -> PortResult<u64> {
        let mut state = self.state("sessions.end_all")?;
        state.admit_audit(&audit, "sessions.end_all")?;
        let ended = state.end_sessions(workspace, user, keep);
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

#[async_trait]
impl OwnSessions for MemoryStore {
    async fn list(&self, workspace: WorkspaceId, user: UserId, now: Timestamp) -> PortResult<Vec<Session>> {
        let state = self.state("own_sessions.list")?;
        let mut live: Vec<Session> = state
            .sessions
            .values()
            .filter(|session| session.workspace == workspace && session.user == user && session.is_live(now))
            .cloned()
            .collect();
        live.sort_by_key(|session| std::cmp::Reverse((session.last_seen_at, session.created_at, session.id)));
        Ok(live)
    }

    async fn end(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        session: SessionId,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("own_sessions.end")?;
        state.admit_audit(&audit, "own_sessions.end")?;
        let Some(token) = state.token_of(workspace, user, session, audit.at) else {
            return Ok(false);
        };
        state.sessions.remove(&token);
        state.audit.push(audit);
        Ok(true)
    }
}
