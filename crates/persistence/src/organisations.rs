//! Organisations, and the email domains that place people in them.

use std::fmt::Write as _;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::ids::{OrganisationId, UserId, WorkspaceId};
use doorward_domain::organisation::{EmailDomain, ListedOrganisation, Organisation};
use doorward_domain::ports::{OrganisationQuery, OrganisationSaved, Organisations, PortResult};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use crate::changes::Announcement;
use crate::connect::{Store, WriteTx};
use crate::fault::{Trouble, Unreadable, is_taken};
use crate::retry::{announced, retried};
use crate::{people, raw, records};

/// Most organisations on one page.
const MAX_PAGE: u32 = 200;

/// An organisation with its domains, a space between, and how many belong to it. What follows says which.
const ORGANISATIONS: &str = "SELECT o.id, o.name, o.created_at, \
     (SELECT string_agg(d.domain, ' ') FROM organisation_domains d WHERE d.workspace_id = o.workspace_id \
     AND d.organisation_id = o.id) AS domains, \
     (SELECT COUNT(*) FROM memberships m WHERE m.workspace_id = o.workspace_id AND m.organisation_id = o.id) AS members \
     FROM organisations o WHERE o.workspace_id = $1";

/// The organisations.
#[derive(Debug, Clone)]
pub struct SeaOrganisations {
    store: Store,
}

impl SeaOrganisations {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn create_once(&self, new: &Organisation, audit: &AuditEntry) -> Result<OrganisationSaved, Trouble> {
        let tx = self.store.write_tx().await?;
        let created = raw::execute(
            &tx,
            "INSERT INTO organisations (workspace_id, id, name, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (workspace_id, name) DO NOTHING",
            [
                new.workspace.as_uuid().into(),
                new.id.as_uuid().into(),
                new.name.as_str().into(),
                new.created_at.as_micros().into(),
            ],
        )
        .await?;
        let in_the_way = match created {
            0 => Some(OrganisationSaved::NameTaken),
            _ => insert_domains(&tx, new).await?.map(OrganisationSaved::DomainTaken),
        };
        if let Some(in_the_way) = in_the_way {
            tx.rollback().await?;
            return Ok(in_the_way);
        }
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(OrganisationSaved::Saved)
    }

    async fn change_once(
        &self,
        wanted: &Organisation,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<OrganisationSaved, Trouble> {
        let (workspace, id) = (wanted.workspace, wanted.id);
        let of_it = || -> [Value; 2] { [workspace.as_uuid().into(), id.as_uuid().into()] };
        let tx = self.store.write_tx().await?;
        let changed = raw::execute(
            &tx,
            "UPDATE organisations SET name = $3 WHERE workspace_id = $1 AND id = $2",
            of_it().into_iter().chain([wanted.name.as_str().into()]),
        )
        .await;
        let changed = match changed {
            Err(error) if is_taken(&error) => {
                tx.rollback().await?;
                return Ok(OrganisationSaved::NameTaken);
            }
            other => other?,
        };
        if changed == 0 {
            tx.rollback().await?;
            return Ok(OrganisationSaved::Gone);
        }
        raw::execute(
            &tx,
            "DELETE FROM organisation_domains WHERE workspace_id = $1 AND organisation_id = $2",
            of_it(),
        )
        .await?;
        if let Some(taken) = insert_domains(&tx, wanted).await? {
            tx.rollback().await?;
            return Ok(OrganisationSaved::DomainTaken(taken));
        }
        let members = members(&tx, workspace, id).await?;
        refresh(&tx, announcement, workspace, &members).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(OrganisationSaved::Saved)
    }

    async fn delete_once(
        &self,
        (workspace, id): (WorkspaceId, OrganisationId),
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<bool, Trouble> {
        let of_it = || -> [Value; 2] { [workspace.as_uuid().into(), id.as_uuid().into()] };
        let tx = self.store.write_tx().await?;
        if tx.get_database_backend() == DbBackend::Postgres {
            // Nobody joins from here on.
            let sql = "SELECT 1 AS one FROM organisations WHERE workspace_id = $1 AND id = $2 FOR UPDATE";
            raw::one(&tx, sql, of_it()).await?;
        }
        let members = members(&tx, workspace, id).await?;
        let sql = "DELETE FROM organisations WHERE workspace_id = $1 AND id = $2";
        if raw::execute(&tx, sql, of_it()).await? == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        refresh(&tx, announcement, workspace, &members).await?;
        records::insert_audit(&tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn read(
        &self,
        condition: &str,
        values: impl IntoIterator<Item = Value>,
        workspace: WorkspaceId,
    ) -> Result<Vec<ListedOrganisation>, Trouble> {
        let rows = raw::all(self.store.reader(), &format!("{ORGANISATIONS} {condition}"), values).await?;
        rows.iter().map(|row| listed(row, workspace)).collect()
    }
}

/// Puts somebody who has just proved an address into the organisation of its domain, in the transaction of that proof. The
/// caller has the person's row.
pub(crate) async fn place(tx: &WriteTx, workspace: WorkspaceId, user: UserId, address: &str) -> Result<(), Trouble> {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let placed = raw::execute(
        tx,
        "INSERT INTO memberships (workspace_id, user_id, organisation_id) \
         SELECT d.workspace_id, $2, d.organisation_id FROM organisation_domains d \
         WHERE d.workspace_id = $1 AND d.domain = $3 ON CONFLICT DO NOTHING",
        [workspace.as_uuid().into(), user.as_uuid().into(), domain.into()],
    )
    .await?;
    if placed > 0
        && let Some(person) = people::read_one(tx, workspace, user).await?
    {
        people::refresh_search_text(tx, &person.user).await?;
    }
    Ok(())
}

/// Gives an organisation its domains; the first that is another's, if one is.
async fn insert_domains(tx: &WriteTx, of: &Organisation) -> Result<Option<EmailDomain>, Trouble> {
    // In one order, so that two that want the same ones cannot wait for each other.
    let mut domains: Vec<&EmailDomain> = of.domains.iter().collect();
    domains.sort();
    domains.dedup();
    for domain in domains {
        let inserted = raw::execute(
            tx,
            "INSERT INTO organisation_domains (workspace_id, domain, organisation_id) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
            [
                of.workspace.as_uuid().into(),
                domain.as_str().into(),
                of.id.as_uuid().into(),
            ],
        )
        .await?;
        if inserted == 0 {
            return Ok(Some(domain.clone()));
        }
    }
    Ok(None)
}

async fn members(tx: &WriteTx, workspace: WorkspaceId, id: OrganisationId) -> Result<Vec<UserId>, Trouble> {
    let rows = raw::all(
        tx,
        "SELECT user_id AS id FROM memberships WHERE workspace_id = $1 AND organisation_id = $2 ORDER BY user_id",
        [workspace.as_uuid().into(), id.as_uuid().into()],
    )
    .await?;
    people::ids(&rows)
}

/// Has searches and sessions of these people tell their organisations as they are now.
async fn refresh(
    tx: &WriteTx,
    announcement: &Announcement,
    workspace: WorkspaceId,
    people: &[UserId],
) -> Result<(), Trouble> {
    for user in people {
        if let Some(person) = people::read_one(tx, workspace, *user).await? {
            people::refresh_search_text(tx, &person.user).await?;
        }
    }
    people::announce_all(tx, announcement, workspace, people).await?;
    Ok(())
}

fn listed(row: &QueryResult, workspace: WorkspaceId) -> Result<ListedOrganisation, Trouble> {
    let members: i64 = row.try_get("", "members")?;
    let domains: Option<String> = row.try_get("", "domains")?;
    let domains: Result<Vec<EmailDomain>, _> = domains
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .map(EmailDomain::parse)
        .collect();
    let mut domains = domains.map_err(|_domain| Unreadable::new("organisation_domains", "domain"))?;
    domains.sort();
    Ok(ListedOrganisation {
        organisation: Organisation {
            id: OrganisationId::from_uuid(row.try_get("", "id")?),
            workspace,
            name: row.try_get("", "name")?,
            domains,
            created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        },
        members: members.unsigned_abs(),
    })
}

#[async_trait]
impl Organisations for SeaOrganisations {
    async fn list(&self, workspace: WorkspaceId, query: OrganisationQuery) -> PortResult<Vec<ListedOrganisation>> {
        let mut values: Vec<Value> = vec![
            workspace.as_uuid().into(),
            i64::from(query.limit.clamp(1, MAX_PAGE)).into(),
        ];
        let mut condition = String::new();
        if let Some(after) = query.after {
            values.push(after.into());
            let _ = write!(condition, " AND o.name > ${}", values.len());
        }
        if let Some(text) = query.text.filter(|text| !text.is_empty()) {
            // Neither database has a text with a NUL in it.
            if text.contains('\0') {
                return Ok(Vec::new());
            }
            values.push(text.to_ascii_lowercase().into());
            let number = values.len();
            let holds = match self.store.backend() {
                DbBackend::Postgres => "strpos",
                _ => "instr",
            };
            let _ = write!(
                condition,
                " AND ({holds}(lower(o.name), ${number}) > 0 OR EXISTS (SELECT 1 FROM organisation_domains f \
                 WHERE f.workspace_id = o.workspace_id AND f.organisation_id = o.id AND {holds}(f.domain, ${number}) > 0))"
            );
        }
        condition.push_str(" ORDER BY o.name LIMIT $2");
        let found = self.read(&condition, values, workspace).await;
        found.map_err(|trouble| trouble.at("organisations.list"))
    }

    async fn find(&self, workspace: WorkspaceId, id: OrganisationId) -> PortResult<Option<ListedOrganisation>> {
        let values = [workspace.as_uuid().into(), id.as_uuid().into()];
        let found = self.read("AND o.id = $2", values, workspace).await;
        found
            .map(|found| found.into_iter().next())
            .map_err(|trouble| trouble.at("organisations.find"))
    }

    async fn create(&self, organisation: Organisation, audit: AuditEntry) -> PortResult<OrganisationSaved> {
        retried!("organisations.create", self.create_once(&organisation, &audit))
    }

    async fn change(&self, organisation: Organisation, audit: AuditEntry) -> PortResult<OrganisationSaved> {
        announced!(self, "organisations.change", |announcement| {
            self.change_once(&organisation, &audit, &announcement)
        })
    }

    async fn delete(&self, workspace: WorkspaceId, id: OrganisationId, audit: AuditEntry) -> PortResult<bool> {
        announced!(self, "organisations.delete", |announcement| {
            self.delete_once((workspace, id), &audit, &announcement)
        })
    }
}
