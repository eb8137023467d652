//! `doorward settings …`: the rules of a workspace's door from the command line (C3).

use anyhow::{Context as _, bail};
use doorward_auth::Acting;
use doorward_auth::workspace::change_settings::{
    ChangeHow, KEYS, SettingChange, SettingProblem, SettingValue, value_of,
};
use doorward_auth::workspace::save_settings::SaveSettingsError;
use doorward_domain::settings::{SecuritySettings, SignUpRule};
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
            let settings = workspace(&house, slug).await?.security;
            match (key, json) {
                (Some(key), _) => match value_of(&settings, key) {
                    Some(value) => say!("{}", json_of(&value)),
                    None => bail!("{}", unknown(key)),
                },
                (None, true) => say!("{}", serde_json::to_string_pretty(&nested(&settings))?),
                (None, false) => {
                    for (key, value) in all(&settings) {
                        // What these values are in JSON, they are in TOML.
                        say!("{key} = {}", json_of(&value));
                    }
                }
            }
        }
        SettingsCommand::Set {
            workspace: slug,
            changes,
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
            let (_, house) = house(flags).await?;
            let workspace = workspace(&house, slug).await?;
            let desk = house.auth.workspaces();
            let how = ChangeHow::default();
            let settings = match desk.change_settings(&Acting::operator(), &workspace, &changes, how).await {
                Ok(saved) => saved.settings,
                Err(SaveSettingsError::Problems(problems)) => bail!("{}", told(&problems)),
                Err(error) => return Err(error.into()),
            };
            for change in &changes {
                if let Some(value) = value_of(&settings, &change.key) {
                    say!("{} = {}", change.key, json_of(&value));
                }
            }
            aside(format_args!("Counts from the next request on."));
        }
    }
    Ok(())
}

fn all(settings: &SecuritySettings) -> impl Iterator<Item = (&'static str, SettingValue)> {
    KEYS.into_iter()
        .filter_map(|key| value_of(settings, key).map(|value| (key, value)))
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

fn nested(settings: &SecuritySettings) -> Value {
    let mut document = Map::new();
    for (key, value) in all(settings) {
        let value = json_of(&value);
        match key.split_once('.') {
            None => drop(document.insert(key.to_owned(), value)),
            Some((group, key)) => {
                let group = document
                    .entry(group)
                    .or_insert_with(|| Value::Object(Map::new()))
                    .as_object_mut();
                if let Some(group) = group {
                    group.insert(key.to_owned(), value);
                }
            }
        }
    }
    Value::Object(document)
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
    use super::*;

    #[test]
    fn the_settings_are_told_as_toml_that_can_be_read_back() {
        let settings = SecuritySettings {
            sign_up: SignUpRule::Domains {
                domains: vec!["example.com".to_owned()],
            },
            ..SecuritySettings::default()
        };
        let lines: Vec<String> = all(&settings)
            .map(|(key, value)| format!("{key} = {}", json_of(&value)))
            .collect();
        assert_eq!(lines.len(), KEYS.len());
        assert!(lines.contains(&"staff.email_code = false".to_owned()), "{lines:?}");
        assert!(lines.contains(&"sign_up = [\"example.com\"]".to_owned()), "{lines:?}");
        assert_eq!(nested(&settings)["customers"]["session_idle_seconds"], 604_800);
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
