//! Reading people, whole: shared by everything that hands them out or changes them.

use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{EmailId, OrganisationId, UserId, WorkspaceId};
use doorward_domain::role::Role;
use doorward_domain::secret::PasswordDigest;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{OrganisationRef, SignInRecord, User, UserEmail, UserStatus};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use crate::fault::{Trouble, Unreadable};
use crate::raw;

const TABLE: &str = "users";

/// People with their addresses and organisations, one row for each pair of these: one statement, so that all of it is of
/// one moment. What follows it says which people.
const PEOPLE: &str = "SELECT u.workspace_id, u.id, u.role, u.status, u.name, u.language, u.time_zone, u.password_phc, \
     u.credentials_version, u.created_at, u.last_sign_in_at, \
     e.id AS email_id, e.address, e.is_primary, e.verified_at, o.id AS organisation_id, o.name AS organisation_name \
     FROM users u \
     LEFT JOIN user_emails e ON e.workspace_id = u.workspace_id AND e.user_id = u.id \
     LEFT JOIN memberships m ON m.workspace_id = u.workspace_id AND m.user_id = u.id \
     LEFT JOIN organisations o ON o.workspace_id = m.workspace_id AND o.id = m.organisation_id";
const IN_ORDER: &str = "ORDER BY u.id, e.is_primary DESC, e.created_at, e.id, o.name, o.id";

/// Whom an address finds (R47): on whom it is verified, or else whose primary one it is. `$1` workspace, `$2` key.
pub(crate) const OWNER_OF_ADDRESS: &str = "SELECT user_id FROM user_emails WHERE workspace_id = $1 AND address_key = $2 \
     AND (verified_at IS NOT NULL OR is_primary) ORDER BY verified_at IS NULL LIMIT 1";

/// People for whom `condition` holds, in order of id.
pub(crate) async fn read(
    on: &impl ConnectionTrait,
    condition: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<SignInRecord>, Trouble> {
    let sql = format!("{PEOPLE} WHERE {condition} {IN_ORDER}");
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

/// Ends all sessions of a person. Sessions in memory have to be told of it as well.
pub(crate) async fn end_sessions(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<(), Trouble> {
    raw::execute(
        on,
        "DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2",
        [workspace.as_uuid().into(), user.as_uuid().into()],
    )
    .await?;
    Ok(())
}

/// Voids all links of a person that could still be used.
pub(crate) async fn void_links(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Trouble> {
    raw::execute(
        on,
        "UPDATE links SET voided_at = $3 \
         WHERE workspace_id = $1 AND user_id = $2 AND used_at IS NULL AND voided_at IS NULL",
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
         UNION SELECT id FROM flows WHERE workspace_id = $1 AND password_verified_user_id = $2)",
        [workspace.as_uuid().into(), user.as_uuid().into(), now.as_micros().into()],
    )
    .await?;
    Ok(())
}

/// Writes down anew what a search looks through, after a change of anything that it holds. The caller has the person's row.
pub(crate) async fn refresh_search_text(on: &impl ConnectionTrait, user: &User) -> Result<(), Trouble> {
    let mut text = search_text(user);
    let identities = raw::all(
        on,
        "SELECT subject FROM identities WHERE workspace_id = $1 AND user_id = $2 ORDER BY kind, subject",
        [user.workspace.as_uuid().into(), user.id.as_uuid().into()],
    )
    .await?;
    for row in identities {
        let subject: String = row.try_get("", "subject")?;
        text.push('\n');
        text.push_str(&subject.to_lowercase());
    }
    raw::execute(
        on,
        "UPDATE users SET search_text = $3 WHERE workspace_id = $1 AND id = $2",
        [user.workspace.as_uuid().into(), user.id.as_uuid().into(), text.into()],
    )
    .await?;
    Ok(())
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
    let status = match text("status")?.as_str() {
        "active" => UserStatus::Active,
        "disabled" => UserStatus::Disabled,
        _ => return Err(Unreadable::new(TABLE, "status").into()),
    };
    Ok(SignInRecord {
        user: User {
            id,
            workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
            name: text("name")?,
            role: Role::parse(&text("role")?).ok_or(Unreadable::new(TABLE, "role"))?,
            status,
            language: row.try_get("", "language")?,
            time_zone: row.try_get("", "time_zone")?,
            emails: Vec::new(),
            organisations: Vec::new(),
            has_password: password.is_some(),
            created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
            last_sign_in_at: last_sign_in_at.map(Timestamp::from_micros),
        },
        password: password.map(PasswordDigest::from_phc),
        credentials_version: row.try_get("", "credentials_version")?,
    })
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
