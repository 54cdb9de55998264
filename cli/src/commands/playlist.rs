//! `polyphony playlist create|list|show|add`.

use anyhow::Context;
use cynic::{Id, MutationBuilder, QueryBuilder};
use serde::Serialize;

use super::search::track_line;
use crate::{
    api::{
        accepted,
        playlist::{
            Add, AddVariables, Changed, Create, CreateVariables, Item, Mine, PageInfo, PageVariables, PlaylistInput,
            PlaylistSummary, PlaylistVisibility, Show, ShowVariables,
        },
    },
    client::Client,
    config::{PlaylistCommand, Visibility},
    error::ApiError,
    output::{length, note_partial, plain, print},
};

pub(super) async fn run(client: &Client, command: PlaylistCommand, json: bool) -> anyhow::Result<()> {
    match command {
        PlaylistCommand::Create { title, description, visibility } => {
            let input = PlaylistInput { title, description, visibility: Some(visibility.into()) };
            let answer = client.run(Create::build(CreateVariables { input, key: fresh_key() })).await?;
            print(json, &changed(answer.create_playlist)?, line)
        }
        PlaylistCommand::List => list(client, json).await,
        PlaylistCommand::Show { id } => show(client, id, json).await,
        PlaylistCommand::Add { id, tracks } => {
            let tracks = tracks.into_iter().map(Id::new).collect();
            let variables = AddVariables { playlist: Id::new(id), tracks, key: fresh_key() };
            let answer = client.run(Add::build(variables)).await?;
            print(json, &changed(answer.add_playlist_items)?, line)
        }
    }
}

impl From<Visibility> for PlaylistVisibility {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Private => Self::Private,
            Visibility::Unlisted => Self::Unlisted,
            Visibility::Public => Self::Public,
        }
    }
}

/// So that a request that is sent twice has its effect once.
fn fresh_key() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn changed(payload: Changed) -> anyhow::Result<PlaylistSummary> {
    accepted(payload.user_errors)?;
    payload.playlist.context("the server did not give the playlist back")
}

fn line(playlist: &PlaylistSummary) -> String {
    let visibility = match playlist.visibility {
        PlaylistVisibility::Private => "private",
        PlaylistVisibility::Unlisted => "unlisted",
        PlaylistVisibility::Public => "public",
    };
    let (id, title, count) = (playlist.id.inner(), plain(&playlist.title), playlist.item_count);
    format!("{id}  {title} ({count} tracks, {}, {visibility})", length(playlist.duration_ms.into()))
}

fn next_page(page: PageInfo) -> Option<String> {
    page.end_cursor.filter(|_| page.has_next_page)
}

async fn list(client: &Client, json: bool) -> anyhow::Result<()> {
    let (mut playlists, mut after) = (Vec::new(), None);
    loop {
        let answer = client.run(Mine::build(PageVariables { after })).await?;
        let page = answer.viewer.ok_or(ApiError::Unauthenticated)?.playlists.context("playlists do not answer")?;
        playlists.extend(page.edges.into_iter().filter_map(|edge| edge.node));
        after = next_page(page.page_info);
        if after.is_none() {
            break;
        }
    }
    print(json, &playlists, |playlists| match playlists.as_slice() {
        [] => "You have no playlists.".to_owned(),
        some => some.iter().map(line).collect::<Vec<_>>().join("\n"),
    })
}

/// A playlist with its entries.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    summary: PlaylistSummary,
    description: Option<String>,
    items: Vec<Item>,
}

async fn show(client: &Client, id: String, json: bool) -> anyhow::Result<()> {
    let (mut whole, mut after): (Option<Whole>, _) = (None, None);
    let mut is_partial = false;
    loop {
        let variables = ShowVariables { id: Id::new(&id), after };
        let (answer, partial) = client.run_lenient(Show::build(variables)).await?;
        is_partial |= partial;
        let page = answer.playlist.with_context(|| format!("there is no playlist {id} that you may see"))?;
        let items = page.items.edges.into_iter().map(|edge| edge.node);
        whole
            .get_or_insert(Whole { summary: page.summary, description: page.description, items: Vec::new() })
            .items
            .extend(items);
        after = next_page(page.items.page_info);
        if after.is_none() {
            break;
        }
    }
    note_partial(is_partial);
    print(json, &whole, |whole| whole.as_ref().map(text).unwrap_or_default())
}

fn text(playlist: &Whole) -> String {
    let mut lines = vec![line(&playlist.summary)];
    lines.extend(playlist.description.as_deref().map(plain).filter(|text| !text.is_empty()));
    lines.extend(playlist.items.iter().enumerate().map(|(index, item)| {
        let track = item.track.as_ref().map_or_else(|| "(not there at the moment)".to_owned(), track_line);
        format!("{:>4}  {track}", index + 1)
    }));
    lines.join("\n")
}
