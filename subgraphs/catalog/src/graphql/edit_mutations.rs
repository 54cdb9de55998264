//! Changes of what belongs together, which can be taken back.

use async_graphql::{Context, ID, InputObject, Object};
use polyphony_events::{AlbumId, ArtistId, EditId, TrackId};
use polyphony_kit::Result;

use super::{
    app,
    edit::{AlbumEditPayload, ArtistEditPayload, CatalogEditPayload, TracksEditPayload},
    idempotency, manager, parse_ids,
};
use crate::{
    commands::{
        self,
        edit_catalog::{Destination, Split},
    },
    domain::Refusal,
};

/// Where tracks are to stand.
#[derive(Clone, InputObject)]
pub struct MoveTracksInput {
    /// The tracks, in order; at most 100.
    track_ids: Vec<ID>,
    /// The album; null takes them from theirs.
    album_id: Option<ID>,
    /// The disc; theirs when absent.
    disc_number: Option<i32>,
    /// The number of the first, from which they are counted on; their numbers stay when absent.
    first_track_number: Option<i32>,
}

/// What of an artist is somebody else's.
#[derive(Clone, InputObject)]
pub struct SplitArtistInput {
    /// The artist.
    artist_id: ID,
    /// The name of the other, which may be the same.
    name: String,
    /// The tracks that are the other's.
    #[graphql(default)]
    track_ids: Vec<ID>,
    /// The albums that are, with their tracks by the artist. 1 to 500 tracks and albums together.
    #[graphql(default)]
    album_ids: Vec<ID>,
}

#[derive(Default)]
pub struct EditMutation;

const NO_ARTIST: Refusal = Refusal::NotFound("there is no such artist");
const NO_ALBUM: Refusal = Refusal::NotFound("there is no such album");
const NO_TRACK: Refusal = Refusal::NotFound("there is no such track");

#[Object]
impl EditMutation {
    /// Makes artists one: albums and tracks of the sources are the target's, and so is whatever people keep of them. Their
    /// ids and names lead to it, also for files that are imported later. Owner of all of them, and ADMIN.
    async fn merge_artists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 100 artists.")] source_ids: Vec<ID>,
        #[graphql(desc = "What they become.")] target_id: ID,
        #[graphql(desc = "The same key with the same input answers the first result again.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<ArtistEditPayload> {
        let manager = manager(ctx)?;
        let parsed = parse_ids(&source_ids, ArtistId::parse).ok().zip(ArtistId::parse(&target_id));
        let Some(input) = parsed else { return ArtistEditPayload::of(Err(NO_ARTIST.into())) };
        let key = idempotency(manager, idempotency_key, "mergeArtists", &input)?;
        ArtistEditPayload::of(commands::merge_artists(app(ctx), manager, input, key).await)
    }

    /// Makes albums one: tracks of the sources stand on the target under their numbers, and whatever people keep of them is the
    /// target. Their ids and titles lead to it, also for files that are imported later. Owner of all of them, and ADMIN.
    async fn merge_albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 100 albums.")] source_ids: Vec<ID>,
        #[graphql(desc = "What they become.")] target_id: ID,
        #[graphql(desc = "The same key with the same input answers the first result again.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<AlbumEditPayload> {
        let manager = manager(ctx)?;
        let parsed = parse_ids(&source_ids, AlbumId::parse).ok().zip(AlbumId::parse(&target_id));
        let Some(input) = parsed else { return AlbumEditPayload::of(Err(NO_ALBUM.into())) };
        let key = idempotency(manager, idempotency_key, "mergeAlbums", &input)?;
        AlbumEditPayload::of(commands::merge_albums(app(ctx), manager, input, key).await)
    }

    /// Moves tracks to an album, or off theirs. Owner of tracks and album, and ADMIN.
    async fn move_tracks(
        &self,
        ctx: &Context<'_>,
        input: MoveTracksInput,
        #[graphql(desc = "The same key with the same input answers the first result again.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<TracksEditPayload> {
        let manager = manager(ctx)?;
        let Ok(tracks) = parse_ids(&input.track_ids, TrackId::parse) else {
            return TracksEditPayload::of(Err(NO_TRACK.into()));
        };
        let album = input.album_id.as_ref().map(|id| AlbumId::parse(id));
        if album == Some(None) {
            return TracksEditPayload::of(Err(NO_ALBUM.into()));
        }
        let album = album.flatten();
        let (disc_number, first_number) = (input.disc_number, input.first_track_number);
        let key = idempotency(manager, idempotency_key, "moveTracks", &(&tracks, album, disc_number, first_number))?;
        let to = Destination { album, disc_number, first_number };
        TracksEditPayload::of(commands::move_tracks(app(ctx), manager, (tracks, to), key).await)
    }

    /// Gives some of an artist's tracks and albums to a new artist, which is answered. Owner and ADMIN.
    async fn split_artist(
        &self,
        ctx: &Context<'_>,
        input: SplitArtistInput,
        #[graphql(desc = "The same key with the same input answers the first result again.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<ArtistEditPayload> {
        let manager = manager(ctx)?;
        let Some(artist) = ArtistId::parse(&input.artist_id) else {
            return ArtistEditPayload::of(Err(NO_ARTIST.into()));
        };
        let tracks = parse_ids(&input.track_ids, TrackId::parse);
        let Ok(tracks) = tracks else { return ArtistEditPayload::of(Err(NO_TRACK.into())) };
        let albums = parse_ids(&input.album_ids, AlbumId::parse);
        let Ok(albums) = albums else { return ArtistEditPayload::of(Err(NO_ALBUM.into())) };
        let key = idempotency(manager, idempotency_key, "splitArtist", &(artist, &input.name, &tracks, &albums))?;
        let split = Split { name: input.name, tracks, albums };
        ArtistEditPayload::of(commands::split_artist(app(ctx), manager, (artist, split), key).await)
    }

    /// Takes a merge, a move or a split back, within 30 days: what stands as it left it is as it was before, and what somebody
    /// has edited since stays as they said. What people saved or followed meanwhile stays with what it was merged into. Whoever
    /// made the change, and ADMIN.
    async fn undo_catalog_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change, `edt_…`.")] change_id: ID,
    ) -> Result<CatalogEditPayload> {
        let manager = manager(ctx)?;
        let unknown = Refusal::NotFound("there is no such change");
        let Some(id) = EditId::parse(&change_id) else { return CatalogEditPayload::of(Err(unknown.into())) };
        CatalogEditPayload::of(commands::undo_catalog_change(app(ctx), manager, id).await)
    }
}
