//! What the source is and says about itself, and the beginning of its encoding.

use anyhow::Context;
use polyphony_events::media;

use super::{Worker, files::WorkFiles, patience::patiently, run::Stopped};
use crate::{
    app::App,
    commands::begin_transcode::begin_measuring,
    domain::{
        self,
        chapter::{Chapter, listed},
        cut::NewCut,
        keys,
        library_folder::LibraryFile,
        upload::Upload,
    },
    library,
    pipeline::{
        self, Cut, Divided, Division, Ladder, Look, Part, SourceInfo, Tags,
        cover::{self, Cover},
    },
    store::{encoding::Begin, lease::Claimed},
};

/// A source that can become a track.
pub(super) struct Source {
    pub(super) info: SourceInfo,
    pub(super) tags: Tags,
    /// Which part of the file it is.
    pub(super) cut: Option<Cut>,
    /// Why the cue sheet is not followed.
    pub(super) not_split_because: Option<String>,
    /// The sizes in which the cover is stored; none when there is none.
    pub(super) covers: Vec<i32>,
    /// The picture of its folder on the server.
    pub(super) folder_picture: Option<Vec<u8>>,
    /// What the cover looks like.
    pub(super) look: Option<Look>,
}

/// What a file is.
pub(super) enum Found {
    /// It, or the part of it that the upload is, can become a track.
    Music(Box<Source>),
    /// It is several tracks.
    Parts(Vec<NewCut>),
}

/// Finds out what the source is, or refuses it. `whole` is the upload that has the bytes; one that `is_music` already stays it.
pub(super) async fn look(
    worker: &Worker,
    (upload, is_music): (&Upload, bool),
    whole: &Upload,
    files: &WorkFiles,
) -> Result<Found, Stopped> {
    let path = files.source();
    let info = pipeline::probe(&path, &worker.limits).await?;
    let tags = pipeline::read_tags(&path, &info, &worker.limits).await;
    let mut source =
        Source { info, tags, cut: None, not_split_because: None, covers: Vec::new(), folder_picture: None, look: None };
    // A file for a track is that track, whatever else it holds; and without the catalog nobody would make tracks of its parts.
    if !whole.catalog_from_tags || whole.for_track.is_some() || is_music && upload.cut.is_none() {
        return Ok(Found::Music(Box::new(source)));
    }
    let sheet = worker.app.store.cue_sheet(whole.id).await?;
    let division = {
        let (path, name, info, tags) = (path, whole.filename.clone(), source.info.clone(), source.tags.clone());
        let divide = move || {
            pipeline::divide(Divided { path: &path, name: &name, sheet: sheet.as_deref(), info: &info, tags: &tags })
        };
        tokio::task::spawn_blocking(divide).await.context("read a cue sheet")?
    };
    match (division, upload.cut) {
        (Ok(Division::Parts(parts)), None) => return Ok(Found::Parts(new_cuts(&parts, &source.info))),
        (division, Some(cut)) => source.become_part(cut, division.ok()),
        (Ok(Division::Whole(said)), None) => source.tags.fill(*said),
        (Err(because), None) => source.not_split_because = Some(because),
    }
    Ok(Found::Music(Box::new(source)))
}

fn new_cuts(parts: &[Part], info: &SourceInfo) -> Vec<NewCut> {
    let share = |part: &Part| {
        let length = info.part(part.start, part.end).duration_ms;
        length.zip(info.duration_ms).map_or(0.0, |(part, whole)| part as f64 / whole.max(1) as f64)
    };
    let new =
        |part: &Part| NewCut { start: part.start as i64, end: part.end.map(|end| end as i64), share: share(part) };
    parts.iter().map(new).collect()
}

impl Source {
    /// Makes it the part of the file that was decided on when it was divided. What the part is called says the sheet.
    fn become_part(&mut self, cut: domain::cut::Cut, division: Option<Division>) {
        let (start, end) = (cut.start.unsigned_abs(), cut.end.map(i64::unsigned_abs));
        self.info = self.info.part(start, end);
        self.cut = Some(Cut { start, end });
        let number = usize::try_from(cut.number).unwrap_or_default();
        let told = match division {
            Some(Division::Parts(parts)) => parts.into_iter().nth(number.saturating_sub(1)).map(|part| part.tags),
            _ => None,
        };
        let cover = self.tags.cover.take();
        let unknown = || Tags { title: Some(format!("Track {number}")), ..Tags::default() };
        self.tags = Tags { cover, ..told.unwrap_or_else(unknown) };
    }

    /// The chapters of a file that lasts so long. A part of one has none, and tracks of a disc (`CUESHEET`) are none.
    pub(super) fn chapters(&self, duration_ms: i64) -> Vec<Chapter> {
        if self.cut.is_some() || self.info.container == "flac" {
            return Vec::new();
        }
        let chapter = |found: &pipeline::Chapter| Chapter {
            title: found.title.clone(),
            start_ms: found.start_ms,
            end_ms: found.end_ms,
        };
        listed(self.info.chapters.iter().map(chapter).collect(), duration_ms)
    }

    /// Takes what lies beside a file in its folder on the server where the file has none: a picture, and lyrics of what is a track.
    pub(super) async fn with_beside(mut self, app: &App, file: Option<&LibraryFile>) -> anyhow::Result<Self> {
        let Some(file) = file.cloned() else { return Ok(self) };
        let folders = app.settings.library_folders.clone();
        let found = tokio::task::spawn_blocking(move || library::beside(&folders, &file)).await;
        let found = found.context("look for what lies beside a file")?;
        if self.cut.is_none() {
            self.tags.fill(Tags { lyrics: found.lyrics, ..Tags::default() });
        }
        self.folder_picture = found.picture;
        Ok(self)
    }

    /// Stores its cover.
    pub(super) async fn with_cover(
        mut self,
        worker: &Worker,
        claimed: &Claimed,
        upload: &Upload,
        files: &WorkFiles,
    ) -> Result<Self, Stopped> {
        let made = match &self.tags.cover {
            Some(image) => cover::from_image(&image.0, &worker.limits).await.map(Some),
            None if self.info.has_cover() => {
                cover::from_source(&files.source(), &self.info, &worker.limits).await.map(Some)
            }
            None => match &self.folder_picture {
                Some(picture) => cover::from_image(picture, &worker.limits).await.map(Some),
                None => Ok(None),
            },
        };
        // A bad picture is no reason to refuse good music.
        let made = made.unwrap_or_else(|error| {
            tracing::info!(%error, "a cover is left out");
            None
        });
        let (made, look) = made.map_or_else(Default::default, |picture| (picture.covers, Some(picture.look)));
        for Cover { size, jpeg } in made {
            let size = size as i32;
            let (blobs, key) = (&worker.app.blobs, keys::cover(upload.id, claimed.attempt, size));
            patiently("store a cover", || blobs.upload_bytes(&key, jpeg.clone(), "image/jpeg")).await?;
            self.covers.push(size);
        }
        self.look = look;
        Ok(self)
    }
}

/// Writes what is going to be made of an upload, which may play already.
pub(super) async fn begin(
    app: &App,
    claimed: &Claimed,
    source: &Source,
    (ladder, plays): (&Ladder, bool),
) -> Result<Begin, Stopped> {
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
        quality: source.quality(source.info.duration_ms.unwrap_or(0)),
    };
    if begin_measuring(app, claimed, &begin, ladder, plays).await? { Ok(begin) } else { Err(Stopped::Lost) }
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
            details: event_details(&tags.details),
        }
    }
}

fn event_details(details: &pipeline::Details) -> media::Details {
    let number = |number: Option<u32>| number.and_then(|number| i32::try_from(number).ok());
    let gain = details.replay_gain;
    media::Details {
        original_released_on: details.original_date.clone(),
        composers: details.composers.clone(),
        conductors: details.conductors.clone(),
        work: details.work.clone(),
        movement: details.movement.clone(),
        movement_number: number(details.movement_number),
        movement_total: number(details.movement_total),
        labels: details.labels.clone(),
        catalog_numbers: details.catalog_numbers.clone(),
        barcode: details.barcode.clone(),
        bpm: details.bpm,
        moods: details.moods.clone(),
        comment: details.comment.clone(),
        disc_subtitle: details.disc_subtitle.clone(),
        track_gain_db: gain.track_gain_db,
        track_peak: gain.track_peak,
        album_gain_db: gain.album_gain_db,
        album_peak: gain.album_peak,
    }
}
