//! What a client needs to know of the server before anybody signs in.

use async_graphql::{Context, Enum, Object, SimpleObject};
use polyphony_kit::schema::Public;

use super::app;
use crate::domain;

/// Who may make an account.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::RegistrationMode")]
pub enum RegistrationMode {
    /// Everybody; `register` needs no invitation.
    Open,
    /// Whoever has an invitation: `register` takes its code.
    Invite,
    /// Nobody.
    Closed,
}

/// What a client needs to know of the server before anybody signs in.
#[derive(SimpleObject)]
pub struct ServerInfo {
    /// What the operator calls the server, to be shown where people sign in.
    name: String,
    /// Who may make an account, so that the right form is shown.
    registration: RegistrationMode,
    /// Whether nothing but this, `authProviders` and what signs somebody in is answered to whoever is not signed in.
    is_private: bool,
}

#[derive(Default)]
pub struct ServerQuery;

#[Object]
impl ServerQuery {
    /// What a client needs to know of the server before anybody signs in. Everybody may ask.
    #[graphql(directive = Public::apply())]
    async fn server(&self, ctx: &Context<'_>) -> Option<ServerInfo> {
        let app = app(ctx);
        let name = app.server.name.clone();
        Some(ServerInfo { name, registration: app.registration.into(), is_private: app.server.is_private })
    }
}
