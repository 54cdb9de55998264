//! The GraphQL door: one file per noun, merged here.

pub mod album;
pub mod album_mutations;
pub mod artist;
pub mod artist_mutations;
pub mod browse;
pub mod bulk_mutations;
pub mod catalog_change;
pub mod chart;
mod detail;
pub mod edit;
pub mod edit_mutations;
pub mod external;
pub mod genre;
pub mod home;
mod input;
pub mod issue;
pub mod lyrics;
pub mod node;
pub mod payload;
pub mod picture_mutations;
pub mod recommendation;
pub mod search;
pub mod share;
pub mod track;
pub mod track_mutations;
pub mod track_source;

use std::{future::Future, sync::Arc};

use async_graphql::{Context, Data, ID, MaybeUndefined, MergedObject, MergedSubscription, dataloader::DataLoader};
use polyphony_kit::{
    Clock, Error, Result, Role, Viewer, batch, idempotency::Key, page::Page, server::PerRequest, viewer::require_viewer,
};
use serde::Serialize;

use crate::{
    app::App,
    domain::{Audience, Change, Manager},
    store::{Reader, Store, Wanted},
};

/// What can be asked.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
pub struct Query(
    node::NodeQuery,
    artist::ArtistQuery,
    album::AlbumQuery,
    track::TrackQuery,
    genre::GenreQuery,
    browse::BrowseQuery,
    home::HomeQuery,
    catalog_change::CatalogChangeQuery,
    issue::IssueQuery,
    search::SearchQuery,
    chart::ChartQuery,
    share::ShareQuery,
    external::ExternalQuery,
);

/// What can be changed.
#[derive(Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    artist_mutations::ArtistMutation,
    album_mutations::AlbumMutation,
    track_mutations::TrackMutation,
    track_source::TrackSourceMutation,
    picture_mutations::PictureMutation,
    edit_mutations::EditMutation,
    bulk_mutations::BulkMutation,
    share::ShareMutation,
);

/// What can be followed live.
#[derive(Default, MergedSubscription)]
#[graphql(name = "Subscription")]
pub struct Subscription(catalog_change::CatalogSubscription);

/// The schema of this subgraph.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema over `app`; without one it can only be exported.
pub fn schema(app: Option<App>) -> Schema {
    let builder = async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
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

/// What the resolvers of one request load with.
pub(crate) type Loaders = DataLoader<Reader>;

/// Gives each request its own loaders, which see as its viewer sees.
pub fn per_request(store: Store, clock: Clock) -> PerRequest {
    Arc::new(move |data: &mut Data, viewer: Option<&Viewer>| {
        let reader = Reader { store: store.clone(), audience: Audience::from(viewer), clock: clock.clone() };
        data.insert(batch::loader(reader));
    })
}

fn app<'ctx>(ctx: &Context<'ctx>) -> &'ctx App {
    ctx.data_unchecked()
}

fn loaders<'ctx>(ctx: &Context<'ctx>) -> &'ctx Loaders {
    ctx.data_unchecked()
}

/// Who changes the catalog: at least CREATOR.
fn manager(ctx: &Context<'_>) -> Result<Manager> {
    let viewer = require_viewer(ctx)?;
    viewer.require(Role::Creator)?;
    Ok(Manager::from(viewer))
}

/// Reads the idempotency key of a mutation with this input.
fn idempotency(manager: Manager, key: Option<String>, mutation: &str, input: &impl Serialize) -> Result<Option<Key>> {
    key.map(|key| Key::new(manager.user, &key, mutation, input)).transpose()
}

/// A number as GraphQL can carry it; what is larger becomes the largest.
fn int(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Whether the client asks for `totalCount` of the connection that it is being given.
fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// The page that `list` gives, and the length of the whole list. Where nothing is behind a cursor, the first page tells it.
async fn counted<K: Clone, T, E, F>(wanted: Wanted<K>, list: impl Fn(Wanted<K>) -> F) -> Result<(Vec<T>, i64)>
where
    F: Future<Output = std::result::Result<(Vec<T>, i64), E>>,
    Error: From<E>,
{
    let (rows, total) = list(wanted.clone()).await?;
    if !rows.is_empty() || !wanted.total || wanted.page.after.is_none() {
        return Ok((rows, total));
    }
    let first = Wanted { page: Page { first: 1, after: None }, ..wanted };
    Ok((rows, list(first).await?.1))
}

/// An argument that may be left out, or be null to clear a value.
fn change<T>(value: MaybeUndefined<T>) -> Change<T> {
    match value {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::To(None),
        MaybeUndefined::Value(value) => Change::To(Some(value)),
    }
}

/// Reads ids; the first that is malformed, and so of nothing, is the error.
fn parse_ids<T>(ids: &[ID], parse: impl Fn(&str) -> Option<T>) -> std::result::Result<Vec<T>, ID> {
    ids.iter().map(|id| parse(id).ok_or_else(|| id.clone())).collect()
}
