//! The server's clock, for clients that estimate how far theirs is off.

use async_graphql::{Context, Object};

use super::app;

#[derive(Default)]
pub(super) struct TimeQuery;

#[Object]
impl TimeQuery {
    /// The server's time now, in milliseconds since the Unix epoch.
    async fn server_time(&self, ctx: &Context<'_>) -> Option<f64> {
        Some(app(ctx).clock.now_ms())
    }
}
