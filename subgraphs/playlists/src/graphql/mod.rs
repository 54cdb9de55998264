//! The subgraph's schema: a file per noun, merged here. Resolvers parse, call a command or the reader, and wrap.

pub mod collaborator;
pub mod errors;
pub mod external;
pub mod history;
mod ids;
pub mod invitation;
pub mod library;
pub mod library_list;
pub mod library_mutations;
mod live;
pub mod play;
pub mod playlist;
pub mod playlist_file;
pub mod playlist_item;
pub mod playlist_item_mutations;
pub mod playlist_mutations;
pub mod smart_rules;

use async_graphql::{Context, Interface, MergedObject, MergedSubscription, Schema, dataloader::DataLoader};
use polyphony_kit::{Viewer, batch};

use crate::{app::App, store::Reader};
use library::Library;
use playlist::Playlist;
use playlist_item::PlaylistItem;

/// The root of reads.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
pub struct Query(
    playlist::PlaylistQuery,
    playlist_item::PlaylistItemQuery,
    smart_rules::SmartPlaylistQuery,
    library::LibraryQuery,
    external::ExternalQuery,
);

/// The root of writes.
#[derive(Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    playlist_mutations::PlaylistMutation,
    playlist_item_mutations::PlaylistItemMutation,
    playlist_file::PlaylistFileMutation,
    invitation::InvitationMutation,
    play::PlayMutation,
    smart_rules::SmartPlaylistMutation,
    library_mutations::LibraryMutation,
);

/// The root of live reads.
#[derive(Default, MergedSubscription)]
#[graphql(name = "Subscription")]
pub struct Subscription(playlist::PlaylistSubscription, library::LibrarySubscription);

/// A thing that can be found by its id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "async_graphql::ID", desc = "The thing's id."))]
#[expect(clippy::large_enum_variant, reason = "an interface is made of the types themselves")]
pub enum Node {
    /// A playlist.
    Playlist(Playlist),
    /// An entry of a playlist.
    PlaylistItem(PlaylistItem),
    /// What a person keeps.
    Library(Library),
}

/// The schema; it answers when it has an app, and can be exported without.
pub fn schema(app: Option<App>) -> Schema<Query, Mutation, Subscription> {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .enable_federation()
        .enable_subscription_in_federation()
        .register_output_type::<Node>();
    match app {
        Some(app) => builder.data(app).finish(),
        None => builder.finish(),
    }
}

/// The schema as it is composed.
pub fn sdl() -> String {
    polyphony_kit::schema::sdl(&schema(None), &[])
}

/// What a request reads with: batches of what its viewer may see.
pub fn loader(app: &App, viewer: Option<&Viewer>) -> DataLoader<Reader> {
    let viewer = viewer.map(|viewer| viewer.user);
    batch::loader(Reader { store: app.store.clone(), viewer, clock: app.clock.clone() })
}

fn app<'ctx>(ctx: &Context<'ctx>) -> &'ctx App {
    ctx.data_unchecked()
}

fn reads<'ctx>(ctx: &Context<'ctx>) -> &'ctx DataLoader<Reader> {
    ctx.data_unchecked()
}

/// Whether the list that is being resolved is asked how many there are in all: counting costs.
fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// A number as GraphQL can carry it; what is larger becomes the largest.
fn int(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
