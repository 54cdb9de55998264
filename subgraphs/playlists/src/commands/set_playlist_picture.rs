//! Giving a playlist a picture of ours, or taking it away.

use polyphony_events::{PlaylistId, ids::ImageId};
use polyphony_kit::Viewer;

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock, save},
    domain::{
        Refusal,
        playlist::{Playlist, PlaylistRole},
    },
};

/// Sets the picture; the owner and editors may, also of a smart playlist. Whether there is such a picture is media's to know: one
/// that is not there shows as none.
pub async fn set_playlist_picture(
    app: &App,
    viewer: &Viewer,
    id: PlaylistId,
    picture: Option<ImageId>,
) -> Result<Playlist> {
    let (mut tx, mut playlist) = lock(app, viewer, id).await?;
    if playlist.viewer_role < Some(PlaylistRole::Editor) {
        return Err(Refusal::NotEditor.into());
    }
    if playlist.picture == picture {
        return Ok(playlist);
    }
    playlist.picture = picture;
    save(&mut tx, app, &mut playlist).await?;
    commit(tx, app, Topic::Playlist(id)).await?;
    Ok(playlist)
}
