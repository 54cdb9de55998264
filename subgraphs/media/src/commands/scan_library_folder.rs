//! Asks for a scan of a folder on the server.

use std::path::Path;

use polyphony_kit::{Role, Viewer};

use super::CommandResult;
use crate::{
    app::App,
    domain::{
        library_folder::LibraryFolder,
        refusal::{Refusal, RefusalCode},
    },
};

/// Has the worker that looks after a folder go through it now, or whichever does so first.
pub async fn scan_library_folder(app: &App, viewer: &Viewer, path: &str) -> CommandResult<LibraryFolder> {
    viewer.require(Role::Admin)?;
    let Some(folder) = app.settings.library_folders.find(Path::new(path)) else {
        let message = "LIBRARY_DIRS names no such folder.";
        return Err(Refusal::new(RefusalCode::NotFound, message).at(&["path"]).into());
    };
    app.store.request_scan(folder.key(), app.clock.now()).await?;
    Ok(folder.clone())
}
