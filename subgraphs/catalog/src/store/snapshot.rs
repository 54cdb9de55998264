//! Things as events tell of them: with the names of what they belong to.

use polyphony_events::{
    AlbumId, ArtistId, TrackId, UploadId,
    catalog::{AlbumChanged, AlbumRef, ArtistChanged, ArtistRef, TrackChanged, TrackSnapshot},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{PublicationStatus, picture};

/// The artists as they stand, those that exist.
pub async fn artists(tx: &mut PgConnection, ids: &[ArtistId]) -> Result<Vec<ArtistChanged>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    sqlx::query!("select id, name, sort_name, version from artists where id = any($1) order by id", &ids)
        .map(|row| ArtistChanged { artist_id: row.id, name: row.name, sort_name: row.sort_name, version: row.version })
        .fetch_all(tx)
        .await
}

/// The albums as they stand, those that exist.
pub async fn albums(tx: &mut PgConnection, ids: &[AlbumId]) -> Result<Vec<AlbumChanged>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        select
            b.id,
            b.title,
            b.released_on,
            b.status,
            b.version,
            b.cover_url,
            array(
                select l.artist_id from album_artists l where l.album_id = b.id order by l.position
            ) as "artist_ids!",
            array(
                select a.name from album_artists l join artists a on a.id = l.artist_id
                where l.album_id = b.id order by l.position
            ) as "artist_names!"
        from albums b
        where b.id = any($1)
        order by b.id
        "#,
        &ids
    )
    .map(|row| AlbumChanged {
        album_id: row.id,
        title: row.title,
        artists: refs(row.artist_ids, row.artist_names),
        released_on: row.released_on,
        status: PublicationStatus::from(row.status).into(),
        cover: row.cover_url.as_deref().and_then(picture::image_id),
        version: row.version,
    })
    .fetch_all(tx)
    .await
}

/// The tracks as they stand, those that exist.
pub async fn tracks(tx: &mut PgConnection, ids: &[TrackId]) -> Result<Vec<TrackChanged>, sqlx::Error> {
    sqlx::query!(
        r#"
        select
            t.id,
            t.title,
            t.disc_number,
            t.track_number,
            t.duration_ms,
            t.explicit,
            t.status,
            t.upload_id,
            t.isrc, t.musicbrainz_id,
            t.owner_id, t.version,
            b.id as "album_id?",
            b.title as "album_title?",
            b.released_on as "released_on?",
            array(select l.artist_id from track_artists l where l.track_id = t.id order by l.position) as "artist_ids!",
            array(
                select a.name from track_artists l join artists a on a.id = l.artist_id where l.track_id = t.id order by l.position
            ) as "artist_names!",
            array(
                select g.name from track_genres l join genres g on g.slug = l.slug
                where l.track_id = t.id order by l.position
            ) as "genres!",
            array(select s.upload_id from track_sources s where s.track_id = t.id order by s.added_at, s.upload_id)
                as "sources!: Vec<UploadId>"
        from tracks t
        -- What is public does not tell of a draft.
        left join albums b on b.id = t.album_id and (b.status <> 'DRAFT' or t.status = 'DRAFT')
        where t.id = any($1)
        order by t.id
        "#,
        ids as &[TrackId]
    )
    .map(|row| TrackChanged {
        track_id: row.id,
        version: row.version,
        track: TrackSnapshot {
            id: row.id,
            title: row.title,
            artists: refs(row.artist_ids, row.artist_names),
            album: row.album_id.zip(row.album_title).map(|(id, title)| AlbumRef { id, title }),
            disc_number: row.disc_number,
            track_number: row.track_number,
            duration_ms: i64::from(row.duration_ms),
            genres: row.genres,
            released_on: row.released_on,
            status: PublicationStatus::from(row.status).into(),
            upload_id: row.upload_id,
            sources: row.sources,
            isrc: row.isrc,
            musicbrainz_id: row.musicbrainz_id,
            explicit: row.explicit,
            owner_id: row.owner_id,
        },
    })
    .fetch_all(tx)
    .await
}

fn refs(ids: Vec<Uuid>, names: Vec<String>) -> Vec<ArtistRef> {
    ids.into_iter().zip(names).map(|(id, name)| ArtistRef { id: ArtistId(id), name }).collect()
}
