//! The documents of search, and the words that misspelt words are compared with.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Store;
use crate::domain::{Document, Kind, folding};

/// A document that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which thing.
    pub id: Uuid,
    /// What kind of thing.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Artists and album.
    pub subtitle: String,
    /// How often it was played.
    pub popularity: i64,
}

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

/// What candidates must hold, each a `tsquery`.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The query as one title.
    pub whole: String,
    /// Every word of the query as it is written.
    pub strict: String,
    /// Every word of the query, or one that is like it.
    pub loose: String,
}

/// Candidates, and about how many documents the loose query finds.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// The documents that may be the best.
    pub rows: Vec<Candidate>,
    /// How many there are in all.
    pub total: i64,
}

/// Of each way of finding, this many of the most played documents are ranked.
const MOST_RANKED: i64 = 150;
/// More results than this are not counted.
const MOST_COUNTED: i64 = 1_000;

// How common the words of a query are decides whether the index of words or that of popularity is read first, so these two
// are planned each time for their words. The checked macros of sqlx always keep plans; hence these are checked by tests.

const CANDIDATES: &str = r"
(
    select id, kind, title, subtitle, popularity
    from search_documents
    where live and kind = any($1) and folded_title = $2
    order by popularity desc
    limit $5
)
union
(
    select id, kind, title, subtitle, popularity
    from search_documents
    where live and kind = any($1) and words @@ $3::text::tsquery
    order by popularity desc, id
    limit $5
)
union
(
    select id, kind, title, subtitle, popularity
    from search_documents
    where live and kind = any($1) and words @@ $4::text::tsquery
    order by popularity desc, id
    limit $5
)
";

const COUNT: &str = r"
select count(*)
from (
    select from search_documents
    where live and kind = any($1) and words @@ $2::text::tsquery
    limit $3
) as counted
";

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    title: String,
    subtitle: String,
    popularity: i64,
}

impl From<Row> for Candidate {
    fn from(row: Row) -> Self {
        let kind = row.kind.into();
        Self { id: row.id, kind, title: row.title, subtitle: row.subtitle, popularity: row.popularity }
    }
}

impl Store {
    /// For each word the known words that are like it, with the word's place.
    pub async fn similar_words(&self, words: &[String]) -> Result<Vec<(usize, String)>, sqlx::Error> {
        sqlx::query!(
            r#"
            select q.place as "place!", w.word
            from unnest($1::text[]) with ordinality as q (word, place)
            cross join lateral (
                select w.word
                from search_words w
                where w.word % q.word
                order by similarity(w.word, q.word) desc, w.word
                limit 40
            ) as w
            "#,
            words
        )
        .map(|row| (row.place as usize - 1, row.word))
        .fetch_all(&self.pool)
        .await
    }

    /// The documents of these kinds whose title is the query, that hold its words, or words like them.
    pub async fn candidates(&self, kinds: &[Kind], wanted: &Wanted) -> Result<Candidates, sqlx::Error> {
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
        let rows: Vec<Row> = sqlx::query_as(CANDIDATES)
            .bind(&kinds)
            .bind(&wanted.whole)
            .bind(&wanted.strict)
            .bind(&wanted.loose)
            .bind(MOST_RANKED)
            .persistent(false)
            .fetch_all(&self.pool)
            .await?;
        let rows: Vec<_> = rows.into_iter().map(Candidate::from).collect();
        let found = rows.len() as i64;
        let total = if found < MOST_RANKED { found } else { self.count(&kinds, &wanted.loose).await?.max(found) };
        Ok(Candidates { rows, total })
    }

    /// How many documents answer a `tsquery`, up to a limit beyond which nobody counts.
    async fn count(&self, kinds: &[String], query: &str) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(COUNT)
            .bind(kinds)
            .bind(query)
            .bind(MOST_COUNTED)
            .persistent(false)
            .fetch_one(&self.pool)
            .await
    }

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

/// Writes a document unless one of this version or a later one is there; tells whether it was written.
pub async fn put(tx: &mut PgConnection, document: &Document) -> Result<bool, sqlx::Error> {
    let title_words = folding::words(&document.title);
    let mut artist_words = folding::words(&document.artists);
    let mut about_words = folding::words(&document.about);
    let mut joined = document.joined_words();
    let folded_title = title_words.join(" ");
    learn(tx, [&title_words, &artist_words, &about_words]).await?;
    // A lexeme keeps the weight of the first list that has it.
    artist_words.retain(|word| !title_words.contains(word));
    about_words.retain(|word| !title_words.contains(word) && !artist_words.contains(word));
    joined.retain(|word| !title_words.contains(word));
    let written = sqlx::query!(
        r#"
        insert into search_documents as d (id, kind, version, live, title, subtitle, folded_title, words, popularity)
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
            )
        )
        on conflict (id) do update
        set version = excluded.version,
            live = excluded.live,
            title = excluded.title,
            subtitle = excluded.subtitle,
            folded_title = excluded.folded_title,
            words = excluded.words,
            popularity = excluded.popularity,
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
        update search_documents d
        set live = false, mirrored = false, written_at = now()
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
