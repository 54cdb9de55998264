//! Revoking all API keys of a person as a part of other commands.

use polyphony_kit::UserId;
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{SecurityEvent, SecurityEventKind},
    store,
};

/// Whether a command that ends sessions revokes the API keys too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeys {
    /// Programs go on.
    Keep,
    /// All keys are revoked.
    Revoke,
}

impl ApiKeys {
    /// As an argument of a mutation says.
    pub fn revoked_if(revoke: bool) -> Self {
        if revoke { Self::Revoke } else { Self::Keep }
    }
}

/// Deletes all keys of a person; the tokens that they were exchanged for are refused from the commit on.
pub(super) async fn revoke_api_keys(app: &App, tx: &mut PgConnection, user: UserId) -> anyhow::Result<()> {
    let now = app.clock.now();
    for key in store::delete_api_keys(tx, user).await? {
        store::revoke_sessions(tx, &[key.session], now).await?;
        let entry = SecurityEvent::new(user, SecurityEventKind::ApiKeyRevoked, now);
        super::note(tx, &entry.in_session(key.session).with_detail(key.name)).await?;
    }
    Ok(())
}
