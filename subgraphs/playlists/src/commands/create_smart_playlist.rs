//! Making a smart playlist: rules choose its entries.

use anyhow::Context;
use polyphony_events::{PlaylistId, playlists::PlaylistVisibility};
use polyphony_kit::Viewer;
use serde::Serialize;

use crate::{
    app::{App, Topic},
    commands::{Result, announce, commit, insert, once::Once, refresh_smart_playlist::Choice},
    domain::{
        Refusal,
        playlist::{Description, Playlist, Title},
        smart_rules::{SmartRules, Written},
    },
    store,
};

/// What to make.
#[derive(Clone, Debug, Serialize)]
pub struct CreateSmartPlaylist {
    /// Its title.
    pub title: String,
    /// How its entries are chosen.
    pub rules: Written,
    /// Makes a repeated call harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Makes a private smart playlist that belongs to the viewer.
pub async fn create_smart_playlist(app: &App, viewer: &Viewer, input: CreateSmartPlaylist) -> Result<Playlist> {
    let title = Title::parse(&input.title)?;
    let rules = SmartRules::parse(input.rules.clone())?;
    let once = Once::new(viewer, input.idempotency_key.as_deref(), "createSmartPlaylist", &input)?;
    let (private, now) = (PlaylistVisibility::Private, app.clock.now());
    let mut playlist = Playlist::new(viewer.user, title, Description::default(), private, now);
    playlist.rules = Some(rules);
    // Whoever repeats a call is answered without choosing again.
    let mut tx = app.store.begin().await.context("begin")?;
    if let Some(id) = once.first::<PlaylistId>(&mut tx, &app.clock).await? {
        return first_time(app, viewer, id).await;
    }
    drop(tx);
    // Chosen before the transaction begins, which so holds its locks for a moment only.
    let choice = Choice::of(app, &playlist).await?;
    let mut tx = app.store.begin().await.context("begin")?;
    if let Some(id) = once.first::<PlaylistId>(&mut tx, &app.clock).await? {
        return first_time(app, viewer, id).await;
    }
    playlist.item_count = choice.count;
    insert(&mut tx, app, &playlist).await?;
    store::smart_playlist::set_fingerprint(&mut tx, playlist.id, choice.fingerprint)
        .await
        .context("keep the choice")?;
    announce(&mut tx, app, &playlist).await?;
    once.record(&mut tx, &app.clock, &playlist.id).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(playlist)
}

/// The playlist that the same call made before.
async fn first_time(app: &App, viewer: &Viewer, id: PlaylistId) -> Result<Playlist> {
    let first = app.store.visible_playlist(Some(viewer.user), id).await.context("read the first playlist")?;
    Ok(first.ok_or(Refusal::PlaylistMissing)?)
}
