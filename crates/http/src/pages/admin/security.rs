//! `/admin/security`: the rules of the door (C3), looked at before they are saved.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::workspace::change_settings::{SettingChange, SettingProblem, SettingValue, differences, proposed};
use doorward_auth::workspace::preview_settings::{LockedOut, PreviewHow, SettingsPreview};
use doorward_auth::workspace::save_settings::{ProposedSettings, SaveSettingsError};
use doorward_domain::preview::{AudiencePreview, LosesLast};
use doorward_domain::provider::{ProviderDescription, ProviderId};
use doorward_domain::provisional::SettingsVersion;
use doorward_domain::role::Audience;
use doorward_domain::settings::{SecuritySettings, SignUpRule};
use doorward_domain::ways_in::Way;
use doorward_domain::words::Words;

use super::{Desk, counting, providers};
use crate::extract::FormAttempt;
use crate::pages::answer;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::fields::Query;
use crate::pages::notice::Notice;
use crate::previewing::{self, ListFormat, Previewing, preview_fault};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::admin::security::{
    AdminSecurity, Counting, Length, LosingRow, MethodSwitch, ProviderSwitch, SecurityPreview, SettingRow, WayRow,
};
use crate::render::views::{FieldError, Refusal};
use crate::site::SiteState;

/// The page.
pub(super) const PAGE: &str = "/admin/security";
/// Providers that are named even where nobody has credentials of them yet.
const KNOWN: [(&str, &str); 4] = [
    ("google", "Google"),
    ("microsoft", "Microsoft"),
    ("facebook", "Facebook"),
    ("twitter", "X"),
];

/// The addresses of this room.
pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(PAGE, get(show).post(save))
        .route("/admin/security/preview", post(preview))
        .route("/admin/security/losing.csv", post(losing))
        .route("/admin/security/providers", post(providers::save))
        .route("/admin/security/providers/new", get(providers::new))
        .route("/admin/security/providers/try", post(providers::try_out))
        .route("/admin/security/providers/{provider}", get(providers::show))
        .route("/admin/security/providers/{provider}/remove", post(providers::remove))
}

/// What is shown beside the form when it is shown again.
#[derive(Default)]
pub(super) struct Again {
    preview: Option<SecurityPreview>,
    counting: Option<Counting>,
    confirm: Option<String>,
    conflict: Vec<SettingRow>,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
}

impl Again {
    /// What came of a preview, and how far the count has come that is shown while it is made.
    pub(super) fn with(preview: Option<SecurityPreview>, counting: Option<Counting>) -> Self {
        Self {
            preview,
            counting,
            ..Self::default()
        }
    }
}

fn audience_of(name: &str) -> Audience {
    match name {
        "staff" => Audience::Staff,
        _ => Audience::Customers,
    }
}

const fn name_of(audience: Audience) -> &'static str {
    match audience {
        Audience::Customers => "customers",
        Audience::Staff => "staff",
    }
}

/// Every provider that has credentials, and the big ones that have none.
fn named(desk: &Desk) -> Vec<(ProviderDescription, bool)> {
    let offered = desk.visit().state.auth.providers().offered(desk.workspace());
    let missing = KNOWN.iter().filter_map(|(id, name)| {
        let id = ProviderId::parse(id).ok()?;
        let brand = id.brand();
        offered
            .iter()
            .all(|offered| offered.id != id)
            .then(|| ProviderDescription {
                id,
                name: (*name).to_owned(),
                brand,
            })
    });
    let missing: Vec<_> = missing.map(|provider| (provider, false)).collect();
    offered
        .into_iter()
        .map(|provider| (provider, true))
        .chain(missing)
        .collect()
}

/// The page, with the settings that hold.
pub(super) async fn show(desk: Desk, query: Query) -> Result<Response, Fault> {
    let audience = audience_of(query.get("for").unwrap_or_default());
    let filled = Filled::of(&desk.workspace().security, audience, &named(&desk));
    page(&desk, Situation::Shown, filled, Again::default())
}

/// What a change would do (**Preview changes**). Changes nothing.
pub(super) async fn preview(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let (filled, settings) = match read(&desk, form)? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    counting::respond(desk, filled, settings).await
}

/// Saves the form (**Save changes**).
pub(super) async fn save(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        expired @ FormAttempt::Expired(_) => {
            return read(&desk, expired)?.map_or_else(Ok, |_| Err(Fault::new(FaultKind::Internal)));
        }
    };
    let (filled, settings) = match read_fresh(&desk, &form)? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = save_now(&desk, &form, filled, settings).await;
    given.seal(&desk.member, outcome)
}

async fn save_now(desk: &Desk, form: &Sent, filled: Filled, settings: SecuritySettings) -> Result<Response, Fault> {
    // Whoever takes away somebody's last way in is shown whose before it is done; what was confirmed is this very change.
    let this_change = SettingsVersion::of(&settings).to_string();
    if form.get("confirm") != this_change {
        let preview = look(desk, &settings, &PreviewHow::default()).await?;
        if preview.counts.lose_last() > 0 && preview.locked_out.is_none() {
            let again = Again {
                preview: Some(preview_of(desk, &preview)),
                confirm: Some(this_change),
                ..Again::default()
            };
            return page(desk, Situation::Conflict, filled, again);
        }
    }
    let from = form.get("from").parse().ok();
    let acting = desk.acting();
    let saving = desk.visit().state.auth.settings().save(
        &acting,
        desk.workspace(),
        ProposedSettings::new(settings.clone(), from),
    );
    match saving.await {
        Ok(saved) => {
            let done = if saved.provisional.is_some() {
                Notice::SettingsOnTrial
            } else {
                Notice::SettingsSaved
            };
            desk.done(&format!("{PAGE}?for={}", filled.audience_name()), done)
        }
        Err(SaveSettingsError::Problems(problems)) => {
            let again = Again {
                errors: problems.iter().map(error_of).collect(),
                ..Again::default()
            };
            page(desk, Situation::Unfit, filled, again)
        }
        Err(SaveSettingsError::LockedOut(_)) => {
            let preview = look(desk, &settings, &PreviewHow::default()).await?;
            let again = Again {
                preview: Some(preview_of(desk, &preview)),
                ..Again::default()
            };
            page(desk, Situation::Conflict, filled, again)
        }
        Err(SaveSettingsError::Changed { now }) => {
            let seen = differences(&now, &settings);
            let again = Again {
                conflict: seen
                    .iter()
                    .map(|seen| row(desk, &seen.key, &seen.before, &seen.after))
                    .collect(),
                ..Again::default()
            };
            // From here on the form is one made from what holds now.
            let filled = Filled {
                from: SettingsVersion::of(&now).to_string(),
                ..filled
            };
            page(desk, Situation::Conflict, filled, again)
        }
        Err(SaveSettingsError::Gone) => Err(Fault::new(FaultKind::NotFound)),
        Err(SaveSettingsError::Port(error)) => Err(error.into()),
    }
}

/// Everybody who would lose their last way in, as a table to take away.
pub(super) async fn losing(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let (_, settings) = match read(&desk, form)? {
        Ok(read) => read,
        Err(response) => return Ok(response),
    };
    let (acting, workspace) = (desk.acting(), Arc::clone(&desk.member.workspace));
    let state = &desk.visit().state;
    let previewing = Previewing::begin(state, acting, workspace, settings, true).await?;
    Ok(previewing::list(previewing, ListFormat::Csv))
}

async fn look(desk: &Desk, settings: &SecuritySettings, how: &PreviewHow) -> Result<SettingsPreview, Fault> {
    let desks = desk.visit().state.auth.settings();
    let looked = desks.preview(&desk.acting(), desk.workspace(), settings, how).await;
    looked.map_err(preview_fault)
}

/// The form as it is shown.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the page")]
pub(super) struct Filled {
    audience: Audience,
    from: String,
    password: bool,
    email_code: bool,
    passkey: bool,
    hand_over: bool,
    two_factor_required: bool,
    open: Vec<String>,
    second_factor_from: Vec<String>,
    min_length: String,
    min_length_two_factor: String,
    idle: Length,
    absolute: Length,
    sign_up: &'static str,
    sign_up_domains: String,
    portal_links: bool,
    directory_required: bool,
    directory_ask: String,
    embedding: String,
}

const UNITS: [(&str, u32); 3] = [("days", 86_400), ("hours", 3_600), ("minutes", 60)];

/// A length in the largest unit that it is a whole number of.
fn length_of(seconds: u32) -> Length {
    let fits = UNITS.into_iter().find(|(_, unit)| seconds.is_multiple_of(*unit));
    let (unit, each) = fits.unwrap_or(("minutes", 60));
    Length {
        number: (seconds / each).to_string(),
        unit,
    }
}

/// The seconds of a length, as its key takes them; what is no number stays what it is and is refused by it.
fn seconds_of(length: &Length) -> String {
    let each = UNITS.into_iter().find(|(unit, _)| *unit == length.unit);
    let number = length.number.trim().parse::<u32>().ok();
    let seconds = each
        .zip(number)
        .and_then(|((_, each), number)| number.checked_mul(each));
    seconds.map_or_else(|| length.number.clone(), |seconds| seconds.to_string())
}

impl Filled {
    fn of(settings: &SecuritySettings, audience: Audience, named: &[(ProviderDescription, bool)]) -> Self {
        let rules = settings.audience(audience);
        let (sign_up, sign_up_domains) = match &settings.sign_up {
            SignUpRule::Open => ("open", String::new()),
            SignUpRule::Closed => ("closed", String::new()),
            SignUpRule::Domains { domains } => ("domains", domains.join(", ")),
        };
        Self {
            audience,
            from: SettingsVersion::of(settings).to_string(),
            password: rules.password,
            email_code: rules.email_code,
            passkey: rules.passkey,
            hand_over: rules.hand_over,
            two_factor_required: rules.two_factor_required,
            open: named
                .iter()
                .filter(|(provider, _)| settings.offers_provider(audience, &provider.id))
                .map(|(provider, _)| provider.id.to_string())
                .collect(),
            second_factor_from: rules.second_factor_from.iter().map(ToString::to_string).collect(),
            min_length: rules.password_min_length.to_string(),
            min_length_two_factor: rules.password_min_length_with_two_factor.to_string(),
            idle: length_of(rules.session_idle_seconds),
            absolute: length_of(rules.session_absolute_seconds),
            sign_up,
            sign_up_domains,
            portal_links: settings.portal_links,
            directory_required: settings.directory.required,
            directory_ask: settings.directory.ask.clone().unwrap_or_default(),
            embedding: settings.embedding.join("\n"),
        }
    }

    fn sent(form: &Sent) -> Self {
        let on = |name: &str| form.get(name) == "1";
        let listed = |prefix: &str| -> Vec<String> {
            let names = form.names().filter(|name| on(name));
            names
                .filter_map(|name| name.strip_prefix(prefix))
                .map(str::to_owned)
                .collect()
        };
        let length = |name: &str, unit: &str| Length {
            number: form.get(name).trim().to_owned(),
            unit: UNITS
                .into_iter()
                .find(|(known, _)| *known == form.get(unit))
                .map_or("minutes", |(known, _)| known),
        };
        Self {
            audience: audience_of(form.get("for")),
            from: form.get("from").to_owned(),
            password: on("with_pw"),
            email_code: on("with_code"),
            passkey: on("with_passkey"),
            hand_over: on("with_hand_over"),
            two_factor_required: on("require_two_factor"),
            open: listed("provider."),
            second_factor_from: listed("second_factor_from."),
            min_length: form.get("min_length").trim().to_owned(),
            min_length_two_factor: form.get("min_length_two_factor").trim().to_owned(),
            idle: length("session_idle", "session_idle_unit"),
            absolute: length("session_absolute", "session_absolute_unit"),
            sign_up: match form.get("sign_up") {
                "open" => "open",
                "domains" => "domains",
                _ => "closed",
            },
            sign_up_domains: form.get("sign_up_domains").to_owned(),
            portal_links: on("portal_links"),
            directory_required: on("directory_required"),
            directory_ask: form.get("directory_ask").to_owned(),
            embedding: form.get("embedding").to_owned(),
        }
    }

    const fn audience_name(&self) -> &'static str {
        name_of(self.audience)
    }

    /// What it says, key by key; of providers only those that the page named.
    fn changes(&self, named: &[(ProviderDescription, bool)]) -> Vec<SettingChange> {
        let audience = self.audience_name();
        let change = |key: String, value: String| SettingChange { key, value };
        let of_audience = |field: &str, value: String| change(format!("{audience}.{field}"), value);
        let mut changes = vec![
            of_audience("password", self.password.to_string()),
            of_audience("email_code", self.email_code.to_string()),
            of_audience("passkey", self.passkey.to_string()),
            of_audience("hand_over", self.hand_over.to_string()),
            of_audience("two_factor_required", self.two_factor_required.to_string()),
            of_audience("password_min_length", self.min_length.clone()),
            of_audience(
                "password_min_length_with_two_factor",
                self.min_length_two_factor.clone(),
            ),
            of_audience("session_idle_seconds", seconds_of(&self.idle)),
            of_audience("session_absolute_seconds", seconds_of(&self.absolute)),
        ];
        for (provider, _) in named {
            let id = provider.id.to_string();
            changes.push(of_audience(
                &format!("providers.{id}"),
                self.open.contains(&id).to_string(),
            ));
            let counts = self.second_factor_from.contains(&id);
            changes.push(of_audience(&format!("second_factor_from.{id}"), counts.to_string()));
        }
        if self.audience == Audience::Customers {
            let rule = match self.sign_up {
                "domains" => self.sign_up_domains.clone(),
                rule => rule.to_owned(),
            };
            changes.push(change("sign_up".to_owned(), rule));
            changes.push(change("portal_links".to_owned(), self.portal_links.to_string()));
        }
        changes.push(change(
            "directory.required".to_owned(),
            self.directory_required.to_string(),
        ));
        changes.push(change("directory.ask".to_owned(), self.directory_ask.clone()));
        changes.push(change("embedding".to_owned(), self.embedding.clone()));
        changes
    }
}

type Read = Result<(Filled, SecuritySettings), Response>;

/// What a form proposes; or the page again, where it will not do.
fn read(desk: &Desk, form: FormAttempt<Sent>) -> Result<Read, Fault> {
    match form {
        FormAttempt::Fresh(form) => read_fresh(desk, &form),
        FormAttempt::Expired(form) => {
            let again = Again {
                refusal: Some(answer::form_expired()),
                ..Again::default()
            };
            page(desk, Situation::FormExpired, Filled::sent(&form), again).map(Err)
        }
    }
}

fn read_fresh(desk: &Desk, form: &Sent) -> Result<Read, Fault> {
    let filled = Filled::sent(form);
    match proposed(&desk.workspace().security, &filled.changes(&named(desk))) {
        Ok(settings) => Ok(Ok((filled, settings))),
        Err(problems) => {
            let mut errors: Vec<FieldError> = Vec::new();
            for error in problems.iter().map(error_of) {
                if errors.iter().all(|told| told.field != error.field) {
                    errors.push(error);
                }
            }
            let again = Again {
                errors,
                ..Again::default()
            };
            page(desk, Situation::Unfit, filled, again).map(Err)
        }
    }
}

fn error_of(problem: &SettingProblem) -> FieldError {
    match problem {
        SettingProblem::Number { key, low, high } => {
            let field = match key.split_once('.').map_or(*key, |(_, field)| field) {
                "password_min_length" => "min_length",
                "password_min_length_with_two_factor" => "min_length_two_factor",
                "session_idle_seconds" => "session_idle",
                _ => "session_absolute",
            };
            let words = if field.starts_with("session") {
                let (low, high) = (length_of(*low), length_of(*high));
                Words::key("security-length-wrong")
                    .with("low", low.number)
                    .with("low_unit", low.unit)
                    .with("high", high.number)
                    .with("high_unit", high.unit)
            } else {
                Words::key("security-number-wrong")
                    .with("low", *low)
                    .with("high", *high)
            };
            FieldError::new(field, words)
        }
        SettingProblem::SignUp { .. } => FieldError::new("sign_up_domains", Words::key("security-domains-wrong")),
        SettingProblem::Text { longest, .. } => {
            FieldError::new("directory_ask", Words::key("security-text-long").with("most", *longest))
        }
        SettingProblem::Origins { .. } => FieldError::new("embedding", Words::key("security-embedding-wrong")),
        SettingProblem::NoWayInForStaff => FieldError::new("with_pw", Words::key("security-no-way-for-staff")),
        SettingProblem::UnknownKey { .. } | SettingProblem::Switch { .. } | SettingProblem::ProviderSwitch { .. } => {
            FieldError::new("with_pw", Words::key("security-form-wrong"))
        }
    }
}

fn page(desk: &Desk, situation: Situation, filled: Filled, again: Again) -> Result<Response, Fault> {
    desk.page(situation, &view(desk, filled, again))
}

/// What the page shows.
pub(super) fn view(desk: &Desk, filled: Filled, again: Again) -> AdminSecurity {
    let settings = &desk.workspace().security;
    let own = &desk.workspace().own_providers;
    let rows = named(desk).into_iter().map(|(provider, ready)| ProviderSwitch {
        own: own.iter().any(|own| own.id == provider.id),
        on: filled.open.contains(&provider.id.to_string()),
        second_factor: filled.second_factor_from.contains(&provider.id.to_string()),
        id: provider.id.to_string(),
        name: provider.name,
        ready,
    });
    let method = |name, label, hint, on| MethodSwitch { name, label, hint, on };
    AdminSecurity {
        audience: filled.audience_name(),
        methods: vec![
            method("with_pw", Words::key("security-method-password"), None, filled.password),
            method(
                "with_code",
                Words::key("security-method-code"),
                Some(Words::key("security-method-code-hint")),
                filled.email_code,
            ),
            method(
                "with_passkey",
                Words::key("security-method-passkey"),
                None,
                filled.passkey,
            ),
            method(
                "with_hand_over",
                Words::key("security-method-hand-over"),
                Some(Words::key("security-method-hand-over-hint")),
                filled.hand_over,
            ),
        ],
        providers: rows.collect(),
        two_factor_required: filled.two_factor_required,
        recommend_two_factor: !settings.staff.two_factor_required,
        min_length: filled.min_length,
        min_length_two_factor: filled.min_length_two_factor,
        idle: filled.idle,
        absolute: filled.absolute,
        sign_up: filled.sign_up,
        sign_up_domains: filled.sign_up_domains,
        portal_links: filled.portal_links,
        directory_required: filled.directory_required,
        directory_ask: filled.directory_ask,
        embedding: filled.embedding,
        from: filled.from,
        preview: again.preview,
        counting: again.counting,
        confirm: again.confirm,
        conflict: again.conflict,
        refusal: again.refusal,
        errors: again.errors,
    }
}

/// What a change would do, as the page tells it.
pub(super) fn preview_of(desk: &Desk, preview: &SettingsPreview) -> SecurityPreview {
    let mut ways = Vec::new();
    let counts = &preview.counts;
    for (audience, counted) in [
        (Words::key("security-customers"), &counts.customers),
        (Words::key("security-staff"), &counts.staff),
    ] {
        ways.extend(ways_of(desk, &audience, counted));
    }
    let rows = preview.differences.iter();
    SecurityPreview {
        differences: rows
            .map(|seen| row(desk, &seen.key, &seen.before, &seen.after))
            .collect(),
        people: counts.people(),
        ways,
        lose_last: counts.lose_last(),
        losing: preview
            .lose_last
            .iter()
            .map(|person| losing_row(desk, person))
            .collect(),
        gain_first: counts.customers.gain_first + counts.staff.gain_first,
        have_to_enrol: counts.customers.have_to_enrol + counts.staff.have_to_enrol,
        refused: preview.locked_out.as_ref().map(|locked_out| match locked_out {
            LockedOut::Saver => Words::key("security-locked-out-you"),
            LockedOut::EveryAdmin { admins } => Words::key("security-locked-out-all").with("count", admins.len()),
        }),
        on_trial: preview.on_trial,
    }
}

fn ways_of<'a>(desk: &'a Desk, audience: &'a Words, counted: &'a AudiencePreview) -> impl Iterator<Item = WayRow> + 'a {
    counted.ways.iter().map(move |(way, change)| WayRow {
        audience: audience.clone(),
        name: way_name(desk, way),
        gain: change.gain,
        keep: change.keep,
        lose: change.lose,
    })
}

fn losing_row(desk: &Desk, person: &LosesLast) -> LosingRow {
    let address = person.address.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = if person.name.trim().is_empty() {
        address.clone()
    } else {
        person.name.clone()
    };
    LosingRow {
        href: format!("/admin/users/{}", person.user),
        name,
        address,
        loses: person.loses.iter().map(|way| way_name(desk, way)).collect(),
    }
}

fn way_name(desk: &Desk, way: &Way) -> Words {
    match way {
        Way::Password => Words::key("security-method-password"),
        Way::EmailCode => Words::key("security-method-code"),
        Way::Passkey => Words::key("security-method-passkey"),
        Way::HandOver => Words::key("security-method-hand-over"),
        Way::Provider(id) => Words::key("security-way-provider").with("provider", provider_name(desk, id.as_str())),
    }
}

/// What a provider is called here; by its id where that is all there is.
pub(super) fn provider_name(desk: &Desk, id: &str) -> String {
    let all = named(desk).into_iter();
    let named = all
        .map(|(provider, _)| provider)
        .find(|provider| provider.id.as_str() == id);
    named.map_or_else(|| id.to_owned(), |provider| provider.name)
}

fn row(desk: &Desk, key: &str, before: &SettingValue, after: &SettingValue) -> SettingRow {
    SettingRow {
        name: setting_name(desk, key),
        before: value_words(key, before),
        after: value_words(key, after),
    }
}

/// What a key is called; of a key of an audience, with whose it is.
fn setting_name(desk: &Desk, key: &str) -> Words {
    match key {
        "sign_up" => return Words::key("security-sign-up"),
        "directory.required" => return Words::key("security-directory"),
        "directory.ask" => return Words::key("security-directory-ask"),
        "portal_links" => return Words::key("security-portal-links"),
        "embedding" => return Words::key("security-embedding"),
        _ => {}
    }
    let (audience, field) = key.split_once('.').unwrap_or(("", key));
    let named = match field.split_once('.') {
        Some(("second_factor_from", id)) => {
            Words::key("security-second-factor-from").with("provider", provider_name(desk, id))
        }
        Some((_, id)) => Words::key("security-way-provider").with("provider", provider_name(desk, id)),
        None => match field {
            "password" => Words::key("security-method-password"),
            "email_code" => Words::key("security-method-code"),
            "passkey" => Words::key("security-method-passkey"),
            "hand_over" => Words::key("security-method-hand-over"),
            "two_factor_required" => Words::key("security-two-factor-required"),
            "password_min_length" => Words::key("security-min-length"),
            "password_min_length_with_two_factor" => Words::key("security-min-length-two-factor"),
            "session_idle_seconds" => Words::key("security-idle"),
            _ => Words::key("security-absolute"),
        },
    };
    let named = desk.visit().say(&named);
    match audience {
        "staff" => Words::key("security-of-staff").with("setting", named),
        _ => Words::key("security-of-customers").with("setting", named),
    }
}

fn value_words(key: &str, value: &SettingValue) -> Words {
    match value {
        SettingValue::Switch(true) => Words::key("security-on"),
        SettingValue::Switch(false) => Words::key("security-off"),
        SettingValue::Number(seconds) if key.ends_with("_seconds") => {
            let length = length_of(*seconds);
            let count = length.number.parse::<u32>().unwrap_or_default();
            match length.unit {
                "days" => Words::key("security-some-days").with("count", count),
                "hours" => Words::key("security-some-hours").with("count", count),
                _ => Words::key("security-some-minutes").with("count", count),
            }
        }
        SettingValue::Number(characters) => Words::key("security-characters").with("count", *characters),
        SettingValue::SignUp(SignUpRule::Open) => Words::key("security-sign-up-open"),
        SettingValue::SignUp(SignUpRule::Closed) => Words::key("security-sign-up-closed"),
        SettingValue::SignUp(SignUpRule::Domains { domains }) => {
            Words::key("security-value").with("value", domains.join(", "))
        }
        SettingValue::Text(text) if text.is_empty() => Words::key("security-value-none"),
        SettingValue::Text(text) => Words::key("security-value").with("value", text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_as_people_say_them_and_read_back() {
        for (seconds, number, unit) in [
            (86_400, "1", "days"),
            (604_800, "7", "days"),
            (3_600, "1", "hours"),
            (5_400, "90", "minutes"),
            (60, "1", "minutes"),
        ] {
            let length = length_of(seconds);
            assert_eq!((length.number.as_str(), length.unit), (number, unit));
            assert_eq!(seconds_of(&length), seconds.to_string());
        }
        let unreadable = Length {
            number: "many".to_owned(),
            unit: "days",
        };
        assert_eq!(seconds_of(&unreadable), "many");
        let too_many = Length {
            number: u32::MAX.to_string(),
            unit: "days",
        };
        assert_eq!(
            seconds_of(&too_many),
            u32::MAX.to_string(),
            "refused by its bounds, not wrapped round"
        );
    }
}
