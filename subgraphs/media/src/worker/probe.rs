//! What the source is and says about itself, and the beginning of its encoding.

use polyphony_events::media;

use super::{Worker, files::WorkFiles, patience::patiently, run::Stopped};
use crate::{
    app::App,
    commands::begin_transcode::begin_encoding,
    domain::{keys, upload::Upload},
    pipeline::{
        self, Ladder, Look, SourceInfo, Tags,
        cover::{self, Cover},
    },
    store::{encoding::Begin, lease::Claimed},
};

/// A source that can become a track.
pub(super) struct Source {
    pub(super) info: SourceInfo,
    pub(super) tags: Tags,
    /// The sizes in which the cover is stored; none when there is none.
    pub(super) covers: Vec<i32>,
    /// What the cover looks like.
    pub(super) look: Option<Look>,
}

/// Finds out what the source is, or refuses it; stores its cover.
pub(super) async fn probe(
    worker: &Worker,
    claimed: &Claimed,
    upload: &Upload,
    files: &WorkFiles,
) -> Result<Source, Stopped> {
    let path = files.source();
    let info = pipeline::probe(&path, &worker.limits).await?;
    let tags = pipeline::read_tags(&path, &info, &worker.limits).await;
    let made = match &tags.cover {
        Some(image) => cover::from_image(&image.0, &worker.limits).await.map(Some),
        None if info.has_cover() => cover::from_source(&path, &info, &worker.limits).await.map(Some),
        None => Ok(None),
    };
    // A bad picture is no reason to refuse good music.
    let made = made.unwrap_or_else(|error| {
        tracing::info!(%error, "a cover is left out");
        None
    });
    let mut covers = Vec::new();
    let (made, look) = made.map_or_else(Default::default, |picture| (picture.covers, Some(picture.look)));
    for Cover { size, jpeg } in made {
        let size = size as i32;
        let (blobs, key) = (&worker.app.blobs, keys::cover(upload.id, claimed.attempt, size));
        patiently("store a cover", || blobs.upload_bytes(&key, jpeg.clone(), "image/jpeg")).await?;
        covers.push(size);
    }
    Ok(Source { info, tags, covers, look })
}

/// Writes what is going to be made, so that the first segment can be played as soon as it is there.
pub(super) async fn begin(app: &App, claimed: &Claimed, source: &Source, ladder: &Ladder) -> Result<Begin, Stopped> {
    let begin = Begin {
        upload: claimed.upload,
        attempt: claimed.attempt,
        duration_ms: source.info.duration_ms.unwrap_or(0) as i64,
        sample_rate_hz: source.info.sample_rate as i32,
        content_type: content_type(&source.info).to_owned(),
        title: source.tags.title.clone(),
        artist: (!source.tags.artists.is_empty()).then(|| source.tags.artists.join(", ")),
        covers: source.covers.clone(),
        look: source.look.clone(),
    };
    if begin_encoding(app, claimed, &begin, ladder).await? { Ok(begin) } else { Err(Stopped::Lost) }
}

/// The media type of a container, by FFmpeg's name of it.
fn content_type(info: &SourceInfo) -> &'static str {
    match (info.container.as_str(), info.has_video) {
        ("mp3", _) => "audio/mpeg",
        ("flac", _) => "audio/flac",
        ("ogg", _) => "audio/ogg",
        ("wav" | "w64", _) => "audio/wav",
        ("aac", _) => "audio/aac",
        ("aiff", _) => "audio/aiff",
        ("mov", false) => "audio/mp4",
        ("mov", true) => "video/mp4",
        ("matroska", false) => "audio/x-matroska",
        ("matroska", true) => "video/x-matroska",
        _ => "application/octet-stream",
    }
}

impl Source {
    /// How good the audio is, now that its true length is known. A header's bit rate can be far too low where it was made from a
    /// quiet beginning; the size of the file is the better witness then.
    pub(super) fn quality(&self, duration_ms: u64) -> media::AudioQuality {
        let info = &self.info;
        let by_size = (info.bytes * 8).checked_div(duration_ms).and_then(|kbps| i32::try_from(kbps).ok());
        let claimed = info.bitrate_kbps.and_then(|kbps| i32::try_from(kbps).ok());
        let bitrate_kbps = match (claimed, by_size) {
            (Some(claimed), Some(by_size)) if claimed * 2 < by_size => Some(by_size),
            (claimed, by_size) => claimed.or(by_size),
        };
        media::AudioQuality {
            codec: info.codec.clone(),
            lossless: info.lossless,
            sample_rate_hz: info.sample_rate as i32,
            bit_depth: info.bits.filter(|_| info.lossless).map(i32::from),
            channels: i32::from(info.channels),
            bitrate_kbps,
        }
    }

    /// The tags as the catalog hears of them.
    pub(super) fn event_tags(&self) -> media::Tags {
        let tags = &self.tags;
        media::Tags {
            title: tags.title.clone(),
            artists: tags.artists.clone(),
            album: tags.album.clone(),
            album_artists: tags.album_artists.clone(),
            disc_number: tags.disc_number.map(|number| number as i32),
            track_number: tags.track_number.map(|number| number as i32),
            released_on: tags.date.clone(),
            genres: tags.genres.clone(),
            isrc: tags.isrc.clone(),
            musicbrainz_recording_id: tags.musicbrainz.recording.clone(),
            musicbrainz_release_id: tags.musicbrainz.release.clone(),
            musicbrainz_artist_ids: tags.musicbrainz.artists.clone(),
            musicbrainz_album_artist_ids: tags.musicbrainz.album_artists.clone(),
            musicbrainz_release_group_id: tags.musicbrainz.release_group.clone(),
            track_total: tags.track_total.and_then(|total| i32::try_from(total).ok()),
            disc_total: tags.disc_total.and_then(|total| i32::try_from(total).ok()),
            compilation: tags.compilation,
            explicit: tags.explicit,
            release_types: tags.release_types.clone(),
            artist_sort: tags.artist_sort.clone(),
            album_artist_sort: tags.album_artist_sort.clone(),
            lyrics: tags.lyrics.clone(),
        }
    }
}
