//! What catalog has told of tracks, as far as playlists need it.

use chrono::{DateTime, NaiveDate, Utc};
use polyphony_events::{
    ArtistId, TrackId, UserId,
    catalog::{AlbumRef, PublicationStatus},
};
use sqlx::{PgConnection, PgExecutor};

/// What playlists keeps of a track. Texts are folded, genres are slugs.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its title.
    pub title: String,
    /// Who made it.
    pub artist_ids: Vec<ArtistId>,
    /// Their names.
    pub artists: Vec<String>,
    /// Its genres.
    pub genres: Vec<String>,
    /// When it was released; the first day of the year or month when no more is known.
    pub released_on: Option<NaiveDate>,
    /// When it came into the catalog.
    pub added_at: DateTime<Utc>,
    /// How long it plays; 0 while it is a draft.
    pub duration_ms: i64,
    /// Whether its words are not for children.
    pub explicit: bool,
    /// Whether it can be found and played.
    pub status: PublicationStatus,
    /// What people read of it.
    pub names: Names,
}

/// What people read of a track, and by what other services know it.
#[derive(Clone, Debug)]
pub struct Names {
    /// Its title.
    pub title: String,
    /// Who made it.
    pub artists: Vec<String>,
    /// Its album.
    pub album: Option<AlbumRef>,
    /// On which disc of the album it is.
    pub disc_number: Option<i32>,
    /// Where on the disc.
    pub track_number: Option<i32>,
    /// Its International Standard Recording Code.
    pub isrc: Option<String>,
    /// The id of its recording in MusicBrainz.
    pub musicbrainz_id: Option<String>,
    /// Who manages it: a draft is for them alone.
    pub owner: UserId,
}

fn status(status: PublicationStatus) -> &'static str {
    match status {
        PublicationStatus::Draft => "DRAFT",
        PublicationStatus::Published => "PUBLISHED",
        PublicationStatus::Withdrawn => "WITHDRAWN",
    }
}

/// Keeps what an event says, unless something newer is known.
pub async fn put(tx: &mut PgConnection, id: TrackId, facts: &Facts, version: i64) -> Result<(), sqlx::Error> {
    let names = &facts.names;
    let written = sqlx::query!(
        r#"
        insert into tracks (
            id, title, artist_ids, artists, genres, released_on, added_at, duration_ms, status, version, name, credit,
            album_id, album, disc_number, track_number, owner_id, isrc, musicbrainz_id, explicit
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        on conflict (id) do update
        set title = excluded.title,
            artist_ids = excluded.artist_ids,
            artists = excluded.artists,
            genres = excluded.genres,
            released_on = excluded.released_on,
            added_at = excluded.added_at,
            duration_ms = excluded.duration_ms,
            status = excluded.status,
            version = excluded.version,
            name = excluded.name,
            credit = excluded.credit,
            album_id = excluded.album_id,
            album = excluded.album,
            disc_number = excluded.disc_number,
            track_number = excluded.track_number,
            owner_id = excluded.owner_id,
            isrc = excluded.isrc,
            musicbrainz_id = excluded.musicbrainz_id,
            explicit = excluded.explicit
        where tracks.version < excluded.version
        "#,
        id.0,
        facts.title,
        &facts.artist_ids as &[ArtistId],
        &facts.artists,
        &facts.genres,
        facts.released_on,
        facts.added_at,
        facts.duration_ms,
        status(facts.status),
        version,
        names.title,
        &names.artists,
        names.album.as_ref().map(|album| album.id.0),
        names.album.as_ref().map(|album| &*album.title),
        names.disc_number,
        names.track_number,
        names.owner.0,
        names.isrc,
        names.musicbrainz_id,
        facts.explicit
    )
    .execute(&mut *tx)
    .await?;
    if written.rows_affected() > 0 {
        super::gone::forget_track(tx, id).await?;
        note_change(&mut *tx).await?;
    }
    Ok(())
}

/// Notes that a track is gone, unless something newer is known; tells whether it did.
pub async fn note_deleted(tx: &mut PgConnection, id: TrackId, version: i64) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        r#"
        insert into tracks (id, duration_ms, status, version)
        values ($1, 0, 'DELETED', $2)
        on conflict (id) do update
        set duration_ms = 0, status = 'DELETED', version = excluded.version
        where tracks.version < excluded.version
        "#,
        id.0,
        version
    );
    let is_news = noted.execute(&mut *tx).await?.rows_affected() > 0;
    note_change(tx).await?;
    Ok(is_news)
}

/// Notes that tracks change, so that what rules chose from them is chosen anew. Also after the change can be seen: who has looked
/// in between looks again.
pub async fn note_change(db: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(r#"select nextval('track_changes') as "next!""#).fetch_one(db).await?;
    Ok(())
}

/// Those of the tracks that are known to be deleted.
pub async fn deleted(tx: &mut PgConnection, ids: &[TrackId]) -> Result<Vec<TrackId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"select id as "id: TrackId" from tracks where id = any($1) and status = 'DELETED'"#,
        ids as &[TrackId]
    );
    sql.fetch_all(tx).await
}
