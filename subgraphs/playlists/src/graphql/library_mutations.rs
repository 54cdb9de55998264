//! Writes of libraries.

use async_graphql::{Context, ID, Object, SimpleObject};
use polyphony_events::{AlbumId, ArtistId, PlayId, TrackId};
use polyphony_kit::{Result, UserId, viewer::require_viewer};

use crate::{
    commands::{clear_history, remove_from_history, set_followed, set_hidden, set_liked, set_rating, set_saved},
    domain::{Refusal, library::Rating},
    graphql::{
        app,
        errors::{UserError, settle},
        ids,
        library::Library,
    },
};

/// The viewer's library after a change, or why there was none.
#[derive(SimpleObject)]
pub struct LibraryPayload {
    /// The library as it stands now.
    pub library: Option<Library>,
    /// Why it was not done.
    pub user_errors: Vec<UserError>,
}

impl LibraryPayload {
    fn new(user: UserId, result: Result<(), UserError>) -> Self {
        let library = result.is_ok().then_some(Library { user, version: None });
        Self { library, user_errors: result.err().into_iter().collect() }
    }
}

/// Writes of libraries. Each sets how things are to be; what is so already stays so.
#[derive(Default)]
pub struct LibraryMutation;

#[Object]
impl LibraryMutation {
    /// Likes up to 500 tracks, or does not any more.
    async fn set_liked(&self, ctx: &Context<'_>, track_ids: Vec<ID>, liked: bool) -> Result<LibraryPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let tracks = ids::foreign("trackIds", &track_ids, TrackId::parse)?;
            set_liked(app(ctx), viewer, &tracks, liked.into()).await
        };
        Ok(LibraryPayload::new(viewer.user, settle(change.await)?))
    }

    /// Saves up to 500 albums, or does not any more.
    async fn set_saved(&self, ctx: &Context<'_>, album_ids: Vec<ID>, saved: bool) -> Result<LibraryPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let albums = ids::foreign("albumIds", &album_ids, AlbumId::parse)?;
            set_saved(app(ctx), viewer, &albums, saved.into()).await
        };
        Ok(LibraryPayload::new(viewer.user, settle(change.await)?))
    }

    /// Follows up to 500 artists, or does not any more.
    async fn set_followed(&self, ctx: &Context<'_>, artist_ids: Vec<ID>, followed: bool) -> Result<LibraryPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let artists = ids::foreign("artistIds", &artist_ids, ArtistId::parse)?;
            set_followed(app(ctx), viewer, &artists, followed.into()).await
        };
        Ok(LibraryPayload::new(viewer.user, settle(change.await)?))
    }

    /// Hides tracks and artists from the viewer, at most 500 of each, or shows them again. Players pass over what is hidden. A
    /// track that is hidden is not liked any more and is not recommended; shown again, it is recommended once it is liked.
    async fn set_hidden(
        &self,
        ctx: &Context<'_>,
        track_ids: Option<Vec<ID>>,
        artist_ids: Option<Vec<ID>>,
        hidden: bool,
    ) -> Result<LibraryPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let some = |ids: Option<Vec<ID>>| ids.filter(|ids| !ids.is_empty());
            let (tracks, artists) = match (some(track_ids), some(artist_ids)) {
                (None, None) => return Err(Refusal::IdCount("trackIds").into()),
                (tracks, artists) => (tracks, artists),
            };
            let tracks = tracks.map_or(Ok(Vec::new()), |ids| ids::foreign("trackIds", &ids, TrackId::parse))?;
            let artists = artists.map_or(Ok(Vec::new()), |ids| ids::foreign("artistIds", &ids, ArtistId::parse))?;
            set_hidden(app(ctx), viewer, &tracks, &artists, hidden.into()).await
        };
        Ok(LibraryPayload::new(viewer.user, settle(change.await)?))
    }

    /// Rates up to 500 tracks; null takes their ratings away.
    async fn set_rating(
        &self,
        ctx: &Context<'_>,
        track_ids: Vec<ID>,
        #[graphql(desc = "1 to 5.")] rating: Option<i32>,
    ) -> Result<LibraryPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let tracks = ids::foreign("trackIds", &track_ids, TrackId::parse)?;
            let rating = rating.map(|stars| Rating::parse(stars).ok_or(Refusal::RatingRange)).transpose()?;
            set_rating(app(ctx), viewer, &tracks, rating).await
        };
        Ok(LibraryPayload::new(viewer.user, settle(change.await)?))
    }

    /// Removes up to 500 plays from the viewer's history, by `HistoryEdge.id`, also for play counts and for the rules of their
    /// smart playlists; those that are not there are passed over. Charts keep them.
    async fn remove_from_history(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<LibraryPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let plays = ids::foreign("ids", &ids, PlayId::parse)?;
            remove_from_history(app(ctx), viewer, &plays).await
        };
        Ok(LibraryPayload::new(viewer.user, settle(change.await)?))
    }

    /// Forgets what the viewer listened to, also for the rules of their smart playlists.
    async fn clear_history(&self, ctx: &Context<'_>) -> Result<LibraryPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(LibraryPayload::new(viewer.user, settle(clear_history(app(ctx), viewer).await)?))
    }
}
