//! A9: organisations place who proves an address at one of their domains.

use doorward_auth::Acting;
use doorward_auth::people::create_user::CreateUser;
use doorward_auth::workspace::create_organisation::OrganisationError;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::role::Role;
use doorward_domain::testing::{Given, address};
use doorward_domain::user::User;

use crate::house::House;

/// Somebody whom the operator makes.
pub(crate) async fn made(house: &House, email: &str, verified: bool) -> User {
    let request = CreateUser {
        workspace: house.given.workspace.clone(),
        address: address(email),
        name: String::new(),
        role: Role::Customer,
        verified,
        password: None,
        with_link: false,
    };
    house.auth.people().create(Actor::Operator, request).await.unwrap().user
}

fn domains(of: &[&str]) -> Vec<String> {
    of.iter().map(|domain| (*domain).to_owned()).collect()
}

#[tokio::test]
async fn a9_whoever_is_made_with_a_proved_address_is_placed() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    let organisations = house.auth.organisations();
    let typed = domains(&["@Globex.EXAMPLE", "globex.example", "bücher.example"]);
    let group = organisations
        .create(&Acting::operator(), workspace, (" Globex ", &typed))
        .await;
    let group = group.unwrap();
    let kept: Vec<&str> = group
        .domains
        .iter()
        .map(doorward_domain::organisation::EmailDomain::as_str)
        .collect();
    assert_eq!(
        (group.name.as_str(), kept),
        ("Globex", vec!["globex.example", "xn--bcher-kva.example"])
    );
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::OrganisationCreated);
    for (email, verified, placed) in [
        ("ann@globex.example", true, true),
        ("bo@bücher.example", true, true),
        ("claimed@globex.example", false, false),
        ("eve@mail.globex.example", true, false),
    ] {
        let created = made(&house, email, verified).await;
        let found = house.auth.people().find(workspace, created.id).await.unwrap().unwrap();
        assert_eq!(!found.organisations.is_empty(), placed, "{email}");
    }
}

#[tokio::test]
async fn a9_names_and_domains_are_checked_and_belong_to_one() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let organisations = house.auth.organisations();
    let operator = Acting::operator();
    let workspace = &house.given.workspace;
    let globex = domains(&["globex.example"]);
    organisations
        .create(&operator, workspace, ("Globex", &globex))
        .await
        .unwrap();
    organisations
        .create(&operator, &elsewhere.workspace, ("Globex", &globex))
        .await
        .unwrap();
    let said = organisations.create(&operator, workspace, ("Globex", &[])).await;
    assert!(matches!(said, Err(OrganisationError::NameTaken)), "{said:?}");
    let said = organisations.create(&operator, workspace, ("Other", &globex)).await;
    assert!(matches!(said, Err(OrganisationError::DomainTaken(_))), "{said:?}");
    let said = organisations.create(&operator, workspace, (" ", &[])).await;
    assert!(matches!(said, Err(OrganisationError::NoName)), "{said:?}");
    let said = organisations
        .create(&operator, workspace, ("Other", &domains(&["a b"])))
        .await;
    assert!(matches!(said, Err(OrganisationError::NoDomain(_))), "{said:?}");
    let many: Vec<String> = (0..51).map(|at| format!("d{at}.example")).collect();
    let said = organisations.create(&operator, workspace, ("Other", &many)).await;
    assert!(matches!(said, Err(OrganisationError::TooManyDomains)), "{said:?}");
}
