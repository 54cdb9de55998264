//! Lists that are sorted and filtered as clients ask. However many lists of one kind a request asks for, and whatever they are
//! sorted by, they are one statement; what clients wrote is only ever a bound value of it.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_kit::page::Window;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{Reader, Store};
use crate::domain::{
    Audience,
    browse::{Beginning, Direction, Filter, Letter, Sorted, letters},
};

/// A list that is asked for: finds a page of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct List<S> {
    /// How it is sorted.
    pub sorted: Sorted<S>,
    /// What it holds.
    pub filter: Filter,
    /// Whether drafts of the reader's person are in it, and not only what is published.
    pub drafts: Drafts,
    /// Which page.
    pub window: Window<Place>,
    /// Whether the length of the whole list is asked for, too.
    pub total: bool,
}

/// Whether a list holds drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Drafts {
    /// Those that the reader's person may see.
    Own,
    /// None.
    None,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// The things of the page, each with its place in the list; one more than the page has when more follow.
    pub rows: Vec<(Place, T)>,
    /// How long the whole list is; 0 when it was not asked for.
    pub total: i64,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), total: 0 }
    }
}

/// Where a thing stands in a list. A cursor holds one, so that pages stay right while things come and go.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// How the list is sorted.
    list: String,
    /// What the thing is sorted by, as text.
    keys: Vec<String>,
    /// The thing.
    id: Uuid,
}

impl Place {
    /// Whether it is one of a list that is sorted like this.
    pub fn fits<S: Listable>(&self, sorted: Sorted<S>) -> bool {
        let keys = sorted.by.keys();
        self.list == list_name(sorted)
            && self.keys.len() == keys.len()
            && self.keys.iter().zip(keys).all(|(text, key)| key.kind.reads(text))
    }
}

/// What a list is sorted by: an expression that is never null.
pub struct SortKey {
    /// The expression.
    pub sql: &'static str,
    /// What it gives.
    pub kind: KeyKind,
}

/// What a sort key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// `text collate "C"`.
    Text,
    /// `bigint` or narrower.
    Number,
    /// `timestamptz`.
    Time,
}

impl KeyKind {
    fn reads(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Number => text.parse::<i64>().is_ok(),
            Self::Time => time(text).is_some(),
        }
    }

    fn bind(self, sql: &mut QueryBuilder<Postgres>, text: &str) {
        match self {
            Self::Text => sql.push_bind(text.to_owned()),
            Self::Number => sql.push_bind(text.parse::<i64>().unwrap_or_default()),
            Self::Time => sql.push_bind(time(text)),
        };
    }
}

/// Reads a time as PostgreSQL writes it.
fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok().map(|time| time.to_utc())
}

/// What albums, tracks and artists have each for themselves: how they can be sorted.
pub trait Listable: Copy + Eq + Hash + Send + Sync + 'static {
    /// What the list holds.
    type Thing: Clone + Send + Sync + 'static;
    /// Their table with its alias, `albums b`.
    const TABLE: &'static str;
    /// The alias.
    const ALIAS: &'static str;
    /// Where the letter is that an alphabetical list has the thing under.
    const INITIAL: &'static str;

    /// The name of this order in cursors.
    fn name(self) -> &'static str;
    /// What it is sorted by; the id decides where that is the same.
    fn keys(self) -> &'static [SortKey];
    /// What has to be joined for that.
    fn joins(self) -> &'static str;
    /// Appends what a list holds, as a condition that begins with `true`.
    fn push_filter(sql: &mut QueryBuilder<Postgres>, filter: &Filter, drafts: Drafts, audience: Audience);
    /// Reads a thing from a row of its table.
    fn read(row: &PgRow) -> Result<Self::Thing, sqlx::Error>;
}

impl<S: Listable> Loader<List<S>> for Reader {
    type Value = Listed<S::Thing>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[List<S>]) -> Result<HashMap<List<S>, Listed<S::Thing>>, Self::Error> {
        let mut sql = QueryBuilder::<Postgres>::new("");
        for (n, list) in keys.iter().enumerate() {
            sql.push(if n == 0 { "" } else { " union all " });
            push_list(&mut sql, n, list, self.audience);
        }
        sql.push(" order by n, ordinal");
        // A plan for all values would serve a rare genre and a common one alike.
        let is_plain = keys.len() == 1 && keys[0].filter.is_empty();
        let rows = sql.build().persistent(is_plain).fetch_all(&self.store.pool).await?;
        let mut found: HashMap<_, Listed<S::Thing>> = HashMap::new();
        for row in rows {
            let list = &keys[usize::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default()];
            let listed = found.entry(list.clone()).or_default();
            listed.total = row.try_get("total")?;
            if let Some(keys) = row.try_get::<Option<Vec<String>>, _>("place")? {
                let place = Place { list: list_name(list.sorted), keys, id: row.try_get("id")? };
                listed.rows.push((place, S::read(&row)?));
            }
        }
        Ok(found)
    }
}

/// Appends the statement of one list. It gives a row also when the page is empty, which says how long the list is.
fn push_list<S: Listable>(sql: &mut QueryBuilder<Postgres>, n: usize, list: &List<S>, audience: Audience) {
    sql.push("(select ").push_bind(n as i64).push(" as n, c.ordinal, c.place, counted.total, ").push(S::ALIAS);
    sql.push(".* from (select ");
    if list.total {
        sql.push("(select count(*) from ").push(S::TABLE).push(" where ");
        S::push_filter(sql, &list.filter, list.drafts, audience);
        sql.push(")");
    } else {
        sql.push("0::bigint");
    }
    sql.push(" as total) counted left join (select row_number() over () as ordinal, r.* from (select array[");
    let keys = list.sorted.by.keys();
    for (n, key) in keys.iter().enumerate() {
        sql.push(if n == 0 { "(" } else { ", (" }).push(key.sql).push(")::text");
    }
    // What an offset skips is read from the index alone; rows are read of the page only.
    sql.push("] as place, ").push(S::ALIAS).push(".id as thing from ").push(S::TABLE).push(list.sorted.by.joins());
    sql.push(" where ");
    S::push_filter(sql, &list.filter, list.drafts, audience);
    if let Some(after) = &list.window.page.after {
        push_behind(sql, list.sorted, after);
    }
    let way = if list.sorted.direction == Direction::Ascending { "" } else { " desc" };
    sql.push(" order by ");
    for key in keys {
        sql.push(key.sql).push(way).push(", ");
    }
    sql.push(S::ALIAS).push(".id").push(way);
    sql.push(" limit ").push_bind(list.window.page.limit()).push(" offset ").push_bind(list.window.offset);
    sql.push(") r) c on true left join ").push(S::TABLE).push(" on ").push(S::ALIAS).push(".id = c.thing)");
}

/// Appends that a thing stands behind a place.
fn push_behind<S: Listable>(sql: &mut QueryBuilder<Postgres>, sorted: Sorted<S>, after: &Place) {
    sql.push(" and (");
    for key in sorted.by.keys() {
        sql.push(key.sql).push(", ");
    }
    let way = if sorted.direction == Direction::Ascending { ".id) > (" } else { ".id) < (" };
    sql.push(S::ALIAS).push(way);
    for (key, text) in sorted.by.keys().iter().zip(&after.keys) {
        key.kind.bind(sql, text);
        sql.push(", ");
    }
    sql.push_bind(after.id).push(")");
}

fn list_name<S: Listable>(sorted: Sorted<S>) -> String {
    let way = if sorted.direction == Direction::Ascending { "+" } else { "-" };
    format!("{}{way}", sorted.by.name())
}

/// Appends who sees a thing with a status in a list.
pub(super) fn push_seen(sql: &mut QueryBuilder<Postgres>, alias: &'static str, drafts: Drafts, audience: Audience) {
    match (drafts, audience) {
        (Drafts::Own, Audience { is_admin: true, .. }) => sql.push("true"),
        (Drafts::Own, Audience { user: Some(user), .. }) => {
            sql.push("(").push(alias).push(".status = 'PUBLISHED' or ").push(alias).push(".owner_id = ");
            sql.push_bind(user.0).push(")")
        }
        _ => sql.push(alias).push(".status = 'PUBLISHED'"),
    };
}

/// The column of what a person chose: whether explicit tracks are shown. It is read once in a statement, not once a row.
const SHOWS_EXPLICIT: &str = "coalesce((select explicit_content from preferences where user_id = ";

/// Appends that an explicit track is kept from whoever wants none.
pub(super) fn push_unhidden_tracks(sql: &mut QueryBuilder<Postgres>, alias: &'static str, audience: Audience) {
    let Some(user) = audience.user else { return };
    sql.push(" and (not ").push(alias).push(".explicit or ").push(SHOWS_EXPLICIT).push_bind(user.0).push("), true))");
}

/// Appends that an album of explicit tracks alone is kept from whoever wants none.
pub(super) fn push_unhidden_albums(sql: &mut QueryBuilder<Postgres>, alias: &'static str, audience: Audience) {
    let Some(user) = audience.user else { return };
    sql.push(" and (").push(SHOWS_EXPLICIT).push_bind(user.0).push("), true)");
    for (exists, is_explicit) in [(" or not exists", ""), (" or exists", "not ")] {
        sql.push(exists).push(" (select from tracks h where h.album_id = ").push(alias);
        sql.push(".id and h.status = 'PUBLISHED' and ").push(is_explicit).push("h.explicit)");
    }
    sql.push(")");
}

/// Appends what a title or name begins with.
pub(super) fn push_beginning(sql: &mut QueryBuilder<Postgres>, column: &'static str, beginning: &Beginning) {
    match beginning {
        Beginning::NoLetter => sql.push(" and ").push(column).push(" !~ '^[[:alpha:]]'"),
        Beginning::Text(text) => {
            let literal = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
            sql.push(" and ").push(column).push(" collate \"C\" like ").push_bind(format!("{literal}%"))
        }
    };
}

/// Appends in which years the text of a date lies.
pub(super) fn push_years(sql: &mut QueryBuilder<Postgres>, column: &'static str, filter: &Filter) {
    for (op, year) in [(" >= ", filter.from_year), (" <= ", filter.to_year)] {
        if let Some(year) = year {
            sql.push(" and left(").push(column).push(", 4) collate \"C\"").push(op).push_bind(format!("{year:04}"));
        }
    }
}

impl Store {
    /// The letters under which an alphabetical list has what this filter holds.
    pub async fn letters<S: Listable>(&self, filter: &Filter, audience: Audience) -> Result<Vec<Letter>, sqlx::Error> {
        let mut sql = QueryBuilder::<Postgres>::new("select left(");
        sql.push(S::INITIAL).push(", 1) collate \"C\" as initial, count(*) as count from ").push(S::TABLE);
        sql.push(" where ");
        S::push_filter(&mut sql, filter, Drafts::None, audience);
        sql.push(" group by 1 order by 1");
        let rows: Vec<(String, i64)> = sql.build_query_as().persistent(filter.is_empty()).fetch_all(&self.pool).await?;
        Ok(letters(&rows))
    }
}
