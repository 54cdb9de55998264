//! Inviting people to see or edit a playlist, changing what they may do, and letting them out.

use anyhow::Context;
use polyphony_events::PlaylistId;
use polyphony_kit::{UserId, Viewer};
use sqlx::{PgConnection, PgTransaction};

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock, save},
    domain::{
        Refusal,
        invitation::{InvitationState, MAX_FROM_ONE},
        playlist::{MAX_COLLABORATORS, Playlist, PlaylistRole},
    },
    store::{collaborator, invitation, library},
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

/// Sets the role of somebody who is in, and invites somebody who is not; only the owner may, but everybody may leave, and who
/// was not in changes nothing by that. Gives the playlist, unless the viewer left and does not see it any more.
pub async fn set_playlist_collaborator(
    app: &App,
    viewer: &Viewer,
    input: SetPlaylistCollaborator,
) -> Result<Option<Playlist>> {
    if input.role == Some(PlaylistRole::Owner) {
        return Err(Refusal::OwnerRole.into());
    }
    let (tx, playlist) = lock(app, viewer, input.playlist).await?;
    let leaves = input.role.is_none() && input.user == viewer.user;
    if !leaves {
        playlist.require_owner()?;
    }
    if input.user == playlist.owner {
        return Err(Refusal::OwnerCollaborates.into());
    }
    match input.role {
        Some(role) => let_in(tx, app, playlist, input.user, role).await?,
        None => let_out(tx, app, playlist, input.user, leaves.into()).await?,
    }
    Ok(app.store.visible_playlist(Some(viewer.user), input.playlist).await.context("read the playlist")?)
}

/// Whoever is in, or has asked to be, gets the role at once; others are asked.
async fn let_in(
    mut tx: PgTransaction<'static>,
    app: &App,
    mut playlist: Playlist,
    user: UserId,
    role: PlaylistRole,
) -> Result<()> {
    let now = app.clock.now();
    let is_in = collaborator::is_in(&mut tx, playlist.id, user).await.context("look who is in")?;
    let known = invitation::find(&mut tx, playlist.id, user).await.context("read the invitation")?;
    match known.map(|known| known.state) {
        Some(InvitationState::Declined) if !is_in => Err(Refusal::Declined.into()),
        state if is_in || state == Some(InvitationState::Asked) => {
            require_room(&mut tx, &playlist, user).await?;
            collaborator::put(&mut *tx, playlist.id, user, role, now).await.context("let in")?;
            invitation::remove(&mut *tx, playlist.id, user).await.context("end the invitation")?;
            save(&mut tx, app, &mut playlist).await?;
            commit(tx, app, Topic::Playlist(playlist.id)).await
        }
        state => {
            require_room(&mut tx, &playlist, user).await?;
            if state.is_none() && invitation::count_open(&mut tx, playlist.owner, user).await? >= MAX_FROM_ONE {
                return Err(Refusal::TooManyInvitations.into());
            }
            let open = (role, InvitationState::Open);
            invitation::put(&mut *tx, playlist.id, user, open, now).await.context("invite")?;
            library::next_version(&mut tx, user, now).await.context("give the library its next version")?;
            commit(tx, app, Topic::Library(user)).await
        }
    }
}

async fn require_room(tx: &mut PgConnection, playlist: &Playlist, user: UserId) -> Result<()> {
    let others = invitation::count_others(tx, playlist.id, user).await.context("count who is in")?;
    if others >= MAX_COLLABORATORS as i64 { Err(Refusal::TooManyCollaborators.into()) } else { Ok(()) }
}

/// Who takes somebody out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Themselves,
    Owner,
}

impl From<bool> for By {
    fn from(leaves: bool) -> Self {
        if leaves { Self::Themselves } else { Self::Owner }
    }
}

/// Whoever leaves is not invited again until they ask; whom the owner takes out may be.
async fn let_out(
    mut tx: PgTransaction<'static>,
    app: &App,
    mut playlist: Playlist,
    user: UserId,
    by: By,
) -> Result<()> {
    let now = app.clock.now();
    if collaborator::remove(&mut *tx, playlist.id, user).await.context("let out")? {
        if by == By::Themselves {
            let left = (PlaylistRole::Viewer, InvitationState::Declined);
            invitation::put(&mut *tx, playlist.id, user, left, now).await.context("note that somebody left")?;
        }
        save(&mut tx, app, &mut playlist).await?;
        return commit(tx, app, Topic::Playlist(playlist.id)).await;
    }
    let known = invitation::find(&mut tx, playlist.id, user).await.context("read the invitation")?;
    // That somebody declined stays, lest they be asked again by way of being taken out.
    if by == By::Owner && known.is_some_and(|known| known.state != InvitationState::Declined) {
        invitation::remove(&mut *tx, playlist.id, user).await.context("withdraw the invitation")?;
        library::next_version(&mut tx, user, now).await.context("give the library its next version")?;
        return commit(tx, app, Topic::Library(user)).await;
    }
    Ok(())
}
