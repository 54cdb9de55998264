//! Playlists as clients see them.

use async_graphql::{Context, Enum, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use futures::Stream;
use polyphony_events::PlaylistId;
use polyphony_kit::{Error, Result, page::Page, viewer::viewer};

use crate::{
    app::Topic,
    domain,
    graphql::{
        app,
        collaborator::PlaylistCollaborator,
        external::User,
        int, live,
        playlist_item::{self, PlaylistItemConnection},
        reads,
    },
    store::{
        collaborator::CollaboratorsOf,
        playlist_item::{DurationOf, ItemsOf},
    },
};

/// Who may see a playlist.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "polyphony_events::playlists::PlaylistVisibility")]
pub enum PlaylistVisibility {
    /// Its owner and collaborators, and who has its share link.
    Private,
    /// Everybody who knows its id or has its share link; it is in no list.
    Unlisted,
    /// Everybody; it is in public lists.
    Public,
}

/// What somebody is to a playlist.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::playlist::PlaylistRole")]
pub enum PlaylistRole {
    /// May do everything; the one who made it.
    Owner,
    /// May add, move and remove entries.
    Editor,
    /// May see it, whatever its visibility.
    Viewer,
}

/// A list of tracks that somebody put together.
#[derive(Clone)]
pub struct Playlist(pub domain::playlist::Playlist);

polyphony_kit::connection!(
    /// A page of playlists.
    PlaylistConnection,
    PlaylistEdge,
    Option<Playlist>
);

/// A list of tracks that somebody put together.
#[Object]
impl Playlist {
    /// The playlist's id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it is about.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Who may see it.
    async fn visibility(&self) -> PlaylistVisibility {
        self.0.visibility.into()
    }

    /// Who made it.
    async fn owner(&self) -> Option<User> {
        Some(User { id: self.0.owner })
    }

    /// What the viewer is to it; null for somebody who sees it only because many may.
    async fn viewer_role(&self) -> Option<PlaylistRole> {
        self.0.viewer_role.map(Into::into)
    }

    /// Grows by one with every change of the playlist or its entries; give it as `after` to `playlistChanged`.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// How many entries it has.
    async fn item_count(&self) -> i32 {
        self.0.item_count
    }

    /// How long its tracks play together, in milliseconds; a time beyond the range of Int is given as its largest value.
    async fn duration_ms(&self, ctx: &Context<'_>) -> Result<i32> {
        let duration = reads(ctx).load_one(DurationOf(self.0.id)).await?;
        Ok(int(duration.unwrap_or_default()))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it or its entries were changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Whom the owner lets in, the first that came first.
    async fn collaborators(&self, ctx: &Context<'_>) -> Result<Vec<PlaylistCollaborator>> {
        let found = reads(ctx).load_one(CollaboratorsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(PlaylistCollaborator).collect())
    }

    /// Its entries, in order.
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default_with = "Some(50)")] first: Option<i32>,
        #[graphql(desc = "Behind the entry with this cursor.")] after: Option<String>,
    ) -> Result<PlaylistItemConnection> {
        let key = ItemsOf { playlist: self.0.id, page: Page::parse(first, after, 50)? };
        let items = reads(ctx).load_one(key.clone()).await?.unwrap_or_default();
        Ok(playlist_item::connection(&self.0, &key.page, items))
    }

    /// The secret of its share link, for `sharedPlaylist`; only the owner sees it.
    async fn share_token(&self) -> Option<&str> {
        self.0.require_owner().ok().and(self.0.share_token.as_deref())
    }
}

/// Reads of playlists.
#[derive(Default)]
pub struct PlaylistQuery;

#[Object]
impl PlaylistQuery {
    /// A playlist; null when it is missing or not to be seen by the viewer.
    async fn playlist(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Playlist>> {
        let Some(id) = PlaylistId::parse(&id) else { return Ok(None) };
        Ok(reads(ctx).load_one(id).await?.map(Playlist))
    }

    /// The playlist whose share link bears this token; null when there is none, or none any more.
    async fn shared_playlist(&self, ctx: &Context<'_>, token: String) -> Result<Option<Playlist>> {
        let viewer = viewer(ctx).map(|viewer| viewer.user);
        // What is no text for the database is no token either.
        let token = Some(token).filter(|token| !token.contains('\0'));
        let Some(token) = token else { return Ok(None) };
        Ok(app(ctx).store.shared_playlist(viewer, &token).await?.map(Playlist))
    }

    /// Public playlists, the newest first.
    async fn public_playlists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the playlist with this cursor.")] after: Option<String>,
    ) -> Result<Option<PlaylistConnection>> {
        let page = Page::parse(first, after, 20)?;
        let viewer = viewer(ctx).map(|viewer| viewer.user);
        let (playlists, total) = app(ctx).store.public_playlists(viewer, &page).await?;
        Ok(Some(connection(&page, playlists, total)))
    }

    /// For the router: playlists by id.
    #[graphql(entity)]
    async fn find_playlist_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Playlist>> {
        let Some(id) = PlaylistId::parse(&id) else { return Ok(None) };
        Ok(reads(ctx).load_one(id).await?.map(Playlist))
    }
}

/// A page of playlists from what the store gave for it.
pub(super) fn connection(
    page: &Page<PlaylistId>,
    playlists: Vec<domain::playlist::Playlist>,
    total: i64,
) -> PlaylistConnection {
    PlaylistConnection::new(page.cut(playlists, |playlist| playlist.id), total, |playlist| Some(Playlist(playlist)))
}

/// Playlists, live.
#[derive(Default)]
pub struct PlaylistSubscription;

#[Subscription]
impl PlaylistSubscription {
    /// A playlist whenever it or its entries have changed. The first frame is the playlist as it is, unless that is the
    /// version given as `after`; changes in quick succession come as one frame. Ends when the viewer may not see it any more.
    async fn playlist_changed<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        id: ID,
        #[graphql(desc = "The version of the last frame that the client saw.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Playlist> + use<'ctx>> {
        let missing = || Error::bad_input("there is no such playlist");
        let id = PlaylistId::parse(&id).ok_or_else(missing)?;
        let seen = after.map(|text| text.parse().map_err(|_| Error::bad_input("after is no version of a playlist")));
        let (app, viewer) = (app(ctx), viewer(ctx).map(|viewer| viewer.user));
        let signal = app.listen(Topic::Playlist(id));
        app.store.visible_playlist(viewer, id).await?.ok_or_else(missing)?;
        Ok(live::states(signal, seen.transpose()?, move || async move {
            let found = app.store.visible_playlist(viewer, id).await?;
            Ok(found.map(|playlist| (playlist.version, Playlist(playlist))))
        }))
    }
}
