//! What an import makes of the album of a file: a new one, or one that is there and is completed.
//!
//! Invariant: whose album it is of which no file says so depends on all of its files and not on their order: see
//! `domain/lead.rs`.

use std::collections::BTreeMap;

use polyphony_events::{AlbumId, ArtistId, TrackId};
use polyphony_kit::db;
use polyphony_names as names;

use super::{
    announce::{self, Origin},
    import_upload::Import,
};
use crate::{
    domain::{
        Album, AlbumDraft, AlbumKind, Change, Genre, MatchReason, PublicationStatus,
        artist::VARIOUS,
        lead::{self, AlbumLead},
        matching::{choose_release, mixed},
        picture,
        tags::{TaggedAlbum, TaggedArtist},
    },
    store::{self, lead::TrackLead, matching, tx::Lent},
};

impl Import<'_> {
    /// Finds or makes the album that the file is of, and gives why it is that one. `former` is that of its track until now, if
    /// this one may be another title of it; `left` is it in any case: albums are held before tracks.
    pub(super) async fn album(
        &self,
        tx: &mut Lent<'_>,
        wanted: &TaggedAlbum,
        (former, left): (Option<AlbumId>, Option<AlbumId>),
    ) -> anyhow::Result<(AlbumId, Vec<MatchReason>)> {
        let artists = self.artists(tx, &wanted.artists).await?;
        let mut candidates = matching::releases(tx, &self.incoming(), wanted, &artists).await?;
        let mixed = mixed(&self.incoming(), wanted, &candidates);
        if !mixed.is_empty() {
            store::lock::albums(tx, candidates.iter().map(|known| known.album.id).chain(left)).await?;
            for album in mixed {
                self.part(tx, album).await?;
            }
            candidates = matching::releases(tx, &self.incoming(), wanted, &artists).await?;
        }
        let (chosen, reasons) = choose_release(&self.incoming(), wanted, &candidates);
        store::lock::albums(tx, chosen.into_iter().chain(left)).await?;
        let known = match chosen {
            Some(id) => store::album::lock(tx, id).await?,
            None => None,
        };
        let id = match known {
            Some(known) if self.manager.manages(known.owner_id) => {
                self.complete_album(tx, (wanted, &artists), &known).await?;
                known.id
            }
            // What is somebody else's learns nothing of this file.
            Some(known) => return Ok((known.id, reasons)),
            None => self.new_album(tx, (wanted, &artists), former).await?,
        };
        store::detail::learn_original_date(tx, id, &self.event.tags.details).await?;
        if let Some(group) = &wanted.release_group_id {
            store::edition::learn_group(tx, id, group).await?;
        }
        Ok((id, reasons))
    }

    async fn new_album(
        &self,
        tx: &mut Lent<'_>,
        (wanted, artists): (&TaggedAlbum, &[ArtistId]),
        former: Option<AlbumId>,
    ) -> anyhow::Result<AlbumId> {
        let draft = AlbumDraft {
            title: wanted.title.clone(),
            kind: Change::To(Some(wanted.kind)),
            released_on: Change::To(wanted.released_on.clone()),
            cover_url: Change::To(self.cover.clone()),
            musicbrainz_id: Change::To(wanted.musicbrainz_id.clone()),
        };
        let blank = Album::new(draft, self.manager.user, self.clock.now());
        let album = Album { status: PublicationStatus::Published, ..blank };
        store::album::insert(tx, &album).await?;
        store::album::set_artists(tx, album.id, artists).await?;
        store::album::set_genres(tx, album.id, &Genre::list(&self.file.genres)).await?;
        store::lead::set_guessed(tx, album.id, wanted.lead.is_some()).await?;
        match former {
            // Another title of what is there is no new album.
            Some(_) => {
                store::lead::set_renamed_from(tx, album.id, former).await?;
                announce::albums_changed(tx, self.clock, &[album.id]).await?;
            }
            None => announce::album_published(tx, self.clock, album.id, Origin::Imported).await?,
        }
        Ok(album.id)
    }

    /// Adds to an album what it lacks; what somebody said of it stays.
    async fn complete_album(
        &self,
        tx: &mut Lent<'_>,
        (wanted, artists): (&TaggedAlbum, &[ArtistId]),
        known: &Album,
    ) -> anyhow::Result<()> {
        let was_draft = known.status == PublicationStatus::Draft;
        // The first file that says whose album it is ends the guess.
        let is_said = wanted.lead.is_none() && store::lead::is_guessed(tx, known.id).await?;
        let completed = Album {
            kind: if is_said { wanted.kind } else { known.kind },
            released_on: known.released_on.clone().or_else(|| wanted.released_on.clone()),
            cover_url: known.cover_url.clone().or_else(|| self.cover.clone()),
            musicbrainz_id: known.musicbrainz_id.clone().or_else(|| wanted.musicbrainz_id.clone()),
            status: if was_draft { PublicationStatus::Published } else { known.status },
            ..known.clone()
        };
        let genres = store::album::with_genres(tx, known.id, Genre::list(&self.file.genres)).await?;
        let mut is_changed = store::album::set_genres(tx, known.id, &genres).await?;
        if is_said {
            store::lead::set_guessed(tx, known.id, false).await?;
            is_changed |= store::album::set_artists(tx, known.id, artists).await?;
        }
        if completed == *known && !is_changed {
            return Ok(());
        }
        store::album::update(tx, &completed, self.clock.now()).await?;
        if was_draft {
            announce::album_published(tx, self.clock, known.id, Origin::Imported).await?;
        } else {
            announce::albums_changed(tx, self.clock, &[known.id]).await?;
        }
        if was_draft || completed.released_on != known.released_on {
            let tracks = store::track::touch_of_album(tx, known.id, self.clock.now()).await?;
            announce::tracks_changed(tx, self.clock, &tracks).await?;
        }
        Ok(())
    }

    /// Gives the album, where its artists are a guess, to whom its tracks are of by now. Somebody else's stays as it is.
    pub(super) async fn settle(&self, tx: &mut Lent<'_>, id: AlbumId) -> anyhow::Result<()> {
        let is_own = store::album::get(tx, id).await?.is_some_and(|album| self.owns(&album));
        if !is_own || !store::lead::is_guessed(tx, id).await? {
            return Ok(());
        }
        let tracks = store::lead::of_album(tx, id).await?;
        let leads: Vec<Vec<String>> = tracks.iter().filter_map(|track| track.lead.clone()).collect();
        let (artist, kind) = match lead::of_album(&leads) {
            AlbumLead::Unknown => return Ok(()),
            AlbumLead::Various => (self.various(tx).await?, AlbumKind::Compilation),
            AlbumLead::Artist(name) => match named(&tracks, &name) {
                Some(artist) => (artist, AlbumKind::Album),
                None => (self.artist(tx, &TaggedArtist::new(name, None)).await?, AlbumKind::Album),
            },
        };
        let Some(album) = store::album::lock(tx, id).await? else { return Ok(()) };
        if !store::album::set_artists(tx, id, &[artist]).await? {
            return Ok(());
        }
        // An EP by several is one all the same.
        let is_full = matches!(album.kind, AlbumKind::Album | AlbumKind::Compilation);
        let album = Album { kind: if is_full { kind } else { album.kind }, ..album };
        store::album::update(tx, &album, self.clock.now()).await?;
        announce::albums_changed(tx, self.clock, &[id]).await
    }

    /// The artist of albums that collect many. Nothing else is locked after it, so that it can be locked last.
    async fn various(&self, tx: &mut Lent<'_>) -> anyhow::Result<ArtistId> {
        let wanted = TaggedArtist::new(VARIOUS.to_owned(), None);
        if let Some(known) = matching::artist(tx, &wanted, self.manager).await? {
            return Ok(known.id);
        }
        db::lock(tx, &format!("artist {}", wanted.folded)).await?;
        self.artist(tx, &wanted).await
    }

    /// Whether the album is one of the uploader's, or one that a person who has left was importing: nobody else's guesses are at
    /// stake there.
    fn owns(&self, album: &Album) -> bool {
        self.manager.manages(album.owner_id) || album.owner_id == self.manager.user
    }

    /// Parts an album that turns out to be one of each of several artists: that of the oldest track stays. Somebody else's stays
    /// one.
    async fn part(&self, tx: &mut Lent<'_>, id: AlbumId) -> anyhow::Result<()> {
        let Some(album) = store::album::lock(tx, id).await?.filter(|album| self.owns(album)) else { return Ok(()) };
        let mut groups: BTreeMap<String, Vec<TrackLead>> = BTreeMap::new();
        let mut oldest = None;
        for track in store::lead::of_album(tx, id).await? {
            let Some(key) = track.lead.as_deref().and_then(lead::key) else { continue };
            oldest.get_or_insert_with(|| key.clone());
            groups.entry(key).or_default().push(track);
        }
        for (key, tracks) in groups {
            if Some(&key) != oldest.as_ref() {
                self.part_off(tx, &album, &tracks).await?;
            }
        }
        self.settle(tx, id).await
    }

    /// Makes an album of its own of some tracks of an album.
    async fn part_off(&self, tx: &mut Lent<'_>, album: &Album, tracks: &[TrackLead]) -> anyhow::Result<()> {
        let now = self.clock.now();
        let draft = AlbumDraft {
            title: album.title.clone(),
            released_on: Change::To(album.released_on.clone()),
            ..AlbumDraft::default()
        };
        let own = Album { status: album.status, ..Album::new(draft, album.owner_id, now) };
        store::album::insert(tx, &own).await?;
        let first: Vec<ArtistId> = tracks.iter().filter_map(|track| track.artist).take(1).collect();
        store::album::set_artists(tx, own.id, &first).await?;
        store::lead::set_guessed(tx, own.id, true).await?;
        let genres = store::album::with_genres(tx, album.id, Vec::new()).await?;
        store::album::set_genres(tx, own.id, &genres).await?;
        let ids: Vec<TrackId> = tracks.iter().map(|track| track.track).collect();
        let moved = store::lead::move_tracks(tx, &ids, (album.id, own.id), now).await?;
        if let Some(cover) = store::source::cover_of_album(tx, own.id).await? {
            store::album::update(tx, &Album { cover_url: Some(picture::cover_of(cover)), ..own.clone() }, now).await?;
        }
        announce::albums_changed(tx, self.clock, &[own.id]).await?;
        announce::tracks_changed(tx, self.clock, &moved).await?;
        self.settle(tx, own.id).await
    }
}

/// The artist of this name, as a track is by them alone.
fn named(tracks: &[TrackLead], name: &str) -> Option<ArtistId> {
    let key = names::identity(name);
    let is_by = |track: &&TrackLead| {
        let whole = track.lead.as_deref().and_then(<[String]>::first);
        track.artist_key.as_ref() == Some(&key) && whole.is_some_and(|whole| names::identity(whole) == key)
    };
    tracks.iter().find(is_by).and_then(|track| track.artist)
}
