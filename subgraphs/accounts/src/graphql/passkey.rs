//! Passkeys: registering one, signing in with one, and proving oneself with one.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    app,
    authentication::AuthPayload,
    client,
    refusals::{AckPayload, UserError, split_one},
    second_factor::written,
};
use crate::{
    commands::{self, BegunCeremony, RegisteredPasskey},
    domain::{self, DeviceName, PasskeyId, Refusal},
};

/// A passkey of the viewer: it signs them in by itself, and is a second factor beside their password.
#[derive(SimpleObject)]
pub struct Passkey {
    /// The id, `psk_…`.
    id: ID,
    /// What the viewer calls it.
    name: String,
    /// When it was registered.
    created_at: DateTime<Utc>,
    /// When it was last used; null until then.
    last_used_at: Option<DateTime<Utc>>,
    /// Whether a cloud of the viewer's copies it to their other devices; if not, it is lost with its device.
    backed_up: bool,
}

impl From<domain::Passkey> for Passkey {
    fn from(passkey: domain::Passkey) -> Self {
        Self {
            id: passkey.id.to_string().into(),
            backed_up: passkey.is_backed_up(),
            name: passkey.name,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
        }
    }
}

/// A ceremony that begins at an authenticator.
#[derive(SimpleObject)]
pub struct BeginPasskeyPayload {
    /// What it is completed with, once.
    ceremony: Option<String>,
    /// The `publicKey` options, as JSON: for `PublicKeyCredential.parseCreationOptionsFromJSON` when a passkey is registered, for
    /// `parseRequestOptionsFromJSON` otherwise.
    options: Option<String>,
    /// Until when it can be completed: 5 minutes from now.
    expires_at: Option<DateTime<Utc>>,
    /// Why it cannot begin.
    user_errors: Vec<UserError>,
}

impl From<Result<BegunCeremony, Refusal>> for BeginPasskeyPayload {
    fn from(begun: Result<BegunCeremony, Refusal>) -> Self {
        let (begun, user_errors) = split_one(begun);
        Self {
            ceremony: begun.as_ref().map(|begun| begun.token.expose()),
            expires_at: begun.as_ref().map(|begun| begun.expires_at),
            options: begun.map(|begun| begun.options),
            user_errors,
        }
    }
}

/// A passkey that an authenticator has made.
#[derive(InputObject)]
pub struct CompletePasskeyRegistrationInput {
    /// The `ceremony` that `beginPasskeyRegistration` gave.
    ceremony: String,
    /// What `navigator.credentials.create` gave, as JSON (`JSON.stringify(credential.toJSON())`).
    credential: String,
    /// What to call it, 1 to 80 characters.
    name: String,
}

/// The answer to registering a passkey.
#[derive(SimpleObject)]
pub struct CompletePasskeyRegistrationPayload {
    /// The passkey.
    passkey: Option<Passkey>,
    /// Ten codes, each good once, that are shown this once; null when the viewer has unused ones already, and when the mutation was
    /// refused.
    recovery_codes: Option<Vec<String>>,
    /// Why it was not accepted.
    user_errors: Vec<UserError>,
}

impl From<Result<RegisteredPasskey, Refusal>> for CompletePasskeyRegistrationPayload {
    fn from(registered: Result<RegisteredPasskey, Refusal>) -> Self {
        let (registered, user_errors) = split_one(registered);
        let (passkey, codes) = registered.map(|made| (made.passkey.into(), made.recovery_codes.map(written))).unzip();
        Self { passkey, recovery_codes: codes.flatten(), user_errors }
    }
}

/// A sign-in by passkey.
#[derive(InputObject)]
pub struct CompletePasskeyLoginInput {
    /// The `ceremony` that `beginPasskeyLogin` gave.
    ceremony: String,
    /// What `navigator.credentials.get` gave, as JSON (`JSON.stringify(credential.toJSON())`).
    credential: String,
    /// What the client calls its device, for the list of sessions.
    device_name: Option<String>,
}

/// The answer to renaming a passkey.
#[derive(SimpleObject)]
pub struct PasskeyPayload {
    /// The passkey after the change.
    passkey: Option<Passkey>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

impl From<Result<domain::Passkey, Refusal>> for PasskeyPayload {
    fn from(changed: Result<domain::Passkey, Refusal>) -> Self {
        let (passkey, user_errors) = split_one(changed);
        Self { passkey: passkey.map(Passkey::from), user_errors }
    }
}

#[derive(Default)]
pub struct PasskeyMutation;

#[Object]
impl PasskeyMutation {
    /// Begins to make a passkey of the viewer (`WebAuthn`). Needs a step-up.
    async fn begin_passkey_registration(&self, ctx: &Context<'_>) -> Result<BeginPasskeyPayload> {
        Ok(commands::begin_passkey_registration(app(ctx), require_viewer(ctx)?).await?.into())
    }

    /// Adds the passkey that the authenticator made. Refused with `INVALID_TOKEN` (begin again) or `INVALID_CREDENTIALS`: it was made
    /// for another ceremony, site or origin, or nobody was verified. Other sessions stay, but must step up before dangerous changes.
    async fn complete_passkey_registration(
        &self,
        ctx: &Context<'_>,
        input: CompletePasskeyRegistrationInput,
    ) -> Result<CompletePasskeyRegistrationPayload> {
        let CompletePasskeyRegistrationInput { ceremony, credential, name } = &input;
        let viewer = require_viewer(ctx)?;
        Ok(commands::complete_passkey_registration(app(ctx), viewer, ceremony, credential, name).await?.into())
    }

    /// Begins a sign-in by passkey, of whom it is: no address is asked for. With `mediation: "conditional"` browsers offer passkeys
    /// in the address field.
    #[graphql(directive = RateLimit::apply("login_address".into(), "ADDRESS".into()))]
    async fn begin_passkey_login(&self, ctx: &Context<'_>) -> Result<BeginPasskeyPayload> {
        Ok(Ok(commands::begin_passkey_login(app(ctx)).await?).into())
    }

    /// Signs in with what the authenticator has signed. A passkey is two factors: no other is asked for.
    #[graphql(directive = RateLimit::apply("login_address".into(), "ADDRESS".into()))]
    async fn complete_passkey_login(&self, ctx: &Context<'_>, input: CompletePasskeyLoginInput) -> Result<AuthPayload> {
        let Some(device) = DeviceName::parse(input.device_name.as_deref()) else {
            return Ok(AuthPayload::new(split_one(Err(Refusal::InvalidDeviceName))));
        };
        let client = client(ctx, device);
        let signed_in = commands::complete_passkey_login(app(ctx), &input.ceremony, &input.credential, client).await?;
        Ok(AuthPayload::new(split_one(signed_in)).with_login_outcome(ctx))
    }

    /// Begins to prove somebody by one of their passkeys: for `completeSecondFactor` with a challenge, for `stepUp` without. `NOT_FOUND` when
    /// they have none.
    #[graphql(directive = RateLimit::apply("login_address".into(), "ADDRESS".into()))]
    async fn begin_passkey_assertion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The `token` of `secondFactorRequired`; absent, it is the viewer who steps up.")]
        challenge: Option<String>,
    ) -> Result<BeginPasskeyPayload> {
        let begun = match challenge {
            Some(challenge) => commands::begin_challenged_assertion(app(ctx), &challenge).await?,
            None => commands::begin_passkey_assertion(app(ctx), require_viewer(ctx)?).await?,
        };
        Ok(begun.into())
    }

    /// Calls a passkey of the viewer something else.
    #[graphql(requires_scopes = "write")]
    async fn rename_passkey(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "1 to 80 characters.")] name: String,
    ) -> Result<PasskeyPayload> {
        let viewer = require_viewer(ctx)?;
        let Some(id) = PasskeyId::parse(&id) else { return Ok(Err(Refusal::PasskeyNotFound).into()) };
        Ok(commands::rename_passkey(app(ctx), viewer, id, &name).await?.into())
    }

    /// Deletes a passkey of the viewer. Needs a step-up; refused with `NOT_ALLOWED` while the viewer's role requires a second factor
    /// and this is the last one, or while nothing else signs in to the account.
    #[graphql(requires_scopes = "write")]
    async fn delete_passkey(&self, ctx: &Context<'_>, id: ID) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let deleted = match PasskeyId::parse(&id) {
            Some(id) => commands::delete_passkey(app(ctx), viewer, id).await?,
            None => Err(Refusal::PasskeyNotFound),
        };
        Ok(deleted.map_err(UserError::from).into())
    }
}
