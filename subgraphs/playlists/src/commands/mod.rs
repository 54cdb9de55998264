//! What the service does, one write per file: lock, authorize, apply the rule, write the change and its event, commit.

mod add_list;
mod add_playlist_items;
mod answer_playlist_invitation;

mod clear_history;
mod copy_playlist;
mod create_playlist;
mod create_smart_playlist;
mod delete_person;
mod delete_playlist;
mod export_data;
mod import_playlist;
mod move_playlist_items;
mod once;
mod placement;
mod play;
mod record_play;
mod refresh_smart_playlist;
mod remove_from_history;
mod remove_playlist_items;
mod set_followed;
mod set_hidden;
mod set_liked;
mod set_playlist_collaborator;
mod set_playlist_picture;
mod set_rating;
mod set_saved;
mod share_playlist;
pub mod sweep_gone;
mod update_playlist;
mod update_smart_playlist;

pub use add_list::{AddList, ListSource, add_list};
pub use add_playlist_items::{AddPlaylistItems, Added, add_playlist_items};
pub use answer_playlist_invitation::{Answer, answer_playlist_invitation, ask_to_join_playlist};
pub use clear_history::clear_history;
pub use copy_playlist::{CopyPlaylist, copy_playlist, tracks_of};
pub use create_playlist::{CreatePlaylist, create_playlist};
pub use create_smart_playlist::{CreateSmartPlaylist, create_smart_playlist};
pub use delete_person::delete_person;
pub use delete_playlist::delete_playlist;
pub use export_data::export_data;
pub use import_playlist::{ImportPlaylist, Imported, Unmatched, import_playlist};
pub use move_playlist_items::{MovePlaylistItems, move_playlist_items};
pub use play::{Playing, Requested, play_liked_tracks, play_playlist};
pub use record_play::record_play;
pub use refresh_smart_playlist::refresh_smart_playlist;
pub use remove_from_history::remove_from_history;
pub use remove_playlist_items::{RemovePlaylistItems, remove_playlist_items};
pub use set_followed::set_followed;
pub use set_hidden::set_hidden;
pub use set_liked::set_liked;
pub use set_playlist_collaborator::{SetPlaylistCollaborator, set_playlist_collaborator};
pub use set_playlist_picture::set_playlist_picture;
pub use set_rating::set_rating;
pub use set_saved::set_saved;
pub use share_playlist::{Sharing, share_playlist};
pub use update_playlist::{UpdatePlaylist, update_playlist};
pub use update_smart_playlist::update_smart_playlist;

use anyhow::Context;
use polyphony_events::{PlaylistId, playlists::PlaylistChanged};
use polyphony_kit::{UserId, Viewer, outbox};
use sqlx::{PgConnection, PgTransaction};

use crate::{
    app::{App, Topic},
    domain::{Refusal, library::Shelf, playlist::Playlist},
    store::{self, placement::Making},
};

/// Why a command was not done.
#[derive(Debug)]
pub enum CommandError {
    /// The user can put it right.
    Refused(Refusal),
    /// The request is malformed, or we have failed.
    Failed(polyphony_kit::Error),
}

/// What a command gives back.
pub type Result<T, E = CommandError> = std::result::Result<T, E>;

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<polyphony_kit::Error> for CommandError {
    fn from(error: polyphony_kit::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<anyhow::Error> for CommandError {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<sqlx::Error> for CommandError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Begins a transaction and takes the lock of a playlist that the viewer may see.
async fn lock(app: &App, viewer: &Viewer, id: PlaylistId) -> Result<(PgTransaction<'static>, Playlist)> {
    let mut tx = app.store.begin().await.context("begin")?;
    let playlist = lock_in(&mut tx, viewer, id).await?;
    Ok((tx, playlist))
}

/// Takes the lock of a playlist that the viewer may see.
async fn lock_in(tx: &mut PgConnection, viewer: &Viewer, id: PlaylistId) -> Result<Playlist> {
    let playlist = store::playlist::lock(tx, viewer.user, id).await.context("lock the playlist")?;
    playlist.ok_or(CommandError::Refused(Refusal::PlaylistMissing))
}

/// Writes a new playlist, if its owner has room for it.
async fn insert(tx: &mut PgConnection, app: &App, playlist: &Playlist) -> Result<()> {
    let most = app.limits.playlists;
    if store::playlist::count_of(&mut *tx, playlist.owner, most).await.context("count playlists")? >= most {
        return Err(Refusal::TooManyPlaylists(most).into());
    }
    store::playlist::insert(tx, playlist).await.context("write the playlist")?;
    Ok(())
}

/// Checks that a list of a person's library, whose lock is held and to which something was added, is not longer than it may be.
async fn check_room(tx: &mut PgConnection, app: &App, user: UserId, shelf: Shelf) -> Result<()> {
    let most = app.limits.library_entries;
    if store::library::count(tx, user, shelf, most + 1).await.context("count what is kept")? > most {
        return Err(Refusal::LibraryFull(most).into());
    }
    Ok(())
}

/// Writes a changed playlist, whose lock is held, with its event.
async fn save(tx: &mut PgConnection, app: &App, playlist: &mut Playlist) -> Result<()> {
    Ok(touch(tx, app, playlist).await?)
}

/// As [`save`], for consumers, whose failures are nobody's request.
async fn touch(tx: &mut PgConnection, app: &App, playlist: &mut Playlist) -> anyhow::Result<()> {
    playlist.touch(app.clock.now());
    store::playlist::update(&mut *tx, playlist).await.context("write the playlist")?;
    announce(tx, app, playlist).await
}

/// Writes the event that tells of a playlist as it stands now, and keeps this version for clients that are away.
async fn announce(tx: &mut PgConnection, app: &App, playlist: &Playlist) -> anyhow::Result<()> {
    store::change::note(&mut *tx, playlist).await.context("keep the version")?;
    let event = PlaylistChanged {
        playlist_id: playlist.id,
        owner_id: playlist.owner,
        title: playlist.title.clone(),
        description: playlist.description.clone(),
        visibility: playlist.visibility,
        item_count: i64::from(playlist.item_count),
        version: playlist.version,
    };
    outbox::push(tx, &app.clock, &event).await?;
    Ok(())
}

/// The version of a playlist, whose lock is held, that a command makes of its entries.
fn making(app: &App, playlist: &Playlist) -> Making {
    Making { playlist: playlist.id, version: playlist.version + 1, at: app.clock.now() }
}

/// Commits, then tells live subscribers.
async fn commit(tx: PgTransaction<'static>, app: &App, topic: Topic) -> Result<()> {
    tx.commit().await.context("commit")?;
    app.tell(topic);
    Ok(())
}
