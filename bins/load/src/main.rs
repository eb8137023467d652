//! Load scenarios for Doorward.
//!
//! Figures of one machine in one minute say little; ratios within one run carry over. So each scenario measures the
//! server between two measurements of a ceiling that stands on the same machine at the same time: a server that only
//! says hello (hyper with two workers), and bare argon2 with reused arenas on all cores. Where the two measurements of
//! the ceiling differ by more than a quarter, the machine was not quiet and the point is measured again.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command that reports to a terminal"
)]

mod client;
mod goals;
mod machine;
mod people_search;
mod postgres;
mod preview;
mod provider;
mod reference;
mod report;
mod run;
mod scenarios;
mod scim;
mod second_factor;
mod seed;
mod server;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// Load scenarios for Doorward, each a ratio against a ceiling of the same run.
#[derive(Debug, Parser)]
#[command(name = "doorward-load", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the ceiling of HTTP: hyper with two workers and one sentence. Prints its address.
    Reference,
    /// Measure the ceilings alone, without a server under test.
    Ceilings,
    /// Fill a database with people and sessions, all with one shared password hash.
    Seed(SeedOptions),
}

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// The program under test; by default `doorward` beside this one.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// A PostgreSQL that may be filled with databases, for goal 4 (`postgres://user@host:port/postgres`).
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Two seconds a point and small databases: under two minutes.
    #[arg(long, global = true)]
    smoke: bool,
    /// Only these scenarios.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<scenarios::Scenario>,
    /// Exit with 1 if a figure misses its floor in this file (`bins/load/goals.toml`).
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// How far beyond a floor is forgiven, as a share of it.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    tolerance: f64,
    /// Write the record here as JSON.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the table here as Markdown.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct SeedOptions {
    /// How many people, each with one address and one session.
    #[arg(long)]
    users: u32,
    /// `sqlite://…` or `postgres://…`, migrated, with the workspace in it.
    #[arg(long)]
    database_url: String,
    /// The workspace's address part.
    #[arg(long)]
    workspace: String,
    /// People who are called as people are, instead of all alike.
    #[arg(long)]
    mixed: bool,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Reference) => reference::serve(),
        Some(Command::Ceilings) => run::ceilings(cli.run.smoke),
        Some(Command::Seed(options)) => {
            let crowd = if options.mixed {
                seed::Crowd::Mixed
            } else {
                seed::Crowd::Alike
            };
            let seeded = seed::fill(&options.database_url, &options.workspace, options.users, crowd)?;
            println!(
                "{} people with a session each in {:.1} s",
                options.users,
                seeded.as_secs_f64()
            );
            Ok(())
        }
        None => {
            if run::run(&cli.run)? {
                Ok(())
            } else {
                std::process::exit(1);
            }
        }
    }
}
