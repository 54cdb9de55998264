//! The end of register and login: a session with its first tokens.

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_kit::SessionId;
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{Account, Client, REFRESH_TOKEN_LIFE, RefreshToken, Session},
    keyring::AccessToken,
    store::{self, NewToken},
};

/// Somebody who has just signed in or come back, with what shows it.
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// The session.
    pub session: SessionId,
    /// Goes with every request.
    pub access: AccessToken,
    /// Gets the next tokens.
    pub refresh: RefreshToken,
    /// When the refresh token ceases to be good.
    pub refresh_expires_at: DateTime<Utc>,
}

/// Opens a session of this person, who is known to be who they say.
pub(super) async fn open_session(
    app: &App,
    tx: &mut PgConnection,
    account: Account,
    client: Client,
) -> anyhow::Result<SignedIn> {
    let now = app.clock.now();
    let refresh_expires_at = now + REFRESH_TOKEN_LIFE;
    let session = Session {
        id: SessionId::new(),
        user_id: account.id(),
        device_name: client.device_name,
        user_agent: client.user_agent,
        ip_address: client.ip_address,
        created_at: now,
        last_seen_at: now,
    };
    store::add_session(tx, &session, refresh_expires_at).await.context("add a session")?;
    let refresh = RefreshToken::random();
    let token = NewToken {
        session: session.id,
        token: &refresh,
        generation: 0,
        salt: None,
        created_at: now,
        expires_at: refresh_expires_at,
    };
    store::add_refresh_token(tx, &token).await.context("add a refresh token")?;
    let access = app.keyring.sign(&account, session.id)?;
    Ok(SignedIn { account, session: session.id, access, refresh, refresh_expires_at })
}
