//! What media learns from the catalog.

use polyphony_events::{
    TrackId,
    catalog::{PublicationStatus, TrackDeleted},
};
use polyphony_kit::Role;
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, track_changed};

#[sqlx::test(migrations = false)]
async fn an_older_event_changes_nothing_and_a_deleted_track_stays_deleted(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (id, stranger) = (TrackId::new(), viewer(Role::Listener));
    let playable = async || app.door.entities(Some(&stranger), "Track", &[id.to_string()], "playable").await;
    app.hear(&track_changed(id, owner.user, None, PublicationStatus::Published, 2)).await;
    assert_eq!(playable().await, [json!({ "playable": false })]);
    app.hear(&track_changed(id, owner.user, None, PublicationStatus::Draft, 1)).await;
    assert_eq!(playable().await, [json!({ "playable": false })]);
    app.hear(&track_changed(id, owner.user, None, PublicationStatus::Draft, 3)).await;
    assert_eq!(playable().await, [Value::Null]);
    app.hear(&TrackDeleted { track_id: id, version: 4 }).await;
    app.hear(&track_changed(id, owner.user, None, PublicationStatus::Published, 5)).await;
    assert_eq!(playable().await, [Value::Null]);
}
