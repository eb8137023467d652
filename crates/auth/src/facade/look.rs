//! What a workspace is called, how it looks and where it is reached (C7).

use doorward_domain::picture::Picture;
use doorward_domain::ports::PortError;
use doorward_domain::words::LanguageTag;
use doorward_domain::workspace::{Workspace, WorkspaceLook};

use super::Auth;
use crate::context::{Acting, Caller, Context};
use crate::outcome::SignInError;
use crate::workspace::change_look::{self, ChangeLookError, LogoSet, LookChange};

impl Auth {
    /// How workspaces look.
    pub const fn looks(&self) -> LookDesk<'_> {
        LookDesk(&self.context)
    }
}

/// How a workspace looks, and where it is reached.
#[derive(Debug, Clone, Copy)]
pub struct LookDesk<'a>(&'a Context);

impl LookDesk<'_> {
    /// Changes what is said, all of it or nothing. `spoken` are the languages that there are words in.
    pub async fn change(
        self,
        acting: &Acting,
        workspace: &Workspace,
        change: LookChange,
        spoken: &[LanguageTag],
    ) -> Result<WorkspaceLook, ChangeLookError> {
        change_look::run(self.0, acting, workspace, change, spoken).await
    }

    /// Sets the logo from an upload, written anew, or removes it.
    pub async fn set_logo(
        self,
        acting: &Acting,
        caller: &Caller,
        workspace: &Workspace,
        upload: Option<Vec<u8>>,
    ) -> Result<LogoSet, SignInError> {
        change_look::set_logo(self.0, acting, caller, workspace, upload).await
    }

    /// The logo, if there is one.
    pub async fn logo(self, workspace: &Workspace) -> Result<Option<Picture>, PortError> {
        change_look::logo(self.0, workspace).await
    }
}
