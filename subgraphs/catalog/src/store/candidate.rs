//! The documents that a query may mean, and the words that documents have had.

use std::collections::HashSet;

use uuid::Uuid;

use super::Store;
use crate::domain::{Kind, relevance::Text};

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
    /// Whether it is an explicit track, or an album of such alone.
    pub explicit: bool,
}

impl Candidate {
    /// What it is ranked by.
    pub fn text(&self) -> Text<'_> {
        Text { kind: self.kind, title: &self.title, subtitle: &self.subtitle, popularity: self.popularity }
    }
}

/// What candidates must hold: `tsquery`s, and how many are enough.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The query as one title.
    pub whole: String,
    /// Every word of the query as it is written.
    pub exact: String,
    /// Every word of the query, or one that is like it.
    pub alike: String,
    /// Whatever has the very words stands before all others: those are looked for when fewer than this have.
    pub enough: i64,
    /// So many of each way of finding, the most played.
    pub most: i64,
    /// Whether explicit ones are among them.
    pub shows_explicit: bool,
}

/// Candidates, and about how many documents there are like them.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// The documents that may be the best.
    pub rows: Vec<Candidate>,
    /// How many there are in all.
    pub total: i64,
}

/// Words that documents have had.
#[derive(Clone, Debug, Default)]
pub struct KnownWords {
    /// Those that were asked for.
    pub same: HashSet<String>,
    /// Those that are like a word, with its place.
    pub similar: Vec<(usize, String)>,
}

/// More results than this are not counted.
const MOST_COUNTED: i64 = 1_000;

// How common the words of a query are decides whether the index of words or that of popularity is read first, so these two
// are planned each time for their words. The checked macros of sqlx always keep plans; hence these are checked by tests.

const CANDIDATES: &str = r"
with exact as materialized (
    select id, kind, title, subtitle, popularity, explicit
    from search_documents
    where live and kind = any($1) and words @@ $3::text::tsquery and ($7 or not explicit)
    order by popularity desc, id
    limit $5
)
select id, kind, title, subtitle, popularity, explicit, (select count(*) from exact) as exact
from (
    (
        select id, kind, title, subtitle, popularity, explicit
        from search_documents
        where live and kind = any($1) and folded_title = $2 and ($7 or not explicit)
        order by popularity desc
        limit $5
    )
    union
    table exact
    union
    (
        select id, kind, title, subtitle, popularity, explicit
        from search_documents
        where live and kind = any($1) and words @@ $4::text::tsquery and ($7 or not explicit)
            and (select count(*) from exact) < $6
        order by popularity desc, id
        limit $5
    )
) as found
";

const COUNT: &str = r"
select count(*)
from (
    select from search_documents
    where live and kind = any($1) and words @@ $2::text::tsquery and ($4 or not explicit)
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
    explicit: bool,
    exact: i64,
}

impl From<Row> for Candidate {
    fn from(row: Row) -> Self {
        let kind = row.kind.into();
        let (popularity, explicit) = (row.popularity, row.explicit);
        Self { id: row.id, kind, title: row.title, subtitle: row.subtitle, popularity, explicit }
    }
}

impl Store {
    /// Which of `same` are words of documents; and for each of `words` those that are like it. An empty word is like none.
    pub async fn known_words(&self, same: &[String], words: &[String]) -> Result<KnownWords, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            select null::bigint as place, w.word as "word!"
            from search_words w
            where w.word = any($1)
            union all
            select q.place, w.word
            from unnest($2::text[]) with ordinality as q (word, place)
            cross join lateral (
                select w.word
                from search_words w
                where w.word % q.word
                order by similarity(w.word, q.word) desc, w.word
                limit 40
            ) as w
            where q.word <> ''
            "#,
            same,
            words
        )
        .fetch_all(&self.pool)
        .await?;
        let mut known = KnownWords::default();
        for row in rows {
            match row.place {
                None => drop(known.same.insert(row.word)),
                Some(place) => known.similar.push((place as usize - 1, row.word)),
            }
        }
        Ok(known)
    }

    /// The documents of these kinds that may be the best.
    pub async fn candidates(&self, kinds: &[Kind], wanted: &Wanted) -> Result<Candidates, sqlx::Error> {
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
        let rows: Vec<Row> = sqlx::query_as(CANDIDATES)
            .bind(&kinds)
            .bind(&wanted.whole)
            .bind(&wanted.exact)
            .bind(&wanted.alike)
            .bind(wanted.most)
            .bind(wanted.enough)
            .bind(wanted.shows_explicit)
            .persistent(false)
            .fetch_all(&self.pool)
            .await?;
        let (found, exact) = (rows.len() as i64, rows.first().map_or(0, |row| row.exact));
        let counted = if exact < wanted.enough { &wanted.alike } else { &wanted.exact };
        let total = if found < wanted.most {
            found
        } else {
            self.count(&kinds, counted, wanted.shows_explicit).await?.max(found)
        };
        Ok(Candidates { rows: rows.into_iter().map(Candidate::from).collect(), total })
    }

    /// How many documents answer a `tsquery`, up to a limit beyond which nobody counts.
    async fn count(&self, kinds: &[String], query: &str, shows_explicit: bool) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(COUNT)
            .bind(kinds)
            .bind(query)
            .bind(MOST_COUNTED)
            .bind(shows_explicit)
            .persistent(false)
            .fetch_one(&self.pool)
            .await
    }
}
