//! Everything that is kept about one person, page by page, for an export of their data.

use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, TrackId};
use polyphony_kit::UserId;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::domain::smart_rules::SmartRules;

/// How many rows a page has.
pub const PAGE_ROWS: usize = 500;
const LIMIT: i64 = PAGE_ROWS as i64;

/// A playlist of the person.
pub struct OwnPlaylist {
    /// Its id, in whose order they come.
    pub id: PlaylistId,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// Who may see it, as the API calls it.
    pub visibility: String,
    /// Whether there is a link that shares it.
    pub is_shared: bool,
    /// How its entries are chosen, when it is a smart playlist.
    pub rules: Option<Json<SmartRules>>,
    /// The people who may see or edit it.
    pub collaborators: Vec<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A page of the playlists of somebody behind this one, the oldest first.
pub async fn playlists(
    tx: &mut PgConnection,
    user: UserId,
    after: Option<PlaylistId>,
) -> Result<Vec<OwnPlaylist>, sqlx::Error> {
    let rows = sqlx::query_as!(
        OwnPlaylist,
        r#"
        select
            p.id as "id: PlaylistId",
            p.title,
            p.description,
            p.visibility,
            p.share_token is not null as "is_shared!",
            p.rules as "rules: Json<SmartRules>",
            array(
                select c.user_id from playlist_collaborators c where c.playlist_id = p.id order by c.added_at, c.user_id
            ) as "collaborators!",
            p.created_at,
            p.updated_at
        from playlists p
        where p.owner_id = $1 and ($2::uuid is null or p.id > $2)
        order by p.id
        limit $3
        "#,
        user.0,
        after.map(|id| id.0) as Option<Uuid>,
        LIMIT,
    );
    rows.fetch_all(tx).await
}

/// An entry of a playlist.
pub struct Entry {
    /// Where it stands, in whose order they come.
    pub position: String,
    /// Its track.
    pub track: TrackId,
    /// Who added it.
    pub added_by: UserId,
    /// When.
    pub added_at: DateTime<Utc>,
}

/// A page of the entries of a playlist behind this position, in order.
pub async fn entries(tx: &mut PgConnection, playlist: PlaylistId, after: &str) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Entry,
        r#"
        select position, track_id as "track: TrackId", added_by as "added_by: UserId", added_at
        from playlist_items
        where playlist_id = $1 and position > $2
        order by position
        limit $3
        "#,
        playlist.0,
        after,
        LIMIT,
    );
    rows.fetch_all(tx).await
}

/// A playlist of somebody else that the person may see or edit.
pub struct Collaboration {
    /// Which playlist.
    pub playlist: PlaylistId,
    /// Its title.
    pub title: String,
    /// `EDITOR` or `VIEWER`.
    pub role: String,
    /// Since when.
    pub added_at: DateTime<Utc>,
}

/// A page of the playlists of others that somebody may see or edit, behind this one.
pub async fn collaborations(
    tx: &mut PgConnection,
    user: UserId,
    after: Option<PlaylistId>,
) -> Result<Vec<Collaboration>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Collaboration,
        r#"
        select c.playlist_id as "playlist: PlaylistId", p.title, c.role, c.added_at
        from playlist_collaborators c
        join playlists p on p.id = c.playlist_id
        where c.user_id = $1 and ($2::uuid is null or c.playlist_id > $2)
        order by c.playlist_id
        limit $3
        "#,
        user.0,
        after.map(|id| id.0) as Option<Uuid>,
        LIMIT,
    );
    rows.fetch_all(tx).await
}

/// An invitation to a playlist of somebody else.
pub struct Invited {
    /// To which playlist.
    pub playlist: PlaylistId,
    /// Its title.
    pub title: String,
    /// `EDITOR` or `VIEWER`.
    pub role: String,
    /// `OPEN`, `DECLINED` or `ASKED`.
    pub state: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// A page of the invitations of somebody, behind that to this playlist.
pub async fn invitations(
    tx: &mut PgConnection,
    user: UserId,
    after: Option<PlaylistId>,
) -> Result<Vec<Invited>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Invited,
        r#"
        select i.playlist_id as "playlist: PlaylistId", p.title, i.role, i.state, i.happened_at as since
        from playlist_invitations i
        join playlists p on p.id = i.playlist_id
        where i.user_id = $1 and ($2::uuid is null or i.playlist_id > $2)
        order by i.playlist_id
        limit $3
        "#,
        user.0,
        after.map(|id| id.0) as Option<Uuid>,
        LIMIT,
    );
    rows.fetch_all(tx).await
}

/// Something that the person keeps.
pub struct KeptThing {
    /// The order in which things were added.
    pub seq: i64,
    /// The track, album or artist.
    pub thing: Uuid,
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// How it is rated, on the shelf of what is rated.
    pub rating: Option<i16>,
}

/// A page of what somebody keeps on this shelf (`LIKED_TRACKS`, `SAVED_ALBUMS` …), the oldest first.
pub async fn kept(tx: &mut PgConnection, user: UserId, shelf: &str, after: i64) -> Result<Vec<KeptThing>, sqlx::Error> {
    let rows = sqlx::query_as!(
        KeptThing,
        r#"
        select seq, thing_id as thing, added_at, rating
        from library_entries
        where user_id = $1 and shelf = $2 and seq > $3
        order by seq
        limit $4
        "#,
        user.0,
        shelf,
        after,
        LIMIT,
    );
    rows.fetch_all(tx).await
}

/// A play of the person.
pub struct OwnPlay {
    /// The player's name for it.
    pub id: String,
    /// The track.
    pub track: TrackId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// For how long, ms.
    pub played_ms: i64,
    /// On which device.
    pub device_name: Option<String>,
}

/// A page of what somebody listened to behind this play, the oldest first.
pub async fn plays(tx: &mut PgConnection, user: UserId, after: Option<&OwnPlay>) -> Result<Vec<OwnPlay>, sqlx::Error> {
    let rows = sqlx::query_as!(
        OwnPlay,
        r#"
        select play_id as id, track_id as "track: TrackId", started_at, played_ms, device_name
        from plays
        where user_id = $1 and (started_at, play_id) > (coalesce($2::timestamptz, '-infinity'), $3)
        order by started_at, play_id
        limit $4
        "#,
        user.0,
        after.map(|play| play.started_at),
        after.map_or("", |play| &play.id),
        LIMIT,
    );
    rows.fetch_all(tx).await
}
