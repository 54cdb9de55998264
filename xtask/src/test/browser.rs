//! The player in a real browser, on a platform of its own with the demo library. The tests kill parts of it, so nobody shares it.

use std::path::Path;

use anyhow::Context as _;

use super::platform::{Extra, Platform};
use crate::data::DataFolder;
use crate::prerequisites::{self, Need};
use crate::process::this_program;
use crate::up::display::loud_step;
use crate::up::state::State;
use crate::web;

/// Every test makes an account, all from one address.
const VARIABLES: [(&str, &str); 1] = [("RATE_LIMIT_REGISTER", "1000/1000")];

/// Runs the tests; says whether all passed.
pub(super) fn run(bin: &Path) -> anyhow::Result<bool> {
    let chromium = prerequisites::chromium().context("find Chromium")?;
    let folder = tempfile::Builder::new().prefix("polyphony-browser-").tempdir().context("make a folder")?;
    let extra = Extra { flags: &["--demo"], variables: &VARIABLES };
    let platform = Platform::start(&folder.path().join("platform"), bin, &extra)?;
    if !platform.started {
        return Ok(false);
    }
    let state = State::read(&DataFolder::locate(Some(&platform.data))?)?.context("find the platform of the tests")?;
    let variables = [
        (web::API, state.addresses["player"].clone().into()),
        ("CHROMIUM", chromium.into_os_string()),
        // For tests that end a part and let it come back.
        ("POLYPHONY_DATA", platform.data.clone().into_os_string()),
        ("XTASK_BIN", this_program()?.into_os_string()),
    ];
    let passed = loud_step("Testing the web player in Chromium").end_with(web::run("browser", &variables))?;
    drop(platform);
    Ok(passed & run_in_firefox()?)
}

/// Runs the player's engine in Firefox. Not every system has one that can be installed: then it is said that nothing was tested.
fn run_in_firefox() -> anyhow::Result<bool> {
    let there = prerequisites::ensure(&[Need::Firefox]);
    let (Some(firefox), Ok(())) = (prerequisites::firefox(), &there) else {
        let why = there.err().map(|error| format!(": {error:#}")).unwrap_or_default();
        eprintln!("NOT TESTED: the web player in Firefox{why}");
        return Ok(true);
    };
    let variables = [("FIREFOX", firefox.into_os_string())];
    loud_step("Testing the web player in Firefox").end_with(web::run("firefox", &variables))
}
