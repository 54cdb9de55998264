//! The GraphQL schema of media. Resolvers parse, call a command or a loader, and wrap.

pub mod chapter;
pub mod data_export;
pub mod device;
mod device_changes;
mod drift;
pub mod errors;
pub mod external;
pub mod image;
mod image_mutations;
pub mod job;
mod job_mutations;
pub mod library_folder;
pub mod listening_session;
mod live;
pub mod play_context;
pub mod playback;
mod playback_plans;
pub mod player;
mod player_mutations;
pub mod private_session;
mod queue_mutations;
pub mod rendition;
mod time;
pub mod upload;
mod upload_changes;
mod upload_mutations;
pub mod upload_target;
mod watch;

use async_graphql::{Context, MergedObject, MergedSubscription, Schema, dataloader::DataLoader};
use polyphony_kit::{Viewer, batch};

use crate::{
    app::App,
    store::{Reader, Store},
};

/// The schema of media.
pub type MediaSchema = Schema<Query, Mutation, Subscription>;

/// The root queries of media.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
pub struct Query(
    upload::UploadQuery,
    job::JobQuery,
    external::ExternalQuery,
    time::TimeQuery,
    playback_plans::PlaybackPlansQuery,
    image::ImageQuery,
    library_folder::LibraryFolderQuery,
    player::PlayerQuery,
    listening_session::ListeningSessionQuery,
);

/// The root mutations of media.
#[derive(Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    upload_mutations::UploadMutation,
    job_mutations::JobMutation,
    image_mutations::ImageMutation,
    library_folder::LibraryFolderMutation,
    device::DeviceMutation,
    player_mutations::PlayerMutation,
    queue_mutations::QueueMutation,
    private_session::PrivateSessionMutation,
    listening_session::ListeningSessionMutation,
    drift::DriftMutation,
);

/// The root subscriptions of media.
#[derive(Default, MergedSubscription)]
#[graphql(name = "Subscription")]
pub struct Subscription(
    watch::WatchSubscription,
    live::LiveSubscription,
    upload_changes::UploadChangesSubscription,
    device_changes::DeviceChangesSubscription,
    drift::DriftSubscription,
);

/// Builds the schema; without an app it can only be printed.
pub fn schema(app: Option<App>) -> MediaSchema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<upload::Node>()
        .enable_federation()
        .enable_subscription_in_federation();
    match app {
        Some(app) => builder.data(app).finish(),
        None => builder.finish(),
    }
}

/// The schema as it is composed.
pub fn sdl() -> String {
    polyphony_kit::schema::sdl(&schema(None), &[])
}

/// The loaders of one request.
pub type Loaders = DataLoader<Reader>;

/// Makes the loaders of one request for its viewer.
pub fn loaders(store: &Store, viewer: Option<&Viewer>) -> Loaders {
    batch::loader(store.reader(viewer))
}

/// The loaders of this request.
fn load<'ctx>(ctx: &Context<'ctx>) -> &'ctx Loaders {
    ctx.data_unchecked::<Loaders>()
}

/// The service behind this request.
fn app<'ctx>(ctx: &Context<'ctx>) -> &'ctx App {
    ctx.data_unchecked::<App>()
}
