//! What `doorward dev` furnishes a new house with: a workspace `demo`, an owner, and customers in the states that matter.

use anyhow::Context as _;
use doorward_auth::people::create_user::CreateUser;
use doorward_auth::people::upsert_contact::Contact;
use doorward_auth::workspace::create_workspace::CreateWorkspace;
use doorward_domain::audit::Actor;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ports::Entropy as _;
use doorward_domain::role::Role;
use doorward_domain::secret::Password;
use doorward_domain::user::ContactIdentity;
use doorward_domain::workspace::{Portal, PortalArea, Slug};

use crate::settings::Settings;
use crate::wiring::House;

const OWNER: &str = "owner@demo.example";
const WITH_PASSWORD: &str = "carla@customer.example";
const NEVER_SIGNED_IN: &str = "noah@customer.example";
const UNVERIFIED: &str = "uma@customer.example";

/// Makes the demo workspace unless it is there already, and says where to go next.
///
/// # Errors
/// A database that cannot be written to.
pub(crate) async fn furnish(house: &House, settings: &Settings) -> anyhow::Result<String> {
    let slug = Slug::parse("demo")?;
    let mut lines = Vec::new();
    let known = house.auth.ports().workspaces.find_by_slug(&slug).await?;
    let fresh = known.is_none();
    let people = if known.is_some() {
        Vec::new()
    } else {
        make(house, slug.clone()).await?
    };
    let workspace = house
        .auth
        .ports()
        .workspaces
        .find_by_slug(&slug)
        .await?
        .context("the demo workspace is gone")?;
    let origin = settings
        .public_url
        .origin_of_workspace(&workspace, settings.default_workspace.as_ref());
    lines.push(String::new());
    lines.push(format!("  Help centre   {origin}/"));
    lines.push(format!("  Sign in       {origin}/sign-in"));
    lines.push(format!("  Console       {origin}/admin   (as the owner)"));
    lines.push(format!(
        "  Mailbox       {origin}/dev/mailbox   (every mail that Doorward sends lands here)"
    ));
    lines.push(String::new());
    if fresh {
        lines.push("  Somebody to sign in as (shown this once; the passwords are made for this machine):".to_owned());
        for person in people {
            let password = person.password.as_deref().unwrap_or("no password");
            lines.push(format!("    {:24} {password:24} {}", person.address, person.what));
        }
    } else {
        let directory = settings.data_directory();
        lines.push(format!(
            "  The data of before is still in {}; nothing was made anew.",
            directory.display()
        ));
        lines.push("  A forgotten password is set anew by *Forgot password?* and the mailbox.".to_owned());
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

struct Made {
    address: &'static str,
    password: Option<String>,
    what: &'static str,
}

async fn make(house: &House, slug: Slug) -> anyhow::Result<Vec<Made>> {
    let portal = Portal {
        areas: vec![
            PortalArea {
                name: "Dashboard".to_owned(),
                path: "/dashboard".to_owned(),
            },
            PortalArea {
                name: "Your tickets".to_owned(),
                path: "/tickets".to_owned(),
            },
            PortalArea {
                name: "Help articles".to_owned(),
                path: "/articles".to_owned(),
            },
        ],
        start_conversation: Some("/requests/new".to_owned()),
        ..Portal::default()
    };
    let owner_password = draw_password(house);
    let request = CreateWorkspace {
        slug,
        name: "Demo Help".to_owned(),
        owner: EmailAddress::parse(OWNER)?,
        owner_password: Some(Password::parse(&owner_password)?),
        portal,
    };
    let workspace = house
        .auth
        .workspaces()
        .create(Actor::Operator, request)
        .await?
        .workspace;
    let mut made = vec![Made {
        address: OWNER,
        password: Some(owner_password),
        what: "owner",
    }];

    for (address, name, verified, what) in [
        (WITH_PASSWORD, "Carla Customer", true, "customer with a password"),
        (
            UNVERIFIED,
            "Uma Unverified",
            false,
            "customer whose mailbox is unproved",
        ),
    ] {
        let password = draw_password(house);
        let request = CreateUser {
            workspace: workspace.clone(),
            address: EmailAddress::parse(address)?,
            name: name.to_owned(),
            role: Role::Customer,
            verified,
            password: Some(Password::parse(&password)?),
            with_link: false,
        };
        house.auth.people().create(Actor::Operator, request).await?;
        made.push(Made {
            address,
            password: Some(password),
            what,
        });
    }
    let contact = Contact {
        workspace,
        identity: ContactIdentity::Email {
            address: EmailAddress::parse(NEVER_SIGNED_IN)?,
        },
        name: Some("Noah Newcomer".to_owned()),
        organisations: Vec::new(),
    };
    house
        .auth
        .people()
        .upsert_contact(&doorward_auth::Acting::operator(), contact)
        .await?;
    made.push(Made {
        address: NEVER_SIGNED_IN,
        password: None,
        what: "known to the helpdesk, never signed in",
    });
    Ok(made)
}

/// A password of 100 bits in groups that are easy to type.
fn draw_password(house: &House) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 20];
    house.entropy.fill(&mut bytes);
    let letters: Vec<char> = bytes
        .iter()
        .map(|byte| char::from(LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'a')))
        .collect();
    letters
        .chunks(5)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}
