//! Writes of the entries of playlists.

use async_graphql::{Context, ID, Object};
use polyphony_events::TrackId;
use polyphony_kit::{Result, viewer::require_viewer};

use crate::{
    commands::{
        AddPlaylistItems, Added, MovePlaylistItems, RemovePlaylistItems, add_playlist_items, move_playlist_items,
        remove_playlist_items,
    },
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
            Ok(Added { playlist, items }) => {
                let item_ids = items.iter().map(|item| item.to_string().into()).collect();
                Self { playlist: Some(Playlist(playlist)), item_ids: Some(item_ids), user_errors: Vec::new() }
            }
            Err(error) => Self { playlist: None, item_ids: None, user_errors: vec![error] },
        }
    }
}

/// Writes of the entries of playlists.
#[derive(Default)]
pub struct PlaylistItemMutation;

#[Object]
impl PlaylistItemMutation {
    /// Adds up to 500 tracks; the owner and editors may. A playlist has at most 10,000 entries.
    async fn add_playlist_items(
        &self,
        ctx: &Context<'_>,
        playlist_id: ID,
        #[graphql(desc = "In the order that the entries are to have.")] track_ids: Vec<ID>,
        #[graphql(desc = "Behind which entry; at the end when absent.")] after_item_id: Option<ID>,
        #[graphql(desc = "Makes a repeated call harmless.")] idempotency_key: Option<String>,
    ) -> Result<PlaylistPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let (playlist, after) = (ids::playlist(&playlist_id)?, ids::anchor(after_item_id.as_ref())?);
            let tracks = ids::foreign("trackIds", &track_ids, TrackId::parse)?;
            add_playlist_items(app(ctx), viewer, AddPlaylistItems { playlist, tracks, after, idempotency_key }).await
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
