//! Entries of playlists in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId};
use polyphony_kit::{UserId, page::Window};
use uuid::Uuid;

use crate::{
    domain::{
        playlist_item::{ItemCursor, PlacedItem, PlaylistItem},
        rank::Rank,
        smart_item::Tails,
    },
    store::{ReadError, Reader, smart_playlist},
};

struct Row {
    id: PlaylistItemId,
    playlist_id: PlaylistId,
    track_id: TrackId,
    is_track_deleted: bool,
    position: String,
    added_by: UserId,
    added_at: DateTime<Utc>,
    is_for_member: bool,
}

impl From<Row> for PlaylistItem {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            playlist: row.playlist_id,
            track: row.track_id,
            is_track_deleted: row.is_track_deleted,
            added_by: row.added_by,
            added_at: row.added_at,
            is_for_member: row.is_for_member,
        }
    }
}

impl TryFrom<Row> for PlacedItem {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self { position: rank(&row.position)?, item: row.into() })
    }
}

/// Reads a position as the database has it.
pub(super) fn rank(text: &str) -> Result<Rank, sqlx::Error> {
    Rank::parse(text).ok_or_else(|| sqlx::Error::Decode("a position that is no rank".into()))
}

/// Entries `i`, from what follows, and whether it is a member of their playlist who is shown them.
macro_rules! items {
    (for member $is_member:literal, $from:literal, $($arg:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                i.id as "id!: PlaylistItemId",
                i.playlist_id as "playlist_id!: PlaylistId",
                i.track_id as "track_id!: TrackId",
                (select t.status from tracks t where t.id = i.track_id) is not distinct from 'DELETED'
                    as "is_track_deleted!",
                i.position as "position!",
                i.added_by as "added_by!: UserId",
                i.added_at as "added_at!",
                "# + $is_member + r#" as "is_for_member!"
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
    /// In which of its versions; none for how it stands now.
    pub version: Option<i64>,
    /// Which page.
    pub window: Window<ItemCursor>,
}

impl Loader<ItemsOf> for Reader {
    type Value = Vec<PlacedItem>;
    type Error = ReadError;

    async fn load(&self, keys: &[ItemsOf]) -> Result<HashMap<ItemsOf, Vec<PlacedItem>>, ReadError> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        let mut rounds: Vec<Vec<&ItemsOf>> = Vec::new();
        // One statement reads one page of each playlist; only aliases ask for a second page of the same one.
        for key in keys.iter().filter(|key| key.version.is_none()) {
            match rounds.iter_mut().find(|round| round.iter().all(|other| other.playlist != key.playlist)) {
                Some(round) => round.push(key),
                None => rounds.push(vec![key]),
            }
        }
        for round in rounds {
            let by_playlist: HashMap<_, _> = round.iter().map(|key| (key.playlist, *key)).collect();
            for row in pages(self, &round).await? {
                let item = PlacedItem::try_from(row)?;
                found.entry(by_playlist[&item.item.playlist].clone()).or_default().push(item);
            }
        }
        // A frame of a live playlist asks for one past version; no query asks for any.
        for key in keys {
            if let Some(version) = key.version {
                let rows = past_page(self, key, version).await?;
                let items = rows.into_iter().map(PlacedItem::try_from).collect::<Result<_, _>>()?;
                found.insert(key.clone(), items);
            }
        }
        Ok(found)
    }
}

async fn pages(reader: &Reader, keys: &[&ItemsOf]) -> Result<Vec<Row>, sqlx::Error> {
    let after = |key: &ItemsOf| key.window.page.after.clone();
    let playlists: Vec<_> = keys.iter().map(|key| key.playlist).collect();
    // Before the first entry there is the empty position, in an epoch that no playlist has.
    let positions: Vec<_> = keys.iter().map(|key| after(key).map_or_else(String::new, |c| c.position.into())).collect();
    let items: Vec<_> = keys.iter().map(|key| after(key).map_or(Uuid::nil(), |c| c.item.0)).collect();
    let epochs: Vec<_> = keys.iter().map(|key| after(key).map_or(-1, |c| c.epoch)).collect();
    let limits: Vec<_> = keys.iter().map(|key| key.window.page.limit()).collect();
    let offsets: Vec<_> = keys.iter().map(|key| key.window.offset).collect();
    // Whether it is a member who is shown the playlist is known where the page is asked for.
    items!(
        for member "false",
        r#"
        from unnest($1::uuid[], $2::text[], $3::uuid[], $4::integer[], $5::bigint[], $6::bigint[]) as k (
            playlist_id, position, item_id, epoch, take, skip
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
            offset k.skip
        ) i
        order by i.playlist_id, i.position
        "#,
        &playlists as &[PlaylistId],
        &positions,
        &items,
        &epochs,
        &limits,
        &offsets
    )
    .fetch_all(&reader.store.pool)
    .await
}

/// A page of the entries of a playlist as they stood in a version of the last minutes.
async fn past_page(reader: &Reader, key: &ItemsOf, version: i64) -> Result<Vec<Row>, sqlx::Error> {
    let after = key.window.page.after.as_ref().map_or("", |cursor| cursor.position.as_str());
    items!(
        for member "false",
        r#"
        from (
            select id, playlist_id, track_id, position, added_by, added_at
            from playlist_items
            where playlist_id = $1 and since <= $2
            union all
            select id, playlist_id, track_id, position, added_by, added_at
            from playlist_items_past
            where playlist_id = $1 and since <= $2 and until > $2
        ) i
        where i.position > $3
        order by i.position
        limit $4
        offset $5
        "#,
        key.playlist.0,
        version,
        after,
        key.window.page.limit(),
        key.window.offset
    )
    .fetch_all(&reader.store.pool)
    .await
}

impl Loader<PlaylistItemId> for Reader {
    type Value = PlaylistItem;
    type Error = ReadError;

    async fn load(&self, ids: &[PlaylistItemId]) -> Result<HashMap<PlaylistItemId, PlaylistItem>, ReadError> {
        let rows = items!(
            for member "m.is_member is true",
            r#"
            from playlist_items i
            join playlists p on p.id = i.playlist_id
            cross join lateral (
                select p.owner_id = $1
                    or exists (select from playlist_collaborators c where c.playlist_id = p.id and c.user_id = $1)
                    as is_member
            ) m
            where i.id = any($2) and (p.visibility <> 'PRIVATE' or m.is_member)
            "#,
            self.viewer.map(|user| user.0),
            ids as &[PlaylistItemId]
        );
        let rows = rows.fetch_all(&self.store.pool).await?;
        let mut found: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row.into())).collect();
        let entries: Vec<_> = ids.iter().filter_map(|id| Some((*id, Tails::of(*id)?))).collect();
        if !entries.is_empty() {
            found.extend(smart_playlist::entries(self, &entries).await?);
        }
        Ok(found)
    }
}
