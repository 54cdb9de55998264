//! Artists, albums and tracks come from the cache, and nobody sees there what they would not see in the database.

use chrono::DateTime;
use polyphony_catalog::{
    domain::{Album, AlbumDraft, Artist, ArtistDraft, Track, TrackDraft},
    store::{album::AlbumById, artist::ArtistById, track::TrackById},
};
use polyphony_events::{
    ArtistId, TrackId, UserId,
    accounts::UserDeleted,
    catalog::{ArtistChanged, TrackDeleted},
    media::MediaReady,
};
use polyphony_kit::{
    Viewer,
    cache::{Cache, Key},
};
use polyphony_testkit::{
    Statements, eventually,
    servers::{self, OwnRedis},
};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, ready, tags, text};

const ARTIST: &str = "query($id: ID!) { artist(id: $id) { id name sortName bio imageUrl musicbrainzId } }";
const ALBUM: &str = "query($id: ID!) { album(id: $id) { id title kind releasedOn coverUrl status } }";
const TRACK: &str = "query($id: ID!) { track(id: $id) {
    id title discNumber trackNumber durationMs explicit isrc status playCount } }";
const PUBLISH_TRACK: &str = "mutation($id: ID!) { publishTrack(id: $id) { track { id } userErrors { code } } }";
const DELETE_TRACK: &str = "mutation($id: ID!) { deleteTrack(id: $id) { ok userErrors { code } } }";

/// The cache is on, whatever `CACHE` says.
async fn cached(pool: PgPool) -> TestApp {
    TestApp::with_cache(pool, Cache::new(&servers::redis_url()).unwrap()).await
}

/// What a query of one thing shows, and how many statements it cost.
async fn look(app: &TestApp, viewer: Option<&Viewer>, query: &str, id: &str) -> (Value, usize) {
    let statements = Statements::new();
    let mut data = app.door.query(viewer, query, json!({ "id": id })).await;
    let thing = data.as_object_mut().and_then(|fields| fields.values_mut().next()).map(Value::take);
    (thing.expect("a query has a field"), statements.count())
}

/// Looks as an admin until it costs no statement: the thing is cached. Gives what is shown.
async fn warm(app: &TestApp, query: &str, id: &str) -> Value {
    eventually("a thing that is cached", || async {
        let (thing, statements) = look(app, Some(&app.admin), query, id).await;
        (statements == 0).then_some(thing)
    })
    .await
}

#[sqlx::test(migrations = false)]
async fn what_was_read_is_read_from_the_cache_as_it_is(pool: PgPool) {
    let app = cached(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 3).await;
    for (query, id) in [(ARTIST, &artist), (ALBUM, &album), (TRACK, &tracks[0])] {
        let (read, statements) = look(&app, None, query, id).await;
        assert_eq!((&read["id"], statements), (&json!(id), 1));
        assert_eq!(warm(&app, query, id).await, read);
    }
    // Of three tracks one is cached: the others are read together.
    let asked = [tracks.as_slice(), &["trk_01h455vb4pex5vsknk084sn02q".to_owned()]].concat();
    let statements = Statements::new();
    let found = app.door.entities(None, "Track", &asked, "id").await;
    assert_eq!(statements.count(), 1);
    let expected: Vec<_> = tracks.iter().map(|id| json!({ "id": id })).chain([json!(null)]).collect();
    assert_eq!(found, expected);
}

#[sqlx::test(migrations = false)]
async fn a_draft_in_the_cache_is_shown_to_nobody_else(pool: PgPool) {
    let app = cached(pool).await;
    let artist = app.artist("A").await;
    let album = app.album("Secret", &[&artist]).await;
    let track = app.track(json!({ "title": "Secret", "artistIds": [artist] })).await;
    for (query, id) in [(ALBUM, &album), (TRACK, &track)] {
        let draft = warm(&app, query, id).await;
        assert_eq!(draft["title"], "Secret");
        assert_eq!(look(&app, Some(&app.creator), query, id).await.0, draft);
        for stranger in [None, Some(&app.listener)] {
            let seen = eventually("a look into the cache", || async {
                let (seen, statements) = look(&app, stranger, query, id).await;
                (statements == 0).then_some(seen)
            })
            .await;
            assert_eq!(seen, json!(null));
        }
    }
}

#[sqlx::test(migrations = false)]
async fn what_a_command_changes_is_seen_changed_at_once_by_every_process(pool: PgPool) {
    let (app, beside) = (cached(pool.clone()).await, cached(pool).await);
    let artist = app.artist("A").await;
    let album = app.album("B", &[&artist]).await;
    let track = app.track(json!({ "title": "C", "artistIds": [artist], "albumId": album })).await;
    let input = |name: &str| json!({ "title": name, "artistIds": [artist] });
    let artist_input = json!({ "name": "A2" });
    let update_artist = "mutation($id: ID!, $i: ArtistInput!) { updateArtist(id: $id, input: $i) { artist { id } userErrors { code } } }";
    let update_album =
        "mutation($id: ID!, $i: AlbumInput!) { updateAlbum(id: $id, input: $i) { album { id } userErrors { code } } }";
    let update_track =
        "mutation($id: ID!, $i: TrackInput!) { updateTrack(id: $id, input: $i) { track { id } userErrors { code } } }";
    let publish_album = "mutation($id: ID!) { publishAlbum(id: $id) { album { id } userErrors { code } } }";
    let withdraw_album = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { id } userErrors { code } } }";
    let delete_album = "mutation($id: ID!) { deleteAlbum(id: $id) { ok userErrors { code } } }";
    let delete_artist = "mutation($id: ID!) { deleteArtist(id: $id) { ok userErrors { code } } }";
    // The mutation, of what and with what; then what is seen of what: null when it is gone.
    let (a, b, c) = ((ARTIST, &artist), (ALBUM, &album), (TRACK, &track));
    let steps = [
        (update_artist, &artist, artist_input, vec![(a, "name", json!("A2"))]),
        (update_album, &album, input("B2"), vec![(b, "title", json!("B2"))]),
        (update_track, &track, input("C2"), vec![(c, "title", json!("C2"))]),
        (
            publish_album,
            &album,
            json!(null),
            vec![(b, "status", json!("PUBLISHED")), (c, "status", json!("PUBLISHED"))],
        ),
        (DELETE_TRACK, &track, json!(null), vec![(c, "status", json!("WITHDRAWN"))]),
        (PUBLISH_TRACK, &track, json!(null), vec![(c, "status", json!("PUBLISHED"))]),
        (
            withdraw_album,
            &album,
            json!(null),
            vec![(b, "status", json!("WITHDRAWN")), (c, "status", json!("WITHDRAWN"))],
        ),
        (DELETE_TRACK, &track, json!(null), vec![(c, "status", json!(null))]),
        (delete_album, &album, json!(null), vec![(b, "status", json!(null))]),
        (delete_artist, &artist, json!(null), vec![(a, "name", json!(null))]),
    ];
    for (mutation, id, input, changes) in steps {
        for ((query, id), ..) in &changes {
            warm(&app, query, id).await;
            warm(&beside, query, id).await;
        }
        app.mutate(mutation, json!({ "id": id, "i": input })).await;
        for ((query, id), field, value) in changes {
            for process in [&app, &beside] {
                assert_eq!(look(process, Some(&app.admin), query, id).await.0[field], value, "{mutation}");
            }
        }
    }
}

#[sqlx::test(migrations = false)]
async fn an_event_alone_drops_what_it_tells_of(pool: PgPool) {
    let app = cached(pool).await;
    let artist = app.artist("A").await;
    let track = app.track(json!({ "title": "X", "artistIds": [artist] })).await;
    warm(&app, ARTIST, &artist).await;
    warm(&app, TRACK, &track).await;
    // As a process would leave it that ends between commit and drop.
    sqlx::query("update artists set name = 'B', version = 2").execute(app.pool()).await.unwrap();
    assert_eq!(warm(&app, ARTIST, &artist).await["name"], "A");
    let artist_id = ArtistId::parse(&artist).unwrap();
    let (name, sort_name) = ("B".to_owned(), "B".to_owned());
    app.hear_from(&ArtistChanged { artist_id, name, sort_name, version: 2 }).await.unwrap();
    assert_eq!(look(&app, None, ARTIST, &artist).await.0["name"], "B");
    warm(&app, ARTIST, &artist).await;

    sqlx::query("delete from tracks").execute(app.pool()).await.unwrap();
    assert_eq!(warm(&app, TRACK, &track).await["title"], "X");
    let track_id = TrackId::parse(&track).unwrap();
    app.hear_from(&TrackDeleted { track_id, version: 2 }).await.unwrap();
    assert_eq!(look(&app, Some(&app.admin), TRACK, &track).await.0, json!(null));
}

#[sqlx::test(migrations = false)]
async fn what_an_event_changes_is_seen_when_it_was_handled(pool: PgPool) {
    let app = cached(pool).await;
    // A file comes again, better tagged.
    let event = ready(app.creator.user, tags("So Easy", "Röyksopp", "Melody A.M.", 1));
    app.hear_from(&event).await.unwrap();
    let library = "{ tracks { edges { node { id album { id } } } } }";
    let track = app.ask(library, json!({})).await["tracks"]["edges"][0]["node"].clone();
    let (track, album) = (text(&track["id"]), text(&track["album"]["id"]));
    warm(&app, TRACK, &track).await;
    warm(&app, ALBUM, &album).await;
    let mut tagged = tags("So Easy!", "Röyksopp", "Melody A.M.", 1);
    tagged.released_on = Some("2001".to_owned());
    app.hear_from(&MediaReady { tags: tagged, ..event }).await.unwrap();
    assert_eq!(look(&app, None, TRACK, &track).await.0["title"], "So Easy!");
    assert_eq!(look(&app, None, ALBUM, &album).await.0["releasedOn"], "2001");

    // A play.
    warm(&app, TRACK, &track).await;
    app.play(app.listener.user, &track).await;
    assert_eq!(look(&app, None, TRACK, &track).await.0["playCount"], 1);

    // The owner leaves: what they have drafted is theirs no longer.
    let artist = app.artist("A").await;
    let draft = app.album("Draft", &[&artist]).await;
    warm(&app, ALBUM, &draft).await;
    assert_eq!(look(&app, Some(&app.creator), ALBUM, &draft).await.0["title"], "Draft");
    app.hear_from(&UserDeleted { user_id: app.creator.user, version: 5 }).await.unwrap();
    assert_eq!(look(&app, Some(&app.creator), ALBUM, &draft).await.0, json!(null));
    assert_eq!(look(&app, Some(&app.admin), ALBUM, &draft).await.0["title"], "Draft");
}

#[sqlx::test(migrations = false)]
async fn without_redis_everything_works(pool: PgPool) {
    let redis = OwnRedis::start().await;
    let app = TestApp::with_cache(pool, Cache::new(&redis.url()).unwrap()).await;
    let artist = app.artist("A").await;
    let track = app.track(json!({ "title": "X", "artistIds": [artist] })).await;
    warm(&app, TRACK, &track).await;
    redis.kill();
    app.mutate(PUBLISH_TRACK, json!({ "id": track })).await;
    assert_eq!(look(&app, None, TRACK, &track).await, {
        let expected = json!({ "id": track, "title": "X", "discNumber": null, "trackNumber": null, "durationMs": 0,
            "explicit": false, "isrc": null, "status": "PUBLISHED", "playCount": 0 });
        (expected, 1)
    });
    app.play(app.listener.user, &track).await;
    assert_eq!(look(&app, None, TRACK, &track).await.0["playCount"], 1);
    app.mutate(DELETE_TRACK, json!({ "id": track })).await;
    assert_eq!(look(&app, None, TRACK, &track).await.0["status"], "WITHDRAWN");
}

/// Whoever changes these fields raises `SHAPE` beside the key, and then the number here.
#[test]
fn what_is_cached_has_the_shape_of_its_number() {
    let (owner, now) = (UserId::new(), DateTime::UNIX_EPOCH);
    let artist = Artist::new(ArtistDraft::default(), owner, now);
    let album = Album::new(AlbumDraft::default(), owner, now);
    let track = Track::new(TrackDraft::default(), owner, now);
    assert_eq!(
        (ArtistById::SHAPE, fields(&artist).as_str()),
        (1, "bio created_at id image_url musicbrainz_id name owner_id play_count sort_name version")
    );
    assert_eq!(
        (AlbumById::SHAPE, fields(&album).as_str()),
        (1, "cover_url created_at id kind musicbrainz_id owner_id play_count released_on status title version")
    );
    assert_eq!(
        (TrackById::SHAPE, fields(&track).as_str()),
        (
            1,
            "album_id created_at disc_number duration_ms explicit id isrc musicbrainz_id owner_id play_count status \
             title track_number upload_id version"
        )
    );
}

/// The names of the fields of what is kept, in the order of the alphabet.
fn fields(kept: &impl Serialize) -> String {
    let kept = serde_json::to_value(kept).unwrap();
    let mut names: Vec<_> = kept.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names.join(" ")
}
