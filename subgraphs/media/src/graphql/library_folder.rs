//! Folders on the server whose music is there without being uploaded.

use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, Role, viewer::require_viewer};

use super::{
    app,
    errors::{UserError, outcome},
    external::User,
};
use crate::{
    app::App,
    commands::scan_library_folder::scan_library_folder,
    domain::library_folder::{self, FolderMode, FolderState},
};

/// What becomes of the bytes of files in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "FolderMode")]
enum LibraryFolderMode {
    /// They are copied to the object store.
    Copy,
    /// They stay where they are and are read there.
    Reference,
}

/// How it stands with a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "FolderState")]
enum LibraryFolderState {
    /// No worker looks after it now.
    Waiting,
    /// A worker goes through it.
    Scanning,
    /// The system tells of changes in it.
    Watched,
    /// The system does not tell of all changes in it: it is gone through every minute, or as often as `LIBRARY_RESCAN_MINUTES` says.
    Rescanned,
    /// It cannot be read; `problem` says why.
    Unreadable,
    /// Nobody is known by the name that the setting gives.
    OwnerUnknown,
}

/// A folder on the server whose music is there without being uploaded, as the setting `LIBRARY_DIRS` names it.
#[derive(SimpleObject)]
struct LibraryFolder {
    /// Where it is on the server.
    path: String,
    /// Whose its music is; null while nobody is known by the name that the setting gives.
    owner: Option<User>,
    /// What becomes of the bytes of its files.
    mode: LibraryFolderMode,
    /// How it stands with it.
    state: LibraryFolderState,
    /// Files of music in it, as the last scan saw them.
    files: i32,
    /// Files of music that were in it and are gone. What was made of them still plays.
    missing_files: i32,
    /// Files and folders in it that could not be read.
    unreadable_files: i32,
    /// Which could not be read and why (the first of them), in an English sentence; null when all could.
    problem: Option<String>,
    /// When it was last gone through to its end; null before the first time.
    last_scanned_at: Option<DateTime<Utc>>,
}

impl LibraryFolder {
    async fn read(app: &App, folder: &library_folder::LibraryFolder) -> Result<Self> {
        let standing = app.store.folder_standing(folder.key()).await?;
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        Ok(Self {
            path: folder.key().to_owned(),
            owner: app.store.person(&folder.owner).await?.map(User),
            mode: folder.mode.into(),
            state: standing.as_ref().map_or(FolderState::Waiting, |standing| standing.state).into(),
            files: standing.as_ref().map_or(0, |standing| count(standing.files)),
            missing_files: standing.as_ref().map_or(0, |standing| count(standing.missing)),
            unreadable_files: standing.as_ref().map_or(0, |standing| standing.unreadable),
            last_scanned_at: standing.as_ref().and_then(|standing| standing.last_scanned_at),
            problem: standing.and_then(|standing| standing.problem),
        })
    }
}

#[derive(Default)]
pub(super) struct LibraryFolderQuery;

#[Object]
impl LibraryFolderQuery {
    /// The folders on the server whose music is there without being uploaded, as the setting names them. For ADMIN.
    async fn library_folders(&self, ctx: &Context<'_>) -> Result<Vec<LibraryFolder>> {
        require_viewer(ctx)?.require(Role::Admin)?;
        let app = app(ctx);
        let mut folders = Vec::new();
        for folder in &app.settings.library_folders.0 {
            folders.push(LibraryFolder::read(app, folder).await?);
        }
        Ok(folders)
    }
}

/// The answer of `scanLibraryFolder`.
#[derive(SimpleObject)]
struct ScanLibraryFolderPayload {
    /// The folder as it stands now: the scan begins within seconds.
    folder: Option<LibraryFolder>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct LibraryFolderMutation;

#[Object]
impl LibraryFolderMutation {
    /// Has a folder on the server gone through now. For ADMIN.
    async fn scan_library_folder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where the folder is, as `LibraryFolder.path` says.")] path: String,
    ) -> Result<ScanLibraryFolderPayload> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        Ok(match outcome(scan_library_folder(app, viewer, &path).await)? {
            Ok(folder) => {
                let folder = LibraryFolder::read(app, &folder).await?;
                ScanLibraryFolderPayload { folder: Some(folder), user_errors: Vec::new() }
            }
            Err(error) => ScanLibraryFolderPayload { folder: None, user_errors: vec![error] },
        })
    }
}
