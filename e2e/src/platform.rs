//! A running platform: the one that `cargo xtask test` started for all tests, or one of the test's own that it may harm.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{eventually, processes};

/// A running platform.
pub struct Platform {
    data: PathBuf,
    /// Kept for a platform of the test's own: it ends with it.
    own: Option<TempDir>,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests with `cargo xtask test`"))
}

fn xtask(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(variable("XTASK_BIN"));
    command.args(arguments).arg("--data").arg(data).stdin(Stdio::null());
    command
}

impl Platform {
    /// The platform that all tests share; nobody may harm it.
    pub fn shared() -> Self {
        Self { data: variable("POLYPHONY_E2E_DATA").into(), own: None }
    }

    /// A platform that runs already, by its data folder. It goes on when this is dropped.
    pub fn at(data: &Path) -> Self {
        Self { data: data.to_owned(), own: None }
    }

    /// A platform of the test's own, on free ports, that ends with the test.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with other values of variables, limits for one. With a `MEILI_URL` among them it uses that Meilisearch.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_with(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("polyphony-e2e-").tempdir().expect("a temporary folder");
        let uses_meilisearch = variables.iter().any(|(name, _)| *name == "MEILI_URL");
        let mut arguments = vec!["up", "--detach", "--no-build", "--free-ports"];
        arguments.extend((!uses_meilisearch).then_some("--private"));
        let output = xtask(&arguments, folder.path()).envs(variables.iter().copied()).output().expect("xtask starts");
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Self { data: folder.path().to_owned(), own: Some(folder) }
    }

    fn status(&self) -> Value {
        let output = xtask(&["status", "--json"], &self.data).output().expect("xtask tells the status");
        serde_json::from_slice(&output.stdout).expect("the status is JSON")
    }

    fn part(&self, name: &str) -> Value {
        let mut status = self.status();
        let parts = status["parts"].as_array_mut().map(std::mem::take).unwrap_or_default();
        parts.into_iter().find(|part| part["name"] == name).unwrap_or_else(|| panic!("no part is named {name}"))
    }

    /// The process of a part.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self, part: &str) -> u32 {
        let pid = self.part(part)["pid"].as_u64().unwrap_or_else(|| panic!("{part} does not run"));
        u32::try_from(pid).expect("process ids are small")
    }

    /// The processes of all parts but these.
    pub fn pids_without(&self, parts: &[&str]) -> BTreeMap<String, u64> {
        let status = self.status();
        let all = status["parts"].as_array().into_iter().flatten();
        let named = all.filter_map(|part| Some((part["name"].as_str()?.to_owned(), part["pid"].as_u64()?)));
        named.filter(|(name, _)| !parts.contains(&name.as_str())).collect()
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where the part of this name listens, `http://127.0.0.1:4000`.
    pub fn url(&self, part: &str) -> String {
        format!("http://127.0.0.1:{}", self.part(part)["port"])
    }

    /// An address that `status` names, such as `media`, where clients fetch playlists and covers.
    ///
    /// # Panics
    /// When it names none of this name.
    pub fn address(&self, name: &str) -> String {
        let found = self.status()["addresses"][name].as_str().map(str::to_owned);
        found.unwrap_or_else(|| panic!("no address is named {name}"))
    }

    /// Where the health and the metrics of the part of this name are.
    ///
    /// # Panics
    /// When it is no part of ours.
    pub fn operations(&self, part: &str) -> String {
        let found = self.part(part)["operations"].as_str().map(str::to_owned);
        found.unwrap_or_else(|| panic!("{part} has no health of its own"))
    }

    /// The first admin's address and password.
    ///
    /// # Panics
    /// When the file cannot be read.
    pub fn admin(&self) -> (String, String) {
        let text = std::fs::read_to_string(self.data.join("admin.json")).expect("admin.json can be read");
        let admin: Value = serde_json::from_str(&text).expect("admin.json is JSON");
        let field = |name: &str| admin[name].as_str().unwrap_or_default().to_owned();
        (field("email"), field("password"))
    }

    /// Ends a part at once, as a power failure would; its supervisor starts it again.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&self, part: &str) {
        let pid = self.pid(part).to_string();
        let killed = Command::new("kill").args(["-KILL", &pid]).status().expect("kill starts");
        assert!(killed.success(), "{part} does not run");
    }

    /// Ends a part at once and keeps it down until [`Platform::release`].
    pub fn hold(&self, part: &str) {
        std::fs::write(self.data.join("hold").join(part), "").expect("the hold folder can be written");
        self.kill(part);
    }

    /// Stops a part where it stands, its children too: connections stay open, and nothing answers until the result is dropped.
    pub fn freeze(&self, part: &str) -> Frozen {
        let pid = self.pid(part);
        // It makes no more children first.
        processes::signal("STOP", &[pid]);
        let mut pids = processes::children(pid);
        processes::signal("STOP", &pids);
        pids.push(pid);
        Frozen(pids)
    }

    /// Lets a held part start again and waits until it is ready.
    pub async fn release(&self, part: &str) {
        std::fs::remove_file(self.data.join("hold").join(part)).expect("the part is held");
        self.ready(part).await;
    }

    /// Waits until a part is ready.
    pub async fn ready(&self, part: &str) {
        let is_ready = || async { (self.part(part)["health"] == "ready").then_some(()) };
        eventually(part, Duration::from_secs(30), is_ready).await;
    }

    /// How often a part ended by itself and was started again.
    pub fn restarts(&self, part: &str) -> u64 {
        self.part(part)["restarts"].as_u64().unwrap_or(0)
    }
}

/// A part that stands still; it goes on when this is dropped.
pub struct Frozen(Vec<u32>);

impl Drop for Frozen {
    fn drop(&mut self) {
        processes::signal("CONT", &self.0);
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        if let Some(folder) = self.own.take() {
            let _ = xtask(&["down"], folder.path()).stdout(Stdio::null()).status();
            if std::thread::panicking() {
                eprintln!("the logs of the platform are kept in {}", folder.keep().join("logs").display());
            }
        }
    }
}
