//! Libraries as clients see them: only ever the viewer's own.

use async_graphql::{Context, Object, Subscription};
use futures::Stream;
use polyphony_events::{AlbumId, ArtistId, TrackId};
use polyphony_kit::{Result, UserId, page::Page, viewer::require_viewer};

use crate::{
    app::Topic,
    domain::library::Shelf,
    graphql::{
        app,
        external::{Album, AlbumConnection, Artist, ArtistConnection, Track, TrackConnection},
        live,
    },
    store::library::Kept,
};

/// What a person keeps; each list begins with what was added last.
pub struct Library {
    pub(super) user: UserId,
}

/// What a person keeps; each list begins with what was added last.
#[Object]
impl Library {
    /// Tracks that the person likes.
    async fn liked_tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the track with this cursor.")] after: Option<String>,
    ) -> Result<TrackConnection> {
        let page = Page::parse(first, after, 20)?;
        let (kept, total) = app(ctx).store.shelf(self.user, Shelf::LikedTracks, &page).await?;
        Ok(TrackConnection::new(page.cut(kept, seq), total, |kept| Some(Track { id: TrackId(kept.thing) })))
    }

    /// Albums that the person saved.
    async fn saved_albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the album with this cursor.")] after: Option<String>,
    ) -> Result<AlbumConnection> {
        let page = Page::parse(first, after, 20)?;
        let (kept, total) = app(ctx).store.shelf(self.user, Shelf::SavedAlbums, &page).await?;
        Ok(AlbumConnection::new(page.cut(kept, seq), total, |kept| Some(Album { id: AlbumId(kept.thing) })))
    }

    /// Artists whom the person follows.
    async fn followed_artists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "Behind the artist with this cursor.")] after: Option<String>,
    ) -> Result<ArtistConnection> {
        let page = Page::parse(first, after, 20)?;
        let (kept, total) = app(ctx).store.shelf(self.user, Shelf::FollowedArtists, &page).await?;
        Ok(ArtistConnection::new(page.cut(kept, seq), total, |kept| Some(Artist { id: ArtistId(kept.thing) })))
    }
}

fn seq(kept: &Kept) -> i64 {
    kept.seq
}

/// Libraries, live.
#[derive(Default)]
pub struct LibrarySubscription;

#[Subscription]
impl LibrarySubscription {
    /// The viewer's library: at once, and whenever it has changed; changes in quick succession come as one frame.
    async fn library_changed<'ctx>(&self, ctx: &Context<'ctx>) -> Result<impl Stream<Item = Library> + use<'ctx>> {
        let (app, user) = (app(ctx), require_viewer(ctx)?.user);
        let signal = app.listen(Topic::Library(user));
        Ok(live::states(signal, None, move || async move {
            let version = app.store.library_version(user).await?;
            Ok(Some((version, Library { user })))
        }))
    }
}
