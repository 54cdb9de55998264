//! Types of other subgraphs that something here refers to: their key, and the fields that the catalog adds.

use async_graphql::{Context, ID, Object};
use polyphony_events::{ViewerId, ids::ImageId};
use polyphony_kit::{Result, UserId, viewer::viewer};

use super::{album::Album, app, artist::Artist, chart::how_many, loaders, recommendation::Recommendation, share};
use crate::store::{album::AlbumById, artist::ArtistById};

/// A person.
#[derive(Clone, Debug)]
pub struct User(pub ID);

/// A person who has an account.
#[Object(unresolvable = "id")]
impl User {
    /// The id of the person.
    pub async fn id(&self) -> ID {
        self.0.clone()
    }
}

/// A picture.
#[derive(Clone, Copy, Debug)]
pub struct Image(pub ImageId);

/// A picture that can be shown.
#[Object(unresolvable = "id")]
impl Image {
    /// The id of the picture.
    pub async fn id(&self) -> ID {
        self.0.to_string().into()
    }
}

/// A playlist.
#[derive(Clone, Debug)]
pub struct Playlist(pub ID);

/// A list of tracks that somebody keeps.
#[Object(unresolvable = "id")]
impl Playlist {
    /// The id of the playlist.
    pub async fn id(&self) -> ID {
        self.0.clone()
    }
}

/// An entry of a playlist.
#[derive(Clone, Debug)]
pub struct PlaylistItem(pub ID);

/// One entry of a playlist.
#[Object(unresolvable = "id")]
impl PlaylistItem {
    /// The id of the entry.
    pub async fn id(&self) -> ID {
        self.0.clone()
    }
}

/// A library.
#[derive(Clone, Debug)]
pub struct Library(pub ID);

/// What a person keeps.
#[Object(unresolvable = "id")]
impl Library {
    /// The id of the library.
    pub async fn id(&self) -> ID {
        self.0.clone()
    }
}

/// An upload.
#[derive(Clone, Debug)]
pub struct Upload(pub ID);

/// A file that somebody uploads.
#[Object(unresolvable = "id")]
impl Upload {
    /// The id of the upload.
    pub async fn id(&self) -> ID {
        self.0.clone()
    }
}

/// A transcoding job.
#[derive(Clone, Debug)]
pub struct TranscodeJob(pub ID);

/// The work that makes an upload playable.
#[Object(unresolvable = "id")]
impl TranscodeJob {
    /// The id of the job.
    pub async fn id(&self) -> ID {
        self.0.clone()
    }
}

/// The signed-in person.
pub struct Viewer {
    user: UserId,
}

impl Viewer {
    /// The viewer of this request, if the id is theirs.
    pub(super) fn of_request(ctx: &Context<'_>, id: &ID) -> Option<Self> {
        let user = viewer(ctx)?.user;
        (ViewerId::parse(id) == Some(ViewerId(user.0))).then_some(Self { user })
    }
}

/// The signed-in person, and what is theirs alone.
#[Object]
impl Viewer {
    /// The id of what is private to the person, `vwr_...`; the person's own is that of `user`.
    pub async fn id(&self) -> ID {
        ViewerId(self.user.0).to_string().into()
    }

    /// Tracks that the person may like: by what they hear, like and put into playlists; to somebody new, what is popular
    /// and what is new.
    async fn recommendations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
    ) -> Result<Option<Vec<Recommendation>>> {
        let first = how_many(first, 20)?;
        let app = app(ctx);
        let suggestions = app.store.suggestions(self.user, app.clock.now(), first).await?;
        Ok(Some(Recommendation::list(ctx, suggestions).await?))
    }

    /// Published albums of which the person played something lately, the latest first, each once.
    async fn recently_played_albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
    ) -> Result<Option<Vec<Album>>> {
        Ok(Some(recent_albums(ctx, self.user, how_many(first, 20)?).await?))
    }

    /// Artists of whom the person played something lately, the latest first, each once.
    async fn recently_played_artists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
    ) -> Result<Option<Vec<Artist>>> {
        Ok(Some(recent_artists(ctx, self.user, how_many(first, 20)?).await?))
    }

    /// The links to albums and tracks that the person gave away and that have not expired, the newest first.
    async fn shares(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<Option<share::ShareConnection>> {
        Ok(Some(share::list(ctx, self.user, first, after).await?))
    }
}

/// Albums of which somebody played something lately.
pub(super) async fn recent_albums(ctx: &Context<'_>, user: UserId, first: i64) -> Result<Vec<Album>> {
    let ids: Vec<_> = app(ctx).store.recent_albums(user, first).await?.into_iter().map(AlbumById).collect();
    let mut albums = loaders(ctx).load_many(ids.iter().copied()).await?;
    Ok(ids.iter().filter_map(|id| albums.remove(id).map(Album)).collect())
}

/// Artists of whom somebody played something lately.
pub(super) async fn recent_artists(ctx: &Context<'_>, user: UserId, first: i64) -> Result<Vec<Artist>> {
    let ids: Vec<_> = app(ctx).store.recent_artists(user, first).await?.into_iter().map(ArtistById).collect();
    let mut artists = loaders(ctx).load_many(ids.iter().copied()).await?;
    Ok(ids.iter().filter_map(|id| artists.remove(id).map(Artist)).collect())
}

#[derive(Default)]
pub struct ExternalQuery;

#[Object]
impl ExternalQuery {
    /// The viewer by their key; nobody else's.
    #[graphql(entity)]
    async fn find_viewer_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Viewer>> {
        Ok(Viewer::of_request(ctx, &id))
    }
}
