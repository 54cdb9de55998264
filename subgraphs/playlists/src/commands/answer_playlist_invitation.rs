//! Accepting or declining an invitation to a playlist, and asking to be invited again.

use anyhow::Context;
use polyphony_events::{PlaylistId, PlaylistInvitationId};
use polyphony_kit::Viewer;
use sqlx::PgTransaction;

use crate::{
    app::{App, Topic},
    commands::{Result, save},
    domain::{
        Refusal,
        invitation::{Invitation, InvitationState},
        playlist::Playlist,
    },
    store::{self, collaborator, invitation, library},
};

/// What somebody says to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They want to be in.
    Accept,
    /// They do not, nor do they want to be asked again.
    Decline,
}

impl From<bool> for Answer {
    fn from(accept: bool) -> Self {
        if accept { Self::Accept } else { Self::Decline }
    }
}

/// Answers an invitation of the viewer; gives the playlist if they see it now.
pub async fn answer_playlist_invitation(
    app: &App,
    viewer: &Viewer,
    id: PlaylistInvitationId,
    answer: Answer,
) -> Result<Option<Playlist>> {
    let to = app.store.open_invitation(viewer.user, id).await.context("find the invitation")?;
    let (mut tx, mut playlist, invited) = lock(app, viewer, to.ok_or(Refusal::InvitationMissing)?).await?;
    if (invited.id, invited.state) != (id, InvitationState::Open) {
        return Err(Refusal::InvitationMissing.into());
    }
    let now = app.clock.now();
    match answer {
        Answer::Accept => {
            collaborator::put(&mut *tx, playlist.id, viewer.user, invited.role, now).await.context("let in")?;
            invitation::remove(&mut *tx, playlist.id, viewer.user).await.context("end the invitation")?;
            save(&mut tx, app, &mut playlist).await?;
        }
        Answer::Decline => {
            let declined = (invited.role, InvitationState::Declined);
            invitation::put(&mut *tx, playlist.id, viewer.user, declined, now).await.context("decline")?;
        }
    }
    library::next_version(&mut tx, viewer.user, now).await.context("give the library its next version")?;
    tx.commit().await.context("commit")?;
    app.tell(Topic::Playlist(playlist.id));
    app.tell(Topic::Library(viewer.user));
    Ok(app.store.visible_playlist(Some(viewer.user), playlist.id).await.context("read the playlist")?)
}

/// Takes back that the viewer has declined an invitation to this playlist or has left it: its owner may let them in.
pub async fn ask_to_join_playlist(app: &App, viewer: &Viewer, id: PlaylistId) -> Result<()> {
    let (mut tx, playlist, invited) = lock(app, viewer, id).await?;
    if invited.state == InvitationState::Declined {
        let asked = (invited.role, InvitationState::Asked);
        let put = invitation::put(&mut *tx, playlist.id, viewer.user, asked, app.clock.now()).await;
        put.context("write that somebody asks")?;
        tx.commit().await.context("commit")?;
    }
    Ok(())
}

/// Takes the lock of a playlist to which there is an invitation of the viewer, whether or not they may see it.
async fn lock(app: &App, viewer: &Viewer, id: PlaylistId) -> Result<(PgTransaction<'static>, Playlist, Invitation)> {
    let mut tx = app.store.begin().await.context("begin")?;
    let playlist = store::playlist::lock_any(&mut tx, id).await.context("lock the playlist")?;
    let invited = invitation::find(&mut tx, id, viewer.user).await.context("read the invitation")?;
    let (Some(playlist), Some(invited)) = (playlist, invited) else {
        return Err(Refusal::InvitationMissing.into());
    };
    Ok((tx, playlist, invited))
}
