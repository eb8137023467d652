//! `/`: the portal's home, or the root site where there is no workspace.

use axum::response::Response;

use super::fields::Query;
use super::visit::{PageKind, Visit, see_other};
use crate::edge::{FormTargets, Place};
use crate::problem::{Fault, Situation};
use crate::render::views::{Area, FieldError, Home, RootSite};
use crate::render::{Journey, messages};

pub(super) async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    let Place::Workspace(workspace) = visit.context.place() else {
        return root_site(&visit, &query).await;
    };
    let area = |area: &doorward_domain::workspace::PortalArea| Area {
        name: area.name.clone(),
        path: area.path.clone(),
    };
    let home = Home {
        areas: workspace.portal.areas.iter().map(area).collect(),
        start_conversation: workspace.portal.start_conversation.clone(),
    };
    visit.page(PageKind::Plain, Situation::Shown, Journey::default(), &home)
}

/// The base host without a default workspace: leads to a workspace by its address.
async fn root_site(visit: &Visit, query: &Query) -> Result<Response, Fault> {
    let url = visit.context.public_url();
    let suffix = url.origin_of(&url.workspace_host(""));
    let suffix = suffix
        .split_once("://")
        .map_or(suffix.as_str(), |(_, host)| host)
        .to_owned();
    let mut page = RootSite {
        suffix: suffix.clone(),
        may_found: visit.state.auth.foundings().is_open(),
        ..RootSite::default()
    };
    let mut situation = Situation::Shown;
    if let Some(typed) = query.get("workspace") {
        let slug = slug_of(typed, &suffix);
        let found = match doorward_domain::workspace::Slug::parse(&slug) {
            Ok(slug) => visit.state.auth.ports().workspaces.find_by_slug(&slug).await?,
            Err(_) => None,
        };
        if let Some(found) = found {
            return see_other(&format!("{}/", url.origin_of(&url.workspace_host(found.slug.as_str()))));
        }
        typed.clone_into(&mut page.workspace);
        let (answer, words) = if slug.is_empty() {
            (Situation::Unfit, messages::workspace_missing())
        } else {
            (Situation::NotFound, messages::workspace_unknown())
        };
        situation = answer;
        page.errors.push(FieldError::new("workspace", words));
    }
    let mut response = visit.page(PageKind::Plain, situation, Journey::default(), &page)?;
    // The form's answer leads to another host, which browsers hold against `form-action` too.
    let targets = FormTargets(vec![url.origin_of(&url.workspace_host("*"))]);
    response.extensions_mut().insert(targets);
    Ok(response)
}

/// The address part in what was typed: `acme`, `acme.help.example.com` or `https://acme.help.example.com/x`.
fn slug_of(typed: &str, suffix: &str) -> String {
    let lower = typed.trim().to_ascii_lowercase();
    let host = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let bare = suffix.split(':').next().unwrap_or_default();
    let front = host.strip_suffix(suffix).or_else(|| host.strip_suffix(bare));
    front.unwrap_or(host).to_owned()
}
