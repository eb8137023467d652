//! *Set password* and *Reset two-factor authentication* of somebody who calls (C2, C10), and deleting somebody: each asks
//! for what has to be shown first.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::SignInError;
use doorward_auth::people::challenge_caller::{CallerError, CallerRequest, ChallengeBy};
use doorward_auth::people::delete_person::DeletePersonError;
use doorward_domain::caller_challenge::{CallerAction, CallerChallenge, CallerState, CallerWay};
use doorward_domain::ids::{CallerChallengeId, EmailId, UserId};
use doorward_domain::ports::ChallengeTried;
use doorward_domain::role::Permission;
use doorward_domain::user::{User, UserStatus};
use doorward_domain::words::Words;

use super::Desk;
use crate::extract::Form;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::notice::Notice;
use crate::pages::visit::see_other;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::When;
use crate::render::views::admin::{
    AdminCaller, AdminCallerBegin, AdminConfirm, AdminTemporaryPassword, CallerRow, CallerWayRow,
};
use crate::render::views::{FieldError, Refusal};
use crate::site::SiteState;

const PASSWORD: &str = "/admin/users/{id}/password";
const RESET: &str = "/admin/users/{id}/two-factor/reset";

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(PASSWORD, get(show_password).post(begin_password))
        .route(RESET, get(show_reset).post(begin_reset))
        .route("/admin/users/{id}/callers/{challenge}", get(show))
        .route("/admin/users/{id}/callers/{challenge}/code", post(try_code))
        .route("/admin/users/{id}/callers/{challenge}/cancel", post(cancel))
        .route("/admin/users/{id}/callers/{challenge}/carry-out", post(carry_out))
        .route("/admin/users/{id}/delete", get(ask_delete).post(delete))
        .route("/admin/users/{id}/restore", post(restore))
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound)
}

fn page_of(user: UserId) -> String {
    format!("/admin/users/{user}")
}

/// The two things that can be done, by the pages where they begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Password,
    Reset,
}

impl Wanted {
    const fn of(action: CallerAction) -> Self {
        match action {
            CallerAction::SetPassword => Self::Password,
            CallerAction::ResetTwoFactor | CallerAction::ResetTwoFactorAndPasskeys => Self::Reset,
        }
    }

    fn path(self, user: UserId) -> String {
        let page = page_of(user);
        match self {
            Self::Password => format!("{page}/password"),
            Self::Reset => format!("{page}/two-factor/reset"),
        }
    }

    fn title(self) -> Words {
        match self {
            Self::Password => Words::key("caller-set-password-title"),
            Self::Reset => Words::key("caller-reset-title"),
        }
    }

    fn what(self) -> Words {
        match self {
            Self::Password => Words::key("caller-set-password-what"),
            Self::Reset => Words::key("caller-reset-what"),
        }
    }
}

/// What an action is called.
pub(in crate::pages) fn words_of(action: CallerAction) -> Words {
    match action {
        CallerAction::SetPassword => Words::key("caller-for-set-password"),
        CallerAction::ResetTwoFactor => Words::key("caller-for-reset-two-factor"),
        CallerAction::ResetTwoFactorAndPasskeys => Words::key("caller-for-reset-two-factor-and-passkeys"),
    }
}

fn refusal(code: &str, words: Words) -> Refusal {
    Refusal {
        code: code.to_owned(),
        words,
        help_code: None,
        directory: None,
    }
}

/// The person, where whoever sits here may do such things to them at all (R97). Who cannot be reached is told so; who is not
/// there is not.
async fn person(desk: &Desk, id: &str) -> Result<User, Fault> {
    let id: UserId = id.parse().map_err(|_id| missing())?;
    let found = desk.visit().state.auth.people().find(desk.workspace(), id).await?;
    let user = found.ok_or_else(missing)?;
    if desk.session().rights().reach(user.rights()) {
        Ok(user)
    } else {
        Err(Fault::new(FaultKind::Forbidden))
    }
}

fn fault_of(error: CallerError) -> Result<Refusal, Fault> {
    Ok(match error {
        CallerError::NobodyThere | CallerError::NotOpen => return Err(missing()),
        CallerError::OutOfReach | CallerError::NotPermitted => return Err(Fault::new(FaultKind::Forbidden)),
        CallerError::Oneself => refusal("oneself", Words::key("caller-oneself")),
        CallerError::NoMailbox => refusal("email-missing", Words::key("caller-no-mailbox")),
        CallerError::TryLater { .. } => refusal("try-later", Words::key("caller-try-later")),
        CallerError::Hasher(error) => return Err(SignInError::from(error).into()),
        CallerError::Port(error) => return Err(error.into()),
        _ => return Err(Fault::new(FaultKind::Internal)),
    })
}

async fn begin_page(
    desk: &Desk,
    user: &User,
    wanted: Wanted,
    situation: Situation,
    (errors, refusal): (Vec<FieldError>, Option<Refusal>),
) -> Result<Response, Fault> {
    let auth = &desk.visit().state.auth;
    if user.status == UserStatus::Deleted {
        return Err(missing());
    }
    let mut ways: Vec<CallerWayRow> = user
        .emails
        .iter()
        .filter(|email| email.verified_at.is_some())
        .map(|email| CallerWayRow {
            value: email.id.to_string(),
            label: Words::key("caller-way-mailbox").with("address", email.address.as_str()),
            hint: Words::key("caller-way-mailbox-hint"),
        })
        .collect();
    ways.push(CallerWayRow {
        value: "session".to_owned(),
        label: Words::key("caller-way-session"),
        hint: Words::key("caller-way-session-hint").with("url", "/account/requests"),
    });
    if desk.may(Permission::ActWithoutCallerChallenge) {
        let hours = auth.config().limits.caller_challenge_delay_seconds.div_ceil(3_600);
        ways.push(CallerWayRow {
            value: "delay".to_owned(),
            label: Words::key("caller-way-delay"),
            hint: Words::key("caller-way-delay-hint").with("hours", hours),
        });
    }
    let (now, zone, acting) = (auth.now(), desk.zone(), desk.acting());
    let under_way = auth.callers().under_way(desk.workspace(), user.id).await?;
    let page = page_of(user.id);
    let view = AdminCallerBegin {
        who: user.display_name(),
        title: wanted.title(),
        what: wanted.what(),
        action: wanted.path(user.id),
        passkeys: wanted == Wanted::Reset,
        ways,
        under_way: under_way
            .iter()
            .map(|challenge| CallerRow {
                action: words_of(challenge.action),
                state: match challenge.state(now) {
                    CallerState::Open => Words::key("caller-state-open"),
                    _ => Words::key("caller-state-waiting"),
                },
                at: When::of(challenge.created_at, &zone),
                page: (challenge.asked_by == acting.actor).then(|| format!("{page}/callers/{}", challenge.id)),
                cancel: format!("{page}/callers/{}/cancel", challenge.id),
            })
            .collect(),
        errors,
        refusal,
        back: page,
    };
    desk.page(situation, &view)
}

async fn show_password(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    begin_page(&desk, &user, Wanted::Password, Situation::Shown, (Vec::new(), None)).await
}

async fn show_reset(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    begin_page(&desk, &user, Wanted::Reset, Situation::Shown, (Vec::new(), None)).await
}

async fn begin_password(desk: Desk, Path(id): Path<String>, Form(form): Form<Sent>) -> Result<Response, Fault> {
    begin(&desk, &id, &form, Wanted::Password).await
}

async fn begin_reset(desk: Desk, Path(id): Path<String>, Form(form): Form<Sent>) -> Result<Response, Fault> {
    begin(&desk, &id, &form, Wanted::Reset).await
}

async fn begin(desk: &Desk, id: &str, form: &Sent, wanted: Wanted) -> Result<Response, Fault> {
    let user = person(desk, id).await?;
    match desk.fresh(form).await? {
        Leave::Given(given) => given.seal(&desk.member, begun(desk, &user, form, wanted).await),
        Leave::Asked(response) => Ok(response),
    }
}

async fn begun(desk: &Desk, user: &User, form: &Sent, wanted: Wanted) -> Result<Response, Fault> {
    let by = match form.get("by") {
        "session" => Some(ChallengeBy::Session),
        "delay" => Some(ChallengeBy::Delay),
        mailbox => mailbox.parse::<EmailId>().ok().map(ChallengeBy::Mailbox),
    };
    let Some(by) = by else {
        let errors = vec![FieldError::new("by", Words::key("caller-choose"))];
        return begin_page(desk, user, wanted, Situation::Unfit, (errors, None)).await;
    };
    let action = match (wanted, form.get("passkeys").is_empty()) {
        (Wanted::Password, _) => CallerAction::SetPassword,
        (Wanted::Reset, true) => CallerAction::ResetTwoFactor,
        (Wanted::Reset, false) => CallerAction::ResetTwoFactorAndPasskeys,
    };
    let request = CallerRequest {
        user: user.id,
        action,
        by,
    };
    let callers = desk.visit().state.auth.callers();
    match callers.challenge(&desk.acting(), desk.workspace(), request).await {
        Ok(challenge) => {
            (desk.visit().state.mail_promised)();
            see_other(&format!("{}/callers/{}", page_of(user.id), challenge.id))
        }
        Err(error) => {
            let situation = match error {
                CallerError::TryLater { .. } => Situation::TooManyTries,
                _ => Situation::Conflict,
            };
            let told = fault_of(error)?;
            begin_page(desk, user, wanted, situation, (Vec::new(), Some(told))).await
        }
    }
}

/// The challenge of an address, of whoever sits here.
async fn challenge(desk: &Desk, user: UserId, id: &str) -> Result<CallerChallenge, Fault> {
    let id: CallerChallengeId = id.parse().map_err(|_id| missing())?;
    let callers = desk.visit().state.auth.callers();
    let found = callers.look(&desk.acting(), desk.workspace(), user, id).await?;
    found.ok_or_else(missing)
}

fn challenge_page(
    desk: &Desk,
    user: &User,
    challenge: &CallerChallenge,
    situation: Situation,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let (now, zone) = (desk.visit().state.auth.now(), desk.zone());
    let state = challenge.state(now);
    let waits_for_code = state == CallerState::Waiting && matches!(challenge.way, CallerWay::Mailbox { .. });
    let (says, at) = match (state, &challenge.way) {
        (CallerState::Waiting, CallerWay::Mailbox { .. }) => {
            (Words::key("caller-says-code"), Some(challenge.expires_at))
        }
        (CallerState::Waiting, CallerWay::Session) => (Words::key("caller-says-session"), Some(challenge.expires_at)),
        (CallerState::Waiting, CallerWay::Delay { due_at }) if challenge.action.happens_by_itself() => {
            (Words::key("caller-says-delay-itself"), Some(*due_at))
        }
        (CallerState::Waiting, CallerWay::Delay { due_at }) => (Words::key("caller-says-delay"), Some(*due_at)),
        (CallerState::Open, _) => (Words::key("caller-says-open"), Some(challenge.expires_at)),
        (CallerState::Spent, _) => (Words::key("caller-says-spent"), None),
        (CallerState::Over, _) => (Words::key("caller-says-over"), None),
        (CallerState::Refused, _) => (Words::key("caller-says-refused"), None),
        (CallerState::Cancelled, _) => (Words::key("caller-says-cancelled"), None),
        (CallerState::Used, _) => (Words::key("caller-says-used"), None),
    };
    let wanted = Wanted::of(challenge.action);
    let back = page_of(user.id);
    let view = AdminCaller {
        who: user.display_name(),
        title: wanted.title(),
        state: state.as_str(),
        says,
        code: waits_for_code,
        at: at.map(|at| When::of(at, &zone)),
        page: format!("{back}/callers/{}", challenge.id),
        button: match wanted {
            Wanted::Password => Words::key("caller-do-set-password"),
            Wanted::Reset => Words::key("caller-do-reset"),
        },
        again: wanted.path(user.id),
        errors,
        back,
    };
    desk.page(situation, &view)
}

async fn show(desk: Desk, Path((id, challenge_id)): Path<(String, String)>) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    let challenge = challenge(&desk, user.id, &challenge_id).await?;
    challenge_page(&desk, &user, &challenge, Situation::Shown, Vec::new())
}

async fn try_code(
    desk: Desk,
    Path((id, challenge_id)): Path<(String, String)>,
    Form(form): Form<Sent>,
) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    let found = challenge(&desk, user.id, &challenge_id).await?;
    let typed = form.get("code").trim();
    if typed.is_empty() {
        let errors = vec![FieldError::new("code", Words::key("caller-code-missing"))];
        return challenge_page(&desk, &user, &found, Situation::Unfit, errors);
    }
    let callers = desk.visit().state.auth.callers();
    let whose = (user.id, found.id);
    let tried = callers.try_code(&desk.acting(), desk.workspace(), whose, typed).await;
    match tried.map_err(|error| fault_of(error).map_or_else(|fault| fault, |_told| Fault::new(FaultKind::Forbidden)))? {
        ChallengeTried::Proved | ChallengeTried::Closed => {
            see_other(&format!("{}/callers/{}", page_of(user.id), found.id))
        }
        ChallengeTried::Wrong(left) => {
            let errors = vec![FieldError::new(
                "code",
                Words::key("caller-code-wrong").with("count", left),
            )];
            let now = challenge(&desk, user.id, &challenge_id).await?;
            challenge_page(&desk, &user, &now, Situation::Unfit, errors)
        }
    }
}

async fn cancel(
    desk: Desk,
    Path((id, challenge_id)): Path<(String, String)>,
    Form(_form): Form<Sent>,
) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    let challenge_id: CallerChallengeId = challenge_id.parse().map_err(|_id| missing())?;
    let callers = desk.visit().state.auth.callers();
    let cancelled = callers
        .cancel(&desk.acting(), desk.workspace(), (user.id, challenge_id))
        .await;
    match cancelled {
        Ok(true) => {
            (desk.visit().state.mail_promised)();
            desk.done(&page_of(user.id), Notice::CallerCancelled)
        }
        Ok(false) => Err(missing()),
        Err(error) => Err(fault_of(error).map_or_else(|fault| fault, |_told| Fault::new(FaultKind::Forbidden))),
    }
}

async fn carry_out(
    desk: Desk,
    Path((id, challenge_id)): Path<(String, String)>,
    Form(form): Form<Sent>,
) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    let found = challenge(&desk, user.id, &challenge_id).await?;
    match desk.fresh(&form).await? {
        Leave::Given(given) => given.seal(&desk.member, carried_out(&desk, &user, &found).await),
        Leave::Asked(response) => Ok(response),
    }
}

async fn carried_out(desk: &Desk, user: &User, found: &CallerChallenge) -> Result<Response, Fault> {
    let callers = desk.visit().state.auth.callers();
    let (acting, whose) = (desk.acting(), (user.id, found.id));
    let done = match Wanted::of(found.action) {
        Wanted::Password => callers.set_password(&acting, desk.workspace(), whose).await.map(Some),
        Wanted::Reset => callers
            .reset_two_factor(&acting, desk.workspace(), whose)
            .await
            .map(|()| None),
    };
    match done {
        Ok(made) => {
            (desk.visit().state.mail_promised)();
            match made {
                Some(made) => {
                    let view = AdminTemporaryPassword {
                        who: user.display_name(),
                        password: made.password.expose().to_owned(),
                        until: When::of(made.until, &desk.zone()),
                        back: page_of(user.id),
                    };
                    desk.page(Situation::Shown, &view)
                }
                None => desk.done(&page_of(user.id), Notice::TwoFactorReset),
            }
        }
        // It ended in the meantime, or was never proved: the page says which.
        Err(CallerError::NotOpen) => {
            let now = challenge(desk, user.id, &found.id.to_string()).await?;
            challenge_page(desk, user, &now, Situation::Conflict, Vec::new())
        }
        Err(error) => Err(fault_of(error).map_or_else(|fault| fault, |_told| Fault::new(FaultKind::Forbidden))),
    }
}

fn days(desk: &Desk) -> u32 {
    desk.visit()
        .state
        .auth
        .config()
        .limits
        .deletion_undo_seconds
        .div_ceil(86_400)
}

fn delete_page(desk: &Desk, user: &User) -> AdminConfirm {
    let page = page_of(user.id);
    AdminConfirm {
        title: Words::key("delete-person-title").with("name", user.display_name()),
        what: vec![
            Words::key("delete-person-what"),
            Words::key("delete-person-undo").with("days", days(desk)),
        ],
        action: format!("{page}/delete"),
        carried: Vec::new(),
        button: Words::key("delete-person-button"),
        danger: true,
        back: page,
    }
}

async fn ask_delete(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    if user.status == UserStatus::Deleted {
        return Err(missing());
    }
    desk.page(Situation::Shown, &delete_page(&desk, &user))
}

fn refused_deletion(desk: &Desk, user: &User, error: DeletePersonError) -> Result<Response, Fault> {
    let words = match error {
        DeletePersonError::NobodyThere => return Err(missing()),
        DeletePersonError::OutOfReach => return Err(Fault::new(FaultKind::Forbidden)),
        DeletePersonError::Oneself => Words::key("delete-person-oneself"),
        DeletePersonError::LastOwner => Words::key("delete-person-last-owner"),
        DeletePersonError::LastWayIn => Words::key("person-last-way-in"),
        DeletePersonError::Port(error) => return Err(error.into()),
        _ => return Err(Fault::new(FaultKind::Internal)),
    };
    let page = AdminConfirm {
        what: vec![words],
        ..delete_page(desk, user)
    };
    desk.page(Situation::Conflict, &page)
}

async fn delete(desk: Desk, Path(id): Path<String>, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let departures = desk.visit().state.auth.departures();
    let outcome = match departures.delete(&desk.acting(), desk.workspace(), user.id).await {
        Ok(_until) => {
            (desk.visit().state.mail_promised)();
            desk.done(&page_of(user.id), Notice::PersonDeleted)
        }
        Err(error) => refused_deletion(&desk, &user, error),
    };
    given.seal(&desk.member, outcome)
}

async fn restore(desk: Desk, Path(id): Path<String>, Form(_form): Form<Sent>) -> Result<Response, Fault> {
    let user = person(&desk, &id).await?;
    let departures = desk.visit().state.auth.departures();
    match departures.restore(&desk.acting(), desk.workspace(), user.id).await {
        Ok(()) => {
            (desk.visit().state.mail_promised)();
            desk.done(&page_of(user.id), Notice::PersonRestored)
        }
        Err(error) => refused_deletion(&desk, &user, error),
    }
}
