//! Looking ahead at a change of settings while somebody listens (C3): begun before it is answered, so that a database that is
//! away is told by the status, and given up when nobody reads the answer any more.

use std::io;
use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use doorward_auth::Acting;
use doorward_auth::workspace::preview_settings::{PreviewError, PreviewEvent, PreviewHow, SettingsPreview};
use doorward_domain::preview::LosesLast;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::workspace::Workspace;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;
use crate::{csv, lines};

/// Events that may wait for a slow reader.
const WAITING: usize = 2;

/// A preview that has begun. It ends when this is dropped.
pub(crate) struct Previewing {
    events: mpsc::Receiver<PreviewEvent>,
    made: JoinHandle<Result<SettingsPreview, PreviewError>>,
    /// About how many people there are.
    pub(crate) of: u64,
}

impl Previewing {
    /// Begins one, and waits until the database has answered for the first time.
    pub(crate) async fn begin(
        state: &Arc<SiteState>,
        acting: Acting,
        workspace: Arc<Workspace>,
        settings: SecuritySettings,
        whole_list: bool,
    ) -> Result<Self, Fault> {
        let (listener, mut events) = mpsc::channel(WAITING);
        let state = Arc::clone(state);
        let made = tokio::spawn(async move {
            let how = PreviewHow {
                listener: Some(listener),
                whole_list,
            };
            let desk = state.auth.settings();
            desk.preview(&acting, &workspace, &settings, &how).await
        });
        let of = match events.recv().await {
            Some(PreviewEvent::Progress { of, .. }) => of,
            Some(PreviewEvent::Losing(_)) => 0,
            None => {
                return Err(match made.await {
                    Ok(Err(error)) => preview_fault(error),
                    Ok(Ok(_)) | Err(_) => Fault::new(FaultKind::Internal),
                });
            }
        };
        Ok(Self { events, made, of })
    }

    /// What it tells next; `None` at its end.
    pub(crate) async fn next(&mut self) -> Option<PreviewEvent> {
        self.events.recv().await
    }

    /// What came of it.
    pub(crate) async fn made(mut self) -> Result<SettingsPreview, Fault> {
        while self.next().await.is_some() {}
        match self.made.await {
            Ok(made) => made.map_err(preview_fault),
            Err(_) => Err(Fault::new(FaultKind::Internal)),
        }
    }
}

/// What is answered where a preview was not made.
pub(crate) fn preview_fault(error: PreviewError) -> Fault {
    match error {
        PreviewError::GivenUp => Fault::new(FaultKind::Unavailable),
        PreviewError::Port(error) => error.into(),
    }
}

/// In which form a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListFormat {
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Somebody who would lose their last way in.
#[derive(Serialize, ToSchema)]
#[schema(as = LosesLast)]
pub(crate) struct LosesDocument {
    id: Uuid,
    name: String,
    email: Option<String>,
    #[schema(value_type = String, example = "customer")]
    role: &'static str,
    /// The ways that they have now and would lose.
    loses: Vec<String>,
}

impl From<&LosesLast> for LosesDocument {
    fn from(person: &LosesLast) -> Self {
        Self {
            id: person.user.as_uuid(),
            name: person.name.clone(),
            email: person.address.as_ref().map(ToString::to_string),
            role: person.role.as_str(),
            loses: person.loses.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The answer that lists everybody who would lose their last way in, written while they are found.
pub(crate) fn list(mut previewing: Previewing, format: ListFormat) -> Response {
    let (content_type, file) = match format {
        ListFormat::Csv => (
            "text/csv; charset=utf-8; header=present",
            "attachment; filename=\"lose-last.csv\"",
        ),
        ListFormat::Jsonl => (
            "application/jsonl; charset=utf-8",
            "attachment; filename=\"lose-last.jsonl\"",
        ),
    };
    let (sender, body) = lines::body();
    tokio::spawn(async move {
        if format == ListFormat::Csv {
            let head = csv::record(["id", "name", "email", "role", "loses"]);
            if sender.send(Ok(Bytes::from(head))).await.is_err() {
                return;
            }
        }
        loop {
            let event = tokio::select! {
                event = previewing.next() => event,
                () = sender.closed() => return,
            };
            match event {
                Some(PreviewEvent::Losing(people)) => {
                    if sender.send(Ok(Bytes::from(told(&people, format)))).await.is_err() {
                        return;
                    }
                }
                Some(PreviewEvent::Progress { .. }) => {}
                None => break,
            }
        }
        if previewing.made().await.is_err() {
            tracing::warn!("a list of who would lose their last way in broke off");
            let _ = sender.send(Err(io::ErrorKind::Other.into())).await;
        }
    });
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(file));
    response
}

fn told(people: &[LosesLast], format: ListFormat) -> String {
    let mut text = String::new();
    for person in people.iter().map(LosesDocument::from) {
        match format {
            ListFormat::Csv => {
                let id = person.id.to_string();
                let email = person.email.unwrap_or_default();
                let loses = person.loses.join(" ");
                text.push_str(&csv::record([id.as_str(), &person.name, &email, person.role, &loses]));
            }
            ListFormat::Jsonl => {
                text.push_str(&serde_json::to_string(&person).unwrap_or_default());
                text.push('\n');
            }
        }
    }
    text
}
