//! `doorward settings …`: the rules of a workspace's door from the command line (C3).

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use doorward_auth::Acting;
use doorward_auth::workspace::change_settings::{
    ChangeHow, KEYS, SettingChange, SettingProblem, SettingValue, every_value, value_of,
};
use doorward_auth::workspace::preview_settings::LockedOut;
use doorward_auth::workspace::save_settings::SaveSettingsError;
use doorward_domain::settings::SignUpRule;
use doorward_domain::time_zone::rfc3339;
use serde_json::{Map, Value};

use super::{house, workspace};
use crate::cli::SettingsCommand;
use crate::output::{aside, say};
use crate::settings::{Flags, nearest};

/// Runs it.
///
/// # Errors
/// A key or value that will not do, each told with what to write; a workspace that does not exist.
pub(crate) async fn run(flags: &Flags, command: &SettingsCommand) -> anyhow::Result<()> {
    match command {
        SettingsCommand::Get {
            workspace: slug,
            key,
            json,
        } => {
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            let offered = house.auth.providers().offered(&workspace);
            let offered: Vec<_> = offered.iter().map(|provider| &provider.id).collect();
            let settings = workspace.security;
            match (key, json) {
                (Some(key), _) => match value_of(&settings, key) {
                    Some(value) => say!("{}", json_of(&value)),
                    None => bail!("{}", unknown(key)),
                },
                (None, true) => say!(
                    "{}",
                    serde_json::to_string_pretty(&nested(every_value(&settings, offered)))?
                ),
                (None, false) => {
                    for (key, value) in every_value(&settings, offered) {
                        // What these values are in JSON, they are in TOML.
                        say!("{key} = {}", json_of(&value));
                    }
                }
            }
        }
        SettingsCommand::Set {
            workspace: slug,
            changes,
            at_once,
            even_if_locked_out,
        } => {
            let changes: Vec<SettingChange> = changes
                .iter()
                .map(|change| {
                    let (key, value) = change
                        .split_once('=')
                        .with_context(|| format!("\"{change}\": write KEY=VALUE"))?;
                    Ok(SettingChange {
                        key: key.trim().to_owned(),
                        value: value.to_owned(),
                    })
                })
                .collect::<anyhow::Result<_>>()?;
            let mut keys = BTreeSet::new();
            if let Some(twice) = changes.iter().find(|change| !keys.insert(change.key.as_str())) {
                bail!("nothing was changed:\n  {}: it stands there twice", twice.key);
            }
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            let desk = house.auth.workspaces();
            let how = ChangeHow {
                at_once: *at_once,
                even_if_locked_out: *even_if_locked_out,
            };
            let saved = match desk
                .change_settings(&Acting::operator(), &workspace, &changes, how)
                .await
            {
                Ok(saved) => saved,
                Err(SaveSettingsError::Problems(problems)) => bail!("{}", told(&problems)),
                Err(SaveSettingsError::LockedOut(locked_out)) => bail!("{}", shut_out(&locked_out)),
                Err(error) => return Err(error.into()),
            };
            for change in &changes {
                if let Some(value) = value_of(&saved.settings, &change.key) {
                    say!("{} = {}", change.key, json_of(&value));
                }
            }
            aside(format_args!("Counts from the next request on."));
            let offered = house.auth.providers().offered(&workspace);
            for id in changes.iter().filter_map(|change| provider_of(&change.key)) {
                if offered.iter().all(|provider| provider.id.as_str() != id) {
                    aside(format_args!(
                        "{id} has no credentials here: nothing comes of it until it has some."
                    ));
                }
            }
            if let Some(trial) = &saved.provisional {
                let until = rfc3339(trial.until);
                aside(format_args!(
                    "How admins sign in is on trial: it is changed back at {until}, unless one of them signs in before. \
                     With --at-once it holds at once."
                ));
            }
        }
    }
    Ok(())
}

/// The provider that a key is about.
fn provider_of(key: &str) -> Option<&str> {
    let (_, rest) = key.split_once('.')?;
    rest.strip_prefix("providers.")
        .or_else(|| rest.strip_prefix("second_factor_from."))
}

/// Why nothing was changed, with what to do.
fn shut_out(locked_out: &LockedOut) -> String {
    let who = match locked_out {
        LockedOut::Saver => String::new(),
        LockedOut::EveryAdmin { admins } => {
            let names = admins.iter().map(|admin| match &admin.address {
                Some(address) => address.to_string(),
                None => admin.user.to_string(),
            });
            format!(" ({})", names.collect::<Vec<_>>().join(", "))
        }
    };
    format!(
        "nothing was changed: by this no admin{who} would have a way in, the backup sign-in not counted; leave one open to \
         them, or change it all the same with --even-if-locked-out"
    )
}

fn json_of(value: &SettingValue) -> Value {
    match value {
        SettingValue::Switch(on) => Value::from(*on),
        SettingValue::Number(number) => Value::from(*number),
        SettingValue::Text(text) => Value::from(text.as_str()),
        SettingValue::SignUp(SignUpRule::Open) => Value::from("open"),
        SettingValue::SignUp(SignUpRule::Closed) => Value::from("closed"),
        SettingValue::SignUp(SignUpRule::Domains { domains }) => Value::from(domains.clone()),
    }
}

fn nested(values: Vec<(String, SettingValue)>) -> Value {
    let mut document = Map::new();
    for (key, value) in values {
        nest(&mut document, &key, json_of(&value));
    }
    Value::Object(document)
}

fn nest(object: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(object.insert(key.to_owned(), value)),
        Some((group, rest)) => {
            let group = object.entry(group).or_insert_with(|| Value::Object(Map::new()));
            if let Some(group) = group.as_object_mut() {
                nest(group, rest, value);
            }
        }
    }
}

fn unknown(key: &str) -> String {
    let known = KEYS.into_iter().map(str::to_owned);
    let meant = nearest(key, known).unwrap_or_default();
    format!("{key}: there is no such key; did you mean {meant}?")
}

fn told(problems: &[SettingProblem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| match problem {
            SettingProblem::UnknownKey { key } => unknown(key),
            other => other.to_string(),
        })
        .collect();
    format!("nothing was changed:\n  {}", lines.join("\n  "))
}

#[cfg(test)]
mod tests {
    use doorward_domain::settings::SecuritySettings;

    use super::*;

    #[test]
    fn the_settings_are_told_as_toml_that_can_be_read_back() {
        let settings = SecuritySettings {
            sign_up: SignUpRule::Domains {
                domains: vec!["example.com".to_owned()],
            },
            ..SecuritySettings::default()
        };
        let lines: Vec<String> = every_value(&settings, [])
            .iter()
            .map(|(key, value)| format!("{key} = {}", json_of(value)))
            .collect();
        assert_eq!(lines.len(), KEYS.len());
        assert!(lines.contains(&"staff.email_code = false".to_owned()), "{lines:?}");
        assert!(lines.contains(&"sign_up = [\"example.com\"]".to_owned()), "{lines:?}");
        let google = doorward_domain::provider::ProviderId::parse("google").unwrap();
        let nested = nested(every_value(&settings, [&google]));
        assert_eq!(nested["customers"]["session_idle_seconds"], 604_800);
        assert_eq!(nested["customers"]["providers"]["google"], true);
        assert_eq!(nested["staff"]["second_factor_from"]["google"], false);
    }

    #[test]
    fn a_misspelt_key_leads_to_the_one_that_was_meant() {
        for (typed, meant) in [
            ("staff.two_factor", "staff.two_factor_required"),
            ("customer.email_code", "customers.email_code"),
            ("staff.pasword", "staff.password"),
        ] {
            assert!(
                unknown(typed).ends_with(&format!("did you mean {meant}?")),
                "{}",
                unknown(typed)
            );
        }
    }
}
