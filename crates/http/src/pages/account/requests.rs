//! `/account/requests`: what staff asks to do to one's account, because somebody called: yes, it's me, or no (C10). And
//! `/account/security/delete`: deleting one's account.

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::account::delete_account::DeletedAccount;
use doorward_domain::caller_challenge::{CallerChallenge, CallerState, CallerWay};
use doorward_domain::ids::CallerChallengeId;
use doorward_domain::words::Words;

use super::{Member, SECURITY, refusal, security};
use crate::edge::CookieName;
use crate::edge::cookies::CLEAR_SITE_DATA;
use crate::extract::Form;
use crate::pages::admin::callers::words_of;
use crate::pages::answer;
use crate::pages::confirm::{self, Leave, Sent};
use crate::pages::notice::{self, Notice};
use crate::pages::visit::{PageKind, see_other};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::{AccountRequests, RequestRow};
use crate::render::{Journey, When};

pub(super) const REQUESTS: &str = "/account/requests";

pub(super) async fn show(member: Member) -> Result<Response, Fault> {
    let auth = &member.visit.state.auth;
    let waiting = auth.callers().waiting(&member.workspace, member.session.user).await?;
    let (now, zone) = (auth.now(), member.zone());
    let row = |challenge: &CallerChallenge| RequestRow {
        id: challenge.id.to_string(),
        action: words_of(challenge.action),
        at: When::of(challenge.created_at, &zone),
        due: match challenge.way {
            CallerWay::Delay { due_at } => Some(When::of(due_at, &zone)),
            CallerWay::Mailbox { .. } | CallerWay::Session => None,
        },
        asks: challenge.way == CallerWay::Session && challenge.state(now) == CallerState::Waiting,
    };
    let page = AccountRequests {
        requests: waiting.iter().map(row).collect(),
    };
    member
        .visit
        .page(PageKind::Form, Situation::Shown, Journey::default(), &page)
}

fn id_of(text: &str) -> Result<CallerChallengeId, Fault> {
    text.parse().map_err(|_id| Fault::new(FaultKind::NotFound))
}

pub(super) async fn yes(member: Member, Path(id): Path<String>, Form(_form): Form<Sent>) -> Result<Response, Fault> {
    let whose = (member.session.user, id_of(&id)?);
    let callers = member.visit.state.auth.callers();
    let caller = member.visit.caller();
    if callers.confirm(&caller, &member.workspace, whose).await? {
        member.done(REQUESTS, Notice::RequestAnswered)
    } else {
        Err(Fault::new(FaultKind::NotFound))
    }
}

pub(super) async fn no(member: Member, Path(id): Path<String>, Form(_form): Form<Sent>) -> Result<Response, Fault> {
    let whose = (member.session.user, id_of(&id)?);
    let callers = member.visit.state.auth.callers();
    let caller = member.visit.caller();
    if callers.refuse(&caller, &member.workspace, whose).await? {
        member.mail_promised();
        member.done(REQUESTS, Notice::RequestAnswered)
    } else {
        Err(Fault::new(FaultKind::NotFound))
    }
}

/// Deletes the account, for the time being.
pub(super) async fn delete(member: Member, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let departures = member.visit.state.auth.departures();
    let caller = member.visit.caller();
    match departures.delete_own(&caller, &member.workspace, given.proof).await? {
        DeletedAccount::Deleted { .. } => {
            member.mail_promised();
            let mut response = see_other("/sign-in")?;
            answer::forget(&member.visit, CookieName::Session, &mut response);
            let (name, value) = CLEAR_SITE_DATA;
            response.headers_mut().insert(name, value);
            Ok(notice::leave(&member.visit, Notice::AccountDeleted, response))
        }
        DeletedAccount::LastOwner => {
            let told = security::Again::refused(refusal("last-owner", Words::key("delete-account-last-owner")));
            let page = security::page(&member, Situation::Conflict, told).await;
            given.seal(&member, page)
        }
        DeletedAccount::LastWayIn => {
            let told = security::Again::refused(refusal("last-way-in", Words::key("delete-account-last-way-in")));
            let page = security::page(&member, Situation::Conflict, told).await;
            given.seal(&member, page)
        }
        DeletedAccount::Gone => see_other(SECURITY),
    }
}
