//! B18: hand-over by a signed token of the company's own site.

use doorward_auth::Acting;
use doorward_auth::sign_in::hand_over::{HandOverRequest, HandOverToken};
use doorward_auth::workspace::add_hand_over_key::NewHandOverKey;
use doorward_auth::{Refused, SignInOutcome};
use doorward_domain::audit::AuditAction;
use doorward_domain::hand_over::HandOverAlgorithm;
use doorward_domain::ids::HandOverKeyId;
use doorward_domain::method::Method;
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::{Clock as _, Connections as _};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Audience, Permission, Permissions, Role, RoleChoice};
use doorward_domain::settings::{SecuritySettings, SignUpRule};
use doorward_domain::testing::{FixedClock, PASSWORD, Person, hand_over_token};
use doorward_domain::user::User;
use serde_json::{Value, json};

use crate::house::{Browser, House, refused, second_step, signed_in};

/// The company's own site, with one shared secret.
pub(crate) struct Site {
    clock: FixedClock,
    key: HandOverKeyId,
    secret: String,
    made: std::cell::Cell<u32>,
}

impl Site {
    pub(crate) async fn new(house: &House, audience: Audience, highest_role: Option<Role>) -> Self {
        let request = NewHandOverKey {
            audience,
            algorithm: None,
            public_key: None,
            highest_role,
        };
        let workspaces = house.auth.workspaces();
        let operator = Acting::operator();
        let added = workspaces.add_hand_over_key(&operator, &house.given.workspace, request);
        let added = added.await.unwrap();
        Self {
            clock: house.clock.clone(),
            key: added.key.id,
            secret: added.secret.unwrap().expose().to_owned(),
            made: std::cell::Cell::new(0),
        }
    }

    /// A token made now, with an id of its own.
    pub(crate) fn token(&self, claims: Value) -> String {
        self.made.set(self.made.get() + 1);
        let mut all = json!({
            "iat": self.clock.now().as_unix_seconds(),
            "jti": format!("{}-{}", self.key, self.made.get()),
        });
        if let (Value::Object(all), Value::Object(claims)) = (&mut all, claims) {
            all.extend(claims);
        }
        hand_over_token(HandOverAlgorithm::Hs256, &self.secret, &all)
    }
}

pub(crate) const fn on(settings: &mut SecuritySettings) {
    settings.customers.hand_over = true;
    settings.staff.hand_over = true;
}

async fn house() -> House {
    House::with(on, PolicySet::default()).await
}

pub(crate) async fn hand_over(browser: &Browser<'_>, token: &str) -> SignInOutcome {
    let request = HandOverRequest {
        workspace: browser.house.given.workspace.clone(),
        token: HandOverToken::new(token),
        return_to: ReturnTo::parse("/tickets/7"),
    };
    let sign_in = browser.house.auth.sign_in();
    sign_in.hand_over(&browser.caller, request).await.unwrap()
}

async fn turned_away(browser: &Browser<'_>, token: &str) -> (Refused, PrivateReason) {
    let refused = refused(hand_over(browser, token).await);
    assert_eq!(refused.return_to, Some(ReturnTo::parse("/tickets/7")), "B13");
    (refused, browser.house.private_of_last_receipt())
}

async fn connections(house: &House, user: &User) -> usize {
    let store = &house.given.store;
    store.list(house.given.workspace.id, user.id).await.unwrap().len()
}

#[tokio::test]
async fn b18_a_stranger_whom_the_site_knows_gets_an_account_and_arrives_signed_in() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let token = site.token(json!({
        "email": "jo@example.com", "name": " Jo  Doe ", "external_id": "42",
        "organisation": "Acme Ltd", "locale": "ar",
    }));
    let entered = signed_in(hand_over(&house.browser(), &token).await);
    assert_eq!(entered.session.method, Method::HandOver);
    assert_eq!(entered.return_to.as_str(), "/tickets/7", "B13");
    let jo = house.person("jo@example.com");
    assert_eq!((jo.name.as_str(), jo.role), ("Jo Doe", Role::Customer));
    assert_eq!(jo.language.as_deref(), Some("ar"));
    assert_eq!(jo.organisations.len(), 1);
    assert!(jo.emails[0].verified_at.is_some(), "the site vouches for the mailbox");
    assert!(!jo.has_password);
    assert_eq!(connections(&house, &jo).await, 1);
    assert_eq!(house.audited(AuditAction::UserCreated), 1);
    assert_eq!(house.audited(AuditAction::IdentityConnected), 1);
}

#[tokio::test]
async fn b18_the_sites_own_id_goes_before_the_address() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let jo = house.given.customer("jo@example.com");
    let first = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    assert_eq!(signed_in(hand_over(&house.browser(), &first).await).session.user, jo.id);
    // The address changed hands at the site, the id did not.
    let amy = house.given.customer("amy@example.com");
    let moved = site.token(json!({ "email": "amy@example.com", "external_id": 42 }));
    assert_eq!(signed_in(hand_over(&house.browser(), &moved).await).session.user, jo.id);
    let herself = site.token(json!({ "email": "amy@example.com", "external_id": "43" }));
    assert_eq!(
        signed_in(hand_over(&house.browser(), &herself).await).session.user,
        amy.id
    );
    assert_eq!(
        (connections(&house, &jo).await, connections(&house, &amy).await),
        (1, 1)
    );
    // Somebody known by the id stays themself when the site tells an address that nobody here has.
    let renamed = site.token(json!({ "email": "jo@new.example", "external_id": "42" }));
    assert_eq!(
        signed_in(hand_over(&house.browser(), &renamed).await).session.user,
        jo.id
    );
}

#[tokio::test]
async fn b18_without_an_id_of_the_site_the_address_says_who_it_is_as_long_as_it_is_theirs() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let jo = house.given.customer("jo@example.com");
    for _ in 0..2 {
        let token = site.token(json!({ "email": "JO@example.com" }));
        assert_eq!(signed_in(hand_over(&house.browser(), &token).await).session.user, jo.id);
    }
    assert_eq!(connections(&house, &jo).await, 1);
}

#[tokio::test]
async fn r57_what_an_unproved_claimant_left_is_gone_before_the_owner_arrives() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    // The attacker knows the address, made an account of it with a password and a second factor, and never proved it.
    let claimed = house.given.person(
        Person::customer(house.given.workspace.id, "jo@example.com")
            .unproved()
            .with_app(),
    );
    let token = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    let entered = signed_in(hand_over(&house.browser(), &token).await);
    assert_eq!(entered.session.user, claimed.id);
    let jo = house.person("jo@example.com");
    assert!(jo.emails[0].verified_at.is_some() && !jo.has_password);
    assert!(house.given.store.factors_of(jo.id).unwrap().app.is_none());
    let attacker = house.browser();
    refused(attacker.password("jo@example.com", PASSWORD).await);
}

#[tokio::test]
async fn b18_of_a_hundred_uses_of_one_token_one_signs_in() {
    let house = House::crowded(on).await;
    let site = Site::new(&house, Audience::Customers, None).await;
    house.given.customer("jo@example.com");
    let token = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    let mut running = Vec::new();
    for _ in 0..100 {
        let (auth, workspace, token) = (house.auth.clone(), house.given.workspace.clone(), token.clone());
        let caller = house.browser().caller;
        running.push(tokio::spawn(async move {
            let request = HandOverRequest {
                workspace,
                token: HandOverToken::new(&token),
                return_to: ReturnTo::default(),
            };
            let outcome = auth.sign_in().hand_over(&caller, request).await.unwrap();
            matches!(outcome, SignInOutcome::SignedIn(_))
        }));
    }
    let mut opened = 0;
    for racer in running {
        opened += usize::from(racer.await.unwrap());
    }
    assert_eq!(opened, 1);
    assert_eq!(house.given.store.sessions().len(), 1);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::TokenReplayed);
}

#[tokio::test]
async fn b18_each_refusal_has_a_reason_of_its_own_and_opens_nothing() {
    let house = House::crowded(on).await;
    let site = Site::new(&house, Audience::Customers, None).await;
    house.given.customer("jo@example.com");
    house.given.agent("agent@example.com");
    house.given.owner("owner@example.com");
    house.given.disabled("gone@example.com");
    let now = house.auth.now().as_unix_seconds();
    let jo = |more: Value| {
        let mut claims = json!({ "email": "jo@example.com", "external_id": "42" });
        if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
            claims.extend(more);
        }
        site.token(claims)
    };
    let forged = hand_over_token(
        HandOverAlgorithm::Hs256,
        "dwh_guess",
        &json!({ "iat": now, "jti": "x", "email": "jo@example.com" }),
    );
    let wrong = PublicReason::ProviderAnswerWrong;
    for (what, token, public, private) in [
        ("nothing", String::new(), wrong, PrivateReason::TokenMalformed),
        ("forged", forged, wrong, PrivateReason::TokenSignature),
        (
            "old",
            jo(json!({ "iat": now - 181 })),
            wrong,
            PrivateReason::TokenIssuedAt,
        ),
        (
            "ahead",
            jo(json!({ "iat": now + 181 })),
            wrong,
            PrivateReason::ClockDrift,
        ),
        (
            "no email",
            jo(json!({ "email": null })),
            wrong,
            PrivateReason::TokenEmail,
        ),
        ("role", jo(json!({ "role": "admin" })), wrong, PrivateReason::TokenRole),
        (
            "an agent",
            site.token(json!({ "email": "agent@example.com", "external_id": "1" })),
            wrong,
            PrivateReason::TokenRole,
        ),
        (
            "an owner",
            site.token(json!({ "email": "owner@example.com", "external_id": "2" })),
            wrong,
            PrivateReason::TokenRole,
        ),
        (
            "disabled",
            site.token(json!({ "email": "gone@example.com", "external_id": "3" })),
            PublicReason::AccountDisabled,
            PrivateReason::UserDisabled,
        ),
    ] {
        let (refused, reason) = turned_away(&house.browser(), &token).await;
        assert_eq!((refused.reason, reason), (public, private), "{what}");
    }
    assert!(house.given.store.sessions().is_empty());
    let saw = format!("{:?}", house.given.store.receipts());
    assert!(!saw.contains("dwh_"), "no secret in a receipt");
}

#[tokio::test]
async fn b18_a_key_for_staff_lets_in_agents_and_never_an_owner_or_a_customer() {
    let house = house().await;
    let site = Site::new(&house, Audience::Staff, Some(Role::Admin)).await;
    house.given.agent("agent@example.com");
    house.given.owner("owner@example.com");
    house.given.customer("jo@example.com");
    let of = |email: &str, id: &str| site.token(json!({ "email": email, "external_id": id }));
    signed_in(hand_over(&house.browser(), &of("agent@example.com", "1")).await);
    for (email, id) in [("owner@example.com", "2"), ("jo@example.com", "3")] {
        let (_, private) = turned_away(&house.browser(), &of(email, id)).await;
        assert_eq!(private, PrivateReason::TokenRole, "{email}");
    }
    let made = site.token(json!({ "email": "new@example.com", "external_id": "4", "role": "admin" }));
    signed_in(hand_over(&house.browser(), &made).await);
    assert_eq!(house.person("new@example.com").role, Role::Admin);
    // What the token says of a role counts for a new account only: nobody is promoted by their site.
    let again = site.token(json!({ "email": "agent@example.com", "external_id": "1", "role": "admin" }));
    signed_in(hand_over(&house.browser(), &again).await);
    assert_eq!(house.person("agent@example.com").role, Role::Agent);
}

#[tokio::test]
async fn b18_the_ids_of_two_sites_are_apart() {
    let house = house().await;
    let customers = Site::new(&house, Audience::Customers, None).await;
    let staff = Site::new(&house, Audience::Staff, None).await;
    let jo = house.given.customer("jo@example.com");
    let agent = house.given.agent("agent@example.com");
    let claims = |email: &str| json!({ "email": email, "external_id": "42" });
    let one = hand_over(&house.browser(), &customers.token(claims("jo@example.com"))).await;
    assert_eq!(signed_in(one).session.user, jo.id);
    let mut other = claims("agent@example.com");
    other["jti"] = json!("of-staff");
    let two = hand_over(&house.browser(), &staff.token(other)).await;
    assert_eq!(signed_in(two).session.user, agent.id);
}

#[tokio::test]
async fn b18_switched_off_means_off_and_makes_no_account() {
    let house = House::new().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let token = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    let (refused, private) = turned_away(&house.browser(), &token).await;
    assert_eq!(refused.reason, PublicReason::MethodOff);
    assert_eq!(private, PrivateReason::MethodOffCustomers);
    assert!(house.given.store.people().is_empty());
}

#[tokio::test]
async fn b18_a_closed_sign_up_does_not_keep_out_whom_the_site_vouches_for() {
    let closed = |settings: &mut SecuritySettings| {
        on(settings);
        settings.sign_up = SignUpRule::Closed;
    };
    let house = House::with(closed, PolicySet::default()).await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let token = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    signed_in(hand_over(&house.browser(), &token).await);
}

#[tokio::test]
async fn b11_the_second_factor_is_asked_after_a_hand_over_too() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let jo = house.given.with_two_factor("jo@example.com");
    for id in ["42", "42"] {
        let token = site.token(json!({ "email": "jo@example.com", "external_id": id }));
        let browser = house.browser();
        let needed = second_step(hand_over(&browser, &token).await);
        assert_eq!(needed.return_to.as_str(), "/tickets/7");
        let before = house.given.store.sessions().len();
        let entered = signed_in(browser.second(needed.flow, &house.app_code(0)).await);
        assert_eq!(entered.session.user, jo.id);
        assert_eq!(entered.session.method, Method::HandOver);
        assert_eq!(house.given.store.sessions().len(), before + 1);
        house.wait(60);
    }
    assert_eq!(connections(&house, &jo).await, 1);
}

#[tokio::test]
async fn b18_name_language_and_organisation_follow_the_site() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    house.given.customer("jo@example.com");
    let of = |more: Value| {
        let mut claims = json!({ "email": "jo@example.com", "external_id": "42" });
        if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
            claims.extend(more);
        }
        site.token(claims)
    };
    let told = of(json!({ "name": "Jo Doe", "locale": "ar", "organization": "Acme Ltd" }));
    let entered = signed_in(hand_over(&house.browser(), &told).await);
    assert_eq!(entered.session.name, "Jo Doe");
    assert_eq!(entered.session.organisations, ["Acme Ltd"]);
    // What the site leaves out stays as it is.
    let silent = of(json!({ "name": "" }));
    signed_in(hand_over(&house.browser(), &silent).await);
    let jo = house.person("jo@example.com");
    assert_eq!((jo.name.as_str(), jo.language.as_deref()), ("Jo Doe", Some("ar")));
    assert_eq!(jo.organisations.len(), 1);
}

#[tokio::test]
async fn r89_guessing_tokens_has_a_budget() {
    let house = house().await;
    let browser = house.browser();
    let mut last = PrivateReason::TokenMalformed;
    for _ in 0..12 {
        let outcome = refused(hand_over(&browser, "a.b.c").await);
        last = house.private_of_last_receipt();
        if outcome.reason == PublicReason::TryLater {
            break;
        }
    }
    assert_eq!(last, PrivateReason::BudgetNetwork);
}

#[test]
fn a_token_prints_as_nothing() {
    let token = HandOverToken::new(" secret.token.value ");
    assert_eq!(format!("{token:?}"), "HandOverToken([redacted])");
    assert_eq!(token.expose(), "secret.token.value");
}

#[tokio::test]
async fn b18_an_account_has_one_number_at_the_site() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let jo = house.given.customer("jo@example.com");
    let first = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    signed_in(hand_over(&house.browser(), &first).await);
    // The mailbox went to somebody else at the site, who has another number there.
    let successor = site.token(json!({ "email": "jo@example.com", "external_id": "43", "name": "Eve" }));
    let (refused, private) = turned_away(&house.browser(), &successor).await;
    assert_eq!(refused.reason, PublicReason::IdentityTaken);
    assert_eq!(private, PrivateReason::IdentityTaken);
    assert_eq!(
        house.person("jo@example.com").name,
        jo.name,
        "nothing of them is changed"
    );
    assert_eq!(connections(&house, &jo).await, 1);
    let again = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    assert_eq!(signed_in(hand_over(&house.browser(), &again).await).session.user, jo.id);
}

#[tokio::test]
async fn b18_whom_the_site_knows_by_address_alone_is_whoever_has_it() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let mut person = Person::customer(house.given.workspace.id, "old@example.com");
    let mailbox = doorward_domain::user::UserEmail {
        id: doorward_domain::ids::EmailId::from_uuid(uuid::Uuid::from_u128(77)),
        address: doorward_domain::testing::address("jo@example.com"),
        primary: false,
        verified_at: Some(house.auth.now()),
    };
    person.user.emails.push(mailbox.clone());
    let before = house.given.person(person);
    let by_address = || site.token(json!({ "email": "jo@example.com" }));
    let entered = signed_in(hand_over(&house.browser(), &by_address()).await);
    assert_eq!(entered.session.user, before.id);
    let row = doorward_domain::testing::audit(before.workspace, AuditAction::EmailRemoved, house.auth.now());
    let emails = &house.auth.ports().emails;
    let removed = emails.remove(before.workspace, before.id, mailbox.id, None, Vec::new(), row);
    removed.await.unwrap();
    let after = house.given.customer("jo@example.com");
    let entered = signed_in(hand_over(&house.browser(), &by_address()).await);
    assert_eq!(entered.session.user, after.id);
    assert_eq!(
        (connections(&house, &before).await, connections(&house, &after).await),
        (0, 1)
    );
}

#[tokio::test]
async fn b18_a_clock_that_goes_back_revives_no_token() {
    let house = house().await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let token = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    signed_in(hand_over(&house.browser(), &token).await);
    let then = house.auth.now();
    house.wait(86_400);
    let keys = &house.auth.ports().hand_over_keys;
    assert_eq!(keys.sweep(house.auth.now()).await.unwrap(), 1);
    house.clock.set(then);
    let (_, private) = turned_away(&house.browser(), &token).await;
    assert_eq!(private, PrivateReason::TokenReplayed);
}

/// The attack: whoever holds a key up to agents sends somebody who is called an agent and may do what agents may not.
#[tokio::test]
async fn r97_a_key_opens_no_account_that_may_do_more_than_its_highest_role() {
    let house = house().await;
    let site = Site::new(&house, Audience::Staff, Some(Role::Agent)).await;
    let workspace = &house.given.workspace;
    for (email, permissions, may) in [
        (
            "less@example.com",
            Permissions::NONE.with(Permission::LookPeopleUp),
            true,
        ),
        (
            "more@example.com",
            Permissions::NONE.with(Permission::ManageWorkspace),
            false,
        ),
    ] {
        let role = crate::give_role::role_of(&house, permissions).await;
        let person = house
            .given
            .person(Person::customer(workspace.id, email).role(Role::Agent));
        let roles = house.auth.roles();
        roles
            .give(&Acting::operator(), workspace, person.id, RoleChoice::Own(role.id))
            .await
            .unwrap();
        let token = site.token(json!({"email": email, "external_id": email}));
        let browser = house.browser();
        if may {
            signed_in(hand_over(&browser, &token).await);
        } else {
            let (_, private) = turned_away(&browser, &token).await;
            assert_eq!(private, PrivateReason::TokenRole);
        }
    }
}
