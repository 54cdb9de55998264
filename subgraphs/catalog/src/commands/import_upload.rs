//! Makes what a file's tags say part of the catalog, or completes the track that it was uploaded for.
//!
//! Invariant: two files that speak of the same artist, album or track make one, also when they arrive at once: the names are
//! locked first, in one order for all, and only then looked up. Importing the same file again changes nothing.
//!
//! An album that its last track leaves in this way is deleted: nobody sees an empty album of a misspelt title.

use polyphony_events::{AlbumId, ArtistId, TrackId, UploadId, UserId, catalog::AlbumDeleted, media::MediaReady};
use polyphony_kit::{Clock, db};
use sqlx::PgConnection;

use super::announce;
use crate::{
    domain::{
        Album, AlbumDraft, Artist, ArtistDraft, Change, Genre, Manager, PublicationStatus, Track, TrackDraft,
        manager::NOBODY,
        picture,
        tags::{TaggedAlbum, TaggedArtist, TaggedTrack},
    },
    store::{self, matching, tx::Lent},
};

/// What an import needs to know beside the tags.
pub(super) struct Import<'a> {
    pub(super) clock: &'a Clock,
    pub(super) manager: Manager,
    pub(super) file: &'a TaggedTrack,
    pub(super) event: &'a MediaReady,
    /// The cover of an album that has none.
    pub(super) cover: Option<String>,
}

/// Makes or completes artists, album and track of an upload that is ready, and publishes them; gives the track.
pub async fn import_upload(tx: &mut Lent<'_>, clock: &Clock, event: &MediaReady) -> anyhow::Result<TrackId> {
    let manager = manager(tx, event.owner_id).await?;
    let file = TaggedTrack::read(&event.tags, &event.filename);
    lock_names(tx, &file).await?;
    let cover = event.cover_url.as_ref().map(|_| picture::cover_of(event.upload_id));
    let import = Import { clock, manager, file: &file, event, cover };
    let credits = import.credits(tx).await?;
    import.track(tx, &credits).await
}

/// Has the track that the file was uploaded for play it; tracks that the uploader does not manage are left alone.
pub async fn attach_upload(tx: &mut Lent<'_>, clock: &Clock, event: &MediaReady, track: TrackId) -> anyhow::Result<()> {
    let manager = manager(tx, event.owner_id).await?;
    let Some(track) = store::track::lock(tx, track).await?.filter(|track| manager.manages(track.owner_id)) else {
        tracing::warn!(upload.id = %event.upload_id, track.id = %track, "an upload was for a track of somebody else");
        return Ok(());
    };
    release(tx, clock, event.upload_id, track.id).await?;
    let revised = Track { upload_id: Some(event.upload_id), duration_ms: duration(event), ..track.clone() };
    if revised != track {
        store::track::update(tx, &revised, clock.now()).await?;
        announce::tracks_changed(tx, clock, &[track.id]).await?;
    }
    Ok(())
}

pub(super) async fn manager(tx: &mut PgConnection, user: UserId) -> anyhow::Result<Manager> {
    if store::person::has_departed(tx, user).await? {
        return Ok(Manager { user: NOBODY, is_admin: false });
    }
    Ok(Manager { user, is_admin: store::admin::is_admin(tx, user).await? })
}

/// Takes the upload from any other track that plays it: an upload plays one track.
async fn release(tx: &mut Lent<'_>, clock: &Clock, upload: UploadId, except: TrackId) -> anyhow::Result<()> {
    let released = store::track::release_upload(tx, upload, except, clock.now()).await?;
    announce::tracks_changed(tx, clock, &released).await
}

fn duration(event: &MediaReady) -> i32 {
    i32::try_from(event.duration_ms).unwrap_or(i32::MAX)
}

pub(super) async fn lock_names(tx: &mut PgConnection, file: &TaggedTrack) -> anyhow::Result<()> {
    let mut names: Vec<String> = Vec::new();
    for artist in file.all_artists() {
        names.push(format!("artist {}", artist.folded));
        names.extend(artist.musicbrainz_id.iter().map(|id| format!("artist {id}")));
    }
    if let Some(album) = &file.album {
        names.push(format!("album {}", album.folded));
        names.extend(album.musicbrainz_id.iter().map(|id| format!("album {id}")));
    }
    names.sort_unstable();
    names.dedup();
    for name in names {
        db::lock(tx, &name).await?;
    }
    Ok(())
}

/// Where a track of the file belongs.
pub(super) struct Credits {
    artists: Vec<ArtistId>,
    album: Option<AlbumId>,
}

impl Import<'_> {
    /// The artists and the album of the file; what is not there yet is made.
    pub(super) async fn credits(&self, tx: &mut Lent<'_>) -> anyhow::Result<Credits> {
        let artists = self.artists(tx, &self.file.artists).await?;
        let album = match &self.file.album {
            Some(album) => Some(self.album(tx, album).await?),
            None => None,
        };
        Ok(Credits { artists, album })
    }

    /// The artists of these names, each once, in order; those that are not there yet are made.
    async fn artists(&self, tx: &mut Lent<'_>, wanted: &[TaggedArtist]) -> anyhow::Result<Vec<ArtistId>> {
        let mut ids: Vec<ArtistId> = Vec::with_capacity(wanted.len());
        for name in wanted {
            let id = self.artist(tx, name).await?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        store::artist::hold(tx, &ids).await?;
        Ok(ids)
    }

    async fn artist(&self, tx: &mut Lent<'_>, wanted: &TaggedArtist) -> anyhow::Result<ArtistId> {
        let Some(known) = matching::artist(tx, wanted, self.manager).await? else {
            let draft = ArtistDraft::named(&wanted.name, wanted.musicbrainz_id.clone());
            let artist = Artist::new(draft, self.manager.user, self.clock.now());
            store::artist::insert(tx, &artist).await?;
            announce::artist_changed(tx, self.clock, artist.id).await?;
            return Ok(artist.id);
        };
        let learns = known.musicbrainz_id.is_none() && wanted.musicbrainz_id.is_some();
        if learns && self.manager.manages(known.owner_id) {
            let completed = Artist { musicbrainz_id: wanted.musicbrainz_id.clone(), ..known.clone() };
            store::artist::update(tx, &completed, self.clock.now()).await?;
            announce::artist_changed(tx, self.clock, known.id).await?;
        }
        Ok(known.id)
    }

    async fn album(&self, tx: &mut Lent<'_>, wanted: &TaggedAlbum) -> anyhow::Result<AlbumId> {
        let artists = self.artists(tx, &wanted.artists).await?;
        let Some(known) = matching::album(tx, wanted, &artists, self.manager).await? else {
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
            store::album::set_artists(tx, album.id, &artists).await?;
            store::album::set_genres(tx, album.id, &Genre::list(&self.file.genres)).await?;
            announce::album_published(tx, self.clock, album.id).await?;
            return Ok(album.id);
        };
        if self.manager.manages(known.owner_id) {
            self.complete_album(tx, wanted, &known).await?;
        }
        Ok(known.id)
    }

    /// Adds to an album what it lacks; what somebody said of it stays.
    async fn complete_album(&self, tx: &mut Lent<'_>, wanted: &TaggedAlbum, known: &Album) -> anyhow::Result<()> {
        let was_draft = known.status == PublicationStatus::Draft;
        let completed = Album {
            released_on: known.released_on.clone().or_else(|| wanted.released_on.clone()),
            cover_url: known.cover_url.clone().or_else(|| self.cover.clone()),
            musicbrainz_id: known.musicbrainz_id.clone().or_else(|| wanted.musicbrainz_id.clone()),
            status: if was_draft { PublicationStatus::Published } else { known.status },
            ..known.clone()
        };
        let genres = store::album::with_genres(tx, known.id, Genre::list(&self.file.genres)).await?;
        let has_new_genres = store::album::set_genres(tx, known.id, &genres).await?;
        if completed == *known && !has_new_genres {
            return Ok(());
        }
        store::album::update(tx, &completed, self.clock.now()).await?;
        if was_draft {
            announce::album_published(tx, self.clock, known.id).await?;
        } else {
            announce::albums_changed(tx, self.clock, &[known.id]).await?;
        }
        if completed.released_on != known.released_on {
            let tracks = store::track::touch_of_album(tx, known.id, self.clock.now()).await?;
            announce::tracks_changed(tx, self.clock, &tracks).await?;
        }
        Ok(())
    }

    async fn track(&self, tx: &mut Lent<'_>, credits: &Credits) -> anyhow::Result<TrackId> {
        let upload = self.event.upload_id;
        let sound = (upload, duration(self.event));
        let known = matching::track(tx, self.file, credits.album, &credits.artists, sound, self.manager).await?;
        release(tx, self.clock, upload, known.as_ref().map_or_else(TrackId::new, |track| track.id)).await?;
        let brings = TrackDraft {
            duration_ms: Change::To(Some(duration(self.event))),
            upload_id: Change::To(Some(upload)),
            ..self.draft(credits)
        };
        let Some(known) = known else {
            let blank = Track::new(brings, self.manager.user, self.clock.now());
            let track = Track { status: PublicationStatus::Published, ..blank };
            store::track::insert(tx, &track).await?;
            store::track::set_artists(tx, track.id, &credits.artists).await?;
            store::track::set_genres(tx, track.id, &Genre::list(&self.file.genres)).await?;
            self.keep_tags(tx, track.id).await?;
            announce::tracks_published(tx, self.clock, &[track.id]).await?;
            return Ok(track.id);
        };
        self.revise(tx, &known, brings, credits).await?;
        Ok(known.id)
    }

    /// Says of a track that was there what the file says, and where it belongs; publishes it if it waited for its file.
    pub(super) async fn revise(
        &self,
        tx: &mut Lent<'_>,
        known: &Track,
        draft: TrackDraft,
        credits: &Credits,
    ) -> anyhow::Result<()> {
        let genres = Genre::list(&self.file.genres);
        let was_draft = known.status == PublicationStatus::Draft;
        let status = if was_draft { PublicationStatus::Published } else { known.status };
        let revised = Track { status, ..known.revised(draft) };
        let mut is_changed = revised != *known;
        is_changed |= store::track::set_artists(tx, known.id, &credits.artists).await?;
        if !genres.is_empty() {
            is_changed |= store::track::set_genres(tx, known.id, &genres).await?;
        }
        self.keep_tags(tx, known.id).await?;
        if !is_changed {
            return Ok(());
        }
        store::track::update(tx, &revised, self.clock.now()).await?;
        if was_draft {
            announce::tracks_published(tx, self.clock, &[known.id]).await?;
        } else {
            announce::tracks_changed(tx, self.clock, &[known.id]).await?;
        }
        match known.album_id.filter(|_| known.album_id != revised.album_id) {
            Some(left) => self.clear(tx, left).await,
            None => Ok(()),
        }
    }

    /// Deletes an album that its last track has left. A draft waits for its tracks, and what is somebody else's is theirs.
    async fn clear(&self, tx: &mut Lent<'_>, id: AlbumId) -> anyhow::Result<()> {
        let album = store::album::lock(tx, id).await?.filter(|album| self.manager.manages(album.owner_id));
        let Some(album) = album.filter(|album| album.status == PublicationStatus::Published) else { return Ok(()) };
        if store::album::track_count(tx, id).await? > 0 {
            return Ok(());
        }
        store::album::delete(tx, id).await?;
        let gone = AlbumDeleted { album_id: id, version: album.version + 1 };
        announce::album_deleted(tx, self.clock, &gone).await
    }

    /// What the file says of its track; what it does not speak of stays as it is.
    pub(super) fn draft(&self, credits: &Credits) -> TrackDraft {
        let file = self.file;
        TrackDraft {
            title: file.title.clone(),
            album_id: Change::if_some(credits.album),
            disc_number: Change::if_some(file.disc_number),
            track_number: Change::if_some(file.track_number),
            isrc: Change::if_some(file.isrc.clone()),
            musicbrainz_id: Change::if_some(file.musicbrainz_id.clone()),
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
