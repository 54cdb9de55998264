//! Finding what a file's tags speak of. Callers hold the locks of the names meanwhile, so that two files that speak of the
//! same new thing make one.

use polyphony_events::{AlbumId, ArtistId, TrackId, UploadId};
use sqlx::PgConnection;

use super::{album::albums, artist::artists, track::tracks};
use crate::domain::{
    Album, Artist, Manager, Track, folding,
    tags::{TaggedAlbum, TaggedArtist, TaggedTrack},
};

/// The artist of this MusicBrainz id, else one of this name whose MusicBrainz id is no other.
pub async fn artist(
    tx: &mut PgConnection,
    wanted: &TaggedArtist,
    manager: Manager,
) -> Result<Option<Artist>, sqlx::Error> {
    let found = artists!(
        "a.id",
        r#"
        from artists a
        where a.musicbrainz_id = $2
           or (a.folded_name = $1 and ($2::text is null or a.musicbrainz_id is null))
        order by coalesce(a.musicbrainz_id = $2, false) desc, (a.owner_id = $3) desc, a.created_at, a.id
        limit 1
        "#,
        wanted.folded,
        wanted.musicbrainz_id,
        manager.user.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.map(|(_, artist)| artist))
}

/// The album of this MusicBrainz id, else one of this title by exactly these artists whose MusicBrainz id is no other.
/// Albums that are somebody else's and not published are left alone.
pub async fn album(
    tx: &mut PgConnection,
    wanted: &TaggedAlbum,
    artists: &[ArtistId],
    manager: Manager,
) -> Result<Option<Album>, sqlx::Error> {
    let mut ids: Vec<_> = artists.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    let found = albums!(
        "b.id",
        r#"
        from albums b
        where (b.status = 'PUBLISHED' or b.owner_id = $4 or $5)
          and (
              b.musicbrainz_id = $2
              or (
                  b.folded_title = $1
                  and ($2::text is null or b.musicbrainz_id is null)
                  and array(select l.artist_id from album_artists l where l.album_id = b.id order by l.artist_id) = $3
              )
          )
        order by coalesce(b.musicbrainz_id = $2, false) desc, (b.owner_id = $4) desc, b.created_at, b.id
        limit 1
        for update
        "#,
        wanted.folded,
        wanted.musicbrainz_id,
        &ids,
        manager.user.0,
        manager.is_admin
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.map(|(_, album)| album))
}

/// The track that plays this upload.
pub async fn track_playing(tx: &mut PgConnection, upload: UploadId) -> Result<Option<Track>, sqlx::Error> {
    let found = tracks!("t.id", "from tracks t where t.upload_id = $1", upload.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, track)| track))
}

/// Whether these tags are what was imported of the track last.
pub async fn has_tags(tx: &mut PgConnection, track: TrackId, tags: &[u8]) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(tags_hash = sha256($2), false) as "same!" from tracks where id = $1"#,
        track.0,
        tags
    )
    .fetch_one(tx)
    .await
}

/// Keeps which tags were imported of the track last.
pub async fn keep_tags(tx: &mut PgConnection, track: TrackId, tags: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("update tracks set tags_hash = sha256($2) where id = $1", track.0, tags).execute(tx).await?;
    Ok(())
}

/// The track that the file is of, among those that the person manages: the one that plays this upload, has this MusicBrainz
/// id or ISRC, or stands at this place of the album under this title.
///
/// One recording may stand on an album and on a compilation, so an id alone does not make them one track. Where no track
/// number tells files apart, their lengths do, and files without a title of their own are never the same.
pub async fn track(
    tx: &mut PgConnection,
    wanted: &TaggedTrack,
    album: Option<AlbumId>,
    artists: &[ArtistId],
    (upload, duration_ms): (UploadId, i32),
    manager: Manager,
) -> Result<Option<Track>, sqlx::Error> {
    let mut ids: Vec<_> = artists.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    let folded_title = wanted.is_titled.then(|| folding::fold(&wanted.title));
    let found = tracks!(
        "t.id",
        r#"
        from tracks t
        cross join lateral (select t.upload_id is null or abs(t.duration_ms - $11) <= 2000 as is_as_long) as l
        where (t.owner_id = $9 or $10)
          and (
              t.upload_id = $1
              or (
                  (t.musicbrainz_id = $2 or t.isrc = $3)
                  and (
                      t.album_id is null or $4::uuid is null or t.album_id = $4
                      or (t.folded_title = $7 and coalesce(t.disc_number, 1) = $5 and t.track_number = $6)
                  )
              )
              or (
                  t.folded_title = $7 and t.album_id = $4 and coalesce(t.disc_number, 1) = $5
                  and (t.track_number = $6 or (t.track_number is null and l.is_as_long))
              )
              or (
                  t.folded_title = $7 and t.album_id is null and $4::uuid is null and l.is_as_long
                  and array(select l.artist_id from track_artists l where l.track_id = t.id order by l.artist_id) = $8
              )
          )
        order by
            coalesce(t.upload_id = $1, false) desc, coalesce(t.musicbrainz_id = $2, false) desc,
            coalesce(t.isrc = $3, false) desc, (t.owner_id = $9) desc, t.created_at, t.id
        limit 1
        for update of t
        "#,
        upload.0,
        wanted.musicbrainz_id,
        wanted.isrc,
        album.map(|id| id.0),
        wanted.disc_number.unwrap_or(1),
        wanted.track_number,
        folded_title,
        &ids,
        manager.user.0,
        manager.is_admin,
        duration_ms
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.map(|(_, track)| track))
}
