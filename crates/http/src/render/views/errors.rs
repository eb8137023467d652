use doorward_domain::words::Words;
use http::StatusCode;
use serde::Serialize;

use super::super::{Page, messages};

/// A page that says what went wrong, for every status that is not the outcome of a form.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// The status of the response.
    pub status: u16,
    /// What happened.
    pub title: Words,
    /// Why, and what to do now.
    pub text: Words,
    /// The request's id, by which the operator finds it in the log.
    pub request: Option<String>,
}

impl ErrorPage {
    /// The page for a status inside a workspace (or, where `workspace` is `None`, on a host that has none: nothing is
    /// revealed there). A status that has no words of its own is told like 400 or 500.
    pub fn of(status: StatusCode, workspace: Option<&str>) -> Self {
        let (heading, text) = match status.as_u16() {
            401 => ("error-401-heading", Words::key("error-401-text")),
            403 => ("error-403-heading", Words::key("error-403-text")),
            404 => ("error-404-heading", nothing_there(workspace)),
            405 => ("error-405-heading", Words::key("error-405-text")),
            409 => ("error-409-heading", Words::key("error-409-text")),
            410 => ("error-410-heading", Words::key("error-410-text")),
            413 => ("error-413-heading", Words::key("error-413-text")),
            415 => ("error-415-heading", Words::key("error-415-text")),
            422 => ("error-422-heading", Words::key("error-422-text")),
            429 => ("error-429-heading", messages::refusals::try_later(60)),
            503 => ("error-503-heading", Words::key("error-503-text")),
            _ if status.is_client_error() => ("error-400-heading", Words::key("error-400-text")),
            _ => ("error-500-heading", Words::key("error-500-text")),
        };
        Self {
            status: status.as_u16(),
            title: Words::key(heading),
            text,
            request: None,
        }
    }

    /// 429 with the wait that is left.
    pub fn try_later(seconds: u64) -> Self {
        let text = messages::refusals::try_later(seconds);
        Self {
            text,
            ..Self::of(StatusCode::TOO_MANY_REQUESTS, None)
        }
    }

    /// Adds the request's id.
    #[must_use]
    pub fn with_request(self, request: impl Into<String>) -> Self {
        Self {
            request: Some(request.into()),
            ..self
        }
    }
}

fn nothing_there(workspace: Option<&str>) -> Words {
    match workspace {
        Some(workspace) => Words::key("error-404-text").with("workspace", workspace),
        None => Words::key("error-404-unknown-text"),
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn samples() -> Vec<Self> {
        let statuses = [
            400, 401, 403, 404, 405, 409, 410, 413, 415, 418, 422, 429, 500, 502, 503,
        ];
        statuses
            .into_iter()
            .filter_map(|status| StatusCode::from_u16(status).ok())
            .map(|status| Self::of(status, Some("Acme Help")))
            .chain([
                Self::of(StatusCode::NOT_FOUND, None),
                Self::try_later(725),
                Self::of(StatusCode::INTERNAL_SERVER_ERROR, None).with_request("0193-4c7e"),
            ])
            .collect()
    }
}
