//! Who gets a playback plan, and what is in it.

use polyphony_events::{TrackId, UploadId, accounts::UserPreferencesChanged, catalog::PublicationStatus, ids::AlbumId};
use polyphony_kit::{Role, UserId, Viewer};
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
        insert into encodings (upload_id, attempt, finished, measured_at, duration_ms, playable_until_ms, sample_rate_hz, total_samples, content_type,
            has_cover, cover_sizes, integrated_lufs, true_peak_dbtp, track_gain_db, waveform, mp3_size_bytes, mp3_bitrate_kbps, mp3_sample_rate_hz,
            mp3_channels, mp3_encoder_delay, mp3_padding)
        values ($1, 1, true, now(), 12000, 12000, 96000, 1152000, 'audio/flac', true, '{320,640}', -14, -1, -4, '{0.5,1}', 10, 245, 44100, 2, 1105, 0)
    ";
    sqlx::query(sql).bind(id.0).execute(&app.pool).await.unwrap();
    let renditions = [("aac-64", "AAC", 64, 48_000, 1024, 576_000_i64), ("flac", "FLAC", 900, 96_000, 0, 1_152_000)];
    for (position, (name, codec, kbps, rate, delay, samples)) in renditions.into_iter().enumerate() {
        let sql = "
            insert into renditions (upload_id, attempt, name, position, codec, bitrate_kbps, sample_rate_hz, channels, lossless, codecs,
                peak_bandwidth, average_bandwidth, encoder_delay, total_samples, size_bytes, durations)
            values ($1, 1, $2, $3, $4, $5, $6, 2, $4 = 'FLAC', 'mp4a.40.2', 70000, 65000, $7, $8, 10, '{6,6}')
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
    // One of them was encoded before there were figures for albums.
    sqlx::query("update encodings set loudness_histogram = null where true_peak_dbtp = -6")
        .execute(&app.pool)
        .await
        .unwrap();
    let found = app.door.entities(Some(&owner), "Track", &tracks[1..2], fields).await;
    assert_eq!(found[0]["loudness"]["albumGainDb"], Value::Null);
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
