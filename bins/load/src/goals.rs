//! The floors and the moonshots, and whether a run holds them.

use std::path::Path;

use anyhow::{Context as _, Result};
use figment2::Figment;
use figment2::providers::{Format as _, Toml};
use serde::Deserialize;

use crate::report::Report;

/// The goals as they stand in the source tree, for the table of a run that names no other file.
const BUILT_IN: &str = include_str!("../goals.toml");

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// One figure and what it must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goal {
    /// Number of the goal.
    pub(crate) number: u8,
    /// Name of the figure.
    pub(crate) figure: String,
    /// What it says, for the table.
    pub(crate) what: String,
    /// Which way is better.
    pub(crate) better: Better,
    /// What must hold.
    pub(crate) floor: f64,
    /// What is aimed at.
    pub(crate) moonshot: Option<f64>,
}

/// How a figure stands to its goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Moonshot,
    Floor,
    Missed,
    Discarded,
    Unmeasured,
}

impl Goal {
    pub(crate) const fn sign(&self) -> &'static str {
        match self.better {
            Better::Higher => "≥",
            Better::Lower => "≤",
        }
    }

    fn holds(&self, value: f64, bound: f64) -> bool {
        match self.better {
            Better::Higher => value >= bound,
            Better::Lower => value <= bound,
        }
    }

    pub(crate) fn verdict(&self, report: &Report, tolerance: f64) -> Verdict {
        let Some(value) = report.get(&self.figure) else {
            return Verdict::Unmeasured;
        };
        let forgiven = match self.better {
            Better::Higher => self.floor * (1.0 - tolerance),
            Better::Lower => self.floor * (1.0 + tolerance),
        };
        if report.is_discarded(&self.figure) {
            Verdict::Discarded
        } else if self.moonshot.is_some_and(|moonshot| self.holds(value, moonshot)) {
            Verdict::Moonshot
        } else if self.holds(value, forgiven) {
            Verdict::Floor
        } else {
            Verdict::Missed
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Goals {
    goal: Vec<Goal>,
}

/// The goals of a file, or those that are built in.
pub(crate) fn read(file: Option<&Path>) -> Result<Vec<Goal>> {
    let source = match file {
        Some(file) => Figment::from(Toml::file(file).search(false)),
        None => Figment::from(Toml::string(BUILT_IN)),
    };
    Ok(source.extract::<Goals>().context("the goals cannot be read")?.goal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_goals_that_are_built_in_can_be_read_and_moonshots_lie_beyond_floors() {
        let goals = read(None).unwrap();
        assert!(goals.len() >= 15);
        for goal in goals {
            if let Some(moonshot) = goal.moonshot {
                assert!(goal.holds(moonshot, goal.floor), "{}", goal.figure);
            }
        }
    }

    #[test]
    fn a_verdict_needs_a_figure_from_a_quiet_machine() {
        let goal = Goal {
            number: 1,
            figure: "check.c16.rate".to_owned(),
            what: String::new(),
            better: Better::Higher,
            floor: 0.4,
            moonshot: Some(0.7),
        };
        let mut report = Report::new("test");
        assert_eq!(goal.verdict(&report, 0.0), Verdict::Unmeasured);
        for (value, verdict) in [(0.3, Verdict::Missed), (0.4, Verdict::Floor), (0.7, Verdict::Moonshot)] {
            report.figure("check.c16.rate", value);
            assert_eq!(goal.verdict(&report, 0.0), verdict, "{value}");
        }
        report.figure("check.c16.rate", 0.33);
        assert_eq!(goal.verdict(&report, 0.2), Verdict::Floor);
        report.discard("check.c1");
        assert_eq!(goal.verdict(&report, 0.2), Verdict::Floor);
        report.discard("check.c16");
        assert_eq!(goal.verdict(&report, 0.2), Verdict::Discarded);
    }
}
