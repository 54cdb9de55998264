//! Exports of all that is kept about the viewer: asking for one. media owns what becomes of it.

use async_graphql::{Context, ID, Object, SimpleObject};
use polyphony_events::DataExportId;
use polyphony_kit::{Result, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    app,
    refusals::{UserError, split_one},
};
use crate::{commands, domain::Refusal};

/// The answer to asking for an export.
#[derive(SimpleObject)]
pub struct ExportMyDataPayload {
    /// The id of the export, `exp_…`; `viewer.dataExports` lists it within seconds.
    export_id: Option<ID>,
    /// Why no export was begun.
    user_errors: Vec<UserError>,
}

impl From<Result<DataExportId, Refusal>> for ExportMyDataPayload {
    fn from(begun: Result<DataExportId, Refusal>) -> Self {
        let (id, user_errors) = split_one(begun);
        Self { export_id: id.map(|id| id.to_string().into()), user_errors }
    }
}

#[derive(Default)]
pub struct DataExportMutation;

#[Object]
impl DataExportMutation {
    /// Has everything that is kept about the viewer packed into a ZIP archive: profile, sessions, keys (without secrets) and security
    /// log; playlists with their entries, likes, saves, follows and history; uploads, devices and listening sessions. It takes
    /// minutes, at most a day; a mail tells when it is ready, and `viewer.dataExports` gives its URL. Needs a step-up; API keys
    /// may not. One a day: `TOO_SOON` says when the next can be asked for.
    #[graphql(
        requires_scopes = "write",
        directive = RateLimit::apply("data_export".into(), "CALLER".into())
    )]
    async fn export_my_data(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The same key within 24 hours answers the same export again, 1 to 255 characters.")]
        idempotency_key: Option<String>,
    ) -> Result<ExportMyDataPayload> {
        let begun = commands::export_my_data(app(ctx), require_viewer(ctx)?, idempotency_key.as_deref()).await?;
        Ok(begun.into())
    }
}
