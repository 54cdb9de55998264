//! Share links.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ShareId, TrackId};
use polyphony_kit::{Result, UserId, page::Page, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    album::Album,
    app, counted, idempotency,
    input::written,
    loaders, parse_ids,
    payload::{AckPayload, SharePayload},
    track::Track,
    wants_total,
};
use crate::{
    commands,
    domain::{self, Manager, PublicationStatus, Refusal, Shared},
    store::{Wanted, album::AlbumById, track::TrackById},
};

/// A share link.
#[derive(Clone)]
pub struct Share(pub domain::Share);

polyphony_kit::connection!(
    /// A list of share links.
    ShareConnection,
    ShareEdge,
    Share
);

/// A link to an album, or to tracks, that somebody gave away. It shows nobody more than they may see.
#[Object]
impl Share {
    /// The id of the link, `shr_…`.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its secret, for `share`.
    async fn token(&self) -> &str {
        &self.0.token
    }

    /// The album that it leads to; null for a link to tracks, and when the album can be seen no more.
    async fn album(&self, ctx: &Context<'_>) -> Result<Option<Album>> {
        let Shared::Album(id) = self.0.shared else { return Ok(None) };
        let album = loaders(ctx).load_one(AlbumById(id)).await?;
        Ok(album.filter(|album| album.status != PublicationStatus::Withdrawn).map(Album))
    }

    /// The tracks that it leads to, in order, without those that can be seen no more; none for a link to an album, whose tracks
    /// are `album.tracks`.
    async fn tracks(&self, ctx: &Context<'_>) -> Result<Vec<Track>> {
        let Shared::Tracks(ids) = &self.0.shared else { return Ok(Vec::new()) };
        let mut tracks = loaders(ctx).load_many(ids.iter().copied().map(TrackById)).await?;
        let tracks = ids.iter().filter_map(|id| tracks.remove(&TrackById(*id)));
        Ok(tracks.filter(|track| track.status != PublicationStatus::Withdrawn).map(Track).collect())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// From when on it leads nowhere.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

/// A page of somebody's links.
pub(super) async fn list(
    ctx: &Context<'_>,
    user: UserId,
    first: Option<i32>,
    after: Option<String>,
) -> Result<ShareConnection> {
    let wanted = Wanted { page: Page::parse(first, after, 20)?, total: wants_total(ctx) };
    let app = app(ctx);
    let now = app.clock.now();
    let (shares, total) = counted(wanted.clone(), |wanted| app.store.shares(user, wanted, now)).await?;
    Ok(ShareConnection::new(wanted.page.cut(shares, |share| share.id), total, Share))
}

/// What a new link leads to: an album or tracks.
#[derive(Clone, InputObject)]
pub struct CreateShareInput {
    /// The album; not together with `trackIds`.
    album_id: Option<ID>,
    /// The tracks in order, 1 to 200; not together with `albumId`.
    track_ids: Option<Vec<ID>>,
    /// From when on it leads nowhere, within a year; after 30 days when absent.
    expires_at: Option<DateTime<Utc>>,
}

impl CreateShareInput {
    fn read(&self) -> std::result::Result<Shared, Refusal> {
        let unknown = |field, what: &str| Refusal::Invalid(field, format!("{what} does not exist"));
        let album = self.album_id.as_ref().map(|id| AlbumId::parse(id).ok_or(unknown("albumId", "the album")));
        let tracks = self.track_ids.as_deref().map(|ids| parse_ids(ids, TrackId::parse));
        let tracks = tracks.transpose().map_err(|_| unknown("trackIds", "one of the tracks"))?;
        Shared::of(album.transpose()?, tracks)
    }
}

#[derive(Default)]
pub struct ShareQuery;

#[Object]
impl ShareQuery {
    /// What the link of this token leads to; null when there is none, when it has expired, and when the viewer may see nothing
    /// of it. Nobody has to be signed in.
    #[graphql(directive = RateLimit::apply("join".into(), "CALLER".into()))]
    async fn share(&self, ctx: &Context<'_>, token: String) -> Result<Option<Share>> {
        // What is no text for the database is no token either.
        let Some(token) = Some(token).filter(|token| !token.contains('\0')) else { return Ok(None) };
        let app = app(ctx);
        let Some(share) = app.store.share_of_token(&token, app.clock.now()).await?.map(Share) else { return Ok(None) };
        let is_seen = share.album(ctx).await?.is_some() || !share.tracks(ctx).await?.is_empty();
        Ok(Some(share).filter(|_| is_seen))
    }
}

#[derive(Default)]
pub struct ShareMutation;

#[Object]
impl ShareMutation {
    /// Makes a link to an album, or to tracks, that the viewer sees: whoever has its token sees them by `share`, signed in or
    /// not, as far as they may. `QUOTA_EXCEEDED` when the viewer has 500.
    async fn create_share(
        &self,
        ctx: &Context<'_>,
        input: CreateShareInput,
        #[graphql(desc = "The same key with the same input answers the first result again.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<SharePayload> {
        let (viewer, content) = (require_viewer(ctx)?, written(&input));
        let shared = match input.read() {
            Ok(shared) => shared,
            Err(refusal) => return SharePayload::of(Err(refusal.into())),
        };
        let key = idempotency(Manager::from(viewer), idempotency_key, "createShare", &content)?;
        SharePayload::of(commands::create_share(app(ctx), viewer, shared, input.expires_at, key).await)
    }

    /// Takes a link of the viewer's back: it leads nowhere from then on.
    async fn delete_share(&self, ctx: &Context<'_>, id: ID) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let unknown = Refusal::NotFound("there is no such link");
        let Some(id) = ShareId::parse(&id) else { return AckPayload::of(Err(unknown.into())) };
        AckPayload::of(commands::delete_share(app(ctx), viewer.user, id).await)
    }
}
