//! What the kernel says about a process and about the machine.

use std::fs;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// Ticks a second of the times in `/proc/<pid>/stat`: a constant of the kernel's interface on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds, user and system, that the process has used so far.
pub(crate) fn cpu_seconds(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("the process is gone")?;
    // The name in the second field may hold blanks; fields are counted from behind it.
    let (_, fields) = stat.rsplit_once(") ").context("/proc/<pid>/stat has no name")?;
    let mut fields = fields.split(' ').skip(11);
    let user: f64 = fields.next().context("no utime")?.parse()?;
    let system: f64 = fields.next().context("no stime")?.parse()?;
    Ok((user + system) / TICKS_PER_SECOND)
}

/// Memory of a process, in MiB.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) rss: f64,
    /// Resident at most so far.
    pub(crate) peak: f64,
    /// Its fair share of what is resident.
    pub(crate) pss: f64,
}

/// The memory of a process.
pub(crate) fn memory(process: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("the process is gone")?;
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kib| kib.parse::<f64>().ok())
            .map_or(0.0, |kib| kib / 1_024.0)
    };
    Ok(Memory {
        rss: field(&status, "VmRSS:"),
        peak: field(&status, "VmHWM:"),
        pss: field(&rollup, "Pss:"),
    })
}

/// Makes `peak` begin anew.
pub(crate) fn forget_peak(process: u32) {
    if let Err(error) = fs::write(format!("/proc/{process}/clear_refs"), "5") {
        eprintln!("the peak of memory is that since the start ({error})");
    }
}

/// The machine and how busy it is.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    /// Model of the processor.
    pub(crate) processor: String,
    /// Cores we may use.
    pub(crate) cores: usize,
    /// Load average of one minute.
    pub(crate) load: String,
    /// Kernel.
    pub(crate) kernel: String,
}

impl Machine {
    /// Reads it.
    pub(crate) fn read() -> Self {
        let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned());
        let first = |path: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.split_whitespace().next().unwrap_or_default().to_owned()
        };
        Self {
            processor: model.unwrap_or_default(),
            cores: cores(),
            load: first("/proc/loadavg"),
            kernel: first("/proc/sys/kernel/osrelease"),
        }
    }
}

/// Cores we may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}
