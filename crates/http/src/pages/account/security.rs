//! `/account/security`: password, passkeys, sessions and ways back in (A5, A7, B10, R11).

use axum::response::Response;
use doorward_auth::account::change_password::ChangedPassword;
use doorward_auth::account::look_at_security::{PasswordUse, PlannedChange, SecurityOverview};
use doorward_auth::factors::add_passkey::AddedPasskey;
use doorward_auth::factors::prove_afresh::Evidence;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::{CeremonyId, PasskeyId, SessionId};
use doorward_domain::passkey::Passkey;
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::second_factor::FEW_BACKUP_CODES;
use doorward_domain::secret::Password;
use doorward_domain::session::OwnSession;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::ways_back::{Loss, Route};
use serde_json::Value;

use super::{Member, SECURITY, refusal};
use crate::edge::CookieName;
use crate::edge::cookies::CLEAR_SITE_DATA;
use crate::extract::FormAttempt;
use crate::pages::answer;
use crate::pages::confirm::{self, Given, Leave, Proved, Sent};
use crate::pages::notice::Notice;
use crate::pages::visit::{PageKind, see_other};
use crate::problem::{Fault, Situation};
use crate::render::views::{
    AccountSecurity, FieldError, LossRow, NewPasskey, PasskeyRow, PasswordPart, PasswordRules, PasswordState, Refusal,
    RouteRow, SessionRow, TwoFactorPart,
};
use crate::render::{Journey, When, messages};

/// What to show beside the page when it is shown again.
#[derive(Default)]
pub(super) struct Again {
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
}

impl Again {
    pub(super) fn refused(refusal: Refusal) -> Self {
        Self {
            refusal: Some(refusal),
            errors: Vec::new(),
        }
    }

    const fn wrong(errors: Vec<FieldError>) -> Self {
        Self { refusal: None, errors }
    }
}

pub(super) async fn show(member: Member) -> Result<Response, Fault> {
    page(&member, Situation::Shown, Again::default()).await
}

/// The page, in answer to a form that is older than what this browser holds.
pub(super) async fn expired(member: &Member) -> Result<Response, Fault> {
    page(member, Situation::FormExpired, Again::refused(answer::form_expired())).await
}

pub(super) async fn page(member: &Member, situation: Situation, again: Again) -> Result<Response, Fault> {
    let accounts = member.visit.state.auth.account();
    let Some(overview) = accounts.security(&member.workspace, &member.session).await? else {
        return member.signed_out();
    };
    let page = AccountSecurity {
        undo_days: member
            .visit
            .state
            .auth
            .config()
            .limits
            .deletion_undo_seconds
            .div_ceil(86_400),
        ..view(overview, &member.zone(), again)
    };
    member.visit.page(PageKind::Form, situation, Journey::default(), &page)
}

fn view(overview: SecurityOverview, zone: &TimeZone, again: Again) -> AccountSecurity {
    let state = match (overview.password_use, overview.user.has_password, overview.fresh) {
        (PasswordUse::None, _, _) => PasswordState::Off,
        (_, true, _) => PasswordState::Change,
        (_, false, true) => PasswordState::Set,
        (_, false, false) => PasswordState::ProveFirst,
    };
    let loss = |loss: Loss| LossRow {
        title: messages::account::loss(loss),
        routes: overview
            .ways_back
            .without(loss)
            .iter()
            .copied()
            .map(route_row)
            .collect(),
    };
    AccountSecurity {
        password: PasswordPart {
            state,
            off: overview.password_use != PasswordUse::SignIn,
            rules: PasswordRules {
                min_length: u32::from(overview.password_min_length),
            },
        },
        two_factor: TwoFactorPart {
            since: overview.two_factor_since.map(|at| When::of(at, zone)),
            codes_left: overview.factors.backup_codes_left,
            few: overview.factors.backup_codes_left <= FEW_BACKUP_CODES,
            required: overview.two_factor_required,
        },
        losses: Loss::ALL.into_iter().map(loss).collect(),
        passkeys: overview
            .passkeys
            .into_iter()
            .map(|passkey| passkey_row(passkey, zone))
            .collect(),
        sessions: overview
            .sessions
            .iter()
            .map(|session| session_row(session, zone))
            .collect(),
        warnings: overview.warnings.into_iter().map(messages::account::warning).collect(),
        undo_days: 0,
        refusal: again.refusal,
        errors: again.errors,
    }
}

fn route_row(route: Route) -> RouteRow {
    RouteRow {
        first: messages::account::first_step(route.first),
        second: route.second.map(messages::account::second_step),
    }
}

fn passkey_row(passkey: Passkey, zone: &TimeZone) -> PasskeyRow {
    PasskeyRow {
        id: passkey.id.to_string(),
        name: passkey.name,
        added: When::of(passkey.created_at, zone),
        used: passkey.last_used_at.map(|at| When::of(at, zone)),
        synced: passkey.synced,
    }
}

fn session_row(own: &OwnSession, zone: &TimeZone) -> SessionRow {
    let device = own.session.client.device();
    SessionRow {
        id: own.session.id.to_string(),
        device: messages::account::device(&device.browser, &device.system),
        address: own.session.client.address.to_string(),
        opened: When::of(own.session.created_at, zone),
        used: When::of(own.session.last_seen_at, zone),
        this: own.this,
    }
}

/// Changes the password, or sets a first one (R11). The present password in the same form is the proof.
pub(super) async fn change_password(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    let accounts = member.visit.state.auth.account();
    let Some(user) = accounts.person(&member.workspace, &member.session).await? else {
        return member.signed_out();
    };
    let missing = messages::new_password_missing();
    let wanted = confirm::password(form.get("new_password"), "new_password", missing);
    let (given, wanted) = if user.has_password {
        let missing = messages::account::current_password_missing();
        let current = confirm::password(form.get("current_password"), "current_password", missing);
        let (current, wanted) = match (current, wanted) {
            (Ok(current), Ok(wanted)) => (current, wanted),
            (current, wanted) => {
                let errors = [current.err(), wanted.err()].into_iter().flatten().collect();
                return page(&member, Situation::Unfit, Again::wrong(errors)).await;
            }
        };
        match by_current(&member, current).await? {
            Ok(given) => (given, wanted),
            Err(response) => return Ok(response),
        }
    } else {
        let given = match confirm::fresh_for(&member, &Sent::default(), "/account/security/password/begin").await? {
            Leave::Given(given) => given,
            Leave::Asked(response) => return Ok(response),
        };
        match wanted {
            Ok(wanted) => (given, wanted),
            Err(error) => {
                return page(&member, Situation::Unfit, Again::wrong(vec![error])).await;
            }
        }
    };
    let outcome = set_password(&member, given.proof, wanted).await;
    given.seal(&member, outcome)
}

async fn by_current(member: &Member, current: Password) -> Result<Result<Given, Response>, Fault> {
    Ok(match confirm::prove(member, Evidence::Password(current)).await? {
        Proved::Given(given) => Ok(given),
        Proved::Refused(told) => {
            let shown = page(member, told.situation, Again::refused(told.refusal.clone())).await?;
            Err(told.dress(shown))
        }
        Proved::SignedOut => Err(member.overtaken()?),
    })
}

async fn set_password(member: &Member, proof: FreshProof, wanted: Password) -> Result<Response, Fault> {
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let changed = accounts
        .change_password(&visit.caller(), &member.workspace, proof, wanted)
        .await?;
    match changed {
        ChangedPassword::Changed => {
            member.mail_promised();
            member.done(SECURITY, Notice::PasswordSet)
        }
        ChangedPassword::Problems(problems) => {
            let mut errors: Vec<FieldError> = Vec::new();
            for words in problems.into_iter().map(PasswordProblem::words) {
                if !errors.iter().any(|known| known.words.message() == words.message()) {
                    errors.push(FieldError::new("new_password", words));
                }
            }
            page(member, Situation::Unfit, Again::wrong(errors)).await
        }
        ChangedPassword::Gone => member.signed_out(),
    }
}

/// Shows who one is before a first password is chosen, so that no password has to be carried through that page.
pub(super) async fn begin_password(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given.seal(&member, see_other(SECURITY)),
        Leave::Asked(response) => Ok(response),
    }
}

/// Makes a challenge for a new passkey (**Add a passkey**), and shows the page that answers it.
pub(super) async fn new_passkey(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = challenge(&member, given.proof, form.get("name"), None, Situation::Shown).await;
    given.seal(&member, outcome)
}

async fn challenge(
    member: &Member,
    proof: FreshProof,
    name: &str,
    refusal: Option<Refusal>,
    situation: Situation,
) -> Result<Response, Fault> {
    let (visit, origin) = (&member.visit, member.visit.origin()?);
    let factors = visit.state.auth.factors();
    let challenge = factors
        .begin_add_passkey(&visit.caller(), &member.workspace, proof, &origin)
        .await?;
    let Some(challenge) = challenge else {
        return member.signed_out();
    };
    let page = NewPasskey {
        ceremony: challenge.ceremony.to_string(),
        options: challenge.options.to_string(),
        name: name.to_owned(),
        refusal,
    };
    visit.page(PageKind::Form, situation, Journey::default(), &page)
}

/// Keeps the passkey that answered.
pub(super) async fn add_passkey(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    // What is in the form answers the challenge of the passkey, so it proves nothing else: whoever took too long proves
    // first and gets another challenge.
    let asked = Sent::only(&form, "name");
    let given = match confirm::fresh_for(&member, &asked, "/account/security/passkeys/new").await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = keep_passkey(&member, given.proof, &form).await;
    given.seal(&member, outcome)
}

async fn keep_passkey(member: &Member, proof: FreshProof, form: &Sent) -> Result<Response, Fault> {
    let visit = &member.visit;
    let round = form.get("ceremony").parse::<CeremonyId>().ok();
    let answer = serde_json::from_str::<Value>(form.get("answer")).ok();
    let added = match (round, answer) {
        (Some(round), Some(answer)) => {
            let factors = visit.state.auth.factors();
            factors
                .add_passkey(
                    &visit.caller(),
                    &member.workspace,
                    proof,
                    (round, &answer),
                    form.get("name"),
                )
                .await?
        }
        _ => AddedPasskey::Failed,
    };
    match added {
        AddedPasskey::Added(_) => {
            member.mail_promised();
            member.done(SECURITY, Notice::PasskeyAdded)
        }
        AddedPasskey::Failed => {
            let refusal = Some(refusal("passkey-wrong", messages::account::passkey_failed()));
            challenge(member, proof, form.get("name"), refusal, Situation::Unfit).await
        }
        AddedPasskey::Known => {
            let refusal = refusal("passkey-known", messages::account::passkey_known());
            page(member, Situation::Conflict, Again::refused(refusal)).await
        }
        AddedPasskey::TooMany => {
            let refusal = refusal("passkeys-too-many", messages::account::passkeys_too_many());
            page(member, Situation::Conflict, Again::refused(refusal)).await
        }
    }
}

/// Gives a passkey another name.
pub(super) async fn rename_passkey(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    if form.get("name").trim().is_empty() {
        let refusal = refusal("name-missing", messages::account::passkey_name_missing());
        return page(&member, Situation::Unfit, Again::refused(refusal)).await;
    }
    let visit = &member.visit;
    let Ok(id) = form.get("id").parse::<PasskeyId>() else {
        return see_other(SECURITY);
    };
    let factors = visit.state.auth.factors();
    let renamed = factors
        .rename_passkey(
            &visit.caller(),
            &member.workspace,
            member.session.user,
            id,
            form.get("name"),
        )
        .await?;
    if renamed {
        member.done(SECURITY, Notice::PasskeyRenamed)
    } else {
        see_other(SECURITY)
    }
}

/// Removes a passkey.
pub(super) async fn remove_passkey(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    let Ok(id) = form.get("id").parse::<PasskeyId>() else {
        return see_other(SECURITY);
    };
    let title = messages::account::about_to_remove_passkey();
    if let Some(response) = confirm::warn(&member, &form, PlannedChange::RemovePasskey(id), title).await? {
        return Ok(response);
    }
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = drop_passkey(&member, given.proof, id).await;
    given.seal(&member, outcome)
}

async fn drop_passkey(member: &Member, proof: FreshProof, id: PasskeyId) -> Result<Response, Fault> {
    let visit = &member.visit;
    let factors = visit.state.auth.factors();
    if factors
        .remove_passkey(&visit.caller(), &member.workspace, proof, id)
        .await?
    {
        member.mail_promised();
        member.done(SECURITY, Notice::PasskeyRemoved)
    } else {
        see_other(SECURITY)
    }
}

/// Ends one of one's sessions; this very one as *Sign out* does.
pub(super) async fn end_session(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    let visit = &member.visit;
    let ended = match form.get("id").parse::<SessionId>() {
        Ok(id) => {
            let desk = visit.state.auth.sessions();
            let ended = desk
                .end(&visit.caller(), &member.workspace, &member.session, id)
                .await?;
            if ended && id == member.session.id {
                let mut response = answer::with_header(see_other("/")?, CLEAR_SITE_DATA);
                answer::forget(visit, CookieName::Session, &mut response);
                return Ok(response);
            }
            ended
        }
        Err(_) => false,
    };
    if ended {
        return member.done(SECURITY, Notice::SessionEnded);
    }
    let refusal = refusal("session-gone", messages::account::session_gone());
    page(&member, Situation::Gone, Again::refused(refusal)).await
}

/// Ends all sessions but this one.
pub(super) async fn end_others(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    if matches!(form, FormAttempt::Expired(_)) {
        return expired(&member).await;
    }
    let visit = &member.visit;
    let desk = visit.state.auth.sessions();
    let _count = desk
        .end_others(&visit.caller(), &member.workspace, &member.session)
        .await?;
    member.done(SECURITY, Notice::OthersEnded)
}
