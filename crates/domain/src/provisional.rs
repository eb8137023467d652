//! Changes of settings that undo themselves: a change to how admins get in holds for good only once one of them has come in
//! under it (C3).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::audit::Actor;
use crate::ids::AuditId;
use crate::role::Audience;
use crate::settings::{AudienceSettings, SecuritySettings};
use crate::time::Timestamp;
use crate::workspace::Workspace;

/// Which state settings are in: the same for the same settings, another for any other. A change says which state it was
/// made from, so that two changes at a time do not undo each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SettingsVersion([u8; 16]);

/// A text that is no version of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a version of settings is 32 hexadecimal digits")]
pub struct NoSettingsVersion;

impl SettingsVersion {
    /// That of these settings: the beginning of the SHA-256 of what is stored of them.
    pub fn of(settings: &SecuritySettings) -> Self {
        // Maps and sets are in order, so that equal settings are written alike.
        let text = serde_json::to_vec(settings).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(&text).into();
        let mut version = [0; 16];
        version.copy_from_slice(digest.split_at(16).0);
        Self(version)
    }
}

impl fmt::Display for SettingsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for SettingsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SettingsVersion({self})")
    }
}

impl FromStr for SettingsVersion {
    type Err = NoSettingsVersion;

    fn from_str(text: &str) -> Result<Self, NoSettingsVersion> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.as_bytes())
            .map_err(|_| NoSettingsVersion)?;
        bytes.try_into().map(Self).map_err(|_| NoSettingsVersion)
    }
}

impl TryFrom<String> for SettingsVersion {
    type Error = NoSettingsVersion;

    fn try_from(text: String) -> Result<Self, NoSettingsVersion> {
        text.parse()
    }
}

impl From<SettingsVersion> for String {
    fn from(version: SettingsVersion) -> Self {
        version.to_string()
    }
}

/// What is kept beside settings that do not hold for good yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provisional {
    /// The audit row of the change; says which change it is.
    pub change: AuditId,
    /// What holds again unless an admin comes in meanwhile.
    pub previous: Box<SecuritySettings>,
    /// When the change was made.
    pub since: Timestamp,
    /// When it undoes itself.
    pub until: Timestamp,
    /// Who made it.
    pub by: Actor,
}

impl Provisional {
    /// Whether its time is over. A clock that was set back by more than its whole life does not prolong it.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let life = self.until.since(self.since);
        now >= self.until || now < self.since.minus(life)
    }
}

impl Workspace {
    /// The workspace as it is at that moment: where a change of settings has undone itself, with those that hold again.
    /// Every node sees that at once, whenever it is written down.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        if let Some(over) = self.provisional.take_if(|provisional| provisional.is_over(now)) {
            self.security = *over.previous;
        }
        self
    }

    /// Whether a change of its settings has undone itself and that is not written down yet.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.provisional
            .as_ref()
            .is_some_and(|provisional| provisional.is_over(now))
    }
}

/// A change about to be made.
#[derive(Debug, Clone)]
pub struct NewChange {
    /// Its audit row.
    pub change: AuditId,
    /// Who makes it.
    pub by: Actor,
    /// When.
    pub now: Timestamp,
    /// For how long it is on trial.
    pub life: Duration,
}

/// Whether a change is one to how admins get in: the ways in of staff, what is asked of them at a second step, and whom
/// single sign-on admits. How long their passwords and sessions are is none.
pub fn concerns_admins(now: &SecuritySettings, proposed: &SecuritySettings) -> bool {
    door_of_staff(now) != door_of_staff(proposed)
}

fn door_of_staff(settings: &SecuritySettings) -> (AudienceSettings, bool) {
    let any = SecuritySettings::default().staff;
    let staff = AudienceSettings {
        providers: Some(settings.providers(Audience::Staff)),
        password_min_length: any.password_min_length,
        password_min_length_with_two_factor: any.password_min_length_with_two_factor,
        session_idle_seconds: any.session_idle_seconds,
        session_absolute_seconds: any.session_absolute_seconds,
        ..settings.staff.clone()
    };
    (staff, settings.directory.required)
}

/// What to keep beside the settings after a change from `current`, whose own trial is `pending`; `None` where they hold for
/// good.
///
/// - A change to how admins get in is on trial, and what it falls back to is what last held for good.
/// - Any other change holds for good, and what is on trial stays so: what it would fall back to is changed as well.
/// - A change that brings back how admins got in before ends the trial.
pub fn provisional_after(
    current: &SecuritySettings,
    pending: Option<&Provisional>,
    proposed: &SecuritySettings,
    new: NewChange,
) -> Option<Provisional> {
    if !concerns_admins(current, proposed) {
        return pending.map(|pending| Provisional {
            previous: Box::new(carry(&pending.previous, current, proposed)),
            ..pending.clone()
        });
    }
    let previous = pending.map_or(current, |pending| &pending.previous);
    concerns_admins(previous, proposed).then(|| Provisional {
        change: new.change,
        previous: Box::new(previous.clone()),
        since: new.now,
        until: new.now.plus(new.life),
        by: new.by,
    })
}

/// `onto` with every field changed that differs between `before` and `after`.
fn carry(onto: &SecuritySettings, before: &SecuritySettings, after: &SecuritySettings) -> SecuritySettings {
    let object = |settings: &SecuritySettings| match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    };
    let merged = merge(object(onto), &object(before), &object(after), true);
    serde_json::from_value(Value::Object(merged)).unwrap_or_else(|_| onto.clone())
}

fn merge(
    mut onto: Map<String, Value>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    outermost: bool,
) -> Map<String, Value> {
    for (key, wanted) in after {
        let was = before.get(key);
        if was == Some(wanted) {
            continue;
        }
        // Fields of an audience are changed one by one; what stands deeper is one value.
        let inner = match (onto.get(key), was, wanted) {
            (Some(Value::Object(onto)), Some(Value::Object(was)), Value::Object(wanted))
                if outermost && !wanted.contains_key("rule") =>
            {
                Value::Object(merge(onto.clone(), was, wanted, false))
            }
            _ => wanted.clone(),
        };
        onto.insert(key.clone(), inner);
    }
    onto
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SignUpRule;

    const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
    const LIFE: Duration = Duration::from_mins(10);

    fn with(change: impl FnOnce(&mut SecuritySettings)) -> SecuritySettings {
        let mut settings = SecuritySettings::default();
        change(&mut settings);
        settings
    }

    fn change() -> NewChange {
        NewChange {
            change: AuditId::from_uuid(uuid::Uuid::from_u128(1)),
            by: Actor::Operator,
            now: START,
            life: LIFE,
        }
    }

    #[test]
    fn c3_only_what_decides_how_admins_get_in_is_on_trial() {
        type Change = Box<dyn FnOnce(&mut SecuritySettings)>;
        let now = SecuritySettings::default();
        let google = crate::provider::ProviderId::parse("google").unwrap();
        let table: Vec<(bool, Change)> = vec![
            (true, Box::new(|s| s.staff.password = false)),
            (true, Box::new(|s| s.staff.email_code = true)),
            (true, Box::new(|s| s.staff.passkey = false)),
            (true, Box::new(|s| s.staff.hand_over = true)),
            (true, Box::new(|s| s.staff.two_factor_required = true)),
            (true, Box::new(|s| s.directory.required = true)),
            (
                true,
                Box::new({
                    let google = google.clone();
                    move |s| s.staff.providers = Some(crate::settings::ProviderRule::Only([google].into()))
                }),
            ),
            (
                true,
                Box::new(move |s| {
                    s.staff.second_factor_from.insert(google);
                }),
            ),
            // The same rule, written out.
            (
                false,
                Box::new(|s| s.staff.providers = Some(s.providers(Audience::Staff))),
            ),
            (false, Box::new(|s| s.staff.password_min_length = 20)),
            (false, Box::new(|s| s.staff.session_idle_seconds = 60)),
            (false, Box::new(|s| s.directory.ask = Some("Ask IT.".to_owned()))),
            (false, Box::new(|s| s.customers.password = false)),
            (false, Box::new(|s| s.sign_up = SignUpRule::Closed)),
            (false, Box::new(|s| s.portal_links = false)),
        ];
        for (expected, change) in table {
            let proposed = with(change);
            assert_eq!(concerns_admins(&now, &proposed), expected, "{proposed:?}");
            assert_eq!(concerns_admins(&proposed, &now), expected, "{proposed:?}");
        }
    }

    #[test]
    fn c3_a_trial_is_over_at_its_end_and_not_prolonged_by_a_clock_that_jumps_back() {
        let provisional = provisional_after(
            &SecuritySettings::default(),
            None,
            &with(|s| s.staff.password = false),
            change(),
        )
        .unwrap();
        let day = Duration::from_hours(24);
        for (now, over) in [
            (START, false),
            (START.plus(LIFE).minus(Duration::from_micros(1)), false),
            (START.plus(LIFE), true),
            (START.plus(day), true),
            (START.minus(Duration::from_secs(2)), false),
            (START.minus(day), true),
        ] {
            assert_eq!(provisional.is_over(now), over, "{now:?}");
        }
    }

    #[test]
    fn c3_changes_pile_up_on_what_last_held_for_good() {
        let first = SecuritySettings::default();
        let second = with(|s| s.staff.password = false);
        let pending = provisional_after(&first, None, &second, change()).unwrap();
        assert_eq!(*pending.previous, first);

        let third = with(|s| {
            s.staff.password = false;
            s.staff.email_code = true;
        });
        let later = NewChange {
            now: START.plus(LIFE / 2),
            ..change()
        };
        let piled = provisional_after(&second, Some(&pending), &third, later).unwrap();
        assert_eq!(*piled.previous, first, "not the state that was on trial");
        assert_eq!(piled.until, START.plus(LIFE / 2).plus(LIFE));

        let for_customers = SecuritySettings {
            sign_up: SignUpRule::Domains {
                domains: vec!["example.com".to_owned()],
            },
            customers: AudienceSettings {
                email_code: false,
                ..second.customers.clone()
            },
            ..second.clone()
        };
        let kept = provisional_after(&second, Some(&pending), &for_customers, change()).unwrap();
        assert_eq!(
            (kept.since, kept.until, kept.change),
            (pending.since, pending.until, pending.change)
        );
        let expected = SecuritySettings {
            staff: first.staff.clone(),
            ..for_customers
        };
        assert_eq!(*kept.previous, expected, "what is not on trial holds for good");

        assert_eq!(
            provisional_after(&second, Some(&pending), &first, change()),
            None,
            "taken back by hand"
        );
    }

    #[test]
    fn versions_tell_settings_apart() {
        let version = SettingsVersion::of(&SecuritySettings::default());
        assert_eq!(version, SettingsVersion::of(&SecuritySettings::default()));
        assert_ne!(version, SettingsVersion::of(&with(|s| s.portal_links = false)));
        assert_eq!(version.to_string().parse(), Ok(version));
        assert_eq!("no version".parse::<SettingsVersion>(), Err(NoSettingsVersion));
    }
}
