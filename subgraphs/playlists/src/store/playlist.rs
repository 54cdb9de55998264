//! Playlists in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, ids::ImageId};
use polyphony_kit::{UserId, page::Page};
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{playlist::Playlist, smart_rules::SmartRules},
    store::{
        Listed, ReadError, Reader, Store,
        columns::{role_of, visibility_of, visibility_text},
    },
};

/// A playlist, or nothing but the total in the one row of an empty page.
struct Row {
    total: Option<i64>,
    id: Option<PlaylistId>,
    owner_id: Option<UserId>,
    title: Option<String>,
    description: Option<String>,
    visibility: Option<String>,
    share_token: Option<String>,
    picture_id: Option<ImageId>,
    version: Option<i64>,
    rules: Option<Json<SmartRules>>,
    item_count: Option<i32>,
    rank_epoch: Option<i32>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    role: Option<String>,
}

impl Row {
    fn playlist(self) -> Option<Playlist> {
        Some(Playlist {
            id: self.id?,
            owner: self.owner_id?,
            title: self.title?,
            description: self.description,
            visibility: visibility_of(&self.visibility?),
            share_token: self.share_token,
            picture: self.picture_id,
            version: self.version?,
            rules: self.rules.map(|rules| rules.0),
            item_count: self.item_count?,
            rank_epoch: self.rank_epoch?,
            created_at: self.created_at?,
            updated_at: self.updated_at?,
            viewer_role: self.role.as_deref().map(role_of),
            is_past: false,
        })
    }

    fn listed(self) -> (Option<i64>, Option<Playlist>) {
        (self.total, self.playlist())
    }
}

/// Playlists `p` as the viewer `$1` sees them. `visible` leaves out those that the viewer may not see: private ones are for
/// their owner and collaborators alone, whatever the viewer's role on the platform is. `page` gives up to `$4` playlists `q`
/// of a list whose ids are below `$3`, and their count if `$2` asks for it.
macro_rules! playlists {
    (visible $and:tt, $($arg:expr),+) => {
        playlists!(
            [r#"
            from playlists p
            where (
                p.visibility <> 'PRIVATE'
                or p.owner_id = $1
                or exists (select from playlist_collaborators c where c.playlist_id = p.id and c.user_id = $1)
            )
            "# + $and],
            $($arg),+
        )
    };
    (page of $list:literal counted by $count:literal, $($arg:expr),+) => {
        playlists!(
            total "p.total",
            [r#"
            from (
                select *
                from (select case when $2 then ("# + $count + r#") end as total) n
                left join (
                    select * from playlists q where q.id < $3 and "# + $list + r#" order by q.id desc limit $4
                ) q on true
            ) p
            order by p.id desc
            "#],
            $($arg),+
        )
    };
    ([$($from:tt)+], $($arg:expr),+) => { playlists!(total "null::bigint", [$($from)+], $($arg),+) };
    (total $total:literal, [$($from:tt)+], $($arg:expr),+) => {
        sqlx::query_as!(
            Row,
            "select " + $total + r#" as total,
                p.id as "id?: PlaylistId",
                p.owner_id as "owner_id?: UserId",
                p.title as "title?",
                p.description,
                p.visibility as "visibility?",
                p.share_token,
                p.picture_id as "picture_id: ImageId",
                p.version as "version?",
                p.rules as "rules: Json<SmartRules>",
                p.item_count as "item_count?",
                p.rank_epoch as "rank_epoch?",
                p.created_at as "created_at?",
                p.updated_at as "updated_at?",
                case when p.owner_id = $1 then 'OWNER' else (
                    select c.role from playlist_collaborators c where c.playlist_id = p.id and c.user_id = $1
                ) end as role
            "# + $($from)+,
            $($arg),+
        )
    };
}

/// Ids only go up to here, so that a page without a cursor begins before all of them.
const NEWEST: Uuid = Uuid::max();

fn behind(page: &Page<PlaylistId>) -> Uuid {
    page.after.map_or(NEWEST, |id| id.0)
}

fn plain(viewer: Option<UserId>) -> Option<Uuid> {
    viewer.map(|user| user.0)
}

impl Store {
    /// Those of the playlists that the viewer may see.
    pub async fn visible_playlists(
        &self,
        viewer: Option<UserId>,
        ids: &[PlaylistId],
    ) -> Result<Vec<Playlist>, sqlx::Error> {
        let rows = playlists!(visible "and p.id = any($2)", plain(viewer), ids as &[PlaylistId]);
        Ok(rows.fetch_all(&self.pool).await?.into_iter().filter_map(Row::playlist).collect())
    }

    /// One playlist, if the viewer may see it.
    pub async fn visible_playlist(
        &self,
        viewer: Option<UserId>,
        id: PlaylistId,
    ) -> Result<Option<Playlist>, sqlx::Error> {
        Ok(self.visible_playlists(viewer, &[id]).await?.pop())
    }

    /// Those of the smart playlists whose ids end in these tails that the viewer may see.
    pub async fn visible_smart_playlists(
        &self,
        viewer: Option<UserId>,
        tails: &[i64],
    ) -> Result<Vec<Playlist>, sqlx::Error> {
        let rows = playlists!(visible "and p.tail = any($2) and p.rules is not null", plain(viewer), tails);
        Ok(rows.fetch_all(&self.pool).await?.into_iter().filter_map(Row::playlist).collect())
    }

    /// The playlist whose share link bears this token: whoever has the link may see it.
    pub async fn shared_playlist(&self, viewer: Option<UserId>, token: &str) -> Result<Option<Playlist>, sqlx::Error> {
        let row = playlists!(["from playlists p where p.share_token = $2"], plain(viewer), token);
        Ok(row.fetch_optional(&self.pool).await?.and_then(Row::playlist))
    }

    /// Public playlists, the newest first.
    pub async fn public_playlists(
        &self,
        viewer: Option<UserId>,
        page: &Page<PlaylistId>,
        with_total: bool,
    ) -> Result<Listed<Playlist>, sqlx::Error> {
        let rows = playlists!(
            page of "q.visibility = 'PUBLIC'"
            counted by "select count(*) from playlists where visibility = 'PUBLIC'",
            plain(viewer),
            with_total,
            behind(page),
            page.limit()
        );
        Ok(rows.fetch_all(&self.pool).await?.into_iter().map(Row::listed).collect())
    }

    /// Playlists that somebody owns or collaborates on, the newest first.
    pub async fn playlists_of(
        &self,
        user: UserId,
        page: &Page<PlaylistId>,
        with_total: bool,
    ) -> Result<Listed<Playlist>, sqlx::Error> {
        let rows = playlists!(
            page of r#"q.id in (
                select id from playlists where owner_id = $1
                union all
                select playlist_id from playlist_collaborators where user_id = $1
            )"#
            counted by r#"
                select (select count(*) from playlists where owner_id = $1)
                    + (select count(*) from playlist_collaborators where user_id = $1)
            "#,
            user.0,
            with_total,
            behind(page),
            page.limit()
        );
        Ok(rows.fetch_all(&self.pool).await?.into_iter().map(Row::listed).collect())
    }
}

impl Loader<PlaylistId> for Reader {
    type Value = Playlist;
    type Error = ReadError;

    async fn load(&self, ids: &[PlaylistId]) -> Result<HashMap<PlaylistId, Playlist>, ReadError> {
        let found = self.store.visible_playlists(self.viewer, ids).await?;
        Ok(found.into_iter().map(|playlist| (playlist.id, playlist)).collect())
    }
}

/// A page of the public playlists of a person: finds them, the newest first.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicPlaylistsOf {
    /// Whose.
    pub owner: UserId,
    /// Which page.
    pub page: Page<PlaylistId>,
    /// Whether to count all of them.
    pub with_total: bool,
}

impl Loader<PublicPlaylistsOf> for Reader {
    type Value = Listed<Playlist>;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[PublicPlaylistsOf],
    ) -> Result<HashMap<PublicPlaylistsOf, Listed<Playlist>>, ReadError> {
        let mut owners: HashMap<_, Vec<_>> = HashMap::new();
        for key in keys {
            owners.entry((&key.page, key.with_total)).or_default().push(key.owner);
        }
        let mut found = HashMap::new();
        // A query asks for the same page of all of its people, so this is one round as a rule.
        for ((page, with_total), owners) in owners {
            let mut rows: HashMap<_, Vec<_>> = HashMap::new();
            for row in public_of(self, &owners, page, with_total).await? {
                rows.entry(row.owner_id).or_default().push(row.listed());
            }
            for owner in owners {
                let listed = rows.remove(&Some(owner)).unwrap_or_default().into_iter().collect();
                found.insert(PublicPlaylistsOf { owner, page: page.clone(), with_total }, listed);
            }
        }
        Ok(found)
    }
}

async fn public_of(
    reader: &Reader,
    owners: &[UserId],
    page: &Page<PlaylistId>,
    with_total: bool,
) -> Result<Vec<Row>, sqlx::Error> {
    let rows = playlists!(
        total "p.total",
        [r#"
        from (
            select *
            from unnest($5::uuid[]) as k (owner_id)
            cross join lateral (
                select case when $2 then (
                    select count(*) from playlists c where c.owner_id = k.owner_id and c.visibility = 'PUBLIC'
                ) end as total
            ) n
            left join lateral (
                select *
                from playlists q
                where q.owner_id = k.owner_id and q.visibility = 'PUBLIC' and q.id < $3
                order by q.id desc
                limit $4
            ) q using (owner_id)
        ) p
        order by p.id desc
        "#],
        plain(reader.viewer),
        with_total,
        behind(page),
        page.limit(),
        owners as &[UserId]
    );
    rows.fetch_all(&reader.store.pool).await
}

/// Takes the lock of a playlist that `viewer` may see; its changes wait in line here.
pub async fn lock(tx: &mut PgConnection, viewer: UserId, id: PlaylistId) -> Result<Option<Playlist>, sqlx::Error> {
    let row = playlists!(visible "and p.id = $2 for update of p", viewer.0, id.0);
    Ok(row.fetch_optional(tx).await?.and_then(Row::playlist))
}

/// Takes the lock of a playlist, whoever may see it: for changes that nobody asked for.
pub async fn lock_any(tx: &mut PgConnection, id: PlaylistId) -> Result<Option<Playlist>, sqlx::Error> {
    let row = playlists!(["from playlists p where p.id = $2 for update of p"], None::<Uuid>, id.0);
    Ok(row.fetch_optional(tx).await?.and_then(Row::playlist))
}

/// How many playlists somebody owns; more than `most` are not counted.
pub async fn count_of(tx: &mut PgConnection, owner: UserId, most: i64) -> Result<i64, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select from playlists where owner_id = $1 limit $2) as counted"#,
        owner.0,
        most
    );
    sql.fetch_one(tx).await
}

/// Writes a new playlist.
pub async fn insert(db: impl PgExecutor<'_>, playlist: &Playlist) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into playlists (
            id, owner_id, title, description, visibility, share_token, version, item_count, rank_epoch, created_at, updated_at,
            rules
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        "#,
        playlist.id.0,
        playlist.owner.0,
        playlist.title,
        playlist.description,
        visibility_text(playlist.visibility),
        playlist.share_token,
        playlist.version,
        playlist.item_count,
        playlist.rank_epoch,
        playlist.created_at,
        playlist.updated_at,
        playlist.rules.as_ref().map(Json) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes what a command changed; the caller holds the lock.
pub async fn update(db: impl PgExecutor<'_>, playlist: &Playlist) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update playlists
        set title = $2,
            description = $3,
            visibility = $4,
            share_token = $5,
            version = $6,
            item_count = $7,
            rank_epoch = $8,
            updated_at = $9,
            picture_id = $10
        where id = $1
        "#,
        playlist.id.0,
        playlist.title,
        playlist.description,
        visibility_text(playlist.visibility),
        playlist.share_token,
        playlist.version,
        playlist.item_count,
        playlist.rank_epoch,
        playlist.updated_at,
        playlist.picture.map(|picture| picture.0)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes a playlist with its entries and collaborators.
pub async fn delete(db: impl PgExecutor<'_>, id: PlaylistId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from playlists where id = $1", id.0).execute(db).await?;
    Ok(())
}
