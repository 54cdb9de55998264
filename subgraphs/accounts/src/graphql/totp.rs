//! One-time codes of an authenticator app.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    app,
    refusals::{AckPayload, UserError, split_one},
    second_factor::RecoveryCodesPayload,
};
use crate::{
    commands::{self, BegunTotp},
    domain::Refusal,
};

/// A secret for an authenticator app.
#[derive(SimpleObject)]
pub struct BeginTotpPayload {
    /// The secret, for people who type it: base32.
    secret: Option<String>,
    /// The same for a QR code (`otpauth://totp/…`), which the client draws.
    otpauth_url: Option<String>,
    /// Until when it can be confirmed: 15 minutes from now.
    expires_at: Option<DateTime<Utc>>,
    /// Why there is none.
    user_errors: Vec<UserError>,
}

impl From<Result<BegunTotp, Refusal>> for BeginTotpPayload {
    fn from(begun: Result<BegunTotp, Refusal>) -> Self {
        let (begun, user_errors) = split_one(begun);
        Self {
            secret: begun.as_ref().map(|begun| begun.secret.to_base32()),
            expires_at: begun.as_ref().map(|begun| begun.expires_at),
            otpauth_url: begun.map(|begun| begun.otpauth_url),
            user_errors,
        }
    }
}

#[derive(Default)]
pub struct TotpMutation;

#[Object]
impl TotpMutation {
    /// Makes a secret for an authenticator app. Nothing changes until `confirmTotp`; codes that are on already stay on until then.
    /// Needs a step-up.
    async fn begin_totp(&self, ctx: &Context<'_>) -> Result<BeginTotpPayload> {
        Ok(commands::begin_totp(app(ctx), require_viewer(ctx)?).await?.into())
    }

    /// Turns one-time codes on with the first code of the secret that `beginTotp` gave. Refused with `INVALID_CODE`, or `NOT_FOUND`: begin
    /// again. Other sessions stay, but must step up before dangerous changes.
    #[graphql(directive = RateLimit::apply("password".into(), "CALLER".into()))]
    async fn confirm_totp(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Six digits.")] code: String,
    ) -> Result<RecoveryCodesPayload> {
        Ok(commands::confirm_totp(app(ctx), require_viewer(ctx)?, &code).await?.into())
    }

    /// Turns one-time codes off. Needs a step-up; refused with `NOT_ALLOWED` while the viewer's role requires a second factor and this is
    /// the last one.
    #[graphql(requires_scopes = "write")]
    async fn disable_totp(&self, ctx: &Context<'_>) -> Result<AckPayload> {
        let disabled = commands::disable_totp(app(ctx), require_viewer(ctx)?).await?;
        Ok(disabled.map_err(UserError::from).into())
    }
}
