//! Changing the rules of the door (C3), key by key.

use std::collections::BTreeSet;
use std::fmt;

use doorward_domain::email_address::EmailAddress;
use doorward_domain::method::Method;
use doorward_domain::provider::ProviderId;
use doorward_domain::provisional::SettingsVersion;
use doorward_domain::role::Audience;
use doorward_domain::settings::{AudienceSettings, ProviderRule, SecuritySettings, SignUpRule};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

pub use super::save_settings::SaveSettingsError as ChangeSettingsError;
use super::save_settings::{self, ProposedSettings, SaveSettingsError, SavedSettings};
use crate::context::{Acting, Context};

/// Every key, in order.
pub const KEYS: [&str; 23] = [
    "customers.password",
    "customers.email_code",
    "customers.passkey",
    "customers.hand_over",
    "customers.two_factor_required",
    "customers.password_min_length",
    "customers.password_min_length_with_two_factor",
    "customers.session_idle_seconds",
    "customers.session_absolute_seconds",
    "staff.password",
    "staff.email_code",
    "staff.passkey",
    "staff.hand_over",
    "staff.two_factor_required",
    "staff.password_min_length",
    "staff.password_min_length_with_two_factor",
    "staff.session_idle_seconds",
    "staff.session_absolute_seconds",
    "sign_up",
    "directory.required",
    "directory.ask",
    "portal_links",
    "embedding",
];

/// The names of the audiences in keys, and of what is switched for each provider.
const AUDIENCES: [&str; 2] = ["customers", "staff"];
const PROVIDER_FIELDS: [&str; 2] = ["providers", "second_factor_from"];

/// Longest word on whom to ask for a record of the directory, in characters.
const LONGEST_ASK: usize = 300;
/// Most origins that may frame the pages of the door.
const MOST_ORIGINS: usize = 20;

/// Shortest and longest of the shortest passwords that may be asked for (R1).
const PASSWORD_LENGTHS: (u32, u32) = (8, 64);
/// The shortest life of a session that may be set, in seconds; the longest is that of a new workspace (R81).
const SHORTEST_SESSION_SECONDS: u32 = 60;

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// On or off.
    Switch(bool),
    /// A number, of the unit that the key names; characters where it names none.
    Number(u32),
    /// Who may sign up.
    SignUp(SignUpRule),
    /// A text, empty where none was written.
    Text(String),
}

/// As it is written to set it.
impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => on.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::SignUp(SignUpRule::Open) => f.write_str("open"),
            Self::SignUp(SignUpRule::Closed) => f.write_str("closed"),
            Self::SignUp(SignUpRule::Domains { domains }) => f.write_str(&domains.join(",")),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A key that two sets of rules differ in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingDifference {
    /// The key.
    pub key: String,
    /// What it says in the one.
    pub before: SettingValue,
    /// What it says in the other.
    pub after: SettingValue,
}

impl fmt::Display for SettingDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.key, self.before, self.after)
    }
}

/// What is the matter with one of the changes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingProblem {
    /// No such key.
    #[error("{key}: there is no such key")]
    UnknownKey {
        /// As it was written.
        key: String,
    },
    /// Not on or off.
    #[error("{key}: write true or false")]
    Switch {
        /// The key.
        key: &'static str,
    },
    /// Not on or off, of a key that names a provider.
    #[error("{key}: write true or false")]
    ProviderSwitch {
        /// The key.
        key: String,
    },
    /// Too long.
    #[error("{key}: write at most {longest} characters")]
    Text {
        /// The key.
        key: &'static str,
        /// The longest, in characters.
        longest: usize,
    },
    /// Not a number, or outside what is safe.
    #[error("{key}: write a whole number from {low} to {high}")]
    Number {
        /// The key.
        key: &'static str,
        /// The least allowed.
        low: u32,
        /// The most allowed.
        high: u32,
    },
    /// Not a rule for signing up.
    #[error("{key}: write open, closed, or mail domains separated by commas")]
    SignUp {
        /// The key.
        key: &'static str,
    },
    /// Not a list of origins.
    #[error("{key}: write at most {MOST_ORIGINS} origins such as https://help.example.com, with spaces between")]
    Origins {
        /// The key.
        key: &'static str,
    },
    /// Nobody of the staff could sign in any more.
    #[error("staff: leave at least one of password, email_code and passkey on, or nobody could sign in")]
    NoWayInForStaff,
}

/// One change: a key, and its value as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// The value of a key; `None` if there is no such key. Beside [`KEYS`] there are, for each audience and each id of a
/// provider, `<audience>.providers.<id>`, whether it may be signed in with (C3), and `<audience>.second_factor_from.<id>`,
/// whether its word counts that a second factor was shown (R59).
pub fn value_of(settings: &SecuritySettings, key: &str) -> Option<SettingValue> {
    match key {
        "sign_up" => return Some(SettingValue::SignUp(settings.sign_up.clone())),
        "directory.required" => return Some(SettingValue::Switch(settings.directory.required)),
        "directory.ask" => return Some(SettingValue::Text(settings.directory.ask.clone().unwrap_or_default())),
        "portal_links" => return Some(SettingValue::Switch(settings.portal_links)),
        "embedding" => return Some(SettingValue::Text(settings.embedding.join(" "))),
        _ => {}
    }
    if let Some(of_provider) = ProviderKey::parse(key) {
        return Some(SettingValue::Switch(of_provider.value(settings)));
    }
    let (audience, field) = parts_of(key)?;
    let rules = settings.audience(audience);
    Some(match field {
        Field::Offers(method) => SettingValue::Switch(rules.offers(method)),
        Field::TwoFactorRequired => SettingValue::Switch(rules.two_factor_required),
        Field::MinLength => SettingValue::Number(rules.password_min_length.into()),
        Field::MinLengthWithTwoFactor => SettingValue::Number(rules.password_min_length_with_two_factor.into()),
        Field::Idle => SettingValue::Number(rules.session_idle_seconds),
        Field::Absolute => SettingValue::Number(rules.session_absolute_seconds),
    })
}

/// How a change is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeHow {
    /// Whether it holds at once, whatever it changes; see [`ProposedSettings::at_once`].
    pub at_once: bool,
    /// Whether it is made even if it shuts every admin out; see [`ProposedSettings::even_if_locked_out`].
    pub even_if_locked_out: bool,
}

/// Makes the changes, all or none, as whoever runs the workspace does.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    changes: &[SettingChange],
) -> Result<SavedSettings, SaveSettingsError> {
    run_as(context, acting, workspace, changes, ChangeHow::default()).await
}

/// The same, as the operator may.
pub(crate) async fn run_as(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    changes: &[SettingChange],
    how: ChangeHow,
) -> Result<SavedSettings, SaveSettingsError> {
    let settings = proposed(&workspace.security, changes).map_err(SaveSettingsError::Problems)?;
    let proposed = ProposedSettings {
        settings,
        from: Some(SettingsVersion::of(&workspace.security)),
        at_once: how.at_once || how.even_if_locked_out,
        even_if_locked_out: how.even_if_locked_out,
    };
    save_settings::run(context, acting, workspace, proposed).await
}

/// The rules with those changes made, all or none; or everything that will not do.
pub fn proposed(before: &SecuritySettings, changes: &[SettingChange]) -> Result<SecuritySettings, Vec<SettingProblem>> {
    changed(before, changes)
}

/// What is the matter with rules, however they were put together.
pub(crate) fn problems_of(settings: &SecuritySettings) -> Vec<SettingProblem> {
    let changes: Vec<SettingChange> = KEYS
        .into_iter()
        .filter_map(|key| {
            let value = value_of(settings, key)?.to_string();
            let key = key.to_owned();
            Some(SettingChange { key, value })
        })
        .collect();
    match changed(settings, &changes) {
        Ok(_) => Vec::new(),
        Err(problems) => problems,
    }
}

/// Every key of these rules with its value: [`KEYS`], then the switches of those providers.
pub fn every_value<'p>(
    settings: &SecuritySettings,
    providers: impl IntoIterator<Item = &'p ProviderId>,
) -> Vec<(String, SettingValue)> {
    let providers: BTreeSet<&ProviderId> = providers.into_iter().filter(|id| !id.is_hand_over()).collect();
    let mut keys: Vec<String> = KEYS.into_iter().map(str::to_owned).collect();
    for audience in AUDIENCES {
        for field in PROVIDER_FIELDS {
            keys.extend(providers.iter().map(|id| format!("{audience}.{field}.{id}")));
        }
    }
    keys.into_iter()
        .filter_map(|key| value_of(settings, &key).map(|value| (key, value)))
        .collect()
}

/// The keys that two sets of rules differ in.
pub fn differences(before: &SecuritySettings, after: &SecuritySettings) -> Vec<SettingDifference> {
    let mut named = BTreeSet::new();
    for audience in [Audience::Customers, Audience::Staff] {
        for settings in [before, after] {
            let (ProviderRule::AllBut(listed) | ProviderRule::Only(listed)) = settings.providers(audience);
            named.extend(listed);
            named.extend(settings.audience(audience).second_factor_from.iter().cloned());
        }
    }
    every_value(before, &named)
        .into_iter()
        .zip(every_value(after, &named))
        .filter(|((_, before), (_, after))| before != after)
        .map(|((key, before), (_, after))| SettingDifference { key, before, after })
        .collect()
}

/// A switch that names a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ProviderKey {
    audience: Audience,
    second_factor: bool,
    provider: ProviderId,
}

impl ProviderKey {
    fn parse(key: &str) -> Option<Self> {
        let (audience, rest) = key.split_once('.')?;
        let (field, id) = rest.split_once('.')?;
        Some(Self {
            audience: audience_of(audience)?,
            second_factor: match field {
                "providers" => false,
                "second_factor_from" => true,
                _ => return None,
            },
            provider: ProviderId::parse(id).ok().filter(|id| !id.is_hand_over())?,
        })
    }

    fn value(&self, settings: &SecuritySettings) -> bool {
        if self.second_factor {
            let rules = settings.audience(self.audience);
            rules.second_factor_from.contains(&self.provider)
        } else {
            settings.offers_provider(self.audience, &self.provider)
        }
    }

    fn set(self, settings: &mut SecuritySettings, on: bool) {
        let mut rule = settings.providers(self.audience);
        let rules = rules_of(settings, self.audience);
        if !self.second_factor {
            rule.switch(self.provider, on);
            rules.providers = Some(rule);
        } else if on {
            rules.second_factor_from.insert(self.provider);
        } else {
            rules.second_factor_from.remove(&self.provider);
        }
    }
}

fn audience_of(name: &str) -> Option<Audience> {
    match name {
        "customers" => Some(Audience::Customers),
        "staff" => Some(Audience::Staff),
        _ => None,
    }
}

fn rules_of(settings: &mut SecuritySettings, audience: Audience) -> &mut AudienceSettings {
    match audience {
        Audience::Customers => &mut settings.customers,
        Audience::Staff => &mut settings.staff,
    }
}

/// One rule of an audience.
#[derive(Debug, Clone, Copy)]
enum Field {
    Offers(Method),
    TwoFactorRequired,
    MinLength,
    MinLengthWithTwoFactor,
    Idle,
    Absolute,
}

fn parts_of(key: &str) -> Option<(Audience, Field)> {
    let (audience, field) = key.split_once('.')?;
    let audience = audience_of(audience)?;
    let field = match field {
        "password" => Field::Offers(Method::Password),
        "email_code" => Field::Offers(Method::EmailCode),
        "passkey" => Field::Offers(Method::Passkey),
        "hand_over" => Field::Offers(Method::HandOver),
        "two_factor_required" => Field::TwoFactorRequired,
        "password_min_length" => Field::MinLength,
        "password_min_length_with_two_factor" => Field::MinLengthWithTwoFactor,
        "session_idle_seconds" => Field::Idle,
        "session_absolute_seconds" => Field::Absolute,
        _ => return None,
    };
    Some((audience, field))
}

fn changed(before: &SecuritySettings, changes: &[SettingChange]) -> Result<SecuritySettings, Vec<SettingProblem>> {
    let mut settings = before.clone();
    let mut problems: Vec<SettingProblem> = changes
        .iter()
        .filter_map(|change| set(&mut settings, change).err())
        .collect();
    // A provider is no way in by itself: it can lose its credentials, and hand-over its keys.
    if !Method::LOCAL.into_iter().any(|method| settings.staff.offers(method)) {
        problems.push(SettingProblem::NoWayInForStaff);
    }
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(problems)
    }
}

fn set(settings: &mut SecuritySettings, change: &SettingChange) -> Result<(), SettingProblem> {
    if let Some(of_provider) = ProviderKey::parse(&change.key) {
        let key = change.key.clone();
        let on = change.value.trim().parse();
        of_provider.set(settings, on.map_err(|_| SettingProblem::ProviderSwitch { key })?);
        return Ok(());
    }
    let Some(key) = KEYS.into_iter().find(|key| *key == change.key) else {
        return Err(SettingProblem::UnknownKey {
            key: change.key.clone(),
        });
    };
    let value = change.value.trim();
    let switch = || value.parse().map_err(|_| SettingProblem::Switch { key });
    let Some((audience, field)) = parts_of(key) else {
        match key {
            "directory.required" => settings.directory.required = switch()?,
            "directory.ask" => settings.directory.ask = ask(key, value)?,
            "portal_links" => settings.portal_links = switch()?,
            "embedding" => settings.embedding = origins(value).ok_or(SettingProblem::Origins { key })?,
            _ => settings.sign_up = sign_up_rule(value).ok_or(SettingProblem::SignUp { key })?,
        }
        return Ok(());
    };
    let defaults = SecuritySettings::default();
    let longest = defaults.audience(audience);
    let rules = rules_of(settings, audience);
    let number = |(low, high): (u32, u32)| {
        let number = value.parse().ok().filter(|number| (low..=high).contains(number));
        number.ok_or(SettingProblem::Number { key, low, high })
    };
    let length = || number(PASSWORD_LENGTHS).map(|length| u16::try_from(length).unwrap_or(u16::MAX));
    match field {
        Field::Offers(Method::Password) => rules.password = switch()?,
        Field::Offers(Method::EmailCode) => rules.email_code = switch()?,
        Field::Offers(Method::Passkey) => rules.passkey = switch()?,
        Field::Offers(Method::HandOver) => rules.hand_over = switch()?,
        Field::Offers(_) => return Err(SettingProblem::UnknownKey { key: key.to_owned() }),
        Field::TwoFactorRequired => rules.two_factor_required = switch()?,
        Field::MinLength => rules.password_min_length = length()?,
        Field::MinLengthWithTwoFactor => rules.password_min_length_with_two_factor = length()?,
        Field::Idle => {
            rules.session_idle_seconds = number((SHORTEST_SESSION_SECONDS, longest.session_idle_seconds))?;
        }
        Field::Absolute => {
            rules.session_absolute_seconds = number((SHORTEST_SESSION_SECONDS, longest.session_absolute_seconds))?;
        }
    }
    Ok(())
}

fn ask(key: &'static str, value: &str) -> Result<Option<String>, SettingProblem> {
    let longest = LONGEST_ASK;
    if value.chars().count() > longest {
        return Err(SettingProblem::Text { key, longest });
    }
    let words: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok((!words.is_empty()).then_some(words))
}

/// Origins that may frame the pages of the door (R84), each in the one spelling that a browser compares; `None` if one is none.
fn origins(text: &str) -> Option<Vec<String>> {
    let origin = |word: &str| {
        let url = url::Url::parse(word).ok()?;
        let loopback = matches!(url.host_str(), Some(host) if host == "localhost" || host.ends_with(".localhost"));
        let secure = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'[' | b']' | b':');
        let one_host = url.host_str().is_some_and(|host| host.bytes().all(plain));
        (secure && bare && one_host && url.password().is_none()).then(|| url.origin().ascii_serialization())
    };
    let words = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty());
    let mut origins: Vec<String> = words.map(origin).collect::<Option<_>>()?;
    origins.dedup();
    (origins.len() <= MOST_ORIGINS).then_some(origins)
}

fn sign_up_rule(text: &str) -> Option<SignUpRule> {
    match text {
        "open" => return Some(SignUpRule::Open),
        "closed" => return Some(SignUpRule::Closed),
        _ => {}
    }
    let mut domains = Vec::new();
    for domain in text.split(',') {
        // Read as an address is, so that it is compared in the same spelling.
        let domain = domain.trim();
        let address = EmailAddress::parse(&format!("a@{domain}")).ok()?;
        if !domain.contains('.') || domain.contains('@') {
            return None;
        }
        domains.push(address.domain().to_owned());
    }
    Some(SignUpRule::Domains { domains })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<SecuritySettings, Vec<SettingProblem>> {
        let changes: Vec<SettingChange> = pairs
            .iter()
            .map(|(key, value)| SettingChange {
                key: (*key).to_owned(),
                value: (*value).to_owned(),
            })
            .collect();
        changed(&SecuritySettings::default(), &changes)
    }

    #[test]
    fn each_key_can_be_read_and_none_but_these() {
        let settings = SecuritySettings::default();
        for key in KEYS {
            assert!(value_of(&settings, key).is_some(), "{key}");
        }
        for key in [
            "",
            "staff",
            "staff.",
            "staff.passwords",
            "robots.password",
            "sign_up.rule",
        ] {
            assert_eq!(value_of(&settings, key), None, "{key}");
        }
    }

    #[test]
    fn each_key_that_is_set_changes_what_it_names_and_nothing_else() {
        for key in KEYS {
            let value = match value_of(&SecuritySettings::default(), key).unwrap() {
                SettingValue::Switch(on) => (!on).to_string(),
                SettingValue::Number(_) => "61".to_owned(),
                SettingValue::SignUp(_) => "closed".to_owned(),
                SettingValue::Text(_) if key == "embedding" => "https://help.example".to_owned(),
                SettingValue::Text(_) => "Ask the people of IT.".to_owned(),
            };
            let settings = with(&[(key, &value)]).unwrap();
            let differ: Vec<&str> = KEYS
                .into_iter()
                .filter(|key| value_of(&settings, key) != value_of(&SecuritySettings::default(), key))
                .collect();
            assert_eq!(differ, [key]);
        }
    }

    #[test]
    fn a_provider_is_opened_and_closed_by_a_key_of_its_own() {
        let on = |settings: &SecuritySettings, key: &str| value_of(settings, key) == Some(SettingValue::Switch(true));
        let before = SecuritySettings::default();
        assert!(on(&before, "customers.providers.google") && !on(&before, "staff.providers.google"));
        let after = with(&[
            ("customers.providers.google", "false"),
            ("staff.providers.acme-sso", "true"),
            ("staff.second_factor_from.acme-sso", "true"),
        ])
        .unwrap();
        for (key, expected) in [
            ("customers.providers.google", false),
            ("customers.providers.facebook", true),
            ("customers.providers.acme-sso", true),
            ("customers.second_factor_from.acme-sso", false),
            ("staff.providers.google", false),
            ("staff.providers.acme-sso", true),
            ("staff.second_factor_from.acme-sso", true),
        ] {
            assert_eq!(on(&after, key), expected, "{key}");
        }
        for bad in [
            "staff.providers.",
            "staff.providers.Google",
            "staff.providers.jwt",
            "robots.providers.google",
        ] {
            assert_eq!(value_of(&before, bad), None, "{bad}");
            let key = bad.to_owned();
            assert_eq!(with(&[(bad, "true")]), Err(vec![SettingProblem::UnknownKey { key }]));
        }
        let key = "staff.providers.google".to_owned();
        assert_eq!(
            with(&[("staff.providers.google", "perhaps")]),
            Err(vec![SettingProblem::ProviderSwitch { key }])
        );
    }

    #[test]
    fn whom_to_ask_is_one_line_and_nothing_where_it_is_empty() {
        let ask = |text: &str| with(&[("directory.ask", text)]).map(|settings| settings.directory.ask);
        assert_eq!(ask(" Ask\n  IT "), Ok(Some("Ask IT".to_owned())));
        assert_eq!(ask("  "), Ok(None));
        let (key, longest) = ("directory.ask", LONGEST_ASK);
        assert_eq!(ask(&"x".repeat(301)), Err(vec![SettingProblem::Text { key, longest }]));
    }

    #[test]
    fn r84_origins_are_kept_as_browsers_compare_them() {
        let framed = |text: &str| with(&[("embedding", text)]).map(|settings| settings.embedding);
        assert_eq!(
            framed("https://Help.Acme.example/, https://docs.acme.example:8443\n http://localhost:3000"),
            Ok(vec![
                "https://help.acme.example".to_owned(),
                "https://docs.acme.example:8443".to_owned(),
                "http://localhost:3000".to_owned(),
            ])
        );
        assert_eq!(framed("  "), Ok(Vec::new()));
        for bad in [
            "*",
            "https://*.acme.example",
            "http://help.acme.example",
            "https://help.acme.example/articles",
            "https://help.acme.example;script-src",
            "https://a@help.acme.example",
            "help.acme.example",
            "'self'",
        ] {
            assert_eq!(
                framed(bad),
                Err(vec![SettingProblem::Origins { key: "embedding" }]),
                "{bad}"
            );
        }
    }

    #[test]
    fn domains_are_kept_as_addresses_spell_them() {
        let settings = with(&[("sign_up", "Example.COM, bücher.example")]).unwrap();
        let domains = vec!["example.com".to_owned(), "xn--bcher-kva.example".to_owned()];
        assert_eq!(settings.sign_up, SignUpRule::Domains { domains });
        for bad in ["", "everyone", "a@example.com", "example.com,", "exam ple.com"] {
            assert_eq!(
                with(&[("sign_up", bad)]),
                Err(vec![SettingProblem::SignUp { key: "sign_up" }]),
                "{bad}"
            );
        }
    }
}
