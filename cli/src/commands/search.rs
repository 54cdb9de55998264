//! `polyphony search`.

use cynic::QueryBuilder;
use serde::Serialize;

use crate::{
    api::search::{ArtistName, Search, SearchItem, SearchType, SearchVariables, Track},
    client::Client,
    config::{SearchArgs, SearchKind},
    output::{length, note_partial, plain, print},
};

/// What was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    items: Vec<SearchItem>,
    estimated_total: i32,
    took_ms: i32,
}

pub(super) async fn run(client: &Client, args: SearchArgs, json: bool) -> anyhow::Result<()> {
    let kinds = args.kinds.iter().map(|kind| match kind {
        SearchKind::Track => SearchType::Track,
        SearchKind::Album => SearchType::Album,
        SearchKind::Artist => SearchType::Artist,
        SearchKind::Playlist => SearchType::Playlist,
    });
    let types = Some(kinds.collect()).filter(|kinds: &Vec<_>| !kinds.is_empty());
    let variables = SearchVariables { query: args.query.join(" "), types, first: args.first };
    let (answer, partial) = client.run_lenient(Search::build(variables)).await?;
    note_partial(partial);
    let Some(page) = answer.search else { anyhow::bail!("the search does not answer at the moment") };
    let items = page.edges.into_iter().filter_map(|edge| edge.node).collect();
    let found = Found { items, estimated_total: page.estimated_total, took_ms: page.took_ms };
    print(json, &found, text)
}

fn text(found: &Found) -> String {
    let mut lines: Vec<String> = found.items.iter().filter_map(line).collect();
    lines.push(match lines.len() {
        0 => "Nothing found.".to_owned(),
        shown => format!("{shown} of about {} ({} ms)", found.estimated_total.max(shown as i32), found.took_ms),
    });
    lines.join("\n")
}

fn line(item: &SearchItem) -> Option<String> {
    Some(match item {
        SearchItem::Track(track) => format!("track     {}", track_line(track)),
        SearchItem::Album(album) => {
            let year = album.released_on.as_deref().map(|date| format!(", {}", plain(date))).unwrap_or_default();
            let (title, artists) = (plain(&album.title), names(&album.artists));
            format!("album     {}  {title} — {artists} ({} tracks{year})", album.id.inner(), album.track_count)
        }
        SearchItem::Artist(artist) => format!("artist    {}  {}", artist.id.inner(), plain(&artist.name)),
        SearchItem::FoundPlaylist(playlist) => {
            format!("playlist  {}  {} ({} tracks)", playlist.id.inner(), plain(&playlist.title), playlist.item_count)
        }
        SearchItem::Unknown => return None,
    })
}

/// A track on one line, its id first.
pub(super) fn track_line(track: &Track) -> String {
    let album = track.album.as_ref().map(|album| format!(" — {}", plain(&album.title))).unwrap_or_default();
    let (title, artists) = (plain(&track.title), names(&track.artists));
    format!("{}  {title} — {artists}{album} ({})", track.id.inner(), length(track.duration_ms.into()))
}

fn names(artists: &[ArtistName]) -> String {
    artists.iter().map(|artist| plain(&artist.name)).collect::<Vec<_>>().join(", ")
}
