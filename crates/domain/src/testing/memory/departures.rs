use async_trait::async_trait;

use super::{MemoryStore, is_about};
use crate::audit::AuditEntry;
use crate::email_address::{EmailAddress, EmailKey};
use crate::ids::{UserId, WorkspaceId};
use crate::mail::MailState;
use crate::one_time::LinkPurpose;
use crate::ports::{DeletePerson, Departures, PersonDeleted, PortResult, RestorePerson};
use crate::time::Timestamp;
use crate::user::UserStatus;

#[async_trait]
impl Departures for MemoryStore {
    async fn delete(&self, delete: DeletePerson, audit: AuditEntry) -> PortResult<PersonDeleted> {
        let mut state = self.state("departures.delete")?;
        state.admit_audit(&audit, "departures.delete")?;
        let (workspace, user) = (delete.workspace, delete.user);
        if state.is_last_owner(workspace, user) {
            return Ok(PersonDeleted::LastOwner);
        }
        let person = state.person_mut(workspace, user);
        let Some(person) = person.filter(|person| person.user.status != UserStatus::Deleted) else {
            return Ok(PersonDeleted::NoSuchPerson);
        };
        person.deleted = Some((delete.now, person.user.status));
        person.user.status = UserStatus::Deleted;
        person.credentials_version += 1;
        state.end_sessions(workspace, user, None);
        state.end_flows_where(workspace, delete.now, |flow| is_about(flow, user));
        state.void_codes(workspace, user);
        state.void_links(workspace, user);
        for link in &mut state.portal_links {
            if link.workspace == workspace && link.user == user {
                link.revoked_at.get_or_insert(delete.now);
            }
        }
        if let Some(link) = delete.link {
            state.put_link(link);
        }
        for notice in delete.notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(PersonDeleted::Deleted)
    }

    async fn deleted_at(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Option<Timestamp>> {
        let state = self.state("departures.deleted_at")?;
        let person = state.person(workspace, user);
        Ok(person.and_then(|person| person.deleted).map(|(at, _)| at))
    }

    async fn restore(&self, restore: RestorePerson, audit: AuditEntry) -> PortResult<bool> {
        let mut state = self.state("departures.restore")?;
        state.admit_audit(&audit, "departures.restore")?;
        let (workspace, user) = (restore.workspace, restore.user);
        let deleted = state.person(workspace, user).and_then(|person| person.deleted);
        let Some((_, before)) = deleted else {
            return Ok(false);
        };
        if let Some(token) = &restore.token {
            let theirs = state.links.iter().any(|kept| {
                kept.link.workspace == workspace
                    && kept.link.user == user
                    && kept.link.digest == *token
                    && kept.link.purpose == LinkPurpose::UndoDeletion
                    && kept.is_live(restore.now)
            });
            if !theirs {
                return Ok(false);
            }
        }
        state.void_links(workspace, user);
        if let Some(person) = state.person_mut(workspace, user) {
            person.user.status = before;
            person.deleted = None;
            person.credentials_version += 1;
        }
        for notice in restore.notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn due(&self, before: Timestamp, limit: u32) -> PortResult<Vec<(WorkspaceId, UserId)>> {
        let state = self.state("departures.due")?;
        let mut due: Vec<(Timestamp, WorkspaceId, UserId)> = state
            .people
            .values()
            .filter_map(|person| {
                let (at, _) = person.deleted.filter(|(at, _)| *at < before)?;
                Some((at, person.user.workspace, person.user.id))
            })
            .collect();
        due.sort();
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(due.into_iter().map(|(_, workspace, user)| (workspace, user)).collect())
    }

    async fn remove(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        before: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("departures.remove")?;
        state.admit_audit(&audit, "departures.remove")?;
        let person = state.person(workspace, user);
        let Some(person) = person.filter(|person| person.deleted.is_some_and(|(at, _)| at < before)) else {
            return Ok(false);
        };
        let keys: Vec<EmailKey> = person.user.emails.iter().map(|email| email.address.key()).collect();
        state.people.remove(&user);
        state.forget_factors(workspace, user);
        state.links.retain(|kept| kept.link.user != user);
        state.portal_links.retain(|link| link.user != user);
        state.challenges.retain(|kept| !kept.is_about(user));
        state.flows.retain(|_, flow| {
            !(flow.workspace == workspace && (is_about(flow, user) || keys.contains(&flow.email.key())))
        });
        for receipt in &mut state.receipts {
            let theirs = receipt.user == Some(user) || receipt.address.as_ref().is_some_and(|key| keys.contains(key));
            if receipt.workspace == workspace && theirs {
                receipt.address = None;
            }
        }
        let nobody = EmailAddress::parse("removed@removed.invalid").ok();
        for kept in &mut state.mails {
            let theirs = kept.mail.user == Some(user) || keys.contains(&kept.mail.to.key());
            if kept.mail.workspace == workspace && theirs {
                if let Some(nobody) = &nobody {
                    kept.mail.to = nobody.clone();
                }
                kept.last_reply = None;
                if kept.state == MailState::Queued {
                    kept.state = MailState::Expired;
                }
            }
        }
        state.audit.push(audit);
        Ok(true)
    }
}
