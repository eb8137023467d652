//! `doorward user …`: the operator's hand on people. Passwords come from standard input, never from an argument.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use doorward_auth::people::create_user::{CreateUser, CreateUserError};
use doorward_auth::people::set_password::SetPasswordError;
use doorward_domain::audit::Actor;
use doorward_domain::ports::UserQuery;
use doorward_domain::role::Role;
use doorward_domain::secret::{MAX_PASSWORD_BYTES, Password};
use doorward_domain::user::{User as Person, UserStatus};
use doorward_http::api::user_document;

use super::{address, house, password_problems, workspace};
use crate::cli::{User, Whom};
use crate::output::say;
use crate::settings::Flags;

/// Runs it.
///
/// # Errors
/// Wrong input, told with what to write; an address that nobody has, or somebody has already.
pub(crate) async fn run(flags: &Flags, command: &User) -> anyhow::Result<()> {
    match command {
        User::Create {
            workspace: slug,
            email,
            name,
            role,
            verified,
            password_stdin,
        } => {
            let address = address(email)?;
            let Some(role) = Role::parse(role) else {
                bail!("--role {role}: write customer, collaborator, agent, admin or owner");
            };
            let password = if *password_stdin {
                Some(password_from_stdin()?)
            } else {
                None
            };
            let (_, house) = house(flags).await?;
            let request = CreateUser {
                workspace: workspace(&house, slug).await?,
                address,
                name: name.clone(),
                role,
                verified: *verified,
                password,
                with_link: false,
            };
            match house.auth.people().create(Actor::Operator, request).await {
                Ok(created) => say!("{}", created.user.id),
                Err(CreateUserError::AddressTaken(owner)) => bail!("{email} belongs to a person already ({owner})"),
                Err(CreateUserError::Password(problems)) => bail!("{}", password_problems(&problems)),
                Err(error) => return Err(error.into()),
            }
        }
        User::SetPassword {
            workspace: slug,
            email,
            password_stdin,
        } => {
            if !password_stdin {
                bail!("give the password on standard input and say so: --password-stdin");
            }
            let address = address(email)?;
            let password = password_from_stdin()?;
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            match house
                .auth
                .people()
                .set_password(Actor::Operator, &workspace, &address, password)
                .await
            {
                Ok(()) => say!("The password of {email} is set; all their sessions are ended."),
                Err(SetPasswordError::Password(problems)) => bail!("{}", password_problems(&problems)),
                Err(SetPasswordError::NoSuchPerson) => bail!("nobody in {slug} has the address {email}"),
                Err(error) => return Err(error.into()),
            }
        }
        User::Disable(whom) => set_status(flags, whom, UserStatus::Disabled).await?,
        User::Enable(whom) => set_status(flags, whom, UserStatus::Active).await?,
        User::List { workspace: slug, json } => {
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            let mut after = None;
            loop {
                let query = UserQuery {
                    text: None,
                    filter: doorward_domain::people_search::UserFilter::default(),
                    after,
                    limit: 200,
                };
                let page = house.auth.people().search(&workspace, query).await?;
                for person in &page {
                    say!(
                        "{}",
                        if *json {
                            serde_json::to_string(&user_document(person)?)?
                        } else {
                            line(person)
                        }
                    );
                }
                match page.last() {
                    Some(last) => after = Some(last.id),
                    None => break,
                }
            }
        }
    }
    Ok(())
}

async fn set_status(flags: &Flags, whom: &Whom, status: UserStatus) -> anyhow::Result<()> {
    let address = address(&whom.email)?;
    let (_, house) = house(flags).await?;
    let workspace = workspace(&house, &whom.workspace).await?;
    match house
        .auth
        .people()
        .set_status(Actor::Operator, &workspace, &address, status)
        .await?
    {
        Some(_) if status == UserStatus::Disabled => {
            say!("{} is disabled; all their sessions are ended.", whom.email);
        }
        Some(_) => say!("{} is enabled.", whom.email),
        None => bail!("nobody in {} has the address {}", whom.workspace, whom.email),
    }
    Ok(())
}

fn line(person: &Person) -> String {
    let email = person.primary_email();
    let proved = match email {
        Some(email) if email.verified_at.is_some() => "proved",
        Some(_) => "unproved",
        None => "no address",
    };
    let address = email.map_or("", |email| email.address.as_str());
    format!(
        "{}  {:12}  {:8}  {proved:10}  {address}  {}",
        person.id,
        person.role.as_str(),
        person.status.as_str(),
        person.name
    )
}

/// Reads a password and drops one trailing newline.
fn password_from_stdin() -> anyhow::Result<Password> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_PASSWORD_BYTES * 4).unwrap_or(u64::MAX);
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)
        .context("standard input")?;
    let text = String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("the password on standard input is not UTF-8"))?;
    let text = text
        .strip_suffix('\n')
        .map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(Password::parse(text)?)
}
