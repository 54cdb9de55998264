//! The documents of search as they are written and mirrored, and the words that they teach. How they are found: `candidate.rs`.

use chrono::{DateTime, Utc};
use polyphony_names as names;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Store, candidate::Candidate};
use crate::domain::{Document, Kind, relevance};

/// A document that the mirror does not have as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmirrored {
    /// What it says.
    pub document: Candidate,
    /// The version that it has.
    pub version: i64,
    /// Whether it can be found.
    pub live: bool,
}

impl Store {
    /// Up to `limit` documents that the mirror does not have as they stand.
    pub async fn unmirrored(&self, limit: i64) -> Result<Vec<Unmirrored>, sqlx::Error> {
        sqlx::query!(
            r#"
            select id, kind, title, subtitle, popularity, version, live
            from search_documents
            where not mirrored
            order by id
            limit $1
            "#,
            limit
        )
        .map(|row| {
            let (kind, title, subtitle) = (row.kind.into(), row.title, row.subtitle);
            let document = Candidate { id: row.id, kind, title, subtitle, popularity: row.popularity };
            Unmirrored { document, version: row.version, live: row.live }
        })
        .fetch_all(&self.pool)
        .await
    }

    /// Up to `limit` documents behind `after` that can be found, by id.
    pub async fn live_documents(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<Candidate>, sqlx::Error> {
        sqlx::query_as!(
            Candidate,
            r#"
            select id, kind, title, subtitle, popularity
            from search_documents
            where live and ($1::uuid is null or id > $1)
            order by id
            limit $2
            "#,
            after,
            limit
        )
        .fetch_all(&self.pool)
        .await
    }

    /// The time at the database.
    pub async fn now(&self) -> Result<DateTime<Utc>, sqlx::Error> {
        sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(&self.pool).await
    }

    /// Has the mirror take once more what was written since then.
    pub async fn mirror_again(&self, since: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query!("update search_documents set mirrored = false where written_at >= $1", since)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Marks documents as mirrored, unless they have changed since they were read.
    pub async fn mark_mirrored(&self, documents: &[Unmirrored]) -> Result<(), sqlx::Error> {
        let ids: Vec<_> = documents.iter().map(|mirrored| mirrored.document.id).collect();
        let versions: Vec<_> = documents.iter().map(|mirrored| mirrored.version).collect();
        let popularities: Vec<_> = documents.iter().map(|mirrored| mirrored.document.popularity).collect();
        sqlx::query!(
            r#"
            update search_documents d
            set mirrored = true
            from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as m (id, version, popularity)
            where d.id = m.id and d.version = m.version and d.popularity = m.popularity
            "#,
            &ids,
            &versions,
            &popularities
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// How many documents the mirror was given and not asked to remove.
pub async fn count_mirrored(tx: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let count = sqlx::query_scalar!(r#"select count(*) as "count!" from search_documents where live and mirrored"#);
    Ok(count.fetch_one(tx).await?.max(0) as u64)
}

/// Has the mirror take all documents once more.
pub async fn mirror_all_again(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("update search_documents set mirrored = false where live and mirrored").execute(tx).await?;
    Ok(())
}

/// Writes a document unless one of this version or a later one is there; tells whether it was written.
pub async fn put(tx: &mut PgConnection, document: &Document) -> Result<bool, sqlx::Error> {
    let title_words = names::index_words(&document.title);
    let mut artist_words = names::index_words(&document.artists);
    let mut about_words = names::index_words(&document.about);
    let mut joined = document.joined_words();
    let folded_title = relevance::whole(&names::words(&document.title));
    learn(tx, [&title_words, &artist_words, &about_words]).await?;
    // A lexeme keeps the weight of the first list that has it.
    artist_words.retain(|word| !title_words.contains(word));
    about_words.retain(|word| !title_words.contains(word) && !artist_words.contains(word));
    joined.retain(|word| !title_words.contains(word));
    let written = sqlx::query!(
        r#"
        with next as (update catalog_revision set revision = revision + 1 returning revision)
        insert into search_documents as d (
            id, kind, version, live, title, subtitle, folded_title, words, popularity, revision
        )
        values (
            $1, $2, $3, $4, $5, $6, $7,
            setweight(array_to_tsvector($8::text[]), 'A')
                || setweight(array_to_tsvector($9::text[]), 'B')
                || setweight(array_to_tsvector($10::text[]), 'C')
                || setweight(array_to_tsvector($11::text[]), 'D'),
            coalesce(
                (select play_count from tracks where id = $1),
                (select play_count from albums where id = $1),
                (select play_count from artists where id = $1),
                0
            ),
            (select revision from next)
        )
        on conflict (id) do update
        set version = excluded.version,
            live = excluded.live,
            title = excluded.title,
            subtitle = excluded.subtitle,
            folded_title = excluded.folded_title,
            words = excluded.words,
            popularity = excluded.popularity,
            revision = excluded.revision,
            mirrored = false,
            written_at = now()
        where d.version < excluded.version
        "#,
        document.id,
        document.kind.as_str(),
        document.version,
        document.live,
        document.title,
        document.subtitle(),
        folded_title,
        &title_words,
        &artist_words,
        &about_words,
        &joined
    )
    .execute(tx)
    .await?;
    Ok(written.rows_affected() > 0)
}

async fn learn(tx: &mut PgConnection, lists: [&Vec<String>; 3]) -> Result<(), sqlx::Error> {
    let mut words: Vec<String> = lists.into_iter().flatten().cloned().collect();
    // In one order for all, so that two that learn the same words do not wait for each other.
    words.sort_unstable();
    words.dedup();
    sqlx::query!("insert into search_words (word) select unnest($1::text[]) on conflict do nothing", &words)
        .execute(tx)
        .await?;
    Ok(())
}

/// Hides the documents of things that are gone or no longer published; gives how many there were.
pub async fn forget(tx: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!(
        r#"
        with next as (
            update catalog_revision set revision = revision + 1 returning revision
        )
        update search_documents d
        set live = false, revision = (select revision from next), mirrored = false, written_at = now()
        where live
          and (
              (kind = 'TRACK' and not exists (select from tracks t where t.id = d.id and t.status = 'PUBLISHED'))
              or (kind = 'ALBUM' and not exists (select from albums b where b.id = d.id and b.status = 'PUBLISHED'))
              or (kind = 'ARTIST' and not exists (select from artists a where a.id = d.id))
          )
        "#
    )
    .execute(tx)
    .await?;
    Ok(gone.rows_affected())
}

/// Makes these documents older than the things that they tell of, so that [`put`] writes them again.
pub async fn age(tx: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("update search_documents set version = version - 1 where id = any($1)", ids).execute(tx).await?;
    Ok(())
}

/// Ids of things that should be found, behind `after`: of tracks, of albums, of artists.
pub async fn ids_to_index(
    pool: &PgPool,
    kind: Kind,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    match kind {
        Kind::Track => {
            sqlx::query_scalar!(
                r#"
                select id as "id: Uuid" from tracks
                where status = 'PUBLISHED' and ($1::uuid is null or id > $1) order by id limit $2
                "#,
                after,
                limit
            )
            .fetch_all(pool)
            .await
        }
        Kind::Album => {
            sqlx::query_scalar!(
                r#"
                select id as "id: Uuid" from albums
                where status = 'PUBLISHED' and ($1::uuid is null or id > $1) order by id limit $2
                "#,
                after,
                limit
            )
            .fetch_all(pool)
            .await
        }
        Kind::Artist => {
            sqlx::query_scalar!(
                r#"
                select id as "id: Uuid" from artists where ($1::uuid is null or id > $1) order by id limit $2
                "#,
                after,
                limit
            )
            .fetch_all(pool)
            .await
        }
        // Playlists are not ours: what events told of them stands in the documents and nowhere else.
        Kind::Playlist => Ok(Vec::new()),
    }
}
