//! `/admin/audit`: who did what to whom, from where, and how it ended (C6).

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::audit_log::{AuditFilter, AuditPlace, AuditQuery, AuditRow, OutcomeFilter};
use doorward_domain::ids::AuditId;
use doorward_domain::role::Permission;
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;

use super::super::fields::Query;
use super::Desk;
use crate::audit_export::{self, ExportFormat};
use crate::problem::{Fault, Situation};
use crate::render::When;
use crate::render::views::FieldError;
use crate::render::views::admin::{AdminAudit, AuditLine, Choice};
use crate::site::SiteState;

const PAGE: &str = "/admin/audit";
const EXPORT: &str = "/admin/audit/export";
/// Rows on one page.
const ROWS: u32 = 50;
/// The fields of the filter, as they stand in the address.
const FIELDS: [&str; 7] = ["who", "whom", "action", "outcome", "from", "until", "address"];

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new().route(PAGE, get(show)).route(EXPORT, get(export))
}

/// The filter that a query asks for; with it what of it cannot be read or found.
async fn filter_of(desk: &Desk, query: &Query) -> Result<(AuditFilter, Vec<FieldError>), Fault> {
    let logs = desk.visit().state.auth.logs();
    let mut errors = Vec::new();
    let mut filter = AuditFilter::default();
    let said = |name: &str| query.get(name).map(str::trim).filter(|text| !text.is_empty());
    match said("who") {
        None => {}
        Some("anonymous") => filter.actor = Some(Actor::Anonymous),
        Some("operator") => filter.actor = Some(Actor::Operator),
        Some("server") => filter.actor = Some(Actor::Server),
        Some(named) => match logs.person(desk.workspace(), named).await? {
            Some(id) => filter.actor = Some(Actor::User(id)),
            None => errors.push(FieldError::new("who", Words::key("audit-nobody"))),
        },
    }
    if let Some(named) = said("whom") {
        filter.subject = logs.person(desk.workspace(), named).await?;
        if filter.subject.is_none() {
            errors.push(FieldError::new("whom", Words::key("audit-nobody")));
        }
    }
    filter.action = said("action").and_then(AuditAction::parse);
    filter.outcome = match said("outcome") {
        Some("ok") => Some(OutcomeFilter::Ok),
        Some("not-ok") => Some(OutcomeFilter::NotOk),
        Some(code) => Some(OutcomeFilter::Exactly(code.to_owned())),
        None => None,
    };
    let zone = desk.zone();
    for (name, day) in [("from", &mut filter.from), ("until", &mut filter.until)] {
        let Some(text) = said(name) else { continue };
        // The last day counts whole.
        *day = zone
            .day(text)
            .map(|(begins, ends)| if name == "from" { begins } else { ends });
        if day.is_none() {
            errors.push(FieldError::new(name, Words::key("log-day-wrong")));
        }
    }
    if let Some(text) = said("address") {
        filter.address = text.parse().ok();
        if filter.address.is_none() {
            errors.push(FieldError::new("address", Words::key("audit-address-wrong")));
        }
    }
    Ok((filter, errors))
}

/// The address of the same filter elsewhere.
fn address(page: &str, query: &Query, more: &[(&str, String)]) -> String {
    let mut fields = url::form_urlencoded::Serializer::new(String::new());
    for name in FIELDS {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            fields.append_pair(name, value);
        }
    }
    for (name, value) in more {
        fields.append_pair(name, value);
    }
    let fields = fields.finish();
    if fields.is_empty() {
        page.to_owned()
    } else {
        format!("{page}?{fields}")
    }
}

/// A place as it stands in an address: the instant and the id.
fn place_of(text: &str) -> Option<AuditPlace> {
    let (at, id) = text.split_once('.')?;
    Some(AuditPlace {
        at: Timestamp::from_micros(at.parse().ok()?),
        id: id.parse::<AuditId>().ok()?,
    })
}

async fn show(desk: Desk, query: Query) -> Result<Response, Fault> {
    let (filter, errors) = filter_of(&desk, &query).await?;
    let after = query.get("after").and_then(place_of);
    let narrowed = filter != AuditFilter::default();
    let mut rows = Vec::new();
    let mut next = None;
    if errors.is_empty() {
        let wanted = AuditQuery {
            filter,
            after,
            limit: ROWS + 1,
        };
        rows = desk.visit().state.auth.logs().audit(desk.workspace(), wanted).await?;
        let shown = usize::try_from(ROWS).unwrap_or(usize::MAX);
        if rows.len() > shown {
            rows.truncate(shown);
            next = rows.last().map(|row| {
                let place = AuditPlace::of(&row.entry);
                address(
                    PAGE,
                    &query,
                    &[("after", format!("{}.{}", place.at.as_micros(), place.id))],
                )
            });
        }
    }
    let situation = if errors.is_empty() {
        Situation::Shown
    } else {
        Situation::Unfit
    };
    let said = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let zone = desk.zone();
    let people = desk.may(Permission::LookPeopleUp);
    let view = AdminAudit {
        who: said("who"),
        whom: said("whom"),
        actions: AuditAction::ALL
            .iter()
            .map(|action| Choice {
                value: action.as_str().to_owned(),
                label: Words::key("audit-action").with("action", action.as_str()),
                chosen: said("action") == action.as_str(),
            })
            .collect(),
        outcomes: ["ok", "not-ok"]
            .into_iter()
            .map(|outcome| Choice {
                value: outcome.to_owned(),
                label: Words::key("audit-outcome").with("outcome", outcome),
                chosen: said("outcome") == outcome,
            })
            .collect(),
        from: said("from"),
        until: said("until"),
        address: said("address"),
        narrowed,
        lines: rows.iter().map(|row| line_of(row, &zone, people)).collect(),
        csv: address(EXPORT, &query, &[("format", "csv".to_owned())]),
        jsonl: address(EXPORT, &query, &[("format", "jsonl".to_owned())]),
        next,
        first: after.map(|_| address(PAGE, &query, &[])),
        errors,
    };
    desk.page(situation, &view)
}

fn line_of(row: &AuditRow, zone: &TimeZone, people: bool) -> AuditLine {
    let entry = &row.entry;
    let (kind, id) = entry.actor.columns();
    let page = |id: uuid::Uuid| people.then(|| format!("/admin/users/{id}"));
    AuditLine {
        at: When::of(entry.at, zone),
        actor: Words::key("audit-actor").with("actor", kind),
        actor_name: row.actor_name.clone().or_else(|| id.map(|id| id.to_string())),
        actor_page: id.filter(|_| row.actor_name.is_some()).and_then(page),
        action: Words::key("audit-action").with("action", entry.action.as_str()),
        action_name: entry.action.as_str().to_owned(),
        subject_name: row
            .subject_name
            .clone()
            .or_else(|| entry.subject.map(|subject| subject.to_string())),
        subject_page: entry
            .subject
            .filter(|_| row.subject_name.is_some())
            .and_then(|subject| page(subject.as_uuid())),
        well: OutcomeFilter::Ok.passes(&entry.outcome),
        outcome: entry.outcome.clone(),
        detail: entry.detail.clone(),
        address: entry.client.as_ref().map(|client| client.address.to_string()),
        device: entry.client.as_ref().map(|client| {
            let device = client.device();
            [device.browser, device.system].join(" ").trim().to_owned()
        }),
        seq: row.seq,
    }
}

async fn export(desk: Desk, query: Query) -> Result<Response, Fault> {
    let (filter, errors) = filter_of(&desk, &query).await?;
    if !errors.is_empty() {
        // The page says what is wrong.
        return show(desk, query).await;
    }
    let format = query
        .get("format")
        .and_then(ExportFormat::parse)
        .unwrap_or(ExportFormat::Csv);
    let logs = desk.visit().state.auth.logs();
    let export = logs.export_audit(&desk.acting(), desk.workspace(), filter).await?;
    Ok(audit_export::respond(export, format))
}
