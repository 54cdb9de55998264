//! People as everybody sees them.

use async_graphql::{Context, ID, Interface, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, Role, UserId, page::Page, scalar::Url, viewer::require_viewer};

use super::{
    app, loader,
    picture::Image,
    refusals::{UserError, split_one},
    viewer::Viewer,
};
use crate::{
    commands::{self, Admission},
    domain::{self, AvatarUrl, Refusal},
    store::{Search, UserById},
};

/// Anything that can be found by its id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, unique among all things."))]
pub enum Node {
    /// A person.
    User(User),
    /// What is private to the signed-in person.
    Viewer(Viewer),
}

/// A person, as everybody sees them.
#[derive(Clone)]
pub struct User(pub domain::User);

impl User {
    async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Self>> {
        let Some(id) = UserId::parse(id) else { return Ok(None) };
        Ok(loader(ctx).load_one(UserById(id)).await?.map(Self))
    }
}

/// A person, as everybody sees them.
#[Object]
impl User {
    /// The id, `usr_…`.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name to be found by, unique, lower-case.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// The name to be called.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// A picture, on an https host that the person chose among those that the server allows; whoever fetches it shows that host
    /// their address. Null when there is none.
    async fn avatar_url(&self, ctx: &Context<'_>) -> Option<Url> {
        // What was written before the rule, or under another one, is not shown.
        let avatar = AvatarUrl::parse(self.0.avatar_url.as_deref()?, &app(ctx).avatar_hosts);
        avatar.map(|avatar| Url(avatar.into_text()))
    }

    /// A picture that they uploaded; null when there is none. It goes before `avatarUrl`.
    async fn picture(&self) -> Option<Image> {
        self.0.picture.map(Image)
    }

    /// A few words about themselves.
    async fn bio(&self) -> Option<&str> {
        self.0.bio.as_deref()
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

polyphony_kit::connection!(
    /// A page of people.
    UserConnection,
    UserEdge,
    User
);

/// The answer of a mutation that changes a person.
#[derive(SimpleObject)]
pub struct UserPayload {
    /// The person after the change.
    user: Option<User>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

impl From<Result<domain::User, Refusal>> for UserPayload {
    fn from(result: Result<domain::User, Refusal>) -> Self {
        let (user, user_errors) = split_one(result);
        Self { user: user.map(User), user_errors }
    }
}

#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// The person with this id.
    async fn user(&self, ctx: &Context<'_>, id: ID) -> Result<Option<User>> {
        User::find(ctx, &id).await
    }

    /// People by a part of their handle, name or address, in the order in which they came. For admins.
    #[graphql(requires_scopes = "admin")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A part of the handle, display name or e-mail address.")] query: Option<String>,
        #[graphql(desc = "Only people with this role.")] role: Option<Role>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to begin.")] after: Option<String>,
    ) -> Result<Option<UserConnection>> {
        require_viewer(ctx)?.require(Role::Admin)?;
        let page = Page::parse(first, after, 20)?;
        let (rows, total) = app(ctx).store.find_users(&Search { text: query, role }, &page).await?;
        Ok(Some(UserConnection::new(page.cut(rows, |user| user.id), total, User)))
    }

    #[graphql(entity)]
    async fn find_user_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<User>> {
        User::find(ctx, &id).await
    }
}

#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Gives a person a role; their next token bears it. For admins; the last admin stays one. Needs a step-up.
    #[graphql(requires_scopes = "admin")]
    async fn set_user_role(&self, ctx: &Context<'_>, user_id: ID, role: Role) -> Result<UserPayload> {
        let viewer = require_viewer(ctx)?;
        viewer.require(Role::Admin)?;
        let Some(id) = UserId::parse(&user_id) else { return Ok(Err(Refusal::UserNotFound).into()) };
        Ok(commands::set_user_role(app(ctx), viewer, id, role).await?.into())
    }

    /// Keeps a person out, or lets them in again. Their sessions end at once. For admins; the last admin cannot be kept out. Needs a step-up.
    #[graphql(requires_scopes = "admin")]
    async fn set_user_suspended(&self, ctx: &Context<'_>, user_id: ID, suspended: bool) -> Result<UserPayload> {
        let viewer = require_viewer(ctx)?;
        viewer.require(Role::Admin)?;
        let Some(id) = UserId::parse(&user_id) else { return Ok(Err(Refusal::UserNotFound).into()) };
        let admission = if suspended { Admission::Suspended } else { Admission::Admitted };
        Ok(commands::set_user_suspended(app(ctx), viewer, id, admission).await?.into())
    }
}
