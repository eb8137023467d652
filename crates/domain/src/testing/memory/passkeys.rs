use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEntry;
use crate::ids::{CeremonyId, PasskeyId, SessionId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::passkey::{Ceremony, Passkey};
use crate::ports::{FaultKind, PasskeyAdded, Passkeys, PortError, PortResult};
use crate::sign_in::Binding;
use crate::time::Timestamp;

fn belongs_to(own: Binding, shown: Binding) -> bool {
    match (own, shown) {
        (Binding::Browser(own), Binding::Browser(shown)) => own.matches(&shown),
        (Binding::Bearer, Binding::Bearer) => true,
        _ => false,
    }
}

#[async_trait]
impl Passkeys for MemoryStore {
    async fn list(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Vec<Passkey>> {
        let state = self.state("passkeys.list")?;
        let mut theirs: Vec<Passkey> = state
            .passkeys
            .iter()
            .filter(|passkey| passkey.workspace == workspace && passkey.user == user)
            .cloned()
            .collect();
        theirs.sort_by_key(|passkey| (passkey.created_at, passkey.id));
        Ok(theirs)
    }

    async fn find(&self, workspace: WorkspaceId, credential: &[u8]) -> PortResult<Option<Passkey>> {
        let state = self.state("passkeys.find")?;
        Ok(state
            .passkeys
            .iter()
            .find(|passkey| passkey.workspace == workspace && passkey.credential == credential)
            .cloned())
    }

    async fn add(
        &self,
        passkey: Passkey,
        limit: u32,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<PasskeyAdded> {
        let mut state = self.state("passkeys.add")?;
        state.admit_audit(&audit, "passkeys.add")?;
        if state.person(passkey.workspace, passkey.user).is_none() {
            return Ok(PasskeyAdded::NobodyThere);
        }
        let here = || state.passkeys.iter().filter(|kept| kept.workspace == passkey.workspace);
        if here().any(|kept| kept.credential == passkey.credential) {
            return Ok(PasskeyAdded::Known);
        }
        let theirs = here().filter(|kept| kept.user == passkey.user).count();
        if theirs >= usize::try_from(limit).unwrap_or(usize::MAX) {
            return Ok(PasskeyAdded::TooMany);
        }
        state.passkeys.push(passkey);
        for notice in notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(PasskeyAdded::Added)
    }

    async fn rename(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PasskeyId,
        name: String,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("passkeys.rename")?;
        state.admit_audit(&audit, "passkeys.rename")?;
        let theirs = state
            .passkeys
            .iter_mut()
            .find(|passkey| passkey.id == id && passkey.workspace == workspace && passkey.user == user);
        let Some(passkey) = theirs else {
            return Ok(false);
        };
        passkey.name = name;
        state.audit.push(audit);
        Ok(true)
    }

    async fn remove(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PasskeyId,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        const PLACE: &str = "passkeys.remove";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let before = state.passkeys.len();
        state
            .passkeys
            .retain(|passkey| !(passkey.id == id && passkey.workspace == workspace && passkey.user == user));
        if state.passkeys.len() == before {
            return Ok(false);
        }
        let Some(person) = state.person_mut(workspace, user) else {
            return Err(PortError::bare(FaultKind::Corrupt, PLACE));
        };
        person.credentials_version += 1;
        state.end_sessions(workspace, user, keep);
        for notice in notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn begin(&self, ceremony: Ceremony) -> PortResult<()> {
        self.state("passkeys.begin")?.ceremonies.push(ceremony);
        Ok(())
    }

    async fn take(
        &self,
        workspace: WorkspaceId,
        id: CeremonyId,
        binding: Binding,
        now: Timestamp,
    ) -> PortResult<Option<Ceremony>> {
        let mut state = self.state("passkeys.take")?;
        let place = state.ceremonies.iter().position(|ceremony| {
            ceremony.id == id
                && ceremony.workspace == workspace
                && belongs_to(ceremony.binding, binding)
                && now < ceremony.expires_at
        });
        Ok(place.map(|place| state.ceremonies.swap_remove(place)))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("passkeys.sweep")?;
        let before = state.ceremonies.len();
        state.ceremonies.retain(|ceremony| now < ceremony.expires_at);
        Ok(u64::try_from(before - state.ceremonies.len()).unwrap_or(u64::MAX))
    }
}
