//! What is written down: one JSON record, one table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use crate::goals::{Goal, Verdict};
use crate::machine::{Machine, Memory};
use crate::reference::RawHash;
use crate::scenarios::Point;

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    mode: &'static str,
    version: &'static str,
    machine_before: Machine,
    machine_after: Option<Machine>,
    /// Figures by name; most are ratios.
    figures: BTreeMap<String, f64>,
    /// What the figures were made of.
    points: BTreeMap<String, Value>,
    /// Points whose ceiling did not hold still.
    discarded: Vec<String>,
    /// Scenarios that could not be measured, and why.
    failed: BTreeMap<String, String>,
}

impl Report {
    /// Begins one.
    pub(crate) fn new(mode: &'static str) -> Self {
        Self {
            mode,
            version: env!("CARGO_PKG_VERSION"),
            machine_before: Machine::read(),
            machine_after: None,
            figures: BTreeMap::new(),
            points: BTreeMap::new(),
            discarded: Vec::new(),
            failed: BTreeMap::new(),
        }
    }

    pub(crate) fn figure(&mut self, name: &str, value: f64) {
        eprintln!("  {name} = {value:.3}");
        self.figures.insert(name.to_owned(), (value * 1e4).round() / 1e4);
    }

    pub(crate) fn point(&mut self, name: &str, point: &Point) {
        eprintln!(
            "  {name}: {:.1}/s, p50 {:.0} us, p99 {:.0} us, {:.1} us CPU, {:.1} refused/s, {} failed",
            point.rate, point.p50, point.p99, point.cpu, point.refused, point.failed
        );
        let value = json!({
            "per_second": point.rate, "p50_us": point.p50, "p99_us": point.p99, "cpu_us": point.cpu,
            "refused_per_second": point.refused, "refused_p99_us": point.refused_p99, "failed": point.failed,
        });
        self.points.insert(name.to_owned(), value);
    }

    pub(crate) fn rate(&mut self, name: &str, per_second: f64) {
        eprintln!("  {name}: {per_second:.1}/s");
        self.points.insert(name.to_owned(), json!({"per_second": per_second}));
    }

    pub(crate) fn raw(&mut self, name: &str, raw: RawHash) {
        eprintln!("  {name}: {:.1} hashes/s, {:.1} ms CPU", raw.rate, raw.cpu_ms);
        self.points
            .insert(name.to_owned(), json!({"per_second": raw.rate, "cpu_ms": raw.cpu_ms}));
    }

    pub(crate) fn memory(&mut self, name: &str, memory: Memory) {
        eprintln!(
            "  {name}: {:.1} MiB resident, {:.1} at most, {:.1} PSS",
            memory.rss, memory.peak, memory.pss
        );
        self.points.insert(
            name.to_owned(),
            json!({"rss_mib": memory.rss, "peak_mib": memory.peak, "pss_mib": memory.pss}),
        );
    }

    pub(crate) fn discard(&mut self, name: &str) {
        self.discarded.push(name.to_owned());
    }

    pub(crate) fn fail(&mut self, scenario: String, why: String) {
        eprintln!("  failed: {why}");
        self.failed.insert(scenario, why);
    }

    pub(crate) fn end(&mut self) {
        self.machine_after = Some(Machine::read());
    }

    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.figures.get(name).copied()
    }

    /// Whether a figure came from a point whose ceiling did not hold still.
    pub(crate) fn is_discarded(&self, name: &str) -> bool {
        self.discarded.iter().any(|point| {
            name.strip_prefix(point.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }

    pub(crate) fn has_failures(&self) -> bool {
        !self.failed.is_empty()
    }

    /// The table of goals, as Markdown.
    pub(crate) fn table(&self, goals: &[Goal], tolerance: f64) -> String {
        let mut table = format!(
            "{} run of version {}, {} cores of {}, load {} before\n\n\
             | # | what | floor | moonshot | measured | |\n| --- | --- | --- | --- | --- | --- |\n",
            self.mode, self.version, self.machine_before.cores, self.machine_before.processor, self.machine_before.load
        );
        for goal in goals {
            let measured = self
                .get(&goal.figure)
                .map_or_else(|| "not measured".to_owned(), |value| format!("{value:.2}"));
            let verdict = match goal.verdict(self, tolerance) {
                Verdict::Moonshot => "moonshot",
                Verdict::Floor => "holds",
                Verdict::Missed => "**missed**",
                Verdict::Discarded => "discarded: not a quiet machine",
                Verdict::Unmeasured => "",
            };
            let sign = goal.sign();
            let moonshot = goal
                .moonshot
                .map_or_else(String::new, |moonshot| format!("{sign} {moonshot}"));
            // Writing to a String cannot fail.
            let _ = writeln!(
                table,
                "| {} | {} | {sign} {} | {moonshot} | {measured} | {verdict} |",
                goal.number, goal.what, goal.floor
            );
        }
        for (scenario, why) in &self.failed {
            let _ = writeln!(
                table,
                "\n{scenario} could not be measured: {}",
                why.lines().next().unwrap_or_default()
            );
        }
        table
    }
}
