//! The addresses of accounts. Every change takes the person's row first, so that changes of one account come one after the
//! other; that an address is proved on one account only is for the unique constraint to say.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::{EmailId, SessionId, UserId, WorkspaceId};
use doorward_domain::one_time::{EmailChange, LinkPurpose, LinkSubject};
use doorward_domain::ports::{
    AddEmail, EmailAdded, EmailChanged, EmailReverted, EmailVerified, Emails, PortResult, RevertNotice,
};
use doorward_domain::secret::TokenDigest;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserEmail};

use crate::changes::{Announcement, Changed};
use crate::connect::{Store, WriteTx};
use crate::credentials::prove;
use crate::fault::{Trouble, Unreadable};
use crate::links::insert_link;
use crate::outbox::{Origin, insert_mail_of};
use crate::retry::{announced, retried};
use crate::{links, organisations, people, raw, records};

/// The addresses.
#[derive(Debug, Clone)]
pub struct SeaEmails {
    store: Store,
}

/// Whose addresses are changed, by whom it is told, and which session stays.
#[derive(Debug, Clone, Copy)]
struct Change<'a> {
    workspace: WorkspaceId,
    user: UserId,
    id: EmailId,
    keep: Option<SessionId>,
    notices: &'a [RevertNotice],
    audit: &'a AuditEntry,
}

/// An account whose row is taken: nobody else changes it meanwhile.
struct Taken {
    tx: WriteTx,
    user: User,
}

impl SeaEmails {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn take(&self, workspace: WorkspaceId, user: UserId) -> Result<Option<Taken>, Trouble> {
        let tx = self.store.write_tx().await?;
        people::lock(&tx, workspace, user).await?;
        if let Some(record) = people::read_one(&tx, workspace, user).await? {
            return Ok(Some(Taken { tx, user: record.user }));
        }
        tx.rollback().await?;
        Ok(None)
    }

    async fn tell(&self, tx: &WriteTx, notices: &[RevertNotice]) -> Result<(), Trouble> {
        for notice in notices {
            if let Some(link) = &notice.link {
                insert_link(tx, link).await?;
            }
            let origin = Origin::carrying(notice.link.as_ref());
            insert_mail_of(tx, self.store.keys(), &notice.mail, origin).await?;
        }
        Ok(())
    }

    async fn add_once(&self, add: &AddEmail, audit: &AuditEntry) -> Result<EmailAdded, Trouble> {
        let Some(account) = self.take(add.workspace, add.user).await? else {
            return Ok(EmailAdded::NobodyThere);
        };
        let refused = if account.user.email(&add.address.key()).is_some() {
            Some(EmailAdded::AlreadyTheirs)
        } else {
            let full = account.user.emails.len() >= usize::try_from(add.limit).unwrap_or(usize::MAX);
            full.then_some(EmailAdded::TooMany)
        };
        if let Some(refused) = refused {
            account.tx.rollback().await?;
            return Ok(refused);
        }
        let tx = &account.tx;
        let email = UserEmail {
            id: add.id,
            address: add.address.clone(),
            primary: false,
            verified_at: None,
        };
        account.insert(&email, add.now).await?;
        if let Some(link) = &add.link {
            insert_link(tx, link).await?;
        }
        if let Some(mail) = &add.mail {
            let origin = Origin::of(add.link.as_ref().map(|link| link.id), audit, None);
            insert_mail_of(tx, self.store.keys(), mail, origin).await?;
        }
        self.tell(tx, &add.notices).await?;
        account.finish(audit).await?;
        Ok(EmailAdded::Added)
    }

    async fn give_first_once(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        email: &UserEmail,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let key = email.address.key();
        let tx = self.store.write_tx().await?;
        people::lock_address(&tx, workspace, &key).await?;
        people::lock(&tx, workspace, user).await?;
        let owner = [workspace.as_uuid().into(), key.as_str().into()];
        let taken = raw::one(&tx, people::OWNER_OF_ADDRESS, owner).await?.is_some();
        let account = people::read_one(&tx, workspace, user).await?;
        let account = account.filter(|account| !taken && account.user.emails.is_empty());
        let Some(record) = account else {
            tx.rollback().await?;
            return Ok(false);
        };
        let account = Taken { tx, user: record.user };
        account.insert(email, audit.at).await?;
        people::raise_version(&account.tx, workspace, user, None).await?;
        announcement
            .announce(&account.tx, Changed::Person(workspace, user))
            .await?;
        account.finish(audit).await?;
        Ok(true)
    }

    async fn verify_once(
        &self,
        (workspace, token): (WorkspaceId, &TokenDigest),
        notices: &[RevertNotice],
        now: Timestamp,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<EmailVerified, Trouble> {
        const PURPOSE: &[LinkPurpose] = &[LinkPurpose::VerifyEmail];
        let Some(user) = links::whose(self.store.reader(), workspace, token, PURPOSE, now).await? else {
            return Ok(EmailVerified::LinkGone);
        };
        let Some(account) = self.take(workspace, user).await? else {
            return Ok(EmailVerified::LinkGone);
        };
        let redeemed = links::redeem_in(&account.tx, workspace, token, PURPOSE, now).await?;
        let theirs = redeemed.filter(|redeemed| account.user.email(&redeemed.address).is_some());
        let Some(redeemed) = theirs else {
            account.tx.rollback().await?;
            return Ok(EmailVerified::LinkGone);
        };
        if !account.prove(&redeemed.address, now).await? {
            account.tx.rollback().await?;
            return Ok(EmailVerified::TakenElsewhere);
        }
        // Other links that would prove the same address have nothing left to do.
        account
            .void_links_to(&redeemed.address, |purpose| purpose == LinkPurpose::VerifyEmail, now)
            .await?;
        self.tell(&account.tx, notices).await?;
        announcement
            .announce(&account.tx, Changed::Person(workspace, user))
            .await?;
        account.finish(audit).await?;
        Ok(EmailVerified::Verified)
    }

    async fn make_primary_once(
        &self,
        change: Change<'_>,
        announcement: &Announcement,
    ) -> Result<EmailChanged, Trouble> {
        let Some(account) = self.take(change.workspace, change.user).await? else {
            return Ok(EmailChanged::Gone);
        };
        let refused = match account.email(change.id) {
            None => Some(EmailChanged::Gone),
            // Somebody pressed twice: it is as they want it, and there is nothing to tell.
            Some(email) if email.primary => Some(EmailChanged::Done),
            Some(email) if email.verified_at.is_none() => Some(EmailChanged::Unproved),
            Some(_) => None,
        };
        if let Some(refused) = refused {
            account.tx.rollback().await?;
            return Ok(refused);
        }
        let now = change.audit.at;
        account.set_primary(change.id).await?;
        if let Some(before) = account.user.primary_email() {
            account
                .void_links_to(&before.address.key(), LinkPurpose::sets_password, now)
                .await?;
        }
        self.settle(account, change, announcement).await
    }

    async fn remove_once(&self, change: Change<'_>, announcement: &Announcement) -> Result<EmailChanged, Trouble> {
        let Some(account) = self.take(change.workspace, change.user).await? else {
            return Ok(EmailChanged::Gone);
        };
        let another_is_proved = account
            .user
            .emails
            .iter()
            .any(|email| email.id != change.id && email.verified_at.is_some());
        let email = match account.email(change.id) {
            None => Err(EmailChanged::Gone),
            Some(email) if email.primary => Err(EmailChanged::Primary),
            Some(email) if email.verified_at.is_some() && !another_is_proved => Err(EmailChanged::LastVerified),
            Some(email) => Ok(email.clone()),
        };
        let email = match email {
            Ok(email) => email,
            Err(refused) => {
                account.tx.rollback().await?;
                return Ok(refused);
            }
        };
        let now = change.audit.at;
        let key = email.address.key();
        account.delete(&email).await?;
        account
            .void_links_to(&key, |purpose| purpose != LinkPurpose::RevertEmail, now)
            .await?;
        account.end_attempts_with(&email, now).await?;
        self.settle(account, change, announcement).await
    }

    /// What ends with a change of addresses, and who is told.
    async fn settle(
        &self,
        account: Taken,
        change: Change<'_>,
        announcement: &Announcement,
    ) -> Result<EmailChanged, Trouble> {
        let (tx, workspace, user) = (&account.tx, change.workspace, change.user);
        people::raise_version(tx, workspace, user, None).await?;
        people::end_sessions(tx, workspace, user, change.keep).await?;
        self.tell(tx, change.notices).await?;
        announcement.announce(tx, Changed::Person(workspace, user)).await?;
        account.finish(change.audit).await?;
        Ok(EmailChanged::Done)
    }

    async fn revert_once(
        &self,
        (workspace, token): (WorkspaceId, &TokenDigest),
        restored: EmailId,
        now: Timestamp,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<EmailReverted, Trouble> {
        const PURPOSE: &[LinkPurpose] = &[LinkPurpose::RevertEmail];
        let Some(user) = links::whose(self.store.reader(), workspace, token, PURPOSE, now).await? else {
            return Ok(EmailReverted::LinkGone);
        };
        let Some(account) = self.take(workspace, user).await? else {
            return Ok(EmailReverted::LinkGone);
        };
        let Some(redeemed) = links::redeem_in(&account.tx, workspace, token, PURPOSE, now).await? else {
            account.tx.rollback().await?;
            return Ok(EmailReverted::LinkGone);
        };
        let LinkSubject::Change { change } = redeemed.subject else {
            return Err(Unreadable::new("links", "subject").into());
        };
        // Before anything changes: an attempt with an address that goes is one of this account as well.
        people::end_attempts(&account.tx, workspace, user, now).await?;
        let undone = match &change {
            EmailChange::Added { address } => account.take_back(address, &redeemed.address, restored, now).await?,
            EmailChange::MadePrimary { before, .. } => match account.restore(before, restored, now).await? {
                Some(id) => {
                    account.set_primary(id).await?;
                    true
                }
                None => false,
            },
            EmailChange::Removed { address } => {
                account.restore(address, restored, now).await?.is_some() && account.prove(&address.key(), now).await?
            }
        };
        if !undone {
            account.tx.rollback().await?;
            return Ok(EmailReverted::TakenElsewhere);
        }
        people::raise_version(&account.tx, workspace, user, None).await?;
        people::end_sessions(&account.tx, workspace, user, None).await?;
        people::void_links(&account.tx, workspace, user, LinkPurpose::sets_password, now).await?;
        announcement
            .announce(&account.tx, Changed::Person(workspace, user))
            .await?;
        account.finish(audit).await?;
        Ok(EmailReverted::Reverted(change))
    }
}

impl Taken {
    fn email(&self, id: EmailId) -> Option<&UserEmail> {
        self.user.emails.iter().find(|email| email.id == id)
    }

    async fn insert(&self, email: &UserEmail, now: Timestamp) -> Result<(), Trouble> {
        raw::execute(
            &self.tx,
            "INSERT INTO user_emails (workspace_id, id, user_id, address, address_key, is_primary, verified_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                self.user.workspace.as_uuid().into(),
                email.id.as_uuid().into(),
                self.user.id.as_uuid().into(),
                email.address.as_str().into(),
                email.address.key().as_str().into(),
                email.primary.into(),
                email.verified_at.map(Timestamp::as_micros).into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        if email.verified_at.is_some() {
            organisations::place(
                &self.tx,
                self.user.workspace,
                self.user.id,
                email.address.key().as_str(),
            )
            .await?;
        }
        Ok(())
    }

    async fn delete(&self, email: &UserEmail) -> Result<(), Trouble> {
        raw::execute(
            &self.tx,
            "DELETE FROM user_emails WHERE workspace_id = $1 AND user_id = $2 AND id = $3",
            [
                self.user.workspace.as_uuid().into(),
                self.user.id.as_uuid().into(),
                email.id.as_uuid().into(),
            ],
        )
        .await?;
        Ok(())
    }

    /// Marks an address as proved; `false` if it is proved on somebody else.
    async fn prove(&self, address: &EmailKey, now: Timestamp) -> Result<bool, Trouble> {
        prove(
            &self.tx,
            self.user.workspace,
            self.user.id,
            address.as_str(),
            now.as_micros(),
        )
        .await
    }

    /// Two statements, as the constraint looks at every row on its own.
    async fn set_primary(&self, id: EmailId) -> Result<(), Trouble> {
        for (sql, primary) in [
            (
                "UPDATE user_emails SET is_primary = $4 \
                 WHERE workspace_id = $1 AND user_id = $2 AND id <> $3 AND is_primary",
                false,
            ),
            (
                "UPDATE user_emails SET is_primary = $4 WHERE workspace_id = $1 AND user_id = $2 AND id = $3",
                true,
            ),
        ] {
            raw::execute(
                &self.tx,
                sql,
                [
                    self.user.workspace.as_uuid().into(),
                    self.user.id.as_uuid().into(),
                    id.as_uuid().into(),
                    primary.into(),
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// Makes sure that an address is on the account: as it is, or else proved, under the id given. `None` if it has been
    /// proved on somebody else.
    async fn restore(&self, address: &EmailAddress, id: EmailId, now: Timestamp) -> Result<Option<EmailId>, Trouble> {
        if let Some(kept) = self.user.email(&address.key()) {
            return Ok(Some(kept.id));
        }
        let email = UserEmail {
            id,
            address: address.clone(),
            primary: false,
            verified_at: None,
        };
        self.insert(&email, now).await?;
        Ok(self.prove(&address.key(), now).await?.then_some(id))
    }

    /// Takes an address off the account that somebody added, with all links that were sent to it. Where it had become the
    /// primary one, the mailbox that says so takes its place; a link that came back from there is the proof of it (R47).
    async fn take_back(
        &self,
        added: &EmailAddress,
        mailbox: &EmailKey,
        restored: EmailId,
        now: Timestamp,
    ) -> Result<bool, Trouble> {
        let key = added.key();
        let Some(email) = self.user.email(&key) else {
            return Ok(true);
        };
        let others = || self.user.emails.iter().filter(|other| other.id != email.id);
        let stays_proved = others().any(|other| other.verified_at.is_some());
        if email.primary || !stays_proved {
            let mailbox =
                EmailAddress::parse(mailbox.as_str()).map_err(|_refused| Unreadable::new("links", "address_key"))?;
            if mailbox.key() == key {
                return Ok(false);
            }
            let Some(id) = self.restore(&mailbox, restored, now).await? else {
                return Ok(false);
            };
            if !stays_proved && !self.prove(&mailbox.key(), now).await? {
                return Ok(false);
            }
            self.delete(email).await?;
            if email.primary {
                self.set_primary(id).await?;
            }
        } else {
            self.delete(email).await?;
        }
        self.void_links_to(&key, |_| true, now).await?;
        Ok(true)
    }

    /// Voids the links that were sent to one mailbox and are of a purpose that `which` names.
    async fn void_links_to(
        &self,
        address: &EmailKey,
        which: impl Fn(LinkPurpose) -> bool,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let purposes: Vec<LinkPurpose> = LinkPurpose::ALL.into_iter().filter(|purpose| which(*purpose)).collect();
        let purposes = links::names(&purposes);
        raw::execute(
            &self.tx,
            &format!(
                "UPDATE links SET voided_at = $4 WHERE workspace_id = $1 AND user_id = $2 AND address_key = $3 \
                 AND used_at IS NULL AND voided_at IS NULL AND purpose IN ({purposes})"
            ),
            [
                self.user.workspace.as_uuid().into(),
                self.user.id.as_uuid().into(),
                address.as_str().into(),
                now.as_micros().into(),
            ],
        )
        .await?;
        Ok(())
    }

    /// Ends the attempts under way with an address that goes. With one that was never proved only those that know the
    /// person: the others may be its real owner's.
    async fn end_attempts_with(&self, email: &UserEmail, now: Timestamp) -> Result<(), Trouble> {
        let whose = if email.reaches_owner() {
            ""
        } else {
            "AND (password_verified_user_id = $4 OR first_step_user_id = $4 OR user_id = $4)"
        };
        let mut values = vec![
            self.user.workspace.as_uuid().into(),
            email.address.key().as_str().into(),
            now.as_micros().into(),
        ];
        if !whose.is_empty() {
            values.push(self.user.id.as_uuid().into());
        }
        raw::execute(
            &self.tx,
            &format!(
                "UPDATE flows SET ended_at = $3 WHERE workspace_id = $1 AND address_key = $2 AND ended_at IS NULL {whose}"
            ),
            values,
        )
        .await?;
        Ok(())
    }

    /// Writes down what a search looks through and what was done, and makes all of it count.
    async fn finish(self, audit: &AuditEntry) -> Result<(), Trouble> {
        if let Some(after) = people::read_one(&self.tx, self.user.workspace, self.user.id).await? {
            people::refresh_search_text(&self.tx, &after.user).await?;
        }
        records::insert_audit(&self.tx, audit).await?;
        self.tx.commit().await?;
        Ok(())
    }
}

#[async_trait]
impl Emails for SeaEmails {
    async fn add(&self, add: AddEmail, audit: AuditEntry) -> PortResult<EmailAdded> {
        retried!("emails.add", self.add_once(&add, &audit))
    }

    async fn verify(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        notices: Vec<RevertNotice>,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<EmailVerified> {
        announced!(self, "emails.verify", |announcement| {
            self.verify_once((workspace, token), &notices, now, &audit, &announcement)
        })
    }

    async fn give_first(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        email: UserEmail,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        announced!(self, "emails.give_first", |announcement| {
            self.give_first_once((workspace, user), &email, &audit, &announcement)
        })
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
        let change = Change {
            workspace,
            user,
            id,
            keep,
            notices: &notices,
            audit: &audit,
        };
        announced!(self, "emails.make_primary", |announcement| {
            self.make_primary_once(change, &announcement)
        })
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
        let change = Change {
            workspace,
            user,
            id,
            keep,
            notices: &notices,
            audit: &audit,
        };
        announced!(self, "emails.remove", |announcement| {
            self.remove_once(change, &announcement)
        })
    }

    async fn revert(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        restored: EmailId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<EmailReverted> {
        announced!(self, "emails.revert", |announcement| {
            self.revert_once((workspace, token), restored, now, &audit, &announcement)
        })
    }
}
