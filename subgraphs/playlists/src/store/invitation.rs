//! Invitations to playlists in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, PlaylistInvitationId};
use polyphony_kit::{UserId, page::Page};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        invitation::{Invitation, InvitationState},
        playlist::PlaylistRole,
    },
    store::{
        Listed, ReadError, Reader, Store,
        columns::{role_of, role_text},
    },
};

/// An invitation, or nothing but the total in the one row of an empty page.
struct Row {
    total: Option<i64>,
    id: Option<PlaylistInvitationId>,
    playlist_id: Option<PlaylistId>,
    title: Option<String>,
    owner_id: Option<UserId>,
    user_id: Option<UserId>,
    role: Option<String>,
    state: Option<String>,
    happened_at: Option<DateTime<Utc>>,
}

impl Row {
    fn invitation(self) -> Option<Invitation> {
        Some(Invitation {
            id: self.id?,
            playlist: self.playlist_id?,
            title: self.title?,
            owner: self.owner_id?,
            user: self.user_id?,
            role: role_of(&self.role?),
            state: state_of(&self.state?),
            happened_at: self.happened_at?,
        })
    }
}

fn state_of(text: &str) -> InvitationState {
    match text {
        "OPEN" => InvitationState::Open,
        "ASKED" => InvitationState::Asked,
        // Whatever else there could be: nobody is let in by it.
        _ => InvitationState::Declined,
    }
}

fn state_text(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Open => "OPEN",
        InvitationState::Declined => "DECLINED",
        InvitationState::Asked => "ASKED",
    }
}

/// Invitations `i` with their playlists `p`, from what follows.
macro_rules! invitations {
    ($from:literal, $($arg:expr),+) => { invitations!(total "null::bigint", $from, $($arg),+) };
    (total $total:literal, $from:literal, $($arg:expr),+) => {
        sqlx::query_as!(
            Row,
            "select " + $total + r#" as total,
                i.id as "id?: PlaylistInvitationId",
                p.id as "playlist_id?: PlaylistId",
                p.title as "title?",
                p.owner_id as "owner_id?: UserId",
                i.user_id as "user_id?: UserId",
                i.role as "role?",
                i.state as "state?",
                i.happened_at as "happened_at?"
            "# + $from,
            $($arg),+
        )
    };
}

impl Store {
    /// A page of the invitations that wait for somebody's answer, the newest first.
    pub async fn invitations_of(
        &self,
        user: UserId,
        page: &Page<PlaylistInvitationId>,
        with_total: bool,
    ) -> Result<Listed<Invitation>, sqlx::Error> {
        let rows = invitations!(
            total "n.total",
            r#"
            from (
                select case when $2 then (
                    select count(*) from playlist_invitations where user_id = $1 and state = 'OPEN'
                ) end as total
            ) n
            left join (
                select * from playlist_invitations where user_id = $1 and state = 'OPEN' and id < $3 order by id desc limit $4
            ) i on true
            left join playlists p on p.id = i.playlist_id
            order by i.id desc
            "#,
            user.0,
            with_total,
            page.after.map_or(Uuid::max(), |id| id.0),
            page.limit()
        );
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        Ok(rows.map(|row| (row.total, row.invitation())).collect())
    }

    /// Which playlist this invitation of somebody is to; none when it waits for no answer of theirs.
    pub async fn open_invitation(
        &self,
        user: UserId,
        id: PlaylistInvitationId,
    ) -> Result<Option<PlaylistId>, sqlx::Error> {
        let sql = sqlx::query_scalar!(
            r#"
            select playlist_id as "playlist_id: PlaylistId"
            from playlist_invitations
            where id = $1 and user_id = $2 and state = 'OPEN'
            "#,
            id.0,
            user.0
        );
        sql.fetch_optional(&self.pool).await
    }
}

/// The invitations to a playlist whose owner is the viewer, the oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InvitationsTo(pub PlaylistId);

impl Loader<InvitationsTo> for Reader {
    type Value = Vec<Invitation>;
    type Error = ReadError;

    async fn load(&self, keys: &[InvitationsTo]) -> Result<HashMap<InvitationsTo, Vec<Invitation>>, ReadError> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = invitations!(
            r#"
            from playlist_invitations i
            join playlists p on p.id = i.playlist_id
            where i.playlist_id = any($1) and p.owner_id = $2
            order by i.id
            "#,
            &ids as &[PlaylistId],
            self.viewer.map(|user| user.0)
        );
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for invitation in rows.fetch_all(&self.store.pool).await?.into_iter().filter_map(Row::invitation) {
            found.entry(InvitationsTo(invitation.playlist)).or_default().push(invitation);
        }
        Ok(found)
    }
}

/// The invitation of somebody to a playlist whose lock is held.
pub async fn find(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    user: UserId,
) -> Result<Option<Invitation>, sqlx::Error> {
    let row = invitations!(
        "from playlist_invitations i join playlists p on p.id = i.playlist_id where i.playlist_id = $1 and i.user_id = $2",
        playlist.0,
        user.0
    );
    Ok(row.fetch_optional(tx).await?.and_then(Row::invitation))
}

/// Writes an invitation to a playlist whose lock is held; one that was there before stands as is said now.
pub async fn put(
    db: impl PgExecutor<'_>,
    playlist: PlaylistId,
    user: UserId,
    (role, state): (PlaylistRole, InvitationState),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into playlist_invitations (id, playlist_id, user_id, role, state, happened_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (playlist_id, user_id) do update
        set role = excluded.role, state = excluded.state, happened_at = excluded.happened_at
        "#,
        PlaylistInvitationId::new().0,
        playlist.0,
        user.0,
        role_text(role),
        state_text(state),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes the invitation of somebody to a playlist whose lock is held, if there is one.
pub async fn remove(db: impl PgExecutor<'_>, playlist: PlaylistId, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from playlist_invitations where playlist_id = $1 and user_id = $2", playlist.0, user.0)
        .execute(db)
        .await?;
    Ok(())
}

/// How many people beside this one are in a playlist or invited to it.
pub async fn count_others(tx: &mut PgConnection, playlist: PlaylistId, user: UserId) -> Result<i64, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select (select count(*) from playlist_collaborators where playlist_id = $1 and user_id <> $2)
            + (select count(*) from playlist_invitations where playlist_id = $1 and user_id <> $2 and state = 'OPEN')
            as "n!"
        "#,
        playlist.0,
        user.0
    );
    sql.fetch_one(tx).await
}

/// How many invitations of one owner wait for the answer of one person.
pub async fn count_open(tx: &mut PgConnection, owner: UserId, user: UserId) -> Result<i64, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select count(*) as "n!"
        from playlist_invitations i
        join playlists p on p.id = i.playlist_id
        where i.user_id = $1 and i.state = 'OPEN' and p.owner_id = $2
        "#,
        user.0,
        owner.0
    );
    sql.fetch_one(tx).await
}
