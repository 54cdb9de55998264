//! Anything that has an id.

use async_graphql::{Context, ID, Interface, Object};
use polyphony_events::{AlbumId, ArtistId, JobId, LibraryId, PlaylistId, PlaylistItemId, TrackId, UploadId, UserId};
use polyphony_kit::Result;

use super::{
    album::Album,
    artist::Artist,
    external::{Library, Playlist, PlaylistItem, TranscodeJob, Upload, User, Viewer},
    genre::{self, Genre},
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
    /// A genre.
    Genre(Genre),
    /// A person.
    User(User),
    /// What is private to the signed-in person.
    Viewer(Viewer),
    /// A playlist.
    Playlist(Playlist),
    /// An entry of a playlist.
    PlaylistItem(PlaylistItem),
    /// What a person keeps.
    Library(Library),
    /// An upload.
    Upload(Upload),
    /// A transcoding job.
    TranscodeJob(TranscodeJob),
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
        if let Some(genre) = genre::find(ctx, &id).await? {
            return Ok(Some(Node::Genre(genre)));
        }
        Ok(Viewer::of_request(ctx, &id).map(Node::Viewer).or_else(|| stub(&id)))
    }
}

/// A thing of another subgraph, which says whether it is there.
fn stub(id: &ID) -> Option<Node> {
    if UserId::parse(id).is_some() {
        return Some(Node::User(User(id.clone())));
    }
    if PlaylistId::parse(id).is_some() {
        return Some(Node::Playlist(Playlist(id.clone())));
    }
    if PlaylistItemId::parse(id).is_some() {
        return Some(Node::PlaylistItem(PlaylistItem(id.clone())));
    }
    if LibraryId::parse(id).is_some() {
        return Some(Node::Library(Library(id.clone())));
    }
    if UploadId::parse(id).is_some() {
        return Some(Node::Upload(Upload(id.clone())));
    }
    JobId::parse(id).map(|_| Node::TranscodeJob(TranscodeJob(id.clone())))
}
