//! How a track is played and downloaded.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_events::TrackId;
use polyphony_kit::{Error, Result, Role, Viewer, blobs::Presentation, scalar::Url, viewer::viewer};

use super::{
    app,
    job::milliseconds,
    load,
    rendition::{AudioCodec, Gapless, Rendition},
};
use crate::{
    app::App,
    commands::want_renditions::want_renditions,
    domain::{
        encoding::{self, Encoding, Source, attachment},
        keys,
        original::Original,
        plan::{Choice, ClientProfile},
        signature::{Grant, VALID_AT_MOST, Validity},
        track::{TrackAudio, Unplayable},
        waveform,
    },
    pipeline,
    store::{album_loudness::AlbumLoudnessOf, listener::QualityOf, rendition::WaveformOf},
};

/// What a client can play and wants to spend.
#[derive(Clone, InputObject)]
pub(super) struct ClientProfileInput {
    /// The codecs that it decodes; all when absent.
    codecs: Option<Vec<AudioCodec>>,
    /// The most that it wants to receive, in kbit/s.
    max_bitrate_kbps: Option<i32>,
    /// Whether it plays HLS.
    #[graphql(default_with = "Some(true)")]
    hls: Option<bool>,
    /// The media types of files that it plays as they are, with or without `codecs`: `audio/flac`, `audio/ogg; codecs=vorbis`,
    /// `audio/mp4; codecs=mp4a.40.2`. It is given the file as it was uploaded while nothing else was made of it, and, without
    /// HLS, where that is better than an MP3. None when absent.
    accepts: Option<Vec<String>>,
    /// The most channels that it plays as they are. What has more is played to others as a mix into two.
    #[graphql(default_with = "Some(2)")]
    max_channels: Option<i32>,
    /// The most samples per second that its output takes as they are; any when absent.
    max_sample_rate_hz: Option<i32>,
    /// The most bits per sample that its output takes, of lossless audio; any when absent.
    max_bit_depth: Option<i32>,
}

impl From<ClientProfileInput> for ClientProfile {
    fn from(input: ClientProfileInput) -> Self {
        let codecs = input.codecs.map(|codecs| codecs.into_iter().map(Into::into).collect());
        Self {
            codecs,
            max_bitrate_kbps: input.max_bitrate_kbps,
            hls: input.hls.unwrap_or(true),
            accepts: input.accepts.unwrap_or_default(),
            max_channels: input.max_channels.unwrap_or(2),
            max_sample_rate_hz: input.max_sample_rate_hz,
            max_bit_depth: input.max_bit_depth,
        }
    }
}

/// The way a track is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum PlaybackMode {
    /// Over HTTP Live Streaming: the URL is a master playlist.
    Hls,
    /// As one file that supports ranges.
    Direct,
}

/// How a client should play a track.
#[derive(SimpleObject)]
pub(super) struct PlaybackPlan {
    /// The way to play it.
    mode: PlaybackMode,
    /// What to open. It was signed for this viewer.
    url: Url,
    /// Until when the URL is good, and all that it leads to: at least a day, and twice the track's length and six hours. It is
    /// the same all day, so that caches can keep what it names.
    expires_at: DateTime<Utc>,
    /// From then on ask for a new plan before you begin, or go on after a long pause: what begins later may outlast the URL.
    refresh_at: DateTime<Utc>,
    /// How long the track plays, in milliseconds; an estimate while it is being encoded.
    duration_ms: i32,
    /// Up to where it can be played and sought already, in milliseconds.
    playable_until_ms: i32,
    /// Why it is played this way, in a sentence.
    reason: String,
    /// What the player may choose from; none when it is the file as it was uploaded.
    renditions: Vec<Rendition>,
    /// What `url` is, when it is the file as it was uploaded.
    original: Option<OriginalFile>,
    /// How to cut what was decoded of the rendition that a player begins with: FLAC where it is listed, else the first. A
    /// player that switches goes by `Rendition.gapless`.
    gapless: Gapless,
    /// How loud the track is, as this client plays it, once that is known: in two channels, unless it is given more.
    loudness: Option<Loudness>,
}

/// A file as it was uploaded.
#[derive(SimpleObject)]
pub(super) struct OriginalFile {
    /// Its media type.
    content_type: String,
    /// Its codec: `flac`, `mp3`, `aac`, `vorbis`, `opus`, `alac`, `pcm_s16le` and others, as FFmpeg calls them.
    codec: String,
    /// Whether the codec loses nothing.
    lossless: bool,
    /// Average.
    bitrate_kbps: Option<i32>,
    /// Samples per second.
    sample_rate_hz: i32,
    /// How many channels it has.
    channels: i32,
    /// Bits per sample of lossless audio.
    bit_depth: Option<i32>,
    /// How large it is.
    size_bytes: f64,
}

impl From<Original<'_>> for OriginalFile {
    fn from(original: Original<'_>) -> Self {
        let (source, quality) = (original.source, original.quality);
        Self {
            content_type: source.content_type.clone(),
            codec: quality.codec.clone(),
            lossless: quality.lossless,
            bitrate_kbps: quality.bitrate_kbps,
            sample_rate_hz: original.sample_rate_hz,
            channels: quality.channels,
            bit_depth: quality.bit_depth,
            size_bytes: source.size_bytes as f64,
        }
    }
}

/// How loud a track is, by EBU R128.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct Loudness {
    /// Whose album is measured; none for figures of more channels than those of albums.
    #[graphql(skip)]
    track: Option<TrackId>,
    /// Integrated loudness, LUFS.
    integrated_lufs: f64,
    /// True peak, dBTP.
    true_peak_dbtp: f64,
    /// The gain that brings it to -18 LUFS (`ReplayGain` 2), dB.
    track_gain_db: f64,
}

#[ComplexObject]
impl Loudness {
    /// The gain that brings the album that the track is on to -18 LUFS as a whole, dB: one for all of its tracks, so that quiet
    /// ones stay quiet and joins are heard by nobody. Null for a track on no album, while some track of it was not measured, for
    /// albums of more than 500 tracks, and where the figures beside it are of more than two channels.
    async fn album_gain_db(&self, ctx: &Context<'_>) -> Result<Option<f64>> {
        Ok(self.album(ctx).await?.map(|album| album.track_gain_db))
    }

    /// The highest true peak of the album, dBTP; null as `albumGainDb`.
    async fn album_true_peak_dbtp(&self, ctx: &Context<'_>) -> Result<Option<f64>> {
        Ok(self.album(ctx).await?.map(|album| album.true_peak_dbtp))
    }
}

impl Loudness {
    pub(super) fn new(track: Option<TrackId>, loudness: encoding::Loudness) -> Self {
        Self {
            track,
            integrated_lufs: loudness.integrated_lufs,
            true_peak_dbtp: loudness.true_peak_dbtp,
            track_gain_db: loudness.track_gain_db,
        }
    }

    async fn album(&self, ctx: &Context<'_>) -> Result<Option<pipeline::Loudness>> {
        let Some(track) = self.track else { return Ok(None) };
        Ok(load(ctx).load_one(AlbumLoudnessOf(track)).await?)
    }
}

/// What can be downloaded of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum DownloadFormat {
    /// An MP3 that plays anywhere.
    #[graphql(name = "MP3")]
    Mp3,
    /// The file as it was uploaded; of a track of an album in one file that is the whole file.
    Original,
}

/// Why a track cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Unplayable")]
pub(super) enum UnplayableReason {
    /// It is explicit, and the viewer has chosen in their preferences to be shown nothing explicit.
    Explicit,
    /// It was withdrawn.
    Withdrawn,
    /// There is no audio, or not yet.
    NotReady,
}

/// A URL that is good for a while.
#[derive(SimpleObject)]
pub(super) struct SignedUrl {
    /// What to open. It supports ranges.
    url: Url,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
    /// What the file is.
    content_type: String,
    /// How large it is.
    size_bytes: f64,
}

/// What the viewer may know of a track.
pub(super) async fn audio(ctx: &Context<'_>, id: TrackId) -> Result<Option<Arc<TrackAudio>>> {
    Ok(load(ctx).load_one(id).await?)
}

/// Plans how this client plays the track.
pub(super) async fn plan(
    ctx: &Context<'_>,
    id: TrackId,
    client: Option<ClientProfileInput>,
) -> Result<Option<PlaybackPlan>> {
    match audio(ctx, id).await? {
        Some(track) => plan_of(ctx, &track, client).await,
        None => Ok(None),
    }
}

/// The same of audio that was found.
pub(super) async fn plan_of(
    ctx: &Context<'_>,
    audio: &TrackAudio,
    client: Option<ClientProfileInput>,
) -> Result<Option<PlaybackPlan>> {
    let (Some(viewer), Ok(encoding)) = (viewer(ctx), audio.playable()) else { return Ok(None) };
    let quality = load(ctx).load_one(QualityOf(viewer.user)).await;
    let profile = client.map(ClientProfile::from).unwrap_or_default();
    let Some(choice) = profile.choose(quality?.unwrap_or_default(), encoding) else {
        if encoding.is_awaited {
            // What this client plays is among what is still to be made.
            app(ctx).store.want(encoding.upload).await?;
        }
        return Ok(None);
    };
    PlaybackPlan::new(app(ctx), viewer, (audio.id, encoding), choice).await.map(Some)
}

impl PlaybackPlan {
    async fn new(
        app: &App,
        viewer: &Viewer,
        (track, encoding): (TrackId, &Encoding),
        choice: Choice<'_>,
    ) -> Result<Self> {
        let Validity { expires_at, refresh_at } = Validity::of(encoding.duration_ms, app.clock.now());
        let (mut loudness, mut measured) = (encoding.loudness, Some(track));
        let (mut original_file, mut until_ms) = (None, encoding.playable_until_ms);
        let (mode, url, renditions, gapless, reason) = match choice {
            Choice::Hls { renditions, is_filtered, reason } => {
                if renditions.iter().any(|one| one.channels > 2) {
                    (loudness, measured) = (encoding.surround_loudness.or(loudness), None);
                }
                let only = is_filtered.then(|| renditions.iter().map(|one| &*one.name).collect::<Vec<_>>().join("."));
                let grant = Grant { upload: encoding.upload, only, is_whole: encoding.finished, expires_at };
                let ticket = app.signer.issue(viewer.user, grant);
                let base = &app.settings.public_url;
                let url = format!("{base}/v1/hls/{}/master.m3u8?{}", encoding.upload, ticket.query());
                // As the master playlist does, which lists FLAC first.
                let first = renditions.iter().find(|one| one.lossless).or(renditions.first());
                let gapless = first.map(|one| Gapless::from(*one)).unwrap_or_default();
                let shown = renditions.into_iter().map(Rendition::from).collect();
                (PlaybackMode::Hls, url, shown, gapless, reason)
            }
            Choice::Direct { mp3, reason } => {
                let shown = Presentation { content_type: Some("audio/mpeg".to_owned()), ..Presentation::default() };
                let key = keys::mp3(encoding.upload, encoding.mp3_attempt);
                let url = app.blobs.sign_get_until(&key, expires_at, VALID_AT_MOST, &shown).await?;
                (PlaybackMode::Direct, url, vec![Rendition::from(mp3)], Gapless::from(mp3), reason)
            }
            Choice::Original { original, reason } => {
                if original.quality.channels > 2 {
                    (loudness, measured) = (encoding.surround_loudness.or(loudness), None);
                }
                let url = original_url(app, viewer, original.source, expires_at).await?;
                (original_file, until_ms) = (Some(original.into()), encoding.duration_ms);
                (PlaybackMode::Direct, url, Vec::new(), Gapless::from(original), reason)
            }
        };
        Ok(Self {
            mode,
            url: Url(url),
            expires_at,
            refresh_at,
            duration_ms: milliseconds(encoding.duration_ms),
            playable_until_ms: milliseconds(until_ms),
            reason,
            renditions,
            original: original_file,
            gapless,
            loudness: loudness.map(|loudness| Loudness::new(measured, loudness)),
        })
    }
}

/// Waits for the MP3 of a track that nobody has wanted before.
async fn with_mp3(app: &App, viewer: &Viewer, track: Arc<TrackAudio>) -> Result<Arc<TrackAudio>> {
    let is_missing = |track: &TrackAudio| track.playable().is_ok_and(|one| one.is_awaited && one.mp3.is_none());
    let Some(upload) = track.playable().ok().map(|encoding| encoding.upload).filter(|_| is_missing(&track)) else {
        return Ok(track);
    };
    let look = || async {
        let found = app.store.visible_tracks(Some(viewer), &[track.id]).await?;
        Ok(found.into_iter().next().filter(|track| !is_missing(track)).map(Arc::new))
    };
    Ok(want_renditions(app, viewer.user, upload, look).await?.unwrap_or(track))
}

/// Where the file of an upload is played as it is.
async fn original_url(app: &App, viewer: &Viewer, source: &Source, expires_at: DateTime<Utc>) -> Result<String> {
    if source.is_in_folder {
        return Ok(app.original_url(viewer.user, source.upload, expires_at));
    }
    let shown = Presentation { content_type: Some(source.content_type.clone()), ..Presentation::default() };
    Ok(app.blobs.sign_get_until(&keys::source(source.upload), expires_at, VALID_AT_MOST, &shown).await?)
}

/// The waveform of a track with this many points.
pub(super) async fn waveform(ctx: &Context<'_>, id: TrackId, points: i32) -> Result<Option<Vec<f64>>> {
    if !(1..=1000).contains(&points) {
        return Err(Error::bad_input("points must be 1 to 1000"));
    }
    let track = audio(ctx, id).await?;
    if track.is_none_or(|track| track.playable().is_err()) {
        return Ok(None);
    }
    let all = load(ctx).load_one(WaveformOf(id)).await?;
    Ok(all.map(|all| waveform::peaks(&all, points as usize).into_iter().map(f64::from).collect()))
}

/// Where a track can be downloaded.
pub(super) async fn download(ctx: &Context<'_>, id: TrackId, format: DownloadFormat) -> Result<Option<SignedUrl>> {
    let Some(viewer) = viewer(ctx) else { return Ok(None) };
    let Some(mut track) = audio(ctx, id).await? else { return Ok(None) };
    if format == DownloadFormat::Mp3 {
        track = with_mp3(app(ctx), viewer, track).await?;
    }
    let Some(encoding) = track.playable().ok().filter(|encoding| encoding.is_measured) else { return Ok(None) };
    let source = &encoding.source;
    // The file of an album in one has other tracks in it, of which some may be withdrawn, or meant for nobody yet.
    let has_others = source.upload != encoding.upload;
    let may_have_whole = viewer.user == source.owner || viewer.role == Role::Admin;
    let expires_at = Validity::of(0, app(ctx).clock.now()).expires_at;
    if format == DownloadFormat::Original {
        if has_others && !may_have_whole || source.is_in_folder && !source.is_there {
            return Ok(None);
        }
        if source.is_in_folder {
            let url = Url(app(ctx).original_url(viewer.user, source.upload, expires_at));
            let (content_type, size_bytes) = (source.content_type.clone(), source.size_bytes as f64);
            return Ok(Some(SignedUrl { url, expires_at, content_type, size_bytes }));
        }
    }
    let file = match (format, encoding.mp3) {
        (DownloadFormat::Mp3, None) => return Ok(None),
        (DownloadFormat::Mp3, Some(mp3)) => {
            let key = keys::mp3(encoding.upload, encoding.mp3_attempt);
            (key, "audio/mpeg".to_owned(), source.mp3_name(), mp3.size_bytes)
        }
        (DownloadFormat::Original, _) => {
            (keys::source(source.upload), source.content_type.clone(), source.original_name(), source.size_bytes)
        }
    };
    let (key, content_type, name, size_bytes) = file;
    let shown = Presentation {
        content_type: Some(content_type.clone()),
        content_disposition: Some(attachment(&name)),
        cache_control: None,
    };
    let url = Url(app(ctx).blobs.sign_get_until(&key, expires_at, VALID_AT_MOST, &shown).await?);
    Ok(Some(SignedUrl { url, expires_at, content_type, size_bytes: size_bytes as f64 }))
}
