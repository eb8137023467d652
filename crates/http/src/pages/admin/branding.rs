//! `/admin/branding` and `/admin/workspace`: name, look and languages; host names, portal, links and retention (C7).

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use doorward_auth::workspace::change_look::{ChangeLookError, LogoSet, LookChange, LookProblem};
use doorward_domain::colour::Colour;
use doorward_domain::picture::PictureProblem;
use doorward_domain::words::Words;
use doorward_domain::workspace::{PortalArea, Workspace};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

use super::Desk;
use crate::config::UPLOAD_CAP_BYTES;
use crate::edge::security_headers::Immutable;
use crate::extract::{FormAttempt, Upload};
use crate::pages::answer;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::fields::Query;
use crate::pages::notice::Notice;
use crate::pages::visit::Visit;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::admin::branding::{AccentShown, AdminBranding, AdminWorkspace, OfferedLanguage};
use crate::render::views::{FieldError, LanguageChoice, Refusal};
use crate::render::{ASSET_CACHE_CONTROL, Accent, messages};
use crate::site::SiteState;

const BRANDING: &str = "/admin/branding";
const WORKSPACE: &str = "/admin/workspace";
/// Where a workspace's logo is served, to anybody who looks at its pages.
const LOGO: &str = "/brand/logo";

/// The addresses of these rooms.
pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(BRANDING, get(show_branding).post(save_branding))
        .route(
            "/admin/branding/logo",
            post(upload_logo).layer(DefaultBodyLimit::max(UPLOAD_CAP_BYTES)),
        )
        .route("/admin/branding/logo/remove", post(remove_logo))
        .route(WORKSPACE, get(show_workspace).post(save_workspace))
}

/// The address of a workspace's logo; another one with each logo, so that browsers may keep what they have.
pub(in crate::pages) fn logo_of(workspace: &Workspace) -> Option<String> {
    let set_at = workspace.portal.logo_at?;
    Some(format!("{LOGO}?v={}", set_at.as_micros()))
}

/// The logo, for whoever looks at a page of the workspace.
pub(in crate::pages) async fn logo(visit: Visit, query: Query) -> Result<Response, Fault> {
    let nothing = || Fault::new(FaultKind::NotFound);
    let logo = visit.state.auth.looks().logo(visit.workspace()?).await?;
    let logo = logo.ok_or_else(nothing)?;
    let is_this_one = query
        .get("v")
        .is_some_and(|named| named == logo.set_at.as_micros().to_string());
    let mut response = logo.png.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    if is_this_one {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(ASSET_CACHE_CONTROL));
        response.extensions_mut().insert(Immutable);
    }
    Ok(response)
}

/// What was typed, to be shown again.
#[derive(Default)]
struct Again<'f> {
    form: Option<&'f Sent>,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
}

impl Again<'_> {
    fn typed(&self, name: &str, kept: impl FnOnce() -> String) -> String {
        self.form.map_or_else(kept, |form| form.get(name).to_owned())
    }
}

async fn show_branding(desk: Desk) -> Result<Response, Fault> {
    branding(&desk, Situation::Shown, Again::default())
}

async fn show_workspace(desk: Desk) -> Result<Response, Fault> {
    workspace(&desk, Situation::Shown, Again::default())
}

/// The room that a form belongs to.
#[derive(Clone, Copy)]
enum Form {
    Branding,
    Workspace,
}

impl Form {
    const fn page(self) -> &'static str {
        match self {
            Self::Branding => BRANDING,
            Self::Workspace => WORKSPACE,
        }
    }

    fn show(self, desk: &Desk, situation: Situation, again: Again<'_>) -> Result<Response, Fault> {
        match self {
            Self::Branding => branding(desk, situation, again),
            Self::Workspace => workspace(desk, situation, again),
        }
    }

    fn change(self, desk: &Desk, form: &Sent) -> LookChange {
        let text = |name: &str| Some(form.get(name).to_owned());
        match self {
            Self::Branding => LookChange {
                name: text("name"),
                accent: text("accent"),
                corner_radius: Some(match form.get("corner_radius").trim() {
                    "" => None,
                    // What is no number is as far out of its bounds as can be.
                    number => Some(number.parse().unwrap_or(u8::MAX)),
                }),
                language: text("language"),
                languages: Some(ticked(desk, form)),
                mail_name: text("mail_name"),
                ..LookChange::default()
            },
            Self::Workspace => LookChange {
                hosts: Some(lines(form.get("hosts")).map(str::to_owned).collect()),
                areas: Some(lines(form.get("areas")).map(area_of).collect()),
                start_conversation: text("start_conversation"),
                privacy: text("privacy"),
                terms: text("terms"),
                support: text("support"),
                receipts_days: Some(days(form, "receipts_days")),
                mail_days: Some(days(form, "mail_days")),
                audit_days: Some(days(form, "audit_days")),
                ..LookChange::default()
            },
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// An area as it is written: its name, then its path.
fn area_of(line: &str) -> PortalArea {
    let (name, path) = line.rsplit_once(char::is_whitespace).unwrap_or(("", line));
    PortalArea {
        name: name.trim().to_owned(),
        path: path.to_owned(),
    }
}

/// What is no number is out of its bounds.
fn days(form: &Sent, name: &str) -> u16 {
    form.get(name).trim().parse().unwrap_or_default()
}

/// The languages that are ticked; none where all are, so that one that comes later is offered too.
fn ticked(desk: &Desk, form: &Sent) -> Vec<String> {
    let catalogue = desk.visit().state.renderer.catalogue();
    let all = catalogue.languages();
    let on = |tag: &str| form.get(&format!("language.{tag}")) == "1";
    let ticked: Vec<String> = all
        .iter()
        .map(|language| language.as_str().to_owned())
        .filter(|tag| on(tag))
        .collect();
    if ticked.len() == all.len() { Vec::new() } else { ticked }
}

async fn save_branding(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    save(desk, form, Form::Branding).await
}

async fn save_workspace(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    save(desk, form, Form::Workspace).await
}

async fn save(desk: Desk, form: FormAttempt<Sent>, of: Form) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => {
            let again = Again {
                form: Some(&form),
                refusal: Some(answer::form_expired()),
                errors: Vec::new(),
            };
            return of.show(&desk, Situation::FormExpired, again);
        }
    };
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = save_now(&desk, &form, of).await;
    given.seal(&desk.member, outcome)
}

async fn save_now(desk: &Desk, form: &Sent, of: Form) -> Result<Response, Fault> {
    let again = |errors| Again {
        form: Some(form),
        refusal: None,
        errors,
    };
    let change = of.change(desk, form);
    let state = &desk.visit().state;
    let spoken = state.renderer.catalogue().languages();
    let changed = state
        .auth
        .looks()
        .change(&desk.acting(), desk.workspace(), change, spoken)
        .await;
    match changed {
        Ok(_) => desk.done(of.page(), Notice::BrandingSaved),
        Err(ChangeLookError::Problems(problems)) => {
            let taken = problems
                .iter()
                .any(|problem| matches!(problem, LookProblem::HostTaken { .. }));
            let situation = if taken { Situation::Conflict } else { Situation::Unfit };
            of.show(desk, situation, again(problems.iter().map(error_of).collect()))
        }
        Err(ChangeLookError::Changed) => {
            let again = Again {
                form: Some(form),
                refusal: None,
                errors: vec![FieldError::new("name", Words::key("branding-changed"))],
            };
            of.show(desk, Situation::Conflict, again)
        }
        Err(ChangeLookError::Gone) => Err(Fault::new(FaultKind::NotFound)),
        Err(ChangeLookError::Port(error)) => Err(error.into()),
    }
}

fn error_of(problem: &LookProblem) -> FieldError {
    let words = match problem {
        LookProblem::Name => Words::key("branding-name-wrong"),
        LookProblem::Host { host } => Words::key("workspace-host-wrong").with("host", host.clone()),
        LookProblem::HostTaken { host } => Words::key("workspace-host-taken").with("host", host.clone()),
        LookProblem::TooManyHosts => Words::key("workspace-hosts-many"),
        LookProblem::Areas => Words::key("workspace-areas-wrong"),
        LookProblem::StartConversation => Words::key("workspace-path-wrong"),
        LookProblem::Accent => Words::key("branding-accent-wrong"),
        LookProblem::CornerRadius => Words::key("branding-radius-wrong"),
        LookProblem::Language | LookProblem::Languages => Words::key("branding-languages-wrong"),
        LookProblem::MailName => Words::key("branding-mail-name-wrong"),
        LookProblem::Link { .. } => Words::key("workspace-link-wrong"),
        LookProblem::Days { low, high, .. } => Words::key("workspace-days-wrong").with("low", *low).with("high", *high),
    };
    FieldError::new(problem.field(), words)
}

async fn upload_logo(desk: Desk, upload: Upload) -> Result<Response, Fault> {
    let file = match upload {
        Upload::Fresh(file) => file,
        Upload::Expired => return logo_form_expired(&desk),
        Upload::TooLarge => return unfit(&desk, PictureProblem::TooLarge),
    };
    if file.is_empty() {
        let again = Again {
            errors: vec![FieldError::new("logo", messages::account::picture_missing())],
            ..Again::default()
        };
        return branding(&desk, Situation::Unfit, again);
    }
    set_logo(&desk, Some(file.to_vec()), Notice::LogoSet).await
}

async fn remove_logo(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    match form {
        FormAttempt::Fresh(_) => set_logo(&desk, None, Notice::LogoRemoved).await,
        FormAttempt::Expired(_) => logo_form_expired(&desk),
    }
}

async fn set_logo(desk: &Desk, file: Option<Vec<u8>>, done: Notice) -> Result<Response, Fault> {
    let visit = desk.visit();
    let looks = visit.state.auth.looks();
    let set = looks
        .set_logo(&desk.acting(), &visit.caller(), desk.workspace(), file)
        .await?;
    match set {
        LogoSet::Saved => desk.done(BRANDING, done),
        LogoSet::Problem(problem) => unfit(desk, problem),
        LogoSet::Gone => Err(Fault::new(FaultKind::NotFound)),
    }
}

fn unfit(desk: &Desk, problem: PictureProblem) -> Result<Response, Fault> {
    let situation = match problem {
        PictureProblem::TooLarge => Situation::TooLarge,
        PictureProblem::Kind | PictureProblem::TooManyPixels | PictureProblem::Damaged => Situation::Unfit,
    };
    let again = Again {
        errors: vec![FieldError::new("logo", messages::account::picture(problem))],
        ..Again::default()
    };
    branding(desk, situation, again)
}

fn logo_form_expired(desk: &Desk) -> Result<Response, Fault> {
    let again = Again {
        refusal: Some(answer::form_expired()),
        ..Again::default()
    };
    branding(desk, Situation::FormExpired, again)
}

fn branding(desk: &Desk, situation: Situation, again: Again<'_>) -> Result<Response, Fault> {
    let here = desk.workspace();
    let portal = &here.portal;
    let catalogue = desk.visit().state.renderer.catalogue();
    let languages = catalogue.languages().iter().map(|language| {
        let tag = language.as_str().to_owned();
        let kept = portal.languages.is_empty() || portal.languages.contains(&tag);
        let sent = again.form.map(|form| form.get(&format!("language.{tag}")) == "1");
        OfferedLanguage {
            language: LanguageChoice {
                name: catalogue
                    .say(language, &Words::key("language-name"))
                    .unwrap_or_else(|_| tag.clone()),
                tag,
            },
            offered: sent.unwrap_or(kept),
        }
    });
    let accent = again.typed("accent", || portal.accent.clone().unwrap_or_default());
    let page = AdminBranding {
        name: again.typed("name", || here.name.clone()),
        logo: logo_of(here),
        shown: shown(&accent),
        corner_radius: again.typed("corner_radius", || {
            portal
                .corner_radius
                .map(|radius| radius.to_string())
                .unwrap_or_default()
        }),
        language: again.typed("language", || portal.language.clone()),
        languages: languages.collect(),
        mail_name: again.typed("mail_name", || portal.mail_name.clone().unwrap_or_default()),
        accent,
        refusal: again.refusal,
        errors: again.errors,
    };
    desk.page(situation, &page)
}

/// What becomes of a colour on each ground.
fn shown(accent: &str) -> AccentShown {
    let chosen = Colour::parse(accent.trim()).unwrap_or(Colour::DEFAULT_ACCENT);
    let Accent {
        light,
        on_light,
        dark,
        on_dark,
    } = Accent::of(chosen);
    AccentShown {
        light: light.to_string(),
        light_contrast: format!("{:.1}:1", light.contrast(on_light)),
        dark: dark.to_string(),
        dark_contrast: format!("{:.1}:1", dark.contrast(on_dark)),
        corrected: !accent.trim().is_empty() && (light != chosen || dark != chosen),
    }
}

fn workspace(desk: &Desk, situation: Situation, again: Again<'_>) -> Result<Response, Fault> {
    let here = desk.workspace();
    let portal = &here.portal;
    let url = &desk.visit().state.auth.config().public_url;
    let link = |link: &Option<String>| link.clone().unwrap_or_default();
    let page = AdminWorkspace {
        address: url.origin_of(&format!("{}.{}", here.slug, url.base_host())),
        slug: here.slug.to_string(),
        hosts: again.typed("hosts", || here.hosts.join("\n")),
        areas: again.typed("areas", || {
            let areas = portal.areas.iter().map(|area| format!("{} {}", area.name, area.path));
            areas.collect::<Vec<_>>().join("\n")
        }),
        start_conversation: again.typed("start_conversation", || link(&portal.start_conversation)),
        privacy: again.typed("privacy", || link(&portal.links.privacy)),
        terms: again.typed("terms", || link(&portal.links.terms)),
        support: again.typed("support", || link(&portal.links.support)),
        receipts_days: again.typed("receipts_days", || portal.retention.receipts_days.to_string()),
        mail_days: again.typed("mail_days", || portal.retention.mail_days.to_string()),
        audit_days: again.typed("audit_days", || portal.retention.audit_days.to_string()),
        refusal: again.refusal,
        errors: again.errors,
    };
    desk.page(situation, &page)
}
