//! Artists.

use async_graphql::{Context, ID, Object};
use futures::TryFutureExt;
use polyphony_events::ArtistId;
use polyphony_kit::{Result, page::Page, scalar::Url};

use super::{
    album::{Album, AlbumConnection},
    app,
    chart::how_many,
    counted, loaders,
    track::Track,
    wants_total,
};
use crate::{
    domain,
    store::{
        Wanted,
        album_list::{AlbumsOfArtist, release_place},
        artist::{self, ArtistById},
        recommendation::ArtistsLike,
        track_list::TopTracksOfArtist,
    },
};

/// An artist.
#[derive(Clone)]
pub struct Artist(pub domain::Artist);

polyphony_kit::connection!(
    /// A list of artists.
    ArtistConnection,
    ArtistEdge,
    Option<Artist>
);

/// Somebody, or a band, who makes music.
#[Object]
impl Artist {
    /// The id of the artist.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The name that lists are sorted by, `Beatles, The`.
    async fn sort_name(&self) -> &str {
        &self.0.sort_name
    }

    /// About the artist.
    async fn bio(&self) -> Option<&str> {
        self.0.bio.as_deref()
    }

    /// A picture.
    async fn image_url(&self) -> Option<Url> {
        self.0.image_url.clone().map(Url)
    }

    /// The artist's id in MusicBrainz.
    async fn musicbrainz_id(&self) -> Option<&str> {
        self.0.musicbrainz_id.as_deref()
    }

    /// The artist's albums, the newest release first.
    async fn albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<AlbumConnection> {
        let (page, artist) = (Page::parse(first, after, 20)?, self.0.id);
        let wanted = Wanted { page: page.clone(), total: wants_total(ctx) };
        let load = |wanted| loaders(ctx).load_one(AlbumsOfArtist { artist, wanted }).map_ok(Option::unwrap_or_default);
        let (albums, total) = counted(wanted, load).await?;
        Ok(AlbumConnection::new(page.cut(albums, release_place), total, |album| Some(Album(album))))
    }

    /// The tracks that are played most, and then the newest.
    async fn top_tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(10)", desc = "How many, 1 to 100.")] first: Option<i32>,
    ) -> Result<Vec<Track>> {
        let key = TopTracksOfArtist { artist: self.0.id, first: how_many(first, 10)? };
        Ok(loaders(ctx).load_one(key).await?.unwrap_or_default().into_iter().map(Track).collect())
    }

    /// Artists who are heard together with this one, then those of the same genres.
    async fn similar(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(10)", desc = "How many, 1 to 100.")] first: Option<i32>,
    ) -> Result<Vec<Artist>> {
        let key = ArtistsLike { artist: self.0.id, first: how_many(first, 10)? };
        let ids: Vec<_> = loaders(ctx).load_one(key).await?.unwrap_or_default().into_iter().map(ArtistById).collect();
        let mut artists = loaders(ctx).load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| artists.remove(id).map(Artist)).collect())
    }
}

#[derive(Default)]
pub struct ArtistQuery;

#[Object]
impl ArtistQuery {
    /// The artist of this id.
    async fn artist(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Artist>> {
        find(ctx, &id).await
    }

    /// All artists, by sort name.
    async fn artists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<Option<ArtistConnection>> {
        let (page, store) = (Page::parse(first, after, 20)?, &app(ctx).store);
        let wanted = Wanted { page: page.clone(), total: wants_total(ctx) };
        let (artists, total) = counted(wanted, |wanted| store.artists(wanted)).await?;
        Ok(Some(ArtistConnection::new(page.cut(artists, artist::place), total, |artist| Some(Artist(artist)))))
    }

    /// The artist of this key.
    #[graphql(entity)]
    async fn find_artist_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Artist>> {
        find(ctx, &id).await
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Artist>> {
    let Some(id) = ArtistId::parse(id) else { return Ok(None) };
    Ok(loaders(ctx).load_one(ArtistById(id)).await?.map(Artist))
}
