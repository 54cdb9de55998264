//! How good recommendations are, measured on people whose tastes are known.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use polyphony_events::UserId;
use polyphony_kit::{Clock, Role, Viewer};
use polyphony_testkit::keys::{self, viewer_id};
use serde_json::json;
use sqlx::PgPool;

use crate::{app::TestApp, dice::Dice};

/// So many tastes …
const TASTES: usize = 8;
/// … of so many tracks each …
const TRACKS: usize = 30;
/// … and so many people.
const PEOPLE: usize = 80;
/// What each hears before they are asked …
const HEARD: usize = 16;
/// … and what they hear next, which nobody is told.
const HELD_OUT: usize = 5;
/// Of a hundred plays so many are of their own taste; the others are of what everybody hears.
const TRUE_TO_TASTE: usize = 80;

/// A track of a taste: the first of each are heard more than the last.
fn draw(dice: &mut Dice, tracks: &[String]) -> String {
    let most = dice.below(tracks.len()).max(1);
    tracks[dice.below(most)].clone()
}

/// So many different tracks that a person of this taste hears.
fn listen(dice: &mut Dice, tastes: &[Vec<String>], taste: usize) -> Vec<String> {
    let mut heard: Vec<String> = Vec::new();
    while heard.len() < HEARD + HELD_OUT {
        let taste = if dice.chance(TRUE_TO_TASTE) { taste } else { dice.below(TASTES) };
        let track = draw(dice, &tastes[taste]);
        if !heard.contains(&track) {
            heard.push(track);
        }
    }
    heard
}

async fn recommended(app: &TestApp, viewer: &Viewer) -> Vec<String> {
    let fields = "recommendations(first: 20) { track { id } }";
    let seen = app.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], fields).await;
    let list = seen[0]["recommendations"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|one| one["track"]["id"].as_str().map(str::to_owned)).collect()
}

/// Every track has an artist and a genre of its own, so that nothing but what is heard together tells tastes apart.
#[sqlx::test(migrations = false)]
async fn held_out_plays_are_recommended_three_times_as_often_as_popular_ones_hit(pool: PgPool) {
    let clock = Clock::standing_at("2026-03-20T12:30:00Z".parse().unwrap());
    let app = TestApp::at(pool, clock.clone()).await;
    let mut dice = Dice(2026);
    let mut tastes = Vec::new();
    for taste in 0..TASTES {
        let mut tracks = Vec::new();
        for n in 0..TRACKS {
            let name = format!("{taste}-{n}");
            tracks.push(app.singles(&name, &name, &[&name]).await.remove(0));
        }
        tastes.push(tracks);
    }
    let mut people: Vec<(Viewer, Vec<String>)> = Vec::new();
    let mut plays: HashMap<String, usize> = HashMap::new();
    for n in 0..PEOPLE {
        let mut heard = listen(&mut dice, &tastes, n % TASTES);
        let held_out = heard.split_off(HEARD);
        let viewer = keys::viewer(Role::Listener);
        for track in &heard {
            app.play(viewer.user, track).await;
            *plays.entry(track.clone()).or_default() += 1;
        }
        people.push((viewer, held_out));
    }
    clock.advance(TimeDelta::hours(1));
    let mut popular: Vec<_> = plays.into_iter().collect();
    popular.sort_by_key(|(track, plays)| (std::cmp::Reverse(*plays), track.clone()));
    let (mut ours, mut baseline) = (0, 0);
    for (viewer, held_out) in &people {
        let heard: HashSet<String> = heard_by(&app, viewer.user).await;
        let list = recommended(&app, viewer).await;
        assert!(list.len() == 20 && list.iter().all(|track| !heard.contains(track)), "{list:?}");
        let most_popular: Vec<_> =
            popular.iter().map(|(track, _)| track).filter(|track| !heard.contains(*track)).take(20).collect();
        ours += held_out.iter().filter(|track| list.contains(track)).count();
        baseline += held_out.iter().filter(|track| most_popular.contains(track)).count();
    }
    let all = (PEOPLE * HELD_OUT) as f64;
    let (ours, baseline) = (ours as f64 / all, baseline as f64 / all);
    println!(
        "hit rate at 20 of held-out plays: {ours:.3}, of the popularity baseline: {baseline:.3}, {:.1} x",
        ours / baseline
    );
    assert!(baseline > 0.0 && ours >= 3.0 * baseline, "{ours:.3} beside {baseline:.3}");
}

async fn heard_by(app: &TestApp, user: UserId) -> HashSet<String> {
    let ids = sqlx::query_scalar::<_, polyphony_events::TrackId>("select track_id from tastes where user_id = $1");
    let ids = ids.bind(user).fetch_all(app.pool()).await.unwrap();
    assert_eq!(ids.len(), HEARD, "{}", json!(user));
    ids.into_iter().map(|id| id.to_string()).collect()
}
