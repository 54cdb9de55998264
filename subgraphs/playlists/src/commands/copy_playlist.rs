//! Taking the tracks of one playlist into another, or into a new one.

use anyhow::Context;
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId, playlists::PlaylistVisibility};
use polyphony_kit::Viewer;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    app::{App, Topic},
    commands::{
        Result,
        add_playlist_items::{Added, Sorted, append, place, sort_out},
        announce, commit, lock_in,
        once::Once,
    },
    domain::{
        Refusal,
        playlist::{Description, Playlist, Title},
        playlist_item::{OnDuplicate, Place},
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
    store::playlist::insert(&mut *tx, &copy).await.context("write the playlist")?;
    announce(&mut tx, app, &copy).await?;
    append(&mut tx, app, viewer, &mut copy, tracks, Place::End).await?;
    once.record(&mut tx, &app.clock, &copy.id).await?;
    commit(tx, app, Topic::Playlist(copy.id)).await?;
    Ok(copy)
}

/// What to take from where.
#[derive(Clone, Debug, Serialize)]
pub struct AddPlaylist {
    /// To which playlist.
    pub to: PlaylistId,
    /// From which playlist, one that the viewer sees.
    pub from: PlaylistId,
    /// Behind how many entries; at the end when absent.
    pub position: Option<i32>,
    /// What is done with tracks that stand there already.
    pub on_duplicate: OnDuplicate,
    /// Makes a repeated call harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct First {
    items: Vec<PlaylistItemId>,
    skipped: Vec<TrackId>,
}

/// Adds the tracks that one playlist has now to another; the owner of that and its editors may.
pub async fn add_playlist(app: &App, viewer: &Viewer, input: AddPlaylist) -> Result<Added> {
    let once = Once::new(viewer, input.idempotency_key.as_deref(), "addPlaylistToPlaylist", &input)?;
    let mut tx = app.store.begin().await.context("begin")?;
    let first = once.first::<First>(&mut tx, &app.clock).await?;
    let mut playlist = lock_in(&mut tx, viewer, input.to).await?;
    if let Some(First { items, skipped }) = first {
        return Ok(Added { playlist, items, skipped });
    }
    playlist.require_editor()?;
    let source = source(app, viewer, input.from).await?.ok_or(Refusal::SourceMissing)?;
    let tracks = tracks_of(&mut tx, app, &source).await?;
    let place = place(&mut tx, &playlist, None, input.position).await?;
    let Sorted { tracks, skipped } = sort_out(&mut tx, input.to, tracks, input.on_duplicate).await?;
    let items = append(&mut tx, app, viewer, &mut playlist, tracks, place).await?;
    once.record(&mut tx, &app.clock, &First { items: items.clone(), skipped: skipped.clone() }).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(Added { playlist, items, skipped })
}

async fn source(app: &App, viewer: &Viewer, id: PlaylistId) -> Result<Option<Playlist>> {
    Ok(app.store.visible_playlist(Some(viewer.user), id).await.context("read the playlist to take from")?)
}

/// The tracks that a playlist, which the viewer was shown, has now, in order; without those that were deleted.
pub async fn tracks_of(tx: &mut PgConnection, app: &App, playlist: &Playlist) -> anyhow::Result<Vec<TrackId>> {
    match ChosenBy::rules_of(playlist) {
        Some(key) => {
            let chosen = app.store.chosen_by(key, app.clock.now()).await.context("choose by rules")?;
            Ok(chosen.into_iter().map(|one| one.standing.track).collect())
        }
        None => store::placement::tracks(tx, playlist.id).await.context("read the tracks to take"),
    }
}
