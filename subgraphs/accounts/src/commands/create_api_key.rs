//! The viewer makes a key for a program of theirs.

use polyphony_events::ApiKeyId;
use polyphony_kit::Viewer;

use super::{Outcome, step_up::require_step_up};
use crate::{
    app::App,
    domain::{ApiKey, ApiKeySecret, KeyName, MAX_API_KEYS, Refusal, Scopes, SecurityEvent, SecurityEventKind},
    store,
};

/// A new key with its secret, which is nowhere else.
pub struct MadeKey {
    /// The key.
    pub key: ApiKey,
    /// What signs in.
    pub secret: ApiKeySecret,
}

/// The key that somebody wants.
#[derive(Clone, Copy)]
pub struct NewKey<'a> {
    /// What they call it.
    pub name: &'a str,
    /// What it may be used for.
    pub scopes: &'a [String],
    /// For how many days it is good.
    pub days: i32,
}

/// Makes a key of the viewer's for these scopes, of which they must have each.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn create_api_key(app: &App, viewer: &Viewer, new: NewKey<'_>) -> Outcome<MadeKey> {
    let now = app.clock.now();
    let Some(name) = KeyName::parse(new.name) else { return Ok(Err(Refusal::InvalidKeyName)) };
    let Some(expires_at) = ApiKey::end(now, new.days) else { return Ok(Err(Refusal::InvalidKeyLife)) };
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    let scopes = match Scopes::choose(new.scopes, account.role) {
        Ok(scopes) => scopes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if store::count_api_keys(&mut tx, viewer.user).await? >= MAX_API_KEYS {
        return Ok(Err(Refusal::TooManyKeys));
    }
    let (id, name) = (ApiKeyId::new(), name.into_text());
    let key = ApiKey { id, user_id: viewer.user, name, scopes, created_at: now, expires_at, last_used_at: None };
    let secret = ApiKeySecret::random();
    store::add_api_key(&mut tx, &key, &secret).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::ApiKeyCreated, now);
    let entry = entry.in_session(viewer.session).with_detail(key.name.clone());
    super::notify_security(app, &mut tx, &account, entry).await?;
    tx.commit().await?;
    Ok(Ok(MadeKey { key, secret }))
}
