//! Listening together.

use polyphony_kit::{Role, Viewer};
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Frames, Node, STATE, Together, list, next};

const SESSION: &str = "id code joinUrl host { id } guestsMayControl endedAt cursor
    participants { user { id } online } playback { id version state track { id } anchorPositionMs queue { totalCount } }";

impl Node {
    async fn session(&self, viewer: &Viewer, call: &str) -> Value {
        let query = format!("mutation {{ it: {call} {{ session {{ {SESSION} }} userErrors {{ code }} }} }}");
        self.ask(viewer, &query).await["it"].take()
    }

    async fn ack(&self, viewer: &Viewer, call: &str) -> String {
        let query = format!("mutation {{ it: {call} {{ ok userErrors {{ code }} }} }}");
        let answer = self.ask(viewer, &query).await["it"].take();
        let code = answer["userErrors"][0]["code"].as_str().map(ToOwned::to_owned);
        code.unwrap_or_else(|| answer["ok"].to_string())
    }

    fn listen(&self, viewer: &Viewer, id: &str, after: Option<&str>) -> Frames {
        let query = format!(
            "subscription($id: ID!, $after: String) {{ it: listeningSessionChanged(id: $id, after: $after) {{ {SESSION} }} }}"
        );
        self.subscribe(viewer, &query, json!({ "id": id, "after": after }))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn online(session: &Value) -> Vec<bool> {
    session["participants"].as_array().unwrap().iter().map(|one| one["online"].as_bool().unwrap()).collect()
}

#[sqlx::test(migrations = false)]
async fn guests_hear_what_the_host_plays_and_everybody_gets_their_own_back(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guest) = (viewer(Role::Listener), viewer(Role::Listener));
    let tracks = live.tracks(4, 600_000).await;
    let [a, b] = &live.nodes;
    a.done(&host, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks[..2]))).await;
    b.done(&guest, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks[3..]))).await;
    live.wait(5_000);
    let session = a.session(&host, "startListeningSession").await["session"].take();
    assert_eq!(
        (&session["playback"]["state"], &session["playback"]["anchorPositionMs"]),
        (&json!("PLAYING"), &json!(5000))
    );
    assert_eq!(session["joinUrl"], format!("http://web.test/join/{}", text(&session["code"])));
    let mut own = b.watch(&guest, None, None);
    assert_eq!(next(&mut own).await["track"]["id"], json!(tracks[3]));
    let joined =
        b.session(&guest, &format!("joinListeningSession(code: \"{}\")", text(&session["code"]).to_lowercase())).await;
    assert_eq!(joined["session"]["participants"].as_array().unwrap().len(), 2);
    // The guest's devices follow the session by themselves.
    let frame = next(&mut own).await;
    assert_eq!((&frame["id"], &frame["track"]["id"]), (&session["playback"]["id"], &json!(tracks[0])));
    let mut frames = a.listen(&host, &text(&session["id"]), None);
    next(&mut frames).await;
    b.done(&guest, "skipNext").await;
    assert_eq!(next(&mut frames).await["playback"]["track"]["id"], json!(tracks[1]));
    assert_eq!(a.state(&host).await["track"]["id"], json!(tracks[1]));

    let id = text(&session["id"]);
    assert_eq!(b.ack(&guest, &format!("endListeningSession(id: \"{id}\")")).await, "NOT_ALLOWED");
    assert_eq!(b.ack(&viewer(Role::Admin), &format!("endListeningSession(id: \"{id}\")")).await, "NOT_FOUND");
    assert_eq!(b.ack(&host, &format!("endListeningSession(id: \"{id}\")")).await, "true");
    let state = b.state(&guest).await;
    assert_eq!((&state["track"]["id"], &state["state"]), (&json!(tracks[3]), &json!("PAUSED")));
    while next(&mut frames).await["endedAt"].is_null() {}
    assert_eq!(futures::StreamExt::next(&mut frames).await, None, "the view ends with the session");
    let code = text(&session["code"]);
    assert_eq!(
        a.session(&guest, &format!("joinListeningSession(code: \"{code}\")")).await["userErrors"][0]["code"],
        "SESSION_ENDED"
    );
}

#[sqlx::test(migrations = false)]
async fn guests_who_may_not_control_may_add_and_a_leaving_host_hands_over(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guest, third) = (viewer(Role::Listener), viewer(Role::Listener), viewer(Role::Listener));
    let tracks = live.tracks(2, 600_000).await;
    let [a, b] = &live.nodes;
    let session = a.session(&host, "startListeningSession(guestsMayControl: false)").await["session"].take();
    let (id, join) = (text(&session["id"]), format!("joinListeningSession(code: \"{}\")", text(&session["code"])));
    live.wait(10);
    b.session(&guest, &join).await;
    live.wait(10);
    b.session(&third, &join).await;
    b.done(&guest, &format!("enqueue(trackIds: {})", list(&tracks))).await;
    for call in
        ["play", "skipNext", "setPlaybackOptions(input: { shuffle: true })", "setQueue(input: { trackIds: [] })"]
    {
        assert_eq!(b.refused(&guest, call).await, "NOT_ALLOWED", "{call}");
    }
    a.done(&host, "play").await;
    assert_eq!(a.ack(&host, &format!("leaveListeningSession(id: \"{id}\")")).await, "true");
    assert_eq!(a.ack(&host, &format!("leaveListeningSession(id: \"{id}\")")).await, "NOT_FOUND");
    let state = b.done(&guest, "skipNext").await;
    assert_eq!((&state["state"], &state["track"]["id"]), (&json!("PLAYING"), &json!(tracks[1])), "it plays on");
    assert_eq!(b.refused(&third, "pause").await, "NOT_ALLOWED");
    let query = format!("{{ it: listeningSession(code: \"{}\") {{ host {{ id }} }} }}", text(&session["code"]));
    assert_eq!(a.ask(&third, &query).await["it"]["host"]["id"], guest.user.to_string());
}

#[sqlx::test(migrations = false)]
async fn who_is_there_is_seen_and_an_empty_session_ends(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guest) = (viewer(Role::Listener), viewer(Role::Listener));
    let [a, b] = &live.nodes;
    let session = a.session(&host, "startListeningSession").await["session"].take();
    let (id, join) = (text(&session["id"]), format!("joinListeningSession(code: \"{}\")", text(&session["code"])));
    b.session(&guest, &join).await;
    let mut frames = a.listen(&host, &id, None);
    let theirs = b.listen(&guest, &id, None);
    assert_eq!(online(&next(&mut frames).await), [true, true]);
    let mut theirs = theirs;
    next(&mut theirs).await;
    a.sweep().await;
    drop(theirs);
    polyphony_testkit::eventually("the guest to be gone", async || {
        a.sweep().await;
        let query =
            format!("{{ it: listeningSession(code: \"{}\") {{ participants {{ online }} }} }}", text(&session["code"]));
        (online(&a.ask(&host, &query).await["it"]) == [true, false]).then_some(())
    })
    .await;
    assert_eq!(online(&next(&mut frames).await), [true, false], "and it is a frame");
    drop(frames);
    live.wait(13_000);
    a.sweep().await;
    live.wait(9 * 60_000);
    b.sweep().await;
    assert_eq!(b.session(&guest, &join).await["userErrors"], json!([]), "it is still there");
    live.wait(2 * 60_000);
    b.sweep().await;
    let ended = b.session(&guest, &join).await;
    assert_eq!(ended["userErrors"][0]["code"], "SESSION_ENDED");
    assert_eq!(b.state(&guest).await["id"], format!("ply_{}", &guest.user.to_string()[4..]));
}

#[sqlx::test(migrations = false)]
async fn codes_cannot_be_guessed_at_speed_and_a_session_has_500_places(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guesser) = (viewer(Role::Listener), viewer(Role::Listener));
    let [a, b] = &live.nodes;
    let session = a.session(&host, "startListeningSession").await["session"].take();
    let join = format!("joinListeningSession(code: \"{}\")", text(&session["code"]));
    for guess in 0..10 {
        let node = [a, b][guess % 2];
        if guess < 5 {
            let wrong = format!("joinListeningSession(code: \"00000000{guess}\")");
            assert_eq!(node.session(&guesser, &wrong).await["userErrors"][0]["code"], "NOT_FOUND");
        } else {
            let wrong = format!("{{ it: listeningSession(code: \"00000000{guess}\") {{ id }} }}");
            assert!(node.ask(&guesser, &wrong).await["it"].is_null());
        }
    }
    let look = format!("{{ listeningSession(code: \"{}\") {{ id }} }}", text(&session["code"]));
    assert_eq!(b.door.codes(Some(&guesser), &look, json!({})).await, ["RATE_LIMITED"], "even with the right one");
    let query = format!("mutation {{ {join} {{ session {{ id }} }} }}");
    assert_eq!(a.door.codes(Some(&guesser), &query, json!({})).await, ["RATE_LIMITED"]);
    live.wait(61_000);
    assert_eq!(a.session(&guesser, &join).await["userErrors"], json!([]));
    sqlx::query(
        "insert into participants select session_id, gen_random_uuid(), now(), false from participants, generate_series(1, 498)
         where user_id = $1",
    )
    .bind(host.user.0)
    .execute(&live.base.pool)
    .await
    .unwrap();
    assert_eq!(b.session(&viewer(Role::Listener), &join).await["userErrors"][0]["code"], "SESSION_FULL");
    let seen = a.session(&guesser, &join).await;
    assert_eq!(seen["session"]["participants"].as_array().unwrap().len(), 500, "again changes nothing");
}

#[sqlx::test(migrations = false)]
async fn what_a_session_plays_is_for_those_in_it(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, stranger) = (viewer(Role::Listener), viewer(Role::Admin));
    let [a, b] = &live.nodes;
    let session = a.session(&host, "startListeningSession").await["session"].take();
    let (id, player) = (text(&session["id"]), text(&session["playback"]["id"]));
    assert_eq!(next(&mut b.listen(&stranger, &id, None)).await, "FORBIDDEN");
    let ids = [player, "nonsense".to_owned(), format!("ply_{}", &host.user.to_string()[4..])];
    let mine = a.door.entities(Some(&host), "PlaybackState", &ids, STATE).await;
    assert!(mine[0].is_object() && mine[1].is_null() && mine[2].is_object());
    assert!(a.door.entities(Some(&stranger), "PlaybackState", &ids, "id").await.iter().all(Value::is_null));
    assert!(a.door.entities(None, "PlaybackState", &ids, "id").await.iter().all(Value::is_null));
    let sessions = a.door.entities(Some(&stranger), "ListeningSession", &[id], "id").await;
    assert_eq!(sessions, [Value::Null]);
}

#[sqlx::test(migrations = false)]
async fn a_play_in_a_session_counts_for_everybody_who_is_there(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guest) = (viewer(Role::Listener), viewer(Role::Listener));
    let tracks = live.tracks(1, 600_000).await;
    let [a, b] = &live.nodes;
    let session = a.session(&host, "startListeningSession").await["session"].take();
    b.session(&guest, &format!("joinListeningSession(code: \"{}\")", text(&session["code"]))).await;
    a.done(&host, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    live.wait(30_000);
    let due = polyphony_media::live::advance_due(&b.app);
    due.await.unwrap();
    let heard: Vec<_> = live.base.events().await.into_iter().map(|(_, data)| data["user_id"].clone()).collect();
    assert_eq!(heard.len(), 2);
    assert!(heard.contains(&json!(host.user.to_string())) && heard.contains(&json!(guest.user.to_string())));
}
