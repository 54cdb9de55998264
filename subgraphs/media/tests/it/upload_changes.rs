//! One live view of all uploads of a person.

use std::{collections::HashMap, pin::Pin, time::Duration};

use async_graphql::{Request, Variables};
use futures::{Stream, StreamExt};
use polyphony_events::{UploadId, UserId, catalog::PublicationStatus};
use polyphony_kit::{Role, Viewer};
use polyphony_media::graphql;
use polyphony_testkit::{Statements, keys::viewer};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::{TestApp, sound};

const CHANGED: &str = "subscription($after: String) { it: viewerUploadsChanged(after: $after) { cursor uploads {
    id state rejectedBecause rejectedReason track { id } job { state percent playableUntilMs }
} } }";

type Frames = Pin<Box<dyn Stream<Item = Value> + Send>>;

impl TestApp {
    fn watch_all(&self, viewer: &Viewer, after: Option<&str>) -> Frames {
        let schema = graphql::schema(Some(self.app.clone()));
        let request = Request::new(CHANGED)
            .variables(Variables::from_json(json!({ "after": after })))
            .data(graphql::loaders(&self.app.store, Some(viewer)))
            .data(Some(viewer.clone()));
        Box::pin(schema.execute_stream(request).map(|response| response.data.into_json().unwrap()["it"].take()))
    }

    /// Lets signals be heard as long as the result is there.
    fn hear_signals(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.app.signals.clone().run(CancellationToken::new()));
        tasks
    }

    /// Uploads of a person in this state, without a job.
    async fn many(&self, owner: UserId, count: usize, state: &str) -> Vec<String> {
        let ids: Vec<_> = (0..count).map(|_| UploadId::new()).collect();
        let raw: Vec<_> = ids.iter().map(|id| id.0).collect();
        let sql = "insert into uploads (id, owner_id, filename, size_bytes, catalog_from_tags, state, part_size_bytes,
                created_at, expires_at)
            select id, $2, 'a', 1, true, $3, 1, now(), now() from unnest($1::uuid[]) id";
        sqlx::query(sql).bind(raw).bind(owner.0).bind(state).execute(&self.pool).await.unwrap();
        ids.iter().map(ToString::to_string).collect()
    }
}

async fn next(frames: &mut Frames) -> Value {
    tokio::time::timeout(Duration::from_secs(30), frames.next()).await.expect("a frame comes").expect("it goes on")
}

async fn nothing_more(frames: &mut Frames) {
    tokio::time::timeout(Duration::from_millis(700), frames.next()).await.expect_err("nothing is shown twice");
}

fn ids(frame: &Value) -> Vec<String> {
    frame["uploads"].as_array().unwrap().iter().map(|upload| upload["id"].as_str().unwrap().to_owned()).collect()
}

fn cursor(frame: &Value) -> String {
    frame["cursor"].as_str().unwrap().to_owned()
}

/// What frames say of each upload, the newest last.
fn told(frames: &[Value]) -> HashMap<String, Vec<Value>> {
    let mut told = HashMap::<_, Vec<_>>::new();
    for upload in frames.iter().flat_map(|frame| frame["uploads"].as_array().unwrap()) {
        told.entry(upload["id"].as_str().unwrap().to_owned()).or_default().push(upload.clone());
    }
    told
}

#[sqlx::test(migrations = false)]
async fn all_uploads_are_followed_to_their_tracks_in_one_view(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let _signals = app.hear_signals();
    let owner = viewer(Role::Creator);
    let bytes = sound(20.0, 440, "a.flac", "");
    let good = app.upload(&owner, "a.flac", &bytes, json!({ "catalogFromTags": true })).await;
    let bad = app.upload(&owner, "b.flac", b"this is no music", json!({})).await;
    let mut frames = app.watch_all(&owner, None);
    let first = next(&mut frames).await;
    let mut underway = ids(&first);
    underway.sort();
    let mut both = vec![good.clone(), bad.clone()];
    both.sort();
    assert_eq!(underway, both, "what is under way comes at once");

    let work = async {
        while app.worker().work_once().await.unwrap() {}
        app.track(owner.user, Some(&good), PublicationStatus::Published).await.to_string()
    };
    let watch = async {
        let mut seen = vec![];
        loop {
            seen.push(next(&mut frames).await);
            let told = told(&seen);
            let last = |id: &str| told.get(id).and_then(|states| states.last()).cloned().unwrap_or_default();
            if last(&good)["track"].is_object() && last(&bad)["state"] == "REJECTED" {
                return seen;
            }
        }
    };
    let (seen, track) = tokio::join!(watch, work);
    let told = told(&seen);
    let end = told[&good].last().unwrap();
    assert_eq!(
        (&end["state"], &end["track"]["id"], &end["job"]["state"]),
        (&json!("READY"), &json!(track), &json!("READY"))
    );
    let percents: Vec<_> = told[&good].iter().map(|upload| upload["job"]["percent"].as_f64().unwrap()).collect();
    assert!(percents.is_sorted(), "{percents:?}");
    let refused = told[&bad].last().unwrap();
    assert_eq!(refused["rejectedBecause"], "UNSUPPORTED_MEDIA");
    assert!(refused["rejectedReason"].as_str().is_some_and(|text| text.ends_with('.')), "{refused}");

    // Whoever was away since the first frame gets where it has led to, once.
    let mut again = app.watch_all(&owner, Some(&cursor(&first)));
    let missed = next(&mut again).await;
    let mut shown = ids(&missed);
    shown.sort();
    assert_eq!(shown, both);
    nothing_more(&mut again).await;
    // And whoever missed nothing gets nothing.
    nothing_more(&mut app.watch_all(&owner, Some(&cursor(&missed)))).await;
}

#[sqlx::test(migrations = false)]
async fn many_that_move_at_once_come_in_few_frames_and_cost_as_much_as_one(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, other) = (viewer(Role::Creator), viewer(Role::Creator));
    app.many(other.user, 5, "RECEIVED").await;
    let start = next(&mut app.watch_all(&owner, None)).await;
    assert_eq!(start["uploads"], json!([]), "nobody sees others' uploads");
    let mut cost = Vec::new();
    for count in [1, 100] {
        app.many(owner.user, count, "RECEIVED").await;
        let mut frames = app.watch_all(&owner, Some(&cursor(&start)));
        let statements = Statements::new();
        let frame = next(&mut frames).await;
        assert_eq!(ids(&frame).len(), count);
        cost.push(statements.count());
    }
    // How far all is settled, the changes, the uploads, their jobs.
    assert_eq!(cost, [4, 4]);
    // 101 uploads: a frame has at most 100, the next goes on behind it, each is shown once.
    let mut frames = app.watch_all(&owner, Some(&cursor(&start)));
    let (first, second) = (next(&mut frames).await, next(&mut frames).await);
    assert_eq!((ids(&first).len(), ids(&second).len()), (100, 1));
    assert!(!ids(&first).contains(&ids(&second)[0]));
    nothing_more(&mut frames).await;
    // What comes first to somebody without a cursor is bounded too.
    assert_eq!(ids(&next(&mut app.watch_all(&owner, None)).await).len(), 100);
    assert_eq!(ids(&next(&mut app.watch_all(&owner, Some("nonsense"))).await).len(), 100, "as without a cursor");
}

#[sqlx::test(migrations = false)]
async fn a_change_that_is_committed_late_is_missed_by_nobody(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let all = app.many(owner.user, 2, "RECEIVED").await;
    let raw: Vec<_> = all.iter().map(|id| UploadId::parse(id).unwrap().0).collect();
    let mut frames = app.watch_all(&owner, None);
    next(&mut frames).await;
    let change = "update uploads set state = $2 where id = $1";
    let mut late = app.pool.begin().await.unwrap();
    sqlx::query(change).bind(raw[0]).bind("PROBING").execute(&mut *late).await.unwrap();
    sqlx::query(change).bind(raw[1]).bind("PROBING").execute(&app.pool).await.unwrap();
    app.app.upload_changed(owner.user, UploadId(raw[1]), None);
    let early = next(&mut frames).await;
    assert_eq!(ids(&early), [all[1].clone()]);
    nothing_more(&mut frames).await;
    late.commit().await.unwrap();
    assert_eq!(ids(&next(&mut frames).await), [all[0].clone()], "though its change was stamped before the other");
    // Also for whoever went away in between.
    let mut again = app.watch_all(&owner, Some(&cursor(&early)));
    assert!(ids(&next(&mut again).await).contains(&all[0]));
}
