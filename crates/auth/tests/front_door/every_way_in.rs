//! B11: whatever the first step was, a second factor that is on is asked for. A method without a row here fails.

use doorward_auth::SignInOutcome;
use doorward_auth::recovery::reset_password::{NewPassword, ResetResult};
use doorward_domain::method::Method;
use doorward_domain::policy::PolicySet;
use doorward_domain::role::{Audience, Role};
use doorward_domain::secret::Password;
use doorward_domain::settings::AudienceSettings;
use doorward_domain::sign_in::{FlowPurpose, Step};
use doorward_domain::testing::{PASSWORD, Person, arrived};
use serde_json::json;

use crate::authenticator::Authenticator;
use crate::hand_over::{self, Site, hand_over};
use crate::house::{Browser, House, email_needed, second_step, sent, signed_in};

const EMAIL: &str = "jo@example.com";
const NEW: &str = "seven quiet lanterns";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Password,
    PasswordThenMailbox,
    EmailCode,
    SignUpWithAKnownAddress,
    ClaimByCode,
    AfterAReset,
    BackupDoor,
    Passkey,
    HandOver,
    ProviderVouching,
    ProviderThenMailbox,
}

impl Way {
    const ALL: [Self; 11] = [
        Self::Password,
        Self::PasswordThenMailbox,
        Self::EmailCode,
        Self::SignUpWithAKnownAddress,
        Self::ClaimByCode,
        Self::AfterAReset,
        Self::BackupDoor,
        Self::Passkey,
        Self::HandOver,
        Self::ProviderVouching,
        Self::ProviderThenMailbox,
    ];

    /// The ways that begin with a method; a new method must be given some.
    fn of(method: Method) -> Vec<Self> {
        match method {
            Method::Password => vec![
                Self::Password,
                Self::PasswordThenMailbox,
                Self::AfterAReset,
                Self::BackupDoor,
            ],
            Method::EmailCode => vec![Self::EmailCode, Self::SignUpWithAKnownAddress, Self::ClaimByCode],
            Method::Passkey => vec![Self::Passkey],
            Method::HandOver => vec![Self::HandOver],
            Method::Provider => vec![Self::ProviderVouching, Self::ProviderThenMailbox],
            unknown => panic!("{unknown:?} has no way in this table"),
        }
    }

    /// Who stands at the door, with the second factor on.
    fn person(self, house: &House) -> Person {
        let person = Person::customer(house.given.workspace.id, EMAIL).with_app();
        match self {
            Self::PasswordThenMailbox => person.unproved(),
            // A mailbox was proved before, so the factors are the owner's and not a mere claimant's.
            Self::ClaimByCode => person.without_password().unproved().also("second@example.com", true),
            Self::BackupDoor => person.role(Role::Admin),
            _ => person,
        }
    }

    /// Everything but the second factor.
    async fn first_steps(self, browser: &Browser<'_>) -> SignInOutcome {
        let store = &browser.house.given.store;
        match self {
            Self::Password => browser.password(EMAIL, PASSWORD).await,
            Self::PasswordThenMailbox => {
                let flow = sent(browser.password(EMAIL, PASSWORD).await).flow;
                browser.redeem(flow, &store.last_code_to(EMAIL).unwrap()).await
            }
            Self::EmailCode | Self::ClaimByCode => {
                let flow = sent(browser.ask_code(EMAIL).await).flow;
                browser.redeem(flow, &store.last_code_to(EMAIL).unwrap()).await
            }
            Self::SignUpWithAKnownAddress => {
                let flow = match browser.sign_up("Jo", EMAIL, NEW).await {
                    doorward_auth::account::sign_up::SignUpOutcome::Attempt(outcome) => sent(outcome).flow,
                    other @ doorward_auth::account::sign_up::SignUpOutcome::PasswordProblems(_) => panic!("{other:?}"),
                };
                let code = store.last_code_to(EMAIL).unwrap();
                browser.redeem_for(flow, FlowPurpose::SignUp, &code).await
            }
            Self::AfterAReset => {
                browser.forgot(EMAIL).await;
                let request = NewPassword {
                    workspace: browser.house.given.workspace.clone(),
                    token: browser.last_token_to(EMAIL),
                    password: Password::parse(NEW).unwrap(),
                };
                let recovery = browser.house.auth.recovery();
                let reset = recovery.reset_password(&browser.caller, request).await.unwrap();
                assert!(matches!(reset, ResetResult::Set));
                browser.password(EMAIL, NEW).await
            }
            Self::BackupDoor => browser.backup_login(EMAIL, PASSWORD).await,
            Self::ProviderVouching => {
                browser.house.provider.offer("google", "Google");
                browser.as_arrived(&arrived("google", "jo").authoritative(EMAIL)).await
            }
            Self::ProviderThenMailbox => {
                browser.house.provider.offer("twitter", "X");
                let needed = email_needed(browser.as_arrived(&arrived("twitter", "jo")).await);
                browser.prove_address(needed.held, EMAIL).await
            }
            Self::HandOver => {
                let site = Site::new(browser.house, Audience::Customers, None).await;
                let token = site.token(json!({ "email": EMAIL, "external_id": "42" }));
                hand_over(browser, &token).await
            }
            Self::Passkey => panic!("walked apart: it is both factors in one"),
        }
    }
}

#[test]
fn every_method_has_its_ways() {
    let methods = Method::ALL.into_iter();
    let listed: Vec<Way> = methods.clone().flat_map(Way::of).collect();
    for way in Way::ALL {
        assert!(listed.contains(&way), "{way:?} belongs to no method");
    }
    assert!(methods.into_iter().all(|method| !Way::of(method).is_empty()));
}

#[tokio::test]
async fn b11_each_way_in_stops_at_the_second_factor_and_goes_on_with_it_and_without_opens_nothing() {
    for way in Way::ALL.into_iter().filter(|way| *way != Way::Passkey) {
        let house = House::with(hand_over::on, PolicySet::default()).await;
        house.given.person(way.person(&house));
        let browser = house.browser();
        let needed = second_step(way.first_steps(&browser).await);
        assert_eq!(needed.step, Step::SecondFactor, "{way:?}");
        assert!(house.given.store.sessions().is_empty(), "{way:?} opened a session");
        let wrong = house.wrong_app_code();
        assert!(
            matches!(browser.second(needed.flow, &wrong).await, SignInOutcome::Refused(_)),
            "{way:?}"
        );
        assert!(house.given.store.sessions().is_empty(), "{way:?} opened a session");
        let entered = signed_in(browser.second(needed.flow, &house.app_code(0)).await);
        assert!(Way::of(entered.session.method).contains(&way), "{way:?}");
        if way != Way::AfterAReset {
            assert_eq!(entered.return_to, needed.return_to, "{way:?}: B13");
        }
    }
}

#[tokio::test]
async fn b11_where_the_workspace_requires_it_each_way_in_stops_to_set_one_up() {
    let require = |settings: &mut AudienceSettings| settings.two_factor_required = true;
    for way in Way::ALL
        .into_iter()
        .filter(|way| !matches!(way, Way::Passkey | Way::BackupDoor))
    {
        let house = House::with(
            |settings| {
                require(&mut settings.customers);
                require(&mut settings.staff);
                hand_over::on(settings);
            },
            PolicySet::default(),
        )
        .await;
        let mut person = way.person(&house);
        person.factors = doorward_domain::second_factor::FactorRecord::default();
        house.given.person(person);
        let needed = second_step(way.first_steps(&house.browser()).await);
        assert_eq!(needed.step, Step::EnrolSecondFactor, "{way:?}");
        assert!(house.given.store.sessions().is_empty(), "{way:?} opened a session");
    }
}

#[tokio::test]
async fn b10_a_passkey_with_user_verification_is_both_factors_in_one() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let mut key = Authenticator::new(1);
    let session = browser.enter(EMAIL).await.session;
    browser.give_passkey(&session, &mut key, "Key").await;
    let mut jo = house.given.store.factors_of(session.user).unwrap();
    jo.app = Person::customer(house.given.workspace.id, EMAIL).with_app().factors.app;
    house.given.store.put_factors(session.user, jo);
    let round = browser.passkey_challenge().await;
    let entered = signed_in(browser.answer(round.ceremony, key.answer(&round.options)).await);
    assert_eq!(entered.session.method, Method::Passkey);
    assert_eq!(entered.return_to.as_str(), "/tickets/7");
}
