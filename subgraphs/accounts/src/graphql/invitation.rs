//! Invitations to make an account.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_events::InvitationId;
use polyphony_kit::{Result, Role, UserId, page::Page, viewer::require_viewer};

use super::{
    app, loader,
    refusals::{UserError, split, split_one},
    user::User,
};
use crate::{
    commands::{self, MadeInvitation},
    domain::{self, InvitationForm, Refusal},
    store::UserById,
};

/// An invitation to make an account. Its code is shown once, by `createInvitation`.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Invitation {
    /// The id, `inv_…`.
    id: ID,
    /// The role that accounts made with it get.
    role: Role,
    /// The only address that may be registered with it; null when any may.
    email: Option<String>,
    /// What the admin noted; null when nothing.
    note: Option<String>,
    /// How many accounts may be made with it.
    max_uses: i32,
    /// How many accounts were made with it.
    uses: i32,
    /// Whether an account can be made with it now: it is neither used up, nor expired, nor revoked.
    is_usable: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ceases to be good. Invitations are listed for 90 days after that.
    expires_at: DateTime<Utc>,
    /// When an admin took it back; null when none did.
    revoked_at: Option<DateTime<Utc>>,
    #[graphql(skip)]
    maker: Option<UserId>,
}

#[ComplexObject]
impl Invitation {
    /// The admin who made it; null when their account is gone.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(maker) = self.maker else { return Ok(None) };
        Ok(loader(ctx).load_one(UserById(maker)).await?.map(User))
    }
}

impl Invitation {
    fn new(invitation: domain::Invitation, now: DateTime<Utc>) -> Self {
        Self {
            is_usable: invitation.is_usable(now),
            id: invitation.id.to_string().into(),
            role: invitation.role,
            email: invitation.email.map(|email| email.display()),
            note: invitation.note,
            max_uses: invitation.max_uses,
            uses: invitation.uses,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            revoked_at: invitation.revoked_at,
            maker: invitation.created_by,
        }
    }
}

polyphony_kit::connection!(
    /// A page of invitations.
    InvitationConnection,
    InvitationEdge,
    Invitation
);

/// What an admin chooses for an invitation.
#[derive(InputObject)]
pub struct CreateInvitationInput {
    /// How many accounts may be made with it, 1 to 1000.
    #[graphql(default = 1)]
    max_uses: i32,
    /// How long it is good, 1 to 365 days.
    #[graphql(default = 7)]
    expires_in_days: i32,
    /// The role that accounts made with it get: `LISTENER` or `CREATOR`.
    #[graphql(default_with = "Role::Listener")]
    role: Role,
    /// The only address that may be registered with it; any when absent.
    email: Option<String>,
    /// What admins want to remember of it, at most 200 characters on one line.
    note: Option<String>,
}

/// The answer to making an invitation.
#[derive(SimpleObject)]
pub struct CreateInvitationPayload {
    /// The invitation.
    invitation: Option<Invitation>,
    /// What `register` takes as `invitation`. It is shown this once; only its hash is kept.
    code: Option<String>,
    /// Why no invitation was made: `INVALID_INPUT`, or `NOT_ALLOWED` for the role ADMIN.
    user_errors: Vec<UserError>,
}

/// The answer to taking an invitation back.
#[derive(SimpleObject)]
pub struct InvitationPayload {
    /// The invitation after the change.
    invitation: Option<Invitation>,
    /// Why nothing was changed: `NOT_FOUND`.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct InvitationQuery;

#[Object]
impl InvitationQuery {
    /// All invitations, the newest first. For admins.
    #[graphql(requires_scopes = "admin")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to begin.")] after: Option<String>,
    ) -> Result<Option<InvitationConnection>> {
        require_viewer(ctx)?.require(Role::Admin)?;
        let page = Page::parse(first, after, 20)?;
        let (rows, total) = app(ctx).store.invitations(&page).await?;
        let now = app(ctx).clock.now();
        let rows = page.cut(rows, |invitation| invitation.id);
        Ok(Some(InvitationConnection::new(rows, total, |invitation| Invitation::new(invitation, now))))
    }
}

#[derive(Default)]
pub struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Makes an invitation to register with. For admins.
    #[graphql(requires_scopes = "admin")]
    async fn create_invitation(
        &self,
        ctx: &Context<'_>,
        input: CreateInvitationInput,
    ) -> Result<CreateInvitationPayload> {
        let form = InvitationForm {
            role: input.role,
            email: input.email,
            note: input.note,
            max_uses: input.max_uses,
            expires_in_days: input.expires_in_days,
        };
        let made = commands::create_invitation(app(ctx), require_viewer(ctx)?, form).await?;
        let (made, user_errors) = split(made);
        let now = app(ctx).clock.now();
        let shown = |made: MadeInvitation| (Invitation::new(made.invitation, now), made.code.expose());
        let (invitation, code) = made.map(shown).unzip();
        Ok(CreateInvitationPayload { invitation, code, user_errors })
    }

    /// Takes an invitation back: no more accounts are made with it, those that were stay. For admins.
    #[graphql(requires_scopes = "admin")]
    async fn revoke_invitation(&self, ctx: &Context<'_>, id: ID) -> Result<InvitationPayload> {
        let viewer = require_viewer(ctx)?;
        viewer.require(Role::Admin)?;
        let revoked = match InvitationId::parse(&id) {
            Some(id) => commands::revoke_invitation(app(ctx), viewer, id).await?,
            None => Err(Refusal::InvitationNotFound),
        };
        let (invitation, user_errors) = split_one(revoked);
        let invitation = invitation.map(|invitation| Invitation::new(invitation, app(ctx).clock.now()));
        Ok(InvitationPayload { invitation, user_errors })
    }
}
