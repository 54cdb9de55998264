//! What has changed of the catalog: for clients that keep a copy of it, and for screens that show it live.

use std::time::Duration;

use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use futures::{Stream, stream};
use polyphony_events::{AlbumId, ArtistId, TrackId};
use polyphony_kit::{
    Error, Result, cursor,
    page::{Page, PageInfo},
};
use tokio::sync::watch;

use super::{album::Album, app, artist::Artist, home::ShelfItem, loaders, track::Track};
use crate::{
    app::App,
    domain::{self, ChangePlace, Kind},
    store::{album::AlbumById, artist::ArtistById, track::TrackById},
};

/// Without a signal a subscriber looks by itself this often.
const FALLBACK_POLL_INTERVAL: Duration = Duration::from_secs(10);
/// The most changes of one frame.
const MAX_FRAME: i64 = 100;

/// The last change of a thing of the catalog.
pub struct CatalogChange(domain::CatalogChange);

/// The last change of an album, an artist or a track.
#[Object]
impl CatalogChange {
    /// The id of what has changed.
    async fn changed_id(&self) -> ID {
        let id = self.0.place.id;
        match self.0.kind {
            Kind::Album => AlbumId(id).to_string().into(),
            Kind::Artist => ArtistId(id).to_string().into(),
            Kind::Track | Kind::Playlist => TrackId(id).to_string().into(),
        }
    }

    /// Whether it is gone: deleted or withdrawn. A client drops its copy.
    async fn removed(&self) -> bool {
        !self.0.is_live
    }

    /// What has changed, as it is now; null when it is gone.
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<ShelfItem>> {
        let (id, loaders) = (self.0.place.id, loaders(ctx));
        if !self.0.is_live {
            return Ok(None);
        }
        Ok(match self.0.kind {
            Kind::Album => loaders.load_one(AlbumById(AlbumId(id))).await?.map(|album| ShelfItem::Album(Album(album))),
            Kind::Artist => {
                loaders.load_one(ArtistById(ArtistId(id))).await?.map(|artist| ShelfItem::Artist(Artist(artist)))
            }
            Kind::Track => loaders.load_one(TrackById(TrackId(id))).await?.map(|track| ShelfItem::Track(Track(track))),
            Kind::Playlist => None,
        })
    }
}

/// A change, with its cursor.
#[derive(SimpleObject)]
pub struct CatalogChangeEdge {
    /// Give it as `after` to have what changed later, also to `catalogChanged`.
    cursor: String,
    /// The change.
    node: CatalogChange,
}

/// A page of what has changed.
#[derive(SimpleObject)]
pub struct CatalogChangeConnection {
    /// The changes of this page, in the order in which they were made.
    edges: Vec<CatalogChangeEdge>,
    /// Where this page lies.
    page_info: PageInfo,
}

/// What has changed of the catalog since the frame before.
#[derive(SimpleObject)]
pub struct CatalogChanges {
    /// Where this frame ends: give it as `after` to go on behind it.
    cursor: String,
    /// The changes, in the order in which they were made; at most 100 a frame. None in the first frame of somebody who gave no
    /// cursor.
    changes: Vec<CatalogChange>,
}

#[derive(Default)]
pub struct CatalogChangeQuery;

#[Object]
impl CatalogChangeQuery {
    /// What has changed of the published catalog behind a cursor, each thing once and where it changed last; all of it
    /// without one. A client that keeps a copy reads it page by page, keeps the last cursor, and asks with it the next time:
    /// what is gone comes as `removed`. Numbers of plays are no changes.
    async fn catalog_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 100 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the last change that the client has.")] after: Option<String>,
    ) -> Result<Option<CatalogChangeConnection>> {
        let page: Page<ChangePlace> = Page::parse(first, after, 100)?;
        let changes = app(ctx).store.changes(page.after.unwrap_or_default(), page.limit()).await?;
        let (rows, page_info) = page.cut(changes, |change| change.place);
        let edge = |(cursor, change)| CatalogChangeEdge { cursor, node: CatalogChange(change) };
        Ok(Some(CatalogChangeConnection { edges: rows.into_iter().map(edge).collect(), page_info }))
    }
}

struct Live {
    app: App,
    revisions: watch::Receiver<i64>,
    /// Behind what the subscriber has seen; none before the first frame.
    seen: Option<ChangePlace>,
}

impl Live {
    /// The next frame: at once where the subscriber begins and when something was missed, else when something changes.
    async fn next(&mut self) -> CatalogChanges {
        loop {
            // Marked before it is read, so that a change during the read is seen, too.
            self.revisions.mark_unchanged();
            match self.unseen().await {
                Ok(Some(changes)) => return changes,
                Ok(None) => {}
                Err(error) => tracing::warn!(?error, "changes of the catalog could not be read"),
            }
            tokio::select! {
                changed = self.revisions.changed() => {
                    if changed.is_err() {
                        tokio::time::sleep(FALLBACK_POLL_INTERVAL).await;
                    }
                }
                () = tokio::time::sleep(FALLBACK_POLL_INTERVAL) => {}
            }
        }
    }

    async fn unseen(&mut self) -> Result<Option<CatalogChanges>> {
        let store = &self.app.store;
        let Some(seen) = self.seen else {
            let place = ChangePlace::behind(store.revision().await?);
            self.seen = Some(place);
            return Ok(Some(CatalogChanges { cursor: cursor::encode(&place), changes: Vec::new() }));
        };
        let changes = store.changes(seen, MAX_FRAME).await?;
        let Some(last) = changes.last() else { return Ok(None) };
        let place = last.place;
        self.seen = Some(place);
        let changes = changes.into_iter().map(CatalogChange).collect();
        Ok(Some(CatalogChanges { cursor: cursor::encode(&place), changes }))
    }
}

#[derive(Default)]
pub struct CatalogSubscription;

#[Subscription]
impl CatalogSubscription {
    /// What changes of the published catalog, within a few seconds: a new album, another title, something that was withdrawn.
    /// The first frame tells where the catalog stands, or, with `after`, what was missed. A thing that changes several times
    /// between two frames comes once. Cursors do not grow old.
    async fn catalog_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The cursor of the last frame, or of the last edge of `catalogChanges`, that the client saw."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = CatalogChanges> + use<>> {
        let read =
            |text: String| cursor::decode(&text).ok_or_else(|| Error::bad_input("after is no cursor of this list"));
        let app = app(ctx).clone();
        let live = Live { revisions: app.revisions.listen(), seen: after.map(read).transpose()?, app };
        Ok(stream::unfold(live, |mut live| async move { Some((live.next().await, live)) }))
    }
}
