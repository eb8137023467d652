//! Mailed links. They are redeemed where the password is set: see the credentials.

use async_trait::async_trait;
use doorward_domain::email_address::EmailKey;
use doorward_domain::ids::{SecretId, UserId, WorkspaceId};
use doorward_domain::one_time::{Link, LinkPurpose, LinkState, LinkSubject};
use doorward_domain::ports::{IssueLink, Links, PortResult, RedeemLink};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::TokenDigest;
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use std::time::Duration;
use uuid::Uuid;

use crate::changes::{Announcement, Changed};
use crate::connect::{Store, WriteTx};
use crate::fault::{Trouble, Unreadable, fault};
use crate::keys::KeyRing;
use crate::outbox::{Origin, insert_mail_of, insert_mails, note_use};
use crate::retry::announced;
use crate::{flows, people, raw, records};

const TABLE: &str = "links";

/// How long a link is remembered after its end, so that whoever comes late is told why it does not work.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// The links.
#[derive(Debug, Clone)]
pub struct SeaLinks {
    store: Store,
}

impl SeaLinks {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn redeem_once(&self, redeem: &RedeemLink, announcement: &Announcement) -> Result<bool, Trouble> {
        let (workspace, now) = (redeem.workspace, redeem.now);
        let tx = self.store.write_tx().await?;
        let purposes = [redeem.purpose];
        let Some(user) = whose(&tx, workspace, &redeem.token, &purposes, now).await? else {
            tx.rollback().await?;
            return Ok(false);
        };
        // The person first, as whoever changes what their sessions rest on does.
        people::lock(&tx, workspace, user).await?;
        if redeem_in(&tx, workspace, &redeem.token, &purposes, now)
            .await?
            .is_none()
        {
            tx.rollback().await?;
            return Ok(false);
        }
        if let Some(ends) = &redeem.ends {
            let ended = raw::execute(
                &tx,
                "DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2 AND (id = $3 OR created_at >= $4)",
                [
                    workspace.as_uuid().into(),
                    user.as_uuid().into(),
                    ends.session.as_uuid().into(),
                    ends.since.as_micros().into(),
                ],
            )
            .await?;
            if ended > 0 {
                announcement.announce(&tx, Changed::Person(workspace, user)).await?;
                records::insert_audit(&tx, &ends.audit).await?;
            }
        }
        if let Some(flow) = &redeem.begins {
            flows::put(&tx, flow).await?;
        }
        if let Some(issue) = &redeem.issues {
            issue_in(&tx, self.store.keys(), issue).await?;
        }
        insert_mails(&tx, self.store.keys(), &redeem.mails).await?;
        if let Some(receipt) = &redeem.receipt {
            records::insert_receipt(&tx, receipt).await?;
        }
        for row in &redeem.audit {
            records::insert_audit(&tx, row).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

async fn issue_in(tx: &WriteTx, keys: &KeyRing, issue: &IssueLink) -> Result<(), Trouble> {
    match &issue.link {
        Some(link) => {
            void_surplus(tx, link, issue.live_links).await?;
            insert_link(tx, link).await?;
        }
        None => issue_to_nobody(tx, issue.audit.workspace, issue.live_links, issue.audit.at).await?,
    }
    if let Some(mail) = &issue.mail {
        let secret = issue.link.as_ref().map(|link| link.id);
        let origin = Origin::of(secret, &issue.audit, issue.receipt.as_ref());
        insert_mail_of(tx, keys, mail, origin).await?;
    }
    if let Some(receipt) = &issue.receipt {
        records::insert_receipt(tx, receipt).await?;
    }
    records::insert_audit(tx, &issue.audit).await?;
    Ok(())
}

/// Stores a link.
pub(crate) async fn insert_link(tx: &WriteTx, link: &Link) -> Result<(), DbErr> {
    raw::execute(
        tx,
        "INSERT INTO links (workspace_id, id, purpose, user_id, address_key, digest, return_to, issued_at, expires_at, \
         subject) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            link.workspace.as_uuid().into(),
            link.id.as_uuid().into(),
            link.purpose.as_str().into(),
            link.user.as_uuid().into(),
            link.address.as_str().into(),
            link.digest.as_bytes().to_vec().into(),
            link.return_to.as_str().into(),
            link.issued_at.as_micros().into(),
            link.expires_at.as_micros().into(),
            subject_text(&link.subject)?.into(),
        ],
    )
    .await
    .map(|_rows| ())
}

fn subject_text(subject: &LinkSubject) -> Result<Option<String>, DbErr> {
    match subject {
        LinkSubject::Person => Ok(None),
        further => serde_json::to_string(further)
            .map(Some)
            .map_err(|error| DbErr::Json(error.to_string())),
    }
}

/// What the link of a row is about.
pub(crate) fn subject(row: &QueryResult) -> Result<LinkSubject, Trouble> {
    let text: Option<String> = row.try_get("", "subject")?;
    Ok(text
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|_json| Unreadable::new(TABLE, "subject"))?
        .unwrap_or_default())
}

/// A link that was redeemed by this very transaction.
#[derive(Debug)]
pub(crate) struct Redeemed {
    /// The mailbox it was sent to.
    pub(crate) address: EmailKey,
    /// What it is about beside them.
    pub(crate) subject: LinkSubject,
}

/// Whose link it is, if it is good for one of these purposes; nothing is settled by that.
pub(crate) async fn whose(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    token: &TokenDigest,
    purposes: &[LinkPurpose],
    now: Timestamp,
) -> Result<Option<UserId>, Trouble> {
    let purposes = names(purposes);
    let row = raw::one(
        on,
        &format!(
            "SELECT user_id FROM links WHERE workspace_id = $1 AND digest = $2 AND used_at IS NULL \
             AND voided_at IS NULL AND expires_at > $3 AND purpose IN ({purposes})"
        ),
        [
            workspace.as_uuid().into(),
            token.as_bytes().to_vec().into(),
            now.as_micros().into(),
        ],
    )
    .await?;
    let user = row.map(|row| row.try_get("", "user_id")).transpose()?;
    Ok(user.map(UserId::from_uuid))
}

/// Redeems a link of one of these purposes by one conditional write (R28). A secret of one purpose is nothing for another
/// (R25).
pub(crate) async fn redeem_in(
    tx: &WriteTx,
    workspace: WorkspaceId,
    token: &TokenDigest,
    purposes: &[LinkPurpose],
    now: Timestamp,
) -> Result<Option<Redeemed>, Trouble> {
    let purposes = names(purposes);
    let row = raw::one(
        tx,
        &format!(
            "UPDATE links SET used_at = $3 WHERE workspace_id = $1 AND digest = $2 AND used_at IS NULL \
             AND voided_at IS NULL AND expires_at > $3 AND purpose IN ({purposes}) RETURNING id, address_key, subject"
        ),
        [
            workspace.as_uuid().into(),
            token.as_bytes().to_vec().into(),
            now.as_micros().into(),
        ],
    )
    .await?;
    let Some(row) = row else { return Ok(None) };
    note_use(tx, workspace, row.try_get("", "id")?, now).await?;
    Ok(Some(Redeemed {
        address: EmailKey::from_stored(row.try_get("", "address_key")?),
        subject: subject(&row)?,
    }))
}

/// The names as a list in a statement: they are ours, not somebody's input.
pub(crate) fn names(purposes: &[LinkPurpose]) -> String {
    let names: Vec<String> = purposes
        .iter()
        .map(|purpose| format!("'{}'", purpose.as_str()))
        .collect();
    names.join(", ")
}

/// Voids the oldest links of the same person and purpose, so that with this one `live` are left (R32).
async fn void_surplus(tx: &WriteTx, link: &Link, live: u32) -> Result<(), Trouble> {
    // The person's row orders issues that run at the same time, so that each counts the links of those before it.
    people::lock(tx, link.workspace, link.user).await?;
    raw::execute(
        tx,
        "UPDATE links SET voided_at = $5 WHERE workspace_id = $1 AND user_id = $2 AND purpose = $3 AND id <> $4 \
         AND used_at IS NULL AND voided_at IS NULL AND expires_at > $5 AND id NOT IN (SELECT id FROM links \
         WHERE workspace_id = $1 AND user_id = $2 AND purpose = $3 AND id <> $4 AND used_at IS NULL \
         AND voided_at IS NULL AND expires_at > $5 ORDER BY issued_at DESC, id DESC LIMIT $6)",
        [
            link.workspace.as_uuid().into(),
            link.user.as_uuid().into(),
            link.purpose.as_str().into(),
            link.id.as_uuid().into(),
            link.issued_at.as_micros().into(),
            i64::from(live.saturating_sub(1)).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Goes the way of a link that nobody gets, so that an address without an account takes as long as one with (R90): as
/// many statements, which find nothing.
async fn issue_to_nobody(tx: &WriteTx, workspace: WorkspaceId, live: u32, now: Timestamp) -> Result<(), Trouble> {
    let nobody = Link {
        id: SecretId::from_uuid(Uuid::nil()),
        workspace,
        purpose: LinkPurpose::ResetPassword,
        user: UserId::from_uuid(Uuid::nil()),
        subject: LinkSubject::Person,
        address: EmailKey::from_stored(String::new()),
        digest: TokenDigest::from_bytes([0; 32]),
        return_to: ReturnTo::default(),
        issued_at: now,
        expires_at: now,
    };
    void_surplus(tx, &nobody, live).await?;
    raw::execute(
        tx,
        "UPDATE links SET voided_at = $3 WHERE workspace_id = $1 AND id = $2",
        [
            workspace.as_uuid().into(),
            nobody.id.as_uuid().into(),
            now.as_micros().into(),
        ],
    )
    .await?;
    Ok(())
}

#[async_trait]
impl Links for SeaLinks {
    async fn issue(&self, issue: IssueLink) -> PortResult<()> {
        let issued = async {
            let tx = self.store.write_tx().await?;
            issue_in(&tx, self.store.keys(), &issue).await?;
            tx.commit().await?;
            Ok(())
        };
        issued.await.map_err(|trouble: Trouble| trouble.at("links.issue"))
    }

    async fn look(&self, workspace: WorkspaceId, token: &TokenDigest, now: Timestamp) -> PortResult<LinkState> {
        const PLACE: &str = "links.look";
        let row = raw::one(
            self.store.reader(),
            "SELECT id, purpose, user_id, subject, address_key, return_to, issued_at, expires_at, used_at, voided_at FROM links \
             WHERE workspace_id = $1 AND digest = $2",
            [workspace.as_uuid().into(), token.as_bytes().to_vec().into()],
        )
        .await
        .map_err(fault(PLACE))?;
        let Some(row) = row else {
            return Ok(LinkState::Unknown);
        };
        let link = link(&row, workspace, *token).map_err(|error| error.at(PLACE))?;
        let used_at: Option<i64> = row.try_get("", "used_at").map_err(fault(PLACE))?;
        let voided_at: Option<i64> = row.try_get("", "voided_at").map_err(fault(PLACE))?;
        Ok(match used_at {
            Some(used_at) => LinkState::Used(link, Timestamp::from_micros(used_at)),
            None if voided_at.is_some() || now >= link.expires_at => LinkState::Expired(link),
            None => LinkState::Live(link),
        })
    }

    async fn redeem(&self, redeem: RedeemLink) -> PortResult<bool> {
        announced!(self, "links.redeem", |announcement| {
            self.redeem_once(&redeem, &announcement)
        })
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let forgotten = now.minus(REMEMBERED).as_micros();
        // The second line is what a link's end means; the first, which follows from it, has an index.
        raw::sweep(
            &self.store,
            ("links", "workspace_id, id"),
            "expires_at <= $1 AND (expires_at <= $2 OR used_at <= $2 OR voided_at <= $2)",
            &[now.as_micros().into(), forgotten.into()],
        )
        .await
        .map_err(fault("links.sweep"))
    }
}

fn link(row: &QueryResult, workspace: WorkspaceId, digest: TokenDigest) -> Result<Link, Trouble> {
    let purpose: String = row.try_get("", "purpose")?;
    let return_to: String = row.try_get("", "return_to")?;
    Ok(Link {
        id: SecretId::from_uuid(row.try_get("", "id")?),
        workspace,
        purpose: LinkPurpose::parse(&purpose).ok_or(Unreadable::new(TABLE, "purpose"))?,
        user: UserId::from_uuid(row.try_get("", "user_id")?),
        subject: subject(row)?,
        address: EmailKey::from_stored(row.try_get("", "address_key")?),
        digest,
        return_to: ReturnTo::parse(&return_to),
        issued_at: Timestamp::from_micros(row.try_get("", "issued_at")?),
        expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
    })
}
