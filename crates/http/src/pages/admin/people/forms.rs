//! The forms about people: adding somebody, and their details, organisations and role.

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::people::PersonError;
use doorward_auth::people::edit_person::{EditPersonError, EditProblem, MAX_ORGANISATIONS, PersonEdit};
use doorward_auth::people::give_role::GiveRoleError;
use doorward_auth::people::invite::{AddPersonError, NewPerson};
use doorward_domain::ids::UserId;
use doorward_domain::role::{Role, RoleChoice};
use doorward_domain::user::User;
use doorward_domain::words::Words;

use super::acts::refusal;
use super::person::in_reach;
use super::{givable, id_of, page_of};
use crate::extract::FormAttempt;
use crate::pages::account::profile::{languages, time_zones};
use crate::pages::admin::Desk;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::notice::Notice;
use crate::pages::{answer, fields};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::admin::{AdminUserEdit, AdminUserNew, AdminUserOrganisations, AdminUserRole};
use crate::render::views::{FieldError, Refusal};

type Form = FormAttempt<Sent>;

/// What to show beside a form when it is shown again.
#[derive(Default)]
struct Again {
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
}

impl Again {
    fn wrong(field: &'static str, words: Words) -> Self {
        Self {
            refusal: None,
            errors: vec![FieldError::new(field, words)],
        }
    }

    fn told(code: &'static str, words: Words) -> Self {
        Self {
            refusal: Some(refusal(code, words)),
            errors: Vec::new(),
        }
    }

    fn expired() -> Self {
        Self {
            refusal: Some(answer::form_expired()),
            errors: Vec::new(),
        }
    }
}

fn too_many_organisations() -> Words {
    Words::key("person-too-many-organisations").with("max", i64::try_from(MAX_ORGANISATIONS).unwrap_or(i64::MAX))
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

// Adding somebody.

pub(in crate::pages) async fn new(desk: Desk) -> Result<Response, Fault> {
    let form = Sent::default();
    new_page(&desk, &form, (Situation::Shown, Again::default()), None).await
}

async fn new_page(
    desk: &Desk,
    form: &Sent,
    (situation, again): (Situation, Again),
    taken: Option<UserId>,
) -> Result<Response, Fault> {
    // A form that was not sent yet offers an invitation.
    let is_new = form.names().next().is_none();
    let role = if is_new {
        Role::Customer.as_str()
    } else {
        form.get("role")
    };
    let view = AdminUserNew {
        name: form.get("name").to_owned(),
        email: form.get("email").to_owned(),
        organisations: form.get("organisations").to_owned(),
        roles: givable(desk, role).await?,
        invite: is_new || !form.get("invite").is_empty(),
        taken: taken.map(page_of),
        refusal: again.refusal,
        errors: again.errors,
    };
    desk.page(situation, &view)
}

/// **Add a person**.
pub(in crate::pages) async fn add(desk: Desk, form: Form) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => {
            return new_page(&desk, &form, (Situation::FormExpired, Again::expired()), None).await;
        }
    };
    let address = match fields::email(form.get("email")) {
        Ok(address) => address,
        Err(error) => {
            let again = Again::wrong("email", error.words);
            return new_page(&desk, &form, (Situation::Unfit, again), None).await;
        }
    };
    let Some(role) = RoleChoice::parse(form.get("role")) else {
        let again = Again::wrong("role", Words::key("person-role-unknown"));
        return new_page(&desk, &form, (Situation::Unfit, again), None).await;
    };
    let wanted = NewPerson {
        address,
        name: form.get("name").to_owned(),
        organisations: lines(form.get("organisations")),
        invite: !form.get("invite").is_empty(),
        role,
    };
    // Whoever joins the staff may look people up: that asks for a fresh proof (R99).
    if role == RoleChoice::BuiltIn(Role::Customer) || role == RoleChoice::BuiltIn(Role::Collaborator) {
        return put(&desk, &form, wanted).await;
    }
    match desk.fresh(&form).await? {
        Leave::Asked(response) => Ok(response),
        Leave::Given(given) => {
            let outcome = put(&desk, &form, wanted).await;
            given.seal(&desk.member, outcome)
        }
    }
}

async fn put(desk: &Desk, form: &Sent, wanted: NewPerson) -> Result<Response, Fault> {
    let state = &desk.visit().state;
    let invited = wanted.invite;
    let added = state.auth.staff().add(&desk.acting(), desk.workspace(), wanted).await;
    let (situation, again, taken) = match added {
        Ok(user) => {
            if invited {
                (state.mail_promised)();
            }
            return desk.done(&page_of(user.id), Notice::PersonAdded);
        }
        Err(AddPersonError::OutOfReach) => (
            Situation::Forbidden,
            Again::wrong("role", Words::key("person-role-out-of-reach")),
            None,
        ),
        Err(AddPersonError::NoSuchRole) => (
            Situation::Unfit,
            Again::wrong("role", Words::key("person-role-unknown")),
            None,
        ),
        Err(AddPersonError::TooManyOrganisations) => (
            Situation::Unfit,
            Again::wrong("organisations", too_many_organisations()),
            None,
        ),
        Err(AddPersonError::AddressTaken(owner)) => (
            Situation::Conflict,
            Again::wrong("email", Words::key("person-address-taken")),
            Some(owner),
        ),
        Err(AddPersonError::TooManyMails { .. }) => (
            Situation::TooManyTries,
            Again::told("try-later", Words::key("person-too-many-mails")),
            None,
        ),
        Err(AddPersonError::Port(error)) => return Err(error.into()),
        Err(_) => return Err(Fault::new(FaultKind::Internal)),
    };
    new_page(desk, form, (situation, again), taken).await
}

// Details.

pub(in crate::pages) async fn edit(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let user = in_reach(&desk, id_of(&id)?).await?;
    edit_page(&desk, &user, None, (Situation::Shown, Again::default()))
}

fn edit_page(
    desk: &Desk,
    user: &User,
    typed: Option<&Sent>,
    (situation, again): (Situation, Again),
) -> Result<Response, Fault> {
    let shown = |name: &str, stored: Option<&str>| match typed {
        Some(form) => form.get(name).to_owned(),
        None => stored.unwrap_or_default().to_owned(),
    };
    let language = shown("language", user.language.as_deref());
    let time_zone = shown("time_zone", user.time_zone.as_deref());
    let view = AdminUserEdit {
        id: user.id.to_string(),
        who: user.display_name(),
        name: shown("name", Some(&user.name)),
        languages: languages(desk.visit(), &desk.workspace().portal, &language),
        language,
        time_zones: time_zones(&time_zone),
        time_zone,
        refusal: again.refusal,
        errors: again.errors,
    };
    desk.page(situation, &view)
}

/// **Save**, of name, language and time zone.
pub(in crate::pages) async fn save(desk: Desk, Path(id): Path<String>, form: Form) -> Result<Response, Fault> {
    let user = in_reach(&desk, id_of(&id)?).await?;
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => {
            return edit_page(&desk, &user, Some(&form), (Situation::FormExpired, Again::expired()));
        }
    };
    let chosen = |name: &str| Some(form.get(name).trim()).filter(|text| !text.is_empty());
    let wanted = PersonEdit {
        name: Some(form.get("name").to_owned()),
        language: Some(chosen("language").map(str::to_owned)),
        time_zone: Some(chosen("time_zone").map(str::to_owned)),
        organisations: None,
        languages: desk
            .workspace()
            .portal
            .offered(desk.visit().state.renderer.catalogue().languages()),
    };
    match store(&desk, user.id, wanted).await? {
        Ok(response) => Ok(response),
        Err(again) => edit_page(&desk, &user, Some(&form), again),
    }
}

/// Stores an edit: the answer, or what to show beside the form.
async fn store(desk: &Desk, id: UserId, edit: PersonEdit) -> Result<Result<Response, (Situation, Again)>, Fault> {
    let staff = desk.visit().state.auth.staff();
    match staff.edit(&desk.acting(), desk.workspace(), id, edit).await {
        Ok(_user) => desk.done(&page_of(id), Notice::PersonSaved).map(Ok),
        Err(EditPersonError::Problems(problems)) => {
            let errors = problems.into_iter().map(problem).collect();
            let again = Again { refusal: None, errors };
            Ok(Err((Situation::Unfit, again)))
        }
        Err(EditPersonError::Person(PersonError::NobodyThere)) => Err(Fault::new(FaultKind::NotFound)),
        Err(EditPersonError::Person(PersonError::OutOfReach)) => Err(Fault::new(FaultKind::Forbidden)),
        Err(EditPersonError::Person(PersonError::Port(error)) | EditPersonError::Port(error)) => Err(error.into()),
        Err(_) => Err(Fault::new(FaultKind::Internal)),
    }
}

fn problem(problem: EditProblem) -> FieldError {
    match problem {
        EditProblem::NameMissing => FieldError::new("name", Words::key("person-name-missing")),
        EditProblem::Language => FieldError::new("language", Words::key("person-language-unknown")),
        EditProblem::TimeZone => FieldError::new("time_zone", Words::key("person-time-zone-unknown")),
        EditProblem::Organisations => FieldError::new("organisations", too_many_organisations()),
    }
}

// Organisations.

pub(in crate::pages) async fn organisations(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let user = in_reach(&desk, id_of(&id)?).await?;
    let names: Vec<&str> = user.organisations.iter().map(|group| group.name.as_str()).collect();
    organisations_page(&desk, &user, &names.join("\n"), (Situation::Shown, Again::default()))
}

fn organisations_page(
    desk: &Desk,
    user: &User,
    typed: &str,
    (situation, again): (Situation, Again),
) -> Result<Response, Fault> {
    let view = AdminUserOrganisations {
        id: user.id.to_string(),
        who: user.display_name(),
        organisations: typed.to_owned(),
        refusal: again.refusal,
        errors: again.errors,
    };
    desk.page(situation, &view)
}

/// **Save**, of organisations.
pub(in crate::pages) async fn save_organisations(
    desk: Desk,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    let user = in_reach(&desk, id_of(&id)?).await?;
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => {
            let typed = form.get("organisations");
            return organisations_page(&desk, &user, typed, (Situation::FormExpired, Again::expired()));
        }
    };
    let typed = form.get("organisations");
    let wanted = PersonEdit {
        organisations: Some(lines(typed)),
        ..PersonEdit::default()
    };
    match store(&desk, user.id, wanted).await? {
        Ok(response) => Ok(response),
        Err(again) => organisations_page(&desk, &user, typed, again),
    }
}

// The role.

pub(in crate::pages) async fn role(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let user = in_reach(&desk, id_of(&id)?).await?;
    role_page(&desk, &user, &role_of(&user), (Situation::Shown, Again::default())).await
}

fn role_of(user: &User) -> String {
    match &user.custom_role {
        Some(own) => own.id.to_string(),
        None => user.role.as_str().to_owned(),
    }
}

async fn role_page(
    desk: &Desk,
    user: &User,
    chosen: &str,
    (situation, again): (Situation, Again),
) -> Result<Response, Fault> {
    let view = AdminUserRole {
        id: user.id.to_string(),
        who: user.display_name(),
        roles: givable(desk, chosen).await?,
        refusal: again.refusal,
        errors: again.errors,
    };
    desk.page(situation, &view)
}

/// **Change role**: asks for a fresh proof (R99).
pub(in crate::pages) async fn save_role(desk: Desk, Path(id): Path<String>, form: Form) -> Result<Response, Fault> {
    let user = in_reach(&desk, id_of(&id)?).await?;
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => {
            let again = (Situation::FormExpired, Again::expired());
            return role_page(&desk, &user, form.get("role"), again).await;
        }
    };
    let Some(role) = RoleChoice::parse(form.get("role")) else {
        let again = Again::wrong("role", Words::key("person-role-unknown"));
        return role_page(&desk, &user, "", (Situation::Unfit, again)).await;
    };
    match desk.fresh(&form).await? {
        Leave::Asked(response) => Ok(response),
        Leave::Given(given) => {
            let outcome = give(&desk, &user, role).await;
            given.seal(&desk.member, outcome)
        }
    }
}

async fn give(desk: &Desk, user: &User, role: RoleChoice) -> Result<Response, Fault> {
    let roles = desk.visit().state.auth.roles();
    let wrong = |situation: Situation, words: Words| (situation, Again::wrong("role", words));
    let again = match roles.give(&desk.acting(), desk.workspace(), user.id, role).await {
        Ok(()) => return desk.done(&page_of(user.id), Notice::RoleGiven),
        Err(GiveRoleError::NobodyThere) => return Err(Fault::new(FaultKind::NotFound)),
        Err(GiveRoleError::OutOfReach) => return Err(Fault::new(FaultKind::Forbidden)),
        Err(GiveRoleError::NoSuchRole) => wrong(Situation::Unfit, Words::key("person-role-unknown")),
        Err(GiveRoleError::BeyondOwn) => wrong(Situation::Forbidden, Words::key("person-role-out-of-reach")),
        Err(GiveRoleError::LastOwner) => (
            Situation::Conflict,
            Again::told("last-owner", Words::key("person-last-owner")),
        ),
        Err(GiveRoleError::LastWayIn) => (
            Situation::Conflict,
            Again::told("last-way-in", Words::key("person-last-way-in")),
        ),
        Err(GiveRoleError::ChangedMeanwhile) => (
            Situation::Conflict,
            Again::told("changed-meanwhile", Words::key("person-changed-meanwhile")),
        ),
        Err(GiveRoleError::Port(error)) => return Err(error.into()),
        Err(_) => return Err(Fault::new(FaultKind::Internal)),
    };
    role_page(desk, user, &role.to_string(), again).await
}
