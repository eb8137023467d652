//! Saving the rules of the door (C3): refused where it would shut every admin out (R105), never over somebody else's change,
//! and, where it changes how admins get in, on trial until one of them has come in under it.

use doorward_domain::audit::{AuditAction, fit_detail};
use doorward_domain::ports::{PortError, SettingsSaved, SettingsToSave};
use doorward_domain::provisional::{NewChange, Provisional, SettingsVersion, provisional_after};
use doorward_domain::settings::SecuritySettings;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::change_settings::{SettingDifference, SettingProblem, differences, problems_of};
use super::preview_settings::{LockedOut, guard};
use super::settle_settings;
use crate::context::{Acting, Context};

/// Settings to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedSettings {
    /// All of them.
    pub settings: SecuritySettings,
    /// The state that they were made from; `None` for the one that was read with the workspace.
    pub from: Option<SettingsVersion>,
    /// Whether a change to how admins get in is to hold at once, and not be on trial. For the operator, who has `recover`.
    pub at_once: bool,
    /// Whether to save even what shuts every admin out. For the operator; what nobody can come in under holds at once.
    pub even_if_locked_out: bool,
}

impl ProposedSettings {
    /// Settings as whoever runs the workspace saves them.
    pub const fn new(settings: SecuritySettings, from: Option<SettingsVersion>) -> Self {
        Self {
            settings,
            from,
            at_once: false,
            even_if_locked_out: false,
        }
    }
}

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSettings {
    /// What holds now.
    pub settings: SecuritySettings,
    /// The state that it is in.
    pub version: SettingsVersion,
    /// What it falls back to, and when, while it is on trial.
    pub provisional: Option<Provisional>,
    /// Each key that changed.
    pub differences: Vec<SettingDifference>,
}

/// Why nothing was saved.
#[derive(Debug, Error)]
pub enum SaveSettingsError {
    /// What was proposed will not do.
    #[error("the settings were not changed")]
    Problems(Vec<SettingProblem>),
    /// It would shut out whoever saves it, or every admin (R105).
    #[error("no admin would get in any more")]
    LockedOut(LockedOut),
    /// Somebody else changed the settings meanwhile.
    #[error("the settings were changed by somebody else meanwhile")]
    Changed {
        /// What holds now.
        now: Box<SecuritySettings>,
    },
    /// The workspace is gone.
    #[error("the workspace is gone")]
    Gone,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Saves them, all or none.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    proposed: ProposedSettings,
) -> Result<SavedSettings, SaveSettingsError> {
    let problems = problems_of(&proposed.settings);
    if !problems.is_empty() {
        return Err(SaveSettingsError::Problems(problems));
    }
    // What is over is written down first, so that its undoing has a row and mails of its own.
    settle_settings::settle(context, workspace.id).await?;
    let now = context.now();
    let stored = context.ports.workspaces.find(workspace.id).await?;
    let current = stored.ok_or(SaveSettingsError::Gone)?.at(now);
    let from = proposed
        .from
        .unwrap_or_else(|| SettingsVersion::of(&workspace.security));
    let changed = |current: Workspace| SaveSettingsError::Changed {
        now: Box::new(current.security),
    };
    if from != SettingsVersion::of(&current.security) {
        return Err(changed(current));
    }
    let (locked_out, on_trial) = guard(context, acting, &current, &proposed.settings).await?;
    if let Some(locked_out) = locked_out.filter(|_| !proposed.even_if_locked_out) {
        return Err(SaveSettingsError::LockedOut(locked_out));
    }
    let differences = differences(&current.security, &proposed.settings);
    let mut audit = context.audit_of(workspace.id, acting, None, AuditAction::SettingsChanged, now);
    audit.detail = detail(&differences);
    let pending = current.provisional.as_ref();
    let provisional = if proposed.at_once {
        None
    } else {
        let new = NewChange {
            change: audit.id,
            by: acting.actor.clone(),
            now,
            life: context.config.limits.settings_trial(),
        };
        let new_trial = provisional_after(&current.security, pending, &proposed.settings, new);
        // What was on trial before and is untouched stays so, whoever is there.
        new_trial.filter(|trial| on_trial || trial.change != audit.id)
    };
    let change = SettingsToSave {
        from,
        pending: pending.map(|pending| pending.change),
        settings: proposed.settings.clone(),
        provisional: provisional.clone(),
        now,
    };
    match context.ports.door_settings.save(workspace.id, change, audit).await? {
        SettingsSaved::Saved => Ok(SavedSettings {
            version: SettingsVersion::of(&proposed.settings),
            settings: proposed.settings,
            provisional,
            differences,
        }),
        SettingsSaved::Changed => {
            let stored = context.ports.workspaces.find(workspace.id).await?;
            Err(changed(stored.ok_or(SaveSettingsError::Gone)?.at(now)))
        }
        SettingsSaved::Unknown => Err(SaveSettingsError::Gone),
    }
}

/// What changed, as the audit log tells it.
fn detail(differences: &[SettingDifference]) -> Option<String> {
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    fit_detail(&told.join("; "))
}
