//! Changes of the catalog that can be taken back, and what they rewrite.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId, EditId, TrackId, UserId};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::domain::{
    Artist,
    edit::{AlbumExtras, Edit, Rewrites, TrackPlace},
    manager::NOBODY,
};

/// Keeps a change.
pub async fn insert(tx: &mut PgConnection, edit: &Edit, before: &Rewrites) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into catalog_edits (id, user_id, kind, before, made_at) values ($1, $2, $3, $4, $5)",
        edit.id.0,
        edit.user_id.0,
        edit.kind.as_str(),
        Json(before) as Json<&Rewrites>,
        edit.made_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A change and what it rewrote, held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: EditId) -> Result<Option<(Edit, Rewrites)>, sqlx::Error> {
    sqlx::query!(
        r#"
        select
            id as "id: EditId",
            user_id as "user_id: UserId",
            kind,
            made_at,
            undone_at,
            before as "before: Json<Rewrites>"
        from catalog_edits
        where id = $1
        for update
        "#,
        id.0
    )
    .map(|row| {
        let (kind, made_at, undone_at) = (row.kind.into(), row.made_at, row.undone_at);
        (Edit { id: row.id, user_id: row.user_id, kind, made_at, undone_at }, row.before.0)
    })
    .fetch_optional(tx)
    .await
}

/// A change.
pub async fn get(tx: &mut PgConnection, id: EditId) -> Result<Option<Edit>, sqlx::Error> {
    Ok(lock(tx, id).await?.map(|(edit, _)| edit))
}

/// Keeps that a change was taken back.
pub async fn set_undone(tx: &mut PgConnection, id: EditId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update catalog_edits set undone_at = $2 where id = $1", id.0, now).execute(tx).await?;
    Ok(())
}

/// Takes a person's name from the changes that they made: ADMIN alone can take these back from then on.
pub async fn disown(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("update catalog_edits set user_id = $2 where user_id = $1", user.0, NOBODY.0).execute(tx).await?;
    Ok(())
}

/// Forgets changes that nobody can take back any more.
pub async fn prune(pool: &sqlx::PgPool, before: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from catalog_edits where made_at < $1", before).execute(pool).await?;
    Ok(())
}

/// The albums that name one of these artists, each with its artists in order.
pub async fn albums_of(
    tx: &mut PgConnection,
    artists: &[ArtistId],
) -> Result<Vec<(AlbumId, Vec<ArtistId>)>, sqlx::Error> {
    let artists: Vec<Uuid> = artists.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        select
            l.album_id as id,
            array(
                select o.artist_id from album_artists o where o.album_id = l.album_id order by o.position
            ) as "artists!: Vec<ArtistId>"
        from album_artists l
        where l.artist_id = any($1)
        group by l.album_id
        order by l.album_id
        "#,
        &artists
    )
    .map(|row| (row.id, row.artists))
    .fetch_all(tx)
    .await
}

/// The tracks that name one of these artists, each with its artists in order.
pub async fn tracks_of(
    tx: &mut PgConnection,
    artists: &[ArtistId],
) -> Result<Vec<(TrackId, Vec<ArtistId>)>, sqlx::Error> {
    let artists: Vec<Uuid> = artists.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        select
            l.track_id as id,
            array(
                select o.artist_id from track_artists o where o.track_id = l.track_id order by o.position
            ) as "artists!: Vec<ArtistId>"
        from track_artists l
        where l.artist_id = any($1)
        group by l.track_id
        order by l.track_id
        "#,
        &artists
    )
    .map(|row| (row.id, row.artists))
    .fetch_all(tx)
    .await
}

/// The artists of a track, in order.
pub async fn artists_of_track(tx: &mut PgConnection, track: TrackId) -> Result<Vec<ArtistId>, sqlx::Error> {
    sqlx::query_scalar!("select artist_id from track_artists where track_id = $1 order by position", track.0)
        .fetch_all(tx)
        .await
}

/// The tracks of these albums and where they stand.
pub async fn places(tx: &mut PgConnection, albums: &[AlbumId]) -> Result<Vec<(TrackId, TrackPlace)>, sqlx::Error> {
    let albums: Vec<Uuid> = albums.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        select id, album_id, disc_number, track_number from tracks where album_id = any($1)
        order by album_id, coalesce(disc_number, 1), coalesce(track_number, 2147483647), id
        "#,
        &albums
    )
    .map(|row| (row.id, (row.album_id, row.disc_number, row.track_number)))
    .fetch_all(tx)
    .await
}

/// Moves a track to another place; tells whether it is there still where it was before.
pub async fn set_place(
    tx: &mut PgConnection,
    track: TrackId,
    (before, after): (TrackPlace, TrackPlace),
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        r#"
        update tracks set album_id = $2, disc_number = $3, track_number = $4
        where id = $1 and (album_id, disc_number, track_number) is not distinct from ($5, $6, $7)
        "#,
        track.0,
        after.0.map(|id| id.0),
        after.1,
        after.2,
        before.0.map(|id| id.0),
        before.1,
        before.2
    );
    Ok(done.execute(tx).await?.rows_affected() > 0)
}

/// Raises the version of albums, because whose they are has changed.
pub async fn touch_albums(tx: &mut PgConnection, ids: &[AlbumId], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        update albums b
        set version = version + 1, updated_at = $2
        from (select id from albums where id = any($1) order by id for update) as held
        where b.id = held.id
        "#,
        &ids,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds plays to an artist and to an album of this id, whichever there is: those of what became it, or less than none.
pub async fn add_plays(tx: &mut PgConnection, id: Uuid, plays: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("update artists set play_count = greatest(play_count + $2, 0) where id = $1", id, plays)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("update albums set play_count = greatest(play_count + $2, 0) where id = $1", id, plays)
        .execute(tx)
        .await?;
    Ok(())
}

/// Leads share links of an album to what it became.
pub async fn move_shares(tx: &mut PgConnection, from: AlbumId, to: AlbumId) -> Result<(), sqlx::Error> {
    sqlx::query!("update shares set album_id = $2 where album_id = $1", from.0, to.0).execute(tx).await?;
    Ok(())
}

/// What is kept of an album beside what it says of itself.
pub async fn album_extras(tx: &mut PgConnection, album: AlbumId) -> Result<AlbumExtras, sqlx::Error> {
    sqlx::query_as!(
        AlbumExtras,
        r#"
        select
            b.release_group_id,
            b.original_released_on,
            b.is_guessed,
            b.renamed_from as "renamed_from: AlbumId",
            b.published_at,
            array(select s.id from shares s where s.album_id = b.id) as "shares!"
        from albums b
        where b.id = $1
        "#,
        album.0
    )
    .fetch_one(tx)
    .await
}

/// Gives an album that was written anew what was kept of it, and its share links.
pub async fn restore_extras(tx: &mut PgConnection, album: AlbumId, extras: &AlbumExtras) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update albums
        set release_group_id = $2,
            original_released_on = $3,
            is_guessed = $4,
            renamed_from = $5,
            published_at = coalesce($6, published_at)
        where id = $1
        "#,
        album.0,
        extras.release_group_id,
        extras.original_released_on,
        extras.is_guessed,
        extras.renamed_from.map(|id| id.0),
        extras.published_at
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update shares set album_id = $1 where id = any($2) and album_id is not null",
        album.0,
        &extras.shares
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Which albums there are by now of these, each with what it is called by now; held until the transaction ends.
pub async fn albums_by_now(tx: &mut PgConnection, ids: &[AlbumId]) -> Result<Vec<(AlbumId, AlbumId)>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        select k.id as "was!: AlbumId", b.id as "is: AlbumId"
        from unnest($1::uuid[]) as k (id)
        join albums b on b.id = current_id(k.id)
        order by b.id
        for update of b
        "#,
        &ids
    )
    .map(|row| (row.was, row.is))
    .fetch_all(tx)
    .await
}

/// Whose tracks these are.
pub async fn owners_of_tracks(tx: &mut PgConnection, ids: &[TrackId]) -> Result<HashMap<TrackId, UserId>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!("select id, owner_id from tracks where id = any($1)", &ids);
    Ok(rows.fetch_all(tx).await?.into_iter().map(|row| (row.id, row.owner_id)).collect())
}

/// Whether music of more than one person that is published names the artist.
pub async fn is_shared(tx: &mut PgConnection, artist: &Artist) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select from track_artists l join tracks t on t.id = l.track_id
            where l.artist_id = $1 and t.status = 'PUBLISHED' and t.owner_id <> $2
        ) or exists (
            select from album_artists l join albums b on b.id = l.album_id
            where l.artist_id = $1 and b.status = 'PUBLISHED' and b.owner_id <> $2
        ) as "is!"
        "#,
        artist.id.0,
        artist.owner_id.0
    )
    .fetch_one(tx)
    .await
}

/// Whether no artist has this MusicBrainz id.
pub async fn is_free(tx: &mut PgConnection, musicbrainz_id: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select not exists (select from artists where musicbrainz_id = $1) as "is!""#, musicbrainz_id)
        .fetch_one(tx)
        .await
}
