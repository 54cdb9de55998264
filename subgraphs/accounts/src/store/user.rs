//! People.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::ids::ImageId;
use polyphony_kit::{Role, SessionId, UserId, page::Page};
use sqlx::PgConnection;

use super::{LoadError, Store};
use crate::domain::{Account, Credential, Email, Locale, Preferences, StreamingQuality, User};

/// The rows of accounts: the projection is written here and nowhere else.
macro_rules! accounts {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                u.id as "id: UserId",
                u.email,
                u.email_verified_at,
                u.password_hash,
                u.handle,
                u.display_name,
                u.bio,
                u.avatar_url,
                u.picture_id as "picture: ImageId",
                u.role as "role: Role",
                u.has_second_factor,
                u.suspended_at,
                u.locale,
                u.explicit_content,
                u.streaming_quality,
                u.email_notifications,
                u.autoplay,
                u.created_at,
                u.version
            from users u
            "# + $tail,
            $($argument),*
        )
    };
}

#[expect(clippy::struct_excessive_bools, reason = "the columns of a row")]
struct Row {
    id: UserId,
    email: String,
    email_verified_at: Option<DateTime<Utc>>,
    password_hash: Option<String>,
    handle: String,
    display_name: String,
    bio: Option<String>,
    avatar_url: Option<String>,
    picture: Option<ImageId>,
    role: Role,
    has_second_factor: bool,
    suspended_at: Option<DateTime<Utc>>,
    locale: String,
    explicit_content: bool,
    streaming_quality: String,
    email_notifications: bool,
    autoplay: bool,
    created_at: DateTime<Utc>,
    version: i64,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self {
            user: User {
                id: row.id,
                handle: row.handle,
                display_name: row.display_name,
                avatar_url: row.avatar_url,
                picture: row.picture,
                bio: row.bio,
                created_at: row.created_at,
            },
            email: Email::stored(row.email),
            email_verified: row.email_verified_at.is_some(),
            password_hash: row.password_hash,
            role: row.role,
            has_second_factor: row.has_second_factor,
            suspended: row.suspended_at.is_some(),
            preferences: Preferences {
                locale: Locale::stored(row.locale),
                explicit_content: row.explicit_content,
                // The column's check constraint lets nothing else in.
                streaming_quality: StreamingQuality::parse(&row.streaming_quality).unwrap_or(StreamingQuality::High),
                email_notifications: row.email_notifications,
                autoplay: row.autoplay,
            },
            version: row.version,
        }
    }
}

/// Finds what everybody sees of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserById(pub UserId);

impl Loader<UserById> for Store {
    type Value = User;
    type Error = LoadError;

    async fn load(&self, keys: &[UserById]) -> Result<HashMap<UserById, User>, LoadError> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = accounts!("where u.id = any($1)", &ids).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|row| (UserById(row.id), Account::from(row).user)).collect())
    }
}

/// Finds the person behind a session or API key that is neither ended nor of a suspended person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountOfSession(pub UserId, pub SessionId);

impl Loader<AccountOfSession> for Store {
    type Value = (Account, Credential);
    type Error = LoadError;

    async fn load(
        &self,
        keys: &[AccountOfSession],
    ) -> Result<HashMap<AccountOfSession, (Account, Credential)>, LoadError> {
        // A request has one viewer, so this is one statement, two for an API key; the loader makes it so however often the viewer
        // is asked for.
        let mut accounts = HashMap::new();
        for key in keys {
            let of_session = accounts!(
                r"
                where u.id = $1 and u.suspended_at is null
                    and exists (select 1 from sessions s where s.id = $2 and s.user_id = u.id and s.ended_at is null)
                ",
                key.0.0,
                key.1.0,
            );
            let of_key = accounts!(
                r"
                where u.id = $1 and u.suspended_at is null
                    and exists (select 1 from api_keys k where k.id = $2 and k.user_id = u.id)
                ",
                key.0.0,
                key.1.0,
            );
            let found = match of_session.fetch_optional(&self.pool).await? {
                Some(row) => Some((row, Credential::Session)),
                None => of_key.fetch_optional(&self.pool).await?.map(|row| (row, Credential::ApiKey)),
            };
            accounts.extend(found.map(|(row, credential)| (*key, (row.into(), credential))));
        }
        Ok(accounts)
    }
}

/// Which people an admin looks for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A part of their handle, display name or address.
    pub text: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
}

impl Search {
    /// The text as a pattern of `ilike`, its wildcards taken as they stand.
    fn pattern(&self) -> Option<String> {
        let text = self.text.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        let escaped = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        Some(format!("%{escaped}%"))
    }
}

impl Store {
    /// A page of the people that an admin looks for, in the order in which they came, and how many there are in all.
    pub async fn find_users(&self, search: &Search, page: &Page<UserId>) -> Result<(Vec<User>, i64), sqlx::Error> {
        let pattern = search.pattern();
        let rows = accounts!(
            r"
            where ($1::text is null or (u.handle || ' ' || u.display_name || ' ' || u.email) ilike $1)
                and ($2::text is null or u.role = $2)
                and ($3::uuid is null or u.id > $3)
            order by u.id
            limit $4
            ",
            pattern.clone(),
            search.role as Option<Role>,
            page.after.map(|id| id.0),
            page.limit(),
        )
        .fetch_all(&self.pool)
        .await?;
        let total = sqlx::query_scalar!(
            r#"
            select count(*) as "count!"
            from users u
            where ($1::text is null or (u.handle || ' ' || u.display_name || ' ' || u.email) ilike $1)
                and ($2::text is null or u.role = $2)
            "#,
            pattern,
            search.role as Option<Role>,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((rows.into_iter().map(|row| Account::from(row).user).collect(), total))
    }

    /// The person with this address, to check a password.
    pub async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, sqlx::Error> {
        account_by_email(&mut *self.pool.acquire().await?, email).await
    }

    /// A person, outside a transaction.
    pub async fn account(&self, id: UserId) -> Result<Option<Account>, sqlx::Error> {
        let row = accounts!("where u.id = $1", id.0).fetch_optional(&self.pool).await?;
        Ok(row.map(Account::from))
    }
}

/// The person with this address, not held: for whoever has a connection already and must not wait for a second one.
pub async fn account_by_email(tx: &mut PgConnection, email: &Email) -> Result<Option<Account>, sqlx::Error> {
    let row = accounts!("where u.email = $1", email.as_str()).fetch_optional(tx).await?;
    Ok(row.map(Account::from))
}

/// A person, held until the transaction ends. Every command that changes what is a person's holds them first, so that their
/// events are numbered in the order of the commits.
pub async fn lock_account(tx: &mut PgConnection, id: UserId) -> Result<Option<Account>, sqlx::Error> {
    let row = accounts!("where u.id = $1 for no key update of u", id.0).fetch_optional(tx).await?;
    Ok(row.map(Account::from))
}

/// Adds a person.
pub async fn add_account(tx: &mut PgConnection, account: &Account) -> Result<(), sqlx::Error> {
    let (user, preferences) = (&account.user, &account.preferences);
    sqlx::query!(
        r#"
        insert into users (
            id, email, email_verified_at, password_hash, handle, display_name, role,
            locale, explicit_content, streaming_quality, email_notifications, autoplay, created_at, version
        )
        values ($1, $2, case when $3 then $13::timestamptz end, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        "#,
        user.id.0,
        account.email.as_str(),
        account.email_verified,
        account.password_hash,
        user.handle,
        user.display_name,
        account.role as Role,
        preferences.locale.as_str(),
        preferences.explicit_content,
        preferences.streaming_quality.as_str(),
        preferences.email_notifications,
        preferences.autoplay,
        user.created_at,
        account.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes what everybody sees of a person.
pub async fn save_profile(tx: &mut PgConnection, account: &Account) -> Result<(), sqlx::Error> {
    let user = &account.user;
    sqlx::query!(
        r#"
        update users
        set handle = $2, display_name = $3, bio = $4, avatar_url = $5, picture_id = $6, version = $7
        where id = $1
        "#,
        user.id.0,
        user.handle,
        user.display_name,
        user.bio,
        user.avatar_url,
        user.picture.map(|image| image.0),
        account.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes how a person likes it.
pub async fn save_preferences(tx: &mut PgConnection, account: &Account) -> Result<(), sqlx::Error> {
    let preferences = &account.preferences;
    sqlx::query!(
        r#"
        update users
        set locale = $2, explicit_content = $3, streaming_quality = $4, email_notifications = $5, autoplay = $6, version = $7
        where id = $1
        "#,
        account.id().0,
        preferences.locale.as_str(),
        preferences.explicit_content,
        preferences.streaming_quality.as_str(),
        preferences.email_notifications,
        preferences.autoplay,
        account.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes what a person may do.
pub async fn save_role(tx: &mut PgConnection, account: &Account) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set role = $2, version = $3 where id = $1",
        account.id().0,
        account.role as Role,
        account.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether there is an admin who can act, other than this person.
pub async fn has_other_admin(tx: &mut PgConnection, id: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select 1 from users where role = 'ADMIN' and suspended_at is null and id <> $1
        ) as "exists!"
        "#,
        id.0,
    )
    .fetch_one(tx)
    .await
}

/// Writes the hash of a person's password.
pub async fn save_password(tx: &mut PgConnection, account: &Account) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set password_hash = $2, version = $3 where id = $1",
        account.id().0,
        account.password_hash,
        account.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes that a person has shown that their address is theirs.
pub async fn save_verification(
    tx: &mut PgConnection,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set email_verified_at = coalesce(email_verified_at, $2), version = $3 where id = $1",
        account.id().0,
        now,
        account.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Since when a person has shown that their address is theirs; `None` when they have not.
pub async fn verified_at(tx: &mut PgConnection, id: UserId) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!("select email_verified_at from users where id = $1", id.0)
        .fetch_optional(tx)
        .await
        .map(Option::flatten)
}

/// Writes whether a person is kept out.
pub async fn save_suspension(tx: &mut PgConnection, account: &Account, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set suspended_at = case when $2 then $3::timestamptz end, version = $4 where id = $1",
        account.id().0,
        account.suspended,
        now,
        account.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes a person with everything of theirs.
pub async fn delete_account(tx: &mut PgConnection, id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from users where id = $1", id.0).execute(tx).await?;
    Ok(())
}
