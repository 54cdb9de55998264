//! The forms of names that are matched, ordered and searched by, when all of them are derived anew.

use polyphony_events::TrackId;
use polyphony_names::identity;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::domain::{Document, Kind, edition::edition_key};

/// The version of the forms that the tables hold.
pub async fn version(pool: &PgPool) -> Result<i16, sqlx::Error> {
    sqlx::query_scalar!("select version from names_version").fetch_one(pool).await
}

/// Keeps that all tables hold forms of this version.
pub async fn keep_version(pool: &PgPool, version: i16) -> Result<(), sqlx::Error> {
    sqlx::query!("update names_version set version = $1", version).execute(pool).await?;
    Ok(())
}

/// Derives the forms of up to `limit` artists behind `after`; gives the last of them.
pub async fn derive_artists(
    tx: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Option<Uuid>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: Uuid", name, sort_name from artists where $1::uuid is null or id > $1 order by id limit $2 for update"#,
        after,
        limit
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let names: Vec<String> = rows.iter().map(|row| identity(&row.name)).collect();
    let keys: Vec<String> = rows.iter().map(|row| identity(&row.sort_name)).collect();
    sqlx::query!(
        r#"
        update artists a
        set folded_name = n.name, sort_key = n.key
        from unnest($1::uuid[], $2::text[], $3::text[]) as n (id, name, key)
        where a.id = n.id and (a.folded_name, a.sort_key) is distinct from (n.name, n.key)
        "#,
        &ids,
        &names,
        &keys
    )
    .execute(tx)
    .await?;
    Ok(ids.last().copied())
}

/// Derives the forms of up to `limit` albums behind `after`; gives the last of them.
pub async fn derive_albums(
    tx: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Option<Uuid>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: Uuid", title from albums where $1::uuid is null or id > $1 order by id limit $2 for update"#,
        after,
        limit
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let titles: Vec<String> = rows.iter().map(|row| identity(&row.title)).collect();
    let editions: Vec<String> = rows.iter().map(|row| edition_key(&row.title)).collect();
    sqlx::query!(
        r#"
        update albums b
        set folded_title = n.title, edition_key = n.edition
        from unnest($1::uuid[], $2::text[], $3::text[]) as n (id, title, edition)
        where b.id = n.id and (b.folded_title, b.edition_key) is distinct from (n.title, n.edition)
        "#,
        &ids,
        &titles,
        &editions
    )
    .execute(tx)
    .await?;
    Ok(ids.last().copied())
}

/// Derives the forms of up to `limit` tracks behind `after`; gives the last of them, and those whose names, or whose artists'
/// or genres' names, may have another form than before. Their versions have grown.
pub async fn derive_tracks(
    tx: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<(Option<Uuid>, Vec<TrackId>), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select
            id as "id: Uuid", title,
            title ~ '[^\x01-\x7f]|[`]'
                or exists (
                    select from track_artists l join artists a on a.id = l.artist_id
                    where l.track_id = t.id and a.name ~ '[^\x01-\x7f]|[`]'
                )
                or exists (
                    select from track_genres l join genres g on g.slug = l.slug
                    where l.track_id = t.id and g.name ~ '[^\x01-\x7f]|[.`]'
                ) as "may_differ!"
        from tracks t
        where $1::uuid is null or id > $1
        order by id
        limit $2
        for update
        "#,
        after,
        limit
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let titles: Vec<String> = rows.iter().map(|row| identity(&row.title)).collect();
    let differ: Vec<bool> = rows.iter().map(|row| row.may_differ).collect();
    sqlx::query!(
        r#"
        update tracks t
        set folded_title = n.title, version = t.version + n.differs::int
        from unnest($1::uuid[], $2::text[], $3::bool[]) as n (id, title, differs)
        where t.id = n.id and (n.differs or t.folded_title <> n.title)
        "#,
        &ids,
        &titles,
        &differ
    )
    .execute(tx)
    .await?;
    let changed = rows.iter().filter(|row| row.may_differ).map(|row| TrackId(row.id)).collect();
    Ok((ids.last().copied(), changed))
}

/// Up to `limit` documents of playlists behind `after` that can be found, made of themselves.
pub async fn playlist_documents(
    tx: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Document>, sqlx::Error> {
    sqlx::query!(
        r#"
        select id, version, title, subtitle
        from search_documents
        where kind = 'PLAYLIST' and live and ($1::uuid is null or id > $1)
        order by id
        limit $2
        for update
        "#,
        after,
        limit
    )
    .map(|row| Document {
        id: row.id,
        kind: Kind::Playlist,
        version: row.version,
        live: true,
        title: row.title,
        artists: String::new(),
        about: row.subtitle,
    })
    .fetch_all(tx)
    .await
}
