//! Notes that a folder within a folder on the server is gone, with all files that were in it. Nothing is deleted.

use std::path::Path;

use uuid::Uuid;

use crate::{
    app::App,
    domain::library_folder::{FOLDER_LEASE, LibraryFolder},
    store::{library_file, library_folder},
};

/// Marks the files that were seen in `parent` as missing; gives how many.
pub async fn miss_library_folder(
    app: &App,
    folder: &LibraryFolder,
    token: Uuid,
    parent: &Path,
) -> anyhow::Result<usize> {
    let mut tx = app.store.begin().await?;
    anyhow::ensure!(
        library_folder::is_held(&mut tx, folder.key(), token, FOLDER_LEASE).await?,
        "another worker looks after the folder by now"
    );
    let now = app.clock.now();
    let uploads = library_file::mark_missing(&mut tx, folder.key(), parent, None, now).await?;
    library_file::miss_uploads(&mut tx, &uploads, now).await?;
    tx.commit().await?;
    Ok(uploads.len())
}
