//! `doorward directory …`: the synced directory from a file (B9).

use std::process::ExitCode;

use anyhow::Context as _;
use doorward_auth::Acting;
use doorward_auth::directory::import_directory::{Import, ImportError, Imported};
use doorward_domain::directory::IdentityScope;
use doorward_domain::directory::run::{Effect, Plan};
use doorward_domain::directory::table::TableFault;
use doorward_domain::provider::ProviderId;

use super::{house, workspace};
use crate::cli::{Directory, Identities};
use crate::output::{aside, counted, say};
use crate::settings::Flags;

/// Whose people the records speak of, as the command line says it.
///
/// # Errors
/// An id of a provider that is none.
pub(super) fn scope(identities: &Identities) -> anyhow::Result<Option<IdentityScope>> {
    let Some(provider) = &identities.provider else {
        return Ok(None);
    };
    Ok(Some(IdentityScope {
        provider: ProviderId::parse(provider).with_context(|| format!("--provider {provider}"))?,
        issuer: identities.issuer.clone(),
        tenant: identities.tenant.clone().unwrap_or_default(),
    }))
}

/// Runs it. The report stands on standard output, one record a line. Fails, and has changed nothing, where the file cannot
/// be used or the run is held back (R62).
///
/// # Errors
/// A file that cannot be read, a workspace that is not there, a database that is away.
pub(crate) async fn run(flags: &Flags, command: &Directory) -> anyhow::Result<ExitCode> {
    let Directory::Import {
        file,
        workspace: slug,
        dry_run,
        yes,
        identities,
    } = command;
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let text = String::from_utf8(bytes).with_context(|| format!("{}: it is not UTF-8", file.display()))?;
    let import = Import {
        text,
        scope: scope(identities)?,
        dry_run: *dry_run,
        agreed: yes.then_some(usize::MAX),
    };
    let (_, house) = house(flags).await?;
    let workspace = workspace(&house, slug).await?;
    match house
        .auth
        .directory()
        .import(&Acting::operator(), &workspace, import)
        .await
    {
        Ok(Imported::Planned(plan)) => {
            report(&plan)?;
            say!("Nothing was changed: {}.", counts(&plan));
            if plan.needs_word() {
                aside(format_args!("{}", held_back(&plan)));
            }
            Ok(ExitCode::SUCCESS)
        }
        Ok(Imported::Committed(plan, ended)) => {
            report(&plan)?;
            say!(
                "Done: {}. The sessions of {ended} {} ended.",
                counts(&plan),
                if ended == 1 { "person" } else { "people" }
            );
            Ok(ExitCode::SUCCESS)
        }
        Ok(Imported::HeldBack(plan)) => {
            report(&plan)?;
            say!("Nothing was changed: {}.", counts(&plan));
            aside(format_args!("{}", held_back(&plan)));
            Ok(ExitCode::FAILURE)
        }
        Err(ImportError::Table(TableFault::Lines(faults))) => {
            for (line, fault) in &faults {
                say!("line {line}: {fault}");
            }
            let unfit = u64::try_from(faults.len()).unwrap_or(u64::MAX);
            say!(
                "Nothing was changed: {} cannot be used.",
                counted(unfit, "line", "lines")
            );
            Ok(ExitCode::FAILURE)
        }
        Err(ImportError::Table(fault)) => Err(fault).with_context(|| file.display().to_string()),
        Err(error) => Err(error.into()),
    }
}

fn report(plan: &Plan) -> anyhow::Result<()> {
    for line in &plan.lines {
        match line.line {
            Some(number) => say!("line {number}: {} {}", line.effect.as_str(), line.user_name),
            None => say!("not named: {} {}", line.effect.as_str(), line.user_name),
        }
    }
    Ok(())
}

fn counts(plan: &Plan) -> String {
    let effects = [
        Effect::Added,
        Effect::Changed,
        Effect::Activated,
        Effect::Deactivated,
        Effect::Unchanged,
    ];
    let counts: Vec<String> = effects
        .into_iter()
        .map(|effect| format!("{} {}", plan.count(effect), effect.as_str()))
        .collect();
    counts.join(", ")
}

fn held_back(plan: &Plan) -> String {
    format!(
        "It makes {} of {} active records inactive, more than a fifth, and is held back for that. If it is meant, add --yes.",
        plan.removed, plan.active_before
    )
}
