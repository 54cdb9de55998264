//! Jobs that could not be done, and are done later.

use polyphony_kit::{Role, Viewer};
use polyphony_media::domain::upload::Quota;
use polyphony_testkit::{keys::viewer, servers};
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;

#[sqlx::test(migrations = false)]
async fn failed_jobs_are_asked_for_again_together_and_rejected_files_are_not(pool: PgPool) {
    let app = TestApp::with(pool, &servers::s3().await, Quota { bytes: 1_000_000, open_uploads: 50 }).await;
    let (owner, other, admin) = (viewer(Role::Creator), viewer(Role::Creator), viewer(Role::Admin));
    for person in [&owner, &owner, &owner, &other] {
        app.job(person, 3).await;
    }
    let rejected = app.job(&owner, 3).await;
    let fail = "update jobs set state = 'FAILED', failures = 5, failed_because = 'no room', finished_at = now()";
    sqlx::query(fail).execute(&app.pool).await.unwrap();
    sqlx::query("update uploads set state = 'REJECTED' where id = $1")
        .bind(rejected.0)
        .execute(&app.pool)
        .await
        .unwrap();
    let retry = async |who: &Viewer, first: i32, everybody: bool| {
        let query = "mutation($first: Int!, $everybody: Boolean!) {
            retryTranscodes(first: $first, everybody: $everybody) {
                jobs { state failedBecause } remaining userErrors { code path }
            }
        }";
        let variables = json!({ "first": first, "everybody": everybody });
        app.door.query(Some(who), query, variables).await["retryTranscodes"].take()
    };
    let queued = |count, remaining| {
        let job = json!({ "state": "QUEUED", "failedBecause": null });
        json!({ "jobs": vec![job; count], "remaining": remaining, "userErrors": [] })
    };
    let refused = |code, path| json!({ "jobs": [], "remaining": 0, "userErrors": [{ "code": code, "path": [path] }] });
    assert_eq!(retry(&owner, 100, true).await, refused("NOT_ALLOWED", "everybody"));
    assert_eq!(retry(&owner, 101, false).await, refused("INVALID_INPUT", "first"));
    assert_eq!(retry(&owner, 2, false).await, queued(2, 1));
    assert_eq!(retry(&owner, 2, false).await, queued(1, 0));
    assert_eq!(retry(&owner, 2, false).await, queued(0, 0));
    assert_eq!(retry(&admin, 100, true).await, queued(1, 0));
    assert_eq!(app.state(&owner, rejected).await.1, "FAILED");
    assert_eq!(app.claim().await.unwrap().failures, 0);
}
