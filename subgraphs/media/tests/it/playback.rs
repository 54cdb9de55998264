//! Who gets a playback plan, and what its URLs are good for.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use polyphony_events::{
    TrackId, UploadId,
    accounts::{UserDeleted, UserPreferencesChanged, UserReinstated, UserSuspended},
    catalog::{PublicationStatus, TrackDeleted},
    ids::AlbumId,
};
use polyphony_kit::{Role, UserId, Viewer, cdn::Cdn};
use polyphony_media::domain::signature::{Grant, Signer, Validity};
use polyphony_testkit::{Statements, keys::viewer};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, track_changed};

/// An upload with a finished encoding of two renditions and two segments, without any object behind it.
pub(crate) async fn encoded(app: &TestApp, owner: UserId) -> String {
    let id = UploadId::new();
    let sql = "
        insert into uploads (id, owner_id, filename, size_bytes, catalog_from_tags, state, part_size_bytes, created_at, expires_at)
        values ($1, $2, 'a.flac', 10, false, 'READY', 10, now(), now());
    ";
    sqlx::query(sql).bind(id.0).bind(owner.0).execute(&app.pool).await.unwrap();
    let sql = "
        insert into encodings (upload_id, attempt, finished, duration_ms, playable_until_ms, sample_rate_hz, total_samples, content_type,
            has_cover, cover_sizes, integrated_lufs, true_peak_dbtp, track_gain_db, waveform, mp3_size_bytes, mp3_bitrate_kbps, mp3_sample_rate_hz,
            mp3_channels, mp3_encoder_delay, mp3_padding)
        values ($1, 1, true, 12000, 12000, 96000, 1152000, 'audio/flac', true, '{320,640}', -14, -1, -4, '{0.5,1}', 10, 245, 44100, 2, 1105, 0)
    ";
    sqlx::query(sql).bind(id.0).execute(&app.pool).await.unwrap();
    let renditions = [("aac-64", "AAC", 64, 48_000, 1024, 576_000_i64), ("flac", "FLAC", 900, 96_000, 0, 1_152_000)];
    for (position, (name, codec, kbps, rate, delay, samples)) in renditions.into_iter().enumerate() {
        let sql = "
            insert into renditions (upload_id, name, position, codec, bitrate_kbps, sample_rate_hz, channels, lossless, codecs,
                peak_bandwidth, average_bandwidth, encoder_delay, total_samples, size_bytes, durations)
            values ($1, $2, $3, $4, $5, $6, 2, $4 = 'FLAC', 'mp4a.40.2', 70000, 65000, $7, $8, 10, '{6,6}')
        ";
        let insert = sqlx::query(sql).bind(id.0).bind(name).bind(position as i32).bind(codec).bind(kbps);
        insert.bind(rate).bind(delay).bind(samples).execute(&app.pool).await.unwrap();
    }
    id.to_string()
}

pub(crate) async fn plan(app: &TestApp, who: Option<&Viewer>, track: &str, client: &str) -> Value {
    let fields = format!("playable playbackPlan{client} {{ mode url reason renditions {{ codec }} }}");
    app.door.entities(who, "Track", &[track.to_owned()], &fields).await.remove(0)
}

#[sqlx::test(migrations = false)]
async fn a_plan_is_for_signed_in_people_and_never_for_what_is_hidden(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, listener) = (viewer(Role::Creator), viewer(Role::Listener));
    let upload = encoded(&app, owner.user).await;
    let published = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    let draft = app.track(owner.user, Some(&upload), PublicationStatus::Draft).await.to_string();
    let withdrawn = app.track(owner.user, Some(&upload), PublicationStatus::Withdrawn).await.to_string();
    let stolen = app.track(listener.user, Some(&upload), PublicationStatus::Published).await.to_string();

    let anonymous = plan(&app, None, &published, "").await;
    assert_eq!((anonymous["playable"].clone(), anonymous["playbackPlan"].clone()), (json!(true), Value::Null));
    assert_eq!(plan(&app, Some(&listener), &published, "").await["playbackPlan"]["mode"], "HLS");
    assert_eq!(plan(&app, Some(&listener), &draft, "").await, Value::Null);
    assert_eq!(plan(&app, Some(&owner), &draft, "").await["playbackPlan"]["mode"], "HLS");
    for somebody in [&listener, &owner] {
        let hidden = plan(&app, Some(somebody), &withdrawn, "").await;
        assert_eq!((hidden["playable"].clone(), hidden["playbackPlan"].clone()), (json!(false), Value::Null));
    }
    // Naming another's upload gives no right to it.
    assert_eq!(plan(&app, Some(&listener), &stolen, "").await["playable"], false);
    assert_eq!(app.door.codes(Some(&owner), &format!(
        "{{ _entities(representations: [{{ __typename: \"Track\", id: \"{published}\" }}]) {{ ... on Track {{ waveform(points: 0) }} }} }}"
    ), json!({})).await, ["BAD_USER_INPUT"]);
}

#[sqlx::test(migrations = false)]
async fn a_client_gets_what_it_can_play(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    app.hear(&preferences(owner.user, "LOSSLESS", 2)).await;
    let aac = plan(&app, Some(&owner), &track, "(client: { codecs: [AAC] })").await["playbackPlan"].take();
    assert_eq!(aac["renditions"], json!([{ "codec": "AAC" }]));
    let url = aac["url"].as_str().unwrap();
    let (status, master) = app.play(url).await;
    assert_eq!((status.as_u16(), master.matches("#EXT-X-STREAM-INF").count()), (200, 1));
    assert_eq!(app.play(&url.replace("master", "flac")).await.0, 404, "the signature is for AAC only");
    let direct = plan(&app, Some(&owner), &track, "(client: { hls: false })").await["playbackPlan"].take();
    assert_eq!((direct["mode"].clone(), direct["renditions"].clone()), (json!("DIRECT"), json!([{ "codec": "MP3" }])));
    assert!(direct["url"].as_str().unwrap().contains("audio.mp3"));
    let opus = plan(&app, Some(&owner), &track, "(client: { codecs: [OPUS] })").await;
    assert_eq!(opus["playbackPlan"], Value::Null);
}

#[sqlx::test(migrations = false)]
async fn a_plan_says_how_to_cut_what_the_player_begins_with(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    app.hear(&preferences(owner.user, "LOSSLESS", 2)).await;
    let gapless = "gapless { encoderDelay padding sampleRateHz totalSamples }";
    let of = |delay: i32, rate: i32, samples: f64| json!({ "encoderDelay": delay, "padding": 0, "sampleRateHz": rate, "totalSamples": samples });
    let (aac, flac, mp3) = (of(1024, 48_000, 576_000.0), of(0, 96_000, 1_152_000.0), of(1105, 44_100, 529_200.0));
    for (client, first, all) in [
        ("", &flac, vec![&aac, &flac]),
        ("(client: { codecs: [AAC] })", &aac, vec![&aac]),
        ("(client: { hls: false })", &mp3, vec![&mp3]),
    ] {
        let fields = format!("playbackPlan{client} {{ {gapless} renditions {{ {gapless} }} }}");
        let plan = app.door.entities(Some(&owner), "Track", std::slice::from_ref(&track), &fields).await.remove(0);
        assert_eq!(plan["playbackPlan"]["gapless"], *first, "{client}");
        let each: Vec<_> =
            plan["playbackPlan"]["renditions"].as_array().unwrap().iter().map(|one| &one["gapless"]).collect();
        assert_eq!(each, all, "{client}");
    }
}

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
async fn an_upload_is_heard_by_its_owner_while_it_is_encoded_before_there_is_a_track(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, admin, other) = (viewer(Role::Creator), viewer(Role::Admin), viewer(Role::Creator));
    let upload = encoded(&app, owner.user).await;
    let set = async |until: i64, state: &str| {
        let sql = "update encodings set finished = false, playable_until_ms = $1";
        sqlx::query(sql).bind(until).execute(&app.pool).await.unwrap();
        sqlx::query("update uploads set state = $1").bind(state).execute(&app.pool).await.unwrap();
    };
    let query = "query($id: ID!) { upload(id: $id) { track { id } playbackPlan(client: { codecs: [AAC] }) { mode url playableUntilMs renditions { codec } } } }";
    let heard = async |who: &Viewer| app.door.query(Some(who), query, json!({ "id": upload })).await["upload"].take();
    set(0, "PROBING").await;
    assert_eq!(heard(&owner).await, json!({ "track": null, "playbackPlan": null }));
    set(6000, "TRANSCODING").await;
    for who in [&owner, &admin] {
        let plan = heard(who).await["playbackPlan"].take();
        assert_eq!(
            (&plan["mode"], &plan["playableUntilMs"], &plan["renditions"]),
            (&json!("HLS"), &json!(6000), &json!([{ "codec": "AAC" }]))
        );
        let (status, master) = app.play(plan["url"].as_str().unwrap()).await;
        assert_eq!((status.as_u16(), master.matches("#EXT-X-STREAM-INF").count()), (200, 1));
        let (status, media) = app.play(&plan["url"].as_str().unwrap().replace("master", "aac-64")).await;
        assert!(status == 200 && !media.contains("ENDLIST"), "{media}");
    }
    assert_eq!(heard(&other).await, Value::Null);
    set(6000, "REJECTED").await;
    assert_eq!(heard(&owner).await["playbackPlan"], Value::Null);
}

#[sqlx::test(migrations = false)]
async fn the_tracks_of_an_album_have_one_gain_and_cost_one_statement(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let album = AlbumId::new();
    let mut tracks = Vec::new();
    // At -20 and at -10 LUFS, as long as each other, and one that is elsewhere.
    for (step, peak, is_on) in [(500, -6.0, true), (600, -1.0, true), (700, 0.0, false)] {
        let upload = encoded(&app, owner.user).await;
        let id = UploadId::parse(&upload).unwrap();
        let mut counts = vec![0; step + 1];
        counts[step] = 100;
        let sql = "update encodings set loudness_histogram = $2, true_peak_dbtp = $3 where upload_id = $1";
        sqlx::query(sql).bind(id.0).bind(&counts).bind(peak).execute(&app.pool).await.unwrap();
        let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await;
        let sql = "update track_facts set album_id = $2 where track_id = $1";
        sqlx::query(sql).bind(track.0).bind(is_on.then_some(album.0)).execute(&app.pool).await.unwrap();
        tracks.push(track.to_string());
    }
    let fields = "loudness { trackGainDb albumGainDb albumTruePeakDbtp } playbackPlan { loudness { albumGainDb } }";
    let found = app.door.entities(Some(&owner), "Track", &tracks, fields).await;
    // The mean of the energies: -12.6 LUFS.
    for track in &found[..2] {
        assert_eq!(track["loudness"], json!({ "trackGainDb": -4.0, "albumGainDb": -5.4, "albumTruePeakDbtp": -1.0 }));
        assert_eq!(track["playbackPlan"]["loudness"]["albumGainDb"], json!(-5.4));
    }
    assert_eq!(found[2]["loudness"]["albumGainDb"], Value::Null);
    // A loader waits a millisecond for more keys: on a busy machine one batch becomes two.
    let cost = async |tracks: &[String]| {
        let mut least = usize::MAX;
        for _ in 0..5 {
            let statements = Statements::new();
            app.door.entities(Some(&owner), "Track", tracks, fields).await;
            least = least.min(statements.count());
        }
        least
    };
    assert_eq!(cost(&tracks).await, cost(&tracks[..1]).await);
}

#[sqlx::test(migrations = false)]
async fn who_began_while_it_grew_sees_it_grow_to_its_end(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
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

/// What accounts says when somebody has chosen a quality.
pub(crate) fn preferences(user: UserId, quality: &str, version: i64) -> UserPreferencesChanged {
    UserPreferencesChanged {
        user_id: user,
        locale: "en".to_owned(),
        explicit_content: true,
        streaming_quality: quality.to_owned(),
        email_notifications: true,
        autoplay: true,
        version,
    }
}

#[sqlx::test(migrations = false)]
async fn a_viewer_gets_lossless_audio_only_when_they_want_it_and_is_told_why(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, listener) = (viewer(Role::Creator), viewer(Role::Listener));
    let upload = encoded(&app, owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string();
    let codecs = async |client: &str| {
        let plan = plan(&app, Some(&listener), &track, client).await["playbackPlan"].take();
        let codecs = plan["renditions"].as_array().unwrap().iter().map(|one| one["codec"].as_str().unwrap().to_owned());
        (codecs.collect::<Vec<_>>().join(" "), plan["reason"].as_str().unwrap().to_owned(), plan["url"].clone())
    };
    let (before, reason, url) = codecs("").await;
    assert_eq!(before, "AAC");
    assert!(reason.contains("chosen quality HIGH"), "{reason}");
    assert_eq!(app.play(&url.as_str().unwrap().replace("master", "flac")).await.0, 404);
    app.hear(&preferences(listener.user, "LOSSLESS", 3)).await;
    assert_eq!(codecs("").await.0, "AAC FLAC");
    assert_eq!(codecs("(client: { maxBitrateKbps: 128 })").await.0, "AAC", "the client's own limit holds as well");
    app.hear(&preferences(listener.user, "LOW", 2)).await;
    assert_eq!(codecs("").await.0, "AAC FLAC", "an older choice changes nothing");
    app.hear(&preferences(listener.user, "LOW", 4)).await;
    assert_eq!(codecs("").await.0, "AAC");
    assert_eq!(codecs("(client: { codecs: [FLAC] })").await.0, "FLAC", "it plays nothing else");
    // Another's choice is not theirs.
    assert_eq!(plan(&app, Some(&owner), &track, "").await["playbackPlan"]["renditions"], json!([{ "codec": "AAC" }]));
}

#[sqlx::test(migrations = false)]
async fn a_list_of_plans_costs_as_many_statements_as_one(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let mut tracks = Vec::new();
    for _ in 0..20 {
        tracks.push(app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string());
    }
    for count in [1, 20] {
        let statements = Statements::new();
        let plans = app.door.entities(Some(&owner), "Track", &tracks[..count], "playbackPlan { url }").await;
        assert!(plans.iter().all(|track| track["playbackPlan"]["url"].is_string()));
        // The tracks as entities, the tracks with their audio, the viewer's preference.
        assert_eq!(statements.count(), 3, "{:#?}", statements.seen());
    }
}

#[sqlx::test(migrations = false)]
async fn plans_of_many_tracks_come_at_once_in_their_order(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = encoded(&app, owner.user).await;
    let mut ids = vec![TrackId::new().to_string(), "nonsense".to_owned()];
    ids.push(app.track(owner.user, None, PublicationStatus::Published).await.to_string());
    for _ in 0..20 {
        ids.push(app.track(owner.user, Some(&upload), PublicationStatus::Published).await.to_string());
    }
    let query = "query($ids: [ID!]!) { playbackPlans(trackIds: $ids, client: { codecs: [AAC] }) {
        track { id } plan { url expiresAt durationMs renditions { codec } } } }";
    for count in [4, 23] {
        let statements = Statements::new();
        let found = app.door.query(Some(&owner), query, json!({ "ids": ids[..count] })).await;
        let plans = found["playbackPlans"].as_array().unwrap();
        let nothing = json!({ "track": null, "plan": null });
        assert_eq!(plans[..3], [nothing.clone(), nothing, json!({ "track": { "id": ids[2] }, "plan": null })]);
        for (plan, id) in plans.iter().zip(&ids).skip(3) {
            assert_eq!((&plan["track"]["id"], plan["plan"]["url"].is_string()), (&json!(id), true));
        }
        // The tracks with their audio, and the viewer's preference.
        assert_eq!(statements.count(), 2, "{:#?}", statements.seen());
    }
    for wrong in [json!([]), json!(vec![ids[3].clone(); 101])] {
        let answer = app.door.execute(Some(&owner), query, json!({ "ids": wrong })).await;
        assert_eq!(answer.errors[0]["extensions"]["code"], "BAD_USER_INPUT");
    }
    let answer = app.door.execute(None, query, json!({ "ids": ids[3..] })).await;
    assert_eq!(answer.errors[0]["extensions"]["code"], "UNAUTHENTICATED");
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

#[sqlx::test(migrations = false)]
async fn who_wants_nothing_explicit_is_played_nothing_explicit_and_told_why(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, listener) = (viewer(Role::Creator), viewer(Role::Listener));
    let (clean, rude) = (encoded(&app, owner.user).await, encoded(&app, owner.user).await);
    let (clean_id, rude_id) = (TrackId::new(), TrackId::new());
    app.hear(&track_changed(clean_id, owner.user, Some(&clean), PublicationStatus::Published, 1)).await;
    let mut explicit = track_changed(rude_id, owner.user, Some(&rude), PublicationStatus::Published, 1);
    explicit.track.explicit = true;
    app.hear(&explicit).await;
    let ids = [clean_id.to_string(), rude_id.to_string()];
    let seen = async |viewer: Option<&Viewer>| {
        let fields = "playable unplayableReason playbackPlan { mode } downloadUrl { contentType }";
        app.door.entities(viewer, "Track", &ids, fields).await
    };
    let (plays, plan) = (json!({ "playable": true, "unplayableReason": null }), json!({ "mode": "HLS" }));
    let is_played = |track: &Value| {
        assert_eq!(json!({ "playable": track["playable"], "unplayableReason": track["unplayableReason"] }), plays);
        assert_eq!(track["playbackPlan"], plan);
    };
    seen(Some(&listener)).await.iter().for_each(is_played);
    let chosen = UserPreferencesChanged { explicit_content: false, ..preferences(listener.user, "HIGH", 1) };
    app.hear(&chosen).await;
    let after = seen(Some(&listener)).await;
    is_played(&after[0]);
    let hidden =
        json!({ "playable": false, "unplayableReason": "EXPLICIT", "playbackPlan": null, "downloadUrl": null });
    assert_eq!(after[1], hidden);
    assert_eq!(seen(None).await[1]["playable"], true, "whoever is not signed in sees what there is");

    let set = "mutation($ids: [ID!]!) { setQueue(input: { trackIds: $ids }) { \
               skipped { trackId reason } userErrors { code } playback { queue { edges { node { track { id } } } } } } }";
    let set =
        async |ids: &[String]| app.door.query(Some(&listener), set, json!({ "ids": ids })).await["setQueue"].take();
    let done = set(&ids).await;
    assert_eq!(done["skipped"], json!([{ "trackId": ids[1], "reason": "EXPLICIT_CONTENT" }]));
    assert_eq!(done["playback"]["queue"]["edges"], json!([{ "node": { "track": { "id": ids[0] } } }]));
    assert_eq!(set(&ids[1..]).await["userErrors"], json!([{ "code": "EXPLICIT_CONTENT" }]));
    app.hear(&preferences(listener.user, "HIGH", 2)).await;
    seen(Some(&listener)).await.iter().for_each(is_played);
}
