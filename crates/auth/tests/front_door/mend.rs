//! C4: broken states, each made as it comes about; the check says what is wrong, the first button mends it, and a real
//! sign-in works.

use doorward_auth::people::mend::{MendError, Mended};
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::PortalLinkRequest;
use doorward_auth::recovery::reset_password::{NewPassword, ResetResult};
use doorward_auth::sign_in::open_portal_link::OpenedPortalLink;
use doorward_auth::{Acting, SignInOutcome};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::diagnosis::{TroubleKind as T, Verdict};
use doorward_domain::mail::Delivery;
use doorward_domain::policy::PolicySet;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Permission, Permissions, Rights, Role};
use doorward_domain::secret::{Password, RawToken};
use doorward_domain::settings::{ProviderRule, SecuritySettings, SignUpRule};
use doorward_domain::testing::{PASSWORD, Person, address, arrived};
use doorward_domain::user::UserStatus;
use doorward_domain::workspace::Workspace;

use crate::house::{House, other_than, refused, sent, signed_in};

const EMAIL: &str = "jo@example.com";
const NEW: &str = "seven quiet lanterns hang";
const WRONG: &str = "not the password at all";

/// How somebody comes in once it is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Password,
    PasswordAndApp,
    Code,
    /// By the link in the mail, and the password that it sets.
    Link,
    /// The same, once that very mail is delivered.
    Delivered,
    /// By a portal link, and the code that it sends.
    PortalLink,
    /// By the link that proves an address.
    Proof,
    Google,
    /// The button leads to a page of the console.
    Elsewhere,
}

/// What is broken, how it comes about, and what the check has to say.
const STATES: &[(&str, Verdict, T, &str, Then)] = &[
    ("disabled", Verdict::Shut, T::Disabled, "enable", Then::Password),
    ("disabled agent", Verdict::Shut, T::Disabled, "enable", Then::Password),
    ("deleted", Verdict::Shut, T::Deleted, "restore", Then::Password),
    (
        "contact, codes off",
        Verdict::Shut,
        T::NoPassword,
        "send-password-reset",
        Then::Link,
    ),
    (
        "contact who tried a password",
        Verdict::Hindered,
        T::NoPassword,
        "send-password-reset",
        Then::Link,
    ),
    (
        "agent without a password",
        Verdict::Shut,
        T::NoPassword,
        "send-password-reset",
        Then::Link,
    ),
    (
        "wrong password",
        Verdict::Hindered,
        T::WrongPassword,
        "send-password-reset",
        Then::Link,
    ),
    (
        "password waits, codes off",
        Verdict::Shut,
        T::PasswordWait,
        "clear-waits",
        Then::Password,
    ),
    (
        "password waits",
        Verdict::Hindered,
        T::PasswordWait,
        "clear-waits",
        Then::Password,
    ),
    (
        "a hundred wrong passwords",
        Verdict::Hindered,
        T::PasswordWait,
        "clear-waits",
        Then::Password,
    ),
    ("code waits", Verdict::Hindered, T::CodeWait, "clear-waits", Then::Code),
    (
        "too many codes asked for",
        Verdict::Hindered,
        T::MailWait,
        "clear-waits",
        Then::Code,
    ),
    (
        "too many resets asked for",
        Verdict::Hindered,
        T::MailWait,
        "clear-waits",
        Then::Password,
    ),
    (
        "second factor waits",
        Verdict::Hindered,
        T::SecondFactorWait,
        "clear-waits",
        Then::PasswordAndApp,
    ),
    (
        "network waits",
        Verdict::Hindered,
        T::NetworkWait,
        "clear-network-waits",
        Then::Password,
    ),
    (
        "passwords off",
        Verdict::Shut,
        T::NoWayOpen,
        "open-method.customers.password",
        Then::Password,
    ),
    (
        "passwords off for staff",
        Verdict::Shut,
        T::NoWayOpen,
        "open-method.staff.password",
        Then::Password,
    ),
    (
        "contact, all off",
        Verdict::Shut,
        T::NoWayOpen,
        "open-method.customers.email-code",
        Then::Code,
    ),
    (
        "codes off, one asked for",
        Verdict::Hindered,
        T::MethodOff,
        "send-password-reset",
        Then::Link,
    ),
    (
        "provider off",
        Verdict::Shut,
        T::NoWayOpen,
        "open-provider.customers.google",
        Then::Google,
    ),
    (
        "mail refused",
        Verdict::Hindered,
        T::MailRefused,
        "send-password-reset",
        Then::Link,
    ),
    (
        "mail expired",
        Verdict::Hindered,
        T::MailExpired,
        "send-password-reset",
        Then::Link,
    ),
    (
        "mail put off",
        Verdict::Hindered,
        T::MailDeferred,
        "send-mail-again",
        Then::Delivered,
    ),
    (
        "mail waits, untried",
        Verdict::Hindered,
        T::MailStuck,
        "send-mail-again",
        Then::Delivered,
    ),
    (
        "mail does not arrive",
        Verdict::Hindered,
        T::AddressUnreachable,
        "send-password-reset",
        Then::Link,
    ),
    (
        "invited, not used",
        Verdict::Hindered,
        T::InvitationOnItsWay,
        "invite-again",
        Then::Link,
    ),
    (
        "invitation expired",
        Verdict::Hindered,
        T::InvitationOver,
        "invite-again",
        Then::Link,
    ),
    (
        "invitation expired, codes off",
        Verdict::Shut,
        T::InvitationOver,
        "invite-again",
        Then::Link,
    ),
    (
        "invitation taken back",
        Verdict::Hindered,
        T::InvitationOver,
        "invite-again",
        Then::Link,
    ),
    (
        "invitation refused by the mail server",
        Verdict::Hindered,
        T::MailRefused,
        "invite-again",
        Then::Link,
    ),
    (
        "address never proved",
        Verdict::Unknown,
        T::AddressUnproved,
        "resend-address-proof",
        Then::Proof,
    ),
    (
        "unknown, sign-up open",
        Verdict::Unknown,
        T::UnknownMaySignUp,
        "invite",
        Then::Link,
    ),
    (
        "unknown, sign-up closed",
        Verdict::Unknown,
        T::Unknown,
        "invite",
        Then::Link,
    ),
    (
        "unknown, other domains",
        Verdict::Unknown,
        T::Unknown,
        "invite",
        Then::Link,
    ),
    (
        "portal link taken back",
        Verdict::Hindered,
        T::PortalLinkDead,
        "new-portal-link",
        Then::PortalLink,
    ),
    (
        "portal link expired",
        Verdict::Hindered,
        T::PortalLinkDead,
        "new-portal-link",
        Then::PortalLink,
    ),
    (
        "code wrong",
        Verdict::Hindered,
        T::CodeTrouble,
        "send-password-reset",
        Then::Link,
    ),
    (
        "code expired",
        Verdict::Hindered,
        T::CodeTrouble,
        "send-password-reset",
        Then::Link,
    ),
    (
        "code not used",
        Verdict::Hindered,
        T::CodeOnItsWay,
        "send-password-reset",
        Then::Link,
    ),
    (
        "reset asked for, not used",
        Verdict::Hindered,
        T::LinkOnItsWay,
        "send-password-reset",
        Then::Link,
    ),
    (
        "mailbox unproved, password right",
        Verdict::Hindered,
        T::MailboxProof,
        "send-password-reset",
        Then::Link,
    ),
    (
        "customer at the backup door",
        Verdict::Hindered,
        T::BackupDoor,
        "send-password-reset",
        Then::Link,
    ),
    (
        "sign-up though there is an account",
        Verdict::Hindered,
        T::SignUpClosed,
        "send-password-reset",
        Then::Link,
    ),
    (
        "second factor not shown",
        Verdict::Hindered,
        T::SecondFactorTrouble,
        "reset-second-factor",
        Then::Elsewhere,
    ),
    (
        "second factor wrong",
        Verdict::Hindered,
        T::SecondFactorTrouble,
        "reset-second-factor",
        Then::Elsewhere,
    ),
    (
        "not in the directory",
        Verdict::Shut,
        T::DirectoryNoRecord,
        "look-into-directory",
        Then::Elsewhere,
    ),
];

fn settings(state: &str, settings: &mut SecuritySettings) {
    settings.customers.passkey = false;
    match state {
        "contact, codes off"
        | "password waits, codes off"
        | "codes off, one asked for"
        | "invitation expired, codes off" => {
            settings.customers.email_code = false;
        }
        "passwords off" | "contact, all off" => {
            settings.customers.email_code = false;
            settings.customers.password = false;
        }
        "passwords off for staff" => settings.staff.password = false,
        "provider off" => {
            settings.customers.email_code = false;
            settings.customers.password = false;
            settings.customers.providers = Some(ProviderRule::Only(std::collections::BTreeSet::new()));
        }
        "not in the directory" => {
            settings.customers.email_code = false;
            settings.customers.password = false;
            settings.directory.required = true;
        }
        "unknown, sign-up closed" | "sign-up though there is an account" => settings.sign_up = SignUpRule::Closed,
        "unknown, other domains" => {
            settings.sign_up = SignUpRule::Domains {
                domains: vec!["elsewhere.example".to_owned()],
            };
        }
        _ => {}
    }
}

/// Who is there before anything goes wrong.
fn people(state: &str, house: &House) {
    let person = |email: &str| Person::customer(house.given.workspace.id, email);
    let person = match state {
        state if state.starts_with("unknown, ") || state.starts_with("invit") => return,
        "disabled" => person(EMAIL).disabled(),
        "disabled agent" => person(EMAIL).role(Role::Agent).disabled(),
        "contact, codes off" | "contact who tried a password" | "contact, all off" => {
            person(EMAIL).without_password().unproved()
        }
        "agent without a password" => person(EMAIL).role(Role::Agent).without_password(),
        "passwords off for staff" => person(EMAIL).role(Role::Agent),
        "second factor waits" | "second factor not shown" | "second factor wrong" => person(EMAIL).with_app(),
        "address never proved" => person("joanna@example.com").also(EMAIL, false),
        "mailbox unproved, password right" => person(EMAIL).unproved(),
        "provider off" | "not in the directory" => person(EMAIL).without_password(),
        _ => person(EMAIL),
    };
    house.given.person(person);
}

async fn delivered(house: &House, delivery: Delivery) {
    let outbox = &house.auth.ports().outbox;
    let now = house.auth.now();
    let lease = uuid::Uuid::from_u128(7);
    let until = now.plus(std::time::Duration::from_mins(1));
    for leased in outbox.lease(lease, now, until, 100).await.unwrap() {
        assert!(
            outbox
                .record(leased.mail.id, lease, delivery.clone(), now)
                .await
                .unwrap()
        );
    }
}

/// A mail server takes what waits.
async fn taken(house: &House) {
    let reply = "250 ok".to_owned();
    delivered(house, Delivery::Delivered { reply }).await;
}

async fn portal_link(house: &House) -> (RawToken, doorward_domain::ids::PortalLinkId) {
    let request = PortalLinkRequest {
        whom: Whom::Address(address(EMAIL)),
        return_to: ReturnTo::default(),
        life_seconds: None,
    };
    let links = house.auth.portal_links();
    let made = links
        .create(&Acting::operator(), &house.given.workspace, request)
        .await
        .unwrap();
    let token = made.url.rsplit('/').next().unwrap();
    (RawToken::parse(token).unwrap(), made.id)
}

async fn open(house: &House, token: &RawToken) -> OpenedPortalLink {
    let browser = house.browser();
    let links = house.auth.portal_links();
    links
        .open(&browser.caller, &house.given.workspace, token)
        .await
        .unwrap()
}

async fn wrong_passwords(house: &House, times: u32, apart: u64) {
    for _ in 0..times {
        house.browser().password(EMAIL, WRONG).await;
        house.wait(apart);
    }
}

async fn google(house: &House) -> SignInOutcome {
    let jo = arrived("google", "jo").authoritative(EMAIL);
    house.browser().as_arrived(&jo).await
}

/// Makes it go wrong.
async fn go_wrong(state: &str, house: &House) {
    let browser = house.browser();
    let workspace = &house.given.workspace;
    match state {
        "deleted" => {
            let jo = house.person(EMAIL).id;
            house
                .auth
                .departures()
                .delete(&Acting::operator(), workspace, jo)
                .await
                .unwrap();
        }
        "contact who tried a password" => drop(refused(browser.password(EMAIL, PASSWORD).await)),
        "wrong password" => drop(refused(browser.password(EMAIL, WRONG).await)),
        "password waits" | "password waits, codes off" => wrong_passwords(house, 6, 0).await,
        "a hundred wrong passwords" => wrong_passwords(house, 101, 3_600).await,
        "code waits" => {
            for _ in 0..2 {
                let flow = sent(browser.ask_code(EMAIL).await).flow;
                let wrong = other_than(&house.given.store.last_code_to(EMAIL).unwrap());
                for _ in 0..5 {
                    browser.redeem(flow, &wrong).await;
                }
                house.wait(120);
            }
        }
        "too many codes asked for" => {
            for _ in 0..4 {
                browser.ask_code(EMAIL).await;
                house.wait(61);
            }
        }
        "too many resets asked for" => {
            for _ in 0..4 {
                browser.forgot(EMAIL).await;
            }
        }
        "second factor waits" => {
            let needed = browser.at_second_step(EMAIL).await;
            for _ in 0..6 {
                browser.second(needed.flow, &house.wrong_app_code()).await;
            }
        }
        "network waits" => {
            for _ in 0..10 {
                house.browser().password("somebody-else@example.com", WRONG).await;
            }
            refused(browser.password(EMAIL, PASSWORD).await);
        }
        "codes off, one asked for" => drop(browser.ask_code(EMAIL).await),
        "mail refused" => {
            browser.forgot(EMAIL).await;
            let reply = "550 5.1.1 no such mailbox".to_owned();
            delivered(house, Delivery::Refused { reply }).await;
        }
        "mail expired" => {
            browser.forgot(EMAIL).await;
            delivered(house, Delivery::Expired).await;
        }
        "mail put off" => {
            browser.forgot(EMAIL).await;
            let retry_at = house.auth.now().plus(std::time::Duration::from_mins(1));
            let reply = "450 4.2.0 greylisted".to_owned();
            delivered(house, Delivery::Deferred { reply, retry_at }).await;
        }
        "mail waits, untried" => {
            browser.forgot(EMAIL).await;
            house.wait(5 * 60);
        }
        "mail does not arrive" => {
            browser.forgot(EMAIL).await;
            let reply = "550 5.1.1 no such mailbox".to_owned();
            delivered(house, Delivery::Refused { reply }).await;
            house.wait(60);
            // What came later, and was delivered, proves nothing: a server that takes a mail says nothing about its reader.
            let jo = house.person(EMAIL).id;
            let staff = house.auth.staff();
            let operator = Acting::operator();
            staff.send_password_reset(&operator, workspace, jo).await.unwrap();
            taken(house).await;
            browser.enter(EMAIL).await;
        }
        state if state.starts_with("invit") => {
            let people = house.auth.people();
            let operator = Acting::operator();
            people
                .mend(&operator, workspace, &address(EMAIL), "invite", None)
                .await
                .unwrap();
            if state == "invitation refused by the mail server" {
                let reply = "550 5.7.1 not today".to_owned();
                return delivered(house, Delivery::Refused { reply }).await;
            }
            taken(house).await;
            if state == "invitation taken back" {
                let jo = house.person(EMAIL).id;
                let staff = house.auth.staff();
                assert!(staff.revoke_invitation(&operator, workspace, jo).await.unwrap());
            }
            if state.starts_with("invitation expired") {
                house.wait(8 * 24 * 60 * 60);
            }
        }
        "portal link taken back" => {
            let (token, id) = portal_link(house).await;
            let jo = house.person(EMAIL).id;
            let links = house.auth.portal_links();
            assert!(links.revoke(&Acting::operator(), workspace, jo, id).await.unwrap());
            open(house, &token).await;
        }
        "portal link expired" => {
            let (token, _) = portal_link(house).await;
            house.wait(31 * 24 * 60 * 60);
            open(house, &token).await;
        }
        "code wrong" => {
            let flow = sent(browser.ask_code(EMAIL).await).flow;
            let wrong = other_than(&house.given.store.last_code_to(EMAIL).unwrap());
            house.wait(1);
            refused(browser.redeem(flow, &wrong).await);
        }
        "code expired" => {
            let flow = sent(browser.ask_code(EMAIL).await).flow;
            taken(house).await;
            house.wait(601);
            let code = house.given.store.last_code_to(EMAIL).unwrap();
            refused(browser.redeem(flow, &code).await);
        }
        "code not used" => drop(sent(browser.ask_code(EMAIL).await)),
        "reset asked for, not used" => drop(browser.forgot(EMAIL).await),
        "mailbox unproved, password right" => drop(sent(browser.password(EMAIL, PASSWORD).await)),
        "customer at the backup door" => drop(refused(browser.backup_login(EMAIL, PASSWORD).await)),
        "sign-up though there is an account" => drop(browser.sign_up("Jo", EMAIL, NEW).await),
        "second factor not shown" => drop(browser.at_second_step(EMAIL).await),
        "second factor wrong" => {
            let needed = browser.at_second_step(EMAIL).await;
            refused(browser.second(needed.flow, &house.wrong_app_code()).await);
        }
        _ => {}
    }
}

/// The settings of that workspace take effect.
fn put_settings(house: &House, changed: &Workspace) {
    let (security, portal) = (changed.security.clone(), changed.portal.clone());
    house.given.store.put_settings(changed.id, security, portal);
}

/// The settings as they are now.
async fn look_again(house: &mut House) {
    let workspaces = house.auth.ports().workspaces.clone();
    let found = workspaces.find(house.given.workspace.id).await.unwrap();
    house.given.workspace = found.unwrap();
}

async fn comes_in(house: &House, then: Then, mended: &Mended) {
    let browser = house.browser();
    match then {
        Then::Password => drop(signed_in(browser.password(EMAIL, PASSWORD).await)),
        Then::PasswordAndApp => {
            let needed = browser.at_second_step(EMAIL).await;
            signed_in(browser.second(needed.flow, &house.app_code(0)).await);
        }
        Then::Code => {
            let flow = sent(browser.ask_code(EMAIL).await).flow;
            let code = house.given.store.last_code_to(EMAIL).unwrap();
            signed_in(browser.redeem(flow, &code).await);
        }
        Then::Link | Then::Delivered => {
            if then == Then::Delivered {
                let outbox = &house.auth.ports().outbox;
                let (now, lease) = (house.auth.now(), uuid::Uuid::from_u128(8));
                let until = now.plus(std::time::Duration::from_mins(1));
                let due = outbox.lease(lease, now, until, 100).await.unwrap();
                assert!(
                    due.iter().any(|leased| leased.mail.to == address(EMAIL)),
                    "it is tried at once"
                );
            }
            let request = NewPassword {
                workspace: house.given.workspace.clone(),
                token: browser.last_token_to(EMAIL),
                password: Password::parse(NEW).unwrap(),
            };
            let set = house
                .auth
                .recovery()
                .reset_password(&browser.caller, request)
                .await
                .unwrap();
            assert!(matches!(set, ResetResult::Set), "{set:?}");
            signed_in(browser.password(EMAIL, NEW).await);
        }
        Then::PortalLink => {
            let Mended::PortalLink(made) = mended else {
                panic!("{mended:?}");
            };
            let token = RawToken::parse(made.url.rsplit('/').next().unwrap()).unwrap();
            let links = house.auth.portal_links();
            let opened = links
                .open(&browser.caller, &house.given.workspace, &token)
                .await
                .unwrap();
            let OpenedPortalLink::Code { outcome, .. } = opened else {
                panic!("the link opens nothing");
            };
            let code = house.given.store.last_code_to(EMAIL).unwrap();
            signed_in(browser.redeem(sent(outcome).flow, &code).await);
        }
        Then::Proof => {
            let token = browser.last_token_to(EMAIL);
            let accounts = house.auth.account();
            accounts
                .verify_email(&browser.caller, &house.given.workspace, &token)
                .await
                .unwrap();
            signed_in(browser.password(EMAIL, PASSWORD).await);
        }
        Then::Google => drop(signed_in(google(house).await)),
        Then::Elsewhere => {}
    }
}

#[tokio::test]
async fn c4_each_broken_state_gets_its_verdict_and_the_button_makes_the_sign_in_work() {
    assert!(STATES.len() >= 30);
    let mut wrong: Vec<String> = Vec::new();
    for (state, verdict, trouble, button, then) in STATES {
        let mut house = House::with(|_| {}, PolicySet::default()).await;
        house.provider.offer("google", "Google");
        people(state, &house);
        if matches!(*state, "provider off" | "not in the directory") {
            signed_in(google(&house).await);
        }
        let mut changed = house.given.workspace.clone();
        settings(state, &mut changed.security);
        put_settings(&house, &changed);
        house.given.workspace = changed;
        go_wrong(state, &house).await;

        let people = house.auth.people();
        let answer = people.explain(&house.given.workspace, &address(EMAIL)).await.unwrap();
        let diagnosis = answer.diagnosis;
        let first = diagnosis.troubles.first().map(|trouble| trouble.kind);
        let told = diagnosis.mends.first().map(doorward_domain::diagnosis::Mend::id);
        let told = told.unwrap_or_default();
        // A mail is named by its id.
        let is_told = told == *button || told.strip_prefix(button).is_some_and(|id| id.starts_with('.'));
        if (diagnosis.verdict, first, is_told) != (*verdict, Some(*trouble), true) {
            wrong.push(format!("{state}: {diagnosis:?}"));
            continue;
        }

        let acting = Acting::operator();
        let mended = people
            .mend(&acting, &house.given.workspace, &address(EMAIL), &told, None)
            .await;
        if *then == Then::Elsewhere {
            assert!(matches!(mended, Err(MendError::Elsewhere)), "{state}: {mended:?}");
            continue;
        }
        let mended = mended.unwrap_or_else(|error| panic!("{state}: {error}"));
        look_again(&mut house).await;
        comes_in(&house, *then, &mended).await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn c4_somebody_who_is_in_order_is_told_so() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.browser().enter(EMAIL).await;
    let people = house.auth.people();
    let answer = people.explain(&house.given.workspace, &address(EMAIL)).await.unwrap();
    assert_eq!(answer.diagnosis.verdict, Verdict::Open);
    assert_eq!(answer.diagnosis.troubles, []);
}

fn acting(role: Role, permissions: Permissions) -> Acting {
    Acting {
        rights: Rights { role, permissions },
        ..Acting::operator()
    }
}

#[tokio::test]
async fn r97_nobody_mends_what_they_may_not_or_for_whom_they_may_not() {
    let house = House::new().await;
    house.given.person(
        Person::customer(house.given.workspace.id, EMAIL)
            .role(Role::Admin)
            .disabled(),
    );
    let people = house.auth.people();
    let by = |role: Role, permissions: Permissions| {
        let house = &house;
        async move {
            let mut acting = acting(role, permissions);
            acting.actor = Actor::User(doorward_domain::ids::UserId::from_uuid(uuid::Uuid::from_u128(9)));
            let workspace = &house.given.workspace;
            people.mend(&acting, workspace, &address(EMAIL), "enable", None).await
        }
    };
    let agent = by(Role::Agent, Role::Agent.permissions()).await;
    assert!(matches!(agent, Err(MendError::Forbidden(_))), "{agent:?}");
    let more = Role::Agent
        .permissions()
        .with(Permission::CreateAndUpdateUsersAndOrganizations);
    let climber = by(Role::Agent, more).await;
    assert!(matches!(climber, Err(MendError::Person(_))), "{climber:?}");
    assert_eq!(house.person(EMAIL).status, UserStatus::Disabled);
    by(Role::Admin, Role::Admin.permissions()).await.unwrap();
    assert_eq!(house.audited(AuditAction::UserEnabled), 1);
}

#[tokio::test]
async fn r99_what_opens_the_door_for_all_takes_a_fresh_proof() {
    let house = House::with(|settings| settings.customers.email_code = false, PolicySet::default()).await;
    house.given.customer(EMAIL);
    let owner = house.given.owner("owner@example.com");
    let acting = Acting {
        actor: Actor::User(owner.id),
        ..Acting::operator()
    };
    let button = "open-method.customers.email-code";
    let people = house.auth.people();
    let workspace = &house.given.workspace;
    let stale = people.mend(&acting, workspace, &address(EMAIL), button, None).await;
    assert!(matches!(stale, Err(MendError::NeedsFreshProof)), "{stale:?}");
    let browser = house.browser();
    let session = browser.enter("owner@example.com").await.session;
    let proof = browser.fresh(&session);
    people
        .mend(&acting, workspace, &address(EMAIL), button, Some(proof))
        .await
        .unwrap();
}

#[tokio::test]
async fn c4_only_what_the_check_offers_is_done() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let people = house.auth.people();
    for wanted in [
        "enable",
        "restore",
        "open-method.staff.email-code",
        "invite",
        "",
        "no-such-thing",
    ] {
        let acting = Acting::operator();
        let answer = people
            .mend(&acting, &house.given.workspace, &address(EMAIL), wanted, None)
            .await;
        assert!(matches!(answer, Err(MendError::NotOffered)), "{wanted}: {answer:?}");
    }
}
