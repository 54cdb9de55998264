//! Makes what a file's tags say part of the catalog, or completes the track that it was uploaded for.
//!
//! Invariant: two files that speak of the same artist, album or track make one, also when they arrive at once: the names are
//! locked first, in one order for all, and only then looked up. Importing the same file again changes nothing.
//!
//! Invariant: no import takes an upload from a track that it was kept for. A file of a track that is there is another source of
//! it, and the best one plays.

use polyphony_events::{AlbumId, ArtistId, TrackId, UserId, media::MediaReady};
use polyphony_kit::{Clock, db};
use polyphony_names as names;
use sqlx::PgConnection;

use super::announce;
use crate::{
    domain::{
        Album, Artist, ArtistDraft, Change, Manager, MatchReason, PublicationStatus, Source, edition,
        manager::NOBODY,
        matching::{Incoming, Place, TrackCandidate},
        picture,
        tags::{TaggedArtist, TaggedTrack},
    },
    store::{self, matching, tx::Lent},
};

/// What an import needs to know beside the tags.
pub(super) struct Import<'a> {
    pub(super) clock: &'a Clock,
    pub(super) manager: Manager,
    pub(super) file: &'a TaggedTrack,
    pub(super) event: &'a MediaReady,
    /// The folder of the file, as it is compared.
    pub(super) folder: Option<String>,
    /// The cover of an album that has none.
    pub(super) cover: Option<String>,
    /// The tracks that these tags were imported of last.
    told: Vec<TrackId>,
}

/// Makes or completes artists, album and track of an upload that is ready, and publishes them; gives the track.
pub async fn import_upload(tx: &mut Lent<'_>, clock: &Clock, event: &MediaReady) -> anyhow::Result<TrackId> {
    let manager = manager(tx, event.owner_id).await?;
    let mut file = TaggedTrack::read(&event.tags, &event.filename);
    if let Some(album) = &file.album {
        let of_folder = || edition::disc_of_folder(event.folder.as_deref()?, Some(&album.title));
        file.disc_number = file.disc_number.or_else(of_folder);
    }
    lock_names(tx, &file).await?;
    let title = file.album.as_ref().map(|album| album.title.as_str());
    let folder = event.folder.as_deref().and_then(|folder| edition::folder_key(folder, title));
    let cover = event.cover_url.as_ref().map(|_| picture::cover_of(event.upload_id));
    let mut import = Import { clock, manager, file: &file, event, folder, cover, told: Vec::new() };
    let of_sound = matching::tracks_of_sound(tx, &import.incoming()).await?;
    import.told = matching::told(tx, &of_sound, &serde_json::to_vec(&event.tags)?).await?;
    if import.cover.is_none() {
        import.cover = import.cover_of_former_album(tx, &of_sound).await?;
    }
    let credits = import.credits(tx, &of_sound).await?;
    let track = import.track(tx, &credits, of_sound).await?;
    if let Some(album) = credits.album {
        // Also one that was made in vain, for a file whose track stands elsewhere by now.
        import.clear(tx, album, None).await?;
    }
    Ok(track)
}

pub(super) async fn manager(tx: &mut PgConnection, user: UserId) -> anyhow::Result<Manager> {
    if store::person::has_departed(tx, user).await? {
        return Ok(Manager { user: NOBODY, is_admin: false });
    }
    Ok(Manager { user, is_admin: store::admin::is_admin(tx, user).await? })
}

/// How long an upload plays.
pub(super) fn duration(event: &MediaReady) -> i32 {
    i32::try_from(event.duration_ms).unwrap_or(i32::MAX)
}

/// An upload as a source of a track.
pub(super) fn source_of(event: &MediaReady, track: TrackId, owner: UserId, clock: &Clock) -> Source {
    Source {
        filename: Some(event.filename.clone()),
        quality: event.quality.clone(),
        duration_ms: duration(event),
        recording: event.recording.clone(),
        has_cover: event.cover_url.is_some(),
        is_chosen: false,
        ..Source::given(event.upload_id, track, owner, clock.now())
    }
}

async fn lock_names(tx: &mut PgConnection, file: &TaggedTrack) -> anyhow::Result<()> {
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
    pub(super) artists: Vec<ArtistId>,
    pub(super) album: Option<AlbumId>,
    /// Why it is this album.
    pub(super) reasons: Vec<MatchReason>,
}

impl Credits {
    /// The artists, by id.
    pub(super) fn sorted_artists(&self) -> Vec<ArtistId> {
        let mut artists = self.artists.clone();
        artists.sort_unstable_by_key(|id| id.0);
        artists
    }

    /// The place where the track belongs.
    pub(super) fn place<'a>(&self, artists: &'a [ArtistId]) -> Place<'a> {
        Place { album: self.album, artists }
    }
}

impl Import<'_> {
    /// The file as it is compared.
    pub(super) fn incoming(&self) -> Incoming<'_> {
        Incoming {
            upload: self.event.upload_id,
            manager: self.manager,
            file: self.file,
            duration_ms: duration(self.event),
            recording: self.event.recording.as_deref(),
            original: self.event.retags,
            replaces: self.event.replaces,
            filename: &self.event.filename,
            folder: self.folder.as_deref(),
            told: &self.told,
            now: self.clock.now(),
        }
    }

    /// The upload as a source of a track.
    pub(super) fn source(&self, track: TrackId, reasons: Vec<MatchReason>) -> Source {
        let album = self.file.album.as_ref();
        Source {
            filename: Some(self.event.filename.clone()),
            folder: self.folder.clone(),
            year: album.and_then(|album| edition::year(album.released_on.as_deref()?)),
            track_total: album.and_then(|album| album.track_total),
            reasons,
            ..source_of(self.event, track, self.manager.user, self.clock)
        }
    }

    /// The cover of the album that the very same file stood on under its former tags: a file that was tagged anew has been
    /// known to lose its picture.
    async fn cover_of_former_album(
        &self,
        tx: &mut Lent<'_>,
        of_sound: &[TrackCandidate],
    ) -> anyhow::Result<Option<String>> {
        let album = self.incoming().former(of_sound).and_then(|known| known.track.album_id);
        Ok(match album {
            Some(album) => store::album::get(tx, album).await?.and_then(|album| album.cover_url),
            None => None,
        })
    }

    /// The artists and the album of the file; what is not there yet is made.
    async fn credits(&self, tx: &mut Lent<'_>, of_sound: &[TrackCandidate]) -> anyhow::Result<Credits> {
        let left = self.incoming().former(of_sound).and_then(|known| known.track.album_id);
        let former = match left {
            Some(album) => store::album::get(tx, album).await?,
            None => None,
        };
        // A draft waits for its tracks under its own title, and what is somebody else's is theirs.
        let is_renamed =
            |album: &Album| album.status == PublicationStatus::Published && self.manager.manages(album.owner_id);
        let former = former.filter(is_renamed).map(|album| album.id);
        let artists = self.artists(tx, &self.file.artists).await?;
        let Some(album) = &self.file.album else { return Ok(Credits { artists, album: None, reasons: Vec::new() }) };
        let (album, reasons) = self.album(tx, album, (former, left)).await?;
        Ok(Credits { artists, album: Some(album), reasons })
    }

    /// The artists of these names, each once, in order; those that are not there yet are made.
    pub(super) async fn artists(&self, tx: &mut Lent<'_>, wanted: &[TaggedArtist]) -> anyhow::Result<Vec<ArtistId>> {
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

    pub(super) async fn artist(&self, tx: &mut Lent<'_>, wanted: &TaggedArtist) -> anyhow::Result<ArtistId> {
        let Some(known) = matching::artist(tx, wanted, self.manager).await? else {
            let draft = ArtistDraft {
                sort_name: Change::if_some(wanted.sort_name.clone()),
                ..ArtistDraft::named(&wanted.name, wanted.musicbrainz_id.clone())
            };
            let artist = Artist::new(draft, self.manager.user, self.clock.now());
            store::artist::insert(tx, &artist).await?;
            announce::artist_changed(tx, self.clock, artist.id).await?;
            return Ok(artist.id);
        };
        // A sort name that was made of the name is no word of anybody's.
        let is_derived = known.sort_name == names::sort_name(&known.name);
        let sort_name = wanted.sort_name.clone().filter(|_| is_derived).unwrap_or_else(|| known.sort_name.clone());
        let musicbrainz_id = known.musicbrainz_id.clone().or_else(|| wanted.musicbrainz_id.clone());
        let completed = Artist { sort_name, musicbrainz_id, ..known.clone() };
        if completed != known && self.manager.manages(known.owner_id) {
            store::artist::update(tx, &completed, self.clock.now()).await?;
            announce::artist_changed(tx, self.clock, known.id).await?;
        }
        Ok(known.id)
    }
}
