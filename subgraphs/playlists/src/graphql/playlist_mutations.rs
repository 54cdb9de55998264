//! Writes of playlists.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use polyphony_events::ids::ImageId;
use polyphony_kit::{Result, UserId, viewer::require_viewer};

use crate::{
    commands::{
        CopyPlaylist, CreatePlaylist, SetPlaylistCollaborator, UpdatePlaylist, copy_playlist, create_playlist,
        delete_playlist, set_playlist_collaborator, set_playlist_picture, share_playlist, update_playlist,
    },
    domain::{self, Refusal},
    graphql::{
        app,
        errors::{AckPayload, UserError, settle},
        ids,
        playlist::{Playlist, PlaylistRole, PlaylistVisibility},
    },
};

/// A playlist as a person describes it.
#[derive(InputObject)]
pub struct PlaylistInput {
    /// Its title, 1 to 200 characters.
    pub title: String,
    /// What it is about, at most 2,000 characters. When a playlist is updated, null removes it and absent leaves it.
    pub description: MaybeUndefined<String>,
    /// Who may see it: PRIVATE when a playlist is made without it; absent leaves it when one is updated.
    pub visibility: Option<PlaylistVisibility>,
}

/// A playlist after a change, or why there was none.
#[derive(SimpleObject)]
pub struct PlaylistPayload {
    /// The playlist as it stands now.
    pub playlist: Option<Playlist>,
    /// The entries just added, in the order of the tracks.
    pub item_ids: Option<Vec<ID>>,
    /// The tracks that were to be added and were left out, because they stand there already and `onDuplicate` said `SKIP`.
    pub skipped_track_ids: Option<Vec<ID>>,
    /// Why it was not done.
    pub user_errors: Vec<UserError>,
}

impl From<Result<domain::playlist::Playlist, UserError>> for PlaylistPayload {
    fn from(result: Result<domain::playlist::Playlist, UserError>) -> Self {
        result.map(Some).into()
    }
}

impl From<Result<Option<domain::playlist::Playlist>, UserError>> for PlaylistPayload {
    fn from(result: Result<Option<domain::playlist::Playlist>, UserError>) -> Self {
        match result {
            Ok(playlist) => {
                let playlist = playlist.map(Playlist);
                Self { playlist, item_ids: None, skipped_track_ids: None, user_errors: Vec::new() }
            }
            Err(error) => Self::refused(error),
        }
    }
}

impl PlaylistPayload {
    /// Nothing was done.
    pub(super) fn refused(error: UserError) -> Self {
        Self { playlist: None, item_ids: None, skipped_track_ids: None, user_errors: vec![error] }
    }
}

/// Writes of playlists.
#[derive(Default)]
pub struct PlaylistMutation;

#[Object]
impl PlaylistMutation {
    /// Makes an empty playlist that belongs to the viewer.
    async fn create_playlist(
        &self,
        ctx: &Context<'_>,
        input: PlaylistInput,
        #[graphql(desc = "Makes a repeated call harmless.")] idempotency_key: Option<String>,
    ) -> Result<PlaylistPayload> {
        let input = CreatePlaylist {
            title: input.title,
            description: input.description.take(),
            visibility: input.visibility.map(Into::into),
            idempotency_key,
        };
        Ok(settle(create_playlist(app(ctx), require_viewer(ctx)?, input).await)?.into())
    }

    /// Makes a private playlist of the viewer with the tracks that another playlist has now, in its order; the viewer must see
    /// that. The copy of a smart playlist is a plain one. Tracks that were deleted are left out.
    async fn copy_playlist(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "The title of the copy, 1 to 200 characters; that of the original when absent.")]
        title: Option<String>,
        #[graphql(desc = "Makes a repeated call harmless.")] idempotency_key: Option<String>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let from = ids::playlist(&id)?;
            copy_playlist(app(ctx), viewer, CopyPlaylist { from, title, idempotency_key }).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Changes what a playlist is called, what it is about and who may see it; its owner may. Making it PRIVATE withdraws
    /// its share link.
    async fn update_playlist(&self, ctx: &Context<'_>, id: ID, input: PlaylistInput) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let id = ids::playlist(&id)?;
            let (description, visibility) = (input.description.into(), input.visibility.map(Into::into));
            update_playlist(app(ctx), viewer, UpdatePlaylist { id, title: input.title, description, visibility }).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Deletes a playlist with its entries; its owner may.
    async fn delete_playlist(&self, ctx: &Context<'_>, id: ID) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async { delete_playlist(app(ctx), viewer, ids::playlist(&id)?).await };
        Ok(settle(change.await)?.into())
    }

    /// Gives a playlist a picture that was uploaded (`createImageUpload`), or takes it away; its owner and editors may.
    async fn set_playlist_picture(
        &self,
        ctx: &Context<'_>,
        playlist_id: ID,
        #[graphql(desc = "The picture, `img_…`; null takes away the one that there is.")] image_id: Option<ID>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let picture = image_id.map(|id| ImageId::parse(&id).ok_or(Refusal::PictureMissing)).transpose()?;
            set_playlist_picture(app(ctx), viewer, ids::playlist(&playlist_id)?, picture).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Invites somebody to see or edit a playlist: they are in it once they have accepted (`answerPlaylistInvitation`). Of somebody
    /// who is in, or asks to be, the role changes at once. A null role takes either back. Its owner may, and everybody may leave; who has
    /// left or declined is not invited again until they ask.
    async fn set_playlist_collaborator(
        &self,
        ctx: &Context<'_>,
        playlist_id: ID,
        user_id: ID,
        #[graphql(desc = "EDITOR or VIEWER.")] role: Option<PlaylistRole>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let user = UserId::parse(&user_id).ok_or(Refusal::MalformedId("userId", None))?;
            let (playlist, role) = (ids::playlist(&playlist_id)?, role.map(Into::into));
            set_playlist_collaborator(app(ctx), viewer, SetPlaylistCollaborator { playlist, user, role }).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Makes or withdraws the share link of a playlist; its owner may. Whoever has the link sees the playlist, whatever its
    /// visibility; a link that was withdrawn never works again.
    async fn share_playlist(&self, ctx: &Context<'_>, id: ID, enabled: bool) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async { share_playlist(app(ctx), viewer, ids::playlist(&id)?, enabled.into()).await };
        Ok(settle(change.await)?.into())
    }
}
