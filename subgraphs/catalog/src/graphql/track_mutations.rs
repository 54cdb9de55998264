//! Changes of tracks.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use polyphony_events::{AlbumId, ArtistId, TrackId, UploadId};
use polyphony_kit::Result;

use super::{
    app, change, idempotency,
    input::written,
    manager, parse_ids,
    payload::{AckPayload, TrackPayload},
};
use crate::{
    commands::{self, create_track::TrackCredits},
    domain::{Change, Genre, Lyrics, Refusal, TrackDraft},
};

/// What is said of a track. On a change, a field that is left out stays as it is, and null clears it.
#[derive(Clone, InputObject)]
pub struct TrackInput {
    /// The title, 1 to 300 characters.
    title: String,
    /// Who made it, in order.
    artist_ids: Vec<ID>,
    /// The album that it is on, one that the viewer manages.
    album_id: MaybeUndefined<ID>,
    /// Which disc of the album.
    disc_number: MaybeUndefined<i32>,
    /// Which track of the disc.
    track_number: MaybeUndefined<i32>,
    /// How long it plays; the upload's own duration replaces it.
    duration_ms: MaybeUndefined<i32>,
    /// Whether its words are not for children.
    explicit: MaybeUndefined<bool>,
    /// International Standard Recording Code.
    isrc: MaybeUndefined<String>,
    /// Names of the genres that it is filed under.
    genres: Option<Vec<String>>,
    /// The upload that it plays from.
    upload_id: MaybeUndefined<ID>,
}

impl TrackInput {
    fn read(self) -> std::result::Result<(TrackDraft, TrackCredits), Refusal> {
        let unknown = |field, what: &str| Refusal::Invalid(field, format!("{what} does not exist"));
        let artists = parse_ids(&self.artist_ids, ArtistId::parse);
        let artists = artists.map_err(|_| unknown("artistIds", "one of the artists"))?;
        let album = |id: &ID| AlbumId::parse(id).map(Some).ok_or_else(|| unknown("albumId", "the album"));
        let upload = |id: &ID| UploadId::parse(id).map(Some).ok_or_else(|| unknown("uploadId", "the upload"));
        let draft = TrackDraft {
            title: Some(self.title),
            album_id: change(self.album_id).check(album)?,
            disc_number: change(self.disc_number),
            track_number: change(self.track_number),
            duration_ms: change(self.duration_ms),
            explicit: change(self.explicit),
            isrc: change(self.isrc),
            musicbrainz_id: Change::Keep,
            upload_id: change(self.upload_id).check(upload)?,
        };
        Ok((draft, TrackCredits { artists: Some(artists), genres: Genre::parse(self.genres.as_deref())? }))
    }
}

#[derive(Default)]
pub struct TrackMutation;

const UNKNOWN: Refusal = Refusal::NotFound("there is no such track");

#[Object]
impl TrackMutation {
    /// Creates a track that the viewer owns, as a draft. CREATOR and ADMIN.
    async fn create_track(
        &self,
        ctx: &Context<'_>,
        input: TrackInput,
        #[graphql(desc = "The same key with the same input answers the first result again.")] idempotency_key: Option<
            String,
        >,
    ) -> Result<TrackPayload> {
        let (manager, content) = (manager(ctx)?, written(&input));
        let track = match input.read() {
            Ok(track) => track,
            Err(refusal) => return TrackPayload::of(Err(refusal.into())),
        };
        let key = idempotency(manager, idempotency_key, "createTrack", &content)?;
        TrackPayload::of(commands::create_track(app(ctx), manager, track, key).await)
    }

    /// Changes a track. Its owner and ADMIN.
    async fn update_track(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: TrackInput,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<TrackPayload> {
        let manager = manager(ctx)?;
        let Some(id) = TrackId::parse(&id) else { return TrackPayload::of(Err(UNKNOWN.into())) };
        match input.read() {
            Ok(track) => {
                TrackPayload::of(commands::update_track(app(ctx), manager, (id, base_version.into()), track).await)
            }
            Err(refusal) => TrackPayload::of(Err(refusal.into())),
        }
    }

    /// Publishes a track; also one that was withdrawn. Its owner and ADMIN.
    async fn publish_track(&self, ctx: &Context<'_>, id: ID) -> Result<TrackPayload> {
        let manager = manager(ctx)?;
        let Some(id) = TrackId::parse(&id) else { return TrackPayload::of(Err(UNKNOWN.into())) };
        TrackPayload::of(commands::publish_track(app(ctx), manager, id).await)
    }

    /// Withdraws a track that is published, deletes any other. Asked again within 10 minutes of the withdrawal it changes
    /// nothing; later the track goes for good. Its owner and ADMIN.
    async fn delete_track(&self, ctx: &Context<'_>, id: ID) -> Result<AckPayload> {
        let manager = manager(ctx)?;
        let Some(id) = TrackId::parse(&id) else { return AckPayload::of(Err(UNKNOWN.into())) };
        AckPayload::of(commands::delete_track(app(ctx), manager, id).await)
    }

    /// Gives a track its lyrics; empty text takes them away. Its owner and ADMIN.
    async fn set_lyrics(
        &self,
        ctx: &Context<'_>,
        track_id: ID,
        #[graphql(desc = "LRC with times, or plain text.")] lrc: String,
        #[graphql(desc = "The language, BCP 47.")] language: Option<String>,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version of the track.")] base_version: Option<i32>,
    ) -> Result<TrackPayload> {
        let manager = manager(ctx)?;
        let Some(id) = TrackId::parse(&track_id) else { return TrackPayload::of(Err(UNKNOWN.into())) };
        match Lyrics::parse(&lrc, language.as_deref()) {
            Ok(lyrics) => {
                TrackPayload::of(commands::set_lyrics(app(ctx), manager, (id, base_version.into()), lyrics).await)
            }
            Err(refusal) => TrackPayload::of(Err(refusal.into())),
        }
    }

    /// Moves the lyrics of a track in time, for a recording that begins sooner or later than the one that they were timed for.
    /// `lines` have the offset in their times; `setLyrics` replaces it by that of its text. `CONFLICT` when the lyrics have no
    /// times. Its owner and ADMIN.
    async fn set_lyrics_offset(
        &self,
        ctx: &Context<'_>,
        track_id: ID,
        #[graphql(
            desc = "By how many milliseconds the lines come earlier than their text says, -10,000 to 10,000; 0 for none."
        )]
        offset_ms: i32,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version of the track.")] base_version: Option<i32>,
    ) -> Result<TrackPayload> {
        let manager = manager(ctx)?;
        let Some(id) = TrackId::parse(&track_id) else { return TrackPayload::of(Err(UNKNOWN.into())) };
        TrackPayload::of(commands::set_lyrics_offset(app(ctx), manager, (id, base_version.into()), offset_ms).await)
    }
}
