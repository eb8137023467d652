//! Changing the rules of the door (C3), key by key.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::method::Method;
use doorward_domain::ports::PortError;
use doorward_domain::role::Audience;
use doorward_domain::settings::{AudienceSettings, SecuritySettings, SignUpRule};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::Context;

/// Every key, in order.
pub const KEYS: [&str; 19] = [
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
];

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
    /// Nobody of the staff could sign in any more.
    #[error("staff: leave at least one of password, email_code and passkey on, or nobody could sign in")]
    NoWayInForStaff,
}

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum ChangeSettingsError {
    /// The changes will not do; none of them was made.
    #[error("the settings were not changed")]
    Problems(Vec<SettingProblem>),
    /// The workspace is gone.
    #[error("the workspace is gone")]
    Gone,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// One change: a key, and its value as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// The value of a key; `None` if there is no such key.
pub fn value_of(settings: &SecuritySettings, key: &str) -> Option<SettingValue> {
    if key == "sign_up" {
        return Some(SettingValue::SignUp(settings.sign_up.clone()));
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

/// Makes the changes, all or none.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    workspace: &Workspace,
    changes: &[SettingChange],
) -> Result<SecuritySettings, ChangeSettingsError> {
    let settings = changed(&workspace.security, changes).map_err(ChangeSettingsError::Problems)?;
    let audit = context.audit(
        workspace.id,
        actor,
        None,
        AuditAction::SettingsChanged,
        None,
        context.now(),
    );
    let portal = workspace.portal.clone();
    let updated = context
        .ports
        .workspaces
        .update(workspace.id, settings.clone(), portal, audit)
        .await?;
    if updated {
        Ok(settings)
    } else {
        Err(ChangeSettingsError::Gone)
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
    let audience = match audience {
        "customers" => Audience::Customers,
        "staff" => Audience::Staff,
        _ => return None,
    };
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
    let Some(key) = KEYS.into_iter().find(|key| *key == change.key) else {
        return Err(SettingProblem::UnknownKey {
            key: change.key.clone(),
        });
    };
    let value = change.value.trim();
    let Some((audience, field)) = parts_of(key) else {
        settings.sign_up = sign_up_rule(value).ok_or(SettingProblem::SignUp { key })?;
        return Ok(());
    };
    let defaults = SecuritySettings::default();
    let longest = defaults.audience(audience);
    let rules: &mut AudienceSettings = match audience {
        Audience::Customers => &mut settings.customers,
        Audience::Staff => &mut settings.staff,
    };
    let switch = || value.parse().map_err(|_| SettingProblem::Switch { key });
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
