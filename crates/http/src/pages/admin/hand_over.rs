//! `/admin/hand-over`: the keys by which the company's own site hands people over, and what is wrong with a token (B18).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::sign_in::hand_over::HandOverToken;
use doorward_auth::workspace::add_hand_over_key::{AddHandOverKeyError, NewHandOverKey};
use doorward_auth::workspace::check_hand_over_token::{HandOverChecked, WouldOpen};
use doorward_domain::hand_over::{HandOverAlgorithm, HandOverKey, KeyProblem, MAX_LIVE_KEYS, PublicKeyProblem};
use doorward_domain::ids::HandOverKeyId;
use doorward_domain::role::{Audience, Permission, Role};
use doorward_domain::words::Words;

use super::Desk;
use super::people::built_in;
use crate::extract::Form;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::notice::Notice;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::When;
use crate::render::views::FieldError;
use crate::render::views::admin::{
    AdminConfirm, AdminHandOver, AdminHandOverMade, AdminHandOverNew, Choice, HandOverCheck, HandOverKeyRow,
};
use crate::site::SiteState;

const HAND_OVER: &str = "/admin/hand-over";

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(HAND_OVER, get(show).post(add))
        .route("/admin/hand-over/new", get(new))
        .route("/admin/hand-over/check", post(check))
        .route("/admin/hand-over/{key}/revoke", post(revoke))
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound)
}

fn audience_words(audience: Audience) -> Words {
    match audience {
        Audience::Customers => Words::key("hand-over-key-customers"),
        Audience::Staff => Words::key("hand-over-key-staff"),
    }
}

fn is_on(desk: &Desk, audience: Audience) -> bool {
    desk.workspace().security.audience(audience).hand_over
}

async fn page(desk: &Desk, situation: Situation, check: Option<HandOverCheck>) -> Result<Response, Fault> {
    let workspaces = desk.visit().state.auth.workspaces();
    let mut keys = workspaces.hand_over_keys(desk.workspace()).await?;
    keys.sort_by_key(|key| (!key.is_live(), std::cmp::Reverse(key.created_at)));
    let live = |audience| {
        keys.iter()
            .filter(|key| key.is_live() && key.audience == audience)
            .count()
    };
    let (customers, staff) = (live(Audience::Customers), live(Audience::Staff));
    let zone = desk.zone();
    let row = |key: &HandOverKey| HandOverKeyRow {
        id: key.id.to_string(),
        audience: audience_words(key.audience),
        algorithm: key.algorithm.as_str().to_owned(),
        highest_role: built_in(key.highest_role),
        made: When::of(key.created_at, &zone),
        live: key.is_live(),
    };
    let view = AdminHandOver {
        off: [(Audience::Customers, customers), (Audience::Staff, staff)]
            .into_iter()
            .filter(|(audience, live)| *live > 0 && !is_on(desk, *audience))
            .map(|(audience, _)| match audience {
                Audience::Customers => Words::key("hand-over-key-off-customers"),
                Audience::Staff => Words::key("hand-over-key-off-staff"),
            })
            .collect(),
        changing_over: customers > 1 || staff > 1,
        full: customers >= MAX_LIVE_KEYS,
        keys: keys.iter().map(row).collect(),
        check,
    };
    desk.page(situation, &view)
}

async fn show(desk: Desk) -> Result<Response, Fault> {
    page(&desk, Situation::Shown, None).await
}

fn new_page(form: &Sent, errors: Vec<FieldError>) -> AdminHandOverNew {
    let chosen = HandOverAlgorithm::parse(form.get("algorithm")).unwrap_or(HandOverAlgorithm::Hs256);
    let role = Role::parse(form.get("highest_role")).unwrap_or(Role::Customer);
    AdminHandOverNew {
        algorithms: HandOverAlgorithm::ALL
            .into_iter()
            .map(|algorithm| Choice {
                value: algorithm.as_str().to_owned(),
                label: match algorithm.secret_bytes() {
                    Some(_) => Words::key("hand-over-key-shared"),
                    None => Words::key("hand-over-key-public"),
                }
                .with("algorithm", algorithm.as_str()),
                chosen: algorithm == chosen,
            })
            .collect(),
        roles: [Role::Customer, Role::Collaborator]
            .into_iter()
            .map(|known| Choice {
                value: known.as_str().to_owned(),
                label: built_in(known),
                chosen: known == role,
            })
            .collect(),
        public_key: form.get("public_key").to_owned(),
        errors,
    }
}

async fn new(desk: Desk) -> Result<Response, Fault> {
    desk.page(Situation::Shown, &new_page(&Sent::default(), Vec::new()))
}

async fn add(desk: Desk, Form(form): Form<Sent>) -> Result<Response, Fault> {
    if form.get("public_key").contains("PRIVATE") {
        // At once: what is asked for a proof is carried from page to page.
        let words = Words::key("hand-over-key-private");
        return again(&desk, &form, Situation::Unfit, FieldError::new("public_key", words));
    }
    match desk.fresh(&form).await? {
        Leave::Asked(response) => Ok(response),
        Leave::Given(given) => given.seal(&desk.member, added(&desk, &form).await),
    }
}

/// The form again. A private key that was pasted does not come back in it: whatever keeps pages would keep it.
fn again(desk: &Desk, form: &Sent, situation: Situation, error: FieldError) -> Result<Response, Fault> {
    let betrayed = error.words == Words::key("hand-over-key-private");
    let mut page = new_page(form, vec![error]);
    if betrayed {
        page.public_key = String::new();
    }
    desk.page(situation, &page)
}

async fn added(desk: &Desk, form: &Sent) -> Result<Response, Fault> {
    let again = |situation, field: &'static str, words| again(desk, form, situation, FieldError::new(field, words));
    let Some(algorithm) = HandOverAlgorithm::parse(form.get("algorithm")) else {
        return again(
            Situation::Unfit,
            "algorithm",
            Words::key("hand-over-key-algorithm-wrong"),
        );
    };
    let public_key = form.get("public_key").trim();
    let shared = algorithm.secret_bytes().is_some();
    if shared && !public_key.is_empty() {
        return again(
            Situation::Unfit,
            "public_key",
            Words::key("hand-over-key-public-not-shared"),
        );
    }
    // Only keys for customers: one for staff lets its holder come in as an admin, so it takes the server's command line.
    let wanted = NewHandOverKey {
        audience: Audience::Customers,
        algorithm: Some(algorithm),
        public_key: (!public_key.is_empty()).then(|| public_key.to_owned()),
        highest_role: Role::parse(form.get("highest_role")),
    };
    let workspaces = desk.visit().state.auth.workspaces();
    let acting = desk.acting();
    let problem = match workspaces.add_hand_over_key(&acting, desk.workspace(), wanted).await {
        Ok(added) => {
            let page = AdminHandOverMade {
                id: added.key.id.to_string(),
                algorithm: added.key.algorithm.as_str().to_owned(),
                secret: added.secret.map(|secret| secret.expose().to_owned()),
                off: !is_on(desk, Audience::Customers),
            };
            return desk.page(Situation::Made, &page);
        }
        Err(AddHandOverKeyError::Problem(problem)) => problem,
        Err(AddHandOverKeyError::BeyondOwn) => {
            return again(
                Situation::Forbidden,
                "highest_role",
                Words::key("hand-over-key-beyond-own"),
            );
        }
        Err(AddHandOverKeyError::Port(error)) => return Err(error.into()),
    };
    match problem {
        KeyProblem::TooMany => again(Situation::Conflict, "algorithm", Words::key("hand-over-key-too-many")),
        KeyProblem::HighestRole { .. } => {
            again(Situation::Unfit, "highest_role", Words::key("hand-over-key-role-wrong"))
        }
        KeyProblem::PublicKeyMissing { .. } => again(
            Situation::Unfit,
            "public_key",
            Words::key("hand-over-key-public-missing"),
        ),
        KeyProblem::OtherAlgorithm { fits, .. } => {
            let words = Words::key("hand-over-key-other-algorithm").with("fits", fits.as_str());
            again(Situation::Unfit, "algorithm", words)
        }
        KeyProblem::PublicKey(problem) => {
            let words = match problem {
                PublicKeyProblem::Unreadable => Words::key("hand-over-key-unreadable"),
                PublicKeyProblem::Private => Words::key("hand-over-key-private"),
                PublicKeyProblem::RsaSize { bits } => Words::key("hand-over-key-rsa-size").with("bits", bits),
                PublicKeyProblem::Kind => Words::key("hand-over-key-kind"),
            };
            again(Situation::Unfit, "public_key", words)
        }
    }
}

async fn revoke(desk: Desk, Path(id): Path<String>, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let id: HandOverKeyId = id.parse().map_err(|_id| missing())?;
    let workspaces = desk.visit().state.auth.workspaces();
    let keys = workspaces.hand_over_keys(desk.workspace()).await?;
    let key = keys.into_iter().find(|key| key.id == id && key.is_live());
    let key = key.ok_or_else(missing)?;
    if form.get("confirmed").is_empty() {
        let page = AdminConfirm {
            title: Words::key("hand-over-key-revoke-title"),
            what: vec![
                Words::key("hand-over-key-revoke-what").with("id", key.id.to_string()),
                Words::key("hand-over-key-revoke-for-good"),
            ],
            action: format!("{HAND_OVER}/{id}/revoke"),
            carried: Vec::new(),
            button: Words::key("hand-over-key-revoke"),
            danger: true,
            back: HAND_OVER.to_owned(),
        };
        return desk.page(Situation::Shown, &page);
    }
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = match workspaces
        .revoke_hand_over_key(&desk.acting(), desk.workspace(), id)
        .await
    {
        Ok(true) => desk.done(HAND_OVER, Notice::HandOverKeyRevoked),
        Ok(false) => Err(missing()),
        Err(error) => Err(error.into()),
    };
    given.seal(&desk.member, outcome)
}

/// What is wrong with a token. It is not told back: it may be good, and then it signs somebody in.
async fn check(desk: Desk, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let token = HandOverToken::new(form.get("token"));
    let workspaces = desk.visit().state.auth.workspaces();
    let checked = workspaces.check_hand_over_token(desk.workspace(), &token).await?;
    let found = told(&desk, checked).await?;
    page(&desk, Situation::Shown, Some(found)).await
}

async fn told(desk: &Desk, checked: HandOverChecked) -> Result<HandOverCheck, Fault> {
    let opens = match checked.would_open {
        None => None,
        Some(WouldOpen::NewAccount) => Some(Words::key("hand-over-check-new-account")),
        // Whom, is told to those who may look people up.
        Some(WouldOpen::Account(_)) if !desk.may(Permission::LookPeopleUp) => {
            Some(Words::key("hand-over-check-account"))
        }
        Some(WouldOpen::Account(user)) => {
            let user = desk.visit().state.auth.people().find(desk.workspace(), user).await?;
            let name = user.map(|user| user.display_name()).unwrap_or_default();
            Some(Words::key("hand-over-check-opens").with("name", name))
        }
    };
    Ok(HandOverCheck {
        wrong: checked
            .wrong
            .map(|wrong| [wrong.field, wrong.was, wrong.should, wrong.reason.as_str().to_owned()]),
        drift: checked.drift_seconds.map(|seconds| match seconds {
            0 => Words::key("hand-over-check-no-drift"),
            ahead if ahead > 0 => Words::key("hand-over-check-ahead").with("seconds", ahead),
            behind => Words::key("hand-over-check-behind").with("seconds", behind.saturating_neg()),
        }),
        key: checked.key.map(|(id, _)| id.to_string()),
        opens,
    })
}
