//! Playlists as clients see them.

use async_graphql::{Context, Enum, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use futures::Stream;
use polyphony_events::PlaylistId;
use polyphony_kit::{
    Error, Result, UserId,
    page::{Page, Window},
    rate_limit::RateLimit,
    viewer::viewer,
};

use crate::{
    app::{App, Topic},
    commands::refresh_smart_playlist,
    domain,
    graphql::{
        app,
        collaborator::PlaylistCollaborator,
        external::{Image, User},
        int,
        invitation::PlaylistInvitation,
        live::{self, Hearing},
        playlist_file::{self, PlaylistExport, PlaylistFileFormat},
        playlist_item::{self, PlaylistItemConnection},
        reads,
        smart_rules::SmartRules,
        wants_total,
    },
    store::{
        Listed, collaborator::CollaboratorsOf, duration::DurationOf, invitation::InvitationsTo,
        smart_playlist::ChosenBy,
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
    async fn item_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(match ChosenBy::rules_of(&self.0) {
            Some(key) => reads(ctx).load_one(key).await?.unwrap_or_default().len() as i32,
            None => self.0.item_count,
        })
    }

    /// How long its tracks play together, in milliseconds, without those that are drafts; a time beyond the range of Int is
    /// given as its largest value.
    async fn duration_ms(&self, ctx: &Context<'_>) -> Result<i32> {
        if let Some(key) = ChosenBy::rules_of(&self.0) {
            let chosen = reads(ctx).load_one(key).await?.unwrap_or_default();
            return Ok(int(chosen.iter().map(|one| one.duration_ms).sum()));
        }
        let key = DurationOf { playlist: self.0.id, version: self.0.past_version() };
        Ok(int(reads(ctx).load_one(key).await?.unwrap_or_default()))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it or its entries were changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Its picture; null when it has none. Its owner and editors give it one by `setPlaylistPicture`.
    async fn picture(&self) -> Option<Image> {
        self.0.picture.map(|id| Image { id })
    }

    /// Whom the owner lets in and who has agreed, the first that came first. Only they and the owner see each other: for anybody
    /// else it is empty.
    async fn collaborators(&self, ctx: &Context<'_>) -> Result<Vec<PlaylistCollaborator>> {
        if self.0.viewer_role.is_none() {
            return Ok(Vec::new());
        }
        let found = reads(ctx).load_one(CollaboratorsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(PlaylistCollaborator).collect())
    }

    /// Whom the owner has invited and who has not agreed (yet), the first that came first; for anybody but the owner it is empty.
    async fn invitations(&self, ctx: &Context<'_>) -> Result<Vec<PlaylistInvitation>> {
        if self.0.require_owner().is_err() {
            return Ok(Vec::new());
        }
        let found = reads(ctx).load_one(InvitationsTo(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(PlaylistInvitation).collect())
    }

    /// Its entries, in order.
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default_with = "Some(50)")] first: Option<i32>,
        #[graphql(desc = "Behind the entry with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<PlaylistItemConnection> {
        match ChosenBy::rules_of(&self.0) {
            Some(key) => playlist_item::chosen(ctx, &self.0, key, Window::parse(first, after, offset, 50)?).await,
            None => playlist_item::placed(ctx, &self.0, Window::parse(first, after, offset, 50)?).await,
        }
    }

    /// The rules that choose its entries; null when people choose them.
    async fn rules(&self) -> Option<SmartRules> {
        self.0.rules.as_ref().map(Into::into)
    }

    /// The playlist as a file for other programs, with all its entries as they are now. A request exports at most 5 playlists.
    async fn export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which kind of file.")] format: PlaylistFileFormat,
    ) -> Result<Option<PlaylistExport>> {
        Ok(Some(playlist_file::export(ctx, &self.0, format).await?))
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
    #[graphql(directive = RateLimit::apply("join".into(), "CALLER".into()))]
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
        let listed = app(ctx).store.public_playlists(viewer, &page, wants_total(ctx)).await?;
        Ok(Some(connection(&page, listed)))
    }

    /// For the router: playlists by id.
    #[graphql(entity)]
    async fn find_playlist_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Playlist>> {
        let Some(id) = PlaylistId::parse(&id) else { return Ok(None) };
        Ok(reads(ctx).load_one(id).await?.map(Playlist))
    }
}

/// A page of playlists from what the store gave for it.
pub(super) fn connection(page: &Page<PlaylistId>, listed: Listed<domain::playlist::Playlist>) -> PlaylistConnection {
    let rows = page.cut(listed.rows, |playlist| playlist.id);
    PlaylistConnection::new(rows, listed.total, |playlist| Some(Playlist(playlist)))
}

/// Playlists, live.
#[derive(Default)]
pub struct PlaylistSubscription;

#[Subscription]
impl PlaylistSubscription {
    /// A playlist whenever it or its entries have changed. The first frame is the playlist as it is. With `after` the
    /// versions that were missed come first, each as it was, in order and once; a version from more than five minutes ago is
    /// answered with the playlist as it is. Ends when the viewer may not see it any more.
    async fn playlist_changed<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        id: ID,
        #[graphql(desc = "The version of the last frame that the client saw.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Playlist> + use<'ctx>> {
        let missing = || Error::bad_input("there is no such playlist");
        let id = PlaylistId::parse(&id).ok_or_else(missing)?;
        let seen = live::cursor(after)?;
        let (app, viewer) = (app(ctx), viewer(ctx).map(|viewer| viewer.user));
        let changes = app.listen(Topic::Playlist(id));
        let playlist = app.store.visible_playlist(viewer, id).await?.ok_or_else(missing)?;
        let hearing = match playlist.rules {
            Some(_) => Hearing::of_many(vec![changes, app.listen(Topic::Library(playlist.owner))]),
            None => Hearing::of(changes),
        };
        Ok(live::states(hearing, seen, move |seen| async move { unseen(app, viewer, id, seen).await }))
    }
}

/// The versions of a playlist that a subscriber has not seen; none when it may not see the playlist.
async fn unseen(
    app: &App,
    viewer: Option<UserId>,
    id: PlaylistId,
    seen: Option<i64>,
) -> anyhow::Result<Option<Vec<(i64, Playlist)>>> {
    let Some(now) = app.store.visible_playlist(viewer, id).await? else { return Ok(None) };
    if now.rules.is_some() {
        refresh_smart_playlist(app, &now).await?;
    }
    let unseen = app.store.unseen_playlists(viewer, id, seen).await?;
    Ok(unseen.map(|all| all.into_iter().map(|playlist| (playlist.version, Playlist(playlist))).collect()))
}
