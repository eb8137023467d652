//! The audit log as it is read.

use std::fmt::Write as _;

use async_trait::async_trait;
use doorward_domain::audit_log::{AuditFilter, AuditQuery, AuditRow, MAX_AUDIT_PAGE, OutcomeFilter, WENT_WELL};
use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::ports::{AuditLog, PortResult};
use doorward_domain::time::Timestamp;
use sea_orm::{FromQueryResult as _, QueryResult, Value};

use crate::connect::Store;
use crate::entity::audit;
use crate::fault::Trouble;
use crate::{raw, records};

/// Reads the audit log.
#[derive(Debug, Clone)]
pub struct SeaAuditLog {
    store: Store,
}

impl SeaAuditLog {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

/// Conditions on rows, with what they are bound to.
struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Conditions {
    fn of(workspace: WorkspaceId) -> Self {
        Self {
            text: "a.workspace_id = $1".to_owned(),
            values: vec![workspace.as_uuid().into()],
        }
    }

    /// Adds a condition; `?` in it stands for the value.
    fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.text.push_str(" AND ");
        self.text.push_str(&condition.replace('?', &place));
    }

    fn went_well(&mut self, test: &'static str) {
        let first = self.values.len() + 1;
        self.values.extend(WENT_WELL.map(Value::from));
        let places = raw::placeholders(first, WENT_WELL.len());
        let _ = write!(self.text, " AND a.outcome {test} ({places})");
    }

    fn filter(&mut self, filter: &AuditFilter) {
        if let Some(actor) = &filter.actor {
            let (kind, id) = actor.columns();
            self.add("a.actor_kind = ?", kind);
            if let Some(id) = id {
                self.add("a.actor_id = ?", id);
            }
        }
        if let Some(subject) = filter.subject {
            self.add("a.subject_id = ?", UserId::as_uuid(subject));
        }
        if let Some(action) = filter.action {
            self.add("a.action = ?", action.as_str());
        }
        match &filter.outcome {
            None => {}
            Some(OutcomeFilter::Ok) => self.went_well("IN"),
            Some(OutcomeFilter::NotOk) => self.went_well("NOT IN"),
            Some(OutcomeFilter::Exactly(code)) => self.add("a.outcome = ?", code.as_str()),
        }
        if let Some(from) = filter.from {
            self.add("a.at >= ?", Timestamp::as_micros(from));
        }
        if let Some(until) = filter.until {
            self.add("a.at < ?", Timestamp::as_micros(until));
        }
        if let Some(address) = filter.address {
            self.add("a.client_address = ?", address.to_string());
        }
    }
}

/// What to call somebody: the name, or else the primary address.
fn called(user: &str) -> String {
    format!(
        "COALESCE(NULLIF(TRIM({user}.name), ''), (SELECT e.address FROM user_emails e WHERE e.workspace_id = \
         {user}.workspace_id AND e.user_id = {user}.id AND e.is_primary), {user}.name)"
    )
}

fn read(row: &QueryResult) -> Result<AuditRow, Trouble> {
    let model = audit::Model::from_query_result(row, "")?;
    let seq = model.seq.and_then(|seq| u64::try_from(seq).ok());
    Ok(AuditRow {
        entry: records::audit_entry(model)?,
        actor_name: row.try_get("", "actor_name")?,
        subject_name: row.try_get("", "subject_name")?,
        seq,
    })
}

#[async_trait]
impl AuditLog for SeaAuditLog {
    async fn page(&self, workspace: WorkspaceId, query: AuditQuery) -> PortResult<Vec<AuditRow>> {
        let mut wanted = Conditions::of(workspace);
        wanted.filter(&query.filter);
        if let Some(after) = query.after {
            wanted.values.push(after.at.as_micros().into());
            wanted.values.push(after.id.as_uuid().into());
            let (at, id) = (wanted.values.len() - 1, wanted.values.len());
            let _ = write!(wanted.text, " AND (a.at, a.id) < (${at}, ${id})");
        }
        let conditions = wanted.text;
        let limit = query.limit.clamp(1, MAX_AUDIT_PAGE);
        // Names are looked up for the rows of the page alone; whoever has none is called by their address.
        let [actor, subject] = ["actor", "subject"].map(called);
        let sql = format!(
            "WITH a AS (SELECT * FROM audit a WHERE {conditions} ORDER BY a.at DESC, a.id DESC LIMIT {limit}) \
             SELECT a.*, {actor} AS actor_name, {subject} AS subject_name FROM a \
             LEFT JOIN users actor ON a.actor_kind = 'user' AND actor.workspace_id = a.workspace_id \
             AND actor.id = a.actor_id \
             LEFT JOIN users subject ON subject.workspace_id = a.workspace_id AND subject.id = a.subject_id \
             ORDER BY a.at DESC, a.id DESC"
        );
        let found = async {
            let rows = raw::all(self.store.reader(), &sql, wanted.values).await?;
            rows.iter().map(read).collect::<Result<Vec<_>, Trouble>>()
        };
        found.await.map_err(|trouble| trouble.at("audit_log.page"))
    }
}
