//! Letting people see or edit a playlist, and taking that back.

use anyhow::Context;
use polyphony_events::PlaylistId;
use polyphony_kit::{UserId, Viewer};

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock, save},
    domain::{
        Refusal,
        playlist::{MAX_COLLABORATORS, Playlist, PlaylistRole},
    },
    store::collaborator,
};

/// Whom to let in, as what.
#[derive(Clone, Copy, Debug)]
pub struct SetPlaylistCollaborator {
    /// Which playlist.
    pub playlist: PlaylistId,
    /// Whom.
    pub user: UserId,
    /// As what; `None` lets them in no more.
    pub role: Option<PlaylistRole>,
}

/// Sets the role of somebody; only the owner may, but everybody may leave, and who was not in changes nothing by that. Gives
/// the playlist, unless the viewer left and does not see it any more.
pub async fn set_playlist_collaborator(
    app: &App,
    viewer: &Viewer,
    input: SetPlaylistCollaborator,
) -> Result<Option<Playlist>> {
    if input.role == Some(PlaylistRole::Owner) {
        return Err(Refusal::OwnerRole.into());
    }
    let (mut tx, mut playlist) = lock(app, viewer, input.playlist).await?;
    let leaves = input.role.is_none() && input.user == viewer.user;
    if !leaves {
        playlist.require_owner()?;
    }
    if input.user == playlist.owner {
        return Err(Refusal::OwnerCollaborates.into());
    }
    if let Some(role) = input.role {
        let others = collaborator::count_others(&mut tx, playlist.id, input.user).await.context("count")?;
        if others >= MAX_COLLABORATORS as i64 {
            return Err(Refusal::TooManyCollaborators.into());
        }
        collaborator::put(&mut *tx, playlist.id, input.user, role, app.clock.now()).await.context("let in")?;
    } else if !collaborator::remove(&mut *tx, playlist.id, input.user).await.context("let out")? {
        return Ok(Some(playlist));
    }
    save(&mut tx, app, &mut playlist).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(app.store.visible_playlist(Some(viewer.user), playlist.id).await.context("read the playlist")?)
}
