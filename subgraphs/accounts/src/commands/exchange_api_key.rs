//! The router trades an API key for a token that subgraphs take.

use polyphony_kit::Result;

use crate::{
    app::App,
    domain::{ApiKeySecret, SecurityEvent, SecurityEventKind, USE_LOG_INTERVAL},
    keyring::{AccessToken, Bearer},
    store,
};

/// Gives a short token with what the key and its owner's role both allow; `None` when it is no key (any more), when
/// it has expired, or when its owner is kept out. While the owner lacks the second factor that their role asks for, the key
/// has the role of everybody.
#[tracing::instrument(skip_all)]
pub async fn exchange_api_key(app: &App, secret: &str) -> Result<Option<AccessToken>> {
    let Some(secret) = ApiKeySecret::parse(secret) else { return Ok(None) };
    let Some(key) = app.store.api_key(&secret).await? else { return Ok(None) };
    let Some(account) = app.store.account(key.user_id).await?.filter(|account| !account.suspended) else {
        return Ok(None);
    };
    let now = app.clock.now();
    let Some(life) = key.token_life(now) else { return Ok(None) };
    let mut tx = app.store.begin().await?;
    store::touch_api_key(&mut tx, key.id, now).await?;
    if key.last_used_at.is_none_or(|last| now - last > USE_LOG_INTERVAL) {
        let entry = SecurityEvent::new(key.user_id, SecurityEventKind::ApiKeyUsed, now);
        super::note(&mut tx, &entry.in_session(key.session()).with_detail(key.name.clone())).await?;
    }
    tx.commit().await?;
    let (scope, role) = key.scopes.granted(app.second_factor.effective_role(&account));
    let bearer = Bearer { user: key.user_id, session: key.session(), version: account.version, role, scope, life };
    Ok(Some(app.keyring.sign_for(bearer)?))
}
