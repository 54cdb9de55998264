//! Keeps the parts running: starts them, starts them again when they end, stops them in order.
//!
//! Invariant: all parts are started by the main thread, which lives as long as the supervisor. The system ends a part
//! when the thread that started it dies (see `part::as_user`).

use std::fs::File;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::data::{DataFolder, tail};
use crate::part::Part;
use crate::process::{ProcessId, kill_child_group, signal_pid};
use crate::secrets::Secrets;
use crate::up::state::{PartState, Phase, State};

const TICK: Duration = Duration::from_millis(50);
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(10);
/// A part that ran for so long was well; its next end counts as the first.
const WELL: Duration = Duration::from_secs(5);
/// How long a group of parts may take to become ready.
const READY: Duration = Duration::from_mins(2);
/// A part that ended so often before it was ever ready will not become ready.
const HOPELESS: u32 = 5;
/// How long a part may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(15);

/// The parts and their state on disk.
pub(crate) struct Supervisor {
    data: DataFolder,
    secrets: Secrets,
    state: State,
    parts: Vec<Supervised>,
    /// Set by SIGINT, SIGTERM and SIGHUP.
    stop: Arc<AtomicBool>,
    // Held so that no second supervisor can work on the folder.
    _lock: File,
}

struct Supervised {
    part: Part,
    child: Option<Child>,
    process: Option<ProcessId>,
    started: Instant,
    /// Ends in a row.
    failures: u32,
    restarts: u32,
    start_at: Instant,
    held: bool,
}

/// The person asked to stop while parts were starting.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

impl Supervisor {
    pub(crate) fn new(data: DataFolder, secrets: Secrets, state: State, lock: File) -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&stop)).context("listen for signals")?;
        }
        let supervisor = Self { data, secrets, state, parts: Vec::new(), stop, _lock: lock };
        supervisor.state.write(&supervisor.data)?;
        Ok(supervisor)
    }

    pub(crate) fn is_asked_to_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Says on disk what is being done or how it ended.
    pub(crate) fn note(&mut self, phase: Phase, step: &str, error: Option<String>) -> anyhow::Result<()> {
        self.state.phase = phase;
        step.clone_into(&mut self.state.step);
        self.state.error = error;
        self.save()
    }

    /// Starts the parts and waits until each is ready. A held part is not waited for.
    pub(crate) fn start(&mut self, parts: Vec<Part>) -> anyhow::Result<()> {
        let first = self.parts.len();
        for part in parts {
            self.parts.push(Supervised::new(part));
        }
        let deadline = Instant::now() + READY;
        let mut waiting: Vec<usize> = (first..self.parts.len()).collect();
        loop {
            self.tick()?;
            if self.is_asked_to_stop() {
                return Err(Interrupted.into());
            }
            waiting.retain(|index| !self.parts[*index].is_ready(&self.secrets));
            let Some(late) = waiting.first().map(|index| &self.parts[*index]) else { break };
            let hopeless = waiting.iter().map(|index| &self.parts[*index]).find(|part| part.failures >= HOPELESS);
            if let Some(part) = hopeless {
                bail!("{} ends as soon as it starts:\n{}", part.part.name, tail(&self.data.log(&part.part.name), 20));
            }
            if Instant::now() > deadline {
                let name = &late.part.name;
                bail!("{name} was not ready in {} s:\n{}", READY.as_secs(), tail(&self.data.log(name), 20));
            }
            sleep(TICK);
        }
        self.save()
    }

    /// One look at every part: starts what should run and does not. Call it often.
    pub(crate) fn tick(&mut self) -> anyhow::Result<()> {
        let mut changed = false;
        for supervised in &mut self.parts {
            changed |= supervised.reap()?;
            changed |= supervised.start_when_due(&self.data)?;
        }
        if changed {
            self.save()?;
        }
        Ok(())
    }

    /// Supervises until asked to stop, calling `each_time` between the looks.
    pub(crate) fn run(&mut self, mut each_time: impl FnMut()) -> anyhow::Result<()> {
        while !self.is_asked_to_stop() {
            self.tick()?;
            each_time();
            sleep(TICK);
        }
        Ok(())
    }

    /// Stops all parts, the last started first. A second signal kills what is left.
    pub(crate) fn stop_all(&mut self) -> anyhow::Result<()> {
        self.stop.store(false, Ordering::Relaxed);
        let patient = self.stop.clone();
        let servers = self.parts.iter().take_while(|part| is_backing_server(&part.part.name)).count();
        let (backing, ours) = self.parts.split_at_mut(servers);
        // Ours end together: each drains what it has. The servers that they write to end after them, one by one.
        stop_together(ours.iter_mut().rev(), &patient);
        for server in backing.iter_mut().rev() {
            stop_together(std::iter::once(server), &patient);
        }
        self.save()
    }

    fn save(&mut self) -> anyhow::Result<()> {
        let data = &self.data;
        self.state.parts = self.parts.iter().map(|supervised| supervised.state(data)).collect();
        self.state.write(data)
    }
}

fn is_backing_server(name: &str) -> bool {
    matches!(name, "postgres" | "redis" | "kafka" | "s3")
}

fn stop_together<'a>(parts: impl Iterator<Item = &'a mut Supervised>, impatient: &AtomicBool) {
    let mut asked: Vec<(&mut Supervised, ProcessId)> = Vec::new();
    for supervised in parts {
        if let (Some(child), Some(process)) = (&supervised.child, supervised.process.clone()) {
            signal_pid(child.id(), supervised.part.stop);
            asked.push((supervised, process));
        }
    }
    let deadline = Instant::now() + STOP;
    let go_on = || Instant::now() < deadline && !impatient.load(Ordering::Relaxed);
    while go_on() && asked.iter().any(|(_, process)| process.is_alive()) {
        sleep(TICK);
    }
    for (supervised, process) in asked {
        if let Some(mut child) = supervised.child.take() {
            if process.is_alive() {
                eprintln!("{} did not stop in time and is killed", supervised.part.name);
                kill_child_group(child.id());
            }
            // Reaped; how it ended is of no interest any more.
            let _ = child.wait();
        }
        supervised.process = None;
    }
}

impl Supervised {
    fn new(part: Part) -> Self {
        let now = Instant::now();
        Self { part, child: None, process: None, started: now, failures: 0, restarts: 0, start_at: now, held: false }
    }

    fn is_ready(&self, secrets: &Secrets) -> bool {
        self.held || (self.child.is_some() && self.part.probe.is_ready(secrets))
    }

    /// Notices the end of the process and plans its next start.
    fn reap(&mut self) -> anyhow::Result<bool> {
        let Some(child) = &mut self.child else { return Ok(false) };
        let Some(status) = child.try_wait().with_context(|| format!("watch {}", self.part.name))? else {
            return Ok(false);
        };
        let lived = self.started.elapsed();
        self.failures = if lived > WELL { 1 } else { self.failures + 1 };
        self.start_at = Instant::now() + delay(self.failures);
        self.child = None;
        self.process = None;
        eprintln!("{} ended ({status}) after {:.1} s", self.part.name, lived.as_secs_f64());
        Ok(true)
    }

    fn start_when_due(&mut self, data: &DataFolder) -> anyhow::Result<bool> {
        if self.child.is_some() {
            return Ok(false);
        }
        let held = data.hold(&self.part.name).exists();
        let released = self.held && !held;
        let changed = self.held != held;
        self.held = held;
        if held || (Instant::now() < self.start_at && !released) {
            return Ok(changed);
        }
        let child = self.part.spawn(&data.log(&self.part.name))?;
        self.process = ProcessId::of(child.id());
        self.child = Some(child);
        self.started = Instant::now();
        self.restarts += u32::from(self.failures > 0 || released);
        Ok(true)
    }

    fn state(&self, data: &DataFolder) -> PartState {
        PartState {
            name: self.part.name.clone(),
            process: self.process.clone(),
            port: self.part.port,
            url: self.part.url.clone(),
            restarts: self.restarts,
            held: self.held,
            log: data.log(&self.part.name),
            probe: self.part.probe.clone(),
        }
    }
}

/// How long to wait after so many ends in a row.
fn delay(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    LONGEST_DELAY.min(FIRST_DELAY * 2_u32.pow(doublings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_ten_seconds() {
        let delays: Vec<u128> = (1..=9).map(|failures| delay(failures).as_millis()).collect();
        assert_eq!(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(delay(u32::MAX).as_secs(), 10);
    }
}
