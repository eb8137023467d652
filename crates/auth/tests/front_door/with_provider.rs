//! B6–B8, R50–R60: signing in with a provider.

use std::time::Duration;

use doorward_auth::people::upsert_contact::Contact;
use doorward_auth::{SignInOutcome, SignedIn};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::directory::{DirectoryRecord, DirectorySource, RecordEmail, RecordName};
use doorward_domain::ids::DirectoryRecordId;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::method::Method;
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::{CallbackQuery, Directory as _, ProviderFault, Stored, TokenFault};
use doorward_domain::provider::{Arrived, ProviderId};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::{Audience, Role};
use doorward_domain::settings::{ProviderRule, SecuritySettings, SignUpRule};
use doorward_domain::sign_in::{Binding, Rule, Step};
use doorward_domain::testing::{address, arrived};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{ContactIdentity, User, UserStatus};

use crate::house::{Browser, House, caller, email_needed, refused, second_step, signed_in, with_code};

const EMAIL: &str = "jo@example.com";

pub(crate) async fn house() -> House {
    house_with(|_| {}).await
}

pub(crate) async fn house_with(change: impl FnOnce(&mut SecuritySettings)) -> House {
    let house = House::with(change, PolicySet::default()).await;
    for (id, name) in [
        ("google", "Google"),
        ("microsoft", "Microsoft"),
        ("facebook", "Facebook"),
        ("twitter", "X"),
        ("acme-sso", "Acme"),
    ] {
        house.provider.offer(id, name);
    }
    house
}

/// Lets staff use Google as well.
pub(crate) fn staff_by_google(settings: &mut SecuritySettings) {
    let mut rule = ProviderRule::new_workspace(Audience::Staff);
    rule.switch(ProviderId::parse("google").unwrap(), true);
    settings.staff.providers = Some(rule);
}

pub(crate) async fn contact_on_x(house: &House, subject: &str) -> User {
    let contact = Contact {
        workspace: house.given.workspace.clone(),
        identity: ContactIdentity::X {
            subject: subject.to_owned(),
        },
        name: Some("Noah".to_owned()),
        organisations: Vec::new(),
    };
    let people = house.auth.people();
    let made = people.upsert_contact(&doorward_auth::Acting::operator(), contact).await;
    made.unwrap().0
}

async fn record(house: &House, email: &str, active: bool) {
    let now = house.auth.now();
    let record = DirectoryRecord {
        id: DirectoryRecordId::from_uuid(uuid::Uuid::from_u128(u128::from(active) + 77)),
        workspace: house.given.workspace.id,
        source: DirectorySource::File,
        external_id: None,
        scope: None,
        user_name: email.to_owned(),
        name: RecordName::default(),
        display_name: None,
        emails: vec![RecordEmail {
            address: address(email),
            kind: None,
            primary: true,
        }],
        active,
        attributes: serde_json::Map::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let entry = doorward_domain::testing::audit(house.given.workspace.id, AuditAction::DirectoryChanged, now);
    let stored = house.given.store.put_record(record, entry).await.unwrap();
    assert!(matches!(stored, Stored::Done(_)), "{stored:?}");
}

fn no_session(house: &House) {
    assert!(house.given.store.sessions().is_empty(), "a session was opened");
}

#[tokio::test]
async fn b6_the_page_shows_those_that_have_credentials_and_are_open_to_somebody() {
    let house = house_with(|settings| {
        let mut rule = ProviderRule::new_workspace(Audience::Customers);
        rule.switch(ProviderId::parse("facebook").unwrap(), false);
        rule.switch(ProviderId::parse("google").unwrap(), false);
        settings.customers.providers = Some(rule);
        staff_by_google(settings);
    })
    .await;
    let shown = house.auth.sign_in().providers(&house.given.workspace);
    let ids: Vec<&str> = shown.iter().map(|provider| provider.id.as_str()).collect();
    assert_eq!(ids, ["google", "microsoft", "twitter", "acme-sso"]);
    house.provider.offer_nothing();
    assert_eq!(house.auth.sign_in().providers(&house.given.workspace), []);
}

#[tokio::test]
async fn b6_r51_somebody_is_sent_away_and_told_the_address_of_that_provider_to_come_back_to() {
    let house = house().await;
    let browser = house.browser();
    browser.leave_for("google").await;
    browser.leave_for("acme-sso").await;
    let sent = house.provider.sent_away();
    let callbacks: Vec<&str> = sent.iter().map(|sent| sent.callback.as_str()).collect();
    assert_eq!(
        callbacks,
        [
            "https://acme.help.example/sign-in/callback/google",
            "https://acme.help.example/sign-in/callback/acme-sso"
        ]
    );
    assert_ne!(sent[0].state, sent[1].state);
}

#[tokio::test]
async fn nobody_is_sent_to_a_provider_that_is_off_unknown_or_down() {
    let house = house_with(|settings| {
        let only = std::iter::once(ProviderId::parse("google").unwrap()).collect();
        settings.customers.providers = Some(ProviderRule::Only(only));
    })
    .await;
    let browser = house.browser();
    for (provider, down, public, private) in [
        (
            "facebook",
            false,
            PublicReason::MethodOff,
            PrivateReason::MethodOffCustomers,
        ),
        ("nobody", false, PublicReason::MethodOff, PrivateReason::ProviderUnknown),
        (
            "google",
            true,
            PublicReason::ProviderUnavailable,
            PrivateReason::ProviderUnavailable,
        ),
    ] {
        house.provider.set_down(down);
        let refused = browser.stays(provider).await;
        assert_eq!(refused.reason, public, "{provider}");
        assert_eq!(refused.return_to.unwrap().as_str(), "/tickets/7", "B13");
        assert_eq!(house.private_of_last_receipt(), private, "{provider}");
    }
    let mut app = house.browser();
    app.caller = caller(Binding::Bearer);
    assert_eq!(app.stays("google").await.reason, PublicReason::SessionExpired);
    assert_eq!(house.provider.sent_away(), []);
}

#[tokio::test]
async fn round_trips_of_one_network_have_a_budget() {
    let house = House::limited(|limits| limits.provider_round_trips_per_network_per_minute = 2).await;
    house.provider.offer("google", "Google");
    let browser = house.browser();
    browser.leave_for("google").await;
    browser.leave_for("google").await;
    let refused = browser.stays("google").await;
    assert_eq!(refused.reason, PublicReason::TryLater);
    assert!(refused.retry_at.is_some());
    assert_eq!(house.private_of_last_receipt(), PrivateReason::BudgetNetwork);
    house.browser().on_network("198.51.100.9").leave_for("google").await;
    house.wait(61);
    browser.leave_for("google").await;
}

#[tokio::test]
async fn b6_r50_a_connected_identity_is_in_whatever_email_it_names_today() {
    let house = house().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let jo = arrived("google", "jo").authoritative(EMAIL);
    let first = signed_in(browser.as_arrived(&jo).await);
    assert_eq!(first.return_to.as_str(), "/tickets/7", "B13");
    assert_eq!(first.session.method, Method::Provider);
    for again in [
        arrived("google", "jo"),
        arrived("google", "jo").authoritative("other@example.com"),
        arrived("google", "jo").saying("eve@example.net"),
    ] {
        let entered = signed_in(house.browser().as_arrived(&again).await);
        assert_eq!(entered.session.user, first.session.user);
    }
    assert_eq!(house.given.store.people().len(), 1);
    assert_eq!(house.audited(AuditAction::IdentityConnected), 1);
}

#[tokio::test]
async fn r57_an_authoritative_email_that_is_proved_here_links_by_itself_and_its_owner_is_told() {
    let house = house().await;
    let jo = house.given.customer(EMAIL);
    let browser = house.browser();
    browser.enter(EMAIL).await;
    let entered = signed_in(browser.as_arrived(&arrived("google", "jo").authoritative(EMAIL)).await);
    assert_eq!(entered.session.user, jo.id);
    let provider = "Google".to_owned();
    assert_eq!(house.events_to(EMAIL), [SecurityEvent::IdentityConnected { provider }]);
    browser.enter(EMAIL).await;
}

#[tokio::test]
async fn r57_an_authoritative_email_that_nobody_has_makes_an_account() {
    let house = house().await;
    let who = arrived("google", "jo").authoritative(EMAIL).named("Jo\u{202e} Doe");
    let entered = signed_in(house.browser().as_arrived(&who).await);
    let made = house.person(EMAIL);
    assert_eq!((made.id, made.role), (entered.session.user, Role::Customer));
    assert_eq!(made.name, "Jo Doe");
    let email = made.primary_email().unwrap();
    assert!(email.primary && email.verified_at.is_some());
    assert!(!made.has_password);
    assert!(house.events_to(EMAIL).is_empty(), "their first sign-in is no news");
}

#[tokio::test]
async fn r57_anything_less_is_one_more_step_also_with_a_proved_email() {
    for (at, who) in [
        arrived("twitter", "1"),
        arrived("google", "1").saying(EMAIL),
        arrived("google", "1").verified(EMAIL),
        arrived("google", "1").verified("nobody@example.com"),
    ]
    .into_iter()
    .enumerate()
    {
        let house = house().await;
        house.given.customer(EMAIL);
        let needed = email_needed(house.browser().as_arrived(&who).await);
        let hint = who.email.as_ref().map(|email| email.address.to_string());
        assert_eq!((needed.hint, needed.return_to.as_str()), (hint, "/tickets/7"), "{at}");
        no_session(&house);
        assert_eq!(house.given.store.people().len(), 1, "{at}");
        assert_eq!(house.audited(AuditAction::IdentityConnected), 0, "{at}");
    }
}

#[tokio::test]
async fn r57_an_unproved_local_account_is_never_linked_by_itself() {
    for authoritative in [true, false] {
        let house = house().await;
        house.given.unproved(EMAIL);
        let who = arrived("google", "jo");
        let who = if authoritative {
            who.authoritative(EMAIL)
        } else {
            who.verified(EMAIL)
        };
        email_needed(house.browser().as_arrived(&who).await);
        no_session(&house);
    }
}

#[tokio::test]
async fn a1_whom_the_helpdesk_knows_by_their_id_on_x_is_found_by_it() {
    let house = house().await;
    let contact = contact_on_x(&house, "44196397").await;
    let browser = house.browser();
    let needed = email_needed(browser.as_arrived(&arrived("twitter", "44196397")).await);
    assert_eq!((needed.hint, needed.provider.name.as_str()), (None, "X"));
    let entered = signed_in(browser.prove_address(needed.held, EMAIL).await);
    assert_eq!(entered.session.user, contact.id, "the contact, not a new account");
    assert_eq!(house.given.store.people().len(), 1);
    let person = house.person(EMAIL);
    assert!(person.primary_email().unwrap().verified_at.is_some());
    // From now on nothing more is asked.
    let again = signed_in(house.browser().as_arrived(&arrived("twitter", "44196397")).await);
    assert_eq!(again.session.user, contact.id);
    // The same number at another provider is somebody else.
    email_needed(house.browser().as_arrived(&arrived("facebook", "44196397")).await);
}

#[tokio::test]
async fn r60_nobody_who_is_disabled_comes_in_by_a_provider() {
    let house = house().await;
    let jo = house.given.customer(EMAIL);
    let who = arrived("google", "jo").authoritative(EMAIL);
    signed_in(house.browser().as_arrived(&who).await);
    let people = house.auth.people();
    let workspace = &house.given.workspace;
    people
        .set_status(Actor::Operator, workspace, &address(EMAIL), UserStatus::Disabled)
        .await
        .unwrap();
    for who in [who, arrived("facebook", "jo").authoritative(EMAIL)] {
        let no = refused(house.browser().as_arrived(&who).await);
        assert_eq!(no.reason, PublicReason::AccountDisabled);
        assert_eq!(no.return_to.unwrap().as_str(), "/tickets/7", "B13");
        assert_eq!(house.private_of_last_receipt(), PrivateReason::UserDisabled);
    }
    // Nor by one more step.
    let browser = house.browser();
    let needed = email_needed(browser.as_arrived(&arrived("twitter", "jo")).await);
    let sent = crate::house::sent(browser.type_address(needed.held, EMAIL).await);
    assert_eq!(house.kinds_to(EMAIL).last(), Some(&"account-disabled"));
    assert!(
        house.given.store.last_code_to(EMAIL).is_none(),
        "no code was sent in {sent:?}"
    );
    let live = house
        .given
        .store
        .sessions()
        .into_iter()
        .filter(|session| session.user == jo.id);
    assert_eq!(live.count(), 0);
}

#[tokio::test]
async fn r59_a_second_factor_is_asked_unless_the_workspace_takes_the_providers_word() {
    for (trusted, said, asked) in [
        (false, false, true),
        (false, true, true),
        (true, false, true),
        (true, true, false),
    ] {
        let house = house_with(|settings| {
            if trusted {
                let google = ProviderId::parse("google").unwrap();
                settings.customers.second_factor_from.insert(google);
            }
        })
        .await;
        house.given.with_two_factor(EMAIL);
        let mut who = arrived("google", "jo").authoritative(EMAIL);
        who.second_factor = said;
        let browser = house.browser();
        let outcome = browser.as_arrived(&who).await;
        if asked {
            let needed = second_step(outcome);
            assert_eq!(needed.step, Step::SecondFactor);
            assert_eq!(
                house.audited(AuditAction::IdentityConnected),
                0,
                "not before the second step"
            );
            let entered = signed_in(browser.second(needed.flow, &house.app_code(0)).await);
            assert_eq!(entered.session.method, Method::Provider);
            assert_eq!(entered.return_to.as_str(), "/tickets/7", "B13");
        } else {
            signed_in(outcome);
        }
        assert_eq!(house.audited(AuditAction::IdentityConnected), 1, "{trusted} {said}");
    }
}

#[tokio::test]
async fn c3_staff_come_in_by_a_provider_only_where_it_is_opened_to_them() {
    let house = house().await;
    house.given.agent(EMAIL);
    let who = arrived("google", "jo").authoritative(EMAIL);
    let no = refused(house.browser().as_arrived(&who).await);
    assert_eq!(no.reason, PublicReason::MethodOff);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::MethodOffStaff);
    let open = house_with(staff_by_google).await;
    open.given.agent(EMAIL);
    signed_in(open.browser().as_arrived(&who).await);
}

#[tokio::test]
async fn a3_nobody_signs_up_by_a_provider_where_strangers_may_not() {
    let house = house_with(|settings| settings.sign_up = SignUpRule::Closed).await;
    let no = refused(
        house
            .browser()
            .as_arrived(&arrived("google", "jo").authoritative(EMAIL))
            .await,
    );
    assert_eq!(no.reason, PublicReason::SignUpClosed);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::SignUpClosed);
    assert_eq!(house.given.store.people(), []);
    no_session(&house);
}

#[tokio::test]
async fn nobody_signs_up_by_a_provider_that_is_off_for_customers() {
    let house = house_with(|settings| {
        settings.customers.providers = Some(ProviderRule::Only(std::collections::BTreeSet::new()));
        staff_by_google(settings);
    })
    .await;
    let no = refused(
        house
            .browser()
            .as_arrived(&arrived("google", "jo").authoritative(EMAIL))
            .await,
    );
    assert_eq!(no.reason, PublicReason::MethodOff);
    assert_eq!(house.given.store.people(), []);
}

#[tokio::test]
async fn b8_only_whom_the_directory_knows_comes_in_and_it_admits_where_sign_up_is_closed() {
    let open = |settings: &mut SecuritySettings| {
        settings.directory.required = true;
        settings.sign_up = SignUpRule::Closed;
    };
    let who = arrived("google", "jo").authoritative(EMAIL);
    let house = house_with(open).await;
    record(&house, EMAIL, true).await;
    let entered = signed_in(house.browser().as_arrived(&who).await);
    assert_eq!(house.person(EMAIL).id, entered.session.user);

    for (active, private) in [
        (Some(false), PrivateReason::DirectoryInactive),
        (None, PrivateReason::DirectoryNoRecord),
    ] {
        for known in [true, false] {
            let house = house_with(open).await;
            if known {
                house.given.customer(EMAIL);
            }
            if let Some(active) = active {
                record(&house, EMAIL, active).await;
            }
            let no = refused(house.browser().as_arrived(&who).await);
            assert_eq!(no.reason, PublicReason::NotInDirectory);
            assert_eq!(house.private_of_last_receipt(), private);
            let receipt = house.given.store.receipts().pop().unwrap();
            assert!(receipt.findings.iter().any(|finding| finding.rule == Rule::Directory));
            assert_eq!(
                house.given.store.people().len(),
                usize::from(known),
                "no account was made"
            );
            no_session(&house);
        }
    }
    // An email that does not count shows nobody to the directory, so it is not worth a step.
    let house = house_with(open).await;
    record(&house, EMAIL, true).await;
    let no = refused(
        house
            .browser()
            .as_arrived(&arrived("google", "jo").verified(EMAIL))
            .await,
    );
    assert_eq!(no.reason, PublicReason::NotInDirectory);
}

#[tokio::test]
async fn r52_of_two_answers_to_one_round_trip_one_is_looked_at() {
    let house = house().await;
    house.given.customer(EMAIL);
    let who = arrived("google", "jo").authoritative(EMAIL);
    house.provider.knows("c", who);
    let browser = house.browser();
    let state = browser.leave_for("google").await;
    let come = || browser.come_back("google", &state, with_code("c"));
    let (one, other) = tokio::join!(come(), come());
    let outcomes = [one, other];
    let entered = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, SignInOutcome::SignedIn(_)));
    assert_eq!(entered.count(), 1);
    let late = refused(browser.come_back("google", &state, with_code("c")).await);
    assert_eq!(late.reason, PublicReason::SessionExpired);
    assert_eq!(late.return_to.unwrap().as_str(), "/tickets/7", "B13");
    assert_eq!(house.provider.came_back().len(), 1, "one code was exchanged");
}

#[tokio::test]
async fn r52_an_answer_is_good_in_its_own_browser_and_time_and_at_its_own_address() {
    let house = house().await;
    house.given.customer(EMAIL);
    house.provider.knows("c", arrived("google", "jo").authoritative(EMAIL));
    let browser = house.browser();
    let state = browser.leave_for("google").await;
    let foreign = refused(house.browser().come_back("google", &state, with_code("c")).await);
    assert_eq!(
        (foreign.reason, foreign.return_to),
        (PublicReason::SessionExpired, None)
    );
    let mixed = refused(browser.come_back("acme-sso", &state, with_code("c")).await);
    assert_eq!((mixed.reason, mixed.return_to), (PublicReason::SessionExpired, None));
    let guessed = "A".repeat(43);
    let guessed = refused(browser.come_back("google", &guessed, with_code("c")).await);
    assert_eq!(
        (guessed.reason, guessed.return_to),
        (PublicReason::SessionExpired, None)
    );
    house.wait(600);
    let late = refused(browser.come_back("google", &state, with_code("c")).await);
    assert_eq!(late.reason, PublicReason::SessionExpired);
    assert_eq!(late.return_to.unwrap().as_str(), "/tickets/7", "B13");
    assert_eq!(house.private_of_last_receipt(), PrivateReason::FlowOver);
    assert_eq!(house.provider.came_back(), []);
}

#[tokio::test]
async fn r52_absent_is_not_accepted() {
    let house = house().await;
    let browser = house.browser();
    browser.leave_for("google").await;
    for state in ["", "null"] {
        let no = refused(browser.come_back("google", state, with_code("c")).await);
        assert_eq!(no.reason, PublicReason::SessionExpired);
    }
    assert_eq!(house.provider.came_back(), []);
}

#[tokio::test]
async fn each_answer_that_does_not_pass_has_a_reason_of_its_own_in_the_receipt() {
    let house = House::crowded(|_| {}).await;
    house.provider.offer("google", "Google");
    let browser = house.browser();
    let faults = [
        TokenFault::Signature,
        TokenFault::Nonce,
        TokenFault::Audience,
        TokenFault::MixUp,
        TokenFault::ClockDrift(Duration::from_mins(5)),
    ];
    for fault in faults {
        let state = browser.leave_for("google").await;
        house
            .provider
            .answers("google", "bad", move || Err(ProviderFault::Refused(fault)));
        let no = refused(browser.come_back("google", &state, with_code("bad")).await);
        assert_eq!(no.reason, PublicReason::ProviderAnswerWrong);
        assert_eq!(no.return_to.unwrap().as_str(), "/tickets/7", "B13");
        assert_eq!(house.private_of_last_receipt(), fault.reason());
    }
    let state = browser.leave_for("google").await;
    let gone = refused(browser.come_back("google", &state, with_code("nobody knows it")).await);
    assert_eq!(gone.reason, PublicReason::ProviderUnavailable);
    let state = browser.leave_for("google").await;
    let query = CallbackQuery {
        error: Some("access_denied".to_owned()),
        ..CallbackQuery::default()
    };
    let cancelled = refused(browser.come_back("google", &state, query).await);
    assert_eq!(cancelled.reason, PublicReason::ProviderCancelled);
    assert_eq!(cancelled.return_to.unwrap().as_str(), "/tickets/7", "B13");
    assert_eq!(house.private_of_last_receipt(), PrivateReason::ProviderCancelled);
    no_session(&house);
}

#[tokio::test]
async fn r89_answers_that_do_not_pass_are_counted_and_cancelling_is_not() {
    let house = house().await;
    let browser = house.browser();
    let fail = |fault: fn() -> ProviderFault| {
        let (house, browser) = (&house, &browser);
        async move {
            let state = browser.leave_for("google").await;
            house.provider.answers("google", "bad", move || Err(fault()));
            refused(browser.come_back("google", &state, with_code("bad")).await).reason
        }
    };
    for _ in 0..12 {
        assert_eq!(fail(|| ProviderFault::Cancelled).await, PublicReason::ProviderCancelled);
    }
    house.wait(61);
    for _ in 0..10 {
        let reason = fail(|| ProviderFault::Refused(TokenFault::Signature)).await;
        assert_eq!(reason, PublicReason::ProviderAnswerWrong);
    }
    let over = fail(|| ProviderFault::Refused(TokenFault::Signature)).await;
    assert_eq!(over, PublicReason::TryLater);
}

async fn in_a_race(house: &House, browsers: &[Browser<'_>], who: &[Arrived]) -> Vec<SignedIn> {
    let mut entered = Vec::new();
    for (browser, who) in browsers.iter().zip(who) {
        if let SignInOutcome::SignedIn(signed_in) = browser.as_arrived(who).await {
            entered.push(*signed_in);
        }
    }
    assert_eq!(house.given.store.people().len(), 1);
    entered
}

#[tokio::test]
async fn r50_two_identities_of_one_person_lead_to_one_account_and_one_identity_to_no_other() {
    let house = house().await;
    let browsers = [house.browser(), house.browser(), house.browser()];
    let who = [
        arrived("google", "jo").authoritative(EMAIL),
        arrived("acme-sso", "jo").authoritative(EMAIL),
        arrived("google", "jo").authoritative("other@example.com"),
    ];
    let entered = in_a_race(&house, &browsers, &who).await;
    let users: Vec<_> = entered.iter().map(|entered| entered.session.user).collect();
    assert_eq!(users.len(), 3);
    assert!(users.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(browsers[0].connections(&entered[0].session).await.connected.len(), 2);
}

#[tokio::test]
async fn without_a_store_nothing_is_decided() {
    let house = house().await;
    let browser = house.browser();
    let state = browser.leave_for("google").await;
    house.provider.knows("c", arrived("google", "jo").authoritative(EMAIL));
    house.given.store.set_away(true);
    let answer = doorward_auth::sign_in::with_provider::ProviderAnswer {
        workspace: house.given.workspace.clone(),
        provider: ProviderId::parse("google").unwrap(),
        state: Some(state),
        query: with_code("c"),
        session: None,
    };
    let sign_in = house.auth.sign_in();
    sign_in.finish_with_provider(&browser.caller, answer).await.unwrap_err();
    house.given.store.set_away(false);
    no_session(&house);
}

#[tokio::test]
async fn a_person_of_a_directory_is_known_by_the_last_sync() {
    let house = house_with(|settings| settings.directory.required = true).await;
    let before: Timestamp = house.auth.now();
    record(&house, EMAIL, false).await;
    refused(
        house
            .browser()
            .as_arrived(&arrived("google", "jo").authoritative(EMAIL))
            .await,
    );
    let receipt = house.given.store.receipts().pop().unwrap();
    let finding = receipt
        .findings
        .iter()
        .find(|finding| finding.rule == Rule::Directory)
        .unwrap();
    assert!(
        finding.saw.contains(&doorward_domain::time_zone::rfc3339(before)),
        "{}",
        finding.saw
    );
}
