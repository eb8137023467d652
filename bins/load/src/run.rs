//! One run: which scenarios, in which order, and what becomes of the results.

use std::fs;

use anyhow::{Context as _, Result};

use crate::RunOptions;
use crate::goals::{self, Verdict};
use crate::reference::Hello;
use crate::report::Report;
use crate::scenarios::{Bench, Pace, Scenario};
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
    const ALL: [Scenario; 11] = [
        Scenario::Check,
        Scenario::Signin,
        Scenario::SecondFactor,
        Scenario::HangingProvider,
        Scenario::Scim,
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
    for scenario in ALL {
        let wanted = if options.only.is_empty() {
            scenario != Scenario::Postgres || options.postgres.is_some()
        } else {
            options.only.contains(&scenario)
        };
        if !wanted {
            continue;
        }
        eprintln!("{scenario:?}");
        let done = match scenario {
            Scenario::Check => bench.check(&installation),
            Scenario::Signin => bench.sign_in(&installation),
            Scenario::SecondFactor => bench.second_factor(&installation),
            Scenario::HangingProvider => bench.hanging_provider(&installation),
            Scenario::Scim => bench.scim(&installation),
            Scenario::Preview => bench.preview(&program),
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
