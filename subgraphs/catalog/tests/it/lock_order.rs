//! Plays and changes of the catalog lock rows in one order: artists, albums, tracks. None of them ends the other.

use std::time::Duration;

use polyphony_catalog::{domain::PublicationStatus, store};
use polyphony_events::{AlbumId, ArtistId, UserId};
use polyphony_testkit::eventually;
use sqlx::PgPool;

use crate::app::{TestApp, played};

/// Waits until somebody in this database waits for a lock.
async fn somebody_waits(pool: &PgPool) {
    let sql = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let waits = async || sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await.is_ok_and(|count| count > 0);
    eventually("somebody to wait for a lock", async || waits().await.then_some(())).await;
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
