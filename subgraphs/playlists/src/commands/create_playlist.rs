//! Making a playlist.

use anyhow::Context;
use polyphony_events::{PlaylistId, playlists::PlaylistVisibility};
use polyphony_kit::Viewer;
use serde::Serialize;

use crate::{
    app::{App, Topic},
    commands::{Result, announce, commit, insert, once::Once},
    domain::{
        Refusal,
        playlist::{Description, Playlist, Title},
    },
};

/// What to make.
#[derive(Clone, Debug, Serialize)]
pub struct CreatePlaylist {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// Who may see it; private unless said otherwise.
    pub visibility: Option<PlaylistVisibility>,
    /// Makes a repeated call harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Makes an empty playlist that belongs to the viewer.
pub async fn create_playlist(app: &App, viewer: &Viewer, input: CreatePlaylist) -> Result<Playlist> {
    let title = Title::parse(&input.title)?;
    let description = Description::parse(input.description.as_deref())?;
    let once = Once::new(viewer, input.idempotency_key.as_deref(), "createPlaylist", &input)?;
    let mut tx = app.store.begin().await.context("begin")?;
    if let Some(id) = once.first::<PlaylistId>(&mut tx, &app.clock).await? {
        let first = app.store.visible_playlist(Some(viewer.user), id).await.context("read the first playlist")?;
        return Ok(first.ok_or(Refusal::PlaylistMissing)?);
    }
    let visibility = input.visibility.unwrap_or(PlaylistVisibility::Private);
    let playlist = Playlist::new(viewer.user, title, description, visibility, app.clock.now());
    insert(&mut tx, app, &playlist).await?;
    announce(&mut tx, app, &playlist).await?;
    once.record(&mut tx, &app.clock, &playlist.id).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(playlist)
}
