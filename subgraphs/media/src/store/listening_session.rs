//! SQL of listening sessions and of who takes part in them.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{ListeningSessionId, UserId};
use polyphony_kit::Viewer;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store, unknown};
use crate::domain::listening_session::{Code, GUESSING_WINDOW, ListeningSession, Participant};

struct Row {
    id: ListeningSessionId,
    code: String,
    host: UserId,
    guests_may_control: bool,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for ListeningSession {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let Row { id, code, host, guests_may_control, started_at, ended_at } = row;
        let code = Code::parse(&code).ok_or_else(|| unknown("code", &code))?;
        Ok(Self { id, code, host, guests_may_control, started_at, ended_at })
    }
}

/// `select` of [`Row`] with this rest of the statement.
macro_rules! select_sessions {
    ($rest:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                id as "id: ListeningSessionId",
                code,
                host_id as "host: UserId",
                guests_may_control,
                started_at,
                ended_at
            from listening_sessions s
            "# + $rest,
            $($argument),*
        )
    };
}

impl Store {
    /// Those of the sessions that `viewer` takes part in, or led when they ended.
    pub async fn visible_sessions(
        &self,
        viewer: Option<&Viewer>,
        ids: &[ListeningSessionId],
    ) -> Result<Vec<ListeningSession>, sqlx::Error> {
        let Some(viewer) = viewer else { return Ok(Vec::new()) };
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = select_sessions!(
            r#"
            where id = any($1) and (
                exists (select from participants where session_id = s.id and user_id = $2)
                or ended_at is not null and host_id = $2
            )
            "#,
            &ids,
            viewer.user.0,
        );
        rows.fetch_all(&self.pool).await?.into_iter().map(ListeningSession::try_from).collect()
    }

    /// The session with this code. Knowing the code is the permission to see it.
    pub async fn session_by_code(&self, code: &Code) -> Result<Option<ListeningSession>, sqlx::Error> {
        let row = select_sessions!("where code = $1", code.as_str()).fetch_optional(&self.pool).await?;
        row.map(ListeningSession::try_from).transpose()
    }

    /// A session, for those who have seen that they may see it.
    pub async fn session(&self, id: ListeningSessionId) -> Result<Option<ListeningSession>, sqlx::Error> {
        let row = select_sessions!("where id = $1", id.0).fetch_optional(&self.pool).await?;
        row.map(ListeningSession::try_from).transpose()
    }

    /// Whether somebody takes part in a session.
    pub async fn listens_in(&self, id: ListeningSessionId, user: UserId) -> Result<bool, sqlx::Error> {
        takes_part(&mut *self.pool.acquire().await?, id, user).await
    }

    /// Who takes part in a session, the longest present first, for those who have seen that they may see it.
    pub async fn participants(&self, id: ListeningSessionId) -> Result<Vec<Participant>, sqlx::Error> {
        participants(&mut *self.pool.acquire().await?, id).await
    }

    /// The sessions that go on, with who takes part and whether they were there when we last looked.
    pub async fn open_sessions(&self) -> Result<Vec<OpenSession>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            select
                s.id as "id: ListeningSessionId",
                s.empty_since,
                coalesce(array_agg(p.user_id order by p.joined_at) filter (where p.user_id is not null), '{}')
                    as "users!: Vec<UserId>",
                coalesce(array_agg(p.online order by p.joined_at) filter (where p.user_id is not null), '{}')
                    as "online!: Vec<bool>"
            from listening_sessions s
            left join participants p on p.session_id = s.id
            where s.ended_at is null
            group by s.id
            "#,
        )
        .fetch_all(&self.pool)
        .await?;
        let open = rows.into_iter().map(|row| {
            let present = row.users.into_iter().zip(row.online).collect();
            OpenSession { id: row.id, empty_since: row.empty_since, present }
        });
        Ok(open.collect())
    }

    /// How many wrong codes a person has tried lately, and since when.
    pub async fn wrong_codes(&self, user: UserId, now: DateTime<Utc>) -> Result<(i32, DateTime<Utc>), sqlx::Error> {
        let row = sqlx::query!(
            "select wrong, since from code_guesses where user_id = $1 and since > $2",
            user.0,
            now - GUESSING_WINDOW,
        );
        Ok(row.fetch_optional(&self.pool).await?.map_or((0, now), |row| (row.wrong, row.since)))
    }

    /// Keeps that a person has tried a wrong code.
    pub async fn count_wrong_code(&self, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            insert into code_guesses (user_id, since, wrong) values ($1, $2, 1)
            on conflict (user_id) do update
            set wrong = case when code_guesses.since > $3 then code_guesses.wrong + 1 else 1 end,
                since = case when code_guesses.since > $3 then code_guesses.since else excluded.since end
            "#,
            user.0,
            now,
            now - GUESSING_WINDOW,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets some of the sessions that ended before `time`.
    pub async fn prune_sessions(&self, time: DateTime<Utc>) -> Result<(), sqlx::Error> {
        let ended = sqlx::query!(
            "delete from players where id in (select id from listening_sessions where ended_at < $1 limit 100)",
            time,
        );
        ended.execute(&self.pool).await?;
        Ok(())
    }

    /// Forgets wrong codes that no longer matter.
    pub async fn prune_wrong_codes(&self, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query!("delete from code_guesses where since < $1", now - GUESSING_WINDOW).execute(&self.pool).await?;
        Ok(())
    }
}

/// A session that goes on.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// Which.
    pub id: ListeningSessionId,
    /// Since when nobody is there.
    pub empty_since: Option<DateTime<Utc>>,
    /// Who takes part, and whether they were there.
    pub present: Vec<(UserId, bool)>,
}

/// Finds who takes part in a session, the longest present first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParticipantsOf(pub ListeningSessionId);

impl Loader<ParticipantsOf> for Reader {
    type Value = Vec<Participant>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ParticipantsOf]) -> Result<HashMap<ParticipantsOf, Vec<Participant>>, Self::Error> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select session_id as "session: ListeningSessionId", user_id as "user: UserId", joined_at, online
            from participants
            where session_id = any($1)
            order by session_id, joined_at, user_id
            "#,
            &ids,
        )
        .fetch_all(&self.store.pool)
        .await?;
        let mut found: HashMap<_, _> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in rows {
            let participant = Participant { user: row.user, joined_at: row.joined_at, online: row.online };
            found.entry(ParticipantsOf(row.session)).or_default().push(participant);
        }
        Ok(found)
    }
}

impl Loader<ListeningSessionId> for Reader {
    type Value = ListeningSession;
    type Error = Arc<sqlx::Error>;

    async fn load(
        &self,
        ids: &[ListeningSessionId],
    ) -> Result<HashMap<ListeningSessionId, ListeningSession>, Self::Error> {
        let sessions = self.store.visible_sessions(self.viewer.as_ref(), ids).await?;
        Ok(sessions.into_iter().map(|session| (session.id, session)).collect())
    }
}

/// Begins a session; its player must be there.
pub async fn insert(tx: &mut PgConnection, session: &ListeningSession) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into listening_sessions (id, code, host_id, guests_may_control, started_at)
        values ($1, $2, $3, $4, $5)
        "#,
        session.id.0,
        session.code.as_str(),
        session.host.0,
        session.guests_may_control,
        session.started_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A session, read while its player is held: who holds the player holds the session.
pub async fn find(tx: &mut PgConnection, id: ListeningSessionId) -> Result<Option<ListeningSession>, sqlx::Error> {
    let row = select_sessions!("where id = $1", id.0).fetch_optional(tx).await?;
    row.map(ListeningSession::try_from).transpose()
}

/// Adds somebody; again changes nothing.
pub async fn join(
    tx: &mut PgConnection,
    id: ListeningSessionId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        with joined as (
            insert into participants (session_id, user_id, joined_at, online) values ($1, $2, $3, true)
            on conflict (session_id, user_id) do nothing
        )
        update listening_sessions set empty_since = null where id = $1
        "#,
        id.0,
        user.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether somebody takes part.
pub async fn takes_part(tx: &mut PgConnection, id: ListeningSessionId, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from participants where session_id = $1 and user_id = $2) as "takes_part!""#,
        id.0,
        user.0,
    )
    .fetch_one(tx)
    .await
}

/// Takes somebody out; gives whether they were there.
pub async fn leave(tx: &mut PgConnection, id: ListeningSessionId, user: UserId) -> Result<bool, sqlx::Error> {
    let left = sqlx::query!("delete from participants where session_id = $1 and user_id = $2", id.0, user.0);
    Ok(left.execute(tx).await?.rows_affected() == 1)
}

/// Who takes part, the longest present first.
pub async fn participants(tx: &mut PgConnection, id: ListeningSessionId) -> Result<Vec<Participant>, sqlx::Error> {
    sqlx::query_as!(
        Participant,
        r#"
        select user_id as "user: UserId", joined_at, online
        from participants
        where session_id = $1
        order by joined_at, user_id
        "#,
        id.0,
    )
    .fetch_all(tx)
    .await
}

/// Makes somebody the host.
pub async fn set_host(tx: &mut PgConnection, id: ListeningSessionId, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("update listening_sessions set host_id = $2 where id = $1", id.0, user.0).execute(tx).await?;
    Ok(())
}

/// Keeps who is there.
pub async fn set_online(tx: &mut PgConnection, id: ListeningSessionId, online: &[UserId]) -> Result<u64, sqlx::Error> {
    let online: Vec<Uuid> = online.iter().map(|user| user.0).collect();
    let changed = sqlx::query!(
        r#"
        update participants set online = not online
        where session_id = $1 and online <> (user_id = any($2))
        "#,
        id.0,
        &online,
    );
    Ok(changed.execute(tx).await?.rows_affected())
}

/// Since when nobody is there.
pub async fn empty_since(tx: &mut PgConnection, id: ListeningSessionId) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let since = sqlx::query_scalar!("select empty_since from listening_sessions where id = $1", id.0);
    Ok(since.fetch_optional(tx).await?.flatten())
}

/// Keeps since when nobody is there.
pub async fn set_empty_since(
    tx: &mut PgConnection,
    id: ListeningSessionId,
    since: Option<DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update listening_sessions set empty_since = $2 where id = $1", id.0, since).execute(tx).await?;
    Ok(())
}

/// Ends a session: nobody takes part any more.
pub async fn end(tx: &mut PgConnection, id: ListeningSessionId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        with gone as (delete from participants where session_id = $1)
        update listening_sessions set ended_at = $2 where id = $1
        "#,
        id.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
