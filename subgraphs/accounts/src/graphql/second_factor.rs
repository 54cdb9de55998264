//! Second factors: what the viewer has, asking for one when somebody signs in, and proving oneself again.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, Role, UserId, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    app,
    authentication::AuthPayload,
    client, loader,
    passkey::Passkey,
    refusals::{UserError, split_one},
    user::UserPayload,
};
use crate::{
    commands,
    domain::{self, DeviceName, Proof, Refusal},
    store::{PasskeysOf, SecondFactorsOf},
};

/// A second factor that may be given.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::SecondFactorMethod")]
pub enum SecondFactorMethod {
    /// `totpCode`: six digits of an authenticator app.
    Totp,
    /// `passkey`: what an authenticator has signed; begin with `beginPasskeyAssertion`.
    Passkey,
    /// `recoveryCode`: one of those that were shown when the first factor was enrolled; each is good once.
    RecoveryCode,
}

/// A sign-in whose first factor was right and which waits for the second.
#[derive(SimpleObject)]
pub struct SecondFactorChallenge {
    /// What `completeSecondFactor` takes. It is good once, for 5 attempts, until the account is changed.
    token: String,
    /// What `completeSecondFactor` accepts, the most common first.
    methods: Vec<SecondFactorMethod>,
    /// When the sign-in must begin again: 5 minutes from now.
    expires_at: DateTime<Utc>,
}

impl From<commands::SecondFactorChallenge> for SecondFactorChallenge {
    fn from(challenge: commands::SecondFactorChallenge) -> Self {
        let methods = challenge.methods.into_iter().map(SecondFactorMethod::from).collect();
        Self { token: challenge.token.expose(), methods, expires_at: challenge.expires_at }
    }
}

/// The second factors of the viewer.
pub struct SecondFactors {
    pub user: UserId,
    pub required: bool,
}

/// The second factors of the viewer. Whoever has TOTP on or a passkey is asked for one of them after a password or a provider.
#[Object]
impl SecondFactors {
    /// One-time codes of an authenticator app; null while they are off.
    async fn totp(&self, ctx: &Context<'_>) -> Result<Option<Totp>> {
        let factors = self.load(ctx).await?;
        Ok(factors.totp_enabled_at.map(|enabled_at| Totp { enabled_at }))
    }

    /// How many recovery codes are unused, of 10.
    async fn recovery_codes_left(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(i32::try_from(self.load(ctx).await?.recovery_codes).unwrap_or(i32::MAX))
    }

    /// The passkeys, the oldest first; at most 20.
    async fn passkeys(&self, ctx: &Context<'_>) -> Result<Vec<Passkey>> {
        let passkeys = loader(ctx).load_one(PasskeysOf(self.user)).await?.unwrap_or_default();
        Ok(passkeys.into_iter().map(Passkey::from).collect())
    }

    /// Whether the viewer's role requires a second factor. Until they have one, their access token is good for enrolling one and for
    /// nothing else; `refreshTokens` gives a whole one afterwards.
    async fn required(&self) -> bool {
        self.required
    }
}

impl SecondFactors {
    async fn load(&self, ctx: &Context<'_>) -> Result<domain::SecondFactors> {
        Ok(loader(ctx).load_one(SecondFactorsOf(self.user)).await?.unwrap_or_default())
    }
}

/// One-time codes of an authenticator app: six digits, 30 seconds, SHA-1.
#[derive(SimpleObject)]
pub struct Totp {
    /// Since when they are on.
    enabled_at: DateTime<Utc>,
}

/// What an authenticator has signed.
#[derive(InputObject)]
pub struct PasskeyAssertionInput {
    /// The `ceremony` that `beginPasskeyAssertion` gave.
    ceremony: String,
    /// What `navigator.credentials.get` gave, as JSON (`JSON.stringify(credential.toJSON())`).
    credential: String,
}

/// How a sign-in is completed. Exactly one of `totpCode`, `recoveryCode` and `passkey`.
#[derive(InputObject)]
pub struct CompleteSecondFactorInput {
    /// The `token` of `secondFactorRequired`.
    challenge: String,
    /// Six digits of an authenticator app; each code is good once.
    totp_code: Option<String>,
    /// A recovery code, as it was shown; each is good once.
    recovery_code: Option<String>,
    /// What an authenticator has signed.
    passkey: Option<PasskeyAssertionInput>,
}

/// How the viewer proves who they are. Exactly one of the fields.
#[derive(InputObject)]
pub struct StepUpInput {
    /// The viewer's password. Not enough for whoever has a second factor: `SECOND_FACTOR_REQUIRED`.
    password: Option<String>,
    /// Six digits of an authenticator app; each code is good once.
    totp_code: Option<String>,
    /// A recovery code, as it was shown; each is good once.
    recovery_code: Option<String>,
    /// What an authenticator has signed.
    passkey: Option<PasskeyAssertionInput>,
}

impl StepUpInput {
    fn proof(self) -> Result<Proof, Refusal> {
        let passkey =
            self.passkey.map(|given| Proof::Passkey { ceremony: given.ceremony, credential: given.credential });
        let proofs = [
            self.password.map(Proof::Password),
            self.totp_code.map(Proof::TotpCode),
            self.recovery_code.map(Proof::RecoveryCode),
            passkey,
        ];
        let mut given = proofs.into_iter().flatten();
        given.next().filter(|_| given.next().is_none()).ok_or(Refusal::OneProofOnly)
    }
}

impl CompleteSecondFactorInput {
    fn proof(self) -> (String, Result<Proof, Refusal>) {
        let Self { challenge, totp_code, recovery_code, passkey } = self;
        (challenge, StepUpInput { password: None, totp_code, recovery_code, passkey }.proof())
    }
}

/// The answer of a step-up.
#[derive(SimpleObject)]
pub struct StepUpPayload {
    /// Until when dangerous changes may be made with this session: 10 minutes from now.
    expires_at: Option<DateTime<Utc>>,
    /// Why the proof was not accepted.
    user_errors: Vec<UserError>,
}

impl From<Result<DateTime<Utc>, Refusal>> for StepUpPayload {
    fn from(proved: Result<DateTime<Utc>, Refusal>) -> Self {
        let (expires_at, user_errors) = split_one(proved);
        Self { expires_at, user_errors }
    }
}

/// The answer of what gives recovery codes.
#[derive(SimpleObject)]
pub struct RecoveryCodesPayload {
    /// Ten codes, each good once. They are shown this once; only their hashes are kept. Null when the viewer has unused ones already,
    /// and when the mutation was refused.
    recovery_codes: Option<Vec<String>>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

impl From<Result<Option<Vec<domain::RecoveryCode>>, Refusal>> for RecoveryCodesPayload {
    fn from(given: Result<Option<Vec<domain::RecoveryCode>>, Refusal>) -> Self {
        let (codes, user_errors) = split_one(given);
        Self { recovery_codes: codes.flatten().map(written), user_errors }
    }
}

/// Recovery codes as people read them.
pub(super) fn written(codes: Vec<domain::RecoveryCode>) -> Vec<String> {
    codes.iter().map(domain::RecoveryCode::expose).collect()
}

#[derive(Default)]
pub struct SecondFactorMutation;

#[Object]
impl SecondFactorMutation {
    /// Completes a sign-in that `login` or `completeOidcLogin` answered with `secondFactorRequired`. Refused with `INVALID_CODE`,
    /// `INVALID_CREDENTIALS` (the passkey), `TOO_MANY_ATTEMPTS`, or `INVALID_TOKEN`: the challenge is over, sign in again.
    #[graphql(directive = RateLimit::apply("code".into(), "input.challenge".into()), directive = RateLimit::apply("login_address".into(), "ADDRESS".into()))]
    async fn complete_second_factor(&self, ctx: &Context<'_>, input: CompleteSecondFactorInput) -> Result<AuthPayload> {
        let client = client(ctx, DeviceName::default());
        let completed = match input.proof() {
            (challenge, Ok(proof)) => commands::complete_second_factor(app(ctx), &challenge, proof, client).await?,
            (_, Err(refusal)) => Err(refusal),
        };
        Ok(AuthPayload::new(split_one(completed)).with_login_outcome(ctx))
    }

    /// Proves again that it is the viewer who asks, so that mutations refused with `STEP_UP_REQUIRED` may be sent for 10 minutes:
    /// `createApiKey`, `exportMyData`, `linkIdentity`, `unlinkIdentity`, `deleteAccount`, whatever adds or takes off a second factor,
    /// and what admins change of people. Signing in is a proof too; whoever has neither password nor second factor signs in at their
    /// provider again.
    #[graphql(directive = RateLimit::apply("password".into(), "CALLER".into()))]
    async fn step_up(&self, ctx: &Context<'_>, input: StepUpInput) -> Result<StepUpPayload> {
        let viewer = require_viewer(ctx)?;
        let client = client(ctx, DeviceName::default());
        let proved = match input.proof() {
            Ok(proof) => commands::step_up(app(ctx), viewer, proof, client).await?,
            Err(refusal) => Err(refusal),
        };
        Ok(proved.into())
    }

    /// Replaces the viewer's recovery codes; the old ones are worth nothing any more. Needs a step-up.
    async fn regenerate_recovery_codes(&self, ctx: &Context<'_>) -> Result<RecoveryCodesPayload> {
        Ok(commands::regenerate_recovery_codes(app(ctx), require_viewer(ctx)?).await?.map(Some).into())
    }

    /// Takes all second factors off a person who has lost them: their sessions end, and their password or provider signs them in again. For
    /// admins; needs a step-up.
    #[graphql(requires_scopes = "admin")]
    async fn reset_second_factor(&self, ctx: &Context<'_>, user_id: ID) -> Result<UserPayload> {
        let viewer = require_viewer(ctx)?;
        viewer.require(Role::Admin)?;
        let Some(id) = UserId::parse(&user_id) else { return Ok(Err(Refusal::UserNotFound).into()) };
        Ok(commands::reset_second_factor(app(ctx), viewer, id).await?.into())
    }
}
