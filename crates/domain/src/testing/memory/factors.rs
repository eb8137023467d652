use async_trait::async_trait;

use super::{MemoryStore, Person, State};
use crate::audit::AuditEntry;
use crate::ids::{SessionId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::ports::{AppEnabled, EnableApp, Factors, PortResult};
use crate::second_factor::{AppFactor, BackupSet, FactorRecord, FactorSummary, FactorUse, PendingApp};
use crate::time::Timestamp;

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Person {
    /// App and backup codes go; the last step that was accepted stays (R70).
    pub(super) fn forget_app(&mut self) {
        self.factors = FactorRecord {
            last_step: self.factors.last_step,
            ..FactorRecord::default()
        };
    }
}

impl State {
    /// App, backup codes and passkeys go.
    pub(super) fn forget_factors(&mut self, workspace: WorkspaceId, user: UserId) {
        if let Some(person) = self.person_mut(workspace, user) {
            person.forget_app();
        }
        self.passkeys
            .retain(|passkey| passkey.workspace != workspace || passkey.user != user);
        self.connections
            .retain(|connection| connection.workspace != workspace || connection.user != user);
    }

    pub(super) fn summary(&self, person: &Person) -> FactorSummary {
        let theirs = self
            .passkeys
            .iter()
            .filter(|passkey| passkey.workspace == person.user.workspace && passkey.user == person.user.id);
        FactorSummary {
            app: person.factors.app.is_some(),
            backup_codes_left: person.factors.backup.as_ref().map_or(0, |set| count(set.left.len())),
            passkeys: count(theirs.clone().count()),
            synced_passkeys: count(theirs.filter(|passkey| passkey.synced).count()),
        }
    }

    /// Spends what was proved, if it is there to be spent; otherwise changes nothing.
    pub(super) fn spend(&mut self, workspace: WorkspaceId, user: UserId, spent: &FactorUse, now: Timestamp) -> bool {
        if let FactorUse::Passkey(used) = spent {
            let theirs = self
                .passkeys
                .iter_mut()
                .find(|passkey| passkey.id == used.passkey && passkey.workspace == workspace && passkey.user == user);
            let as_checked = theirs.filter(|passkey| passkey.state == used.before);
            return as_checked.is_some_and(|passkey| {
                passkey.state.clone_from(&used.state);
                passkey.synced = used.synced;
                passkey.last_used_at = Some(now);
                true
            });
        }
        let Some(factors) = self.person_mut(workspace, user).map(|person| &mut person.factors) else {
            return false;
        };
        match spent {
            FactorUse::AppStep(step) if factors.app.is_some() && factors.last_step.is_none_or(|last| *step > last) => {
                factors.last_step = Some(*step);
                true
            }
            FactorUse::BackupCode(digest) => factors.backup.as_mut().is_some_and(|set| {
                let before = set.left.len();
                set.left.retain(|left| !left.matches(digest));
                let spent = set.left.len() < before;
                set.used.extend(spent.then_some(*digest));
                spent
            }),
            FactorUse::AppStep(_) | FactorUse::Passkey(_) => false,
        }
    }
}

#[async_trait]
impl Factors for MemoryStore {
    async fn find(&self, workspace: WorkspaceId, user: UserId) -> PortResult<FactorRecord> {
        let state = self.state("factors.find")?;
        let person = state.person(workspace, user);
        Ok(person.map(|person| person.factors.clone()).unwrap_or_default())
    }

    async fn begin_app(&self, workspace: WorkspaceId, user: UserId, pending: PendingApp) -> PortResult<bool> {
        let mut state = self.state("factors.begin_app")?;
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(false);
        };
        person.factors.pending = Some(pending);
        Ok(true)
    }

    async fn enable_app(&self, enable: EnableApp, audit: AuditEntry) -> PortResult<Option<AppEnabled>> {
        let mut state = self.state("factors.enable_app")?;
        state.admit_audit(&audit, "factors.enable_app")?;
        let (workspace, user) = (enable.workspace, enable.user);
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(None);
        };
        let factors = &mut person.factors;
        let is_pending = factors.pending.as_ref() == Some(&enable.pending) && enable.now < enable.pending.expires_at;
        let is_later = factors.last_step.is_none_or(|last| enable.step > last);
        let still_holds = enable
            .only_at_version
            .is_none_or(|version| person.credentials_version == version);
        if !is_pending || !is_later || !still_holds {
            return Ok(None);
        }
        *factors = FactorRecord {
            app: Some(AppFactor {
                secret: Some(enable.pending.secret),
                enabled_at: enable.now,
            }),
            pending: None,
            last_step: Some(enable.step),
            backup: Some(enable.backup),
        };
        person.credentials_version += 1;
        let credentials_version = person.credentials_version;
        state.end_sessions(workspace, user, enable.keep);
        for notice in enable.notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(Some(AppEnabled { credentials_version }))
    }

    async fn disable_app(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("factors.disable_app")?;
        state.admit_audit(&audit, "factors.disable_app")?;
        let person = state.person_mut(workspace, user);
        let Some(person) = person.filter(|person| person.factors.app.is_some()) else {
            return Ok(false);
        };
        person.forget_app();
        person.credentials_version += 1;
        state.end_sessions(workspace, user, keep);
        state.end_second_steps(workspace, user, audit.at);
        for notice in notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn replace_backup_codes(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        backup: BackupSet,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("factors.replace_backup_codes")?;
        state.admit_audit(&audit, "factors.replace_backup_codes")?;
        let person = state.person_mut(workspace, user);
        let Some(person) = person.filter(|person| person.factors.app.is_some()) else {
            return Ok(false);
        };
        person.factors.backup = Some(backup);
        for notice in notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(true)
    }
}
