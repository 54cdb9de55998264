//! The service under test, and what tests do with it again and again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{
    PlaylistItemId, TrackId,
    catalog::{PublicationStatus, TrackChanged, TrackSnapshot},
    media::TrackPlayed,
};
use polyphony_kit::{
    Clock, Envelope, Event, Role, UserId, Viewer,
    consumer::{Handler, handle_once},
    db,
    request_id::Origin,
    signals::Signals,
};
use polyphony_playlists::{
    MIGRATOR,
    app::{App, Limits, routes},
    consumers::{GROUP, Heard},
    store::Store,
};
use polyphony_testkit::{
    Door, Keys,
    keys::{self, viewer_id},
    servers,
};
use serde_json::{Value, json};
use sqlx::PgPool;

/// The fields that most tests ask a changed playlist for.
const CHANGED: &str = "playlist { id title description visibility version itemCount viewerRole shareToken } \
                       itemIds userErrors { code path }";

/// The service on a database of its own.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) door: Door,
    pub(crate) pool: PgPool,
}

/// Somebody who has signed in.
pub(crate) fn somebody() -> Viewer {
    keys::viewer(Role::Listener)
}

/// New track ids.
pub(crate) fn tracks(count: usize) -> Vec<TrackId> {
    (0..count).map(|_| TrackId::new()).collect()
}

/// A published track of this length as catalog tells of it.
pub(crate) fn changed(track_id: TrackId, duration_ms: i64, version: i64) -> TrackChanged {
    let track = TrackSnapshot {
        id: track_id,
        title: "Rain".to_owned(),
        artists: Vec::new(),
        album: None,
        disc_number: None,
        track_number: None,
        duration_ms,
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
    TrackChanged { track_id, track, version }
}

/// A play by `user`, so many minutes after the epoch of the test's clock.
pub(crate) fn played(user: &Viewer, track_id: TrackId, minutes: i64) -> TrackPlayed {
    TrackPlayed {
        play_id: uuid::Uuid::now_v7().to_string(),
        user_id: user.user,
        track_id,
        started_at: start() + TimeDelta::minutes(minutes),
        played_ms: 61_000,
        device_name: Some("Kitchen".to_owned()),
        context: None,
    }
}

/// When the test's clock stands.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// Codes and paths of `userErrors`, `NOT_FOUND afterItemId`.
pub(crate) fn refusals(payload: &Value) -> Vec<String> {
    let one = |error: &Value| {
        let path: Vec<_> = error["path"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        format!("{} {}", error["code"].as_str().unwrap(), path.join(".")).trim().to_owned()
    };
    payload["userErrors"].as_array().unwrap().iter().map(one).collect()
}

impl TestApp {
    pub(crate) async fn new(pool: PgPool) -> Self {
        db::migrate(&pool, &MIGRATOR).await.unwrap();
        let signals = Signals::new(&servers::redis_url(), servers::unique("playlists")).await.unwrap();
        let clock = Clock::standing_at(start());
        let limits = Limits { playlists: 100, library_entries: 12_000, history: TimeDelta::days(365) };
        let app = App { store: Store::new(pool.clone()), clock, signals, limits };
        let keys = Keys::new();
        let door = Door::new(routes(&app, keys.verifier()), keys);
        Self { app, door, pool }
    }

    /// The same with other limits.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.app.limits = limits;
        let keys = Keys::new();
        self.door = Door::new(routes(&self.app, keys.verifier()), keys);
    }

    /// Calls a mutation that answers a playlist; gives its payload.
    pub(crate) async fn change(&self, viewer: &Viewer, name: &str, arguments: &str, variables: Value) -> Value {
        let types = json!({
            "id": "ID!", "after": "ID", "ids": "[ID!]!", "input": "PlaylistInput!", "key": "String",
            "user": "ID!", "role": "PlaylistRole", "enabled": "Boolean!",
        });
        let declare = |name: &String| format!("${name}: {}", types[name].as_str().unwrap());
        let declared: Vec<_> = variables.as_object().unwrap().keys().map(declare).collect();
        let query = format!("mutation({}) {{ {name}({arguments}) {{ {CHANGED} }} }}", declared.join(" "));
        self.door.query(Some(viewer), &query, variables).await[name].take()
    }

    pub(crate) async fn create(&self, viewer: &Viewer, input: Value) -> Value {
        self.change(viewer, "createPlaylist", "input: $input", json!({ "input": input })).await
    }

    /// A new playlist of `viewer`; its id.
    pub(crate) async fn playlist(&self, viewer: &Viewer, visibility: &str) -> String {
        let payload = self.create(viewer, json!({ "title": "Rain", "visibility": visibility })).await;
        payload["playlist"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn try_add(&self, viewer: &Viewer, id: &str, tracks: &[TrackId], after: Option<&str>) -> Value {
        let arguments = "playlistId: $id, trackIds: $ids, afterItemId: $after";
        let variables = json!({ "id": id, "ids": tracks, "after": after });
        self.change(viewer, "addPlaylistItems", arguments, variables).await
    }

    /// Adds tracks that must be taken; the ids of the new entries.
    pub(crate) async fn add(&self, viewer: &Viewer, id: &str, tracks: &[TrackId], after: Option<&str>) -> Vec<String> {
        let payload = self.try_add(viewer, id, tracks, after).await;
        assert_eq!(refusals(&payload), [""; 0]);
        serde_json::from_value(payload["itemIds"].clone()).unwrap()
    }

    pub(crate) async fn try_move(&self, viewer: &Viewer, id: &str, items: &[String], after: Option<&str>) -> Value {
        let arguments = "playlistId: $id, itemIds: $ids, afterItemId: $after";
        let variables = json!({ "id": id, "ids": items, "after": after });
        self.change(viewer, "movePlaylistItems", arguments, variables).await
    }

    pub(crate) async fn try_remove(&self, viewer: &Viewer, id: &str, items: &[String]) -> Value {
        let variables = json!({ "id": id, "ids": items });
        self.change(viewer, "removePlaylistItems", "playlistId: $id, itemIds: $ids", variables).await
    }

    /// Sets a role as `viewer` and, where that is an invitation, accepts it as the one who is invited.
    pub(crate) async fn set_collaborator(&self, viewer: &Viewer, id: &str, of: &Viewer, role: Option<&str>) -> Value {
        let payload = self.invite(viewer, id, of, role).await;
        for invitation in self.invitations(of).await {
            self.answer(of, invitation["id"].as_str().unwrap(), true).await;
        }
        payload
    }

    pub(crate) async fn invite(&self, viewer: &Viewer, id: &str, of: &Viewer, role: Option<&str>) -> Value {
        let arguments = "playlistId: $id, userId: $user, role: $role";
        let variables = json!({ "id": id, "user": of.user, "role": role });
        self.change(viewer, "setPlaylistCollaborator", arguments, variables).await
    }

    /// The invitations that wait for the answer of `viewer`.
    pub(crate) async fn invitations(&self, viewer: &Viewer) -> Vec<Value> {
        let fields = "playlistInvitations { totalCount edges { node { id title role state since playlist { id } \
                      owner { id } user { id } } } }";
        let mut me = self.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], fields).await;
        let mut found = me[0]["playlistInvitations"].take();
        let edges = found["edges"].as_array_mut().unwrap();
        let all: Vec<_> = edges.iter_mut().map(|edge| edge["node"].take()).collect();
        assert_eq!(found["totalCount"], all.len());
        all
    }

    pub(crate) async fn answer(&self, viewer: &Viewer, invitation: &str, accept: bool) -> Value {
        let query = "mutation($id: ID!, $accept: Boolean!) { answerPlaylistInvitation(invitationId: $id, accept: $accept) { \
                     playlist { id viewerRole } userErrors { code path } } }";
        let variables = json!({ "id": invitation, "accept": accept });
        self.door.query(Some(viewer), query, variables).await["answerPlaylistInvitation"].take()
    }

    pub(crate) async fn share(&self, viewer: &Viewer, id: &str, enabled: bool) -> Value {
        let variables = json!({ "id": id, "enabled": enabled });
        self.change(viewer, "sharePlaylist", "id: $id, enabled: $enabled", variables).await
    }

    /// The playlist as `viewer` sees it, `null` when not at all.
    pub(crate) async fn see(&self, viewer: Option<&Viewer>, id: &str) -> Value {
        let query = "query($id: ID!) { playlist(id: $id) { id title version itemCount viewerRole shareToken } }";
        self.door.query(viewer, query, json!({ "id": id })).await["playlist"].take()
    }

    /// A page of entries: their ids, and the cursor of the last when more follow.
    pub(crate) async fn page(
        &self,
        viewer: &Viewer,
        id: &str,
        first: i32,
        after: Option<&str>,
    ) -> (Vec<String>, Option<String>) {
        let query = "query($id: ID!, $first: Int, $after: String) { playlist(id: $id) { \
            items(first: $first, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }";
        let variables = json!({ "id": id, "first": first, "after": after });
        let data = self.door.query(Some(viewer), query, variables).await;
        let items = &data["playlist"]["items"];
        let ids = items["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned());
        let more = items["pageInfo"]["hasNextPage"].as_bool().unwrap();
        let cursor = items["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        (ids.collect(), cursor.filter(|_| more))
    }

    /// All entries in order, read page by page.
    pub(crate) async fn order(&self, viewer: &Viewer, id: &str) -> Vec<String> {
        let (mut all, mut after) = self.page(viewer, id, 100, None).await;
        while let Some(cursor) = after {
            let (more, next) = self.page(viewer, id, 100, Some(&cursor)).await;
            all.extend(more);
            after = next;
        }
        all
    }

    /// Hears an event as Kafka gives it: perhaps twice.
    pub(crate) async fn hear<E: Event>(&self, event: &E) {
        let envelope = Envelope {
            id: uuid::Uuid::now_v7(),
            kind: E::TYPE.to_owned(),
            key: event.key(),
            time: self.app.clock.now(),
            origin: Origin::fresh(),
            data: serde_json::to_vec(event).unwrap(),
            headers: BTreeMap::new(),
        };
        let heard = Heard(self.app.clone());
        for _ in 0..2 {
            handle_once(&self.pool, GROUP, &heard, &envelope).await.unwrap();
            heard.committed(&envelope).await;
        }
    }

    /// Takes the events of this kind from the outbox, in order.
    pub(crate) async fn events<E: Event>(&self) -> Vec<E> {
        let sql = "with taken as (delete from outbox where type = $1 returning seq, payload) \
                   select payload from taken order by seq";
        let payloads: Vec<String> = sqlx::query_scalar(sql).bind(E::TYPE).fetch_all(&self.pool).await.unwrap();
        payloads.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect()
    }
}

/// Entries as clients name them.
pub(crate) fn item(id: &str) -> PlaylistItemId {
    PlaylistItemId::parse(id).unwrap()
}
