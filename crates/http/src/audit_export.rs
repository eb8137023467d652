//! The audit log as a file, written while it is read (C6, R102, R103).

use std::io;

use axum::response::Response;
use bytes::Bytes;
use doorward_auth::logs::export_audit::AuditExport;
use doorward_domain::audit_log::AuditRow;
use doorward_domain::time_zone::rfc3339;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{csv, lines};

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

impl ExportFormat {
    /// The form of that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// A row of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRow)]
pub(crate) struct AuditDocument {
    pub(crate) id: Uuid,
    /// Its number in the chain of seals; absent until it is sealed, which takes a second at most.
    pub(crate) seq: Option<u64>,
    /// When, in UTC.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// Who acted: `anonymous`, `user`, `api-key`, `scim-token`, `operator` or `server`.
    pub(crate) actor: &'static str,
    pub(crate) actor_id: Option<Uuid>,
    /// Their name as it is now.
    pub(crate) actor_name: Option<String>,
    /// On whom.
    pub(crate) subject_id: Option<Uuid>,
    /// Their name as it is now.
    pub(crate) subject_name: Option<String>,
    /// What was done.
    #[schema(example = "signed-in")]
    pub(crate) action: &'static str,
    /// `ok`, or the stable code of what was in the way.
    pub(crate) outcome: String,
    /// What exactly.
    pub(crate) detail: Option<String>,
    /// Address of the client.
    pub(crate) address: Option<String>,
    /// The client's own description.
    pub(crate) user_agent: Option<String>,
    /// Id of the request, as in the logs of the server.
    pub(crate) request_id: Option<Uuid>,
}

impl AuditDocument {
    pub(crate) fn of(row: &AuditRow) -> Self {
        let entry = &row.entry;
        let (actor, actor_id) = entry.actor.columns();
        let client = entry.client.as_ref();
        Self {
            id: entry.id.as_uuid(),
            seq: row.seq,
            at: rfc3339(entry.at),
            actor,
            actor_id,
            actor_name: row.actor_name.clone(),
            subject_id: entry.subject.map(doorward_domain::ids::UserId::as_uuid),
            subject_name: row.subject_name.clone(),
            action: entry.action.as_str(),
            outcome: entry.outcome.clone(),
            detail: entry.detail.clone(),
            address: client.map(|client| client.address.to_string()),
            user_agent: client.map(|client| client.user_agent.clone()),
            request_id: client.map(|client| client.request.as_uuid()),
        }
    }

    const COLUMNS: [&'static str; 14] = [
        "seq",
        "at",
        "actor",
        "actor_id",
        "actor_name",
        "action",
        "subject_id",
        "subject_name",
        "outcome",
        "detail",
        "address",
        "user_agent",
        "request_id",
        "id",
    ];

    fn record(self) -> String {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        csv::record([
            self.seq.map(|seq| seq.to_string()).unwrap_or_default(),
            self.at,
            self.actor.to_owned(),
            id(self.actor_id),
            self.actor_name.unwrap_or_default(),
            self.action.to_owned(),
            id(self.subject_id),
            self.subject_name.unwrap_or_default(),
            self.outcome,
            self.detail.unwrap_or_default(),
            self.address.unwrap_or_default(),
            self.user_agent.unwrap_or_default(),
            id(self.request_id),
            self.id.to_string(),
        ])
    }
}

fn told(rows: &[AuditRow], format: ExportFormat) -> String {
    let mut text = String::new();
    for row in rows.iter().map(AuditDocument::of) {
        match format {
            ExportFormat::Csv => text.push_str(&row.record()),
            ExportFormat::Jsonl => {
                text.push_str(&serde_json::to_string(&row).unwrap_or_default());
                text.push('\n');
            }
        }
    }
    text
}

/// The answer that holds the whole log, a page of it in memory at a time.
pub(crate) fn respond(mut export: AuditExport, format: ExportFormat) -> Response {
    let (content_type, file) = match format {
        ExportFormat::Csv => (
            "text/csv; charset=utf-8; header=present",
            "attachment; filename=\"audit.csv\"",
        ),
        ExportFormat::Jsonl => (
            "application/jsonl; charset=utf-8",
            "attachment; filename=\"audit.jsonl\"",
        ),
    };
    let (sender, body) = lines::body();
    tokio::spawn(async move {
        if format == ExportFormat::Csv {
            let head = csv::record(AuditDocument::COLUMNS);
            if sender.send(Ok(Bytes::from(head))).await.is_err() {
                return;
            }
        }
        loop {
            match export.next().await {
                Ok(rows) if rows.is_empty() => return,
                Ok(rows) => {
                    if sender.send(Ok(Bytes::from(told(&rows, format)))).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "an export of the audit log broke off"
                    );
                    let _ = sender.send(Err(io::ErrorKind::Other.into())).await;
                    return;
                }
            }
        }
    });
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(file));
    response
}
