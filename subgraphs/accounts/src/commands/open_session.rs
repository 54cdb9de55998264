//! The end of register and login: a session with its first tokens.

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_events::accounts::SignedInOnNewDevice;
use polyphony_kit::{SessionId, outbox};
use sqlx::PgConnection;

use super::end_sessions::end_idle_sessions;
use crate::{
    app::App,
    domain::{
        ACCESS_TOKEN_LIFE, Account, Client, ENROL_SCOPE, MAX_NEW_DEVICE_MAILS, REFRESH_TOKEN_LIFE, RefreshToken,
        SecurityEvent, SecurityEventKind, Session,
    },
    keyring::{AccessToken, Bearer},
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

/// Opens a session of this person, who is known to be who they say. Who signs in on a device that was not seen before, beside
/// others that were, is told by mail. The account is locked, so that people have no more sessions than they may.
pub(super) async fn open_session(
    app: &App,
    tx: &mut PgConnection,
    account: Account,
    client: Client,
    how: SecurityEventKind,
) -> anyhow::Result<SignedIn> {
    let now = app.clock.now();
    let refresh_expires_at = now + REFRESH_TOKEN_LIFE.min(app.session_life);
    let id = SessionId::new();
    end_idle_sessions(app, tx, account.id()).await?;
    let device = store::see_device(tx, account.id(), &client.fingerprint(), now).await.context("note a device")?;
    super::note(tx, &SecurityEvent::new(account.id(), how, now).in_session(id).by(&client)).await?;
    // Who makes up devices by the minute does not fill a mailbox with them.
    let is_told = device.is_new && device.new_within_hour <= MAX_NEW_DEVICE_MAILS;
    if is_told && how == SecurityEventKind::SignedIn {
        outbox::push(tx, &app.clock, &new_device(&account, id, &client, now)).await?;
    }
    let session = Session {
        id,
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
    let access = access_token(app, &account, session.id)?;
    Ok(SignedIn { account, session: session.id, access, refresh, refresh_expires_at })
}

/// The access token of a session of this person. Whoever must have a second factor and has none gets one that is good for enrolling
/// one and for nothing else, whatever their role.
pub(super) fn access_token(app: &App, account: &Account, session: SessionId) -> anyhow::Result<AccessToken> {
    let role = app.second_factor.effective_role(account);
    let scope = if app.second_factor.is_missing_for(account) { ENROL_SCOPE } else { account.scope() };
    app.keyring.sign_for(Bearer {
        user: account.id(),
        session,
        version: account.version,
        role,
        scope: scope.to_owned(),
        life: ACCESS_TOKEN_LIFE,
    })
}

fn new_device(account: &Account, session_id: SessionId, client: &Client, now: DateTime<Utc>) -> SignedInOnNewDevice {
    SignedInOnNewDevice {
        user_id: account.id(),
        session_id,
        email: account.email.to_string(),
        display_name: account.user.display_name.clone(),
        locale: account.preferences.locale.as_str().to_owned(),
        device_name: client.device_name.clone(),
        user_agent: client.user_agent.clone(),
        ip_address: client.ip_address.clone(),
        signed_in_at: now,
    }
}
