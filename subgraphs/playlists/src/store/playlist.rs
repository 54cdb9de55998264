//! Playlists in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::PlaylistId;
use polyphony_kit::{UserId, page::Page};
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        playlist::{Playlist, PlaylistRole, PlaylistVisibility},
        smart_rules::SmartRules,
    },
    store::{ReadError, Reader, Store},
};

struct Row {
    id: PlaylistId,
    owner_id: UserId,
    title: String,
    description: Option<String>,
    visibility: String,
    share_token: Option<String>,
    version: i64,
    rules: Option<Json<SmartRules>>,
    item_count: i32,
    rank_epoch: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    role: Option<String>,
}

impl From<Row> for Playlist {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            owner: row.owner_id,
            title: row.title,
            description: row.description,
            visibility: visibility_of(&row.visibility),
            share_token: row.share_token,
            version: row.version,
            rules: row.rules.map(|rules| rules.0),
            item_count: row.item_count,
            rank_epoch: row.rank_epoch,
            created_at: row.created_at,
            updated_at: row.updated_at,
            viewer_role: row.role.as_deref().map(role_of),
            is_past: false,
        }
    }
}

fn visibility_of(text: &str) -> PlaylistVisibility {
    match text {
        "PUBLIC" => PlaylistVisibility::Public,
        "UNLISTED" => PlaylistVisibility::Unlisted,
        // The table allows no fourth; if it did, it would be for nobody else's eyes.
        _ => PlaylistVisibility::Private,
    }
}

fn visibility_text(visibility: PlaylistVisibility) -> &'static str {
    match visibility {
        PlaylistVisibility::Private => "PRIVATE",
        PlaylistVisibility::Unlisted => "UNLISTED",
        PlaylistVisibility::Public => "PUBLIC",
    }
}

/// Reads a role as the database has it.
pub(super) fn role_of(text: &str) -> PlaylistRole {
    match text {
        "OWNER" => PlaylistRole::Owner,
        "EDITOR" => PlaylistRole::Editor,
        _ => PlaylistRole::Viewer,
    }
}

/// Playlists `p` as the viewer `$1` sees them. `visible` leaves out those that the viewer may not see: private ones are for
/// their owner and collaborators alone, whatever the viewer's role on the platform is.
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
    ([$($from:tt)+], $($arg:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                p.id as "id!: PlaylistId",
                p.owner_id as "owner_id!: UserId",
                p.title as "title!",
                p.description,
                p.visibility as "visibility!",
                p.share_token,
                p.version as "version!",
                p.rules as "rules: Json<SmartRules>",
                p.item_count as "item_count!",
                p.rank_epoch as "rank_epoch!",
                p.created_at as "created_at!",
                p.updated_at as "updated_at!",
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
        Ok(rows.fetch_all(&self.pool).await?.into_iter().map(Playlist::from).collect())
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
        Ok(rows.fetch_all(&self.pool).await?.into_iter().map(Playlist::from).collect())
    }

    /// The playlist whose share link bears this token: whoever has the link may see it.
    pub async fn shared_playlist(&self, viewer: Option<UserId>, token: &str) -> Result<Option<Playlist>, sqlx::Error> {
        let row = playlists!(["from playlists p where p.share_token = $2"], plain(viewer), token);
        Ok(row.fetch_optional(&self.pool).await?.map(Playlist::from))
    }

    /// Public playlists, the newest first, and how many there are.
    pub async fn public_playlists(
        &self,
        viewer: Option<UserId>,
        page: &Page<PlaylistId>,
    ) -> Result<(Vec<Playlist>, i64), sqlx::Error> {
        let rows = playlists!(
            ["from playlists p where p.visibility = 'PUBLIC' and p.id < $2 order by p.id desc limit $3"],
            plain(viewer),
            behind(page),
            page.limit()
        );
        let rows = rows.fetch_all(&self.pool).await?;
        let total = sqlx::query_scalar!(r#"select count(*) as "n!" from playlists where visibility = 'PUBLIC'"#);
        Ok((rows.into_iter().map(Playlist::from).collect(), total.fetch_one(&self.pool).await?))
    }

    /// Playlists that somebody owns or collaborates on, the newest first, and how many they are.
    pub async fn playlists_of(
        &self,
        user: UserId,
        page: &Page<PlaylistId>,
    ) -> Result<(Vec<Playlist>, i64), sqlx::Error> {
        let rows = playlists!(
            [r#"
            from playlists p
            where p.id < $2 and p.id in (
                select id from playlists where owner_id = $1
                union all
                select playlist_id from playlist_collaborators where user_id = $1
            )
            order by p.id desc
            limit $3
            "#],
            user.0,
            behind(page),
            page.limit()
        );
        let rows = rows.fetch_all(&self.pool).await?;
        let total = sqlx::query_scalar!(
            r#"
            select (select count(*) from playlists where owner_id = $1)
                + (select count(*) from playlist_collaborators where user_id = $1) as "n!"
            "#,
            user.0
        );
        Ok((rows.into_iter().map(Playlist::from).collect(), total.fetch_one(&self.pool).await?))
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
}

/// Some public playlists of a person, and how many there are.
#[derive(Clone, Default)]
pub struct OwnedPage {
    /// One more than the page has, when more follow.
    pub playlists: Vec<Playlist>,
    /// How many there are in all.
    pub total: i64,
}

impl Loader<PublicPlaylistsOf> for Reader {
    type Value = OwnedPage;
    type Error = ReadError;

    async fn load(&self, keys: &[PublicPlaylistsOf]) -> Result<HashMap<PublicPlaylistsOf, OwnedPage>, ReadError> {
        let mut found = HashMap::new();
        // A query asks for the same page of all of its people, so this is one round as a rule.
        for page in distinct_pages(keys) {
            let owners: Vec<_> = keys.iter().filter(|key| &key.page == page).map(|key| key.owner).collect();
            let key = |owner| PublicPlaylistsOf { owner, page: page.clone() };
            for (owner, total) in public_totals(&self.store, &owners).await? {
                found.insert(key(owner), OwnedPage { playlists: Vec::new(), total });
            }
            for playlist in public_of(&self.store, self.viewer, &owners, page).await? {
                found.entry(key(playlist.owner)).or_default().playlists.push(playlist);
            }
        }
        Ok(found)
    }
}

fn distinct_pages(keys: &[PublicPlaylistsOf]) -> Vec<&Page<PlaylistId>> {
    let mut pages: Vec<_> = Vec::new();
    for key in keys {
        if !pages.contains(&&key.page) {
            pages.push(&key.page);
        }
    }
    pages
}

async fn public_totals(store: &Store, owners: &[UserId]) -> Result<Vec<(UserId, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select owner_id as "owner: UserId", count(*) as "total!"
        from playlists
        where owner_id = any($1) and visibility = 'PUBLIC'
        group by owner_id
        "#,
        owners as &[UserId]
    );
    Ok(rows.fetch_all(&store.pool).await?.into_iter().map(|row| (row.owner, row.total)).collect())
}

async fn public_of(
    store: &Store,
    viewer: Option<UserId>,
    owners: &[UserId],
    page: &Page<PlaylistId>,
) -> Result<Vec<Playlist>, sqlx::Error> {
    let rows = playlists!(
        [r#"
        from unnest($2::uuid[]) as k (owner_id)
        cross join lateral (
            select *
            from playlists q
            where q.owner_id = k.owner_id and q.visibility = 'PUBLIC' and q.id < $3
            order by q.id desc
            limit $4
        ) p
        order by p.id desc
        "#],
        plain(viewer),
        owners as &[UserId],
        behind(page),
        page.limit()
    );
    Ok(rows.fetch_all(&store.pool).await?.into_iter().map(Playlist::from).collect())
}

/// Takes the lock of a playlist that `viewer` may see; its changes wait in line here.
pub async fn lock(tx: &mut PgConnection, viewer: UserId, id: PlaylistId) -> Result<Option<Playlist>, sqlx::Error> {
    let row = playlists!(visible "and p.id = $2 for update of p", viewer.0, id.0);
    Ok(row.fetch_optional(tx).await?.map(Playlist::from))
}

/// Takes the lock of a playlist, whoever may see it: for changes that nobody asked for.
pub async fn lock_any(tx: &mut PgConnection, id: PlaylistId) -> Result<Option<Playlist>, sqlx::Error> {
    let row = playlists!(["from playlists p where p.id = $2 for update of p"], None::<Uuid>, id.0);
    Ok(row.fetch_optional(tx).await?.map(Playlist::from))
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
            updated_at = $9
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
        playlist.updated_at
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
