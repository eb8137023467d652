//! One run: which scenarios, in which order, and what becomes of the results.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::RunOptions;
use crate::goals::{self, Verdict};
use crate::postgres::Database;
use crate::reference::Hello;
use crate::report::Report;
use crate::scenarios::{Bench, Pace, Scenario};
use crate::seed::Crowd;
use crate::server::{self, Installation};

/// Measures the ceilings and prints them.
pub(crate) fn ceilings(smoke: bool) -> Result<()> {
    let mut report = Report::new("ceilings");
    let mut bench = Bench {
        pace: if smoke { Pace::SMOKE } else { Pace::FULL },
        hello: Hello::start()?,
        report: &mut report,
    };
    bench.ceilings()?;
    report.end();
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// Runs the scenarios asked for; `false` if floors were asked for and one was missed.
pub(crate) fn run(options: &RunOptions) -> Result<bool> {
    const ALL: [Scenario; 12] = [
        Scenario::Check,
        Scenario::Signin,
        Scenario::SecondFactor,
        Scenario::HangingProvider,
        Scenario::Scim,
        Scenario::PeopleSearch,
        Scenario::Preview,
        Scenario::Storm,
        Scenario::Cold,
        Scenario::Rss,
        Scenario::Growth,
        Scenario::Postgres,
    ];
    let goals = goals::read(options.check.as_deref())?;
    let program = server::program(options.server.as_deref())?;
    let (mode, pace) = if options.smoke {
        ("quick", Pace::SMOKE)
    } else {
        ("full", Pace::FULL)
    };
    let mut report = Report::new(mode);
    let installation = Installation::make(&program, None, pace.users)?;
    let mut bench = Bench {
        pace,
        hello: Hello::start()?,
        report: &mut report,
    };
    let wanted = |scenario| {
        if options.only.is_empty() {
            scenario != Scenario::Postgres || options.postgres.is_some()
        } else {
            options.only.contains(&scenario)
        }
    };
    for scenario in ALL {
        // A crowd takes a while to be made, so that one serves both.
        let with_search = scenario == Scenario::Preview && wanted(Scenario::PeopleSearch);
        if !wanted(scenario) || with_search {
            continue;
        }
        eprintln!("{scenario:?}");
        let done = match scenario {
            Scenario::Check => bench.check(&installation),
            Scenario::Signin => bench.sign_in(&installation),
            Scenario::SecondFactor => bench.second_factor(&installation),
            Scenario::HangingProvider => bench.hanging_provider(&installation),
            Scenario::Scim => bench.scim(&installation),
            Scenario::PeopleSearch => on_each_database(&program, pace, options, |name, crowd| {
                bench.people_search(name, crowd)?;
                if wanted(Scenario::Preview) {
                    bench.preview(name, crowd)?;
                }
                Ok(())
            }),
            Scenario::Preview => on_each_database(&program, pace, options, |name, crowd| bench.preview(name, crowd)),
            Scenario::Storm => bench.storm(&installation),
            Scenario::Cold => bench.cold(&installation),
            Scenario::Rss => bench.rss(&installation),
            Scenario::Growth => bench.growth(&program),
            Scenario::Postgres => options
                .postgres
                .as_deref()
                .context("name a server by --postgres")
                .and_then(|url| bench.postgres(&program, url)),
        };
        if let Err(error) = done {
            bench.report.fail(format!("{scenario:?}"), format!("{error:#}"));
        }
    }
    report.end();
    let record = serde_json::to_string_pretty(&report)?;
    let table = report.table(&goals, options.tolerance);
    println!("{table}");
    if let Some(file) = &options.record {
        fs::write(file, record + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    } else {
        println!("{record}");
    }
    if let Some(file) = &options.table {
        fs::write(file, &table).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let missed = goals
        .iter()
        .any(|goal| goal.verdict(&report, options.tolerance) == Verdict::Missed);
    Ok(options.check.is_none() || !missed && !report.has_failures())
}

/// Measures among a large crowd on SQLite, and on PostgreSQL where one is named: its figures begin with `postgres.`.
fn on_each_database(
    program: &Path,
    pace: Pace,
    options: &RunOptions,
    mut measure: impl FnMut(&str, &Installation) -> Result<()>,
) -> Result<()> {
    measure("", &Installation::of(program, None, pace.many, Crowd::Mixed)?)?;
    if let Some(server) = options.postgres.as_deref() {
        let database = Database::make(server)?;
        let crowd = Installation::of(program, Some(&database.url()), pace.many, Crowd::Mixed)?;
        measure("postgres.", &crowd)?;
    }
    Ok(())
}
