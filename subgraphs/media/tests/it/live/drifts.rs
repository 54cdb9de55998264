//! What people in a session report of how exactly they hear it.

use polyphony_kit::{Role, Viewer};
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Node, Together, next};

async fn report(node: &Node, me: &Viewer, session: &str, offset: f64) -> Value {
    let query = "mutation($id: ID!, $offset: Float!) {
        it: reportSync(sessionId: $id, offsetMs: $offset) { ok userErrors { code path } } }";
    let answer = node.door.execute(Some(me), query, json!({ "id": session, "offset": offset })).await;
    match answer.errors.first() {
        Some(error) => error["extensions"]["code"].clone(),
        None => answer.data["it"].clone(),
    }
}

#[sqlx::test(migrations = false)]
async fn everybody_in_a_session_sees_the_drift_of_the_others(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guest, stranger) = (viewer(Role::Listener), viewer(Role::Listener), viewer(Role::Admin));
    let [a, b] = &live.nodes;
    let session =
        a.ask(&host, "mutation { it: startListeningSession { session { id code } } }").await["it"]["session"].take();
    let (id, code) = (session["id"].as_str().unwrap(), session["code"].as_str().unwrap());
    let join = format!("mutation {{ it: joinListeningSession(code: \"{code}\") {{ userErrors {{ code }} }} }}");
    assert_eq!(b.ask(&guest, &join).await["it"]["userErrors"], json!([]));
    let watch = "subscription($id: ID!) { it: listeningSessionDrifts(id: $id) { user { id } driftMs } }";
    let mut frames = a.subscribe(&host, watch, json!({ "id": id }));
    assert_eq!(next(&mut frames).await, json!([]));
    assert_eq!(report(b, &guest, id, -3.5).await["ok"], true);
    let seen = json!({ "user": { "id": guest.user.to_string() }, "driftMs": -3.5 });
    assert_eq!(next(&mut frames).await, json!([seen]), "what one process takes the other shows");
    assert_eq!(report(a, &host, id, 2.0).await["ok"], true);
    assert_eq!(next(&mut frames).await.as_array().unwrap().len(), 2);
    // The state of the session has it too, for those who ask.
    let query = format!("{{ it: listeningSession(code: \"{code}\") {{ participants {{ user {{ id }} driftMs }} }} }}");
    let people = b.ask(&guest, &query).await["it"]["participants"].take();
    assert_eq!((&people[0]["driftMs"], &people[1]["driftMs"]), (&json!(2.0), &json!(-3.5)));

    assert_eq!(report(b, &guest, id, 1.0).await, "RATE_LIMITED", "once in five seconds");
    let refused = json!({ "ok": false, "userErrors": [{ "code": "NOT_FOUND", "path": ["sessionId"] }] });
    assert_eq!(report(a, &stranger, id, 1.0).await, refused);
    assert_eq!(report(a, &stranger, "nonsense", 1.0).await["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(report(a, &stranger, id, 1e9).await["userErrors"][0]["code"], "INVALID_INPUT");
    let mut theirs = a.subscribe(&stranger, watch, json!({ "id": id }));
    assert_eq!(next(&mut theirs).await, "FORBIDDEN");

    // Old reports say nothing, and who leaves sees no more.
    live.wait(20_000);
    assert_eq!(b.ask(&guest, &query).await["it"]["participants"][1]["driftMs"], Value::Null);
    let leave = format!("mutation {{ leaveListeningSession(id: \"{id}\") {{ ok }} }}");
    a.ask(&host, &leave).await;
    assert_eq!(futures::StreamExt::next(&mut frames).await, None);
}
