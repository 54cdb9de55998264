//! News of artists: who wants them, who follows whom, which albums are being told of.

use chrono::{DateTime, Utc};
use polyphony_events::{
    AlbumId, ArtistId, UserId, accounts::UserPreferencesChanged, catalog::AlbumPublished, playlists::ArtistFollowed,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Store;
use crate::domain::{
    Announcement, Letter,
    announcement::{AT_ONCE, NEW_FOR},
};

/// Learns whether somebody wants news, unless something newer is known.
pub async fn learn_preferences(tx: &mut PgConnection, event: &UserPreferencesChanged) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r"
        insert into preferences (user_id, wants_news, version)
        values ($1, $2, $3)
        on conflict on constraint preferences_pkey do update set
            wants_news = excluded.wants_news,
            version = excluded.version
        where preferences.version < excluded.version
        ",
        event.user_id.0,
        event.email_notifications,
        event.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Learns whether somebody follows an artist, unless something newer is known.
pub async fn learn_follow(tx: &mut PgConnection, event: &ArtistFollowed) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r"
        insert into follows (artist_id, user_id, is_following, version)
        values ($1, $2, $3, $4)
        on conflict on constraint follows_pkey do update set
            is_following = excluded.is_following,
            version = excluded.version
        where follows.version < excluded.version
        ",
        event.artist_id.0,
        event.user_id.0,
        event.followed,
        event.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Learns what an artist was merged into, or that it is there, unless something newer is known; tells whether it did.
pub async fn learn_merge(
    tx: &mut PgConnection,
    (artist, version): (ArtistId, i64),
    into: Option<ArtistId>,
) -> Result<bool, sqlx::Error> {
    let learnt = sqlx::query!(
        r"
        insert into merged_artists (artist_id, version, merged_into)
        values ($1, $2, $3)
        on conflict on constraint merged_artists_pkey do update set
            version = excluded.version,
            merged_into = excluded.merged_into
        where merged_artists.version < excluded.version
        ",
        artist.0,
        version,
        into.map(|into| into.0),
    );
    Ok(learnt.execute(tx).await?.rows_affected() > 0)
}

/// Who follows an artist that was merged into another follows what that is by now, unless they have said something of it
/// themselves.
pub async fn follow_merged(tx: &mut PgConnection, artist: ArtistId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r"
        with recursive chain as (
            select m.merged_into as id, 1 as length
            from merged_artists m
            where m.artist_id = $1 and m.merged_into is not null
            union all
            select m.merged_into, c.length + 1
            from chain c
            join merged_artists m on m.artist_id = c.id and m.merged_into is not null
            where c.length < 50
        ), became as (
            select id from chain order by length desc limit 1
        )
        insert into follows (artist_id, user_id, is_following, version)
        select b.id, f.user_id, true, f.version
        from became b
        join follows f on f.artist_id = $1 and f.is_following
        on conflict on constraint follows_pkey do nothing
        ",
        artist.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets what somebody wants and whom they follow.
pub async fn forget_interests(tx: &mut PgConnection, id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from preferences where user_id = $1", id.0).execute(&mut *tx).await?;
    sqlx::query!("delete from follows where user_id = $1", id.0).execute(&mut *tx).await?;
    Ok(())
}

/// Notes that followers are to be told of an album; an album that was noted before is no news.
pub async fn announce(tx: &mut PgConnection, event: &AlbumPublished, at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let artist_ids: Vec<_> = event.artists.iter().map(|artist| artist.id).collect();
    let artists: Vec<_> = event.artists.iter().map(|artist| artist.name.clone()).collect();
    sqlx::query!(
        r"
        insert into announcements (album_id, title, artist_ids, artists, published_at, told_up_to)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint announcements_pkey do nothing
        ",
        event.album_id.0,
        event.title,
        &artist_ids as &[ArtistId],
        &artists,
        at,
        Uuid::nil(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// Writes to the next followers of the artists of one album that is being told of; gives whether there was one.
    /// Any number of processes may do so.
    pub async fn tell_some_followers(&self, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        let row = sqlx::query!(
            r#"
            select
                album_id as "album_id: AlbumId",
                title,
                artist_ids,
                artists,
                told_up_to,
                published_at,
                published_at > $1 as "is_new!"
            from announcements
            where finished_at is null
            order by published_at
            limit 1
            for update skip locked
            "#,
            now - NEW_FOR
        );
        let Some(row) = row.fetch_optional(&mut *tx).await? else { return Ok(false) };
        let announcement = Announcement {
            album: row.album_id,
            title: row.title,
            artist: row.artist_ids.first().map(|id| ArtistId(*id)),
            artists: row.artists,
            day: row.published_at.date_naive(),
        };
        let followers =
            if row.is_new { followers_behind(&mut tx, &row.artist_ids, row.told_up_to).await? } else { Vec::new() };
        write_all(&mut tx, &announcement, &followers, now).await?;
        let is_finished = (followers.len() as i64) < AT_ONCE;
        sqlx::query!(
            r"
            update announcements
            set told_up_to = coalesce($2, told_up_to),
                finished_at = case when $3 then $4::timestamptz end
            where album_id = $1
            ",
            announcement.album.0,
            followers.last().map(|follower| follower.0),
            is_finished,
            now,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The next of those who follow one of these artists, have an account and want news; each once.
async fn followers_behind(tx: &mut PgConnection, artists: &[Uuid], last: Uuid) -> Result<Vec<UserId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select distinct f.user_id as "user_id: UserId"
        from follows f
        join people p on p.user_id = f.user_id
        left join preferences w on w.user_id = f.user_id
        where f.artist_id = any($1) and f.is_following and f.user_id > $2 and coalesce(w.wants_news, true)
        order by 1
        limit $3
        "#,
        artists,
        last,
        AT_ONCE,
    );
    sql.fetch_all(tx).await
}

async fn write_all(
    tx: &mut PgConnection,
    announcement: &Announcement,
    followers: &[UserId],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let letter = Letter::NewAlbum { title: announcement.title.clone(), artists: announcement.artists.clone() };
    let mails: Vec<_> = followers.iter().map(|follower| announcement.mail_to(*follower)).collect();
    sqlx::query!(
        r"
        insert into mails (event_id, user_id, letter, created_at, next_attempt_at)
        select m.event_id, m.user_id, $3, $4, $4
        from unnest($1::uuid[], $2::uuid[]) as m (event_id, user_id)
        on conflict on constraint mails_pkey do nothing
        ",
        &mails,
        followers as &[UserId],
        Json(letter) as _,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
