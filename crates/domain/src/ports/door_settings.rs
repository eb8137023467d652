//! The settings of a workspace's door, and those that are on trial (C3).

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{AuditId, WorkspaceId};
use crate::mail::NewMail;
use crate::provisional::{Provisional, SettingsVersion};
use crate::settings::SecuritySettings;
use crate::time::Timestamp;

/// A change of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsToSave {
    /// The state that it was made from; it is saved only while that still holds.
    pub from: SettingsVersion,
    /// The state of the trial that was under way then, by its change; saved only while that still is.
    pub pending: Option<AuditId>,
    /// What holds from now on.
    pub settings: SecuritySettings,
    /// What is kept beside them, where they do not hold for good yet.
    pub provisional: Option<Provisional>,
    /// When.
    pub now: Timestamp,
}

/// Whether settings could be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsSaved {
    /// They were.
    Saved,
    /// They were changed since they were read. Nothing was written.
    Changed,
    /// There is no such workspace.
    Unknown,
}

/// Keeps the settings of doors.
///
/// # Contract
/// - `save` MUST be `Changed` unless the settings that hold at its time, a trial that is over taken into account, are of the
///   version that is named and the trial is the one that is named; of any number of parallel calls from one state, one is
///   `Saved`.
/// - `revert` MUST touch nothing unless the trial of exactly that change is under way and, unless `at_once`, over; of any
///   number of them in parallel, on any node, and of what confirms the trial (see
///   [`Sessions::open`](super::Sessions::open)), one at most ends it.
/// - `revert` MUST put back what is kept beside the settings, all of it and nothing else.
/// - Each write MUST be one transaction with its audit row and mails, and MUST move
///   [`Workspaces::edition`](super::Workspaces::edition).
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DoorSettings: Send + Sync {
    /// Saves settings.
    async fn save(
        &self,
        workspace: WorkspaceId,
        change: SettingsToSave,
        audit: AuditEntry,
    ) -> PortResult<SettingsSaved>;

    /// Puts back what held before; says whether it did. With `at_once`, also before the trial is over.
    async fn revert(
        &self,
        workspace: WorkspaceId,
        change: AuditId,
        at_once: bool,
        audit: AuditEntry,
        mails: Vec<NewMail>,
    ) -> PortResult<bool>;

    /// The workspaces whose settings are on a trial that is over at that time, and still stand as they were tried; at most
    /// `limit`.
    async fn overdue(&self, now: Timestamp, limit: u32) -> PortResult<Vec<WorkspaceId>>;
}
