//! Taking the tracks of a playlist into a new one.

use anyhow::Context;
use polyphony_events::{PlaylistId, TrackId, playlists::PlaylistVisibility};
use polyphony_kit::Viewer;
use serde::Serialize;
use sqlx::PgConnection;

use crate::{
    app::{App, Topic},
    commands::{Result, add_playlist_items::append, announce, commit, insert, once::Once},
    domain::{
        Refusal,
        playlist::{Description, Playlist, Title},
        playlist_item::Place,
    },
    store::{self, smart_playlist::ChosenBy},
};

/// What to copy.
#[derive(Clone, Debug, Serialize)]
pub struct CopyPlaylist {
    /// Which playlist, one that the viewer sees.
    pub from: PlaylistId,
    /// The title of the copy; that of the original when absent.
    pub title: Option<String>,
    /// Makes a repeated call harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Makes a private playlist that belongs to the viewer, with the tracks that the original has now. The copy of a smart
/// playlist is a plain one.
pub async fn copy_playlist(app: &App, viewer: &Viewer, input: CopyPlaylist) -> Result<Playlist> {
    let title = input.title.as_deref().map(Title::parse).transpose()?;
    let once = Once::new(viewer, input.idempotency_key.as_deref(), "copyPlaylist", &input)?;
    let mut tx = app.store.begin().await.context("begin")?;
    if let Some(id) = once.first::<PlaylistId>(&mut tx, &app.clock).await? {
        let first = app.store.visible_playlist(Some(viewer.user), id).await.context("read the first playlist")?;
        return Ok(first.ok_or(Refusal::PlaylistMissing)?);
    }
    let original = source(app, viewer, input.from).await?.ok_or(Refusal::PlaylistMissing)?;
    let tracks = tracks_of(&mut tx, app, &original).await?;
    let title = title.map_or_else(|| Title::parse(&original.title), Ok)?;
    let description = Description::parse(original.description.as_deref())?;
    let mut copy = Playlist::new(viewer.user, title, description, PlaylistVisibility::Private, app.clock.now());
    insert(&mut tx, app, &copy).await?;
    announce(&mut tx, app, &copy).await?;
    append(&mut tx, app, viewer, &mut copy, tracks, Place::End).await?;
    once.record(&mut tx, &app.clock, &copy.id).await?;
    commit(tx, app, Topic::Playlist(copy.id)).await?;
    Ok(copy)
}

/// The playlist to take from, if the viewer sees it.
pub(super) async fn source(app: &App, viewer: &Viewer, id: PlaylistId) -> Result<Option<Playlist>> {
    Ok(app.store.visible_playlist(Some(viewer.user), id).await.context("read the playlist to take from")?)
}

/// The tracks that a playlist, which the viewer was shown, has now, in order; without those that were deleted.
pub async fn tracks_of(tx: &mut PgConnection, app: &App, playlist: &Playlist) -> anyhow::Result<Vec<TrackId>> {
    match ChosenBy::rules_of(playlist) {
        Some(key) => {
            let chosen = app.store.chosen_by(key, app.clock.now()).await.context("choose by rules")?;
            Ok(chosen.iter().map(|one| one.standing.track).collect())
        }
        None => store::placement::tracks(tx, playlist.id).await.context("read the tracks to take"),
    }
}
