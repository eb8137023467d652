//! `doorward audit verify`: whether the audit log is as it was written (C6).

use std::process::ExitCode;

use anyhow::Context as _;
use doorward_domain::audit_chain::Seal;
use doorward_domain::workspace::Workspace;
use doorward_persistence::Station;

use crate::cli::Audit;
use crate::output::say;
use crate::settings::{Flags, Mode, Settings};
use crate::wiring::{self, Migrate};

/// Runs it. Exit code 0 when every chain holds, 1 otherwise.
///
/// # Errors
/// A database that cannot be read, a workspace that is not there, a head that is none.
pub(crate) async fn run(flags: &Flags, command: &Audit) -> anyhow::Result<ExitCode> {
    let Audit::Verify { workspace, noted } = command;
    let settings = Settings::load(flags, Mode::Command)?;
    crate::logging::start(settings.log_format, "warn");
    let noted = noted
        .as_deref()
        .map(|text| {
            Seal::parse(text).context("--noted: write a head as this command prints it: a number, a colon, 64 digits")
        })
        .transpose()?;
    let house = wiring::build(&settings, Station::Command, Migrate::No).await?;
    let workspaces: Vec<Workspace> = match workspace {
        Some(slug) => vec![super::workspace(&house, slug).await?],
        None => house.auth.ports().workspaces.list().await?,
    };
    let mut well = true;
    for workspace in workspaces {
        let check = house.auth.logs().verify_audit(workspace.id, noted).await?;
        let slug = &workspace.slug;
        match check.result {
            Ok(head) => say!("ok   {slug}: {} rows fit, head {head}", check.rows),
            Err(broken) => {
                well = false;
                say!("BAD  {slug}: {broken}; {} rows before it fit", check.rows);
            }
        }
        if check.cut_up_to > 0 {
            say!(
                "     {slug}: rows up to {} were removed when their time was over",
                check.cut_up_to
            );
        }
    }
    house.store.close().await;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
