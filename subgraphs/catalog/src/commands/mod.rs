//! What changes the catalog: one write per file. A command locks, authorizes, applies the rule, writes with its events, and
//! commits.

pub mod announce;
pub mod attach_upload;
pub mod bulk;
pub mod connect;
pub mod create_album;
pub mod create_artist;
pub mod create_share;
pub mod create_track;
pub mod delete_album;
pub mod delete_artist;
pub mod delete_share;
pub mod delete_track;
pub mod derive_names;
pub mod describe_export;
pub mod edit_catalog;
pub mod forget_person;
pub mod import_upload;
mod place_album;
mod place_track;
pub mod publish_album;
pub mod publish_track;
pub mod record_play;
pub mod remove_track_source;
mod rename_album;
pub mod retell_tracks;
mod rewrite;
pub mod roll_charts;
pub mod select_track_source;
pub mod set_lyrics;
pub mod set_picture;
mod sources;
pub mod update_album;
pub mod update_artist;
pub mod update_track;
pub mod withdraw_album;

pub use create_album::create_album;
pub use create_artist::create_artist;
pub use create_share::create_share;
pub use create_track::create_track;
pub use delete_album::delete_album;
pub use delete_artist::delete_artist;
pub use delete_share::delete_share;
pub use delete_track::delete_track;
pub use derive_names::derive_names;
pub use edit_catalog::{merge_albums, merge_artists, move_tracks, split_artist, undo_catalog_change};
pub use publish_album::publish_album;
pub use publish_track::publish_track;
pub use remove_track_source::remove_track_source;
pub use select_track_source::select_track_source;
pub use set_lyrics::{set_lyrics, set_lyrics_offset};
pub use set_picture::{set_album_cover, set_artist_image};
pub use update_album::update_album;
pub use update_artist::update_artist;
pub use update_track::update_track;
pub use withdraw_album::withdraw_album;

use polyphony_events::{AlbumId, ArtistId};
use polyphony_kit::{
    db,
    idempotency::{Claim, Key},
};
use serde::de::DeserializeOwned;
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{Album, Artist, Manager, PublicationStatus, Refusal, Track, album::distinct_artists},
    store,
};

/// Why a command did nothing: it was refused, or it failed.
#[derive(Debug)]
pub enum Failure {
    /// For a reason that the person can put right.
    Refused(Refusal),
    /// Because of us.
    Failed(anyhow::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What a command gives.
pub type Outcome<T> = Result<T, Failure>;

/// Looks an idempotency key up: the first result when the same was done before, nothing when the work is to be done.
async fn first_result<T: DeserializeOwned>(app: &App, tx: &mut PgConnection, key: Option<&Key>) -> Outcome<Option<T>> {
    let Some(key) = key else { return Ok(None) };
    match key.claim(tx, &app.clock).await? {
        Claim::Fresh => Ok(None),
        Claim::Replay(result) => Ok(Some(result)),
        Claim::Reused => Err(Refusal::KeyReused.into()),
    }
}

/// Checks that the artists exist, and holds their names; gives each once, in order.
async fn existing_artists(tx: &mut PgConnection, ids: &[ArtistId]) -> Outcome<Vec<ArtistId>> {
    let ids = distinct_artists(ids)?;
    if store::artist::hold(tx, &ids).await?.len() < ids.len() {
        return Err(Refusal::Invalid("artistIds", "one of the artists does not exist".to_owned()).into());
    }
    Ok(ids)
}

/// Checks that the album exists and that the person manages it, and holds its title.
async fn own_album(tx: &mut PgConnection, manager: Manager, id: AlbumId) -> Outcome<Album> {
    let album = store::album::hold(tx, id).await?;
    let unknown = || Refusal::Invalid("albumId", "the album does not exist".to_owned());
    managed_album(manager, album.ok_or_else(unknown)?)
}

/// The artist, held, if the person may edit it. What several people's music names is nobody's alone.
async fn editable_artist(tx: &mut PgConnection, manager: Manager, id: ArtistId) -> Outcome<Artist> {
    let artist = store::artist::lock(tx, id).await?.ok_or(Refusal::NotFound("there is no such artist"))?;
    if !manager.manages(artist.owner_id) {
        return Err(Refusal::NotAllowed("the artist is somebody else's").into());
    }
    if !manager.is_admin && (artist.is_collective() || store::edit::is_shared(tx, &artist).await?) {
        return Err(Refusal::NotAllowed("music of several people names the artist: only an ADMIN can change it").into());
    }
    Ok(artist)
}

/// The album, if the person manages it; a draft of somebody else does not exist for them.
fn managed_album(manager: Manager, album: Album) -> Outcome<Album> {
    if manager.manages(album.owner_id) {
        return Ok(album);
    }
    Err(match album.status {
        PublicationStatus::Draft => Refusal::NotFound("there is no such album"),
        _ => Refusal::NotAllowed("the album is somebody else's"),
    }
    .into())
}

/// The track, if the person manages it; a draft of somebody else does not exist for them.
fn managed_track(manager: Manager, track: Option<Track>) -> Outcome<Track> {
    let track = track.ok_or(Refusal::NotFound("there is no such track"))?;
    if manager.manages(track.owner_id) {
        return Ok(track);
    }
    Err(match track.status {
        PublicationStatus::Draft => Refusal::NotFound("there is no such track"),
        _ => Refusal::NotAllowed("the track is somebody else's"),
    }
    .into())
}

/// Checks that no other track keeps the upload that this one is to play from.
async fn free_upload(tx: &mut PgConnection, track: &Track) -> Outcome<()> {
    let Some(upload) = track.upload_id else { return Ok(()) };
    match store::source::track_of(tx, upload).await? {
        Some(other) if other != track.id => {
            Err(Refusal::Conflict("uploadId", "another track plays from this upload, or keeps it as a source").into())
        }
        _ => Ok(()),
    }
}

/// Reads a violated constraint as the refusal that it means.
fn taken(error: sqlx::Error, constraint: &str) -> Failure {
    if db::violated(&error) != Some(constraint) {
        return error.into();
    }
    match constraint {
        create_artist::MUSICBRAINZ_ID_TAKEN => {
            Refusal::Conflict("musicbrainzId", "another artist has this MusicBrainz id").into()
        }
        _ => Refusal::Conflict("uploadId", "another track plays from this upload").into(),
    }
}
