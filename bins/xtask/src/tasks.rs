//! The tasks themselves, each a list of commands.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::postgres::{Durability, Postgres, TEMPLATE_VARIABLE, URL_VARIABLE};
use crate::process::{cargo, find, forget_this_package, root, run, target};
use crate::{links, setup};

/// The suites of crates that need neither a database server nor a browser, for the loop while writing.
const FAST: &str = "package(doorward-domain) | package(doorward-auth) | package(doorward-http)";

/// Format, clippy, fast tests.
pub(crate) fn check() -> Result<()> {
    run("format", &mut cargo(["fmt", "--all", "--check"]))?;
    run(
        "clippy",
        &mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    need_nextest()?;
    run(
        "fast tests",
        &mut cargo(["nextest", "run", "--workspace", "--no-fail-fast", "-E", FAST]),
    )
}

/// Every suite, with everything they need. Arguments go to nextest (a filter while hunting one test, say).
pub(crate) fn test(args: &[OsString]) -> Result<()> {
    setup::everything()?;
    need_nextest()?;
    let postgres = Postgres::for_suites()?;
    // All targets in one build, so that the server which the black-box suites start shares its crates with their tests.
    run("build", &mut cargo(["build", "--workspace", "--all-targets"]))?;
    let doorward = target().join("debug/doorward");
    let template = postgres.template(&doorward)?;
    let suites = |command: &mut Command| {
        command
            .env(URL_VARIABLE, postgres.url())
            .env(TEMPLATE_VARIABLE, template.name())
            .env("DOORWARD_BIN", &doorward);
    };
    let mut nextest = cargo(["nextest", "run", "--workspace", "--no-fail-fast"]);
    nextest.args(args);
    suites(&mut nextest);
    let tests = run("tests", &mut nextest);
    if !args.is_empty() {
        return tests;
    }
    let mut examples = cargo(["test", "--doc", "--workspace", "--quiet"]);
    suites(&mut examples);
    let examples = run("examples in the documentation", &mut examples);
    tests.and(examples)
}

/// The load scenarios against a release build.
pub(crate) fn bench(args: &[OsString]) -> Result<()> {
    let postgres = Postgres::private(Durability::Full)?;
    run(
        "build for release",
        &mut cargo(["build", "--release", "-p", "doorward", "-p", "doorward-load"]),
    )?;
    let built = target().join("release");
    let mut load = Command::new(built.join("doorward-load"));
    load.args(args)
        .current_dir(root())
        .env(URL_VARIABLE, postgres.url())
        .env("DOORWARD_BIN", built.join("doorward"));
    forget_this_package(&mut load);
    run("load", &mut load)
}

/// Rustdoc, and the links of what people read.
pub(crate) fn doc() -> Result<()> {
    run(
        "rustdoc",
        cargo(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    links::check(&root())
}

/// Licences, sources and banned crates. Advisories need a database from a forge: `cargo deny check advisories` where
/// there is a network.
pub(crate) fn deny() -> Result<()> {
    let program = cargo_deny()?;
    let mut command = Command::new(program);
    command
        .args([
            "--all-features",
            "--workspace",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ])
        .current_dir(root());
    forget_this_package(&mut command);
    run("cargo deny", &mut command)
}

/// Runs any command with a PostgreSQL up.
pub(crate) fn with_postgres(args: &[OsString]) -> Result<()> {
    let Some((program, rest)) = args.split_first() else {
        bail!("say which command: cargo xtask postgres -- cargo nextest run --workspace");
    };
    let postgres = Postgres::for_suites()?;
    let mut command = Command::new(program);
    command.args(rest).env(URL_VARIABLE, postgres.url());
    forget_this_package(&mut command);
    run(&program.to_string_lossy(), &mut command)
}

/// `cargo-deny`: the one on this machine, else one built into `target/tools` without optimisation, which is the cheapest
/// way to it (it reads a lock file; speed does not matter).
fn cargo_deny() -> Result<PathBuf> {
    const VERSION: &str = "0.20.2";
    let folder = target().join("tools");
    if let Some(found) =
        find("cargo-deny").or_else(|| Some(folder.join("bin/cargo-deny")).filter(|file| file.is_file()))
    {
        return Ok(found);
    }
    let mut install = cargo([
        "install",
        "--locked",
        "--debug",
        "--no-default-features",
        "--version",
        VERSION,
        "--root",
    ]);
    install
        .arg(&folder)
        .args(["--target-dir"])
        .arg(folder.join("build"))
        .arg("cargo-deny")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0");
    run("install cargo-deny", &mut install)?;
    let _ = std::fs::remove_dir_all(folder.join("build"));
    Some(folder.join("bin/cargo-deny"))
        .filter(|file| file.is_file())
        .context("cargo install left no cargo-deny")
}

fn need_nextest() -> Result<()> {
    if find("cargo-nextest").is_some() {
        return Ok(());
    }
    bail!("cargo-nextest is not on this machine: cargo install --locked cargo-nextest")
}
