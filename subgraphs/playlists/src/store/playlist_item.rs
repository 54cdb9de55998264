//! Entries of playlists in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId};
use polyphony_kit::{UserId, page::Page};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        playlist_item::{ItemCursor, Place, PlaylistItem},
        rank::{Gap, Rank},
    },
    store::{ReadError, Reader},
};

struct Row {
    id: PlaylistItemId,
    playlist_id: PlaylistId,
    track_id: TrackId,
    position: String,
    added_by: UserId,
    added_at: DateTime<Utc>,
}

impl TryFrom<Row> for PlaylistItem {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            playlist: row.playlist_id,
            track: row.track_id,
            position: rank(&row.position)?,
            added_by: row.added_by,
            added_at: row.added_at,
        })
    }
}

fn rank(text: &str) -> Result<Rank, sqlx::Error> {
    Rank::parse(text).ok_or_else(|| sqlx::Error::Decode("a position that is no rank".into()))
}

/// Entries `i`, from what follows.
macro_rules! items {
    ($from:literal, $($arg:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                i.id as "id!: PlaylistItemId",
                i.playlist_id as "playlist_id!: PlaylistId",
                i.track_id as "track_id!: TrackId",
                i.position as "position!",
                i.added_by as "added_by!: UserId",
                i.added_at as "added_at!"
            "# + $from,
            $($arg),+
        )
    };
}

/// A page of the entries of a playlist that the viewer was shown already: finds them in order, one more than the page has
/// when more follow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ItemsOf {
    /// Of which playlist.
    pub playlist: PlaylistId,
    /// Which page.
    pub page: Page<ItemCursor>,
}

impl Loader<ItemsOf> for Reader {
    type Value = Vec<PlaylistItem>;
    type Error = ReadError;

    async fn load(&self, keys: &[ItemsOf]) -> Result<HashMap<ItemsOf, Vec<PlaylistItem>>, ReadError> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        let mut rounds: Vec<Vec<&ItemsOf>> = Vec::new();
        // One statement reads one page of each playlist; only aliases ask for a second page of the same one.
        for key in keys {
            match rounds.iter_mut().find(|round| round.iter().all(|other| other.playlist != key.playlist)) {
                Some(round) => round.push(key),
                None => rounds.push(vec![key]),
            }
        }
        for round in rounds {
            let by_playlist: HashMap<_, _> = round.iter().map(|key| (key.playlist, *key)).collect();
            for row in pages(self, &round).await? {
                let item = PlaylistItem::try_from(row)?;
                found.entry(by_playlist[&item.playlist].clone()).or_default().push(item);
            }
        }
        Ok(found)
    }
}

async fn pages(reader: &Reader, keys: &[&ItemsOf]) -> Result<Vec<Row>, sqlx::Error> {
    let after = |key: &ItemsOf| key.page.after.clone();
    let playlists: Vec<_> = keys.iter().map(|key| key.playlist).collect();
    // Before the first entry there is the empty position, in an epoch that no playlist has.
    let positions: Vec<_> = keys.iter().map(|key| after(key).map_or_else(String::new, |c| c.position.into())).collect();
    let items: Vec<_> = keys.iter().map(|key| after(key).map_or(Uuid::nil(), |c| c.item.0)).collect();
    let epochs: Vec<_> = keys.iter().map(|key| after(key).map_or(-1, |c| c.epoch)).collect();
    let limits: Vec<_> = keys.iter().map(|key| key.page.limit()).collect();
    items!(
        r#"
        from unnest($1::uuid[], $2::text[], $3::uuid[], $4::integer[], $5::bigint[]) as k (
            playlist_id, position, item_id, epoch, take
        )
        join playlists p on p.id = k.playlist_id
        cross join lateral (
            select *
            from playlist_items e
            where e.playlist_id = k.playlist_id and e.position > case
                when k.epoch = p.rank_epoch then k.position
                else coalesce(
                    (select m.position from playlist_items m where m.id = k.item_id and m.playlist_id = p.id),
                    k.position
                )
            end collate "C"
            order by e.position
            limit k.take
        ) i
        order by i.playlist_id, i.position
        "#,
        &playlists as &[PlaylistId],
        &positions,
        &items,
        &epochs,
        &limits
    )
    .fetch_all(&reader.store.pool)
    .await
}

impl Loader<PlaylistItemId> for Reader {
    type Value = PlaylistItem;
    type Error = ReadError;

    async fn load(&self, ids: &[PlaylistItemId]) -> Result<HashMap<PlaylistItemId, PlaylistItem>, ReadError> {
        let rows = items!(
            r#"
            from playlist_items i
            join playlists p on p.id = i.playlist_id
            where i.id = any($2) and (
                p.visibility <> 'PRIVATE'
                or p.owner_id = $1
                or exists (select from playlist_collaborators c where c.playlist_id = p.id and c.user_id = $1)
            )
            "#,
            self.viewer.map(|user| user.0),
            ids as &[PlaylistItemId]
        );
        let rows = rows.fetch_all(&self.store.pool).await?;
        Ok(rows.into_iter().map(|row| Ok((row.id, row.try_into()?))).collect::<Result<_, sqlx::Error>>()?)
    }
}

/// How long the tracks of a playlist play together, of those that catalog has told of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DurationOf(pub PlaylistId);

impl Loader<DurationOf> for Reader {
    type Value = i64;
    type Error = ReadError;

    async fn load(&self, keys: &[DurationOf]) -> Result<HashMap<DurationOf, i64>, ReadError> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = sqlx::query!(
            r#"
            select i.playlist_id as "id: PlaylistId", sum(t.duration_ms)::bigint as "duration_ms!"
            from playlist_items i
            join tracks t on t.id = i.track_id
            where i.playlist_id = any($1)
            group by i.playlist_id
            "#,
            &ids as &[PlaylistId]
        );
        let rows = rows.fetch_all(&self.store.pool).await?;
        Ok(rows.into_iter().map(|row| (DurationOf(row.id), row.duration_ms)).collect())
    }
}

/// The gap at `place`, not counting the entries that are about to move; none when the entry to stand behind is missing.
pub async fn gap(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    place: Place,
    moving: &[PlaylistItemId],
) -> Result<Option<Gap>, sqlx::Error> {
    let after = match place {
        Place::Top => None,
        Place::After(anchor) => match position(&mut *tx, playlist, anchor).await? {
            None => return Ok(None),
            found => found,
        },
        Place::End => return Ok(Some(Gap { after: last(tx, playlist).await?, before: None })),
    };
    let before = sqlx::query_scalar!(
        r#"
        select position
        from playlist_items
        where playlist_id = $1 and position > $2 and not id = any($3)
        order by position
        limit 1
        "#,
        playlist.0,
        after.as_ref().map_or("", Rank::as_str),
        moving as &[PlaylistItemId]
    );
    let before = before.fetch_optional(tx).await?.map(|text| rank(&text)).transpose()?;
    Ok(Some(Gap { after, before }))
}

async fn position(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    id: PlaylistItemId,
) -> Result<Option<Rank>, sqlx::Error> {
    let sql =
        sqlx::query_scalar!("select position from playlist_items where playlist_id = $1 and id = $2", playlist.0, id.0);
    sql.fetch_optional(tx).await?.map(|text| rank(&text)).transpose()
}

async fn last(tx: &mut PgConnection, playlist: PlaylistId) -> Result<Option<Rank>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        "select position from playlist_items where playlist_id = $1 order by position desc limit 1",
        playlist.0
    );
    sql.fetch_optional(tx).await?.map(|text| rank(&text)).transpose()
}

/// Those of the entries that stand in the playlist.
pub async fn present(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    ids: &[PlaylistItemId],
) -> Result<Vec<PlaylistItemId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"select id as "id: PlaylistItemId" from playlist_items where playlist_id = $1 and id = any($2)"#,
        playlist.0,
        ids as &[PlaylistItemId]
    );
    sql.fetch_all(tx).await
}

/// Writes new entries.
pub async fn insert(db: impl PgExecutor<'_>, items: &[PlaylistItem]) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = items.iter().map(|item| item.id).collect();
    let playlists: Vec<_> = items.iter().map(|item| item.playlist).collect();
    let tracks: Vec<_> = items.iter().map(|item| item.track).collect();
    let positions: Vec<_> = items.iter().map(|item| item.position.as_str().to_owned()).collect();
    let people: Vec<_> = items.iter().map(|item| item.added_by).collect();
    let times: Vec<_> = items.iter().map(|item| item.added_at).collect();
    sqlx::query!(
        r#"
        insert into playlist_items (id, playlist_id, track_id, position, added_by, added_at)
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::timestamptz[])
        "#,
        &ids as &[PlaylistItemId],
        &playlists as &[PlaylistId],
        &tracks as &[TrackId],
        &positions,
        &people as &[UserId],
        &times
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives entries new positions, each the one at its place of `ranks`.
pub async fn place(db: impl PgExecutor<'_>, ids: &[PlaylistItemId], ranks: &[Rank]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update playlist_items i
        set position = r.position
        from unnest($1::uuid[], $2::text[]) as r (id, position)
        where i.id = r.id
        "#,
        ids as &[PlaylistItemId],
        &texts(ranks)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deals out all positions of a playlist anew, in the order that its entries have.
pub async fn deal_out(db: impl PgExecutor<'_>, playlist: PlaylistId, ranks: &[Rank]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update playlist_items i
        set position = r.position
        from (select id, row_number() over (order by position) as n from playlist_items where playlist_id = $1) o
        join unnest($2::text[]) with ordinality as r (position, n) using (n)
        where i.id = o.id
        "#,
        playlist.0,
        &texts(ranks)
    )
    .execute(db)
    .await?;
    Ok(())
}

fn texts(ranks: &[Rank]) -> Vec<String> {
    ranks.iter().map(|rank| rank.as_str().to_owned()).collect()
}

/// Removes those of the entries that stand in the playlist, and tells how many that were.
pub async fn delete(db: impl PgExecutor<'_>, playlist: PlaylistId, ids: &[PlaylistItemId]) -> Result<u64, sqlx::Error> {
    let sql = sqlx::query!(
        "delete from playlist_items where playlist_id = $1 and id = any($2)",
        playlist.0,
        ids as &[PlaylistItemId]
    );
    Ok(sql.execute(db).await?.rows_affected())
}
