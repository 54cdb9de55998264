//! Libraries as clients see them: only ever the viewer's own.

use async_graphql::{Context, ID, Object, Subscription};
use futures::Stream;
use polyphony_events::{AlbumId, ArtistId, LibraryId, TrackId};
use polyphony_kit::{
    Result, UserId,
    page::{Page, Window},
    viewer::{require_viewer, viewer},
};
use uuid::Uuid;

use crate::{
    app::Topic,
    domain::library::Shelf,
    graphql::{
        app,
        external::{Album, Artist, Track},
        history::HistoryConnection,
        int,
        library_list::LibraryConnection,
        live::{self, Hearing},
        wants_total,
    },
    store::{Listed, library::Kept},
};

/// What a person keeps; each list begins with what was added last.
pub struct Library {
    pub(super) user: UserId,
    /// The version that a frame tells of; none for the one that it has when it is read.
    pub(super) version: Option<i64>,
}

/// What a person keeps; each list begins with what was added last.
#[Object]
impl Library {
    /// The library's id, `lib_…`: the same wherever the viewer's library is read, also in frames of `libraryChanged`.
    pub async fn id(&self) -> ID {
        LibraryId(self.user.0).to_string().into()
    }

    /// Grows by one with every change; give it as `after` to `libraryChanged`.
    async fn version(&self, ctx: &Context<'_>) -> Result<i32> {
        let version = match self.version {
            Some(version) => version,
            None => app(ctx).store.library_version(self.user).await?,
        };
        Ok(int(version))
    }

    /// Tracks that the person likes, without those that were deleted.
    async fn liked_tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the track with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<LibraryConnection<Track>> {
        let page = Window::parse(first, after, offset, 20)?;
        let Listed { rows, total } = self.shelf(ctx, Shelf::LikedTracks, &page).await?;
        Ok(LibraryConnection::new(page.cut(rows, seq), total, track))
    }

    /// Albums that the person saved.
    async fn saved_albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the album with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<LibraryConnection<Album>> {
        let page = Window::parse(first, after, offset, 20)?;
        let Listed { rows, total } = self.shelf(ctx, Shelf::SavedAlbums, &page).await?;
        Ok(LibraryConnection::new(page.cut(rows, seq), total, album))
    }

    /// Artists whom the person follows.
    async fn followed_artists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the artist with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<LibraryConnection<Artist>> {
        let page = Window::parse(first, after, offset, 20)?;
        let Listed { rows, total } = self.shelf(ctx, Shelf::FollowedArtists, &page).await?;
        Ok(LibraryConnection::new(page.cut(rows, seq), total, artist))
    }

    /// Tracks that the person does not want to hear. Players pass over them.
    async fn hidden_tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the track with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<LibraryConnection<Track>> {
        let page = Window::parse(first, after, offset, 20)?;
        let Listed { rows, total } = self.shelf(ctx, Shelf::HiddenTracks, &page).await?;
        Ok(LibraryConnection::new(page.cut(rows, seq), total, track))
    }

    /// Artists whom the person does not want to hear. Players pass over their tracks.
    async fn hidden_artists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the artist with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<LibraryConnection<Artist>> {
        let page = Window::parse(first, after, offset, 20)?;
        let Listed { rows, total } = self.shelf(ctx, Shelf::HiddenArtists, &page).await?;
        Ok(LibraryConnection::new(page.cut(rows, seq), total, artist))
    }

    /// What the person listened to, the latest first, without tracks that were deleted.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the play with this cursor.")] after: Option<String>,
    ) -> Result<HistoryConnection> {
        let page = Page::parse(first, after, 20)?;
        let plays = app(ctx).store.history(self.user, &page).await?;
        Ok(HistoryConnection::new(&page, plays))
    }
}

impl Library {
    async fn shelf(&self, ctx: &Context<'_>, which: Shelf, page: &Window<i64>) -> Result<Listed<Kept>> {
        Ok(app(ctx).store.shelf(self.user, which, page, wants_total(ctx)).await?)
    }
}

fn seq(kept: &Kept) -> i64 {
    kept.seq
}

fn track(id: Uuid) -> (ID, Track) {
    (TrackId(id).to_string().into(), Track { id: TrackId(id) })
}

fn album(id: Uuid) -> (ID, Album) {
    (AlbumId(id).to_string().into(), Album { id: AlbumId(id) })
}

fn artist(id: Uuid) -> (ID, Artist) {
    (ArtistId(id).to_string().into(), Artist { id: ArtistId(id) })
}

/// Reads of libraries.
#[derive(Default)]
pub struct LibraryQuery;

#[Object]
impl LibraryQuery {
    /// For the router: the viewer's library by its id; nobody else's can be had.
    #[graphql(entity)]
    async fn find_library_by_id(&self, ctx: &Context<'_>, id: ID) -> Option<Library> {
        let user = viewer(ctx)?.user;
        (LibraryId::parse(&id)?.0 == user.0).then_some(Library { user, version: None })
    }
}

/// Libraries, live.
#[derive(Default)]
pub struct LibrarySubscription;

#[Subscription]
impl LibrarySubscription {
    /// The viewer's library: at once, and whenever it has changed. With `after` the versions that were missed come first, in
    /// order and once; a version from more than five minutes ago is answered with the library as it is. What a frame lists is
    /// always what the library holds when the frame is read.
    async fn library_changed<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The version of the last frame that the client saw.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Library> + use<'ctx>> {
        let (app, user) = (app(ctx), require_viewer(ctx)?.user);
        let seen = live::cursor(after)?;
        let hearing = Hearing::of(app.listen(Topic::Library(user)));
        Ok(live::states(hearing, seen, move |seen| async move {
            let versions = app.store.unseen_libraries(user, seen).await?;
            let frame = |version| (version, Library { user, version: Some(version) });
            Ok(Some(versions.into_iter().map(frame).collect()))
        }))
    }
}
