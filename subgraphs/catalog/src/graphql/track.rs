//! Tracks.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, media::Details};
use polyphony_kit::{Result, page::Window, scalar::Url, viewer::viewer};

use super::{
    album::{Album, PublicationStatus},
    app,
    artist::Artist,
    browse::{self, SortOrder, TrackFilter, TrackSort},
    chart::how_many,
    detail::{ReplayGain, joined},
    external::Image,
    genre::Genre,
    int, loaders,
    lyrics::Lyrics,
    recommendation::Recommendation,
    track_source::{MatchReason, TrackSource},
};
use crate::{
    domain::{
        self, Manager, Suggestion,
        browse::{Filter, Sorted},
        picture,
    },
    store::{
        album::AlbumById,
        artist::ArtistsOfTrack,
        browse::{Drafts, Place},
        detail::DetailsOfTrack,
        genre::GenresOfTrack,
        lyrics::LyricsOfTrack,
        recommendation::{Reach, SuggestionsOfTrack},
        source::SourcesOfTrack,
        track::TrackById,
    },
};

/// A track.
#[derive(Clone)]
pub struct Track(pub domain::Track);

polyphony_kit::connection!(
    /// A list of tracks.
    TrackConnection,
    TrackEdge,
    Option<Track>
);

/// A recording that can be played.
#[Object]
impl Track {
    /// The id of the track.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Who made it, in order.
    async fn artists(&self, ctx: &Context<'_>) -> Result<Vec<Artist>> {
        let artists = loaders(ctx).load_one(ArtistsOfTrack(self.0.id)).await?;
        Ok(artists.unwrap_or_default().into_iter().map(Artist).collect())
    }

    /// The album that it is on.
    async fn album(&self, ctx: &Context<'_>) -> Result<Option<Album>> {
        let Some(id) = self.0.album_id else { return Ok(None) };
        Ok(loaders(ctx).load_one(AlbumById(id)).await?.map(Album))
    }

    /// The cover of its album; null when it is on none, or the album has none.
    async fn cover_url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
        let Some(id) = self.0.album_id else { return Ok(None) };
        let cover = loaders(ctx).load_one(AlbumById(id)).await?.and_then(|album| album.cover_url);
        Ok(cover.map(|cover| Url(app(ctx).media.url(&cover))))
    }

    /// The same with its sizes; null when `coverUrl` is, or leads to somebody else's server.
    async fn cover(&self, ctx: &Context<'_>) -> Result<Option<Image>> {
        let Some(id) = self.0.album_id else { return Ok(None) };
        let cover = loaders(ctx).load_one(AlbumById(id)).await?.and_then(|album| album.cover_url);
        Ok(cover.as_deref().and_then(picture::image_id).map(Image))
    }

    /// Grows with each change of the track, its lyrics, its artists' names and its album's title: what `baseVersion` of an edit
    /// is compared with.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// When it came into the catalog.
    async fn added_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Which disc of the album.
    async fn disc_number(&self) -> Option<i32> {
        self.0.disc_number
    }

    /// Which track of the disc.
    async fn track_number(&self) -> Option<i32> {
        self.0.track_number
    }

    /// How long it plays; 0 while nothing is known.
    async fn duration_ms(&self) -> i32 {
        self.0.duration_ms
    }

    /// Whether its words are not for children.
    async fn explicit(&self) -> bool {
        self.0.explicit
    }

    /// International Standard Recording Code.
    async fn isrc(&self) -> Option<&str> {
        self.0.isrc.as_deref()
    }

    /// Who wrote it, as its files say.
    async fn composers(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(self.details(ctx).await?.composers)
    }

    /// Who conducted it, as its files say; several are separated by commas.
    async fn conductor(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(joined(&self.details(ctx).await?.conductors))
    }

    /// The work that it is of, such as `Symphony No. 5 in C minor`, as its files say.
    async fn work(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.details(ctx).await?.work)
    }

    /// The movement of the work.
    async fn movement(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.details(ctx).await?.movement)
    }

    /// Which movement of the work, from 1.
    async fn movement_number(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.details(ctx).await?.movement_number)
    }

    /// When the music was first released, as its files say: `1973`, `1973-03` or `1973-03-01`.
    async fn original_released_on(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.details(ctx).await?.original_released_on)
    }

    /// Beats per minute, as its files say.
    async fn bpm(&self, ctx: &Context<'_>) -> Result<Option<f64>> {
        Ok(self.details(ctx).await?.bpm)
    }

    /// Its mood, as its files say; several are separated by commas.
    async fn mood(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(joined(&self.details(ctx).await?.moods))
    }

    /// What somebody wrote about it in its file; may have several lines. Null for whoever does not manage it: what stands there is
    /// often not meant for others.
    async fn comment(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if !self.is_managed(ctx) {
            return Ok(None);
        }
        Ok(self.details(ctx).await?.comment)
    }

    /// The figures of `ReplayGain` that stand in the file that plays; null when there are none. `loudness` has ours.
    async fn replay_gain(&self, ctx: &Context<'_>) -> Result<Option<ReplayGain>> {
        Ok(ReplayGain::of(&self.details(ctx).await?))
    }

    /// What it is filed under.
    async fn genres(&self, ctx: &Context<'_>) -> Result<Vec<Genre>> {
        let genres = loaders(ctx).load_one(GenresOfTrack(self.0.id)).await?;
        Ok(genres.unwrap_or_default().into_iter().map(Genre).collect())
    }

    /// Whether it can be found and played.
    async fn status(&self) -> PublicationStatus {
        self.0.status.into()
    }

    /// How often it was played.
    async fn play_count(&self) -> i32 {
        i32::try_from(self.0.play_count).unwrap_or(i32::MAX)
    }

    /// Its words.
    async fn lyrics(&self, ctx: &Context<'_>) -> Result<Option<Lyrics>> {
        Ok(loaders(ctx).load_one(LyricsOfTrack(self.0.id)).await?.map(Lyrics::from))
    }

    /// The uploads that are kept for it, oldest first: that which plays, and others of the same performance. Null for whoever
    /// does not manage it.
    async fn sources(&self, ctx: &Context<'_>) -> Result<Option<Vec<TrackSource>>> {
        if !self.is_managed(ctx) {
            return Ok(None);
        }
        let sources = loaders(ctx).load_one(SourcesOfTrack(self.0.id)).await?.unwrap_or_default();
        Ok(Some(TrackSource::list(&self.0, sources)))
    }

    /// Why what plays is this track, and why it stands on its album. Null for whoever does not manage it, and for a track
    /// without a file.
    async fn matched_because(&self, ctx: &Context<'_>) -> Result<Option<Vec<MatchReason>>> {
        if !self.is_managed(ctx) {
            return Ok(None);
        }
        let sources = loaders(ctx).load_one(SourcesOfTrack(self.0.id)).await?.unwrap_or_default();
        let playing = sources.into_iter().find(|source| Some(source.upload) == self.0.upload_id);
        Ok(playing.map(|source| source.reasons.into_iter().map(Into::into).collect()))
    }

    /// Tracks that are heard together with it, then more of its artists, then of its genres.
    async fn similar(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)", desc = "How many, 1 to 100.")] first: Option<i32>,
    ) -> Result<Vec<Track>> {
        let similar = self.suggestions(ctx, Reach::Similar, how_many(first, 20)?).await?;
        let ids: Vec<_> = similar.into_iter().map(|suggestion| TrackById(suggestion.track)).collect();
        let mut tracks = loaders(ctx).load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| tracks.remove(id).map(Track)).collect())
    }

    /// What to play on after it.
    async fn radio(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(25)", desc = "How many, 1 to 100.")] first: Option<i32>,
    ) -> Result<Vec<Recommendation>> {
        let suggestions = self.suggestions(ctx, Reach::Radio, how_many(first, 25)?).await?;
        Recommendation::list(ctx, suggestions).await
    }
}

impl Track {
    async fn details(&self, ctx: &Context<'_>) -> Result<Details> {
        Ok(loaders(ctx).load_one(DetailsOfTrack(self.0.id)).await?.unwrap_or_default())
    }

    fn is_managed(&self, ctx: &Context<'_>) -> bool {
        viewer(ctx).is_some_and(|viewer| Manager::from(viewer).manages(self.0.owner_id))
    }

    async fn suggestions(&self, ctx: &Context<'_>, reach: Reach, first: i64) -> Result<Vec<Suggestion>> {
        let key = SuggestionsOfTrack { track: self.0.id, reach, first };
        Ok(loaders(ctx).load_one(key).await?.unwrap_or_default())
    }
}

#[derive(Default)]
pub struct TrackQuery;

#[Object]
impl TrackQuery {
    /// The track of this id; null when there is none, or not for the viewer.
    async fn track(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Track>> {
        find(ctx, &id).await
    }

    /// The published tracks.
    #[expect(clippy::too_many_arguments, reason = "arguments of a field")]
    async fn tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this genre only: its slug. Not together with `filter.genres`.")] genre: Option<String>,
        #[graphql(desc = "Which tracks; all when absent.")] filter: Option<TrackFilter>,
        #[graphql(default_with = "Some(TrackSort::Newest)", desc = "What they are sorted by.")] sort: Option<TrackSort>,
        #[graphql(desc = "Which way; as `sort` says when absent.")] order: Option<SortOrder>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<Option<TrackConnection>> {
        let window = Window::parse(first, after, offset, 20)?;
        let sorted = domain::browse::TrackSort::from(sort.unwrap_or(TrackSort::Newest)).sorted(order.map(Into::into));
        let filter = browse::with_genre(filter.unwrap_or_default().read()?, genre)?;
        Ok(Some(connection(ctx, sorted, filter, Drafts::None, window).await?))
    }

    /// The track of this key.
    #[graphql(entity)]
    async fn find_track_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Track>> {
        find(ctx, &id).await
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Track>> {
    let Some(id) = TrackId::parse(id) else { return Ok(None) };
    Ok(loaders(ctx).load_one(TrackById(id)).await?.map(Track))
}

/// A page of tracks; an empty one when no filter can match.
pub(super) async fn connection(
    ctx: &Context<'_>,
    sorted: Sorted<domain::browse::TrackSort>,
    filter: Option<Filter>,
    drafts: Drafts,
    window: Window<Place>,
) -> Result<TrackConnection> {
    let listed = browse::list(ctx, sorted, filter, drafts, window.clone()).await?;
    let page = window.cut(listed.rows, |(place, _)| place.clone());
    Ok(TrackConnection::new(page, listed.total, |(_, track)| Some(Track(track))))
}
