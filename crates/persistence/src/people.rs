//! Reading people, whole: shared by everything that hands them out or changes them.

use std::collections::BTreeSet;

use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::{EmailId, OrganisationId, RoleId, SessionId, UserId, WorkspaceId};
use doorward_domain::one_time::LinkPurpose;
use doorward_domain::provider::ProviderId;
use doorward_domain::role::{Permissions, Role, RoleRef};
use doorward_domain::second_factor::FactorSummary;
use doorward_domain::secret::PasswordDigest;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{OrganisationRef, SignInRecord, User, UserEmail, UserStatus};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use sha2::{Digest as _, Sha256};

use crate::changes::{Announcement, Changed};
use crate::fault::{Trouble, Unreadable};
use crate::{links, raw};

const TABLE: &str = "users";

/// People with their addresses and organisations, one row for each pair of these: one statement, so that all of it is of
/// one moment. What follows it says which people.
const PEOPLE: &str = "SELECT u.workspace_id, u.id, u.role, u.custom_role_id, u.permissions, r.name AS role_name, u.status, u.name, u.language, u.time_zone, u.password_phc, \
     u.password_temporary_until, \
     u.credentials_version, u.created_at, u.last_sign_in_at, p.set_at AS picture_at, f.enabled_at AS app_enabled_at, \
     (SELECT COUNT(*) FROM backup_codes b WHERE b.workspace_id = u.workspace_id AND b.user_id = u.id \
     AND b.used_at IS NULL) AS backup_codes, \
     (SELECT COUNT(*) FROM passkeys k WHERE k.workspace_id = u.workspace_id AND k.user_id = u.id) AS passkeys, \
     (SELECT COUNT(*) FROM passkeys k WHERE k.workspace_id = u.workspace_id AND k.user_id = u.id AND k.synced) \
     AS synced_passkeys, \
     (SELECT string_agg(c.provider, ' ') FROM connections c WHERE c.workspace_id = u.workspace_id AND c.user_id = u.id) \
     AS providers, \
     e.id AS email_id, e.address, e.is_primary, e.verified_at, o.id AS organisation_id, o.name AS organisation_name \
     FROM users u \
     LEFT JOIN roles r ON r.workspace_id = u.workspace_id AND r.id = u.custom_role_id \
     LEFT JOIN user_factors f ON f.workspace_id = u.workspace_id AND f.user_id = u.id \
     LEFT JOIN user_pictures p ON p.workspace_id = u.workspace_id AND p.user_id = u.id \
     LEFT JOIN user_emails e ON e.workspace_id = u.workspace_id AND e.user_id = u.id \
     LEFT JOIN memberships m ON m.workspace_id = u.workspace_id AND m.user_id = u.id \
     LEFT JOIN organisations o ON o.workspace_id = m.workspace_id AND o.id = m.organisation_id";
const IN_ORDER: &str = "ORDER BY u.id, e.is_primary DESC, e.created_at, e.id, o.name, o.id";

/// Whom an address finds (R47): on whom it is verified, or else whose primary one it is. `$1` workspace, `$2` key.
pub(crate) const OWNER_OF_ADDRESS: &str = "SELECT user_id FROM user_emails WHERE workspace_id = $1 AND address_key = $2 \
     AND (verified_at IS NOT NULL OR is_primary) ORDER BY verified_at IS NULL LIMIT 1";

pub(crate) fn statement(condition: &str) -> String {
    format!("{PEOPLE} WHERE {condition} {IN_ORDER}")
}

/// People for whom `condition` holds, in order of id.
pub(crate) async fn read(
    on: &impl ConnectionTrait,
    condition: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<SignInRecord>, Trouble> {
    let sql = statement(condition);
    let mut people: Vec<SignInRecord> = Vec::new();
    for row in raw::all(on, &sql, values).await? {
        let id = UserId::from_uuid(row.try_get("", "id")?);
        if people.last().is_none_or(|last| last.user.id != id) {
            people.push(record(&row, id)?);
        }
        let Some(SignInRecord { user, .. }) = people.last_mut() else {
            continue;
        };
        if let Some(email) = email(&row)?
            && user.emails.iter().all(|known| known.id != email.id)
        {
            user.emails.push(email);
        }
        if let Some(organisation) = organisation(&row)?
            && user.organisations.iter().all(|known| known.id != organisation.id)
        {
            user.organisations.push(organisation);
        }
    }
    Ok(people)
}

/// The person of that id.
pub(crate) async fn read_one(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    id: UserId,
) -> Result<Option<SignInRecord>, Trouble> {
    let values = [workspace.as_uuid().into(), id.as_uuid().into()];
    let found = read(on, "u.workspace_id = $1 AND u.id = $2", values).await?;
    Ok(found.into_iter().next())
}

/// Takes the person's row, so that whoever else wants to change the person waits; says whether there is one. The first
/// thing that a change of a person does: with one order of locks, changes cannot wait for each other in a circle.
pub(crate) async fn lock(on: &impl ConnectionTrait, workspace: WorkspaceId, id: UserId) -> Result<bool, Trouble> {
    let sql = match on.get_database_backend() {
        DbBackend::Postgres => "SELECT 1 AS one FROM users WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE",
        // A transaction that writes has the whole database to itself.
        _ => "SELECT 1 AS one FROM users WHERE workspace_id = $1 AND id = $2",
    };
    let values = [workspace.as_uuid().into(), id.as_uuid().into()];
    Ok(raw::one(on, sql, values).await?.is_some())
}

/// Whether that person is an owner who may come in, and the only one. The first thing that a transaction asks which may take
/// an owner away, before it takes any other row (R97).
pub(crate) async fn is_last_owner(
    tx: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<bool, Trouble> {
    lock_owners(tx, workspace).await.map(|owners| owners == [user])
}

/// Takes the rows of all owners who may come in, in one order, and names them: of two who stop being one at the same moment,
/// the second sees that the first has gone (A8). What comes before any other lock of such a change.
async fn lock_owners(on: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<Vec<UserId>, Trouble> {
    let sql = match on.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT id FROM users WHERE workspace_id = $1 AND role = 'owner' AND status = 'active' ORDER BY id \
             FOR NO KEY UPDATE"
        }
        _ => "SELECT id FROM users WHERE workspace_id = $1 AND role = 'owner' AND status = 'active' ORDER BY id",
    };
    let rows = raw::all(on, sql, [workspace.as_uuid().into()]).await?;
    rows.iter()
        .map(|row| Ok(UserId::from_uuid(row.try_get("", "id")?)))
        .collect()
}

/// Orders whoever makes somebody of an address: the unique constraints let a claim stand beside a proof (R48), so they do
/// not settle this. The first thing that such a transaction does.
pub(crate) async fn lock_address(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    address: &EmailKey,
) -> Result<(), Trouble> {
    // A transaction that writes to SQLite has the whole database to itself.
    if on.get_database_backend() == DbBackend::Postgres {
        let digest = Sha256::new()
            .chain_update(workspace.as_uuid().as_bytes())
            .chain_update(address.as_str())
            .finalize();
        let number = digest.first_chunk::<8>().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        raw::one(on, "SELECT pg_advisory_xact_lock($1)", [number.into()]).await?;
    }
    Ok(())
}

/// The people of such rows.
pub(crate) fn ids(rows: &[QueryResult]) -> Result<Vec<UserId>, Trouble> {
    rows.iter()
        .map(|row| Ok(UserId::from_uuid(row.try_get("", "id")?)))
        .collect()
}

/// How many people are announced one by one; for more, what is kept of everybody goes.
const ANNOUNCED_ONE_BY_ONE: usize = 200;

/// Tells of a change of many people, inside the transaction that makes it.
pub(crate) async fn announce_all(
    tx: &impl ConnectionTrait,
    announcement: &Announcement,
    workspace: WorkspaceId,
    people: &[UserId],
) -> Result<(), Trouble> {
    if people.len() > ANNOUNCED_ONE_BY_ONE {
        announcement.announce(tx, Changed::Everything).await?;
    } else {
        for user in people {
            announcement.announce(tx, Changed::Person(workspace, *user)).await?;
        }
    }
    Ok(())
}

/// Raises the version of somebody's credentials, and takes their row by it; gives the new version. `None` if there is no
/// such person, or the version is not `only_at`, where one is given.
pub(crate) async fn raise_version(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    only_at: Option<i64>,
) -> Result<Option<i64>, Trouble> {
    let raised = raw::one(
        on,
        "UPDATE users SET credentials_version = credentials_version + 1 WHERE workspace_id = $1 AND id = $2 \
         AND credentials_version = COALESCE($3, credentials_version) RETURNING credentials_version",
        [workspace.as_uuid().into(), user.as_uuid().into(), only_at.into()],
    )
    .await?;
    Ok(raised.map(|row| row.try_get("", "credentials_version")).transpose()?)
}

/// Ends all sessions of a person but `keep`. Sessions in memory have to be told of it as well.
pub(crate) async fn end_sessions(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<(), Trouble> {
    let mut values: Vec<Value> = vec![workspace.as_uuid().into(), user.as_uuid().into()];
    let sql = match keep {
        Some(keep) => {
            values.push(keep.as_uuid().into());
            "DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2 AND id <> $3"
        }
        None => "DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2",
    };
    raw::execute(on, sql, values).await?;
    Ok(())
}

/// Forgets the app and the backup codes of a person; says whether an app was on. The last step that was accepted stays
/// (R70).
pub(crate) async fn forget_app(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<bool, Trouble> {
    let values = || -> [Value; 2] { [workspace.as_uuid().into(), user.as_uuid().into()] };
    let forgotten = raw::execute(
        on,
        "UPDATE user_factors SET app_secret = NULL, enabled_at = NULL, pending_secret = NULL, pending_expires_at = NULL, \
         backup_recipe = NULL WHERE workspace_id = $1 AND user_id = $2 AND app_secret IS NOT NULL",
        values(),
    )
    .await?;
    raw::execute(
        on,
        "DELETE FROM backup_codes WHERE workspace_id = $1 AND user_id = $2",
        values(),
    )
    .await?;
    Ok(forgotten > 0)
}

/// Ends the attempts of a person that wait for their second step.
pub(crate) async fn end_second_steps(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Trouble> {
    raw::execute(
        on,
        "UPDATE flows SET ended_at = $3 WHERE workspace_id = $1 AND first_step_user_id = $2 AND ended_at IS NULL",
        [
            workspace.as_uuid().into(),
            user.as_uuid().into(),
            now.as_micros().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Ends every attempt of a person: those with any address that finds them, and those that know them already.
pub(crate) async fn end_attempts(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Trouble> {
    raw::execute(
        on,
        "UPDATE flows SET ended_at = $3 WHERE workspace_id = $1 AND ended_at IS NULL AND id IN \
         (SELECT id FROM flows WHERE workspace_id = $1 AND ended_at IS NULL AND address_key IN \
         (SELECT address_key FROM user_emails WHERE workspace_id = $1 AND user_id = $2 \
         AND (verified_at IS NOT NULL OR is_primary)) \
         UNION SELECT id FROM flows WHERE workspace_id = $1 AND password_verified_user_id = $2 \
         UNION SELECT id FROM flows WHERE workspace_id = $1 AND first_step_user_id = $2 \
         UNION SELECT id FROM flows WHERE workspace_id = $1 AND user_id = $2)",
        [
            workspace.as_uuid().into(),
            user.as_uuid().into(),
            now.as_micros().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Whether a new password voids links of that purpose: those that set another one, and pending changes of addresses (R38).
/// What undoes a change of addresses, or says "not me", stays: whoever took an account over would otherwise only have to
/// set a password to be rid of it.
pub(crate) fn void_by_new_password(purpose: LinkPurpose) -> bool {
    purpose.sets_password() || purpose == LinkPurpose::VerifyEmail
}

/// Voids the links of a person that could still be used and are of a purpose that `which` names.
pub(crate) async fn void_links(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    which: impl Fn(LinkPurpose) -> bool,
    now: Timestamp,
) -> Result<(), Trouble> {
    let purposes: Vec<LinkPurpose> = LinkPurpose::ALL.into_iter().filter(|purpose| which(*purpose)).collect();
    let purposes = links::names(&purposes);
    raw::execute(
        on,
        &format!(
            "UPDATE links SET voided_at = $3 WHERE workspace_id = $1 AND user_id = $2 AND used_at IS NULL \
             AND voided_at IS NULL AND purpose IN ({purposes})"
        ),
        [
            workspace.as_uuid().into(),
            user.as_uuid().into(),
            now.as_micros().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Voids the codes on their way to any address of a person, or of attempts that their password was verified in.
pub(crate) async fn void_codes(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Trouble> {
    raw::execute(
        on,
        "UPDATE codes SET voided_at = $3 WHERE workspace_id = $1 AND used_at IS NULL AND voided_at IS NULL AND flow_id IN \
         (SELECT id FROM flows WHERE workspace_id = $1 AND ended_at IS NULL AND address_key IN \
         (SELECT address_key FROM user_emails WHERE workspace_id = $1 AND user_id = $2) \
         UNION SELECT id FROM flows WHERE workspace_id = $1 AND password_verified_user_id = $2 \
         UNION SELECT id FROM flows WHERE workspace_id = $1 AND user_id = $2)",
        [workspace.as_uuid().into(), user.as_uuid().into(), now.as_micros().into()],
    )
    .await?;
    Ok(())
}

/// Writes down anew what a search looks through, after a change of anything that it holds. The caller has the person's row.
pub(crate) async fn refresh_search_text(on: &impl ConnectionTrait, user: &User) -> Result<(), Trouble> {
    let mut text = search_text(user);
    // One of the helpdesk's that is connected as well stands once.
    let identities = raw::all(
        on,
        "SELECT subject, label FROM connections WHERE workspace_id = $1 AND user_id = $2 \
         UNION SELECT i.subject, NULL FROM identities i WHERE i.workspace_id = $1 AND i.user_id = $2 AND NOT EXISTS \
         (SELECT 1 FROM connections c WHERE c.workspace_id = $1 AND c.user_id = $2 AND c.subject = i.subject)",
        [user.workspace.as_uuid().into(), user.id.as_uuid().into()],
    )
    .await?;
    for row in identities {
        let subject: String = row.try_get("", "subject")?;
        let label: Option<String> = row.try_get("", "label")?;
        for line in std::iter::once(subject).chain(label) {
            text.push('\n');
            text.push_str(&line.to_lowercase());
        }
    }
    raw::execute(
        on,
        "UPDATE users SET search_text = $3 WHERE workspace_id = $1 AND id = $2",
        [user.workspace.as_uuid().into(), user.id.as_uuid().into(), text.into()],
    )
    .await?;
    Ok(())
}

/// The same, for whoever has that id; reads them first.
pub(crate) async fn refresh_search_text_of(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<(), Trouble> {
    match read_one(on, workspace, user).await? {
        Some(person) => refresh_search_text(on, &person.user).await,
        None => Ok(()),
    }
}

/// What a search looks through, as far as the person alone tells it.
pub(crate) fn search_text(user: &User) -> String {
    let addresses = user.emails.iter().map(|email| email.address.as_str());
    let organisations = user.organisations.iter().map(|organisation| organisation.name.as_str());
    std::iter::once(user.name.as_str())
        .chain(addresses)
        .chain(organisations)
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join("\n")
}

fn record(row: &QueryResult, id: UserId) -> Result<SignInRecord, Trouble> {
    let text = |column: &str| row.try_get::<String>("", column);
    let password: Option<String> = row.try_get("", "password_phc")?;
    let last_sign_in_at: Option<i64> = row.try_get("", "last_sign_in_at")?;
    let picture_at: Option<i64> = row.try_get("", "picture_at")?;
    let count = |column: &'static str| -> Result<u32, Trouble> {
        let count: i64 = row.try_get("", column)?;
        Ok(u32::try_from(count).map_err(|_range| Unreadable::new(TABLE, column))?)
    };
    let status = UserStatus::parse(&text("status")?).ok_or(Unreadable::new(TABLE, "status"))?;
    let password_temporary_until: Option<i64> = row.try_get("", "password_temporary_until")?;
    Ok(SignInRecord {
        user: User {
            id,
            workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
            name: text("name")?,
            role: Role::parse(&text("role")?).ok_or(Unreadable::new(TABLE, "role"))?,
            custom_role: custom_role(row)?,
            status,
            language: row.try_get("", "language")?,
            time_zone: row.try_get("", "time_zone")?,
            emails: Vec::new(),
            organisations: Vec::new(),
            has_password: password.is_some(),
            picture_at: picture_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
            last_sign_in_at: last_sign_in_at.map(Timestamp::from_micros),
        },
        factors: FactorSummary {
            app: row.try_get::<Option<i64>>("", "app_enabled_at")?.is_some(),
            backup_codes_left: count("backup_codes")?,
            passkeys: count("passkeys")?,
            synced_passkeys: count("synced_passkeys")?,
        },
        providers: providers(row)?,
        password: password.map(PasswordDigest::from_phc),
        password_temporary_until: password_temporary_until.map(Timestamp::from_micros),
        credentials_version: row.try_get("", "credentials_version")?,
    })
}

/// The role of the workspace's own making, if theirs is one.
fn custom_role(row: &QueryResult) -> Result<Option<RoleRef>, Trouble> {
    let Some(id) = row.try_get::<Option<uuid::Uuid>>("", "custom_role_id")? else {
        return Ok(None);
    };
    let names: Option<String> = row.try_get("", "permissions")?;
    let permissions = Permissions::from_names(names.as_deref().unwrap_or_default());
    Ok(Some(RoleRef {
        id: RoleId::from_uuid(id),
        name: row.try_get::<Option<String>>("", "role_name")?.unwrap_or_default(),
        permissions: permissions.ok_or(Unreadable::new(TABLE, "permissions"))?,
    }))
}

/// The providers that are connected, each once, in order.
fn providers(row: &QueryResult) -> Result<Vec<ProviderId>, Trouble> {
    let listed: Option<String> = row.try_get("", "providers")?;
    let ids: Result<BTreeSet<ProviderId>, _> = listed
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .map(ProviderId::parse)
        .collect();
    let ids = ids.map_err(|_id| Unreadable::new("connections", "provider"))?;
    Ok(ids.into_iter().filter(|id| !id.is_hand_over()).collect())
}

fn email(row: &QueryResult) -> Result<Option<UserEmail>, Trouble> {
    let Some(id) = row.try_get::<Option<uuid::Uuid>>("", "email_id")? else {
        return Ok(None);
    };
    let address: String = row.try_get("", "address")?;
    let verified_at: Option<i64> = row.try_get("", "verified_at")?;
    Ok(Some(UserEmail {
        id: EmailId::from_uuid(id),
        address: EmailAddress::parse(&address).map_err(|_refused| Unreadable::new("user_emails", "address"))?,
        primary: row.try_get("", "is_primary")?,
        verified_at: verified_at.map(Timestamp::from_micros),
    }))
}

fn organisation(row: &QueryResult) -> Result<Option<OrganisationRef>, Trouble> {
    let Some(id) = row.try_get::<Option<uuid::Uuid>>("", "organisation_id")? else {
        return Ok(None);
    };
    Ok(Some(OrganisationRef {
        id: OrganisationId::from_uuid(id),
        name: row.try_get("", "organisation_name")?,
    }))
}
