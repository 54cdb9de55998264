//! People: learnt from accounts' events.

use polyphony_events::{
    UserId,
    accounts::{UserEmailChanged, UserRegistered},
};
use sqlx::PgConnection;

/// What accounts tells of a person that mail needs.
pub struct Learned {
    user_id: UserId,
    email: String,
    display_name: String,
    locale: String,
    version: i64,
}

impl From<&UserRegistered> for Learned {
    fn from(event: &UserRegistered) -> Self {
        Self {
            user_id: event.user_id,
            email: event.email.clone(),
            display_name: event.display_name.clone(),
            locale: event.locale.clone(),
            version: event.version,
        }
    }
}

impl From<&UserEmailChanged> for Learned {
    fn from(event: &UserEmailChanged) -> Self {
        Self {
            user_id: event.user_id,
            email: event.email.clone(),
            display_name: event.display_name.clone(),
            locale: event.locale.clone(),
            version: event.version,
        }
    }
}

/// Learns of a person, unless something newer is known already.
pub async fn learn(tx: &mut PgConnection, event: impl Into<Learned>) -> Result<(), sqlx::Error> {
    let event = event.into();
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
