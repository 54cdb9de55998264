//! What an import makes of the track of a file: a new one, another source of one that is there, or new tags of one.
//!
//! Invariant: a track that is tagged anew stays the one that it is, so its plays, likes and places stay. Tags that were imported
//! of it before change nothing, so that importing a folder again does not undo what was changed here.

use polyphony_events::TrackId;
use sqlx::PgConnection;

use super::{
    announce,
    import_upload::{Credits, Import, duration},
    sources,
};
use crate::{
    domain::{
        Change, Genre, MatchReason, PublicationStatus, Source, Track, TrackDraft,
        matching::{TrackCandidate, Verdict, judge},
        source,
        tags::TaggedArtist,
    },
    store::{self, matching, tx::Lent},
};

/// What a file may say of a track that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// All that it says.
    Whole,
    /// What the track does not say of itself.
    Completes,
    /// Nothing.
    Silent,
}

impl Import<'_> {
    /// Finds or makes the track of the file, and keeps the upload for it.
    pub(super) async fn track(
        &self,
        tx: &mut Lent<'_>,
        credits: &Credits,
        of_sound: Vec<TrackCandidate>,
    ) -> anyhow::Result<TrackId> {
        let artists = credits.sorted_artists();
        let place = credits.place(&artists);
        let mut candidates = matching::tracks_at(tx, &self.incoming(), &place).await?;
        for known in of_sound {
            if candidates.iter().all(|candidate| candidate.track.id != known.track.id) {
                candidates.push(known);
            }
        }
        candidates.sort_by_key(|known| (known.track.created_at, known.track.id.0));
        match judge(&self.incoming(), &place, &candidates) {
            Verdict::New(reasons) => self.new_track(tx, credits, reasons).await,
            Verdict::Retags(track, reasons) => self.join(tx, credits, (track, reasons), Voice::Whole).await,
            Verdict::Source(track, reasons) => self.join(tx, credits, (track, reasons), Voice::Completes).await,
            Verdict::Copy(track, reasons) => self.join(tx, credits, (track, reasons), Voice::Silent).await,
        }
    }

    async fn new_track(
        &self,
        tx: &mut Lent<'_>,
        credits: &Credits,
        mut reasons: Vec<MatchReason>,
    ) -> anyhow::Result<TrackId> {
        let upload = self.event.upload_id;
        let brings = TrackDraft {
            duration_ms: Change::To(Some(duration(self.event))),
            upload_id: Change::To(Some(upload)),
            ..self.draft(credits)
        };
        let blank = Track::new(brings, self.manager.user, self.clock.now());
        let track = Track { status: PublicationStatus::Published, ..blank };
        sources::take(tx, self.clock, upload, track.id).await?;
        store::track::insert(tx, &track).await?;
        store::track::set_artists(tx, track.id, &credits.artists).await?;
        store::track::set_genres(tx, track.id, &Genre::list(&self.file.genres)).await?;
        reasons.extend(&credits.reasons);
        store::source::put(tx, &self.source(track.id, reasons)).await?;
        store::lead::set(tx, track.id, self.lead()).await?;
        self.keep_tags(tx, track.id).await?;
        announce::tracks_published(tx, self.clock, &[track.id]).await?;
        Ok(track.id)
    }

    /// Keeps the upload as a source of a track that is there, and has the track say what the file may say of it.
    async fn join(
        &self,
        tx: &mut Lent<'_>,
        credits: &Credits,
        (id, mut reasons): (TrackId, Vec<MatchReason>),
        voice: Voice,
    ) -> anyhow::Result<TrackId> {
        let upload = self.event.upload_id;
        sources::take(tx, self.clock, upload, id).await?;
        let known = store::track::lock(tx, id).await?;
        // It is deleted between its being found and its being held: the event is heard again.
        let known = known.ok_or_else(|| anyhow::anyhow!("the track {id} of the upload {upload} is gone"))?;
        reasons.extend(&credits.reasons);
        let is_new = store::source::put(tx, &self.source(id, reasons)).await?;
        let all = store::source::of_track(tx, id).await?;
        let playing = sources::playing_best(&known, &all);
        let manages = self.manager.manages(known.owner_id);
        let is_told = matching::has_tags(tx, id, &serde_json::to_vec(&self.event.tags)?).await?;
        let draft = match voice {
            Voice::Whole if manages && !is_told => Some(self.draft(credits)),
            Voice::Completes if manages && !is_told && self.speaks_for(&all) => Some(self.draft(credits)),
            Voice::Completes if manages => None,
            _ => return self.write(tx, &known, playing, is_new).await,
        };
        match draft {
            Some(draft) => self.revise(tx, &known, (playing, is_new), draft, credits).await,
            None => self.complete(tx, &known, (playing, is_new)).await,
        }
    }

    /// Whether what plays is this upload, or has the same samples: tags of a worse file do not replace those of a better one, in
    /// whatever order they come.
    fn speaks_for(&self, all: &[Source]) -> bool {
        source::best(all).is_none_or(|best| {
            best.upload == self.event.upload_id || (best.recording.is_some() && best.recording == self.event.recording)
        })
    }

    async fn write(
        &self,
        tx: &mut Lent<'_>,
        known: &Track,
        revised: Track,
        is_changed: bool,
    ) -> anyhow::Result<TrackId> {
        if is_changed || revised != *known {
            store::track::update(tx, &revised, self.clock.now()).await?;
            announce::tracks_changed(tx, self.clock, &[known.id]).await?;
        }
        Ok(known.id)
    }

    /// Says of a track what it does not say of itself.
    async fn complete(
        &self,
        tx: &mut Lent<'_>,
        known: &Track,
        (playing, is_new): (Track, bool),
    ) -> anyhow::Result<TrackId> {
        let file = self.file;
        let completed = Track {
            disc_number: playing.disc_number.or(file.disc_number),
            track_number: playing.track_number.or(file.track_number),
            isrc: playing.isrc.clone().or_else(|| file.isrc.clone()),
            musicbrainz_id: playing.musicbrainz_id.clone().or_else(|| file.musicbrainz_id.clone()),
            explicit: playing.explicit || file.explicit == Some(true),
            ..playing
        };
        if let Some(lyrics) = &file.lyrics {
            store::lyrics::set_if_absent(tx, known.id, lyrics).await?;
        }
        self.write(tx, known, completed, is_new).await
    }

    /// Says of a track that was there what the file says, and where it belongs; publishes it if it waited for its file.
    async fn revise(
        &self,
        tx: &mut Lent<'_>,
        known: &Track,
        (playing, is_new): (Track, bool),
        draft: TrackDraft,
        credits: &Credits,
    ) -> anyhow::Result<TrackId> {
        let genres = Genre::list(&self.file.genres);
        let was_draft = known.status == PublicationStatus::Draft;
        let status = if was_draft { PublicationStatus::Published } else { known.status };
        let title = draft.title.filter(|_| self.file.is_titled);
        let revised = Track { status, ..playing.revised(TrackDraft { title, ..draft }) };
        let mut is_changed = is_new || revised != *known;
        if !self.file.artists.iter().all(TaggedArtist::is_unknown) {
            is_changed |= store::track::set_artists(tx, known.id, &credits.artists).await?;
        }
        if !genres.is_empty() {
            is_changed |= store::track::set_genres(tx, known.id, &genres).await?;
        }
        store::lead::set(tx, known.id, self.lead()).await?;
        self.keep_tags(tx, known.id).await?;
        if !is_changed {
            return Ok(known.id);
        }
        store::track::update(tx, &revised, self.clock.now()).await?;
        if was_draft {
            announce::tracks_published(tx, self.clock, &[known.id]).await?;
        } else {
            announce::tracks_changed(tx, self.clock, &[known.id]).await?;
        }
        if let Some(left) = known.album_id.filter(|_| known.album_id != revised.album_id) {
            self.leave(tx, left, revised.album_id).await?;
        }
        Ok(known.id)
    }

    /// Who may lead the album of the file.
    fn lead(&self) -> Option<&[String]> {
        self.file.album.as_ref()?.lead.as_deref()
    }

    /// What the file says of its track; what it does not speak of stays as it is.
    fn draft(&self, credits: &Credits) -> TrackDraft {
        let file = self.file;
        TrackDraft {
            title: Some(file.title.clone()),
            album_id: Change::if_some(credits.album),
            disc_number: Change::if_some(file.disc_number),
            track_number: Change::if_some(file.track_number),
            isrc: Change::if_some(file.isrc.clone()),
            musicbrainz_id: Change::if_some(file.musicbrainz_id.clone()),
            explicit: Change::if_some(file.explicit),
            ..TrackDraft::default()
        }
    }

    /// Keeps which tags were imported of the track last, and its lyrics when it has none.
    async fn keep_tags(&self, tx: &mut PgConnection, track: TrackId) -> anyhow::Result<()> {
        matching::keep_tags(tx, track, &serde_json::to_vec(&self.event.tags)?).await?;
        if let Some(source) = &self.file.lyrics {
            store::lyrics::set_if_absent(tx, track, source).await?;
        }
        Ok(())
    }
}
