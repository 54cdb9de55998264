//! What second factors people have, recovery codes, sign-ins that wait for a second factor, and proofs of sessions.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId};
use sqlx::PgConnection;

use super::{LoadError, Store};
use crate::domain::{
    Account, CHALLENGE_TTL, Challenge, ChallengeToken, MAX_CHALLENGE_ATTEMPTS, RecoveryCode, SecondFactors,
};

/// Finds what second factors a person has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecondFactorsOf(pub UserId);

impl Loader<SecondFactorsOf> for Store {
    type Value = SecondFactors;
    type Error = LoadError;

    async fn load(&self, keys: &[SecondFactorsOf]) -> Result<HashMap<SecondFactorsOf, SecondFactors>, LoadError> {
        let users: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let mut connection = self.pool.acquire().await?;
        Ok(find(&mut connection, &users).await?)
    }
}

/// What second factors this person has.
pub async fn second_factors(tx: &mut PgConnection, user: UserId) -> Result<SecondFactors, sqlx::Error> {
    Ok(find(tx, &[user.0]).await?.remove(&SecondFactorsOf(user)).unwrap_or_default())
}

async fn find(
    tx: &mut PgConnection,
    users: &[uuid::Uuid],
) -> Result<HashMap<SecondFactorsOf, SecondFactors>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select
            u.id as "id!: UserId",
            t.enabled_at as "enabled_at?",
            (select count(*) from passkeys p where p.user_id = u.id) as "passkeys!",
            (select count(*) from recovery_codes c where c.user_id = u.id and c.used_at is null) as "recovery_codes!"
        from unnest($1::uuid[]) as u(id)
        left join totps t on t.user_id = u.id
        "#,
        users,
    )
    .fetch_all(tx)
    .await?;
    let factors = rows.into_iter().map(|row| {
        let (passkeys, recovery_codes) = (row.passkeys, row.recovery_codes);
        (SecondFactorsOf(row.id), SecondFactors { totp_enabled_at: row.enabled_at, passkeys, recovery_codes })
    });
    Ok(factors.collect())
}

/// Writes whether this person has a second factor, after theirs have changed. Without one there is nothing to recover.
pub async fn save_second_factor(tx: &mut PgConnection, account: &mut Account) -> Result<(), sqlx::Error> {
    let row = sqlx::query!(
        r#"
        update users u
        set version = version + 1,
            has_second_factor = exists (select 1 from totps where user_id = u.id and enabled_at is not null)
                or exists (select 1 from passkeys where user_id = u.id)
        where id = $1
        returning has_second_factor, version
        "#,
        account.id().0,
    )
    .fetch_one(&mut *tx)
    .await?;
    (account.has_second_factor, account.version) = (row.has_second_factor, row.version);
    if !account.has_second_factor {
        sqlx::query!("delete from recovery_codes where user_id = $1", account.id().0).execute(tx).await?;
    }
    Ok(())
}

/// Replaces a person's recovery codes.
pub async fn replace_recovery_codes(
    tx: &mut PgConnection,
    user: UserId,
    codes: &[RecoveryCode],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from recovery_codes where user_id = $1", user.0).execute(&mut *tx).await?;
    let hashes: Vec<_> = codes.iter().map(|code| code.hash(user)).collect();
    sqlx::query!(
        "insert into recovery_codes (user_id, hash, created_at) select $1, hash, $3 from unnest($2::bytea[]) as c(hash)",
        user.0,
        &hashes,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Uses a recovery code up; gives whether it was one that was unused.
pub async fn use_recovery_code(
    tx: &mut PgConnection,
    user: UserId,
    code: &RecoveryCode,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let result = sqlx::query!(
        "update recovery_codes set used_at = $3 where user_id = $1 and hash = $2 and used_at is null",
        user.0,
        code.hash(user),
        now,
    )
    .execute(tx)
    .await?;
    Ok(result.rows_affected() > 0)
}

/// Remembers a sign-in that waits for its second factor.
pub async fn add_challenge(
    tx: &mut PgConnection,
    token: &ChallengeToken,
    challenge: &Challenge,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into second_factor_challenges (hash, user_id, account_version, device_name, expires_at)
        values ($1, $2, $3, $4, $5)
        "#,
        token.hash(),
        challenge.user_id.0,
        challenge.account_version,
        challenge.device_name,
        now + CHALLENGE_TTL,
    )
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// The sign-in that waits behind this token, with one attempt less. Committed by itself: a try counts whatever comes of it.
    pub async fn try_challenge(
        &self,
        token: &ChallengeToken,
        now: DateTime<Utc>,
    ) -> Result<Option<Challenge>, sqlx::Error> {
        sqlx::query_as!(
            Challenge,
            r#"
            update second_factor_challenges
            set attempts = attempts + 1
            where hash = $1 and expires_at > $2 and attempts < $3
            returning user_id as "user_id: UserId", account_version, device_name
            "#,
            token.hash(),
            now,
            MAX_CHALLENGE_ATTEMPTS,
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// Whose sign-in waits behind this token.
    pub async fn challenged_user(
        &self,
        token: &ChallengeToken,
        now: DateTime<Utc>,
    ) -> Result<Option<UserId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select user_id as "user_id: UserId"
            from second_factor_challenges
            where hash = $1 and expires_at > $2 and attempts < $3
            "#,
            token.hash(),
            now,
            MAX_CHALLENGE_ATTEMPTS,
        )
        .fetch_optional(&self.pool)
        .await
    }
}

/// Ends a sign-in that waited; gives whether it was there still.
pub async fn delete_challenge(tx: &mut PgConnection, token: &ChallengeToken) -> Result<bool, sqlx::Error> {
    let deleted =
        sqlx::query!("delete from second_factor_challenges where hash = $1", token.hash()).execute(tx).await?;
    Ok(deleted.rows_affected() > 0)
}

/// When the person behind this session last proved themselves.
pub async fn session_proved_at(
    tx: &mut PgConnection,
    session: SessionId,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let row = sqlx::query_scalar!("select proved_at from sessions where id = $1", session.0).fetch_optional(tx).await?;
    Ok(row.flatten())
}

/// Notes that the person behind this session has proved themselves.
pub async fn prove_session(tx: &mut PgConnection, session: SessionId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update sessions set proved_at = $2 where id = $1", session.0, now).execute(tx).await?;
    Ok(())
}

/// Forgets the proofs of a person's sessions but `kept`: what was asked of them then is not what is asked now.
pub async fn forget_proofs(tx: &mut PgConnection, user: UserId, kept: Option<SessionId>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sessions set proved_at = null where user_id = $1 and ($2::uuid is null or id <> $2)",
        user.0,
        kept.map(|id| id.0),
    )
    .execute(tx)
    .await?;
    Ok(())
}
