//! SQL of what the object store need not keep any more.

use std::time::Duration;

use sqlx::PgConnection;

use super::Store;

/// Objects to be deleted.
#[derive(Clone, Debug)]
pub struct Garbage {
    /// Which entry.
    pub id: i64,
    /// What the names of the objects begin with.
    pub prefix: String,
    /// The multipart upload under that name that is given up.
    pub multipart_id: Option<String>,
}

impl Store {
    /// Takes what is due, to be tried again in a minute should the deletion fail.
    pub async fn take_garbage(&self) -> Result<Vec<Garbage>, sqlx::Error> {
        sqlx::query_as!(
            Garbage,
            r#"
            update garbage set due_at = now() + interval '1 minute'
            where id in (
                select id from garbage where due_at <= now() order by due_at limit 20 for update skip locked
            )
            returning id, prefix, multipart_id
            "#
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Forgets what was deleted.
    pub async fn forget_garbage(&self, id: i64) -> Result<(), sqlx::Error> {
        sqlx::query!("delete from garbage where id = $1", id).execute(&self.pool).await?;
        Ok(())
    }
}

/// Has the objects whose names begin with `prefix` deleted after a while.
pub async fn discard(
    tx: &mut PgConnection,
    prefix: &str,
    multipart_id: Option<&str>,
    after: Duration,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into garbage (prefix, multipart_id, due_at) values ($1, $2, now() + make_interval(secs => $3))",
        prefix,
        multipart_id,
        after.as_secs_f64(),
    )
    .execute(tx)
    .await?;
    Ok(())
}
