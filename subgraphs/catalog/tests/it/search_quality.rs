//! How often search puts first what was meant: real queries over real names, against both implementations.

use std::sync::Arc;

use polyphony_catalog::{
    domain::{Kind, relevance::Terms},
    search::{Query, SearchIndex, mirror::Mirror},
};
use polyphony_events::{
    ArtistId, TrackId, UserId,
    catalog::{ArtistChanged, ArtistRef, PublicationStatus, TrackChanged, TrackSnapshot},
};
use polyphony_kit::page::Page;
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::{
    app::TestApp,
    search_conformance::{meilisearch, mirrored},
};

/// Artists and one song of each.
const SONGS: &str = include_str!("songs.tsv");

/// At least so many of the queries must put first what was meant.
const AIM: f64 = 0.95;

const ARTIST: Kind = Kind::Artist;
const TRACK: Kind = Kind::Track;

/// What people type, and what they mean by it.
const QUERIES: &[(&str, Kind, &str)] = &[
    // Misspelt artists.
    ("beatls", ARTIST, "The Beatles"),
    ("the beetles", ARTIST, "The Beatles"),
    ("royksop", ARTIST, "Röyksopp"),
    ("metalica", ARTIST, "Metallica"),
    ("led zepelin", ARTIST, "Led Zeppelin"),
    ("nirvanna", ARTIST, "Nirvana"),
    ("radiohed", ARTIST, "Radiohead"),
    ("portishaed", ARTIST, "Portishead"),
    ("fleetwod mac", ARTIST, "Fleetwood Mac"),
    ("soundgardn", ARTIST, "Soundgarden"),
    ("simon and garfunkle", ARTIST, "Simon & Garfunkel"),
    ("arctic monkys", ARTIST, "Arctic Monkeys"),
    ("coldpaly", ARTIST, "Coldplay"),
    ("depeche mod", ARTIST, "Depeche Mode"),
    ("roling stones", ARTIST, "The Rolling Stones"),
    ("creedance clearwater", ARTIST, "Creedence Clearwater Revival"),
    ("lynrd skynrd", ARTIST, "Lynyrd Skynyrd"),
    ("alanis morisette", ARTIST, "Alanis Morissette"),
    ("smashing pumkins", ARTIST, "The Smashing Pumpkins"),
    ("kendrik lamar", ARTIST, "Kendrick Lamar"),
    ("beyonse", ARTIST, "Beyoncé"),
    ("jonny cash", ARTIST, "Johnny Cash"),
    ("cinead o'connor", ARTIST, "Sinéad O'Connor"),
    ("gorillaz madonna", ARTIST, "Madonna"),
    // Diacritics, case, and letters that keyboards lack.
    ("bjork", ARTIST, "Björk"),
    ("sigur ros", ARTIST, "Sigur Rós"),
    ("MOTORHEAD", ARTIST, "Motörhead"),
    ("husker du", ARTIST, "Hüsker Dü"),
    ("edith piaf", ARTIST, "Édith Piaf"),
    ("cesaria evora", ARTIST, "Cesária Évora"),
    ("joao gilberto", ARTIST, "João Gilberto"),
    ("einsturzende neubauten", ARTIST, "Einstürzende Neubauten"),
    ("mo", ARTIST, "MØ"),
    ("blue oyster cult", ARTIST, "Blue Öyster Cult"),
    ("aguas de marco", TRACK, "Águas de Março"),
    ("simarik", TRACK, "Şımarık"),
    ("weisses papier", TRACK, "Weißes Papier"),
    ("yekermo sew", TRACK, "Yèkèrmo Sèw"),
    ("dlugosc dzwieku", TRACK, "Długość dźwięku samotności"),
    ("coeur de pirate", ARTIST, "Cœur de pirate"),
    ("les etoiles filantes", TRACK, "Les étoiles filantes"),
    // What is still being typed.
    ("strawb", TRACK, "Strawberry Fields Forever"),
    ("bohem", TRACK, "Bohemian Rhapsody"),
    ("stairway to h", TRACK, "Stairway to Heaven"),
    ("smells like te", TRACK, "Smells Like Teen Spirit"),
    ("yeah ye", ARTIST, "Yeah Yeah Yeahs"),
    ("kraftw", ARTIST, "Kraftwerk"),
    ("godspeed", ARTIST, "Godspeed You! Black Emperor"),
    ("ennio mor", ARTIST, "Ennio Morricone"),
    ("knights of cy", TRACK, "Knights of Cydonia"),
    ("midnight tr", TRACK, "Midnight Train to Georgia"),
    ("wu t", ARTIST, "Wu-Tang Clan"),
    // Misspelt titles.
    ("bohemian rapsody", TRACK, "Bohemian Rhapsody"),
    ("stairway to heven", TRACK, "Stairway to Heaven"),
    ("strawbery feilds", TRACK, "Strawberry Fields Forever"),
    ("wonderwal", TRACK, "Wonderwall"),
    ("smoke on teh water", TRACK, "Smoke on the Water"),
    ("bitter sweat symphony", TRACK, "Bitter Sweet Symphony"),
    ("hotel califronia", TRACK, "Hotel California"),
    ("losing my relegion", TRACK, "Losing My Religion"),
    ("seven nation armee", TRACK, "Seven Nation Army"),
    ("rolling in the depp", TRACK, "Rolling in the Deep"),
    ("suspicous minds", TRACK, "Suspicious Minds"),
    ("hallelujha", TRACK, "Hallelujah"),
    ("californa love", TRACK, "California Love"),
    ("superstitious", TRACK, "Superstition"),
    ("enter sandmen", TRACK, "Enter Sandman"),
    ("blizkrieg bop", TRACK, "Blitzkrieg Bop"),
    // Artist and title together, in any order.
    ("cranberries zombie", TRACK, "Zombie"),
    ("fela zombie", TRACK, "Zombie"),
    ("four tet baby", TRACK, "Baby"),
    ("gal costa baby", TRACK, "Baby"),
    ("my girls animal collective", TRACK, "My Girls"),
    ("temptations my girl", TRACK, "My Girl"),
    ("lcd all my friends", TRACK, "All My Friends"),
    ("madrugada majesty", TRACK, "Majesty"),
    ("nirvana teen spirit", TRACK, "Smells Like Teen Spirit"),
    ("royksopp eple", TRACK, "Eple"),
    ("hendrix purple", TRACK, "Purple Haze"),
    ("prince purple", TRACK, "Purple Rain"),
    ("cohen halleluja", TRACK, "Hallelujah"),
    ("bowie space odity", TRACK, "Space Oddity"),
    ("gainsbourg bonnie clyde", TRACK, "Bonnie and Clyde"),
    // Signs, apostrophes, numbers, words written as one.
    ("acdc", ARTIST, "AC/DC"),
    ("ac/dc", ARTIST, "AC/DC"),
    ("nwa straight outta", TRACK, "Straight Outta Compton"),
    ("rem", ARTIST, "R.E.M."),
    ("guns n roses", ARTIST, "Guns N' Roses"),
    ("dont dream its over", TRACK, "Don't Dream It's Over"),
    ("99 luftballons", TRACK, "99 Luftballons"),
    ("d.a.n.c.e.", TRACK, "D.A.N.C.E."),
    ("hey ya!", TRACK, "Hey Ya!"),
    ("lcd sound system", ARTIST, "LCD Soundsystem"),
    ("deadmau5", ARTIST, "deadmau5"),
    ("green day", ARTIST, "Green Day"),
    ("the the smiths", ARTIST, "The Smiths"),
];

/// The name of what a query must find beside, when it stands in several songs: who sings it.
const SUNG_BY: &[(&str, &str)] = &[
    ("cranberries zombie", "The Cranberries"),
    ("fela zombie", "Fela Kuti"),
    ("four tet baby", "Four Tet"),
    ("gal costa baby", "Gal Costa"),
    ("lcd all my friends", "LCD Soundsystem"),
];

/// Has the catalog hear of every artist and song.
async fn fill(app: &TestApp) -> usize {
    let mut names = std::collections::BTreeSet::new();
    for line in SONGS.lines() {
        let (artist, song) = line.split_once('\t').expect("artist and song");
        names.extend([artist, song]);
        let (artist_id, track_id) = (ArtistId::new(), TrackId::new());
        let (name, sort_name) = (artist.to_owned(), artist.to_owned());
        app.hear_from(&ArtistChanged { artist_id, name: name.clone(), sort_name, version: 1 }).await.unwrap();
        let track = TrackSnapshot {
            id: track_id,
            title: song.to_owned(),
            artists: vec![ArtistRef { id: artist_id, name }],
            album: None,
            disc_number: None,
            track_number: None,
            duration_ms: 200_000,
            genres: Vec::new(),
            released_on: None,
            status: PublicationStatus::Published,
            upload_id: None,
            sources: Vec::new(),
            isrc: None,
            musicbrainz_id: None,
            explicit: false,
            owner_id: UserId::new(),
        };
        app.hear_from(&TrackChanged { track_id, track, version: 1 }).await.unwrap();
    }
    names.len()
}

/// What somebody types, and what they mean by it.
pub(crate) struct Asked<'a> {
    pub(crate) typed: &'a str,
    pub(crate) kind: Kind,
    /// The title or name that must be found first.
    pub(crate) meant: &'a str,
    /// Whose it must be, where several are called so.
    pub(crate) by: Option<&'a str>,
}

/// The share of the queries that find first what was meant; the others are printed with what they found.
pub(crate) async fn success_rate(index: &SearchIndex, name: &str, queries: &[Asked<'_>]) -> f64 {
    let mut missed = Vec::new();
    for Asked { typed, kind, meant, by } in queries {
        let page = Page { first: 5, after: None };
        let query = Query { terms: Terms::read(typed), kinds: Kind::ALL.to_vec(), page, shows_explicit: true };
        let hits = index.search(&query).await.unwrap().hits;
        let is_meant = hits.first().is_some_and(|hit| {
            let found = &hit.found;
            found.kind == *kind && found.title == *meant && by.is_none_or(|by| found.subtitle.contains(by))
        });
        if !is_meant {
            let found: Vec<_> = hits
                .iter()
                .map(|hit| format!("{:?} {} ({})", hit.found.kind, hit.found.title, hit.found.subtitle))
                .collect();
            missed.push(format!("{typed}: meant {kind:?} {meant}, found {found:?}"));
        }
    }
    let rate = 1.0 - missed.len() as f64 / queries.len() as f64;
    println!("{name}: {rate:.3} of {} queries put first what was meant\n{}", queries.len(), missed.join("\n"));
    rate
}

fn asked() -> Vec<Asked<'static>> {
    let by = |typed: &str| SUNG_BY.iter().find(|(query, _)| *query == typed).map(|(_, singer)| *singer);
    QUERIES.iter().map(|(typed, kind, meant)| Asked { typed, kind: *kind, meant, by: by(typed) }).collect()
}

#[sqlx::test(migrations = false)]
async fn postgresql_puts_first_what_was_meant(pool: PgPool) {
    let app = TestApp::new(pool).await;
    assert!(fill(&app).await >= 1_000);
    assert!(success_rate(&app.app.search, "PostgreSQL", &asked()).await >= AIM);
}

#[sqlx::test(migrations = false)]
async fn meilisearch_puts_first_what_was_meant(pool: PgPool) {
    let Some(index) = meilisearch().await else { return };
    let app = TestApp::with_index(pool.clone(), mirrored(pool, &index)).await;
    index.prepare().await.unwrap();
    fill(&app).await;
    Mirror::new(app.app.store.clone(), index.clone(), Arc::new(Notify::new())).catch_up().await.unwrap();
    let rate = success_rate(&app.app.search, "Meilisearch", &asked()).await;
    index.delete().await.unwrap();
    assert!(rate >= AIM);
}

#[test]
fn there_are_enough_queries_of_each_sort() {
    assert!(QUERIES.len() >= 60);
    let index: Vec<_> = SONGS.lines().flat_map(|line| line.split('\t')).collect();
    for (typed, _, meant) in QUERIES {
        assert!(index.contains(meant), "{typed} means {meant}, which is not there");
    }
    assert!(SUNG_BY.iter().all(|(query, _)| QUERIES.iter().any(|(typed, _, _)| typed == query)));
}
