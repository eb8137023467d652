//! Workspaces that are about to be made by people themselves, and tickets from one host to another.

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::founding::{Founding, LOOK_ALIKES, RedeemedTicket, Ticket, TicketPurpose, skeleton};
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::mail::NewMail;
use doorward_domain::ports::{FoundingCode, FoundingTry, Foundings, PortResult, Tickets, TryFoundingCode};
use doorward_domain::secret::{PasswordDigest, TokenDigest};
use doorward_domain::sign_in::Binding;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Slug;
use sea_orm::{QueryResult, Value};

use crate::connect::Store;
use crate::fault::{Trouble, Unreadable, fault};
use crate::outbox::insert_mails;
use crate::{raw, records};

const TABLE: &str = "foundings";
const COLUMNS: &str = "workspace_id, binding, slug, workspace_name, person_name, address, language, password_phc, \
     from_workspace_id, from_user_id, codes, wrong_tries, last_sent_at, proved_at, created_at, expires_at";

/// Bytes of a code as it is kept: digest, and the end of its life.
const CODE: usize = 40;

/// Workspaces that are about to be made.
#[derive(Debug, Clone)]
pub struct SeaFoundings {
    store: Store,
}

/// Tickets.
#[derive(Debug, Clone)]
pub struct SeaTickets {
    store: Store,
}

fn code_bytes(code: &FoundingCode) -> Vec<u8> {
    let mut bytes = code.digest.as_bytes().to_vec();
    bytes.extend(code.expires_at.as_micros().to_be_bytes());
    bytes
}

fn codes(bytes: &[u8]) -> impl Iterator<Item = FoundingCode> + '_ {
    bytes.chunks_exact(CODE).filter_map(|code| {
        let (digest, end) = code.split_at_checked(32)?;
        Some(FoundingCode {
            digest: TokenDigest::from_bytes(digest.try_into().ok()?),
            expires_at: Timestamp::from_micros(i64::from_be_bytes(end.try_into().ok()?)),
        })
    })
}

fn binding_value(binding: Binding) -> Value {
    match binding {
        Binding::Browser(digest) => Some(digest.as_bytes().to_vec()).into(),
        Binding::Bearer => None::<Vec<u8>>.into(),
    }
}

fn founding(row: &QueryResult) -> Result<Founding, Trouble> {
    let unreadable = |column: &'static str| Unreadable::new(TABLE, column);
    let at = |column: &'static str| -> Result<Option<Timestamp>, Trouble> {
        let micros: Option<i64> = row.try_get("", column)?;
        Ok(micros.map(Timestamp::from_micros))
    };
    let binding: Option<Vec<u8>> = row.try_get("", "binding")?;
    let binding = match binding {
        None => Binding::Bearer,
        Some(bytes) => Binding::Browser(TokenDigest::from_bytes(
            bytes.as_slice().try_into().map_err(|_size| unreadable("binding"))?,
        )),
    };
    let slug: Option<String> = row.try_get("", "slug")?;
    let wanted = match slug {
        None => None,
        Some(slug) => Some((
            Slug::parse(&slug).map_err(|_slug| unreadable("slug"))?,
            row.try_get::<String>("", "workspace_name")?,
        )),
    };
    let address: String = row.try_get("", "address")?;
    let password: Option<String> = row.try_get("", "password_phc")?;
    let from = match (
        row.try_get::<Option<uuid::Uuid>>("", "from_workspace_id")?,
        row.try_get::<Option<uuid::Uuid>>("", "from_user_id")?,
    ) {
        (Some(workspace), Some(user)) => Some((WorkspaceId::from_uuid(workspace), UserId::from_uuid(user))),
        _ => None,
    };
    let wrong_tries: i64 = row.try_get("", "wrong_tries")?;
    let required =
        |column: &'static str| -> Result<Timestamp, Trouble> { Ok(at(column)?.ok_or_else(|| unreadable(column))?) };
    Ok(Founding {
        workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
        binding,
        wanted,
        person_name: row.try_get("", "person_name")?,
        address: EmailAddress::parse(&address).map_err(|_address| unreadable("address"))?,
        language: row.try_get("", "language")?,
        password: password.map(PasswordDigest::from_phc),
        from,
        wrong_tries: u32::try_from(wrong_tries).unwrap_or(u32::MAX),
        last_sent_at: required("last_sent_at")?,
        proved_at: at("proved_at")?,
        created_at: required("created_at")?,
        expires_at: required("expires_at")?,
    })
}

impl SeaFoundings {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn begin_once(&self, founding: &Founding, code: Option<&(FoundingCode, NewMail)>) -> Result<(), Trouble> {
        let tx = self.store.write_tx().await?;
        let wanted = founding.wanted.as_ref();
        raw::execute(
            &tx,
            &format!(
                "INSERT INTO foundings ({COLUMNS}) VALUES ({})",
                raw::placeholders(1, 16)
            ),
            [
                founding.workspace.as_uuid().into(),
                binding_value(founding.binding),
                wanted.map(|(slug, _)| slug.as_str().to_owned()).into(),
                wanted.map_or_else(String::new, |(_, name)| name.clone()).into(),
                founding.person_name.clone().into(),
                founding.address.as_str().into(),
                founding.language.clone().into(),
                founding
                    .password
                    .as_ref()
                    .map(|digest| digest.as_phc().to_owned())
                    .into(),
                founding.from.map(|(workspace, _)| workspace.as_uuid()).into(),
                founding.from.map(|(_, user)| user.as_uuid()).into(),
                code.map_or_else(Vec::new, |(code, _)| code_bytes(code)).into(),
                i64::from(founding.wrong_tries).into(),
                founding.last_sent_at.as_micros().into(),
                founding.proved_at.map(Timestamp::as_micros).into(),
                founding.created_at.as_micros().into(),
                founding.expires_at.as_micros().into(),
            ],
        )
        .await?;
        if let Some((_, mail)) = code {
            insert_mails(&tx, self.store.keys(), std::slice::from_ref(mail)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn send_again_once(
        &self,
        workspace: WorkspaceId,
        code: &FoundingCode,
        mail: &NewMail,
        now: Timestamp,
    ) -> Result<bool, Trouble> {
        let tx = self.store.write_tx().await?;
        let row = raw::one(
            &tx,
            "UPDATE foundings SET last_sent_at = $2 WHERE workspace_id = $1 RETURNING codes",
            [workspace.as_uuid().into(), now.as_micros().into()],
        )
        .await?;
        let Some(row) = row else {
            tx.rollback().await?;
            return Ok(false);
        };
        let mut codes: Vec<u8> = row.try_get("", "codes")?;
        codes.extend(code_bytes(code));
        raw::execute(
            &tx,
            "UPDATE foundings SET codes = $2 WHERE workspace_id = $1",
            [workspace.as_uuid().into(), codes.into()],
        )
        .await?;
        insert_mails(&tx, self.store.keys(), std::slice::from_ref(mail)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn try_once(&self, attempt: &TryFoundingCode) -> Result<FoundingTry, Trouble> {
        let tx = self.store.write_tx().await?;
        // Counted first: whoever tries at the same time waits for this row, and sees the count.
        let row = raw::one(
            &tx,
            &format!(
                "UPDATE foundings SET wrong_tries = wrong_tries + 1 WHERE workspace_id = $1 AND wrong_tries < $2 \
                 AND expires_at > $3 RETURNING {COLUMNS}"
            ),
            [
                attempt.workspace.as_uuid().into(),
                i64::from(attempt.max_tries).into(),
                attempt.now.as_micros().into(),
            ],
        )
        .await?;
        let Some(row) = row else {
            tx.rollback().await?;
            return Ok(FoundingTry::Over);
        };
        let mut found = founding(&row)?;
        if !found.belongs_to(attempt.binding) {
            tx.rollback().await?;
            return Ok(FoundingTry::Over);
        }
        let bytes: Vec<u8> = row.try_get("", "codes")?;
        let right = codes(&bytes).find(|code| attempt.digest.is_some_and(|typed| code.digest.matches(&typed)));
        match right {
            None => {
                tx.commit().await?;
                Ok(FoundingTry::Wrong {
                    tries_left: attempt.max_tries.saturating_sub(found.wrong_tries),
                })
            }
            Some(code) if attempt.now >= code.expires_at => {
                tx.rollback().await?;
                Ok(FoundingTry::Expired)
            }
            Some(_) => {
                raw::execute(
                    &tx,
                    "UPDATE foundings SET wrong_tries = wrong_tries - 1, proved_at = $2 WHERE workspace_id = $1",
                    [attempt.workspace.as_uuid().into(), attempt.now.as_micros().into()],
                )
                .await?;
                tx.commit().await?;
                found.wrong_tries = found.wrong_tries.saturating_sub(1);
                found.proved_at = Some(attempt.now);
                Ok(FoundingTry::Proved(Box::new(found)))
            }
        }
    }
}

#[async_trait]
impl Foundings for SeaFoundings {
    async fn begin(&self, founding: Founding, code: Option<(FoundingCode, NewMail)>) -> PortResult<()> {
        self.begin_once(&founding, code.as_ref())
            .await
            .map_err(|trouble| trouble.at("foundings.begin"))
    }

    async fn find(&self, workspace: WorkspaceId) -> PortResult<Option<Founding>> {
        let found = async {
            let row = raw::one(
                self.store.reader(),
                &format!("SELECT {COLUMNS} FROM foundings WHERE workspace_id = $1"),
                [workspace.as_uuid().into()],
            )
            .await?;
            row.as_ref().map(founding).transpose()
        };
        found.await.map_err(|trouble: Trouble| trouble.at("foundings.find"))
    }

    async fn send_again(
        &self,
        workspace: WorkspaceId,
        code: FoundingCode,
        mail: NewMail,
        now: Timestamp,
    ) -> PortResult<bool> {
        self.send_again_once(workspace, &code, &mail, now)
            .await
            .map_err(|trouble| trouble.at("foundings.send_again"))
    }

    async fn try_code(&self, attempt: TryFoundingCode) -> PortResult<FoundingTry> {
        self.try_once(&attempt)
            .await
            .map_err(|trouble| trouble.at("foundings.try_code"))
    }

    async fn has_like(&self, slug: &Slug) -> PortResult<bool> {
        let seen = LOOK_ALIKES.iter().fold("slug".to_owned(), |text, (sign, like)| {
            format!("REPLACE({text}, '{sign}', '{like}')")
        });
        raw::one(
            self.store.reader(),
            &format!("SELECT 1 AS one FROM workspaces WHERE {seen} = $1 LIMIT 1"),
            [skeleton(slug.as_str()).into()],
        )
        .await
        .map(|found| found.is_some())
        .map_err(fault("foundings.has_like"))
    }

    async fn end(&self, workspace: WorkspaceId) -> PortResult<()> {
        raw::write(
            &self.store,
            "DELETE FROM foundings WHERE workspace_id = $1",
            [workspace.as_uuid().into()],
        )
        .await
        .map(|_gone| ())
        .map_err(fault("foundings.end"))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        raw::sweep(
            &self.store,
            (TABLE, "workspace_id"),
            "expires_at <= $1",
            &[now.as_micros().into()],
        )
        .await
        .map_err(fault("foundings.sweep"))
    }
}

impl SeaTickets {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Tickets for SeaTickets {
    async fn issue(&self, ticket: Ticket, audit: AuditEntry) -> PortResult<()> {
        let issued = async {
            let tx = self.store.write_tx().await?;
            raw::execute(
                &tx,
                "INSERT INTO tickets (workspace_id, digest, purpose, user_id, password_chosen, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
                [
                    ticket.workspace.as_uuid().into(),
                    ticket.digest.as_bytes().to_vec().into(),
                    ticket.purpose.as_str().into(),
                    ticket.user.as_uuid().into(),
                    ticket.password_chosen.into(),
                    ticket.expires_at.as_micros().into(),
                ],
            )
            .await?;
            records::insert_audit(&tx, &audit).await?;
            tx.commit().await
        };
        issued.await.map_err(fault("tickets.issue"))
    }

    async fn redeem(
        &self,
        workspace: WorkspaceId,
        digest: &TokenDigest,
        purpose: TicketPurpose,
        now: Timestamp,
    ) -> PortResult<Option<RedeemedTicket>> {
        let redeemed = async {
            let tx = self.store.write_tx().await?;
            let row = raw::one(
                &tx,
                "DELETE FROM tickets WHERE workspace_id = $1 AND digest = $2 AND purpose = $3 AND expires_at > $4 \
                 RETURNING user_id, password_chosen, expires_at",
                [
                    workspace.as_uuid().into(),
                    digest.as_bytes().to_vec().into(),
                    purpose.as_str().into(),
                    now.as_micros().into(),
                ],
            )
            .await?;
            tx.commit().await?;
            let Some(row) = row else {
                return Ok(None);
            };
            Ok(Some(RedeemedTicket {
                ticket: Ticket {
                    workspace,
                    user: UserId::from_uuid(row.try_get("", "user_id")?),
                    purpose,
                    digest: *digest,
                    password_chosen: row.try_get("", "password_chosen")?,
                    expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
                },
            }))
        };
        redeemed.await.map_err(|trouble: Trouble| trouble.at("tickets.redeem"))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        raw::sweep(
            &self.store,
            ("tickets", "workspace_id, digest"),
            "expires_at <= $1",
            &[now.as_micros().into()],
        )
        .await
        .map_err(fault("tickets.sweep"))
    }
}
