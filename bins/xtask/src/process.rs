//! Other programs: where they are, and running them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder in which cargo builds.
pub(crate) fn target() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// A variable of the environment, unless it is unset, empty or not UTF-8.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is how a task is told about its machine"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `cargo` with these arguments, at the root of the workspace.
///
/// What `cargo run` told *this* process about the package `xtask` is taken out of the environment: build scripts that
/// watch those variables would otherwise build again each time a task and a shell take turns.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(args: I) -> Command {
    let mut command = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    forget_this_package(&mut command);
    command
}

/// Takes out of a command's environment what cargo told this process about its own package.
pub(crate) fn forget_this_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_own = name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_")
            || name == "CARGO_BIN_NAME"
            || name == "CARGO_CRATE_NAME"
            || name == "CARGO_PRIMARY_PACKAGE";
        if is_own {
            command.env_remove(name.as_ref());
        }
    }
}

/// The first file of this name in `PATH` or one of the folders in which Debian keeps servers.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Says what is run, runs it and fails when it fails.
pub(crate) fn run(title: &str, command: &mut Command) -> Result<()> {
    eprintln!("\n── {title}");
    let began = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("{} could not be started", program_of(command)))?;
    if !status.success() {
        bail!("{title}: {} ended with {status}", program_of(command));
    }
    eprintln!("── {title}: done in {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a command whose output matters only when it fails, and answers what it wrote.
pub(crate) fn quietly(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("{} could not be started", program_of(command)))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!(
            "{} ended with {}:\n{said}{}",
            program_of(command),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(said)
}

fn program_of(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
