//! A client trades its refresh token for new tokens.
//!
//! Invariant: a session has one live refresh token, its newest. Who sends the one before it again is answered with that same
//! newest one as long as that is unused, however late (a lost answer, a phone that slept, several tabs at once). Once the
//! newest was used, an older token means that two parties hold the session's tokens, and the session ends for both.

use anyhow::Context;
use sqlx::PgConnection;

use super::{Outcome, SignedIn, end_sessions::end_session, open_session::access_token};
use crate::{
    app::App,
    domain::{Client, PresentedToken, RefreshToken, Refusal, SecurityEvent, SecurityEventKind, Verdict},
    store::{self, NewToken},
};

/// Gives the tokens that follow the presented one.
#[tracing::instrument(skip_all)]
pub async fn refresh_tokens(app: &App, token: &str, client: Client) -> Outcome<SignedIn> {
    let Some(token) = RefreshToken::parse(token) else { return Ok(Err(Refusal::InvalidToken)) };
    let mut tx = app.store.begin().await?;
    let Some(found) = store::presented_token(&mut tx, &token).await? else { return Ok(Err(Refusal::InvalidToken)) };
    // The person is held, so that of many who present the token at once each sees what the one before did.
    let Some(account) = store::lock_account(&mut tx, found.user_id).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    if account.suspended {
        return Ok(Err(Refusal::AccountSuspended));
    }
    let Some(presented) = store::presented_token(&mut tx, &token).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };

    let now = app.clock.now();
    let (refresh, refresh_expires_at) = match presented.judge(now, app.session_life) {
        Verdict::Rotate => rotate(app, &mut tx, &token, &presented).await?,
        Verdict::Repeat(successor) => (token.successor(&successor.salt), successor.expires_at),
        Verdict::Reused => {
            revoke(app, &mut tx, &presented, &client).await?;
            tx.commit().await?;
            return Ok(Err(Refusal::TokenReused));
        }
        Verdict::Invalid => return Ok(Err(Refusal::InvalidToken)),
    };
    store::touch_session(&mut tx, presented.session_id, &client, now, refresh_expires_at).await?;
    let access = access_token(app, &account, presented.session_id)?;
    tx.commit().await?;
    Ok(Ok(SignedIn { account, session: presented.session_id, access, refresh, refresh_expires_at }))
}

async fn rotate(
    app: &App,
    tx: &mut PgConnection,
    token: &RefreshToken,
    presented: &PresentedToken,
) -> anyhow::Result<(RefreshToken, chrono::DateTime<chrono::Utc>)> {
    let now = app.clock.now();
    let expires_at = presented.next_expires_at(now, app.session_life);
    let salt = RefreshToken::random_salt();
    let next = token.successor(&salt);
    let row = NewToken {
        session: presented.session_id,
        token: &next,
        generation: presented.generation + 1,
        salt: Some(&salt),
        created_at: now,
        expires_at,
    };
    store::add_refresh_token(tx, &row).await.context("add a refresh token")?;
    Ok((next, expires_at))
}

async fn revoke(app: &App, tx: &mut PgConnection, presented: &PresentedToken, client: &Client) -> anyhow::Result<()> {
    let (user_id, session_id) = (presented.user_id, presented.session_id);
    tracing::warn!(user.id = %user_id, session.id = %session_id, "a refresh token was used twice, its session ends");
    metrics::counter!("refresh_tokens_reused_total").increment(1);
    let entry = SecurityEvent::new(user_id, SecurityEventKind::TokenReused, app.clock.now());
    super::note(tx, &entry.in_session(session_id).by(client)).await?;
    end_session(app, tx, user_id, session_id).await.context("end a session")?;
    Ok(())
}
