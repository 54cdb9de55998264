//! Invitations to playlists as clients see them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::PlaylistInvitationId;
use polyphony_kit::{Result, viewer::require_viewer};

use crate::{
    commands::{answer_playlist_invitation, ask_to_join_playlist},
    domain::{Refusal, invitation as domain},
    graphql::{
        app,
        errors::{AckPayload, settle},
        external::User,
        ids,
        playlist::{Playlist, PlaylistRole},
        playlist_mutations::PlaylistPayload,
        reads,
    },
};

/// How an invitation stands.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::InvitationState")]
pub enum PlaylistInvitationState {
    /// It waits for an answer.
    Open,
    /// The person has declined it, or has left the playlist. They cannot be invited again until they ask.
    Declined,
    /// The person had declined or left and asks to be let in: setting their role does so at once.
    Asked,
}

/// An invitation to see or edit a playlist.
#[derive(Clone)]
pub struct PlaylistInvitation(pub domain::Invitation);

polyphony_kit::connection!(
    /// A page of invitations to playlists.
    PlaylistInvitationConnection,
    PlaylistInvitationEdge,
    PlaylistInvitation
);

/// An invitation to see or edit a playlist. Only who is invited and the owner see it.
#[Object]
impl PlaylistInvitation {
    /// The invitation's id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The id of the playlist, for `askToJoinPlaylist`.
    async fn playlist_id(&self) -> ID {
        self.0.playlist.to_string().into()
    }

    /// The title of the playlist.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The playlist; null while the viewer may not see it.
    async fn playlist(&self, ctx: &Context<'_>) -> Result<Option<Playlist>> {
        Ok(reads(ctx).load_one(self.0.playlist).await?.map(Playlist))
    }

    /// Who invites: the owner of the playlist.
    async fn owner(&self) -> Option<User> {
        Some(User { id: self.0.owner })
    }

    /// Who is invited.
    async fn user(&self) -> Option<User> {
        Some(User { id: self.0.user })
    }

    /// As what.
    async fn role(&self) -> PlaylistRole {
        self.0.role.into()
    }

    /// How it stands.
    async fn state(&self) -> PlaylistInvitationState {
        self.0.state.into()
    }

    /// Since when it stands so.
    async fn since(&self) -> DateTime<Utc> {
        self.0.happened_at
    }
}

/// Writes of invitations.
#[derive(Default)]
pub struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Accepts or declines an invitation of the viewer to a playlist, which stands among theirs once they have accepted. Whoever
    /// declines is not invited to it again until they ask (`askToJoinPlaylist`).
    async fn answer_playlist_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation, from `Viewer.playlistInvitations`.")] invitation_id: ID,
        #[graphql(desc = "Whether the viewer wants to be in.")] accept: bool,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let id = PlaylistInvitationId::parse(&invitation_id).ok_or(Refusal::InvitationMissing)?;
            answer_playlist_invitation(app(ctx), viewer, id, accept.into()).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Takes back that the viewer has declined an invitation to this playlist or has left it; its owner may then let them in.
    async fn ask_to_join_playlist(&self, ctx: &Context<'_>, playlist_id: ID) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let id = ids::playlist(&playlist_id).map_err(|_| Refusal::InvitationMissing)?;
            ask_to_join_playlist(app(ctx), viewer, id).await
        };
        Ok(settle(change.await)?.into())
    }
}
