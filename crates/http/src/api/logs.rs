//! The logs of mail and of actions (C5, C6), and reports of mails that came back.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::logs::send_again::SendAgainError;
use doorward_auth::logs::take_bounce::BounceTaken;
use doorward_domain::audit::AuditAction;
use doorward_domain::audit_log::{AuditFilter, AuditPlace, AuditQuery, MAX_AUDIT_PAGE, OutcomeFilter};
use doorward_domain::bounce::{BounceReport, Returned};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::MailId;
use doorward_domain::mail::{MailState, MailTrace};
use doorward_domain::mail_log::{MAX_MAIL_PAGE, MailFilter, MailPlace, MailQuery, MailStory, Reachability, SendAgain};
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::{read_rfc3339, rfc3339};
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::access::Permit;
use super::fields::misfit;
use super::problems::{AccessProblems, BodyProblems, Problem};
use super::query::Query;
use crate::audit_export::{self, AuditDocument, ExportFormat};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

const DEFAULT_LIMIT: u32 = 50;
const NO_SUCH_MAIL: &str = "There is no such mail here.";

/// What the audit log is asked by.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditListQuery {
    /// Id or address of the person who acted.
    actor: Option<String>,
    /// Id or address of the person it was done to.
    subject: Option<String>,
    /// Stable name of an action.
    action: Option<String>,
    /// `ok`, `not-ok`, or the code of what was in the way.
    outcome: Option<String>,
    /// Not before this instant (RFC 3339).
    from: Option<String>,
    /// Before this instant (RFC 3339).
    until: Option<String>,
    /// Network address of the client.
    address: Option<String>,
    /// `csv` or `jsonl`: all rows as a file. `Accept: text/csv` or `application/jsonl` says the same.
    format: Option<String>,
    /// Rows of one page, 1 to 999; 50 if absent.
    limit: Option<String>,
    /// The `next` of a page.
    cursor: Option<String>,
}

/// A page of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    items: Vec<AuditDocument>,
    /// Where the next page begins; absent on the last one.
    next: Option<String>,
}

fn instant(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Fault> {
    let wrong = || {
        misfit(
            field,
            format!("`{field}` is an instant by RFC 3339, such as 2026-11-22T08:00:00Z."),
        )
    };
    text.map(|text| read_rfc3339(text).ok_or_else(wrong)).transpose()
}

fn limit(text: Option<&str>, most: u32) -> Result<u32, Fault> {
    let limit = text.map_or(Some(DEFAULT_LIMIT), |text| text.parse().ok());
    limit
        .filter(|limit| (1..=most).contains(limit))
        .ok_or_else(|| misfit("limit", format!("`limit` is a whole number from 1 to {most}.")))
}

fn place<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<(Timestamp, T)>, Fault> {
    let Some(cursor) = cursor else { return Ok(None) };
    let read = cursor
        .split_once('.')
        .and_then(|(at, id)| Some((Timestamp::from_micros(at.parse().ok()?), id.parse().ok()?)));
    read.map(Some)
        .ok_or_else(|| misfit("cursor", "`cursor` is the `next` of a page."))
}

async fn audit_filter(state: &SiteState, permit: &Permit, query: &AuditListQuery) -> Result<AuditFilter, Fault> {
    let logs = state.auth.logs();
    let mut filter = AuditFilter::default();
    if let Some(named) = &query.actor {
        let person = logs.person(&permit.workspace, named).await?;
        let person = person.ok_or_else(|| misfit("actor", "`actor` is the id or an address of a person here."))?;
        filter.actor = Some(doorward_domain::audit::Actor::User(person));
    }
    if let Some(named) = &query.subject {
        let person = logs.person(&permit.workspace, named).await?;
        let person = person.ok_or_else(|| misfit("subject", "`subject` is the id or an address of a person here."))?;
        filter.subject = Some(person);
    }
    if let Some(name) = &query.action {
        let action = AuditAction::parse(name);
        filter.action = Some(action.ok_or_else(|| misfit("action", "`action` is the stable name of an action."))?);
    }
    filter.outcome = query.outcome.as_deref().map(|outcome| match outcome {
        "ok" => OutcomeFilter::Ok,
        "not-ok" => OutcomeFilter::NotOk,
        code => OutcomeFilter::Exactly(code.to_owned()),
    });
    filter.from = instant("from", query.from.as_deref())?;
    filter.until = instant("until", query.until.as_deref())?;
    if let Some(text) = &query.address {
        let address = text.parse().ok();
        filter.address = Some(address.ok_or_else(|| misfit("address", "`address` is one network address."))?);
    }
    Ok(filter)
}

/// The form of a file, if one is asked for.
fn format_of(query: &AuditListQuery, headers: &HeaderMap) -> Result<Option<ExportFormat>, Fault> {
    if let Some(name) = &query.format {
        if name == "json" {
            return Ok(None);
        }
        let format = ExportFormat::parse(name);
        return format
            .map(Some)
            .ok_or_else(|| misfit("format", "`format` is `json`, `csv` or `jsonl`."));
    }
    let accept = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Ok(match accept.split([',', ';']).next().map(str::trim) {
        Some("text/csv") => Some(ExportFormat::Csv),
        Some("application/jsonl" | "application/x-ndjson") => Some(ExportFormat::Jsonl),
        _ => None,
    })
}

/// Lists the audit log, newest first; or gives all of it as a file.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "list_audit", tag = "logs", params(AuditListQuery), responses(
    (status = 200, description = "A page of the log, or all of it", content(
        (AuditList = "application/json"), (String = "text/csv"), (String = "application/jsonl"))),
    AccessProblems,
))]
pub(crate) async fn audit(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    headers: HeaderMap,
    Query(query): Query<AuditListQuery>,
) -> Result<Response, Fault> {
    let filter = audit_filter(&state, &permit, &query).await?;
    let logs = state.auth.logs();
    if let Some(format) = format_of(&query, &headers)? {
        let export = logs.export_audit(&permit.acting(), &permit.workspace, filter).await?;
        return Ok(audit_export::respond(export, format));
    }
    let limit = limit(query.limit.as_deref(), MAX_AUDIT_PAGE - 1)?;
    let after = place(query.cursor.as_deref())?.map(|(at, id)| AuditPlace { at, id });
    let wanted = AuditQuery {
        filter,
        after,
        limit: limit + 1,
    };
    let mut rows = logs.audit(&permit.workspace, wanted).await?;
    let more = u32::try_from(rows.len()).is_ok_and(|count| count > limit);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|last| {
        let place = AuditPlace::of(&last.entry);
        format!("{}.{}", place.at.as_micros(), place.id)
    });
    let items = rows.iter().map(AuditDocument::of).collect();
    Ok(axum::Json(AuditList { items, next }).into_response())
}

/// What the mail log is asked by.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MailListQuery {
    /// The recipient's address.
    to: Option<String>,
    /// `queued`, `delivered`, `refused`, `expired` or `bounced`.
    state: Option<String>,
    /// Stable name of a kind of mail.
    kind: Option<String>,
    /// Not asked for before this instant (RFC 3339).
    from: Option<String>,
    /// Asked for before this instant (RFC 3339).
    until: Option<String>,
    /// Mails of one page, 1 to 199; 50 if absent.
    limit: Option<String>,
    /// The `next` of a page.
    cursor: Option<String>,
}

/// A mail: never its body, code or link.
#[derive(Serialize, ToSchema)]
#[schema(as = Mail)]
pub(crate) struct MailDocument {
    id: Uuid,
    #[schema(example = "sign-in-code")]
    kind: String,
    to: String,
    /// `queued`, `delivered`, `refused`, `expired` or `bounced`.
    state: &'static str,
    attempts: u32,
    /// The mail server's own words.
    last_reply: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_attempt_at: Option<String>,
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
}

/// A page of the mail log, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailList {
    items: Vec<MailDocument>,
    /// Where the next page begins; absent on the last one.
    next: Option<String>,
}

/// Something that happened to a mail.
#[derive(Serialize, ToSchema)]
#[schema(as = MailEvent)]
pub(crate) struct MailEventDocument {
    /// `delivered`, `deferred`, `refused`, `expired`, `delayed`, `bounced`, `opened` or `used`.
    event: &'static str,
    #[schema(format = DateTime)]
    at: String,
    /// The other server's own words.
    reply: Option<String>,
}

/// Whether mail to an address arrives, by the last proof.
#[derive(Serialize, ToSchema)]
#[schema(as = Reachability)]
pub(crate) struct ReachDocument {
    /// `reachable`, `unreachable` or `unknown`.
    state: &'static str,
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The other server's own words.
    why: Option<String>,
}

/// A mail with all that is told of it.
#[derive(Serialize, ToSchema)]
#[schema(as = MailStory)]
pub(crate) struct MailStoryDocument {
    #[serde(flatten)]
    mail: MailDocument,
    /// The person it was for.
    user_id: Option<Uuid>,
    /// Kind of whoever asked for it.
    asked_by: Option<&'static str>,
    /// Help code of the attempt that asked for it.
    help_code: Option<String>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// What happened to it, oldest first.
    events: Vec<MailEventDocument>,
    reachability: ReachDocument,
    /// What *send again* does: `try-now`, `new-reset-link`, `new-code`, `new-test`; or why it does nothing:
    /// `attempt-is-over`, `wiped`.
    send_again: &'static str,
}

impl MailDocument {
    fn of(trace: &MailTrace) -> Self {
        Self {
            id: trace.id.as_uuid(),
            kind: trace.kind.clone(),
            to: trace.to.clone(),
            state: trace.state.as_str(),
            attempts: trace.attempts,
            last_reply: trace.last_reply.clone(),
            created_at: rfc3339(trace.created_at),
            last_attempt_at: trace.last_attempt_at.map(rfc3339),
            next_attempt_at: trace.next_attempt_at.map(rfc3339),
        }
    }
}

impl ReachDocument {
    pub(super) fn of(told: &Reachability) -> Self {
        let (at, why) = match told {
            Reachability::Unknown => (None, None),
            Reachability::Reachable { at } => (Some(*at), None),
            Reachability::Unreachable { at, why } => (Some(*at), Some(why.clone())),
        };
        Self {
            state: told.as_str(),
            at: at.map(rfc3339),
            why,
        }
    }
}

impl MailStoryDocument {
    fn of(story: &MailStory, reach: &Reachability) -> Self {
        Self {
            mail: MailDocument::of(&story.trace),
            user_id: story.user.map(doorward_domain::ids::UserId::as_uuid),
            asked_by: story.asked_by.as_ref().map(|actor| actor.columns().0),
            help_code: story.help_code.as_ref().map(|code| code.as_str().to_owned()),
            expires_at: story.expires_at.map(rfc3339),
            events: story
                .events
                .iter()
                .map(|event| MailEventDocument {
                    event: event.kind.as_str(),
                    at: rfc3339(event.at),
                    reply: event.reply.clone(),
                })
                .collect(),
            reachability: ReachDocument::of(reach),
            send_again: SendAgain::of(story).as_str(),
        }
    }
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound).detail(NO_SUCH_MAIL)
}

/// Lists the mail log, newest first.
#[utoipa::path(get, path = "/api/v1/mail", operation_id = "list_mail", tag = "logs", params(MailListQuery), responses(
    (status = 200, description = "A page of the log", body = MailList),
    AccessProblems,
))]
pub(crate) async fn mails(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Query(query): Query<MailListQuery>,
) -> Result<Response, Fault> {
    let mut filter = MailFilter {
        kind: query.kind,
        from: instant("from", query.from.as_deref())?,
        until: instant("until", query.until.as_deref())?,
        ..MailFilter::default()
    };
    if let Some(text) = &query.to {
        let address = EmailAddress::parse(text).map_err(|_| misfit("to", "`to` is one email address."))?;
        filter.address = Some(address.key());
    }
    if let Some(name) = &query.state {
        let known = MailState::parse(name);
        filter.state = Some(known.ok_or_else(|| misfit("state", "`state` is one of the states of a mail."))?);
    }
    let limit = limit(query.limit.as_deref(), MAX_MAIL_PAGE - 1)?;
    let after = place(query.cursor.as_deref())?.map(|(created_at, id)| MailPlace { created_at, id });
    let wanted = MailQuery {
        filter,
        after,
        limit: limit + 1,
    };
    let mut traces = state.auth.logs().mails(&permit.workspace, wanted).await?;
    let more = u32::try_from(traces.len()).is_ok_and(|count| count > limit);
    traces.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = traces
        .last()
        .filter(|_| more)
        .map(|last| format!("{}.{}", last.created_at.as_micros(), last.id));
    let items = traces.iter().map(MailDocument::of).collect();
    Ok(axum::Json(MailList { items, next }).into_response())
}

/// Tells what became of one mail.
#[utoipa::path(get, path = "/api/v1/mail/{id}", operation_id = "read_mail", tag = "logs",
    params(("id" = Uuid, Path, description = "The mail's id")), responses(
    (status = 200, description = "The mail and its timeline", body = MailStoryDocument),
    (status = 404, description = "There is no such mail here", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn mail(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id: MailId = id.parse().map_err(|_| missing())?;
    let logs = state.auth.logs();
    let story = logs.mail(&permit.workspace, id).await?.ok_or_else(missing)?;
    let reach = match EmailAddress::parse(&story.trace.to) {
        Ok(address) => logs.reachability(&permit.workspace, vec![address.key()]).await?.pop(),
        Err(_) => None,
    };
    let reach = reach.unwrap_or(Reachability::Unknown);
    Ok(axum::Json(MailStoryDocument::of(&story, &reach)).into_response())
}

/// What was sent in place of a mail.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentAgain {
    /// `try-now`, `new-reset-link`, `new-code` or `new-test`.
    sent: &'static str,
}

/// Sends something fresh in place of a mail: never the mail as it was.
#[utoipa::path(post, path = "/api/v1/mail/{id}/send-again", operation_id = "send_mail_again", tag = "logs",
    params(("id" = Uuid, Path, description = "The mail's id")), responses(
    (status = 202, description = "On its way", body = SentAgain),
    (status = 404, description = "There is no such mail here", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Nothing can take its place", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn send_again(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id: MailId = id.parse().map_err(|_| missing())?;
    let logs = state.auth.logs();
    let sent = logs.send_again(&permit.acting(), &permit.workspace, id).await;
    let sent = sent.map_err(|error| match error {
        SendAgainError::NoSuchMail => missing(),
        SendAgainError::OutOfReach => Fault::new(FaultKind::Forbidden),
        SendAgainError::TooMany { .. } => Fault::new(FaultKind::TooManyTries),
        SendAgainError::Impossible(why) => Fault::new(FaultKind::Conflict)
            .detail(format!("Nothing can take the place of this mail: {}.", why.as_str())),
        SendAgainError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Conflict).detail("The person is disabled or has no email address."),
    })?;
    (state.mail_promised)();
    Ok((StatusCode::ACCEPTED, axum::Json(SentAgain { sent: sent.as_str() })).into_response())
}

/// A report of a mail that came back: either the whole message as it came in, or its parts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BounceBody {
    /// The whole message, RFC 5322 with `multipart/report`.
    message: Option<String>,
    /// The address that the report was sent to: the return address of the mail.
    envelope_to: Option<String>,
    /// `failed` (the default) or `delayed`.
    action: Option<String>,
    /// RFC 3463.
    #[schema(example = "5.1.1")]
    status: Option<String>,
    /// The other server's own words.
    diagnostic: Option<String>,
}

/// What became of a report.
#[derive(Serialize, ToSchema)]
pub(crate) struct BounceAnswer {
    /// `recorded`, `known` (the mail was over before) or `not-ours` (it came to no return address of a mail of this
    /// workspace).
    outcome: &'static str,
}

/// Takes a report of a mail that came back.
#[utoipa::path(post, path = "/api/v1/mail/bounces", operation_id = "report_bounce", tag = "logs", request_body = BounceBody, responses(
    (status = 200, description = "What became of the report", body = BounceAnswer),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn bounces(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<BounceBody>,
) -> Result<Response, Fault> {
    let report = match (&body.message, &body.envelope_to) {
        (Some(message), envelope_to) => BounceReport::read(message.as_bytes(), envelope_to.as_deref())
            .map_err(|error| misfit("message", format!("`message`: {error}.")))?,
        (None, Some(envelope_to)) => {
            let returned = match body.action.as_deref() {
                None | Some("failed") => Returned::Failed,
                Some("delayed") => Returned::Delayed,
                Some(_) => return Err(misfit("action", "`action` is `failed` or `delayed`.")),
            };
            let status = body.status.as_deref().unwrap_or_default();
            BounceReport::told(
                envelope_to,
                returned,
                status,
                body.diagnostic.as_deref().unwrap_or_default(),
            )
        }
        (None, None) => return Err(misfit("message", "Send `message`, or `envelope_to` with `status`.")),
    };
    let taken = state
        .auth
        .logs()
        .take_bounce(permit.actor.clone(), Some(permit.workspace.id), report)
        .await?;
    let outcome = match taken {
        BounceTaken::Recorded => "recorded",
        BounceTaken::Known => "known",
        BounceTaken::NotOurs => "not-ours",
    };
    Ok(axum::Json(BounceAnswer { outcome }).into_response())
}
