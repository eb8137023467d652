//! Changes of what lets somebody in. Every one takes the person's row first: whoever opens a session has to take it too,
//! and so sees either nothing of the change or all of it.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{SessionId, UserId, WorkspaceId};
use doorward_domain::mail::NewMail;
use doorward_domain::one_time::LinkPurpose;
use doorward_domain::ports::{Credentials, MailboxProof, PasswordReset, PortResult, ResetOutcome, StatusSet};
use doorward_domain::secret::PasswordDigest;
use doorward_domain::user::{User, UserStatus};
use sea_orm::Value;

use crate::changes::{Announcement, Changed};
use crate::connect::{Store, WriteTx};
use crate::fault::Trouble;
use crate::outbox::insert_mails;
use crate::retry::announced;
use crate::{connections, links, organisations, passkeys, people, raw, records};

/// What may be redeemed for a new password.
const PASSWORD_LINKS: &[LinkPurpose] = &[LinkPurpose::ResetPassword, LinkPurpose::Invite];

/// The credentials.
#[derive(Debug, Clone)]
pub struct SeaCredentials {
    store: Store,
}

impl SeaCredentials {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn prove_once(
        &self,
        proof: &MailboxProof,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        people::lock(&tx, proof.workspace, proof.user).await?;
        let Some(before) = people::read_one(&tx, proof.workspace, proof.user).await? else {
            tx.rollback().await?;
            return Ok(false);
        };
        let Some(email) = before.user.email(&proof.address) else {
            tx.rollback().await?;
            return Ok(false);
        };
        let first_proof = email.verified_at.is_none();
        if first_proof
            && !prove(
                &tx,
                proof.workspace,
                proof.user,
                proof.address.as_str(),
                proof.now.as_micros(),
            )
            .await?
        {
            tx.rollback().await?;
            return Ok(false);
        }

        let forget = first_proof && !proof.keep_password;
        let kept = before.password.as_ref().filter(|_| !forget);
        let first_password = proof.password.as_ref().filter(|_| kept.is_none());
        let password = kept.or(first_password.map(|(password, _audit)| password));
        let nameless = before.user.name.trim().is_empty();
        let name = proof.name.as_ref().filter(|_| nameless).unwrap_or(&before.user.name);
        raw::execute(
            &tx,
            "UPDATE users SET password_phc = $3, name = $4, credentials_version = credentials_version + $5, \
             password_temporary_until = CASE WHEN password_phc = $3 THEN password_temporary_until END \
             WHERE workspace_id = $1 AND id = $2",
            [
                proof.workspace.as_uuid().into(),
                proof.user.as_uuid().into(),
                password.map(|digest| digest.as_phc().to_owned()).into(),
                name.as_str().into(),
                i64::from(first_proof || first_password.is_some()).into(),
            ],
        )
        .await?;
        if forget {
            people::end_sessions(&tx, proof.workspace, proof.user, None).await?;
            people::void_links(&tx, proof.workspace, proof.user, |_| true, proof.now).await?;
            forget_factors_of_a_claimant(&tx, &before.user).await?;
        }
        if *name != before.user.name {
            let renamed = people::read_one(&tx, proof.workspace, proof.user).await?;
            if let Some(renamed) = renamed {
                people::refresh_search_text(&tx, &renamed.user).await?;
            }
        }
        if first_proof {
            records::insert_audit(&tx, audit).await?;
        }
        if let Some((_password, audit)) = first_password {
            records::insert_audit(&tx, audit).await?;
        }
        announcement
            .announce(&tx, Changed::Person(proof.workspace, proof.user))
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn reset_once(
        &self,
        reset: &PasswordReset,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<ResetOutcome, Trouble> {
        // Whose it is; whether it is still good is settled below. But whoever comes late need not queue up for that.
        let whose = links::whose(
            self.store.reader(),
            reset.workspace,
            &reset.token,
            PASSWORD_LINKS,
            reset.now,
        )
        .await?;
        let Some(user) = whose else {
            return Ok(ResetOutcome::LinkGone);
        };

        let tx = self.store.write_tx().await?;
        people::lock(&tx, reset.workspace, user).await?;
        let Some(redeemed) = links::redeem_in(&tx, reset.workspace, &reset.token, PASSWORD_LINKS, reset.now).await?
        else {
            tx.rollback().await?;
            return Ok(ResetOutcome::LinkGone);
        };
        let Some(before) = people::read_one(&tx, reset.workspace, user).await? else {
            tx.rollback().await?;
            return Ok(ResetOutcome::LinkGone);
        };
        forget_factors_of_a_claimant(&tx, &before.user).await?;
        // The mailbox that the link went to may have left the account since, or be proved by its owner elsewhere.
        if !prove(
            &tx,
            reset.workspace,
            user,
            redeemed.address.as_str(),
            reset.now.as_micros(),
        )
        .await?
        {
            tx.rollback().await?;
            return Ok(ResetOutcome::LinkGone);
        }
        set_password(&tx, reset.workspace, user, &reset.password).await?;
        people::void_links(&tx, reset.workspace, user, people::void_by_new_password, reset.now).await?;
        people::void_codes(&tx, reset.workspace, user, reset.now).await?;
        people::end_sessions(&tx, reset.workspace, user, None).await?;
        insert_mails(&tx, self.store.keys(), &reset.notices).await?;
        records::insert_receipt(&tx, &reset.receipt).await?;
        records::insert_audit(&tx, audit).await?;
        announcement
            .announce(&tx, Changed::Person(reset.workspace, user))
            .await?;
        tx.commit().await?;
        Ok(ResetOutcome::Reset)
    }

    async fn set_password_once(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        password: &PasswordDigest,
        (keep, notices): (Option<SessionId>, &[NewMail]),
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        if !set_password(&tx, workspace, user, password).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        people::end_sessions(&tx, workspace, user, keep).await?;
        people::void_links(&tx, workspace, user, people::void_by_new_password, audit.at).await?;
        people::void_codes(&tx, workspace, user, audit.at).await?;
        insert_mails(&tx, self.store.keys(), notices).await?;
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn set_status_once(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        status: UserStatus,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<StatusSet, Trouble> {
        let tx = self.store.write_tx().await?;
        if status != UserStatus::Active && people::is_last_owner(&tx, workspace, user).await? {
            tx.rollback().await?;
            return Ok(StatusSet::LastOwner);
        }
        let set = raw::execute(
            &tx,
            "UPDATE users SET status = $3, credentials_version = credentials_version + 1 \
             WHERE workspace_id = $1 AND id = $2 AND status <> 'deleted'",
            [
                workspace.as_uuid().into(),
                user.as_uuid().into(),
                status.as_str().into(),
            ],
        )
        .await?;
        if set == 0 {
            tx.rollback().await?;
            return Ok(StatusSet::NoSuchPerson);
        }
        if status == UserStatus::Disabled {
            people::end_sessions(&tx, workspace, user, None).await?;
        }
        records::insert_audit(&tx, audit).await?;
        announcement.announce(&tx, Changed::Person(workspace, user)).await?;
        tx.commit().await?;
        Ok(StatusSet::Set)
    }
}

/// Marks an address of a person as proved, unless it is not theirs or is proved by somebody else; says whether it is
/// proved now. Where two prove it at the same moment, the unique constraint refuses the second.
pub(crate) async fn prove(
    tx: &WriteTx,
    workspace: WorkspaceId,
    user: UserId,
    address: &str,
    now: i64,
) -> Result<bool, Trouble> {
    let values = || -> [Value; 3] { [workspace.as_uuid().into(), user.as_uuid().into(), address.into()] };
    let first_proof = raw::execute(
        tx,
        "UPDATE user_emails SET verified_at = $4 \
         WHERE workspace_id = $1 AND user_id = $2 AND address_key = $3 AND verified_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM user_emails other WHERE other.workspace_id = $1 AND other.address_key = $3 \
         AND other.user_id <> $2 AND other.verified_at IS NOT NULL)",
        values().into_iter().chain([now.into()]),
    )
    .await?;
    if first_proof > 0 {
        organisations::place(tx, workspace, user, address).await?;
        return Ok(true);
    }
    let proved_before = raw::one(
        tx,
        "SELECT 1 AS one FROM user_emails \
         WHERE workspace_id = $1 AND user_id = $2 AND address_key = $3 AND verified_at IS NOT NULL",
        values(),
    )
    .await?;
    Ok(proved_before.is_some())
}

async fn set_password(
    tx: &WriteTx,
    workspace: WorkspaceId,
    user: UserId,
    password: &PasswordDigest,
) -> Result<bool, Trouble> {
    let set = raw::execute(
        tx,
        "UPDATE users SET password_phc = $3, password_temporary_until = NULL, \
         credentials_version = credentials_version + 1 WHERE workspace_id = $1 AND id = $2",
        [
            workspace.as_uuid().into(),
            user.as_uuid().into(),
            password.as_phc().into(),
        ],
    )
    .await?;
    Ok(set > 0)
}

/// R57: what somebody set up who never proved any mailbox of the account goes with the first proof of one.
async fn forget_factors_of_a_claimant(tx: &WriteTx, before: &User) -> Result<(), Trouble> {
    if before.emails.iter().all(|email| email.verified_at.is_none()) {
        people::forget_app(tx, before.workspace, before.id).await?;
        passkeys::forget_all(tx, before.workspace, before.id).await?;
        connections::forget_all(tx, before.workspace, before.id).await?;
        people::refresh_search_text_of(tx, before.workspace, before.id).await?;
    }
    Ok(())
}

#[async_trait]
impl Credentials for SeaCredentials {
    async fn prove_mailbox(&self, proof: MailboxProof, audit: AuditEntry) -> PortResult<bool> {
        announced!(self, "credentials.prove_mailbox", |announcement| {
            self.prove_once(&proof, &audit, &announcement)
        })
    }

    async fn reset_password(&self, reset: PasswordReset, audit: AuditEntry) -> PortResult<ResetOutcome> {
        announced!(self, "credentials.reset_password", |announcement| {
            self.reset_once(&reset, &audit, &announcement)
        })
    }

    async fn set_password(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        password: PasswordDigest,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        announced!(self, "credentials.set_password", |announcement| {
            self.set_password_once((workspace, user), &password, (keep, &notices), &audit, &announcement)
        })
    }

    async fn set_status(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        status: UserStatus,
        audit: AuditEntry,
    ) -> PortResult<StatusSet> {
        announced!(self, "credentials.set_status", |announcement| {
            self.set_status_once((workspace, user), status, &audit, &announcement)
        })
    }
}
