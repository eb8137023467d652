use async_trait::async_trait;

use super::logs::Origin;
use super::{MemoryStore, State, is_about};
use crate::audit::AuditEntry;
use crate::email_address::{EmailAddress, EmailKey};
use crate::ids::{EmailId, SessionId, UserId, WorkspaceId};
use crate::one_time::{EmailChange, Link, LinkPurpose, LinkSubject};
use crate::ports::{
    AddEmail, EmailAdded, EmailChanged, EmailReverted, EmailVerified, Emails, FaultKind, PortError, PortResult,
    RevertNotice,
};
use crate::secret::TokenDigest;
use crate::time::Timestamp;
use crate::user::{User, UserEmail};

impl State {
    fn put_notices(&mut self, notices: Vec<RevertNotice>) {
        for notice in notices {
            let origin = Origin::carrying(notice.link.as_ref());
            if let Some(link) = notice.link {
                self.put_link(link);
            }
            self.put_mail_of(notice.mail, origin);
        }
    }

    fn proved_elsewhere(&self, workspace: WorkspaceId, user: UserId, address: &EmailKey) -> bool {
        self.verified_on(workspace, address).is_some_and(|owner| owner != user)
    }

    /// The live link that undoes a change, and the change; redeems nothing yet.
    fn change_to_undo(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        now: Timestamp,
    ) -> Option<(Link, EmailChange)> {
        let kept = self
            .links
            .iter()
            .find(|kept| kept.link.workspace == workspace && kept.link.digest == *token && kept.is_live(now))?;
        match (&kept.link.purpose, &kept.link.subject) {
            (LinkPurpose::RevertEmail, LinkSubject::Change { change }) => Some((kept.link.clone(), change.clone())),
            _ => None,
        }
    }
}

/// The id, the spelling and the time of proof that an address gets which comes back.
struct Restored<'a> {
    id: EmailId,
    address: &'a EmailAddress,
    at: Timestamp,
}

impl Restored<'_> {
    /// Makes sure that the address is there, and proved.
    fn prove(&self, user: &mut User) {
        let key = self.address.key();
        match user.emails.iter_mut().find(|email| email.address.key() == key) {
            Some(email) => {
                email.verified_at.get_or_insert(self.at);
            }
            None => user.emails.push(UserEmail {
                id: self.id,
                address: self.address.clone(),
                primary: false,
                verified_at: Some(self.at),
            }),
        }
    }
}

fn make_primary(user: &mut User, key: &EmailKey) {
    for email in &mut user.emails {
        email.primary = email.address.key() == *key;
    }
    user.emails.sort_by_key(|email| !email.primary);
}

#[async_trait]
impl Emails for MemoryStore {
    async fn add(&self, add: AddEmail, audit: AuditEntry) -> PortResult<EmailAdded> {
        let mut state = self.state("emails.add")?;
        state.admit_audit(&audit, "emails.add")?;
        let Some(person) = state.person_mut(add.workspace, add.user) else {
            return Ok(EmailAdded::NobodyThere);
        };
        if person.user.email(&add.address.key()).is_some() {
            return Ok(EmailAdded::AlreadyTheirs);
        }
        if person.user.emails.len() >= usize::try_from(add.limit).unwrap_or(usize::MAX) {
            return Ok(EmailAdded::TooMany);
        }
        person.user.emails.push(UserEmail {
            id: add.id,
            address: add.address,
            primary: false,
            verified_at: None,
        });
        let origin = Origin::of(add.link.as_ref().map(|link| link.id), &audit, None);
        if let Some(link) = add.link {
            state.put_link(link);
        }
        if let Some(mail) = add.mail {
            state.put_mail_of(mail, origin);
        }
        state.put_notices(add.notices);
        state.audit.push(audit);
        Ok(EmailAdded::Added)
    }

    async fn give_first(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        email: UserEmail,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("emails.give_first")?;
        state.admit_audit(&audit, "emails.give_first")?;
        if state.owner_of(workspace, &email.address.key()).is_some() {
            return Ok(false);
        }
        let Some(person) = state
            .person_mut(workspace, user)
            .filter(|person| person.user.emails.is_empty())
        else {
            return Ok(false);
        };
        let proved = email.verified_at.is_some().then(|| email.address.key());
        person.user.emails.push(email);
        person.credentials_version += 1;
        if let Some(address) = proved {
            state.place(workspace, user, &address);
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn verify(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        notices: Vec<RevertNotice>,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<EmailVerified> {
        let mut state = self.state("emails.verify")?;
        state.admit_audit(&audit, "emails.verify")?;
        let live = state.links.iter().find(|kept| {
            kept.link.workspace == workspace
                && kept.link.digest == *token
                && kept.link.purpose == LinkPurpose::VerifyEmail
                && kept.is_live(now)
        });
        let Some(link) = live.map(|kept| kept.link.clone()) else {
            return Ok(EmailVerified::LinkGone);
        };
        let elsewhere = state.proved_elsewhere(workspace, link.user, &link.address);
        let email = state
            .person_mut(workspace, link.user)
            .and_then(|person| person.email_mut(&link.address));
        let Some(email) = email else {
            return Ok(EmailVerified::LinkGone);
        };
        if elsewhere {
            return Ok(EmailVerified::TakenElsewhere);
        }
        let first_proof = email.verified_at.is_none();
        email.verified_at.get_or_insert(now);
        if first_proof {
            state.place(workspace, link.user, &link.address);
        }
        state.redeem_link(workspace, token, LinkPurpose::VerifyEmail, now);
        state.put_notices(notices);
        state.audit.push(audit);
        Ok(EmailVerified::Verified)
    }

    async fn make_primary(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: EmailId,
        keep: Option<SessionId>,
        notices: Vec<RevertNotice>,
        audit: AuditEntry,
    ) -> PortResult<EmailChanged> {
        let mut state = self.state("emails.make_primary")?;
        state.admit_audit(&audit, "emails.make_primary")?;
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(EmailChanged::Gone);
        };
        let Some(email) = person.user.emails.iter().find(|email| email.id == id).cloned() else {
            return Ok(EmailChanged::Gone);
        };
        if email.primary {
            return Ok(EmailChanged::Done);
        }
        if email.verified_at.is_none() {
            return Ok(EmailChanged::Unproved);
        }
        make_primary(&mut person.user, &email.address.key());
        person.credentials_version += 1;
        state.void_links_where(workspace, user, |link| {
            link.purpose.sets_password() && link.address != email.address.key()
        });
        state.end_sessions(workspace, user, keep);
        state.put_notices(notices);
        state.audit.push(audit);
        Ok(EmailChanged::Done)
    }

    async fn remove(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: EmailId,
        keep: Option<SessionId>,
        notices: Vec<RevertNotice>,
        audit: AuditEntry,
    ) -> PortResult<EmailChanged> {
        let mut state = self.state("emails.remove")?;
        state.admit_audit(&audit, "emails.remove")?;
        let Some(person) = state.person(workspace, user) else {
            return Ok(EmailChanged::Gone);
        };
        let emails = &person.user.emails;
        let Some(email) = emails.iter().find(|email| email.id == id).cloned() else {
            return Ok(EmailChanged::Gone);
        };
        if email.primary {
            return Ok(EmailChanged::Primary);
        }
        let another_is_proved = emails.iter().any(|other| other.id != id && other.verified_at.is_some());
        if email.verified_at.is_some() && !another_is_proved {
            return Ok(EmailChanged::LastVerified);
        }
        let key = email.address.key();
        // Whoever merely claimed the address must not end the attempts of its owner.
        let signs_them_in = state.owner_of(workspace, &key) == Some(user);
        state.end_flows_where(workspace, audit.at, |flow| {
            flow.email.key() == key && (signs_them_in || is_about(flow, user))
        });
        state.void_links_where(workspace, user, |link| {
            link.address == key && link.purpose != LinkPurpose::RevertEmail
        });
        let Some(person) = state.person_mut(workspace, user) else {
            return Err(PortError::bare(FaultKind::Corrupt, "emails.remove"));
        };
        person.user.emails.retain(|email| email.id != id);
        person.credentials_version += 1;
        state.end_sessions(workspace, user, keep);
        state.put_notices(notices);
        state.audit.push(audit);
        Ok(EmailChanged::Done)
    }

    async fn revert(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        restored: EmailId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<EmailReverted> {
        const PLACE: &str = "emails.revert";
        let mut state = self.state(PLACE)?;
        state.admit_audit(&audit, PLACE)?;
        let Some((link, change)) = state.change_to_undo(workspace, token, now) else {
            return Ok(EmailReverted::LinkGone);
        };
        let Some(person) = state.person(workspace, link.user) else {
            return Ok(EmailReverted::LinkGone);
        };
        let mut user = person.user.clone();
        // Whoever opened the link reads that mailbox, so it may become the primary one, or stay as the last one.
        let mailbox =
            EmailAddress::parse(link.address.as_str()).map_err(|_| PortError::bare(FaultKind::Corrupt, PLACE))?;
        let (mut comes_back, mut becomes_primary) = (None, None);
        match &change {
            EmailChange::Added { address } => {
                if mailbox.key() == address.key() {
                    return Ok(EmailReverted::TakenElsewhere);
                }
                let was_primary = user.email(&address.key()).is_some_and(|email| email.primary);
                user.emails.retain(|email| email.address.key() != address.key());
                if was_primary || !user.emails.iter().any(|email| email.verified_at.is_some()) {
                    comes_back = Some(&mailbox);
                }
                if was_primary {
                    becomes_primary = Some(mailbox.key());
                }
            }
            EmailChange::MadePrimary { before, .. } => {
                if user.email(&before.key()).is_none() {
                    comes_back = Some(before);
                }
                becomes_primary = Some(before.key());
            }
            EmailChange::Removed { address } => comes_back = Some(address),
        }
        if let Some(address) = comes_back {
            if state.proved_elsewhere(workspace, user.id, &address.key()) {
                return Ok(EmailReverted::TakenElsewhere);
            }
            Restored {
                id: restored,
                address,
                at: now,
            }
            .prove(&mut user);
        }
        if let Some(key) = becomes_primary {
            make_primary(&mut user, &key);
        }
        let mut keys: Vec<EmailKey> = user.emails.iter().map(|email| email.address.key()).collect();
        let Some(person) = state.person_mut(workspace, link.user) else {
            return Err(PortError::bare(FaultKind::Corrupt, PLACE));
        };
        keys.extend(person.user.emails.iter().map(|email| email.address.key()));
        let proved = |user: &User| -> Vec<EmailKey> {
            let proved = user.emails.iter().filter(|email| email.verified_at.is_some());
            proved.map(|email| email.address.key()).collect()
        };
        let (before, after) = (proved(&person.user), proved(&user));
        person.user = user;
        person.credentials_version += 1;
        for address in after.iter().filter(|address| !before.contains(address)) {
            state.place(workspace, link.user, address);
        }
        keys.retain(|key| !state.proved_elsewhere(workspace, link.user, key));
        state.redeem_link(workspace, token, LinkPurpose::RevertEmail, now);
        state.void_links_where(workspace, link.user, |other| {
            let to_what_goes = matches!(&change, EmailChange::Added { address } if other.address == address.key());
            other.purpose.sets_password() || to_what_goes
        });
        state.end_flows_where(workspace, now, |flow| {
            keys.contains(&flow.email.key()) || is_about(flow, link.user)
        });
        state.end_sessions(workspace, link.user, None);
        state.audit.push(audit);
        Ok(EmailReverted::Reverted(change))
    }
}
