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
            select id, kind, title, subtitle, popularity, explicit, version, live
            from search_documents
            where not mirrored
            order by id
            limit $1
            "#,
            limit
        )
        .map(|row| {
            let (kind, title, subtitle) = (row.kind.into(), row.title, row.subtitle);
            let (popularity, explicit) = (row.popularity, row.explicit);
            let document = Candidate { id: row.id, kind, title, subtitle, popularity, explicit };
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
            select id, kind, title, subtitle, popularity, explicit
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
        let explicit: Vec<_> = documents.iter().map(|mirrored| mirrored.document.explicit).collect();
        sqlx::query!(
            r#"
            update search_documents d
            set mirrored = true
            from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::boolean[]) as m (id, version, popularity, explicit)
            where d.id = m.id
              and d.version = m.version
              and d.popularity = m.popularity
              and d.explicit = m.explicit
            "#,
            &ids,
            &versions,
            &popularities,
            &explicit
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

/// Notes that there is a mirror, to which documents are written from now on; tells whether that is news.
pub async fn note_mirror(tx: &mut PgConnection, name: &str) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!("insert into search_mirrors (name) values ($1) on conflict do nothing", name);
    Ok(noted.execute(tx).await?.rows_affected() > 0)
}

/// Notes that there is no mirror, and that up to `limit` documents do not wait for one any more; gives how many did.
pub async fn forget_mirror(pool: &PgPool, limit: i64) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from search_mirrors").execute(pool).await?;
    let freed = sqlx::query!(
        r#"
        update search_documents set mirrored = true
        where id in (
            select id from search_documents where not mirrored order by id limit $1 for no key update skip locked
        )
        "#,
        limit
    );
    Ok(freed.execute(pool).await?.rows_affected())
}

/// Has the mirror take all documents once more.
pub async fn mirror_all_again(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("update search_documents set mirrored = false where live and mirrored").execute(tx).await?;
    Ok(())
}

/// Writes a document unless one of this version or a later one is there; tells whether it was written.
pub async fn put(tx: &mut PgConnection, document: &Document) -> Result<bool, sqlx::Error> {
    let [title_words, artist_words, about_words, joined] = lexemes(document);
    let folded_title = relevance::whole(&names::words(&document.title));
    learn(tx, [&title_words, &artist_words, &about_words]).await?;
    let written = sqlx::query!(
        r#"
        with next as (update catalog_revision set revision = revision + 1 returning revision)
        insert into search_documents as d (
            id, kind, version, live, title, subtitle, folded_title, words, popularity, revision, explicit, mirrored
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
            (select revision from next),
            coalesce((select explicit from tracks where id = $1), false) or (
                exists (select from tracks where album_id = $1 and status = 'PUBLISHED' and explicit)
                and not exists (select from tracks where album_id = $1 and status = 'PUBLISHED' and not explicit)
            ),
            not exists (select from search_mirrors)
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
            explicit = excluded.explicit,
            mirrored = excluded.mirrored,
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

/// The words of the title, of the artists, of what else is said, and pairs of words written as one; each in the first list that has
/// it, whose weight it keeps.
fn lexemes(document: &Document) -> [Vec<String>; 4] {
    let title = names::index_words(&document.title);
    let mut artists = names::index_words(&document.artists);
    let mut about = names::index_words(&document.about);
    let mut joined = document.joined_words();
    artists.retain(|word| !title.contains(word));
    about.retain(|word| !title.contains(word) && !artists.contains(word));
    joined.retain(|word| !title.contains(word));
    [title, artists, about, joined]
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

/// Whether albums are explicit depends on their tracks: decides anew for the albums that a track is on, and was on when search
/// learned of it last.
pub async fn judge_albums_of(tx: &mut PgConnection, track: Uuid) -> Result<(), sqlx::Error> {
    let albums = sqlx::query_scalar!(
        r#"
        with now as (
            select album_id from tracks where id = $1 and album_id is not null
        ), before as (
            select album_id from search_tracks where track_id = $1
        ), left_it as (
            delete from search_tracks where track_id = $1 and not exists (select from now)
        ), stands as (
            insert into search_tracks as s (track_id, album_id)
            select $1, album_id from now
            on conflict (track_id) do update set album_id = excluded.album_id where s.album_id <> excluded.album_id
        )
        select album_id as "album_id!" from now union select album_id from before
        "#,
        track
    )
    .fetch_all(&mut *tx)
    .await?;
    // Held before the tracks are looked at: of two that decide at once, the second sees what the first has seen.
    sqlx::query!("select id from search_documents where id = any($1) order by id for no key update", &albums)
        .fetch_all(&mut *tx)
        .await?;
    sqlx::query!(
        r#"
        update search_documents d
        set explicit = judged.explicit, mirrored = not exists (select from search_mirrors), written_at = now()
        from (
            select
                a.id,
                exists (select from tracks where album_id = a.id and status = 'PUBLISHED' and explicit)
                    and not exists (select from tracks where album_id = a.id and status = 'PUBLISHED' and not explicit)
                    as explicit
            from unnest($1::uuid[]) as a (id)
        ) as judged
        where d.id = judged.id and d.explicit <> judged.explicit
        "#,
        &albums
    )
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
        set live = false,
            revision = (select revision from next),
            mirrored = not exists (select from search_mirrors),
            written_at = now()
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
