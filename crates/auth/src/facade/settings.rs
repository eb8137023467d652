//! The rules of a workspace's door: looking ahead, saving, and trials (C3).

use doorward_domain::ports::PortError;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::workspace::Workspace;

use super::Auth;
use crate::context::{Acting, Context};
use crate::workspace::preview_settings::{self, PreviewError, PreviewHow, SettingsPreview};
use crate::workspace::save_settings::{self, ProposedSettings, SaveSettingsError, SavedSettings};
use crate::workspace::settle_settings;

impl Auth {
    /// The rules of a workspace's door.
    pub const fn settings(&self) -> SettingsDesk<'_> {
        SettingsDesk(&self.context)
    }
}

/// The rules of a workspace's door. What is proposed is made by
/// [`proposed`](crate::workspace::change_settings::proposed) from keys and values.
#[derive(Debug, Clone, Copy)]
pub struct SettingsDesk<'a>(&'a Context);

impl SettingsDesk<'_> {
    /// What a change would do to everybody. Changes nothing.
    pub async fn preview(
        self,
        acting: &Acting,
        workspace: &Workspace,
        proposed: &SecuritySettings,
        how: &PreviewHow,
    ) -> Result<SettingsPreview, PreviewError> {
        preview_settings::run(self.0, acting, workspace, proposed, how).await
    }

    /// Saves settings, all or none: not where they would shut every admin out (R105), and not over somebody else's change.
    pub async fn save(
        self,
        acting: &Acting,
        workspace: &Workspace,
        proposed: ProposedSettings,
    ) -> Result<SavedSettings, SaveSettingsError> {
        save_settings::run(self.0, acting, workspace, proposed).await
    }

    /// Puts back what held before the change that is on trial; `false` if none is.
    pub async fn undo(self, acting: &Acting, workspace: &Workspace) -> Result<bool, PortError> {
        settle_settings::undo(self.0, acting, workspace).await
    }

    /// Writes down every trial that is over, and tells the admins; says how many there were. A worker calls it now and then:
    /// what holds does not depend on it.
    pub async fn settle(self) -> Result<u64, PortError> {
        settle_settings::run(self.0).await
    }
}
