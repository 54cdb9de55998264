//! Things that other subgraphs own: their key, and the fields that we add to them. What is said of the things themselves is
//! their owners' to say, so types and keys bear no description here.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId, TrackId, ViewerId, ids::ImageId};
use polyphony_kit::{Result, UserId, page::Page, viewer::viewer};

use crate::{
    domain::library::Shelf,
    graphql::{
        app, int,
        invitation::{PlaylistInvitation, PlaylistInvitationConnection},
        library::Library,
        playlist::{self, PlaylistConnection},
        reads, wants_total,
    },
    store::{
        Listed,
        library::{Followers, FollowersOf, OnShelf},
        play::ListensTo,
        playlist::PublicPlaylistsOf,
    },
};

/// A person.
#[derive(Clone, Copy)]
pub struct User {
    pub(super) id: UserId,
}

#[Object]
impl User {
    async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// The person's public playlists, the newest first.
    async fn public_playlists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the playlist with this cursor.")] after: Option<String>,
    ) -> Result<Option<PlaylistConnection>> {
        let (page, with_total) = (Page::parse(first, after, 20)?, wants_total(ctx));
        let key = PublicPlaylistsOf { owner: self.id, page: page.clone(), with_total };
        let listed = reads(ctx).load_one(key).await?.unwrap_or_default();
        Ok(Some(playlist::connection(&page, listed)))
    }
}

/// The signed-in person.
pub struct Viewer {
    user: UserId,
}

#[Object]
impl Viewer {
    async fn id(&self) -> ID {
        ViewerId(self.user.0).to_string().into()
    }

    /// Playlists that the person owns or collaborates on, the newest first.
    async fn playlists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the playlist with this cursor.")] after: Option<String>,
    ) -> Result<Option<PlaylistConnection>> {
        let page = Page::parse(first, after, 20)?;
        let listed = app(ctx).store.playlists_of(self.user, &page, wants_total(ctx)).await?;
        Ok(Some(playlist::connection(&page, listed)))
    }

    /// Invitations to playlists of others that wait for the person's answer, the newest first.
    async fn playlist_invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the invitation with this cursor.")] after: Option<String>,
    ) -> Result<Option<PlaylistInvitationConnection>> {
        let page = Page::parse(first, after, 20)?;
        let Listed { rows, total } = app(ctx).store.invitations_of(self.user, &page, wants_total(ctx)).await?;
        let rows = page.cut(rows, |invitation| invitation.id);
        Ok(Some(PlaylistInvitationConnection::new(rows, total, PlaylistInvitation)))
    }

    /// Playlists that the person played something from, each once, the one that they played last first. Those that are gone or that
    /// they may not see any more are left out.
    async fn recently_played_playlists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the playlist with this cursor.")] after: Option<String>,
    ) -> Result<Option<PlaylistConnection>> {
        let page = Page::parse(first, after, 20)?;
        let Listed { rows, total } = app(ctx).store.played_playlists(self.user, &page, wants_total(ctx)).await?;
        let rows = page.cut(rows, |(cursor, _)| cursor.clone());
        Ok(Some(PlaylistConnection::new(rows, total, |(_, playlist)| Some(playlist::Playlist(playlist)))))
    }

    /// What the person keeps.
    async fn library(&self) -> Option<Library> {
        Some(Library { user: self.user, version: None })
    }
}

/// A picture.
#[derive(Clone, Copy)]
pub struct Image {
    pub(super) id: ImageId,
}

#[Object(unresolvable = "id")]
impl Image {
    pub async fn id(&self) -> ID {
        self.id.to_string().into()
    }
}

/// A track.
#[derive(Clone, Copy)]
pub struct Track {
    pub(super) id: TrackId,
}

#[Object]
impl Track {
    async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// Whether the viewer likes it; null when nobody is signed in.
    async fn liked(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        if viewer(ctx).is_none() {
            return Ok(None);
        }
        Ok(Some(kept_since(ctx, OnShelf(Shelf::LikedTracks, self.id.0)).await?.is_some()))
    }

    /// Whether the viewer does not want to hear it; null when nobody is signed in.
    async fn hidden(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        if viewer(ctx).is_none() {
            return Ok(None);
        }
        Ok(Some(kept_since(ctx, OnShelf(Shelf::HiddenTracks, self.id.0)).await?.is_some()))
    }

    /// How the viewer rated it, 1 to 5; null when they did not, or when nobody is signed in.
    async fn rating(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        let rated = reads(ctx).load_one(OnShelf(Shelf::RatedTracks, self.id.0)).await?;
        Ok(rated.and_then(|standing| standing.rating).map(i32::from))
    }

    /// When the viewer liked it; null when they do not, or when nobody is signed in.
    async fn liked_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        kept_since(ctx, OnShelf(Shelf::LikedTracks, self.id.0)).await
    }

    /// How often the viewer played it, by plays that count (30 seconds or half of it) and are in their history; null when
    /// nobody is signed in.
    async fn viewer_play_count(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        if viewer(ctx).is_none() {
            return Ok(None);
        }
        Ok(Some(reads(ctx).load_one(ListensTo(self.id)).await?.map_or(0, |listens| int(listens.play_count))))
    }

    /// When the viewer's last play of it began; null when they have none in their history, or when nobody is signed in.
    async fn last_played_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(reads(ctx).load_one(ListensTo(self.id)).await?.map(|listens| listens.last_played_at))
    }
}

/// An album.
#[derive(Clone, Copy)]
pub struct Album {
    pub(super) id: AlbumId,
}

#[Object]
impl Album {
    async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// Whether the viewer saved it; null when nobody is signed in.
    async fn saved(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        if viewer(ctx).is_none() {
            return Ok(None);
        }
        Ok(Some(kept_since(ctx, OnShelf(Shelf::SavedAlbums, self.id.0)).await?.is_some()))
    }

    /// When the viewer saved it; null when they did not, or when nobody is signed in.
    async fn saved_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        kept_since(ctx, OnShelf(Shelf::SavedAlbums, self.id.0)).await
    }
}

/// An artist.
#[derive(Clone, Copy)]
pub struct Artist {
    pub(super) id: ArtistId,
}

#[Object]
impl Artist {
    async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// How many people follow the artist.
    async fn follower_count(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(Some(int(self.followers(ctx, true).await?.count)))
    }

    /// Whether the viewer follows the artist; null when nobody is signed in.
    async fn followed(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        if viewer(ctx).is_none() {
            return Ok(None);
        }
        Ok(Some(self.followers(ctx, false).await?.viewer_since.is_some()))
    }

    /// Whether the viewer does not want to hear the artist; null when nobody is signed in.
    async fn hidden(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        if viewer(ctx).is_none() {
            return Ok(None);
        }
        Ok(Some(kept_since(ctx, OnShelf(Shelf::HiddenArtists, self.id.0)).await?.is_some()))
    }

    /// Since when the viewer follows the artist; null when they do not, or when nobody is signed in.
    async fn followed_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.followers(ctx, false).await?.viewer_since)
    }
}

impl Artist {
    async fn followers(&self, ctx: &Context<'_>, counted: bool) -> Result<Followers> {
        Ok(reads(ctx).load_one(FollowersOf { artist: self.id, counted }).await?.unwrap_or_default())
    }
}

async fn kept_since(ctx: &Context<'_>, key: OnShelf) -> Result<Option<DateTime<Utc>>> {
    Ok(reads(ctx).load_one(key).await?.map(|standing| standing.since))
}

/// For the router: others' things by id. Whether they exist is for their owners to say; here a well-formed id is enough.
#[derive(Default)]
pub struct ExternalQuery;

#[Object]
impl ExternalQuery {
    /// A person, for the fields that are ours.
    #[graphql(entity)]
    async fn find_user_by_id(&self, id: ID) -> Option<User> {
        UserId::parse(&id).map(|id| User { id })
    }

    /// The signed-in person, for the fields that are ours; nobody else's private things can be had.
    #[graphql(entity)]
    async fn find_viewer_by_id(&self, ctx: &Context<'_>, id: ID) -> Option<Viewer> {
        let user = viewer(ctx)?.user;
        (ViewerId::parse(&id) == Some(ViewerId(user.0))).then_some(Viewer { user })
    }

    /// A track, for the fields that are ours.
    #[graphql(entity)]
    async fn find_track_by_id(&self, id: ID) -> Option<Track> {
        TrackId::parse(&id).map(|id| Track { id })
    }

    /// An album, for the fields that are ours.
    #[graphql(entity)]
    async fn find_album_by_id(&self, id: ID) -> Option<Album> {
        AlbumId::parse(&id).map(|id| Album { id })
    }

    /// An artist, for the fields that are ours.
    #[graphql(entity)]
    async fn find_artist_by_id(&self, id: ID) -> Option<Artist> {
        ArtistId::parse(&id).map(|id| Artist { id })
    }
}
