//! Changing what a playlist is called, what it is about and who may see it.

use polyphony_events::{PlaylistId, playlists::PlaylistVisibility};
use polyphony_kit::Viewer;

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock, save},
    domain::playlist::{Description, Playlist, Title},
};

/// What to change.
#[derive(Clone, Debug)]
pub struct UpdatePlaylist {
    /// Which playlist.
    pub id: PlaylistId,
    /// Its title from now on.
    pub title: String,
    /// What it is about from now on; the outer `None` leaves it as it is, the inner one removes it.
    pub description: Option<Option<String>>,
    /// Who may see it from now on; `None` leaves it as it is.
    pub visibility: Option<PlaylistVisibility>,
}

/// Changes a playlist; only its owner may.
pub async fn update_playlist(app: &App, viewer: &Viewer, input: UpdatePlaylist) -> Result<Playlist> {
    let title = Title::parse(&input.title)?;
    let description = input.description.map(|text| Description::parse(text.as_deref())).transpose()?;
    let (mut tx, mut playlist) = lock(app, viewer, input.id).await?;
    playlist.require_owner()?;
    playlist.title = title.into_string();
    if let Some(description) = description {
        playlist.description = description.into_option();
    }
    if let Some(visibility) = input.visibility {
        playlist.show_to(visibility);
    }
    save(&mut tx, app, &mut playlist).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(playlist)
}
