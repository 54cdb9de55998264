//! Signing up, signing in, and staying signed in.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{
    Result,
    rate_limit::{self, RateLimit},
};

use super::{
    app, client,
    refusals::{UserError, split, split_one},
    second_factor::SecondFactorChallenge,
    viewer::Viewer,
};
use crate::{
    commands::{self, SignIn, SignedIn},
    domain::{DeviceName, Refusal, RegistrationForm},
};

/// What shows that somebody is signed in.
#[derive(SimpleObject)]
pub struct AuthTokens {
    /// Goes with every request, as `Authorization: Bearer …`. A WebSocket that was opened with it is closed with 4498 five
    /// seconds after its end, unless a newer one was shown in the payload of a `ping` or in an operation's
    /// `extensions.authorization`.
    access_token: String,
    /// When the access token ceases to be good: ten minutes from now.
    access_token_expires_at: DateTime<Utc>,
    /// Gets the next tokens, once.
    refresh_token: String,
    /// When the refresh token ceases to be good.
    refresh_token_expires_at: DateTime<Utc>,
}

/// The answer of whatever signs somebody in: `tokens` and `viewer`, or `secondFactorRequired`, or `userErrors`.
#[derive(SimpleObject)]
pub struct AuthPayload {
    /// The access token and the refresh token; null unless signed in.
    tokens: Option<AuthTokens>,
    /// Who is signed in. What other parts of the platform know of them is there with the next request, which bears the token.
    viewer: Option<Viewer>,
    /// The password or provider was right, but the account has a second factor: go on with `completeSecondFactor`. Null otherwise.
    second_factor_required: Option<SecondFactorChallenge>,
    /// Why nobody is.
    user_errors: Vec<UserError>,
}

impl AuthPayload {
    pub(super) fn new((signed_in, user_errors): (Option<SignedIn>, Vec<UserError>)) -> Self {
        let Some(signed_in) = signed_in else {
            return Self { tokens: None, viewer: None, second_factor_required: None, user_errors };
        };
        let tokens = AuthTokens {
            access_token: signed_in.access.token,
            access_token_expires_at: signed_in.access.expires_at,
            refresh_token: signed_in.refresh.expose(),
            refresh_token_expires_at: signed_in.refresh_expires_at,
        };
        let viewer = Viewer::signed_in(signed_in.account, signed_in.session);
        Self { tokens: Some(tokens), viewer: Some(viewer), second_factor_required: None, user_errors }
    }

    /// What signing in with a first factor comes to.
    pub(super) fn of_sign_in(sign_in: Result<SignIn, Refusal>) -> Self {
        match sign_in {
            Ok(SignIn::Challenged(challenge)) => {
                Self { second_factor_required: Some(challenge.into()), ..Self::new((None, Vec::new())) }
            }
            Ok(SignIn::Opened(signed_in)) => Self::new((Some(*signed_in), Vec::new())),
            Err(refusal) => Self::refused(refusal),
        }
    }

    /// The same payload; its header tells the router when it signs somebody in.
    pub(super) fn with_login_outcome(self, ctx: &Context<'_>) -> Self {
        if self.tokens.is_some() {
            rate_limit::report_login(ctx);
        }
        self
    }

    fn refused(refusal: Refusal) -> Self {
        Self::new((None, vec![refusal.into()]))
    }
}

/// What somebody fills in to have an account.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The address that mail goes to.
    email: String,
    /// At least 8 characters and at most 256 bytes, and not guessed within a million guesses (zxcvbn score 2).
    password: String,
    /// 3 to 30 of `a-z 0-9 _ . -`, unique.
    handle: String,
    /// 1 to 80 characters.
    display_name: String,
    /// What the client calls its device, for the list of sessions.
    device_name: Option<String>,
    /// The code of an invitation: needed where `server.registration` is `INVITE`, and not passed over elsewhere.
    invitation: Option<String>,
}

/// What somebody knows to sign in.
#[derive(InputObject)]
pub struct LoginInput {
    /// The e-mail address of the account.
    email: String,
    /// The password of the account.
    password: String,
    /// What the client calls its device, for the list of sessions.
    device_name: Option<String>,
}

#[derive(Default)]
pub struct AuthenticationMutation;

#[Object]
impl AuthenticationMutation {
    /// Makes an account and signs in. Errors: `REGISTRATION_CLOSED` and `INVALID_INVITATION` before anything else is looked at;
    /// `INVALID_INPUT`, `WEAK_PASSWORD`; `EMAIL_TAKEN`, whose owner is told by mail, once a day at most, and `HANDLE_TAKEN`.
    #[graphql(directive = RateLimit::apply("register".into(), "ADDRESS".into()))]
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Result<AuthPayload> {
        let Some(device) = DeviceName::parse(input.device_name.as_deref()) else {
            return Ok(AuthPayload::refused(Refusal::InvalidDeviceName));
        };
        let form = RegistrationForm {
            email: &input.email,
            password: &input.password,
            handle: &input.handle,
            display_name: &input.display_name,
        };
        let invitation = input.invitation.as_deref();
        Ok(AuthPayload::new(split(commands::register(app(ctx), form, invitation, client(ctx, device)).await?)))
    }

    /// Signs in with e-mail address and password; whoever has a second factor is asked for it (`secondFactorRequired`).
    #[graphql(
        directive = RateLimit::apply("login".into(), "ADDRESS input.email".into()),
        directive = RateLimit::apply("sign_in".into(), "ADDRESS input.email".into()),
        directive = RateLimit::apply("login_address".into(), "ADDRESS".into()),
        directive = RateLimit::apply("login_account".into(), "input.email".into()),
    )]
    async fn login(&self, ctx: &Context<'_>, input: LoginInput) -> Result<AuthPayload> {
        let Some(device) = DeviceName::parse(input.device_name.as_deref()) else {
            return Ok(AuthPayload::refused(Refusal::InvalidDeviceName));
        };
        let signed_in = commands::log_in(app(ctx), &input.email, &input.password, client(ctx, device)).await?;
        Ok(AuthPayload::of_sign_in(signed_in).with_login_outcome(ctx))
    }

    /// Trades a refresh token for new tokens. Who does not get the answer sends the same token again: as long as the refresh
    /// token that was given for it is unused, it is given again, however late. Once that was used, an older one ends the session
    /// (`TOKEN_REUSED`), because somebody else has it. A session ends after 30 days without use (`INVALID_TOKEN`), and after as many
    /// days as the server allows however much it is used, 180 by default: `refreshTokenExpiresAt` tells.
    #[graphql(directive = RateLimit::apply("refresh".into(), "ADDRESS".into()))]
    async fn refresh_tokens(&self, ctx: &Context<'_>, refresh_token: String) -> Result<AuthPayload> {
        let client = client(ctx, DeviceName::default());
        Ok(AuthPayload::new(split_one(commands::refresh_tokens(app(ctx), &refresh_token, client).await?)))
    }
}
