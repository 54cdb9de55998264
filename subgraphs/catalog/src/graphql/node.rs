//! Anything that has an id.

use async_graphql::{Context, ID, Interface, Object};
use polyphony_events::{AlbumId, ArtistId, PlaylistId, TrackId, UserId};
use polyphony_kit::Result;

use super::{
    album::Album,
    artist::Artist,
    external::{Playlist, User},
    loaders,
    track::Track,
};
use crate::store::{album::AlbumById, artist::ArtistById, track::TrackById};

/// Anything that has an id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, unlike that of any other thing."))]
pub enum Node {
    /// An artist.
    Artist(Artist),
    /// An album.
    Album(Album),
    /// A track.
    Track(Track),
    /// A person.
    User(User),
    /// A playlist.
    Playlist(Playlist),
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing of this id; null when there is none, or not for the viewer.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        let loaders = loaders(ctx);
        if let Some(id) = TrackId::parse(&id) {
            return Ok(loaders.load_one(TrackById(id)).await?.map(|track| Node::Track(Track(track))));
        }
        if let Some(id) = AlbumId::parse(&id) {
            return Ok(loaders.load_one(AlbumById(id)).await?.map(|album| Node::Album(Album(album))));
        }
        if let Some(id) = ArtistId::parse(&id) {
            return Ok(loaders.load_one(ArtistById(id)).await?.map(|artist| Node::Artist(Artist(artist))));
        }
        // Whether these are there is for their own subgraphs to say.
        let user = UserId::parse(&id).map(|user| Node::User(User(user.to_string().into())));
        let playlist = || PlaylistId::parse(&id).map(|list| Node::Playlist(Playlist(list.to_string().into())));
        Ok(user.or_else(playlist))
    }
}
