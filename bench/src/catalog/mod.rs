//! `bench catalog`: search and the screens of a client through the router, on a large library and, before it has grown, on a
//! small one.

mod library;
mod load;
mod plot;
mod smart;
mod words;

use std::{fmt::Write as _, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, ensure};
use polyphony_e2e::{Client, Platform};
use serde_json::{Value, json};

use library::Library;
use load::Measured;
use words::Dice;

/// What a search should take at most, 19 times of 20.
const AIM_SEARCH_MS: f64 = 20.0;
/// What a screen should take at most, 99 times of 100, at half of the rate that saturates the platform.
const AIM_SCREEN_MS: f64 = 50.0;
/// What a page of a smart playlist should take at most, 19 times of 20.
const AIM_SMART_MS: f64 = 50.0;
/// How much longer the large library may take than the small one.
const AIM_RATIO: f64 = 1.5;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Tracks of the large library; it has a tenth of albums, a twentieth of artists and a hundredth of playlists.
    #[arg(long, default_value_t = 100_000)]
    tracks: usize,
    /// Tracks of the small library that it is compared with.
    #[arg(long, default_value_t = 1_000)]
    small: usize,
    /// What the libraries are made from: the same seed makes the same.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// How often each query is asked.
    #[arg(long, default_value_t = 300)]
    times: usize,
    /// How long each screen is loaded.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// A query with what is filled into it, one after the other.
pub(crate) struct Screen {
    pub(crate) name: &'static str,
    pub(crate) query: &'static str,
    pub(crate) variables: Vec<Value>,
}

/// A row of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) small: Measured,
    pub(crate) large: Measured,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    ensure!(
        (200..args.tracks).contains(&args.small),
        "the small library has at least 200 tracks and the large one more"
    );
    let meilisearch = std::env::var("MEILI_URL").ok();
    let mut variables = vec![("RATE_LIMIT_USER", "off"), ("MAX_CONCURRENT_PER_CLIENT", "1000")];
    variables.extend(meilisearch.as_deref().map(|url| ("MEILI_URL", url)));
    let index = if meilisearch.is_some() { "meilisearch" } else { "postgresql" };
    let platform = Platform::start_with(&variables);
    let person = Client::register(&platform, "listener").await;
    let mut library = Library::open(&platform, &person, args.seed).await?;
    library.smart = smart::lists(&person).await?;
    let mut dice = Dice(args.seed);
    let mut measured = Vec::new();
    for tracks in [args.small, args.tracks] {
        library.grow(tracks).await?;
        rebuild_search(&platform)?;
        library.tidy().await?;
        let mut of_size = Vec::new();
        for screen in screens(&library, &mut dice) {
            of_size.push((screen.name, load::measure(&person, &screen, args.times).await?));
        }
        measured.push(of_size);
    }
    let large = measured.pop().unwrap_or_default();
    let small = measured.pop().unwrap_or_default();
    let rows: Vec<Row> =
        small.into_iter().zip(large).map(|((name, small), (_, large))| Row { name, small, large }).collect();
    let mut report = format!("The index of search is in {index}.\n\n{}", table(args, &rows));
    report.push_str(&under_load(args, &person, &library, &mut dice).await?);
    crate::plot::keep(&format!("catalog-{index}"), &report, &plot::bars(args.small, args.tracks, &rows))
}

/// The queries of a client, each with many different things to ask for.
fn screens(library: &Library, dice: &mut Dice) -> Vec<Screen> {
    let ids = |ids: &[String], dice: &mut Dice| -> Vec<Value> {
        (0..100).map(|_| json!({ "id": ids[dice.below(ids.len())] })).collect()
    };
    let searches = |searches: Vec<String>| searches.into_iter().map(|query| json!({ "query": query })).collect();
    let search = include_str!("../../../e2e/queries/search.graphql");
    let mut screens = Vec::new();
    for (name, typed) in [
        ("search: titles and names", words::exact as fn(&Library, &mut Dice) -> String),
        ("search: while typing", words::prefix),
        ("search: misspelt", words::misspelt),
        ("search: artist and title", words::together),
    ] {
        let variables = searches((0..100).map(|_| typed(library, dice)).collect());
        screens.push(Screen { name, query: search, variables });
    }
    for (at, script) in words::SCRIPTS.iter().enumerate() {
        let variables = searches((0..100).map(|_| words::written_in(library, dice, at)).collect());
        screens.push(Screen { name: script.name, query: search, variables });
    }
    let mut screen = |name, query, variables| screens.push(Screen { name, query, variables });
    screen("home", include_str!("../../../e2e/queries/home.graphql"), vec![json!({ "first": 20 })]);
    screen("album", include_str!("../../../e2e/queries/album.graphql"), ids(&library.albums, dice));
    screen("artist", include_str!("../../../e2e/queries/artist.graphql"), ids(&library.artists, dice));
    screen("playlist of 100", include_str!("../../../e2e/queries/playlist.graphql"), ids(&library.playlists, dice));
    screen("library", include_str!("../../../e2e/queries/library.graphql"), vec![json!({ "first": 50 })]);
    screen("history", include_str!("../../../e2e/queries/history.graphql"), vec![json!({ "first": 50 })]);
    screen("smart playlist of 100", include_str!("../../../e2e/queries/playlist.graphql"), ids(&library.smart, dice));
    screen(smart::ANEW, smart::PREVIEW, smart::rules().into_iter().map(|rules| json!({ "rules": rules })).collect());
    screens
}

fn table(args: &Args, rows: &[Row]) -> String {
    let mut text = format!(
        "Search and screens through the router, {} requests each, one after the other, ms. Seed {}.\n\n\
         | query | {} tracks: p50 | p95 | {} tracks: p50 | p95 | index alone, p95 | ratio of p50 |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        args.times, args.seed, args.small, args.tracks
    );
    for row in rows {
        let index = row.large.took_p95.map_or_else(|| "–".to_owned(), |took| format!("{took:.0}"));
        let (small, large) = (&row.small, &row.large);
        let ratio = large.p50 / small.p50;
        let _ = writeln!(
            text,
            "| {} | {:.1} | {:.1} | {:.1} | {:.1} | {index} | {ratio:.2} |",
            row.name, small.p50, small.p95, large.p50, large.p95
        );
    }
    let _ = writeln!(
        text,
        "\nAims: search p95 <= {AIM_SEARCH_MS} ms, smart playlists p95 <= {AIM_SMART_MS} ms, ratio <= {AIM_RATIO}. Missed: {}.",
        missed(rows)
    );
    text
}

/// Which rows miss an aim, and by what.
fn missed(rows: &[Row]) -> String {
    let of = |row: &Row| {
        let aim = match row.large.took_p95 {
            Some(_) => Some(AIM_SEARCH_MS),
            None => row.name.starts_with("smart").then_some(AIM_SMART_MS),
        };
        let slow = aim.filter(|aim| row.large.p95 > *aim).map(|_| format!("{} p95 {:.1}", row.name, row.large.p95));
        let ratio = row.large.p50 / row.small.p50;
        slow.into_iter()
            .chain((ratio > AIM_RATIO).then(|| format!("{} ratio {ratio:.2}", row.name)))
            .collect::<Vec<_>>()
    };
    let missed: Vec<String> = rows.iter().flat_map(of).collect();
    if missed.is_empty() { "none".to_owned() } else { missed.join(", ") }
}

/// Each screen at half of the rate that saturates the platform.
async fn under_load(args: &Args, person: &Client, library: &Library, dice: &mut Dice) -> anyhow::Result<String> {
    let mut text = format!(
        "\nScreens on {} tracks at half of the rate that saturates the platform, ms.\n\n\
         | query | saturating, 1/s | asked, 1/s | p50 | p95 | p99 |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
        args.tracks
    );
    let length = Duration::from_secs(args.seconds);
    for screen in screens(library, dice) {
        let saturating = load::saturate(person, &screen, length).await?;
        let rate = saturating / 2.0;
        let steady = load::steady(person, &screen, rate, length).await?;
        let _ = writeln!(
            text,
            "| {} | {saturating:.0} | {rate:.0} | {:.1} | {:.1} | {:.1} |",
            screen.name, steady.p50, steady.p95, steady.p99
        );
    }
    let _ = writeln!(text, "\nAim: p99 <= {AIM_SCREEN_MS} ms.");
    Ok(text)
}

/// Has the catalog's own program make the documents of search.
fn rebuild_search(platform: &Platform) -> anyhow::Result<()> {
    let bin = std::env::var("POLYPHONY_BIN_DIR").context("POLYPHONY_BIN_DIR is not set: use cargo xtask bench")?;
    let status = Command::new(PathBuf::from(bin).join("catalog"))
        .args(["search", "rebuild"])
        .env("DATABASE_URL_CATALOG", library::database(platform, "catalog")?)
        .status()
        .context("start the rebuild")?;
    ensure!(status.success(), "the rebuild failed");
    Ok(())
}
