//! The catalog under test: a fresh database, its GraphQL door, and its events delivered by hand.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use polyphony_catalog::{
    App, MIGRATOR,
    consumers::{Consumers, GROUP},
    domain::MediaBase,
    revisions::Revisions,
    routes,
    search::SearchIndex,
    store::Store,
};
use polyphony_events::{
    JobId, TrackId, UploadId, UserId,
    media::{AudioQuality, MediaReady, Tags, TrackPlayed},
};
use polyphony_kit::{
    Clock, Envelope, Event, Role, Viewer,
    cache::Cache,
    consumer::{Handler, handle_once},
    db,
    request_id::Origin,
};
use polyphony_testkit::{Door, Keys, keys, servers};
use serde_json::{Value, json};
use sqlx::{PgPool, Row};
use tokio::sync::Notify;
use uuid::Uuid;

/// The catalog with a creator, an admin and a listener.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) door: Door,
    pub(crate) creator: Viewer,
    pub(crate) admin: Viewer,
    pub(crate) listener: Viewer,
}

/// An event of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) data: Value,
    id: Uuid,
}

impl TestApp {
    pub(crate) async fn new(pool: PgPool) -> Self {
        Self::with_cache(pool, cache()).await
    }

    /// A catalog with a cache of its own, or with none.
    pub(crate) async fn with_cache(pool: PgPool, cache: Cache) -> Self {
        let store = Store { pool, cache };
        let index = SearchIndex::Postgres(store.clone());
        Self::with(store, index, Clock::system()).await
    }

    pub(crate) async fn with_index(pool: PgPool, search: SearchIndex) -> Self {
        Self::with(Store { pool, cache: cache() }, search, Clock::system()).await
    }

    /// A catalog whose time the test moves.
    pub(crate) async fn at(pool: PgPool, clock: Clock) -> Self {
        let store = Store { pool, cache: cache() };
        let index = SearchIndex::Postgres(store.clone());
        Self::with(store, index, clock).await
    }

    async fn with(store: Store, search: SearchIndex, clock: Clock) -> Self {
        db::migrate(&store.pool, &MIGRATOR).await.expect("the migrations run");
        let app =
            App { store, clock, search, revisions: Revisions::default(), media: MediaBase::new("http://media.test") };
        let keys = Keys::new();
        let door = Door::new(routes(&app, keys.verifier()), keys);
        let (creator, admin, listener) =
            (keys::viewer(Role::Creator), keys::viewer(Role::Admin), keys::viewer(Role::Listener));
        Self { app, door, creator, admin, listener }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.app.store.pool
    }

    /// Asks as nobody.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        self.door.query(None, query, variables).await
    }

    /// Executes a mutation as the creator, which must not be refused, and gives its payload.
    pub(crate) async fn mutate(&self, mutation: &str, variables: Value) -> Value {
        self.mutate_as(&self.creator, mutation, variables).await
    }

    pub(crate) async fn mutate_as(&self, viewer: &Viewer, mutation: &str, variables: Value) -> Value {
        let payload = self.try_mutate(viewer, mutation, variables).await;
        assert_eq!(payload["userErrors"], json!([]), "it was refused");
        payload
    }

    /// Executes a mutation and gives the payload of its only field.
    pub(crate) async fn try_mutate(&self, viewer: &Viewer, mutation: &str, variables: Value) -> Value {
        let data = self.door.query(Some(viewer), mutation, variables).await;
        data.as_object().and_then(|fields| fields.values().next()).cloned().expect("a mutation has a field")
    }

    /// The codes that a mutation is refused with.
    pub(crate) async fn refused(&self, viewer: &Viewer, mutation: &str, variables: Value) -> Vec<String> {
        let payload = self.try_mutate(viewer, mutation, variables).await;
        let errors = payload["userErrors"].as_array().cloned().expect("a payload has userErrors");
        errors.iter().map(|error| error["code"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(crate) async fn artist(&self, name: &str) -> String {
        let payload = self
            .mutate(
                "mutation($i: ArtistInput!) { createArtist(input: $i) { artist { id } userErrors { code message } } }",
                json!({ "i": { "name": name } }),
            )
            .await;
        text(&payload["artist"]["id"])
    }

    pub(crate) async fn album(&self, title: &str, artists: &[&str]) -> String {
        let payload = self
            .mutate(
                "mutation($i: AlbumInput!) { createAlbum(input: $i) { album { id } userErrors { code message } } }",
                json!({ "i": { "title": title, "artistIds": artists } }),
            )
            .await;
        text(&payload["album"]["id"])
    }

    pub(crate) async fn track(&self, input: Value) -> String {
        let payload = self
            .mutate(
                "mutation($i: TrackInput!) { createTrack(input: $i) { track { id } userErrors { code message } } }",
                json!({ "i": input }),
            )
            .await;
        text(&payload["track"]["id"])
    }

    pub(crate) async fn publish_album(&self, id: &str) -> Value {
        self.mutate(
            "mutation($id: ID!) { publishAlbum(id: $id) { album { status } userErrors { code message } } }",
            json!({ "id": id }),
        )
        .await
    }

    /// An album by a new artist with this many published tracks; gives artist, album and tracks.
    pub(crate) async fn published_album(&self, title: &str, tracks: usize) -> (String, String, Vec<String>) {
        let artist = self.artist(&format!("Artist of {title}")).await;
        let album = self.album(title, &[&artist]).await;
        let mut ids = Vec::with_capacity(tracks);
        for n in 1..=tracks {
            let input = json!({
                "title": format!("{title} {n}"), "artistIds": [artist], "albumId": album, "trackNumber": n,
                "durationMs": 1000, "genres": ["Ambient", "Downtempo"]
            });
            ids.push(self.track(input).await);
        }
        self.publish_album(&album).await;
        (artist, album, ids)
    }

    /// Published tracks by one artist, on no album, by these titles.
    pub(crate) async fn singles(&self, artist: &str, genre: &str, titles: &[&str]) -> Vec<String> {
        let artist = self.artist(artist).await;
        let mut ids = Vec::with_capacity(titles.len());
        for title in titles {
            let id = self.track(json!({ "title": title, "artistIds": [artist], "genres": [genre] })).await;
            let publish = "mutation($id: ID!) { publishTrack(id: $id) { track { id } userErrors { code } } }";
            self.mutate(publish, json!({ "id": id })).await;
            ids.push(id);
        }
        ids
    }

    /// Somebody listens to a track now.
    pub(crate) async fn play(&self, user: UserId, track: &str) {
        self.play_at(user, track, self.app.clock.now()).await;
    }

    /// Somebody listened to a track.
    pub(crate) async fn play_at(&self, user: UserId, track: &str, started_at: DateTime<Utc>) {
        self.hear_from(&played(user, track, started_at)).await.unwrap();
    }

    /// Takes what is in the outbox.
    pub(crate) async fn sent(&self) -> Vec<Sent> {
        let rows = sqlx::query("delete from outbox returning seq, id, type, key, payload");
        let mut rows = rows.fetch_all(self.pool()).await.unwrap();
        rows.sort_by_key(|row| row.get::<i64, _>("seq"));
        let read = |row: &sqlx::postgres::PgRow| Sent {
            kind: row.get("type"),
            key: row.get("key"),
            data: serde_json::from_str(row.get("payload")).unwrap(),
            id: row.get("id"),
        };
        rows.iter().map(read).collect()
    }

    /// Takes what is in the outbox, and gives the kinds of it.
    pub(crate) async fn kinds_sent(&self) -> Vec<String> {
        self.sent().await.into_iter().map(|event| event.kind).collect()
    }

    /// Delivers what is in the outbox to the catalog itself, as Kafka would.
    pub(crate) async fn deliver(&self) {
        for event in self.sent().await {
            self.hear(&event).await.unwrap();
        }
    }

    /// The catalog hears an event that was sent.
    pub(crate) async fn hear(&self, event: &Sent) -> anyhow::Result<()> {
        self.hear_envelope(&envelope(event)).await
    }

    /// The catalog hears an event of somebody else, for the first time.
    pub(crate) async fn hear_from<E: Event>(&self, event: &E) -> anyhow::Result<()> {
        self.hear_envelope(&envelope_of(event)).await
    }

    /// Does what the consumer does with an event from Kafka.
    pub(crate) async fn hear_envelope(&self, event: &Envelope) -> anyhow::Result<()> {
        let consumers = self.consumers();
        handle_once(self.pool(), GROUP, &consumers, event).await?;
        consumers.committed(event).await;
        Ok(())
    }

    pub(crate) fn consumers(&self) -> Consumers {
        Consumers::new(self.app.clock.clone(), self.app.store.cache.clone(), Arc::new(Notify::new()))
    }

    /// An upload of the creator with these tags is ready.
    pub(crate) async fn import(&self, tags: Tags) -> UploadId {
        let event = ready(self.creator.user, tags);
        self.hear_from(&event).await.unwrap();
        event.upload_id
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        sqlx::query_scalar(sql).fetch_one(self.pool()).await.unwrap()
    }
}

/// A cache in the Redis of the tests; `CACHE=off` runs them without one.
pub(crate) fn cache() -> Cache {
    if std::env::var("CACHE").is_ok_and(|switch| switch == "off") {
        return Cache::off();
    }
    Cache::new(&servers::redis_url()).expect("the URL is one of Redis")
}

/// The event of a play.
pub(crate) fn played(user_id: UserId, track: &str, started_at: DateTime<Utc>) -> TrackPlayed {
    TrackPlayed {
        play_id: Uuid::now_v7().to_string(),
        user_id,
        track_id: TrackId::parse(track).expect("the id of a track"),
        started_at,
        played_ms: 40_000,
        device_name: None,
        context: None,
    }
}

/// An event of somebody else as it comes from Kafka.
pub(crate) fn envelope_of<E: Event>(event: &E) -> Envelope {
    let data = serde_json::to_value(event).expect("events serialise");
    envelope(&Sent { kind: E::TYPE.to_owned(), key: event.key(), data, id: Uuid::now_v7() })
}

fn envelope(event: &Sent) -> Envelope {
    Envelope {
        id: event.id,
        kind: event.kind.clone(),
        key: event.key.clone(),
        time: Clock::system().now(),
        origin: Origin::fresh(),
        data: event.data.to_string().into_bytes(),
        headers: BTreeMap::new(),
    }
}

/// The event of an upload that is ready to be made part of the catalog.
pub(crate) fn ready(owner_id: UserId, tags: Tags) -> MediaReady {
    serde_json::from_value(json!({
        "upload_id": UploadId::new(),
        "job_id": JobId::new(),
        "owner_id": owner_id,
        "filename": "01 so easy.flac",
        "track_id": null,
        "catalog_from_tags": true,
        "tags": tags,
        "duration_ms": 40_000,
        "loudness": null,
        "renditions": [],
        "cover_url": "http://127.0.0.1:4104/v1/covers/a.jpg",
    }))
    .expect("the event has these fields")
}

/// The quality of a lossless file.
pub(crate) fn lossless(sample_rate_hz: i32, bit_depth: i32) -> AudioQuality {
    AudioQuality {
        codec: "flac".to_owned(),
        lossless: true,
        sample_rate_hz,
        bit_depth: Some(bit_depth),
        channels: 2,
        bitrate_kbps: Some(900),
    }
}

/// The quality of an MP3.
pub(crate) fn mp3(bitrate_kbps: i32) -> AudioQuality {
    AudioQuality {
        codec: "mp3".to_owned(),
        lossless: false,
        sample_rate_hz: 44_100,
        bit_depth: None,
        channels: 2,
        bitrate_kbps: Some(bitrate_kbps),
    }
}

/// Tags with a title, an artist, an album and a track number.
pub(crate) fn tags(title: &str, artist: &str, album: &str, track_number: i32) -> Tags {
    Tags {
        title: Some(title.to_owned()),
        artists: vec![artist.to_owned()],
        album: Some(album.to_owned()).filter(|album| !album.is_empty()),
        track_number: Some(track_number),
        ..Tags::default()
    }
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
