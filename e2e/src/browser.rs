//! A real browser that plays our URLs with other people's players. `cargo xtask test` installs it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// What Chromium is called on different systems.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// An installed browser with the players.
pub struct Browser {
    chromium: PathBuf,
    scripts: PathBuf,
}

impl Browser {
    /// The browser of this machine, with the players that the lock file names.
    ///
    /// # Panics
    /// When there is no Chromium, or npm cannot fetch the players.
    pub fn find() -> Self {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let chromium = std::env::split_paths(&path)
            .flat_map(|folder| NAMES.map(|name| folder.join(name)))
            .find(|program| program.is_file())
            .expect("there is no Chromium; `cargo xtask test` installs it");
        assert!(install(&scripts), "npm cannot fetch the players; `cargo xtask prepare` installs npm");
        Self { chromium, scripts }
    }

    /// Opens a page that does what `options` say; gives what it says happened.
    ///
    /// # Panics
    /// When the page cannot be opened at all.
    pub async fn play(&self, mut options: Value) -> Value {
        options["chromium"] = self.chromium.to_string_lossy().into();
        let mut command = tokio::process::Command::new("node");
        command.arg("play.mjs").arg(options.to_string()).current_dir(&self.scripts).kill_on_drop(true);
        let output = command.output().await.expect("node starts");
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Fetches the players once, as the lock file says.
fn install(scripts: &Path) -> bool {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]).current_dir(scripts);
    scripts.join("node_modules/puppeteer-core").is_dir() || npm.status().is_ok_and(|status| status.success())
}
