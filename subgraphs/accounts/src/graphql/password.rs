//! Passwords, the address behind them, and the end of an account.

use async_graphql::{Context, Object};
use polyphony_kit::{Result, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    app, client,
    refusals::{AckPayload, UserError},
};
use crate::{
    commands::{self, ApiKeys, PasswordChange},
    domain::{DeviceName, Refusal},
};

/// Points at the argument that caused the refusal: these mutations take no input object.
fn told(refusal: Refusal, password: &str) -> UserError {
    let error = UserError::from(refusal);
    match refusal {
        Refusal::WeakPassword(_) => error.at(&["newPassword"]),
        Refusal::InvalidCredentials => error.at(&[password]),
        Refusal::InvalidToken => error.at(&["token"]),
        _ => error,
    }
}

#[derive(Default)]
pub struct PasswordMutation;

#[Object]
impl PasswordMutation {
    /// Changes the viewer's password; they are signed out everywhere else. Whoever has a second factor needs a step-up.
    #[graphql(requires_scopes = "write", directive = RateLimit::apply("password".into(), "CALLER".into()))]
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        current_password: String,
        #[graphql(
            desc = "At least 8 characters and at most 256 bytes, and not guessed within a million guesses (zxcvbn score 2)."
        )]
        new_password: String,
        #[graphql(
            default_with = "Some(true)",
            desc = "Whether all API keys of the viewer are revoked too, so that programs that use one answer 401. They are by \
                    default: who knew the old password may have made one."
        )]
        revoke_api_keys: Option<bool>,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let api_keys = ApiKeys::revoked_if(revoke_api_keys.unwrap_or(true));
        let change = PasswordChange { current: &current_password, new: &new_password, api_keys };
        let changed = commands::change_password(app(ctx), viewer, change, &client(ctx, DeviceName::default())).await?;
        Ok(changed.map_err(|refusal| told(refusal, "currentPassword")).into())
    }

    /// Sends a mail with a token for `resetPassword` to this address, if it has an account. The answer is the same if not. Asked
    /// again, the next mail goes out a minute after the first, an hour after the second, then once a day; until then the token
    /// of the last one works.
    #[graphql(
        directive = RateLimit::apply("reset".into(), "ADDRESS email".into()),
        directive = RateLimit::apply("login_address".into(), "ADDRESS".into()),
        directive = RateLimit::apply("reset_account".into(), "email".into()),
    )]
    async fn request_password_reset(&self, ctx: &Context<'_>, email: String) -> Result<AckPayload> {
        commands::request_password_reset(app(ctx), &email, &client(ctx, DeviceName::default())).await?;
        Ok(Ok(()).into())
    }

    /// Sets a new password with the token of the mail, which is good once, for an hour, and in any case until another mail can
    /// be asked for. With it all tokens of other such mails are used up. All sessions end, all API keys are revoked, a change of
    /// address that was asked for is given up, and accounts at providers that were linked before the address was first verified
    /// are unlinked. Errors: `INVALID_TOKEN`, `WEAK_PASSWORD`.
    #[graphql(directive = RateLimit::apply("token".into(), "ADDRESS".into()))]
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        token: String,
        #[graphql(
            desc = "At least 8 characters and at most 256 bytes, and not guessed within a million guesses (zxcvbn score 2)."
        )]
        new_password: String,
    ) -> Result<AckPayload> {
        let reset =
            commands::reset_password(app(ctx), &token, &new_password, &client(ctx, DeviceName::default())).await?;
        Ok(reset.map_err(|refusal| told(refusal, "newPassword")).into())
    }

    /// Shows with the token of the mail that an address is one's own; it is good once and for three days.
    #[graphql(directive = RateLimit::apply("token".into(), "ADDRESS".into()))]
    async fn verify_email(&self, ctx: &Context<'_>, token: String) -> Result<AckPayload> {
        let verified = commands::verify_email(app(ctx), &token).await?;
        Ok(verified.map_err(|refusal| told(refusal, "token")).into())
    }

    /// Sends the viewer the mail once more whose token `verifyEmail` takes; the tokens of the last two stay good. The next mail
    /// can be asked for a minute after the first, ten minutes after the second, an hour after the third, then once a day:
    /// `TOO_SOON` before that. Whose address is verified gets no mail.
    #[graphql(requires_scopes = "write", directive = RateLimit::apply("mail".into(), "CALLER".into()))]
    async fn resend_verification_email(&self, ctx: &Context<'_>) -> Result<AckPayload> {
        let sent = commands::resend_verification_email(app(ctx), require_viewer(ctx)?).await?;
        Ok(sent.map_err(UserError::from).into())
    }

    /// Deletes the viewer's account and everything of theirs. There is no way back. Whoever has a password gives it
    /// (`INVALID_CREDENTIALS` without it); of others, and of whoever has a second factor, it needs a step-up.
    #[graphql(requires_scopes = "write", directive = RateLimit::apply("password".into(), "CALLER".into()))]
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The viewer's password; absent for whoever has none.")] password: Option<String>,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let client = client(ctx, DeviceName::default());
        let deleted = commands::delete_account(app(ctx), viewer, password.as_deref(), &client).await?;
        Ok(deleted.map_err(|refusal| told(refusal, "password")).into())
    }
}
