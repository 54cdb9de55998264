//! Three editors change one playlist at the same time, at random, and nothing is lost: what the database has in the end is
//! what a plain list has after the same changes in the order of their versions.

use std::cell::RefCell;

use futures::future::join_all;
use polyphony_events::PlaylistId;
use polyphony_kit::Viewer;
use polyphony_playlists::{
    commands::{
        AddPlaylistItems, CommandError, MovePlaylistItems, RemovePlaylistItems, add_playlist_items,
        move_playlist_items, remove_playlist_items,
    },
    domain::playlist_item::OnDuplicate,
};
use polyphony_testkit::{chance, keys};
use proptest::{prelude::*, strategy::ValueTree};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    app::{TestApp, item, somebody, tracks},
    live::{next, subscribe},
};

/// How many changes each editor makes; another number with the variable `INTERLEAVINGS`, the same wishes again with `SEED`.
const CHANGES: usize = 700;

/// Every so many versions a client that was away is told what was so then.
const LOOK_BACK: i64 = 25;

/// A change as an editor wants it. Numbers point into what the editor last knew of the list.
#[derive(Clone, Debug)]
enum Wish {
    Add { count: usize, after: Option<usize> },
    Move { from: usize, count: usize, after: Option<usize> },
    Remove { from: usize, count: usize },
}

/// A change as it was done.
#[derive(Clone, Debug)]
enum Done {
    Added { items: Vec<String>, after: Option<String> },
    Moved { items: Vec<String>, after: Option<String> },
    Removed { items: Vec<String> },
}

/// What the editors know together: the entries, and what was done, by version. While an editor's change is under way the
/// others go on, so that what it knew is often not so any more.
#[derive(Default)]
struct Shared {
    known: Vec<String>,
    log: Vec<(i64, Done)>,
}

fn wishes() -> impl Strategy<Value = Wish> {
    // Small numbers are near one place of the list, so that editors meet.
    let place = || prop_oneof![0_usize..4, 0_usize..500];
    let anchor = || proptest::option::weighted(0.8, place());
    prop_oneof![
        4 => (1_usize..4, anchor()).prop_map(|(count, after)| Wish::Add { count, after }),
        4 => (place(), 1_usize..4, anchor()).prop_map(|(from, count, after)| Wish::Move { from, count, after }),
        2 => (place(), 1_usize..3).prop_map(|(from, count)| Wish::Remove { from, count }),
    ]
}

fn pick(known: &[String], place: usize) -> Option<String> {
    (!known.is_empty()).then(|| known[place % known.len()].clone())
}

fn pick_many(known: &[String], from: usize, count: usize) -> Vec<String> {
    let mut picked: Vec<_> = (from..from + count).filter_map(|place| pick(known, place)).collect();
    picked.dedup();
    picked
}

/// Does what is wished as `editor`; a refusal (the entry is gone, say) does nothing.
async fn fulfil(app: &TestApp, editor: &Viewer, playlist: PlaylistId, wish: Wish, shared: &RefCell<Shared>) {
    let known = shared.borrow().known.clone();
    let at = |place: Option<usize>| place.and_then(|place| pick(&known, place));
    let ids = |items: &[String]| items.iter().map(|id| item(id)).collect::<Vec<_>>();
    let done = match wish {
        Wish::Add { count, after } => {
            let anchor = at(after);
            let (tracks, after) = (tracks(count), anchor.as_deref().map(item));
            let (position, on_duplicate) = (None, OnDuplicate::Add);
            let input = AddPlaylistItems { playlist, tracks, after, position, on_duplicate, idempotency_key: None };
            add_playlist_items(&app.app, editor, input).await.map(|added| {
                let items: Vec<_> = added.items.iter().map(ToString::to_string).collect();
                shared.borrow_mut().known.extend(items.clone());
                (added.playlist.version, Done::Added { items, after: anchor })
            })
        }
        Wish::Move { from, count, after } => {
            let (items, anchor) = (pick_many(&known, from, count), at(after));
            let input = MovePlaylistItems { playlist, items: ids(&items), after: anchor.as_deref().map(item) };
            let moved = move_playlist_items(&app.app, editor, input).await;
            moved.map(|playlist| (playlist.version, Done::Moved { items, after: anchor }))
        }
        Wish::Remove { from, count } => {
            let items = pick_many(&known, from, count);
            let input = RemovePlaylistItems { playlist, items: ids(&items) };
            remove_playlist_items(&app.app, editor, input).await.map(|playlist| {
                shared.borrow_mut().known.retain(|known| !items.contains(known));
                (playlist.version, Done::Removed { items })
            })
        }
    };
    match done {
        Ok(done) => shared.borrow_mut().log.push(done),
        Err(CommandError::Refused(_)) => {}
        Err(CommandError::Failed(error)) => panic!("{error:?}"),
    }
}

/// The same change on a plain list.
fn apply(model: &mut Vec<String>, done: Done) {
    let place = |model: &[String], after: Option<String>, without: usize| match after {
        Some(anchor) => model.iter().position(|item| *item == anchor).expect("the anchor was there") + 1,
        None => without,
    };
    match done {
        Done::Added { items, after } => {
            let at = place(model, after, model.len());
            model.splice(at..at, items);
        }
        Done::Moved { items, after } => {
            let moving: Vec<_> = items.into_iter().filter(|item| model.contains(item)).collect();
            model.retain(|item| !moving.contains(item));
            let at = place(model, after, 0);
            model.splice(at..at, moving);
        }
        Done::Removed { items } => model.retain(|item| !items.contains(item)),
    }
}

/// The first hundred entries as they were in a version, as they are told to somebody who has seen the one before.
async fn as_it_was(app: &TestApp, viewer: &Viewer, id: &str, version: i64) -> Vec<String> {
    let query = "subscription($id: ID!, $after: String) { playlistChanged(id: $id, after: $after) \
                 { version items(first: 100) { edges { node { id } } } } }";
    let mut frames = subscribe(app, Some(viewer), query, json!({ "id": id, "after": (version - 1).to_string() }));
    let frame = next(&mut frames).await.unwrap()["playlistChanged"].take();
    assert_eq!(frame["version"], version);
    let edges = frame["items"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
}

#[sqlx::test(migrations = false)]
async fn three_editors_at_once_lose_nothing(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let editors = [ann.clone(), keys::viewer(polyphony_kit::Role::Listener), somebody()];
    for editor in &editors[1..] {
        app.set_collaborator(&ann, &id, editor, Some("EDITOR")).await;
    }
    let changes = std::env::var("INTERLEAVINGS").ok().and_then(|text| text.parse().ok()).unwrap_or(CHANGES);
    let playlist = PlaylistId::parse(&id).unwrap();
    let shared = RefCell::new(Shared::default());
    let mut runner = chance::runner(rand::random());
    let plans: Vec<Vec<Wish>> = editors
        .iter()
        .map(|_| prop::collection::vec(wishes(), changes).new_tree(&mut runner).unwrap().current())
        .collect();
    join_all(editors.iter().zip(plans).map(|(editor, plan)| {
        let (app, shared) = (&app, &shared);
        async move {
            for wish in plan {
                fulfil(app, editor, playlist, wish, shared).await;
            }
        }
    }))
    .await;

    let mut log = shared.into_inner().log;
    assert!(log.len() > changes * 2, "most changes were done: {} of {}", log.len(), changes * 3);
    log.sort_by_key(|(version, _)| *version);
    let versions: Vec<_> = log.iter().map(|(version, _)| *version).collect();
    // Version 1 made it, 2 and 3 let the editors in.
    assert_eq!(versions, (4..4 + log.len() as i64).collect::<Vec<_>>(), "every change has a version of its own");
    let mut model = Vec::new();
    for (version, done) in log {
        apply(&mut model, done);
        if version % LOOK_BACK == 0 {
            assert_eq!(as_it_was(&app, &ann, &id, version).await, model[..model.len().min(100)], "version {version}");
        }
    }
    assert_eq!(app.order(&ann, &id).await, model);
    assert_eq!(app.see(Some(&ann), &id).await["itemCount"], model.len());
}
