//! Exports that were asked for, and what an export holds of accounts.

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::DataExportId;
use polyphony_kit::{UserId, page::Page};
use sqlx::PgConnection;

use super::{ApiKeysOf, IdentitiesOf, LoadError, LogFilter, PasskeysOf, SecondFactorsOf, SessionsOf, Store};
use crate::domain::{LoggedEvent, PersonalData};

/// How many entries of the security log are read at once.
const PAGE_ROWS: i64 = 1_000;

impl Store {
    /// What accounts keeps about a person beside the account itself.
    pub async fn personal_data(&self, user: UserId) -> Result<PersonalData, LoadError> {
        let mut data = PersonalData {
            sessions: self.load(&[SessionsOf(user)]).await?.remove(&SessionsOf(user)).unwrap_or_default(),
            api_keys: self.load(&[ApiKeysOf(user)]).await?.remove(&ApiKeysOf(user)).unwrap_or_default(),
            identities: self.load(&[IdentitiesOf(user)]).await?.remove(&IdentitiesOf(user)).unwrap_or_default(),
            passkeys: self.load(&[PasskeysOf(user)]).await?.remove(&PasskeysOf(user)).unwrap_or_default(),
            second_factors: self
                .load(&[SecondFactorsOf(user)])
                .await?
                .remove(&SecondFactorsOf(user))
                .unwrap_or_default(),
            security_log: Vec::new(),
        };
        let filter = LogFilter { user: Some(user), kinds: None };
        let mut page = Page { first: PAGE_ROWS, after: None };
        loop {
            let (mut entries, _) = self.security_log(&filter, &page).await?;
            let has_more = entries.len() as i64 > PAGE_ROWS;
            entries.truncate(PAGE_ROWS as usize);
            page.after = entries.last().map(LoggedEvent::position);
            data.security_log.extend(entries);
            if !has_more {
                return Ok(data);
            }
        }
    }
}

/// When this person last asked for an export.
pub async fn last_data_export(tx: &mut PgConnection, user: UserId) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!("select max(requested_at) from data_exports where user_id = $1", user.0).fetch_one(tx).await
}

/// Notes that this person has asked for an export.
pub async fn add_data_export(
    tx: &mut PgConnection,
    id: DataExportId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into data_exports (id, user_id, requested_at) values ($1, $2, $3)", id.0, user.0, now)
        .execute(tx)
        .await?;
    Ok(())
}
