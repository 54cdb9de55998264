//! Writes of the entries of playlists.

use async_graphql::{Context, Enum, ID, Object};
use polyphony_events::{AlbumId, TrackId};
use polyphony_kit::{Result, viewer::require_viewer};

use crate::{
    commands::{
        AddList, AddPlaylistItems, Added, ListSource, MovePlaylistItems, RemovePlaylistItems, add_list,
        add_playlist_items, move_playlist_items, remove_playlist_items,
    },
    domain::{Refusal, playlist_item as domain},
    graphql::{
        app,
        errors::{UserError, settle},
        ids,
        playlist::Playlist,
        playlist_mutations::PlaylistPayload,
    },
};

impl From<Result<Added, UserError>> for PlaylistPayload {
    fn from(result: Result<Added, UserError>) -> Self {
        match result {
            Ok(Added { playlist, items, skipped }) => {
                let item_ids = items.iter().map(|item| item.to_string().into()).collect();
                let skipped = skipped.iter().map(|track| track.to_string().into()).collect();
                let playlist = Some(Playlist(playlist));
                Self { playlist, item_ids: Some(item_ids), skipped_track_ids: Some(skipped), user_errors: Vec::new() }
            }
            Err(error) => Self::refused(error),
        }
    }
}

/// What is done with a track that stands in the playlist already, or comes a second time in the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::OnDuplicate")]
pub enum OnDuplicate {
    /// It is added again.
    Add,
    /// It is left out, and named in `skippedTrackIds`.
    Skip,
    /// Nothing is added: the call is refused with `DUPLICATE`, and the path of the first such track.
    Refuse,
}

/// Writes of the entries of playlists.
#[derive(Default)]
pub struct PlaylistItemMutation;

#[Object]
impl PlaylistItemMutation {
    /// Adds up to 500 tracks; the owner and editors may. A playlist has at most 10,000 entries.
    #[expect(clippy::too_many_arguments, reason = "arguments of a field")]
    async fn add_playlist_items(
        &self,
        ctx: &Context<'_>,
        playlist_id: ID,
        #[graphql(desc = "In the order that the entries are to have.")] track_ids: Vec<ID>,
        #[graphql(desc = "Behind which entry; at the end when absent.")] after_item_id: Option<ID>,
        #[graphql(
            desc = "Behind how many entries: 0 is the top, and what is beyond the end is the end. Not together with \
                          `afterItemId`."
        )]
        position: Option<i32>,
        #[graphql(
            desc = "What is done with tracks that stand there already.",
            default_with = "Some(OnDuplicate::Add)"
        )]
        on_duplicate: Option<OnDuplicate>,
        #[graphql(desc = "Makes a repeated call harmless.")] idempotency_key: Option<String>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let (playlist, after) = (ids::playlist(&playlist_id)?, ids::anchor(after_item_id.as_ref())?);
            let tracks = ids::foreign("trackIds", &track_ids, TrackId::parse)?;
            let on_duplicate = on_duplicate.map(Into::into).unwrap_or_default();
            let input = AddPlaylistItems { playlist, tracks, after, position, on_duplicate, idempotency_key };
            add_playlist_items(app(ctx), viewer, input).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Adds the tracks that another playlist has now, smart ones included; the owner of the first and its editors may, and
    /// they must see the other. A playlist has at most 10,000 entries.
    async fn add_playlist_to_playlist(
        &self,
        ctx: &Context<'_>,
        playlist_id: ID,
        #[graphql(desc = "The playlist whose tracks are added.")] from_playlist_id: ID,
        #[graphql(
            desc = "Behind how many entries: 0 is the top, and what is beyond the end is the end; the end when absent."
        )]
        position: Option<i32>,
        #[graphql(
            desc = "What is done with tracks that stand there already.",
            default_with = "Some(OnDuplicate::Add)"
        )]
        on_duplicate: Option<OnDuplicate>,
        #[graphql(desc = "Makes a repeated call harmless.")] idempotency_key: Option<String>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let from = ListSource::Playlist(ids::playlist(&from_playlist_id).map_err(|_| Refusal::SourceMissing)?);
            let (to, on_duplicate) = (ids::playlist(&playlist_id)?, on_duplicate.map(Into::into).unwrap_or_default());
            add_list(app(ctx), viewer, AddList { to, from, position, on_duplicate, idempotency_key }).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Adds all tracks of an album that the viewer may have, in its order; the owner and editors may. Tracks of the album that
    /// have no number come last. A playlist has at most 10,000 entries.
    async fn add_album_to_playlist(
        &self,
        ctx: &Context<'_>,
        playlist_id: ID,
        #[graphql(desc = "The album whose tracks are added.")] album_id: ID,
        #[graphql(
            desc = "Behind how many entries: 0 is the top, and what is beyond the end is the end; the end when absent."
        )]
        position: Option<i32>,
        #[graphql(
            desc = "What is done with tracks that stand there already.",
            default_with = "Some(OnDuplicate::Add)"
        )]
        on_duplicate: Option<OnDuplicate>,
        #[graphql(desc = "Makes a repeated call harmless.")] idempotency_key: Option<String>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let from = ListSource::Album(AlbumId::parse(&album_id).ok_or(Refusal::AlbumMissing)?);
            let (to, on_duplicate) = (ids::playlist(&playlist_id)?, on_duplicate.map(Into::into).unwrap_or_default());
            add_list(app(ctx), viewer, AddList { to, from, position, on_duplicate, idempotency_key }).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Moves up to 500 entries; the owner and editors may. Entries that are gone meanwhile are passed over.
    async fn move_playlist_items(
        &self,
        ctx: &Context<'_>,
        playlist_id: ID,
        #[graphql(desc = "In the order that the entries are to have.")] item_ids: Vec<ID>,
        #[graphql(desc = "Behind which entry; to the top when absent.")] after_item_id: Option<ID>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let (playlist, after) = (ids::playlist(&playlist_id)?, ids::anchor(after_item_id.as_ref())?);
            let items = ids::items(&item_ids)?;
            move_playlist_items(app(ctx), viewer, MovePlaylistItems { playlist, items, after }).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Removes up to 500 entries; the owner and editors may. Entries that are gone already are passed over.
    async fn remove_playlist_items(
        &self,
        ctx: &Context<'_>,
        playlist_id: ID,
        item_ids: Vec<ID>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let (playlist, items) = (ids::playlist(&playlist_id)?, ids::items(&item_ids)?);
            remove_playlist_items(app(ctx), viewer, RemovePlaylistItems { playlist, items }).await
        };
        Ok(settle(change.await)?.into())
    }
}
