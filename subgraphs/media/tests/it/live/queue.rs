//! Filling a queue with what can be played of a list, and reading a long one anywhere.

use polyphony_kit::Role;
use polyphony_testkit::{
    Statements,
    keys::{viewer, viewer_id},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Node, Together, items_of, list, queue_of};

const SET: &str = "mutation($input: SetQueueInput!) { it: setQueue(input: $input) {
    playback { version state track { id } queueIndex anchorPositionMs queue(first: 100) { edges { node { id track { id } } } } }
    skipped { trackId reason } userErrors { code path }
} }";

async fn set(node: &Node, me: &polyphony_kit::Viewer, input: Value) -> Value {
    node.door.query(Some(me), SET, json!({ "input": input })).await["it"].take()
}

#[sqlx::test(migrations = false)]
async fn what_cannot_be_played_is_left_out_and_told(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(3, 60_000).await);
    let (silent, unknown) = (live.silent_track().await, "trk_01h455vb4pex5vsknk084sn02q".to_owned());
    let [a, _] = &live.nodes;
    let given = [&silent, &tracks[0], &unknown, &tracks[1], &silent, &tracks[2]].map(Clone::clone).to_vec();
    let refused = set(a, &me, json!({ "trackIds": given })).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "NOT_PLAYABLE", "path": ["input", "trackIds"] }]));
    assert_eq!(refused["skipped"], json!([]));

    // The track that it was to begin with is not to be had: the next one begins, from its start.
    let input = json!({ "trackIds": given, "startIndex": 2, "startPositionMs": 5000, "skipUnplayable": true });
    let done = set(a, &me, input).await;
    assert_eq!(done["userErrors"], json!([]));
    let skipped =
        json!([{ "trackId": silent, "reason": "NOT_PLAYABLE" }, { "trackId": unknown, "reason": "NOT_FOUND" }]);
    assert_eq!(done["skipped"], skipped, "each once, in order");
    let playback = &done["playback"];
    assert_eq!(queue_of(playback), tracks);
    assert_eq!((&playback["track"]["id"], &playback["queueIndex"]), (&json!(tracks[1]), &json!(1)));
    assert_eq!((&playback["state"], &playback["anchorPositionMs"]), (&json!("PLAYING"), &json!(0)));

    // One that can be played begins where it was asked to.
    let input = json!({ "trackIds": given, "startIndex": 5, "startPositionMs": 5000, "skipUnplayable": true });
    let playback = set(a, &me, input).await["playback"].take();
    assert_eq!((&playback["queueIndex"], &playback["anchorPositionMs"]), (&json!(2), &json!(5000)));
    // When nothing follows, the first begins.
    let input = json!({ "trackIds": [tracks[0], silent], "startIndex": 1, "skipUnplayable": true });
    assert_eq!(set(a, &me, input).await["playback"]["track"]["id"], tracks[0]);
}

#[sqlx::test(migrations = false)]
async fn when_nothing_can_be_played_the_queue_stays(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let silent = live.silent_track().await;
    let [a, _] = &live.nodes;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    let refused = set(a, &me, json!({ "trackIds": [silent, silent], "skipUnplayable": true })).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "NOT_PLAYABLE", "path": ["input", "trackIds"] }]));
    assert_eq!(queue_of(&refused["playback"]), tracks);
    let outside =
        set(a, &me, json!({ "trackIds": [silent, tracks[0]], "startIndex": 2, "skipUnplayable": true })).await;
    assert_eq!(outside["userErrors"][0]["code"], "INVALID_INPUT");
}

#[sqlx::test(migrations = false)]
async fn tracks_that_are_added_may_be_left_out_too(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 60_000).await);
    let silent = live.silent_track().await;
    let [a, _] = &live.nodes;
    let add = format!("mutation($key: String, $skip: Boolean) {{
        it: enqueue(trackIds: {}, skipUnplayable: $skip, idempotencyKey: $key) {{
            playback {{ queue {{ edges {{ node {{ track {{ id }} }} }} }} }} skipped {{ trackId }} userErrors {{ code }} }} }}",
        list(&[silent.clone(), tracks[0].clone(), tracks[1].clone()]));
    for _ in 0..2 {
        let added = a.door.query(Some(&me), &add, json!({ "key": "k", "skip": true })).await["it"].take();
        assert_eq!(added["skipped"], json!([{ "trackId": silent }]));
        assert_eq!(queue_of(&added["playback"]), tracks, "the same key adds once");
    }
    let otherwise = a.door.query(Some(&me), &add, json!({ "key": "k2", "skip": false })).await["it"].take();
    assert_eq!(otherwise["userErrors"][0]["code"], "NOT_PLAYABLE");
}

#[sqlx::test(migrations = false)]
async fn a_long_queue_is_read_anywhere_in_one_statement(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let [a, _] = &live.nodes;
    let set = "mutation($ids: [ID!]!) { setQueue(input: { trackIds: $ids, startIndex: 7000 }) {
        playback { queueIndex } userErrors { code } } }";
    a.door.query(Some(&me), set, json!({ "ids": vec![tracks[0].clone(); 10_000] })).await;
    let page = async |arguments: &str| {
        let fields = format!("playback {{ queue({arguments}) {{
            totalCount pageInfo {{ hasNextPage hasPreviousPage endCursor }} edges {{ cursor node {{ id track {{ id }} }} }} }} }}");
        let mut found = a.door.entities(Some(&me), "Viewer", &[viewer_id(&me)], &fields).await;
        found[0]["playback"].take()
    };
    let whole = page("first: 100").await;
    assert_eq!(whole["queue"]["pageInfo"]["hasPreviousPage"], false);
    let tail = page("first: 100, offset: 50").await;
    assert_eq!(items_of(&tail)[..50], items_of(&whole)[50..]);
    assert_eq!(tail["queue"]["pageInfo"]["hasPreviousPage"], true);
    // A page by offset goes on by cursor.
    let cursor = tail["queue"]["pageInfo"]["endCursor"].as_str().unwrap();
    let follows = page(&format!("first: 10, after: \"{cursor}\"")).await;
    assert_eq!(items_of(&follows), items_of(&page("first: 10, offset: 150").await));
    let last = page("first: 100, offset: 9990").await;
    assert_eq!((items_of(&last).len(), &last["queue"]["pageInfo"]["hasNextPage"]), (10, &json!(false)));
    assert_eq!(items_of(&page("offset: 10000").await), Vec::<String>::new());

    let statements = Statements::new();
    page("first: 100, offset: 7000").await;
    let entries = statements.seen().into_iter().filter(|text| text.contains("k.number")).count();
    assert_eq!(entries, 1, "{:#?}", statements.seen());
    for wrong in ["offset: -1".to_owned(), format!("offset: 5, after: \"{cursor}\"")] {
        let query = format!(
            "query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on Viewer {{
            playback {{ queue({wrong}) {{ totalCount }} }} }} }} }}"
        );
        let keys = json!({ "r": [{ "__typename": "Viewer", "id": viewer_id(&me) }] });
        let answer = a.door.execute(Some(&me), &query, keys).await;
        assert_eq!(answer.errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{wrong}");
    }
}
