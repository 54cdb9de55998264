//! What Linux tells about a process: its CPU time and its memory.

use anyhow::Context;

/// Clock ticks a second in `/proc/*/stat`; 100 on every Linux that is not built otherwise.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds of a process and of the children that it has waited for (`man 5 proc`, fields 14 to 17).
pub(crate) fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("read the process's figures")?;
    let after_name = stat.rsplit_once(')').context("find the end of the process's name")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = fields.get(11..15).context("find the CPU fields")?;
    let ticks: Result<Vec<f64>, _> = ticks.iter().map(|field| field.parse::<f64>()).collect();
    Ok(ticks.context("read the CPU fields")?.iter().sum::<f64>() / TICKS_PER_SECOND)
}

/// Memory of a process in MiB: resident, and its proportional share of it (pages that it shares count in part).
pub(crate) fn memory_mib(pid: u32) -> anyhow::Result<(f64, f64)> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).context("read the process's memory")?;
    let field = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("find {name}"))?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().with_context(|| format!("read {name}"))?;
        anyhow::Ok(kib / 1024.0)
    };
    Ok((field("Rss:")?, field("Pss:")?))
}
