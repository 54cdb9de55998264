//! The same edit of many things at once.

use std::future::Future;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use polyphony_events::{AlbumId, ArtistId, TrackId};
use polyphony_kit::{Error, Result};

use super::{
    app, change, manager, parse_ids,
    payload::{AlbumsPayload, DeletedPayload, TracksPayload},
};
use crate::{
    app::App,
    commands::{
        self, Outcome,
        bulk::{self, Bulk, Edited},
        create_track::TrackCredits,
    },
    domain::{Genre, Manager, Refusal, TrackDraft},
};

/// What is said of several tracks alike. A field that is left out stays as it is on each, and null clears it.
#[derive(Clone, InputObject)]
pub struct TracksPatch {
    /// Who made them, in order; at least one.
    artist_ids: Option<Vec<ID>>,
    /// The album that they are on, one that the viewer manages.
    album_id: MaybeUndefined<ID>,
    /// Which disc of the album.
    disc_number: MaybeUndefined<i32>,
    /// Whether their words are not for children.
    explicit: MaybeUndefined<bool>,
    /// Names of the genres that they are filed under.
    genres: Option<Vec<String>>,
}

impl TracksPatch {
    fn read(self) -> std::result::Result<(TrackDraft, TrackCredits), Refusal> {
        let unknown = |field, what: &str| Refusal::Invalid(field, format!("{what} does not exist"));
        let artists = self.artist_ids.map(|ids| parse_ids(&ids, ArtistId::parse)).transpose();
        let album = |id: &ID| AlbumId::parse(id).map(Some).ok_or_else(|| unknown("albumId", "the album"));
        let draft = TrackDraft {
            album_id: change(self.album_id).check(album)?,
            disc_number: change(self.disc_number),
            explicit: change(self.explicit),
            ..TrackDraft::default()
        };
        let artists = artists.map_err(|_| unknown("artistIds", "one of the artists"))?;
        Ok((draft, TrackCredits { artists, genres: Genre::parse(self.genres.as_deref())? }))
    }
}

type Named<I> = Vec<Edited<Option<I>>>;

/// Reads what a bulk edit names; a malformed id is of nothing, and refused by itself.
fn named<I: Copy>(
    ids: &[ID],
    versions: Option<&[i32]>,
    parse: impl Fn(&str) -> Option<I>,
) -> std::result::Result<Named<I>, Refusal> {
    let ids: Vec<Option<I>> = ids.iter().map(|id| parse(id)).collect();
    bulk::edited(&ids, versions)
}

/// Does the same to each of some albums.
async fn each_album<'a, T, F>(
    ctx: &'a Context<'_>,
    (ids, versions): (Vec<ID>, Option<Vec<i32>>),
    edit: impl Fn(&'a App, Manager, Edited<AlbumId>) -> F,
) -> Result<Bulk<T>>
where
    F: Future<Output = Outcome<T>>,
{
    let (app, manager) = (app(ctx), manager(ctx)?);
    match named(&ids, versions.as_deref(), AlbumId::parse) {
        Ok(albums) => {
            let bulk = bulk::each(&albums, NO_ALBUM, |of| edit(app, manager, of)).await;
            bulk.map_err(Error::Internal)
        }
        Err(refusal) => Ok(Bulk::refused(refusal)),
    }
}

const NO_ALBUM: Refusal = Refusal::NotFound("there is no such album");
const NO_TRACK: Refusal = Refusal::NotFound("there is no such track");

#[derive(Default)]
pub struct BulkMutation;

#[Object]
impl BulkMutation {
    /// Says the same of up to 100 tracks, of each by itself: what is refused has an entry of `userErrors` with its place in
    /// `ids` as path, such as `["ids", "3"]`, and the others are changed. Owner of each, and ADMIN.
    async fn update_tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tracks, 1 to 100.")] ids: Vec<ID>,
        #[graphql(desc = "What is said of each.")] patch: TracksPatch,
        #[graphql(desc = "The versions that are meant, as many as `ids`; another is STALE_VERSION.")]
        base_versions: Option<Vec<i32>>,
    ) -> Result<TracksPayload> {
        let (app, manager) = (app(ctx), manager(ctx)?);
        let tracks = named(&ids, base_versions.as_deref(), TrackId::parse);
        let (tracks, (draft, credits)) = match tracks.and_then(|tracks| Ok((tracks, patch.read()?))) {
            Ok(input) => input,
            Err(refusal) => return Ok(TracksPayload::of(Bulk::refused(refusal))),
        };
        let edit = |of| commands::update_track(app, manager, of, (draft.clone(), credits.clone()));
        let bulk = bulk::each(&tracks, NO_TRACK, edit).await;
        Ok(TracksPayload::of(bulk.map_err(Error::Internal)?))
    }

    /// Publishes up to 100 albums with their tracks, each by itself, as `publishAlbum` does; refusals as those of
    /// `updateTracks`. Owner of each, and ADMIN.
    async fn publish_albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The albums, 1 to 100.")] ids: Vec<ID>,
        #[graphql(desc = "The versions that are meant, as many as `ids`; another is STALE_VERSION.")]
        base_versions: Option<Vec<i32>>,
    ) -> Result<AlbumsPayload> {
        Ok(AlbumsPayload::of(each_album(ctx, (ids, base_versions), commands::publish_album).await?))
    }

    /// Withdraws up to 100 albums with their tracks, each by itself, as `withdrawAlbum` does; refusals as those of
    /// `updateTracks`. Owner of each, and ADMIN.
    async fn withdraw_albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The albums, 1 to 100.")] ids: Vec<ID>,
        #[graphql(desc = "The versions that are meant, as many as `ids`; another is STALE_VERSION.")]
        base_versions: Option<Vec<i32>>,
    ) -> Result<AlbumsPayload> {
        Ok(AlbumsPayload::of(each_album(ctx, (ids, base_versions), commands::withdraw_album).await?))
    }

    /// Deletes up to 100 albums, each by itself; refusals as those of `updateTracks`. Their uploads wait in their owners'
    /// `viewer.trash`. An album on which somebody else's music stands is refused with `HAS_DEPENDENTS`. Owner of each, and ADMIN.
    async fn delete_albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The albums, 1 to 100.")] ids: Vec<ID>,
        #[graphql(
            default = false,
            desc = "Whether the tracks on them go, too; albums with tracks are refused otherwise."
        )]
        with_tracks: bool,
        #[graphql(desc = "The versions that are meant, as many as `ids`; another is STALE_VERSION.")]
        base_versions: Option<Vec<i32>>,
    ) -> Result<DeletedPayload> {
        let delete = |app, manager, of| bulk::delete_album_with(app, manager, of, with_tracks);
        Ok(DeletedPayload::of(each_album(ctx, (ids, base_versions), delete).await?))
    }
}
