//! Search over a library of the world: albums, plays and ten scripts, asked in the words of people who look for them.
//!
//! The queries are a file of their own, written as people type: without marks, in capitals, half a word, a nickname, signs as
//! they are said. Each must put first what was meant, in both implementations, as often as [`AIM`] says and in each script.

use std::{collections::BTreeMap, sync::Arc};

use polyphony_catalog::{domain::Kind, search::mirror::Mirror};
use polyphony_events::media::Tags;
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::{
    app::{TestApp, tags},
    search_conformance::{meilisearch, mirrored},
    search_quality::{Asked, success_rate},
};

/// Artist, album, title and plays of each track.
const LIBRARY: &str = include_str!("library.tsv");
/// Script, kind, what is typed, what is meant, and whose it is where several are called so.
const QUERIES: &str = include_str!("queries.tsv");

/// At least so many of the queries must put first what was meant.
const AIM: f64 = 0.95;
/// At least so many of those in one script must.
const AIM_OF_A_SCRIPT: f64 = 0.8;

fn fields<const N: usize>(line: &'static str) -> [&'static str; N] {
    line.split('\t').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line} has not {N} fields"))
}

/// Imports the library, played as often as it says.
async fn fill(app: &TestApp) {
    for (n, line) in LIBRARY.lines().enumerate() {
        let [artist, album, title, plays] = fields(line);
        // Two albums are called Red: it is said whose each is.
        let named = vec![artist.to_owned()];
        let tags = Tags { artists: named.clone(), album_artists: named, ..tags(title, artist, album, n as i32 + 1) };
        app.import(tags).await;
        sqlx::query("update tracks set play_count = $2 where title = $1 and play_count = 0")
            .bind(title)
            .bind(plays.parse::<i64>().unwrap())
            .execute(app.pool())
            .await
            .unwrap();
    }
    // What artists and albums are played is what their tracks are.
    for sum in [
        "update albums a set play_count = coalesce((select sum(t.play_count) from tracks t where t.album_id = a.id), 0)",
        "update artists a set play_count = coalesce((select sum(t.play_count) from tracks t join track_artists c
             on c.track_id = t.id where c.artist_id = a.id), 0)",
    ] {
        sqlx::query(sum).execute(app.pool()).await.unwrap();
    }
    app.deliver().await;
}

fn asked() -> BTreeMap<&'static str, Vec<Asked<'static>>> {
    let mut asked: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in QUERIES.lines() {
        let [script, kind, typed, meant, by] = fields(line);
        let kind = Kind::ALL.into_iter().find(|known| format!("{known:?}").eq_ignore_ascii_case(kind)).expect("a kind");
        asked.entry(script).or_default().push(Asked { typed, kind, meant, by: (!by.is_empty()).then_some(by) });
    }
    asked
}

async fn finds_what_was_meant(app: &TestApp, name: &str) {
    let (mut found, mut all) = (0.0, 0);
    let mut of_scripts = Vec::new();
    for (script, queries) in asked() {
        let rate = success_rate(&app.app.search, &format!("{name}, {script}"), &queries).await;
        found += rate * queries.len() as f64;
        all += queries.len();
        of_scripts.push((script, rate));
    }
    println!("{name}: {:.3} of {all} queries", found / f64::from(all as u32));
    assert!(of_scripts.iter().all(|(_, rate)| *rate >= AIM_OF_A_SCRIPT), "{of_scripts:?}");
    assert!(found / all as f64 >= AIM, "{found} of {all}");
}

#[sqlx::test(migrations = false)]
async fn postgresql_finds_what_the_world_means(pool: PgPool) {
    let app = TestApp::new(pool).await;
    fill(&app).await;
    finds_what_was_meant(&app, "PostgreSQL").await;
}

#[sqlx::test(migrations = false)]
async fn meilisearch_finds_what_the_world_means(pool: PgPool) {
    let Some(index) = meilisearch().await else { return };
    let app = TestApp::with_index(pool.clone(), mirrored(pool, &index)).await;
    index.prepare().await.unwrap();
    fill(&app).await;
    Mirror::new(app.app.store.clone(), index.clone(), Arc::new(Notify::new())).catch_up().await.unwrap();
    finds_what_was_meant(&app, "Meilisearch").await;
    index.delete().await.unwrap();
}

#[test]
fn there_are_150_queries_in_nine_scripts_and_each_means_something_that_is_there() {
    let asked = asked();
    assert!(asked.len() >= 9 && asked.values().map(Vec::len).sum::<usize>() >= 150);
    let names: Vec<&str> = LIBRARY.lines().flat_map(|line| fields::<4>(line).into_iter().take(3)).collect();
    for Asked { typed, meant, .. } in asked.values().flatten() {
        assert!(names.contains(meant), "{typed} means {meant}, which is not there");
    }
}
