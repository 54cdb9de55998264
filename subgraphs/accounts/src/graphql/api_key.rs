//! Keys for programs of the viewer's.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_events::ApiKeyId;
use polyphony_kit::{Result, viewer::require_viewer};

use super::{
    app,
    refusals::{AckPayload, UserError, split_one},
};
use crate::{
    commands::{self, MadeKey, NewKey},
    domain::{self, DEFAULT_KEY_DAYS, Refusal},
};

/// A key that a program signs in with on behalf of the viewer: `Authorization: Bearer ppk_…`, or `X-Api-Key: ppk_…`. It can do
/// what its scopes say, but neither change the account itself nor see how it is secured: its address, sessions, keys and
/// security log.
#[derive(SimpleObject)]
pub struct ApiKey {
    /// The id, `key_…`.
    id: ID,
    /// What the viewer calls it.
    name: String,
    /// What it may be used for: `read` (queries and subscriptions; every key has it), `write` (mutations), `upload` (what
    /// creators may), `admin` (what admins may).
    scopes: Vec<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ceases to be good; from then on what uses it is answered 401. It stays in the list for 30 days more.
    expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    last_used_at: Option<DateTime<Utc>>,
}

impl From<domain::ApiKey> for ApiKey {
    fn from(key: domain::ApiKey) -> Self {
        Self {
            id: key.id.to_string().into(),
            name: key.name,
            scopes: key.scopes.texts(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// The answer to making a key.
#[derive(SimpleObject)]
pub struct CreateApiKeyPayload {
    /// The key.
    api_key: Option<ApiKey>,
    /// What the program signs in with. It is shown this once; only its hash is kept.
    secret: Option<String>,
    /// Why no key was made.
    user_errors: Vec<UserError>,
}

impl From<Result<MadeKey, Refusal>> for CreateApiKeyPayload {
    fn from(made: Result<MadeKey, Refusal>) -> Self {
        let (made, user_errors) = split_one(made);
        let (api_key, secret) = made.map(|made| (made.key.into(), made.secret.expose())).unzip();
        Self { api_key, secret, user_errors }
    }
}

#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Makes a key for a program of the viewer's. Needs a step-up.
    #[graphql(requires_scopes = "write")]
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to call it, 1 to 80 characters.")] name: String,
        #[graphql(desc = "Of `read`, `write`, `upload` and `admin`, what the viewer's role allows; `read` is always \
                          included.")]
        scopes: Vec<String>,
        #[graphql(
            default_with = "Some(DEFAULT_KEY_DAYS)",
            desc = "For how many days the key is good, 1 to 3650; no key is good for ever. INVALID_INPUT otherwise."
        )]
        expires_in_days: Option<i32>,
    ) -> Result<CreateApiKeyPayload> {
        let days = expires_in_days.unwrap_or(DEFAULT_KEY_DAYS);
        let new = NewKey { name: &name, scopes: &scopes, days };
        Ok(commands::create_api_key(app(ctx), require_viewer(ctx)?, new).await?.into())
    }

    /// Takes a key back. What uses it is refused within five seconds, and its WebSockets are closed.
    #[graphql(requires_scopes = "write")]
    async fn revoke_api_key(&self, ctx: &Context<'_>, id: ID) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let revoked = match ApiKeyId::parse(&id) {
            Some(key) => commands::revoke_api_key(app(ctx), viewer, key).await?,
            None => Err(Refusal::KeyNotFound),
        };
        Ok(revoked.map_err(UserError::from).into())
    }
}
