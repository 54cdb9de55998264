//! What becomes of an album that its tracks leave because their files were tagged anew.
//!
//! Invariant: an album whose title or artists were corrected in most of its files stays the album that it is: its id, its plays
//! and what people have saved. Until then the files that were tagged first stand on an album of their own, under the new title.
//!
//! An album that its last track leaves is deleted, and answers under the id of that to which it went: nobody sees an empty
//! album of a misspelt title, and nobody loses what they saved or shared, nor the album its plays.

use polyphony_events::{AlbumId, TrackId, catalog::AlbumDeleted};

use super::{announce, import_upload::Import};
use crate::{
    domain::{Album, PublicationStatus},
    store::{self, redirect::Redirect, tx::Lent},
};

impl Import<'_> {
    /// A track has left an album for another one, or for none.
    pub(super) async fn leave(&self, tx: &mut Lent<'_>, left: AlbumId, into: Option<AlbumId>) -> anyhow::Result<()> {
        if let Some(into) = into
            && store::lead::renamed_from(tx, into).await? == Some(left)
        {
            let (gone, stays) = (tracks(tx, into).await?, tracks(tx, left).await?);
            if gone.len() > stays.len() {
                return self.rename(tx, (left, &stays), (into, &gone)).await;
            }
        }
        self.clear(tx, left, into).await
    }

    /// Gives an album the name that most of its tracks went to, and them back; those that stayed keep the old name, on the
    /// album that had the new one.
    async fn rename(
        &self,
        tx: &mut Lent<'_>,
        (kept, stays): (AlbumId, &[TrackId]),
        (other, gone): (AlbumId, &[TrackId]),
    ) -> anyhow::Result<()> {
        let now = self.clock.now();
        let Some(was) = store::album::lock(tx, kept).await?.filter(|album| self.manager.manages(album.owner_id)) else {
            return Ok(());
        };
        let Some(new) = store::album::lock(tx, other).await?.filter(|album| self.manager.manages(album.owner_id))
        else {
            return Ok(());
        };
        let named = |of: &Album, album: &Album| Album {
            title: of.title.clone(),
            kind: of.kind,
            released_on: of.released_on.clone(),
            musicbrainz_id: of.musicbrainz_id.clone(),
            ..album.clone()
        };
        store::edition::exchange(tx, kept, other).await?;
        let cover_url = was.cover_url.clone().or_else(|| new.cover_url.clone());
        store::album::update(tx, &Album { cover_url, ..named(&new, &was) }, now).await?;
        let (old_artists, artists) =
            (store::album::artist_ids(tx, kept).await?, store::album::artist_ids(tx, other).await?);
        store::album::set_artists(tx, kept, &artists).await?;
        let (was_guessed, is_guessed) =
            (store::lead::is_guessed(tx, kept).await?, store::lead::is_guessed(tx, other).await?);
        store::lead::set_guessed(tx, kept, is_guessed).await?;
        let mut moved = store::lead::move_tracks(tx, gone, (other, kept), now).await?;
        if stays.is_empty() {
            self.remove(tx, &new, Some(kept)).await?;
        } else {
            store::album::update(tx, &named(&was, &new), now).await?;
            store::album::set_artists(tx, other, &old_artists).await?;
            store::lead::set_guessed(tx, other, was_guessed).await?;
            store::lead::set_renamed_from(tx, other, None).await?;
            moved.extend(store::lead::move_tracks(tx, stays, (kept, other), now).await?);
            announce::albums_changed(tx, self.clock, &[other]).await?;
        }
        announce::albums_changed(tx, self.clock, &[kept]).await?;
        announce::tracks_changed(tx, self.clock, &moved).await?;
        self.settle(tx, kept).await
    }

    /// Deletes an album that its last track has left. A draft waits for its tracks, and what is somebody else's is theirs.
    pub(super) async fn clear(&self, tx: &mut Lent<'_>, id: AlbumId, into: Option<AlbumId>) -> anyhow::Result<()> {
        if store::album::track_count(tx, id).await? > 0 {
            return self.settle(tx, id).await;
        }
        let album = store::album::lock(tx, id).await?.filter(|album| self.manager.manages(album.owner_id));
        let Some(album) = album.filter(|album| album.status == PublicationStatus::Published) else { return Ok(()) };
        self.remove(tx, &album, into).await
    }

    async fn remove(&self, tx: &mut Lent<'_>, album: &Album, into: Option<AlbumId>) -> anyhow::Result<()> {
        if let Some(into) = into {
            store::edit::move_shares(tx, album.id, into).await?;
        }
        store::album::delete(tx, album.id).await?;
        if let Some(into) = into {
            let redirect =
                Redirect { old: album.id.0, new: into.0, change: None, name_key: None, musicbrainz_id: None };
            store::redirect::put(tx, &redirect, self.clock.now()).await?;
            store::edit::add_plays(tx, into.0, album.play_count).await?;
            announce::note_albums(tx, &[into]).await?;
        }
        let gone = AlbumDeleted { album_id: album.id, merged_into: into, version: album.version + 1 };
        announce::album_deleted(tx, self.clock, &gone).await
    }
}

async fn tracks(tx: &mut Lent<'_>, album: AlbumId) -> anyhow::Result<Vec<TrackId>> {
    Ok(store::lead::of_album(tx, album).await?.into_iter().map(|track| track.track).collect())
}
