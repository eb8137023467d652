//! The sign-in check and what mends (C4), and the report of *Trouble signing in?* (B17).

use doorward_domain::email_address::EmailAddress;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::how_to::{HowTo, how_to};
use doorward_domain::ports::PortError;
use doorward_domain::role::Audience;
use doorward_domain::secret::HelpCode;
use doorward_domain::workspace::Workspace;

use super::{People, Recovery, SignIn};
use crate::context::{Acting, Caller};
use crate::outcome::SignInError;
use crate::people::explain::{self, ByHelpCode};
use crate::people::mend::{self, MendError, Mended};
use crate::recovery::request_report::{self, ReportRequest, ReportRequested};

impl People<'_> {
    /// Why the attempt that ended with that help code did so, and whether its owner gets in now; `None` if there is none of
    /// it here (C4).
    pub async fn explain_code(self, workspace: &Workspace, code: &HelpCode) -> Result<Option<ByHelpCode>, PortError> {
        explain::by_help_code(self.0, workspace, code).await
    }

    /// Does what the check of that address offers, by its name there; `proof` is asked of what changes the door for all.
    pub async fn mend(
        self,
        acting: &Acting,
        workspace: &Workspace,
        address: &EmailAddress,
        wanted: &str,
        proof: Option<FreshProof>,
    ) -> Result<Mended, MendError> {
        mend::run(self.0, acting, workspace, address, wanted, proof).await
    }
}

impl Recovery<'_> {
    /// Has a mailbox told how its owner gets in (B17).
    pub async fn request_report(self, caller: &Caller, request: ReportRequest) -> Result<ReportRequested, SignInError> {
        request_report::run(self.0, caller, request).await
    }
}

impl SignIn<'_> {
    /// How an audience signs in, under the settings in force (C12).
    pub fn how_to(self, workspace: &Workspace, audience: Audience) -> HowTo {
        how_to(&workspace.security, audience, &self.0.ports.provider.offered(workspace))
    }
}
