//! Plays and changes of the catalog lock rows in one order: artists, albums, tracks. None of them ends the other.

use std::time::Duration;

use polyphony_catalog::{
    domain::{Document, Kind, PublicationStatus},
    store,
};
use polyphony_events::{AlbumId, ArtistId, TrackId, UserId, media::MediaReady};
use polyphony_testkit::eventually;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, played, ready, tags};

/// Waits until somebody in this database waits for a lock.
async fn somebody_waits(pool: &PgPool) {
    let sql = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let waits = async || sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await.is_ok_and(|count| count > 0);
    eventually("somebody to wait for a lock", async || waits().await.then_some(())).await;
}

/// Somebody holds the track, as an edit does, and takes it to another album while `change` waits for it.
pub(crate) async fn while_it_leaves<T>(app: &TestApp, (track, to): (&str, &str), change: impl Future<Output = T>) -> T {
    let (track, to) = (TrackId::parse(track).unwrap(), AlbumId::parse(to));
    let mut tx = app.app.store.begin().await.unwrap();
    let held = store::track::lock(&mut tx, track).await.unwrap().unwrap();
    let before = (held.album_id, held.disc_number, held.track_number);
    let leave = async {
        somebody_waits(app.pool()).await;
        assert!(store::edit::set_place(&mut tx, track, (before, (to, None, Some(2)))).await.unwrap());
        tx.commit().await.unwrap();
    };
    futures::future::join(change, leave).await.0
}

/// The play locked the track and waited for the album, the withdrawal held the album and waited for the track.
#[sqlx::test(migrations = false)]
async fn a_play_and_a_withdrawal_of_its_album_do_not_deadlock(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Nordlys", 2).await;
    let id = AlbumId::parse(&album).unwrap();
    let mut tx = app.app.store.begin().await.unwrap();
    store::album::lock(&mut tx, id).await.unwrap();
    let play = async { app.hear_from(&played(UserId::new(), &tracks[0], app.app.clock.now())).await };
    let withdraw = async {
        somebody_waits(app.pool()).await;
        let withdrawn = PublicationStatus::Withdrawn;
        store::album::set_track_status(&mut tx, id, withdrawn, app.app.clock.now())
            .await
            .map(|changed| changed.len())?;
        tx.commit().await
    };
    let (played, withdrawn) = tokio::time::timeout(Duration::from_secs(30), futures::future::join(play, withdraw))
        .await
        .expect("neither waits for the other without end");
    withdrawn.expect("the withdrawal is not the victim of a deadlock");
    played.expect("nor is the play");
    let plays: i64 =
        sqlx::query_scalar("select sum(play_count)::bigint from tracks").fetch_one(app.pool()).await.unwrap();
    assert_eq!(plays, 1);
}

#[sqlx::test(migrations = false)]
async fn plays_and_a_new_name_of_their_artist_do_not_deadlock(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, _, tracks) = app.published_album("Nordlys", 3).await;
    let id = ArtistId::parse(&artist).unwrap();
    let mut tx = app.app.store.begin().await.unwrap();
    store::artist::lock(&mut tx, id).await.unwrap();
    let play = async { app.hear_from(&played(UserId::new(), &tracks[2], app.app.clock.now())).await };
    let rename = async {
        somebody_waits(app.pool()).await;
        store::album::touch_of_artist(&mut tx, id, app.app.clock.now()).await?;
        store::track::touch_of_artist(&mut tx, id, app.app.clock.now()).await?;
        tx.commit().await
    };
    let (played, renamed) = tokio::time::timeout(Duration::from_secs(30), futures::future::join(play, rename))
        .await
        .expect("neither waits for the other without end");
    renamed.expect("the rename is not the victim of a deadlock");
    played.expect("nor is the play");
}

/// A hundred people each hear and like the same tracks in orders of their own, all at the same time.
#[sqlx::test(migrations = false)]
async fn likes_and_plays_of_the_same_tracks_do_not_deadlock(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, _, tracks) = app.published_album("Nordlys", 8).await;
    let people = (0..24).map(|n| {
        let (app, mut order) = (&app, tracks.clone());
        order.rotate_left(n % tracks.len());
        if n % 2 == 0 {
            order.reverse();
        }
        async move {
            let user = UserId::new();
            let track_ids = order.iter().map(|id| polyphony_events::TrackId::parse(id).unwrap()).collect();
            let like = polyphony_events::playlists::TracksLiked { user_id: user, track_ids, liked: true, version: 1 };
            app.hear_from(&like).await?;
            for track in &order {
                app.hear_from(&played(user, track, app.app.clock.now())).await?;
            }
            anyhow::Ok(())
        }
    });
    futures::future::try_join_all(people).await.expect("nobody is the victim of a deadlock");
    let plays: i64 =
        sqlx::query_scalar("select sum(play_count)::bigint from tracks").fetch_one(app.pool()).await.unwrap();
    assert_eq!(plays, 24 * 8);
}

const MERGE: &str = "mutation($s: [ID!]!, $t: ID!) { mergeArtists(sourceIds: $s, targetId: $t) {
    change { id } userErrors { code } } }";
const UNDO: &str = "mutation($c: ID!) { undoCatalogChange(changeId: $c) { change { undoneAt } userErrors { code } } }";

/// Somebody holds the artist, as a play does, and wants the album and the track while `change` waits.
async fn beside_a_play(
    app: &TestApp,
    (artist, album, track): (&str, &str, &str),
    change: impl Future<Output = Value>,
) -> Value {
    let mut tx = app.app.store.begin().await.unwrap();
    store::artist::lock(&mut tx, ArtistId::parse(artist).unwrap()).await.unwrap();
    let play = async {
        somebody_waits(app.pool()).await;
        store::album::lock(&mut tx, AlbumId::parse(album).unwrap()).await?;
        store::track::lock(&mut tx, TrackId::parse(track).unwrap()).await?;
        tx.commit().await
    };
    let (played, changed) = tokio::time::timeout(Duration::from_secs(30), futures::future::join(play, change))
        .await
        .expect("neither waits for the other without end");
    played.expect("the play is not the victim of a deadlock");
    changed
}

#[sqlx::test(migrations = false)]
async fn plays_and_a_merge_of_their_artist_or_its_undo_do_not_deadlock(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (wrong, album, tracks) = app.published_album("Nordlys", 2).await;
    let (right, _, _) = app.published_album("Sydlys", 1).await;
    let held = (wrong.as_str(), album.as_str(), tracks[0].as_str());
    let merged = beside_a_play(&app, held, app.mutate(MERGE, json!({ "s": [wrong], "t": right }))).await;
    let held = (right.as_str(), album.as_str(), tracks[0].as_str());
    let undone = beside_a_play(&app, held, app.mutate(UNDO, json!({ "c": merged["change"]["id"] }))).await;
    assert!(undone["change"]["undoneAt"].is_string());
    app.hear_from(&played(UserId::new(), &tracks[0], app.app.clock.now())).await.expect("it is played");
}

/// The import held the track and waited for the album that it left.
#[sqlx::test(migrations = false)]
async fn an_import_that_moves_a_track_holds_the_album_that_it_leaves_first(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let upload = app.import(tags("So Easy", "Royksopp", "Melody", 1)).await;
    let (album, track): (AlbumId, TrackId) =
        sqlx::query_as("select album_id, id from tracks").fetch_one(app.pool()).await.unwrap();
    let again = MediaReady {
        retags: Some(upload),
        replaces: Some(upload),
        ..ready(app.creator.user, tags("So Easy", "Royksopp", "Melody A.M.", 1))
    };
    let mut tx = app.app.store.begin().await.unwrap();
    store::album::lock(&mut tx, album).await.unwrap();
    let change = async {
        somebody_waits(app.pool()).await;
        store::track::lock(&mut tx, track).await?;
        tx.commit().await
    };
    let (imported, changed) =
        tokio::time::timeout(Duration::from_secs(30), futures::future::join(app.hear_from(&again), change))
            .await
            .expect("neither waits for the other without end");
    changed.expect("the change is not the victim of a deadlock");
    imported.expect("nor is the import");
}

/// The consumer held the document of the track and waited for that of its album, the upkeep the other way round.
#[sqlx::test(migrations = false)]
async fn documents_and_what_search_learns_of_popularity_do_not_deadlock(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, _, tracks) = app.published_album("Nordlys", 1).await;
    let sent = app.sent().await;
    for event in &sent {
        app.hear(event).await.unwrap();
    }
    let id = TrackId::parse(&tracks[0]).unwrap();
    app.hear_from(&played(UserId::new(), &tracks[0], app.app.clock.now())).await.unwrap();
    let mut tx = app.pool().begin().await.unwrap();
    let document = Document { kind: Kind::Track, version: 99, ..Document::gone(Kind::Track, id.0, 99) };
    store::search::put(&mut tx, &document).await.unwrap();
    let refresh = async {
        let mut upkeep = app.pool().begin().await?;
        let count = store::play::refresh_popularity(&mut upkeep, 100).await?;
        upkeep.commit().await?;
        Ok::<_, sqlx::Error>(count)
    };
    let judge = async {
        somebody_waits(app.pool()).await;
        store::search::judge_albums_of(&mut tx, id.0).await?;
        tx.commit().await
    };
    let (refreshed, judged) = tokio::time::timeout(Duration::from_secs(30), futures::future::join(refresh, judge))
        .await
        .expect("neither waits for the other without end");
    judged.expect("the consumer is not the victim of a deadlock");
    assert!(refreshed.expect("nor is the upkeep") > 0);
}
