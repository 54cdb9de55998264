//! What Linux tells about processes, and signals to them.

use std::process::Command;

/// A process as `/proc` has it.
struct Process {
    pid: u32,
    parent: u32,
    name: String,
    /// Whether it is more than the exit status that its parent has not asked for.
    lives: bool,
}

fn all() -> impl Iterator<Item = Process> {
    let read = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (before, after) = stat.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        let mut fields = after.split_whitespace();
        let lives = !matches!(fields.next()?, "Z" | "X");
        Some(Process { pid, parent: fields.next()?.parse().ok()?, name, lives })
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(read)
}

/// How many children of a process have this name.
pub fn children_named(parent: u32, name: &str) -> usize {
    all().filter(|process| process.parent == parent && process.name == name).count()
}

/// How many processes of this machine have this name and do something.
pub fn named(name: &str) -> usize {
    all().filter(|process| process.name == name && process.lives).count()
}

/// The children of a process.
pub fn children(parent: u32) -> Vec<u32> {
    all().filter(|process| process.parent == parent).map(|process| process.pid).collect()
}

/// Sends a signal, `KILL` or `STOP`, to processes; those that are gone do not mind.
///
/// # Panics
/// When the program that sends signals does not start.
pub fn signal(name: &str, pids: &[u32]) {
    let pids = pids.iter().map(ToString::to_string);
    let output = Command::new("kill").arg(format!("-{name}")).args(pids).output();
    output.expect("kill starts");
}
