//! Where things went that were merged into others: they answer under the id of what they became.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A thing that became another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// What it was.
    pub old: Uuid,
    /// What it is now.
    pub new: Uuid,
    /// The change that did it and can be undone; none for an import.
    pub change: Option<Uuid>,
    /// Its name or title, folded: files that say it are of what it became.
    pub name_key: Option<String>,
    /// Its id in MusicBrainz: files that say it are of what it became.
    pub musicbrainz_id: Option<String>,
}

/// Keeps where a thing went. Files of everybody follow it when an admin has made the change, else those of its owner.
pub async fn put(tx: &mut PgConnection, redirect: &Redirect, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into redirects (old_id, new_id, change_id, name_key, musicbrainz_id, made_at, is_for_all)
        values (
            $1, $2, $3, $4, $5, $6,
            exists (
                select from catalog_edits e join admins m on m.user_id = e.user_id where e.id = $3 and m.is_admin
            )
        )
        on conflict (old_id) do update
        set new_id = excluded.new_id, change_id = excluded.change_id, is_for_all = excluded.is_for_all
        "#,
        redirect.old,
        redirect.new,
        redirect.change,
        redirect.name_key,
        redirect.musicbrainz_id,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes back where things went by a change.
pub async fn take_back(tx: &mut PgConnection, change: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from redirects where change_id = $1", change).execute(tx).await?;
    Ok(())
}

/// What became one of these, whether at once or by way of others.
pub async fn former(tx: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        with recursive former as (
            select r.old_id, 1 as length from redirects r where r.new_id = any($1)
            union all
            select r.old_id, f.length + 1 from former f join redirects r on r.new_id = f.old_id where f.length < 50
        )
        select distinct old_id as "id!" from former
        "#,
        ids
    )
    .fetch_all(tx)
    .await
}

/// What these are called by now, whether they are there or not.
pub async fn current(tx: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select current_id(k.id) as "id!" from unnest($1::uuid[]) with ordinality as k (id, n) order by k.n"#,
        ids
    )
    .fetch_all(tx)
    .await
}
