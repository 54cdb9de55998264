//! People: learnt from accounts' events.

use polyphony_events::{UserId, accounts::UserRegistered};
use sqlx::PgConnection;

/// Learns of a person, unless something newer is known already.
pub async fn learn(tx: &mut PgConnection, event: &UserRegistered) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r"
        insert into people (user_id, email, display_name, locale, version)
        values ($1, $2, $3, $4, $5)
        on conflict on constraint people_pkey do update set
            email = excluded.email,
            display_name = excluded.display_name,
            locale = excluded.locale,
            version = excluded.version
        where people.version < excluded.version
        ",
        event.user_id.0,
        event.email,
        event.display_name,
        event.locale,
        event.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets a person.
pub async fn forget(tx: &mut PgConnection, id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from people where user_id = $1", id.0).execute(tx).await?;
    Ok(())
}
