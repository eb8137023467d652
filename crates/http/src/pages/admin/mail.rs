//! `/admin/mail`: what became of each mail (C5). No body, code, link or token is shown (R113).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::logs::send_again::SendAgainError;
use doorward_auth::logs::send_test_mail::TestMailError;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::MailId;
use doorward_domain::mail::{MailState, MailTrace, Message};
use doorward_domain::mail_log::{MailEventKind, MailFilter, MailPlace, MailQuery, MailStory, SendAgain};
use doorward_domain::role::Permission;
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;

use super::super::confirm::Sent;
use super::super::fields::Query;
use super::super::notice::Notice;
use super::super::visit::see_other;
use super::Desk;
use crate::extract::FormAttempt;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::When;
use crate::render::views::FieldError;
use crate::render::views::admin::{AdminMail, AdminMails, Choice, MailLine, MailMoment, Reach};
use crate::site::SiteState;

const PAGE: &str = "/admin/mail";
/// Mails on one page.
const MAILS: u32 = 50;
/// The fields of the filter, as they stand in the address.
const FIELDS: [&str; 5] = ["to", "state", "kind", "from", "until"];

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(PAGE, get(list))
        .route("/admin/mail/test", post(test))
        .route("/admin/mail/{id}", get(show))
        .route("/admin/mail/{id}/send-again", post(send_again))
}

fn page_of(id: MailId) -> String {
    format!("{PAGE}/{id}")
}

fn filter_of(desk: &Desk, query: &Query) -> (MailFilter, Vec<FieldError>) {
    let mut errors = Vec::new();
    let said = |name: &str| query.get(name).map(str::trim).filter(|text| !text.is_empty());
    let mut filter = MailFilter {
        state: said("state").and_then(MailState::parse),
        kind: said("kind").map(ToOwned::to_owned),
        ..MailFilter::default()
    };
    if let Some(text) = said("to") {
        match EmailAddress::parse(text) {
            Ok(address) => filter.address = Some(address.key()),
            Err(_) => errors.push(FieldError::new("to", Words::key("mail-log-address-wrong"))),
        }
    }
    let zone = desk.zone();
    if let Some(text) = said("from") {
        match zone.day(text) {
            Some((begins, _)) => filter.from = Some(begins),
            None => errors.push(FieldError::new("from", Words::key("log-day-wrong"))),
        }
    }
    if let Some(text) = said("until") {
        match zone.day(text) {
            // The last day counts whole.
            Some((_, ends)) => filter.until = Some(ends),
            None => errors.push(FieldError::new("until", Words::key("log-day-wrong"))),
        }
    }
    (filter, errors)
}

fn address(query: &Query, after: Option<MailPlace>) -> String {
    let mut fields = url::form_urlencoded::Serializer::new(String::new());
    for name in FIELDS {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            fields.append_pair(name, value);
        }
    }
    if let Some(place) = after {
        fields.append_pair("after", &format!("{}.{}", place.created_at.as_micros(), place.id));
    }
    let fields = fields.finish();
    if fields.is_empty() {
        PAGE.to_owned()
    } else {
        format!("{PAGE}?{fields}")
    }
}

fn place_of(text: &str) -> Option<MailPlace> {
    let (at, id) = text.split_once('.')?;
    Some(MailPlace {
        created_at: Timestamp::from_micros(at.parse().ok()?),
        id: id.parse().ok()?,
    })
}

fn line_of(trace: &MailTrace, zone: &TimeZone) -> MailLine {
    MailLine {
        page: page_of(trace.id),
        kind: Words::key("mail-log-kind").with("kind", trace.kind.as_str()),
        to: trace.to.clone(),
        state: Words::key("mail-log-state").with("state", trace.state.as_str()),
        state_name: trace.state.as_str().to_owned(),
        arrived: trace.state == MailState::Delivered,
        reply: trace.last_reply.clone(),
        attempts: i64::from(trace.attempts),
        asked_at: When::of(trace.created_at, zone),
    }
}

async fn list(desk: Desk, query: Query) -> Result<Response, Fault> {
    let (filter, errors) = filter_of(&desk, &query);
    let logs = desk.visit().state.auth.logs();
    let after = query.get("after").and_then(place_of);
    let narrowed = filter != MailFilter::default();
    let zone = desk.zone();
    let mut traces = Vec::new();
    let mut next = None;
    let mut reach = None;
    if errors.is_empty() {
        if let Some(key) = &filter.address {
            let told = logs.reachability(desk.workspace(), vec![key.clone()]).await?;
            reach = told.into_iter().next().map(|told| Reach::of(&told, &zone));
        }
        let wanted = MailQuery {
            filter,
            after,
            limit: MAILS + 1,
        };
        traces = logs.mails(desk.workspace(), wanted).await?;
        let shown = usize::try_from(MAILS).unwrap_or(usize::MAX);
        if traces.len() > shown {
            traces.truncate(shown);
            next = traces.last().map(|last| address(&query, Some(MailPlace::of(last))));
        }
    }
    let said = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let view = AdminMails {
        to: said("to"),
        states: MailState::ALL
            .into_iter()
            .map(|state| Choice {
                value: state.as_str().to_owned(),
                label: Words::key("mail-log-state").with("state", state.as_str()),
                chosen: said("state") == state.as_str(),
            })
            .collect(),
        kinds: Message::KINDS
            .iter()
            .map(|kind| Choice {
                value: (*kind).to_owned(),
                label: Words::key("mail-log-kind").with("kind", *kind),
                chosen: said("kind") == *kind,
            })
            .collect(),
        from: said("from"),
        until: said("until"),
        narrowed: narrowed || !errors.is_empty(),
        reach,
        mails: traces.iter().map(|trace| line_of(trace, &zone)).collect(),
        next,
        first: after.map(|_| address(&query, None)),
        errors,
    };
    let situation = if view.errors.is_empty() {
        Situation::Shown
    } else {
        Situation::Unfit
    };
    desk.page(situation, &view)
}

async fn story(desk: &Desk, id: &str) -> Result<(MailId, MailStory), Fault> {
    let missing = || Fault::new(FaultKind::NotFound);
    let id: MailId = id.parse().map_err(|_| missing())?;
    let found = desk.visit().state.auth.logs().mail(desk.workspace(), id).await?;
    Ok((id, found.ok_or_else(missing)?))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    tell(&desk, &id, Situation::Shown, None).await
}

/// The page of one mail; `problem` is why nothing was sent.
async fn tell(desk: &Desk, id: &str, situation: Situation, problem: Option<Words>) -> Result<Response, Fault> {
    let (_, story) = story(desk, id).await?;
    let zone = desk.zone();
    let address = EmailAddress::parse(&story.trace.to).ok();
    let reach = match address {
        Some(address) => {
            let logs = desk.visit().state.auth.logs();
            let told = logs.reachability(desk.workspace(), vec![address.key()]).await?;
            told.into_iter().next().map(|told| Reach::of(&told, &zone))
        }
        None => None,
    };
    let again = SendAgain::of(&story);
    let view = AdminMail {
        again: again
            .is_possible()
            .then(|| Words::key("mail-log-again").with("again", again.as_str())),
        not_again: (!again.is_possible()).then(|| Words::key("mail-log-not-again").with("again", again.as_str())),
        action: format!("{PAGE}/{}/send-again", story.trace.id),
        person: story
            .user
            .filter(|_| desk.may(Permission::LookPeopleUp))
            .map(|user| format!("/admin/users/{user}")),
        asked_by: story
            .asked_by
            .as_ref()
            .map(|actor| Words::key("audit-actor").with("actor", actor.columns().0)),
        attempt: story.help_code.as_ref().map(|code| code.as_str().to_owned()),
        attempt_page: story
            .help_code
            .as_ref()
            .filter(|_| desk.may(Permission::AskSignInCheck))
            .map(|code| format!("/admin/sign-in-check?code={}", code.as_str())),
        moments: moments(&story, &zone),
        reach,
        mail: line_of(&story.trace, &zone),
        problem,
    };
    desk.page(situation, &view)
}

fn moments(story: &MailStory, zone: &TimeZone) -> Vec<MailMoment> {
    let moment = |what: &str, at: Timestamp, reply: Option<String>| MailMoment {
        what: Words::key("mail-log-event").with("event", what),
        name: what.to_owned(),
        at: When::of(at, zone),
        reply,
    };
    let mut told = vec![moment("asked-for", story.trace.created_at, None)];
    told.extend(
        story
            .events
            .iter()
            .map(|event| moment(event.kind.as_str(), event.at, event.reply.clone())),
    );
    if let (MailState::Queued, Some(at)) = (story.trace.state, story.trace.next_attempt_at) {
        told.push(moment("next-try", at, None));
    }
    let over = story.events.iter().any(|event| {
        matches!(
            event.kind,
            MailEventKind::Used | MailEventKind::Refused | MailEventKind::Bounced | MailEventKind::Expired
        )
    });
    if let Some(at) = story.expires_at.filter(|_| !over) {
        told.push(moment("ends", at, None));
    }
    told
}

async fn send_again(desk: Desk, Path(id): Path<String>, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    if let FormAttempt::Expired(_) = form {
        let words = crate::render::messages::form_expired();
        return tell(&desk, &id, Situation::Conflict, Some(words)).await;
    }
    let mail: MailId = id.parse().map_err(|_| Fault::new(FaultKind::NotFound))?;
    let logs = desk.visit().state.auth.logs();
    let problem = match logs.send_again(&desk.acting(), desk.workspace(), mail).await {
        Ok(_) => {
            (desk.visit().state.mail_promised)();
            return desk.done(&page_of(mail), Notice::MailSentAgain);
        }
        Err(SendAgainError::Port(error)) => return Err(error.into()),
        Err(SendAgainError::NoSuchMail) => return Err(Fault::new(FaultKind::NotFound)),
        Err(SendAgainError::TooMany { .. }) => {
            let words = Words::key("mail-log-too-many");
            return tell(&desk, &id, Situation::TooManyTries, Some(words)).await;
        }
        Err(SendAgainError::OutOfReach) => return Err(Fault::new(FaultKind::Forbidden)),
        Err(SendAgainError::Impossible(why)) => Words::key("mail-log-not-again").with("again", why.as_str()),
        Err(_) => Words::key("mail-log-no-mailbox"),
    };
    tell(&desk, &id, Situation::Conflict, Some(problem)).await
}

async fn test(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    if let FormAttempt::Expired(_) = form {
        return see_other(PAGE);
    }
    let logs = desk.visit().state.auth.logs();
    match logs.send_test_mail(&desk.acting(), desk.workspace()).await {
        Ok(id) => {
            (desk.visit().state.mail_promised)();
            desk.done(&page_of(id), Notice::TestMailSent)
        }
        Err(TestMailError::Port(error)) => Err(error.into()),
        Err(TestMailError::TooMany { .. }) => Err(Fault::new(FaultKind::TooManyTries)),
        Err(_) => Err(Fault::new(FaultKind::Conflict)),
    }
}
