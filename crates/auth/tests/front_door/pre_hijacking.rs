//! R57: what somebody prepares before the owner of an address arrives is of no use to them afterwards, whichever way the
//! owner arrives. Five kinds of preparation: an account, an identity, an email, a session, a second factor.

use doorward_auth::recovery::reset_password::{NewPassword, ResetResult};
use doorward_domain::reason::PublicReason;
use doorward_domain::role::Role;
use doorward_domain::sign_in::FlowPurpose;
use doorward_domain::testing::{PASSWORD, Person, arrived};

use crate::house::{Browser, House, email_needed, refused, sent, signed_in};
use crate::with_provider::house;

const OWNER: &str = "owner@example.com";

/// How the owner arrives.
#[derive(Debug, Clone, Copy)]
enum Arrival {
    /// By a provider that is authoritative for their address.
    Vouched,
    /// By one that is not.
    Unvouched,
}

/// Arrives, a while after whatever was prepared; gives the session that the owner is in.
async fn owner_arrives(browser: &Browser<'_>, how: Arrival) -> doorward_auth::SignedIn {
    browser.house.wait(120);
    let who = match how {
        Arrival::Vouched => arrived("google", "owner").authoritative(OWNER),
        Arrival::Unvouched => arrived("twitter", "owner").verified(OWNER),
    };
    match browser.as_arrived(&who).await {
        doorward_auth::SignInOutcome::EmailNeeded(needed) => signed_in(browser.prove_address(needed.held, OWNER).await),
        outcome => signed_in(outcome),
    }
}

const BOTH: [Arrival; 2] = [Arrival::Vouched, Arrival::Unvouched];

async fn is_out(house: &House, password: &str) {
    let no = refused(house.browser().password(OWNER, password).await);
    assert_eq!(no.reason, PublicReason::InvalidCredentials);
}

#[tokio::test]
async fn an_account_with_a_password_prepared_by_somebody_else_loses_it() {
    for how in BOTH {
        let house = house().await;
        let prepared = house.given.unproved(OWNER);
        let entered = owner_arrives(&house.browser(), how).await;
        assert_eq!(entered.session.user, prepared.id, "{how:?}");
        is_out(&house, PASSWORD).await;
        assert!(house.is_live(&entered).await, "{how:?}");
    }
}

#[tokio::test]
async fn a_sign_up_that_was_begun_with_the_address_gives_nothing() {
    for how in BOTH {
        let house = house().await;
        let attacker = house.browser();
        attacker.sign_up("Eve", OWNER, "eve's own password").await;
        let entered = owner_arrives(&house.browser(), how).await;
        is_out(&house, "eve's own password").await;
        assert_eq!(house.given.store.people().len(), 1);
        assert!(house.is_live(&entered).await);
    }
}

#[tokio::test]
async fn an_identity_connected_to_the_prepared_account_is_taken_off() {
    for how in BOTH {
        let house = house().await;
        // Staff come in by the backup door without having proved their address.
        let prepared = Person::customer(house.given.workspace.id, OWNER)
            .unproved()
            .role(Role::Admin);
        house.given.person(prepared);
        let attacker = house.browser();
        let theirs = signed_in(attacker.backup_login(OWNER, PASSWORD).await);
        let connection = doorward_domain::provider::Connection {
            id: doorward_domain::ids::ConnectionId::from_uuid(uuid::Uuid::from_u128(5)),
            workspace: house.given.workspace.id,
            user: theirs.session.user,
            identity: arrived("facebook", "eve").identity,
            label: None,
            vouched: None,
            created_at: house.auth.now(),
            last_used_at: None,
        };
        let entry = doorward_domain::testing::audit(
            house.given.workspace.id,
            doorward_domain::audit::AuditAction::IdentityConnected,
            house.auth.now(),
        );
        let connections = &house.auth.ports().connections;
        connections.connect(connection, entry, Vec::new()).await.unwrap();
        // Staff may not use a provider here: the owner comes by a link to the mailbox.
        let recovery = house.browser();
        recovery.forgot(OWNER).await;
        let request = NewPassword {
            workspace: house.given.workspace.clone(),
            token: recovery.last_token_to(OWNER),
            password: doorward_domain::secret::Password::parse("seven quiet lanterns").unwrap(),
        };
        let reset = house.auth.recovery().reset_password(&recovery.caller, request).await;
        assert!(matches!(reset.unwrap(), ResetResult::Set));
        let owned = connections
            .list(house.given.workspace.id, theirs.session.user)
            .await
            .unwrap();
        assert_eq!(owned, [], "{how:?}");
        assert!(!house.is_live(&theirs).await);
    }
}

#[tokio::test]
async fn an_identity_that_waits_for_its_one_more_step_gets_nothing_of_the_owners() {
    for how in BOTH {
        let house = house().await;
        let attacker = house.browser();
        let needed = email_needed(attacker.as_arrived(&arrived("facebook", "eve").verified(OWNER)).await);
        let flow = sent(attacker.type_address(needed.held, OWNER).await).flow;
        let entered = owner_arrives(&house.browser(), how).await;
        // Without the code from the owner's mailbox, nothing; neither before nor after.
        let no = refused(attacker.redeem_for(flow, FlowPurpose::OneMoreStep, "00000000").await);
        assert_eq!(no.reason, PublicReason::CodeWrong);
        email_needed(attacker.as_arrived(&arrived("facebook", "eve").verified(OWNER)).await);
        let own = house.browser().connections(&entered.session).await.connected;
        assert_eq!(own.len(), 1, "{how:?}");
    }
}

#[tokio::test]
async fn the_address_claimed_on_the_attackers_own_account_leads_nobody_there() {
    for how in BOTH {
        let house = house().await;
        let eve = Person::customer(house.given.workspace.id, "eve@example.com").also(OWNER, false);
        let eve = house.given.person(eve);
        let entered = owner_arrives(&house.browser(), how).await;
        assert_ne!(entered.session.user, eve.id, "{how:?}");
        let connections = &house.auth.ports().connections;
        assert_eq!(connections.list(house.given.workspace.id, eve.id).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_session_of_the_prepared_account_ends() {
    for how in BOTH {
        let house = house().await;
        let prepared = house.given.unproved(OWNER);
        // However it came about: a session of somebody who never proved the address.
        let attacker = house.browser();
        let second = doorward_domain::user::UserEmail {
            id: doorward_domain::ids::EmailId::from_uuid(uuid::Uuid::from_u128(6)),
            address: doorward_domain::testing::address("eve@example.com"),
            primary: false,
            verified_at: Some(house.auth.now()),
        };
        house
            .given
            .store
            .put_email(house.given.workspace.id, prepared.id, second);
        let flow = sent(attacker.ask_code("eve@example.com").await).flow;
        let code = house.given.store.last_code_to("eve@example.com").unwrap();
        let theirs = signed_in(attacker.redeem(flow, &code).await);
        let entered = owner_arrives(&house.browser(), how).await;
        assert_eq!(entered.session.user, prepared.id, "{how:?}");
        assert!(!house.is_live(&theirs).await, "{how:?}");
        assert!(house.is_live(&entered).await, "{how:?}");
        is_out(&house, PASSWORD).await;
    }
}

#[tokio::test]
async fn a_second_factor_of_the_prepared_account_goes() {
    for how in BOTH {
        let house = house().await;
        let prepared = Person::customer(house.given.workspace.id, OWNER)
            .unproved()
            .with_app()
            .with_passkey("Eve's", false);
        let prepared = house.given.person(prepared);
        let entered = owner_arrives(&house.browser(), how).await;
        assert_eq!(entered.session.user, prepared.id, "{how:?}");
        let factors = house.given.store.factors_of(prepared.id).unwrap();
        assert!(
            factors.app.is_none() && house.given.store.passkeys().is_empty(),
            "{how:?}"
        );
    }
}
