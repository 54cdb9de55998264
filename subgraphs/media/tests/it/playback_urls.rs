//! What playback URLs are good for, for whom and how long, and what stands in the playlists that they lead to.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use polyphony_events::{
    TrackId, UploadId,
    accounts::{UserDeleted, UserReinstated, UserSuspended},
    catalog::{PublicationStatus, TrackDeleted},
};
use polyphony_kit::{Role, UserId, Viewer, cdn::Cdn};
use polyphony_media::domain::signature::{Grant, Signer, Validity};
use polyphony_testkit::keys::viewer;
use sqlx::PgPool;

use crate::{
    app::{TestApp, track_changed},
    playback::{encoded, plan},
};

#[sqlx::test(migrations = false)]
async fn a_playback_url_is_good_for_what_it_says_and_nothing_else(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let other = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    let plan = plan(&app, Some(&owner), &track, "").await["playbackPlan"].take();
    let url = plan["url"].as_str().unwrap();
    let response = app.player_response(url).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.headers()["content-type"], "application/vnd.apple.mpegurl");

    let exp = url.split("exp=").nth(1).unwrap().split('&').next().unwrap();
    for forged in [
        url.replace(&upload, &other),
        url.replace(exp, "9999999999"),
        url.replace(&owner.user.to_string(), &UserId::new().to_string()),
        url.replace("&sig=", "&only=flac&sig="),
        url.split("&sig=").next().unwrap().to_owned(),
        url.split('?').next().unwrap().to_owned(),
        format!("{}x", &url[..url.len() - 1]),
    ] {
        assert_eq!(app.play(&forged).await.0, 403, "{forged}");
    }
    assert_eq!(app.play(&url.replace("master", "opus")).await.0, 404);
    assert_eq!(app.play(&url.replace(".m3u8", ".mp3")).await.0, 404);
    assert_eq!(app.play(&url.replace(&upload, "nonsense")).await.0, 404);
    let unknown = UploadId::new();
    let until = Validity::of(12_000, app.app.clock.now()).expires_at;
    let grant = Grant { upload: unknown, only: None, is_whole: true, expires_at: until };
    let ticket = Signer::new(b"the key of tests").issue(owner.user, grant);
    assert_eq!(app.play(&format!("/v1/hls/{unknown}/master.m3u8?{}", ticket.query())).await.0, 404);
    app.wait(TimeDelta::days(1));
    assert_eq!(app.play(url).await.0, 200, "a night is no reason to end");
    app.wait(TimeDelta::days(1));
    assert_eq!(app.play(url).await.0, 403);
}

#[sqlx::test(migrations = false)]
async fn a_url_outlasts_what_it_plays_and_says_when_to_ask_anew(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    let mut plans = Vec::new();
    for hours in [1, 12] {
        let sql = "update encodings set duration_ms = $1";
        sqlx::query(sql).bind(TimeDelta::hours(hours).num_milliseconds()).execute(&app.pool).await.unwrap();
        for client in ["", "(client: { hls: false })"] {
            let fields = format!("playbackPlan{client} {{ url expiresAt refreshAt }}");
            let found = app.door.entities(Some(&owner), "Track", std::slice::from_ref(&track), &fields).await.remove(0);
            let at = |name: &str| found["playbackPlan"][name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
            let (now, expires, refresh) = (app.app.clock.now(), at("expiresAt"), at("refreshAt"));
            assert!(expires - now >= TimeDelta::hours((2 * hours + 6).max(24)), "{hours} h: {expires}");
            assert!(now < refresh && expires - refresh > TimeDelta::hours(hours), "{hours} h: {refresh}");
            plans.push(found["playbackPlan"]["url"].as_str().unwrap().to_owned());
        }
    }
    // Segments and files end with it: the signature of the object is no shorter.
    let (_, media) = app.play(&plans[2].replace("master", "aac-64")).await;
    for url in media.lines().filter(|line| !line.starts_with('#')).chain([&*plans[3]]) {
        let parameter =
            |name: &str| url.split(&format!("{name}=")).nth(1).unwrap().split('&').next().unwrap().to_owned();
        let begin = NaiveDateTime::parse_from_str(&parameter("X-Amz-Date"), "%Y%m%dT%H%M%SZ").unwrap().and_utc();
        let end = begin + TimeDelta::seconds(parameter("X-Amz-Expires").parse().unwrap());
        assert!(begin <= app.app.clock.now() && end - app.app.clock.now() >= TimeDelta::hours(30), "{url}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_url_ends_with_the_account_that_it_was_given_to(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, listener, other) = (viewer(Role::Creator), viewer(Role::Listener), viewer(Role::Listener));
    let upload = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    let mut urls = Vec::new();
    for who in [&listener, &other] {
        urls.push(plan(&app, Some(who), &track, "").await["playbackPlan"]["url"].as_str().unwrap().to_owned());
    }
    let statuses = async || [app.play(&urls[0]).await.0.as_u16(), app.play(&urls[1]).await.0.as_u16()];
    assert_eq!(statuses().await, [200, 200]);
    let user_id = listener.user;
    app.hear(&UserSuspended { user_id, version: 3 }).await;
    assert_eq!(statuses().await, [403, 200]);
    app.hear(&UserReinstated { user_id, version: 2 }).await;
    assert_eq!(statuses().await, [403, 200], "older news");
    app.hear(&UserReinstated { user_id, version: 4 }).await;
    assert_eq!(statuses().await, [200, 200]);
    app.hear(&UserDeleted { user_id, version: 5 }).await;
    assert_eq!(statuses().await, [403, 200]);
}

#[sqlx::test(migrations = false)]
async fn who_began_while_it_grew_sees_it_grow_to_its_end(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    let sql = "insert into jobs (id, upload_id, owner_id, size_bytes, state, request_id, queued_at)
        values (gen_random_uuid(), $1, $2, 1, 'QUEUED', 'r', now())";
    let id = UploadId::parse(&upload).unwrap();
    sqlx::query(sql).bind(id.0).bind(owner.user.0).execute(&app.pool).await.unwrap();
    let url = async || {
        let plan = plan(&app, Some(&owner), &track, "").await;
        plan["playbackPlan"]["url"].as_str().unwrap().replace("master", "aac-64")
    };
    let finish = async |finished: bool| {
        sqlx::query("update encodings set finished = $1").bind(finished).execute(&app.pool).await.unwrap();
    };
    finish(false).await;
    let early = url().await;
    let growing = app.play(&early).await.1;
    assert!(growing.contains("TYPE:EVENT") && !growing.contains("ENDLIST"), "{growing}");
    finish(true).await;
    assert_eq!(app.play(&early).await.1, format!("{growing}#EXT-X-ENDLIST\n"));
    let whole = app.play(&url().await).await.1;
    assert!(whole.contains("TYPE:VOD") && !whole.contains("EXT-X-START"), "{whole}");
    assert_eq!(app.play(&early.replace("&sig=", "&whole=1&sig=")).await.0, 403);
}

#[sqlx::test(migrations = false)]
async fn with_a_cdn_players_are_sent_there(pool: PgPool) {
    let mut app = TestApp::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    let made = std::process::Command::new("openssl").args(["genrsa", "-out"]).arg(&key).output().unwrap();
    assert!(made.status.success());
    let cdn = Cdn::with_key("https://cdn.test", "PAIR", &std::fs::read(&key).unwrap()).unwrap();
    app.go_behind(cdn);
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    let hls = plan(&app, Some(&owner), &track, "").await["playbackPlan"]["url"].as_str().unwrap().to_owned();
    let (_, media) = app.play(&hls.replace("master", "aac-64")).await;
    let folder = format!("https://cdn.test/tracks/{upload}/1/aac-64/");
    let segments: Vec<_> = media.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(segments.len() == 2 && media.contains(&format!("URI=\"{folder}init.mp4?")), "{media}");
    assert!(segments.iter().all(|url| url.starts_with(&folder) && url.contains("&Key-Pair-Id=PAIR")), "{media}");
    let signature = |url: &str| url.split_once("Policy=").unwrap().1.to_owned();
    assert_eq!(signature(segments[0]), signature(segments[1]), "one signature for a rendition");
    let direct = plan(&app, Some(&owner), &track, "(client: { hls: false })").await["playbackPlan"]["url"].clone();
    assert!(direct.as_str().unwrap().starts_with(&format!(
        "https://cdn.test/tracks/{upload}/1/audio.mp3?response-content-type=audio%2Fmpeg&Expires="
    )));
}

#[sqlx::test(migrations = false)]
async fn a_cover_is_public(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let upload = encoded(&app, viewer(Role::Creator).user).await;
    let id = UploadId::parse(&upload).unwrap();
    for (name, side) in [("cover-320", 320), ("cover", 640)] {
        let key = format!("tracks/{upload}/1/{name}.jpg");
        assert_eq!(polyphony_media::domain::keys::cover(id, 1, side), key);
        app.app.blobs.upload_bytes(&key, name.as_bytes().to_vec(), "image/jpeg").await.unwrap();
    }
    assert_eq!(app.play(&format!("/v1/covers/{upload}.jpg")).await, (200.try_into().unwrap(), "cover".to_owned()));
    for (size, name) in [(1, "cover-320"), (320, "cover-320"), (321, "cover"), (640, "cover"), (1280, "cover")] {
        let (status, body) = app.play(&format!("/v1/covers/{upload}.jpg?size={size}")).await;
        assert_eq!((status.as_u16(), &*body), (200, name), "{size}");
    }
    assert_eq!(app.play(&format!("/v1/covers/{upload}.jpg?size=big")).await.0, 404);
    for absent in [format!("{}.jpg", UploadId::new()), "nonsense.jpg".to_owned(), upload] {
        assert_eq!(app.play(&format!("/v1/covers/{absent}")).await.0, 404);
    }
}

#[sqlx::test(migrations = false)]
async fn a_playlist_that_was_handed_out_ends_when_the_last_track_of_its_upload_is_withdrawn(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, other) = (viewer(Role::Creator), viewer(Role::Creator));
    let upload = encoded(&app, owner.user).await;
    let duplicate = UploadId::new();
    let sql = "insert into uploads (id, owner_id, filename, size_bytes, catalog_from_tags, state, part_size_bytes, created_at,
            expires_at, duplicate_of)
        values ($1, $2, 'b.flac', 10, false, 'READY', 10, now(), now(), $3)";
    let original = UploadId::parse(&upload).unwrap();
    sqlx::query(sql).bind(duplicate.0).bind(other.user.0).bind(original.0).execute(&app.pool).await.unwrap();
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await;
    let url = plan(&app, Some(&owner), &track.to_string(), "").await["playbackPlan"]["url"].take();
    let url = url.as_str().unwrap();
    let media = url.replace("master", "aac-64");
    let change = async |id, who: &Viewer, upload: &str, status, version| {
        app.hear(&track_changed(id, who.user, Some(upload), status, version)).await;
        let (master, media) = (app.play(url).await, app.play(&media).await);
        assert_eq!(master.0, media.0);
        assert_eq!(master.0 == 404, master.1 == "this is not here, or not to be had any more");
        master.0.as_u16()
    };
    assert_eq!(change(track, &owner, &upload, PublicationStatus::Published, 2).await, 200);
    assert_eq!(change(track, &owner, &upload, PublicationStatus::Withdrawn, 3).await, 404);
    // Whoever names it without a right to it brings nothing back.
    assert_eq!(change(TrackId::new(), &other, &upload, PublicationStatus::Published, 1).await, 404);
    let theirs = TrackId::new();
    assert_eq!(
        change(theirs, &other, &duplicate.to_string(), PublicationStatus::Published, 1).await,
        200,
        "a track plays from its duplicate"
    );
    app.hear(&TrackDeleted { track_id: theirs, version: 2 }).await;
    assert_eq!(app.play(url).await.0, 404);
    assert_eq!(change(track, &owner, &upload, PublicationStatus::Draft, 4).await, 200);
}
