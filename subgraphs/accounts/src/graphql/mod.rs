//! The GraphQL face of accounts: types, resolvers, and how refusals are told. It knows no SQL.

pub mod api_key;
pub mod authentication;
pub mod data_export;
pub mod email_change;
pub mod invitation;
pub mod oidc;
pub mod passkey;
pub mod password;
pub mod people;
pub mod picture;
pub mod refusals;
pub mod restriction;
pub mod second_factor;
pub mod security_event;
pub mod server;
pub mod session;
pub mod totp;
pub mod user;
pub mod viewer;

use async_graphql::{Context, EmptySubscription, MergedObject, dataloader::DataLoader};
use polyphony_kit::{batch, server::ClientInfo};

use crate::{
    app::App,
    domain::{Client, DeviceName},
    store::Store,
};

/// What can be asked.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
pub struct Query(
    invitation::InvitationQuery,
    oidc::OidcQuery,
    people::PeopleQuery,
    security_event::SecurityEventQuery,
    server::ServerQuery,
    user::UserQuery,
    viewer::ViewerQuery,
);

/// What can be done.
#[derive(Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    api_key::ApiKeyMutation,
    authentication::AuthenticationMutation,
    data_export::DataExportMutation,
    email_change::EmailChangeMutation,
    invitation::InvitationMutation,
    oidc::OidcMutation,
    passkey::PasskeyMutation,
    password::PasswordMutation,
    picture::PictureMutation,
    second_factor::SecondFactorMutation,
    session::SessionMutation,
    totp::TotpMutation,
    user::UserMutation,
    viewer::ViewerMutation,
);

/// The schema of accounts.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// What whoever is not signed in may do.
const PUBLIC_MUTATIONS: [&str; 15] = [
    "beginOidcLogin",
    "beginPasskeyAssertion",
    "beginPasskeyLogin",
    "completeOidcLogin",
    "completePasskeyLogin",
    "completeSecondFactor",
    "confirmEmailChange",
    "login",
    "refreshTokens",
    "refuseEmailChange",
    "register",
    "requestPasswordReset",
    "resetPassword",
    "unsubscribe",
    "verifyEmail",
];

/// Builds the schema; without an app it can be printed, but not executed.
pub fn schema(app: Option<App>) -> Schema {
    let mut builder = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<user::Node>()
        .extension(restriction::EnrolmentOnly)
        .enable_federation();
    if let Some(app) = app {
        builder = builder.data(app);
    }
    builder.finish()
}

/// The schema as it is composed.
pub fn sdl() -> String {
    polyphony_kit::schema::sdl(&schema(None), &PUBLIC_MUTATIONS)
}

/// The loaders of one request.
pub fn loaders(store: &Store) -> DataLoader<Store> {
    batch::loader(store.clone())
}

fn app<'ctx>(ctx: &Context<'ctx>) -> &'ctx App {
    ctx.data_unchecked::<App>()
}

fn loader<'ctx>(ctx: &Context<'ctx>) -> &'ctx DataLoader<Store> {
    ctx.data_unchecked::<DataLoader<Store>>()
}

/// From where the request comes, as the router tells.
fn client(ctx: &Context<'_>, device: DeviceName) -> Client {
    let info = ctx.data_opt::<ClientInfo>().cloned().unwrap_or_default();
    Client { device_name: device.into_text(), user_agent: info.user_agent, ip_address: info.address }
}
