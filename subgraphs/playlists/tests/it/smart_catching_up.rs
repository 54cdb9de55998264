//! Smart playlists that were chosen before: only what has changed since is looked at again, and the choice is that of all tracks.

use polyphony_events::catalog::PublicationStatus;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, changed, played, somebody, tracks},
    smart::one_rule,
};

/// Chance that falls the same way each time: a number from 0 to below what it is asked for.
fn dice(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    }
}

fn limited(rules: &Value, limit: i32) -> Value {
    let mut rules = rules.clone();
    rules["limit"] = json!(limit);
    rules
}

#[sqlx::test(migrations = false)]
async fn a_choice_that_is_caught_up_with_is_that_of_a_process_that_has_just_begun(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool.clone()).await, somebody());
    let ids = tracks(40);
    for track in &ids {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    let rules = [
        one_rule("LIKED", "IS", "true", "RECENTLY_ADDED"),
        one_rule("LIKED", "IS", "false", "TITLE"),
        one_rule("PLAY_COUNT", "GREATER_THAN", "0", "MOST_PLAYED"),
        one_rule("PLAY_COUNT", "LESS_THAN", "2", "RECENTLY_PLAYED"),
        one_rule("DURATION_MS", "LESS_THAN", "1500", "RANDOM_DAILY"),
    ];
    let mut lists = Vec::new();
    for rules in &rules {
        for limit in [3, 100] {
            lists.push(app.smart(&ann, limited(rules, limit)).await);
        }
    }
    let mut dice = dice(7);
    for step in 0..30 {
        for _ in 0..=dice(3) {
            let at = ids[dice(ids.len())];
            match dice(4) {
                0 => app.like(&ann, &[at], dice(10) < 7).await,
                1 => app.hear(&played(&ann, at, step)).await,
                _ => {
                    let mut event = changed(at, 1_000 + 1_000 * dice(2) as i64, step + 2);
                    if dice(10) < 3 {
                        event.track.status = PublicationStatus::Withdrawn;
                    }
                    app.hear(&event).await;
                }
            }
        }
        let fresh = TestApp::new(pool.clone()).await;
        for (list, n) in lists.iter().zip(0..) {
            let (known, anew) = (app.chosen(&ann, list).await, fresh.chosen(&ann, list).await);
            assert_eq!(known, anew, "step {step}, list {n}");
        }
    }
}

#[sqlx::test(migrations = false)]
async fn a_like_and_a_changed_track_have_that_track_looked_at_and_no_other(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let ids = tracks(5);
    for track in &ids {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    let list = app.smart(&ann, one_rule("LIKED", "IS", "false", "RECENTLY_ADDED")).await;
    assert_eq!(app.chosen(&ann, &list).await.len(), 5);
    for (change, left) in [("like", 4), ("withdraw", 3)] {
        if change == "like" {
            app.like(&ann, &ids[1..2], true).await;
        } else {
            let mut withdrawn = changed(ids[2], 1_000, 2);
            withdrawn.track.status = PublicationStatus::Withdrawn;
            app.hear(&withdrawn).await;
        }
        let statements = Statements::new();
        assert_eq!(app.chosen(&ann, &list).await.len(), left);
        let seen = statements.seen();
        let choosing: Vec<_> = seen.iter().filter(|one| one.contains("playlist_id")).collect();
        assert_eq!(choosing.len(), 1, "{change}: {seen:#?}");
        let asks: Vec<_> = seen.iter().filter(|one| one.contains("select array(")).collect();
        assert_eq!(asks.len(), 1, "{change}: {seen:#?}");
    }
}
