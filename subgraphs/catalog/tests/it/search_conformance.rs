//! What search promises, held against both implementations.

use std::{future::Future, pin::Pin, sync::Arc};

use polyphony_catalog::{
    domain::{Kind, relevance::Terms},
    search::{Meilisearch, Query, SearchIndex, mirror::Mirror, rebuild::rebuild},
    store::Store,
};
use polyphony_events::media::Tags;
use polyphony_kit::{cache::Cache, page::Page};
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::app::{TestApp, tags};

/// A catalog whose index can be made to know all that was sent.
struct Searched {
    app: TestApp,
    mirror: Option<(Mirror, Meilisearch)>,
}

impl Searched {
    async fn catch_up(&self) {
        self.app.deliver().await;
        if let Some((mirror, _)) = &self.mirror {
            mirror.catch_up().await.unwrap();
        }
    }

    async fn search(&self, query: &str, kinds: &[Kind], first: i64) -> Vec<String> {
        let page = Page { first, after: None };
        let query = Query { terms: Terms::read(query), kinds: kinds.to_vec(), page, shows_explicit: true };
        let results = self.app.app.search.search(&query).await.unwrap();
        results.hits.into_iter().map(|hit| hit.found.title).collect()
    }

    async fn first(&self, query: &str) -> String {
        self.search(query, &Kind::ALL, 10).await.into_iter().next().unwrap_or_default()
    }
}

type Promise = for<'a> fn(&'a Searched) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Every promise, each on the library that [`fill`] makes.
const PROMISES: [(&str, Promise); 13] = [
    ("misspelt words find what was meant", |searched| Box::pin(misspelt(searched))),
    ("case and diacritics do not matter", |searched| Box::pin(folded(searched))),
    ("what is being typed is found", |searched| Box::pin(prefixes(searched))),
    ("artist and title are found together", |searched| Box::pin(together(searched))),
    ("words may be written as one", |searched| Box::pin(joined(searched))),
    ("words that mean one thing are one", |searched| Box::pin(synonyms(searched))),
    ("exact is before prefix before misspelt", |searched| Box::pin(exactness(searched))),
    ("of equals the more played is first", |searched| Box::pin(popularity(searched))),
    ("kinds can be chosen, and pages follow each other", |searched| Box::pin(kinds_and_pages(searched))),
    ("any part of a name without blanks is found", |searched| Box::pin(unspaced(searched))),
    ("signs are found as they are said", |searched| Box::pin(said(searched))),
    ("an artist is before albums that begin with the name", |searched| Box::pin(artists_first(searched))),
    ("a rebuild finds the same again", |searched| Box::pin(rebuilt(searched))),
];

async fn fill(searched: &Searched) {
    let app = &searched.app;
    let library = [
        ("Help!", "The Beatles", "Help!"),
        ("Yesterday", "The Beatles", "Help!"),
        ("Help!", "Bananarama", "Greatest"),
        ("Röyksopp Evening", "Sigur Test", "Nordlys"),
        ("Eple", "Röyksopp", "Melody A.M."),
        ("Sugarcane", "Missy", "Fields"),
        ("Sugar Cane Fields", "Otis", "Harvest"),
        ("Evening", "Otis", "Harvest"),
        ("Evenings", "Otis", "Harvest"),
        ("Evenink", "Otis", "Harvest"),
        ("Strawberry Fields Forever", "The Beatles", "Magical"),
        ("Smørrebrød", "Ærlig Talt", "Ål"),
        ("Concerto", "Missy", "Fields"),
        ("Concerto, Vol. 9", "Missy", "Fields"),
        ("夜に駆ける", "東京事変", "ルージュの伝言"),
        ("รักเธอประเทศไทย", "คาราบาว", "เมด อิน ไทยแลนด์"),
        ("봄날", "방탄소년단", "윙스"),
        ("Mrs. Robinson", "Simon & Garfunkel", "Bookends"),
        ("El Condor", "Simon & Garfunkel", "Simon and Garfunkel's Greatest Hits"),
        ("So What", "P!nk", "Funhouse"),
        ("Tik Tok", "Ke$ha", "Animal"),
        ("Praise the Lord", "A$AP Rocky", "Testing"),
        ("No Reply", "The Beatles", "Beatles for Sale"),
    ];
    for (n, (title, artist, album)) in library.into_iter().enumerate() {
        app.import(Tags { artists: vec![artist.to_owned()], ..tags(title, artist, album, n as i32) }).await;
    }
    searched.catch_up().await;
}

async fn misspelt(searched: &Searched) {
    assert_eq!(searched.first("beatls").await, "The Beatles");
    assert_eq!(searched.first("royksop evning").await, "Röyksopp Evening");
    assert_eq!(searched.first("strawbery feilds").await, "Strawberry Fields Forever");
}

async fn folded(searched: &Searched) {
    assert_eq!(searched.first("royksopp").await, "Röyksopp");
    assert_eq!(searched.first("ROYKSOPP").await, "Röyksopp");
    assert_eq!(searched.first("smorrebrod").await, "Smørrebrød");
}

async fn prefixes(searched: &Searched) {
    assert_eq!(searched.first("strawb").await, "Strawberry Fields Forever");
    assert_eq!(searched.first("royksopp eve").await, "Röyksopp Evening");
}

async fn together(searched: &Searched) {
    assert_eq!(searched.search("beatles help", &[Kind::Track], 10).await[0], "Help!");
    assert_eq!(searched.search("royksopp eple", &[Kind::Track], 10).await[0], "Eple");
    let tracks = searched.search("bananarama help", &[Kind::Track], 10).await;
    assert_eq!(tracks[0], "Help!");
}

async fn unspaced(searched: &Searched) {
    for (part, whole) in [
        ("駆ける", "夜に駆ける"),
        ("夜に", "夜に駆ける"),
        ("事変", "東京事変"),
        ("伝言", "ルージュの伝言"),
        ("ประเทศ", "รักเธอประเทศไทย"),
        ("รักเธอ", "รักเธอประเทศไทย"),
        ("소년단", "방탄소년단"),
    ] {
        let found = searched.search(part, &Kind::ALL, 10).await;
        assert!(found.iter().any(|title| title == whole), "{part}: {found:?}");
    }
}

async fn said(searched: &Searched) {
    for (typed, meant) in [
        ("simon and garfunkel", "Simon & Garfunkel"),
        ("simon & garfunkel", "Simon & Garfunkel"),
        ("simon + garfunkel", "Simon & Garfunkel"),
        ("pink", "P!nk"),
        ("p!nk", "P!nk"),
        ("kesha", "Ke$ha"),
        ("asap rocky", "A$AP Rocky"),
    ] {
        assert_eq!(searched.search(typed, &[Kind::Artist], 10).await.first().unwrap(), meant, "{typed}");
    }
    assert_eq!(searched.first("simon and garfunkel").await, "Simon & Garfunkel");
    let albums = searched.search("simon and garfunkel", &[Kind::Album], 10).await;
    assert!(albums.contains(&"Bookends".to_owned()), "{albums:?}");
}

async fn artists_first(searched: &Searched) {
    assert_eq!(searched.first("beatles").await, "The Beatles");
    assert_eq!(searched.first("the beatles").await, "The Beatles");
}

async fn joined(searched: &Searched) {
    let found = searched.search("sugar cane", &[Kind::Track], 10).await;
    assert!(found.contains(&"Sugarcane".to_owned()) && found.contains(&"Sugar Cane Fields".to_owned()), "{found:?}");
    assert_eq!(searched.first("sugarcane").await, "Sugarcane");
}

async fn synonyms(searched: &Searched) {
    assert_eq!(searched.first("concerto volume").await, "Concerto, Vol. 9");
    assert_eq!(searched.first("concerto vol").await, "Concerto, Vol. 9");
}

async fn exactness(searched: &Searched) {
    let found = searched.search("evening", &[Kind::Track], 10).await;
    let place = |title: &str| found.iter().position(|found| found == title).unwrap_or(usize::MAX);
    assert!(place("Evening") < place("Evenings") && place("Evenings") < place("Evenink"), "{found:?}");
}

async fn popularity(searched: &Searched) {
    let app = &searched.app;
    let (rare, loved) = (app.artist("Twin").await, app.artist("Twin").await);
    for (id, plays) in [(&rare, 1_i64), (&loved, 100)] {
        let id = polyphony_events::ArtistId::parse(id).unwrap();
        sqlx::query("update artists set play_count = $2 where id = $1")
            .bind(id)
            .bind(plays)
            .execute(app.pool())
            .await
            .unwrap();
    }
    searched.catch_up().await;
    let (kinds, page) = (vec![Kind::Artist], Page { first: 5, after: None });
    let query = Query { terms: Terms::read("twin"), kinds, page, shows_explicit: true };
    let hits = app.app.search.search(&query).await.unwrap().hits;
    let found: Vec<_> = hits.iter().map(|hit| hit.found.popularity).collect();
    assert_eq!(found, [100, 1]);
}

async fn kinds_and_pages(searched: &Searched) {
    assert_eq!(searched.search("help", &[Kind::Album], 10).await, ["Help!"]);
    assert_eq!(searched.search("help", &[], 10).await, Vec::<String>::new());
    let all = searched.search("harvest", &Kind::ALL, 50).await;
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = Page { first: 2, after };
        let query = Query { terms: Terms::read("harvest"), kinds: Kind::ALL.to_vec(), page, shows_explicit: true };
        let results = searched.app.app.search.search(&query).await.unwrap();
        assert_eq!(results.estimated_total, all.len() as i64);
        let is_last = results.hits.len() <= 2;
        after = results.hits.get(1).map(|hit| hit.place.clone());
        paged.extend(results.hits.into_iter().take(2).map(|hit| hit.found.title));
        if is_last {
            break;
        }
    }
    assert_eq!((paged.len(), &paged), (5, &all));
}

async fn rebuilt(searched: &Searched) {
    let app = &searched.app;
    sqlx::query("delete from search_documents where kind = 'TRACK'").execute(app.pool()).await.unwrap();
    let title = json!({ "id": app.artist("Pemba").await });
    searched.catch_up().await;
    let delete = "mutation($id: ID!) { deleteArtist(id: $id) { ok userErrors { code } } }";
    app.mutate(delete, title).await;
    // The event of the end is lost; a rebuild sees that the artist is gone.
    app.sent().await;
    // While it is rebuilt it goes on answering.
    let asking = async {
        for _ in 0..30 {
            assert_eq!(searched.first("beatls").await, "The Beatles");
        }
    };
    let (rebuilt, ()) = tokio::join!(rebuild(&app.app.store, &app.app.search), asking);
    rebuilt.unwrap();
    assert_eq!(searched.first("strawb").await, "Strawberry Fields Forever");
    assert_eq!(searched.search("pemba", &Kind::ALL, 10).await, Vec::<String>::new());
}

async fn keep_promises(searched: &Searched) {
    fill(searched).await;
    for (promise, check) in PROMISES {
        println!("{promise}");
        check(searched).await;
    }
}

/// An index of the test's own on the real server; none, loudly, when there is no server.
pub(crate) async fn meilisearch() -> Option<Meilisearch> {
    named(&format!("test-{}", Uuid::new_v4().simple())).await
}

/// Search in this mirror of the documents.
pub(crate) fn mirrored(pool: PgPool, mirror: &Meilisearch) -> SearchIndex {
    SearchIndex::Meilisearch { mirror: mirror.clone(), documents: Store { pool, cache: Cache::off() } }
}

async fn named(name: &str) -> Option<Meilisearch> {
    let Ok(url) = std::env::var("MEILI_URL") else {
        eprintln!("SKIPPED: MEILI_URL is not set, so Meilisearch is not tested");
        return None;
    };
    let key = std::env::var("MEILI_KEY").ok();
    let index = Meilisearch::new(&url, key.as_deref(), name).unwrap();
    if let Err(error) = index.ping().await {
        eprintln!("SKIPPED: Meilisearch at {url} is not tested, it does not answer: {error:#}");
        return None;
    }
    Some(index)
}

#[sqlx::test(migrations = false)]
async fn postgresql_keeps_what_search_promises(pool: PgPool) {
    let searched = Searched { app: TestApp::new(pool).await, mirror: None };
    keep_promises(&searched).await;
}

#[sqlx::test(migrations = false)]
async fn meilisearch_keeps_what_search_promises(pool: PgPool) {
    let name = format!("test-{}", Uuid::new_v4().simple());
    let Some(index) = named(&name).await else { return };
    let app = TestApp::with_index(pool.clone(), mirrored(pool, &index)).await;
    index.prepare().await.unwrap();
    // A rebuild was killed long ago.
    let long_ago = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_700_000_000, 0));
    let left = named(&format!("{name}_{}", long_ago.simple())).await.unwrap();
    left.prepare().await.unwrap();
    let mirror = Mirror::new(app.app.store.clone(), index.clone(), Arc::new(Notify::new()));
    let searched = Searched { app, mirror: Some((mirror, index)) };
    keep_promises(&searched).await;
    left.delete().await.expect_err("the next rebuild has deleted it");
    if let Some((_, index)) = &searched.mirror {
        index.delete().await.unwrap();
    }
}
