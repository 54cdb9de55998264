//! Moving an account to another address.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, Role, UserId, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    app, client,
    refusals::{AckPayload, UserError},
};
use crate::{
    commands::{self, Confirmed},
    domain::{self, DeviceName, Refusal},
};

/// A change of address that waits for its addresses to agree.
#[derive(SimpleObject)]
pub struct EmailChange {
    /// The address that is wanted.
    new_email: String,
    /// When it was asked for.
    requested_at: DateTime<Utc>,
    /// When it is given up: three days later.
    expires_at: DateTime<Utc>,
    /// When the address that the account has, or an admin in its place, agreed; null when it has not.
    old_confirmed_at: Option<DateTime<Utc>>,
    /// When the new address agreed; null when it has not.
    new_confirmed_at: Option<DateTime<Utc>>,
}

impl From<domain::EmailChange> for EmailChange {
    fn from(change: domain::EmailChange) -> Self {
        Self {
            new_email: change.new_email.display(),
            requested_at: change.requested_at,
            expires_at: change.expires_at,
            old_confirmed_at: change.old_confirmed_at,
            new_confirmed_at: change.new_confirmed_at,
        }
    }
}

/// The answer to asking for a change of address.
#[derive(SimpleObject)]
pub struct RequestEmailChangePayload {
    /// What waits for the addresses to agree.
    email_change: Option<EmailChange>,
    /// Why nothing was asked for: `INVALID_INPUT`, `INVALID_CREDENTIALS`, `TOO_SOON`.
    user_errors: Vec<UserError>,
}

/// The answer to confirming a change of address.
#[derive(SimpleObject)]
pub struct ConfirmEmailChangePayload {
    /// Whether the account has moved; false while the other address has not agreed, null when there are errors.
    is_complete: Option<bool>,
    /// Why nothing was confirmed: `INVALID_TOKEN`; `EMAIL_TAKEN` when another account has the address, which ends the change.
    user_errors: Vec<UserError>,
}

impl From<Result<Confirmed, Refusal>> for ConfirmEmailChangePayload {
    fn from(confirmed: Result<Confirmed, Refusal>) -> Self {
        let confirmed = confirmed.map_err(|refusal| match refusal {
            Refusal::InvalidToken | Refusal::EmailTaken => UserError::from(refusal).at(&["token"]),
            _ => refusal.into(),
        });
        match confirmed {
            Ok(confirmed) => Self { is_complete: Some(confirmed == Confirmed::Moved), user_errors: Vec::new() },
            Err(error) => Self { is_complete: None, user_errors: vec![error] },
        }
    }
}

#[derive(Default)]
pub struct EmailChangeMutation;

#[Object]
impl EmailChangeMutation {
    /// Asks both the viewer's address and the new one by mail whether the account may move; each gets a token for
    /// `confirmEmailChange`. An address that was never verified is not asked. A change that was asked for before is given up.
    /// Asked again, the next mails go out after a minute, ten minutes, an hour, then once a day. Who cannot read the old address
    /// any more asks an admin for `approveEmailChange`.
    #[graphql(
        requires_scopes = "write",
        directive = RateLimit::apply("password".into(), "CALLER".into()),
        directive = RateLimit::apply("mail".into(), "CALLER".into()),
    )]
    async fn request_email_change(
        &self,
        ctx: &Context<'_>,
        new_email: String,
        #[graphql(desc = "The viewer's password, where the account has one.")] password: Option<String>,
    ) -> Result<RequestEmailChangePayload> {
        let viewer = require_viewer(ctx)?;
        let client = client(ctx, DeviceName::default());
        let asked = commands::request_email_change(app(ctx), viewer, &new_email, password.as_deref(), &client).await?;
        let errors = |refusal| match refusal {
            Refusal::InvalidEmail | Refusal::UndeliverableEmail | Refusal::SameEmail => {
                UserError::from(refusal).at(&["newEmail"])
            }
            Refusal::InvalidCredentials => UserError::from(refusal).at(&["password"]),
            _ => refusal.into(),
        };
        Ok(match asked {
            Ok(change) => RequestEmailChangePayload { email_change: Some(change.into()), user_errors: Vec::new() },
            Err(refusal) => RequestEmailChangePayload { email_change: None, user_errors: vec![errors(refusal)] },
        })
    }

    /// Agrees to a change of address with the token that one of the addresses was sent. When both have agreed the account has
    /// the new address, verified, and is signed out everywhere but where the change was asked for.
    #[graphql(directive = RateLimit::apply("token".into(), "ADDRESS".into()))]
    async fn confirm_email_change(&self, ctx: &Context<'_>, token: String) -> Result<ConfirmEmailChangePayload> {
        Ok(commands::confirm_email_change(app(ctx), &token).await?.into())
    }

    /// Gives up a change of address with the token that one of the addresses was sent. Who did not ask for the change should
    /// choose a new password as well.
    #[graphql(directive = RateLimit::apply("token".into(), "ADDRESS".into()))]
    async fn refuse_email_change(&self, ctx: &Context<'_>, token: String) -> Result<AckPayload> {
        let refused = commands::refuse_email_change(app(ctx), &token).await?;
        Ok(refused.map_err(|refusal| UserError::from(refusal).at(&["token"])).into())
    }

    /// Gives up the viewer's own change of address.
    #[graphql(requires_scopes = "write")]
    async fn cancel_email_change(&self, ctx: &Context<'_>) -> Result<AckPayload> {
        let cancelled = commands::cancel_email_change(app(ctx), require_viewer(ctx)?).await?;
        Ok(cancelled.map_err(UserError::from).into())
    }

    /// Agrees to a person's change of address in the place of the old address, which they cannot read any more. The new address
    /// still has to agree by itself. For admins. Needs a step-up. Errors: `NOT_FOUND` when there is no such person or no change.
    #[graphql(requires_scopes = "admin")]
    async fn approve_email_change(&self, ctx: &Context<'_>, user_id: ID) -> Result<ConfirmEmailChangePayload> {
        let viewer = require_viewer(ctx)?;
        viewer.require(Role::Admin)?;
        let Some(user) = UserId::parse(&user_id) else { return Ok(Err(Refusal::UserNotFound).into()) };
        Ok(commands::approve_email_change(app(ctx), viewer, user).await?.into())
    }
}
