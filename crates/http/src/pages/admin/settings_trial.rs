//! Settings on trial (C3): what every page of the console tells of them, and undoing them at once.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use doorward_domain::role::Permission;
use doorward_domain::session::SessionView;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::workspace::Workspace;

use super::super::confirm::{Leave, Sent};
use super::super::notice::Notice;
use super::Desk;
use crate::extract::Form;
use crate::problem::Fault;
use crate::render::{Unconfirmed, When};
use crate::site::SiteState;

const UNDO: &str = "/admin/settings-trial/undo";
const BACK: &str = "/admin/security";

/// The addresses of the pages.
pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new().route(UNDO, post(undo))
}

/// What the console tells of settings on trial; `None` where they hold for good.
pub(super) fn face_of(workspace: &Workspace, session: &SessionView) -> Option<Unconfirmed> {
    let trial = workspace.provisional.as_ref()?;
    let may = session.permissions.contains(Permission::ManageSecuritySettings);
    Some(Unconfirmed {
        until: When::of(trial.until, &TimeZone::or_utc(session.time_zone.as_deref())),
        undo: may.then_some(UNDO),
    })
}

/// Puts back what held before. Whoever comes too late finds it done.
async fn undo(desk: Desk, State(state): State<Arc<SiteState>>, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(answer) => return Ok(answer),
    };
    let undone = state.auth.settings().undo(&desk.acting(), desk.workspace()).await;
    let outcome = match undone {
        Ok(_) => desk.done(BACK, Notice::SettingsUndone),
        Err(error) => Err(error.into()),
    };
    given.seal(&desk.member, outcome)
}
