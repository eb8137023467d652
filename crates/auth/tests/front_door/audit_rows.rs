//! R101: each thing that matters leaves one row that says who did what to whom, when, from where and with which outcome.

use std::path::Path;

use doorward_auth::Acting;
use doorward_auth::account::change_password::ChangedPassword;
use doorward_auth::account::edit_profile::{ProfileForm, SavedProfile};
use doorward_auth::account::sign_up::SignUpOutcome;
use doorward_auth::people::challenge_caller::ChallengeBy;
use doorward_auth::people::edit_person::PersonEdit;
use doorward_auth::people::invite::NewPerson;
use doorward_auth::recovery::reset_password::{NewPassword, ResetResult};
use doorward_auth::sign_in::replace_temporary_password::{Replaced, ReplacedPassword};
use doorward_domain::audit::{Actor, AuditAction, AuditEntry};
use doorward_domain::caller_challenge::CallerAction;
use doorward_domain::ids::{FlowId, UserId};
use doorward_domain::ports::EmailChanged;
use doorward_domain::role::{Role, RoleChoice};
use doorward_domain::secret::Password;
use doorward_domain::session::MAX_SESSIONS_PER_USER;
use doorward_domain::sign_in::FlowPurpose;
use doorward_domain::testing::{PASSWORD, address};

use crate::add_email::id_of;
use crate::callers;
use crate::house::{Browser, House, refused, second_step, sent, signed_in};
use crate::make_email_primary::make_primary;
use crate::send_password_reset::at_work;
use crate::verify_email::add_proved;

const JO: &str = "jo@example.com";
const NEW: &str = "seven quiet lanterns";

/// The rows that were written since it began to watch.
struct Watch<'a> {
    house: &'a House,
    seen: usize,
}

impl<'a> Watch<'a> {
    fn begin(house: &'a House) -> Self {
        let seen = house.given.store.audit_rows().len();
        Self { house, seen }
    }

    /// The one row of that action that was written since the last look: by whom, on whom, now, from here.
    fn one(&mut self, action: AuditAction, actor: &Actor, subject: Option<UserId>) -> AuditEntry {
        let row = self.only(action, actor, subject);
        let here = self.house.browser().caller.client;
        let from = row.client.as_ref();
        assert_eq!(
            from.map(|from| (from.address, from.user_agent.as_str(), from.request)),
            Some((here.address, here.user_agent.as_str(), here.request)),
            "{action:?}: from where"
        );
        row
    }

    /// The same, of what no request did.
    fn only(&mut self, action: AuditAction, actor: &Actor, subject: Option<UserId>) -> AuditEntry {
        let rows = self.house.given.store.audit_rows();
        let mut of_it = rows.iter().skip(self.seen).filter(|row| row.action == action);
        let row = of_it.next().unwrap_or_else(|| panic!("no row of {action:?}")).clone();
        assert_eq!(of_it.next(), None, "{action:?}: more than one row");
        self.seen = rows.len();
        assert_eq!(row.workspace, self.house.given.workspace.id, "{action:?}: where");
        assert_eq!(row.at, self.house.auth.now(), "{action:?}: when");
        assert_eq!((&row.actor, row.subject), (actor, subject), "{action:?}: who, and whom");
        row
    }
}

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn signing_up(outcome: SignUpOutcome) -> FlowId {
    match outcome {
        SignUpOutcome::Attempt(attempt) => sent(attempt).flow,
        SignUpOutcome::PasswordProblems(problems) => panic!("{problems:?}"),
    }
}

#[tokio::test]
async fn r101_an_attempt_is_written_down_whether_it_goes_well_goes_on_or_fails() {
    let house = House::new().await;
    let jo = house.given.with_two_factor(JO).id;
    let mut watch = Watch::begin(&house);
    let browser = house.browser();
    refused(browser.password(JO, "not the password").await);
    let row = watch.one(AuditAction::SignInRefused, &Actor::Anonymous, Some(jo));
    assert_eq!(row.outcome, "wrong-password");
    refused(browser.password("nobody@example.com", PASSWORD).await);
    let row = watch.one(AuditAction::SignInRefused, &Actor::Anonymous, None);
    assert_eq!(row.outcome, "unknown-address");
    let needed = browser.at_second_step(JO).await;
    watch.one(AuditAction::SignInContinued, &Actor::Anonymous, Some(jo));
    refused(browser.second(needed.flow, &house.wrong_app_code()).await);
    let row = watch.one(AuditAction::SignInRefused, &Actor::Anonymous, Some(jo));
    assert_eq!(row.outcome, "second-factor-wrong");
    let session = signed_in(browser.second(needed.flow, &house.app_code(0)).await);
    let row = watch.one(AuditAction::SignedIn, &Actor::User(jo), Some(jo));
    assert_eq!(row.outcome, "granted");
    let (client, workspace) = (&browser.caller.client, &house.given.workspace);
    let (sign_in, token) = (house.auth.sign_in(), session.token.digest());
    let ended = sign_in.sign_out(client, workspace, &token, jo);
    assert!(ended.await.unwrap());
    watch.one(AuditAction::SignedOut, &Actor::User(jo), Some(jo));
}

#[tokio::test]
async fn r101_a_session_that_another_one_ends_is_written_down() {
    let house = House::new().await;
    let (jo, mo) = (house.given.customer(JO).id, house.given.customer("mo@example.com").id);
    let mut browser = house.browser();
    let first = browser.enter(JO).await;
    let mut watch = Watch::begin(&house);
    browser.caller.previous_session = Some(first.token.digest());
    browser.enter("mo@example.com").await;
    watch.one(AuditAction::SessionReplaced, &Actor::User(mo), Some(jo));
    assert!(!house.is_live(&first).await);

    let house = House::crowded(|_| {}).await;
    let jo = house.given.customer(JO).id;
    for _ in 0..MAX_SESSIONS_PER_USER {
        house.browser().enter(JO).await;
    }
    let mut watch = Watch::begin(&house);
    house.browser().enter(JO).await;
    watch.one(AuditAction::SessionPushedOut, &Actor::User(jo), Some(jo));
    assert_eq!(house.audited(AuditAction::SessionReplaced), 0);
}

#[tokio::test]
async fn r101_what_is_asked_for_by_mail_and_what_comes_of_it() {
    let house = House::new().await;
    let jo = house.given.known_contact(JO).id;
    let mut watch = Watch::begin(&house);
    let browser = house.browser();
    let flow = sent(browser.ask_code(JO).await).flow;
    watch.one(AuditAction::CodeRequested, &Actor::Anonymous, Some(jo));
    sent(browser.ask_code("nobody@example.com").await);
    watch.one(AuditAction::CodeRequested, &Actor::Anonymous, None);
    let code = house.given.store.last_code_to(JO).unwrap();
    signed_in(browser.redeem(flow, &code).await);
    watch.one(AuditAction::EmailProved, &Actor::User(jo), Some(jo));

    browser.forgot(JO).await;
    watch.one(AuditAction::ResetRequested, &Actor::Anonymous, Some(jo));
    browser.forgot("nobody@example.com").await;
    watch.one(AuditAction::ResetRequested, &Actor::Anonymous, None);
    let request = NewPassword {
        workspace: house.given.workspace.clone(),
        token: browser.token_of_last("reset-link", JO),
        password: password(NEW),
    };
    let set = house.auth.recovery().reset_password(&browser.caller, request);
    assert!(matches!(set.await.unwrap(), ResetResult::Set));
    watch.one(AuditAction::PasswordReset, &Actor::User(jo), Some(jo));
}

#[tokio::test]
async fn r101_an_account_that_is_claimed_by_signing_up_tells_of_its_mailbox_and_of_its_password() {
    // Never proved before, proved before, and nobody's.
    for (person, rows) in [
        (Some(false), &[AuditAction::EmailProved, AuditAction::PasswordSet][..]),
        (Some(true), &[AuditAction::PasswordSet]),
        (None, &[AuditAction::UserCreated]),
    ] {
        let house = House::new().await;
        let known = person.map(|proved| {
            if proved {
                house.given.without_password(JO).id
            } else {
                house.given.known_contact(JO).id
            }
        });
        let browser = house.browser();
        let mut watch = Watch::begin(&house);
        let flow = signing_up(browser.sign_up("Jo", JO, NEW).await);
        watch.one(AuditAction::SignUpBegun, &Actor::Anonymous, known);
        let code = house.given.store.last_code_to(JO).unwrap();
        signed_in(browser.redeem_for(flow, FlowPurpose::SignUp, &code).await);
        let jo = house.person(JO).id;
        let written = house.given.store.audit_rows();
        let changes: Vec<AuditAction> = written
            .iter()
            .skip(watch.seen)
            .map(|row| row.action)
            .filter(|action| *action != AuditAction::SignedIn)
            .collect();
        assert_eq!(changes, rows, "{person:?}");
        let seen = watch.seen;
        for action in rows {
            watch.seen = seen;
            watch.one(*action, &Actor::User(jo), Some(jo));
        }
    }
}

#[tokio::test]
async fn r101_what_people_change_of_their_own() {
    let house = House::new().await;
    let jo = house.given.customer(JO).id;
    let himself = Actor::User(jo);
    let browser = house.browser();
    let session = browser.enter(JO).await.session;
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let mut watch = Watch::begin(&house);
    let changed = account.change_password(&browser.caller, workspace, browser.fresh(&session), password(NEW));
    assert_eq!(changed.await.unwrap(), ChangedPassword::Changed);
    watch.one(AuditAction::PasswordSet, &himself, Some(jo));
    let form = ProfileForm {
        name: Some("Jo Doe".to_owned()),
        language: String::new(),
        time_zone: "Europe/Berlin".to_owned(),
        languages: Vec::new(),
    };
    let saved = account
        .save_profile(&browser.caller, workspace, jo, form)
        .await
        .unwrap();
    assert!(matches!(saved, SavedProfile::Saved(_)), "{saved:?}");
    watch.one(AuditAction::ProfileChanged, &himself, Some(jo));
    add_proved(&browser, &session, "second@example.com").await;
    let before = watch.seen;
    watch.one(AuditAction::EmailAdded, &himself, Some(jo));
    watch.seen = before;
    watch.one(AuditAction::EmailProved, &himself, Some(jo));
    let id = id_of(&house, "second@example.com");
    assert_eq!(make_primary(&browser, &session, id).await, EmailChanged::Done);
    watch.one(AuditAction::EmailMadePrimary, &himself, Some(jo));
    house
        .auth
        .foundings()
        .ticket(&browser.caller, workspace, jo)
        .await
        .unwrap();
    watch.one(AuditAction::TicketIssued, &himself, Some(jo));
}

#[tokio::test]
async fn r101_what_staff_does_for_people() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    let mut watch = Watch::begin(&house);
    let wanted = NewPerson {
        address: address(JO),
        name: "Jo".to_owned(),
        role: RoleChoice::BuiltIn(Role::Customer),
        organisations: Vec::new(),
        invite: false,
    };
    let jo = desk.add(&admin, workspace, wanted).await.unwrap().id;
    watch.one(AuditAction::UserCreated, &admin.actor, Some(jo));
    desk.invite(&admin, workspace, jo).await.unwrap();
    watch.one(AuditAction::InvitationSent, &admin.actor, Some(jo));
    assert!(desk.revoke_invitation(&admin, workspace, jo).await.unwrap());
    watch.one(AuditAction::InvitationRevoked, &admin.actor, Some(jo));
    let edit = PersonEdit {
        name: Some("Jo Doe".to_owned()),
        ..PersonEdit::default()
    };
    desk.edit(&admin, workspace, jo, edit).await.unwrap();
    watch.one(AuditAction::UserUpdated, &admin.actor, Some(jo));
    let people = house.auth.people();
    people
        .set_password(Actor::Operator, workspace, &address(JO), password(NEW))
        .await
        .unwrap();
    watch.only(AuditAction::PasswordSet, &Actor::Operator, Some(jo));
}

#[tokio::test]
async fn r101_what_is_announced_for_a_caller_and_a_temporary_password_that_goes() {
    let house = House::new().await;
    let jo = house.given.customer(JO);
    let owner = at_work(&house, Role::Owner);
    let mut watch = Watch::begin(&house);
    let begun = callers::begin(&house, &owner, &jo, CallerAction::ResetTwoFactor, ChallengeBy::Delay).await;
    begun.unwrap();
    watch.one(AuditAction::CallerActionAnnounced, &owner.actor, Some(jo.id));

    let challenge = callers::proved(&house, &owner, &jo, CallerAction::SetPassword).await;
    let desk = house.auth.callers();
    let made = desk.set_password(&owner, &house.given.workspace, (jo.id, challenge.id));
    let temporary = made.await.unwrap().password.expose().to_owned();
    watch.one(AuditAction::TemporaryPasswordSet, &owner.actor, Some(jo.id));
    let browser = house.browser();
    let flow = second_step(browser.password(JO, &temporary).await).flow;
    let replaced = replace(&browser, flow).await;
    assert!(matches!(replaced, Replaced::Set(_)), "{replaced:?}");
    watch.one(AuditAction::TemporaryPasswordReplaced, &Actor::User(jo.id), Some(jo.id));
}

async fn replace(browser: &Browser<'_>, flow: FlowId) -> Replaced {
    let request = ReplacedPassword {
        workspace: browser.house.given.workspace.clone(),
        flow,
        password: password(NEW),
    };
    let sign_in = browser.house.auth.sign_in();
    let replaced = sign_in.replace_temporary_password(&browser.caller, request);
    replaced.await.unwrap()
}

#[tokio::test]
async fn r101_a_budget_that_is_used_up_and_waits_that_are_ended() {
    let house = House::new().await;
    let jo = house.given.customer(JO).id;
    let browser = house.browser();
    let mut watch = Watch::begin(&house);
    for _ in 0..5 {
        refused(browser.password(JO, "not the password").await);
    }
    watch.seen = house.given.store.audit_rows().len();
    refused(browser.password(JO, PASSWORD).await);
    let row = watch.one(AuditAction::LimitHit, &Actor::Anonymous, None);
    assert_eq!(row.outcome, "budget-address");
    let (people, operator) = (house.auth.people(), Acting::operator());
    people
        .mend(&operator, &house.given.workspace, &address(JO), "clear-waits", None)
        .await
        .unwrap();
    watch.only(AuditAction::WaitsCleared, &Actor::Operator, Some(jo));
}

/// What can be written down is written down in a test: by the use cases here, or by the stores in their contract.
#[test]
fn r101_no_kind_of_row_goes_untested() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for folder in ["tests/front_door", "../domain/src/testing/contract"] {
        for file in std::fs::read_dir(here.join(folder)).unwrap() {
            sources.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
        }
    }
    let untested: Vec<_> = AuditAction::ALL
        .iter()
        .filter(|action| {
            let named = format!("AuditAction::{action:?}");
            !sources.match_indices(&named).any(|(at, _)| {
                let next = sources[at + named.len()..].chars().next();
                !next.is_some_and(char::is_alphanumeric)
            })
        })
        .collect();
    assert!(untested.is_empty(), "no test looks for {untested:?}");
}
