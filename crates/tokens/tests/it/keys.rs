//! When keys are fetched, and how long they are used.

use std::{sync::Arc, time::Duration};

use jsonwebtoken::jwk::PublicKeyUse;
use polyphony_tokens::{KeySet, KeysUnavailable, TokenError};

use crate::accounts::{Accounts, Key, claims};

#[tokio::test]
async fn a_hundred_who_miss_at_once_wait_for_one_fetch() {
    let (key, foreign) = (Key::new("k1", 1), Key::new("made up", 2));
    let accounts = Accounts::publishing(&[&key]).await;
    let verifier = accounts.verifier();
    let (good, bad) = (key.sign(&claims()), foreign.sign(&claims()));
    let all = (0..100).map(|number| verifier.verify(if number % 2 == 0 { &good } else { &bad }));
    let mut accepted = 0;
    for outcome in futures_of(all).await {
        match outcome {
            Ok(_) => accepted += 1,
            Err(error) => assert_eq!(error, TokenError::Invalid),
        }
    }
    assert_eq!((accepted, accounts.asked()), (50, 1));
}

#[tokio::test]
async fn a_new_key_is_taken_when_its_first_token_comes_and_a_retired_one_is_forgotten() {
    let (old, new) = (Key::new("k1", 1), Key::new("k2", 2));
    let accounts = Accounts::publishing(&[&old]).await;
    let keys = accounts.keys();
    assert!(keys.key("k1").await.unwrap().is_some());
    accounts.publish(&[&new]);
    assert!(keys.key("k2").await.unwrap().is_none(), "it asked again at once");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(keys.key("k2").await.unwrap().is_some());
    assert!(keys.key("k1").await.unwrap().is_none());
    drop(old.sign(&claims()));
}

#[tokio::test]
async fn keys_are_used_a_while_longer_when_accounts_is_away_but_not_for_ever() {
    let key = Key::new("k1", 1);
    let accounts = Accounts::publishing(&[&key]).await;
    let keys = accounts.keys();
    assert!(keys.key("k1").await.unwrap().is_some());
    accounts.stop().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_mins(14)).await;
    assert!(keys.is_loaded() && keys.key("k1").await.unwrap().is_some());
    tokio::time::advance(Duration::from_mins(2)).await;
    assert!(!keys.is_loaded());
    assert_eq!(keys.key("k1").await.err(), Some(KeysUnavailable));
}

#[tokio::test]
async fn without_any_key_nothing_is_accepted_and_nothing_called_invalid() {
    let key = Key::new("k1", 1);
    let accounts = Accounts::publishing(&[&key]).await;
    let verifier = accounts.verifier();
    accounts.stop().await;
    let refused = verifier.verify(&key.sign(&claims())).await.unwrap_err();
    assert_eq!(refused, TokenError::KeysUnavailable(KeysUnavailable));
    assert!(!verifier.is_ready());
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it ends with the set")]
async fn keys_are_fetched_ahead_of_time_and_the_task_ends_with_the_set() {
    let accounts = Accounts::publishing(&[&Key::new("k1", 1)]).await;
    let keys = accounts.keys();
    let task = tokio::spawn(KeySet::keep_fresh(Arc::downgrade(&keys)));
    while !keys.is_loaded() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(keys);
    tokio::time::pause();
    tokio::time::advance(Duration::from_mins(6)).await;
    task.await.unwrap();
    assert_eq!(accounts.asked(), 1);
}

#[tokio::test]
async fn a_key_for_something_else_signs_no_token() {
    let mut key = Key::new("k1", 1);
    key.public.common.public_key_use = Some(PublicKeyUse::Encryption);
    let accounts = Accounts::publishing(&[&key, &Key::new("k2", 2)]).await;
    let refused = accounts.verifier().verify(&key.sign(&claims())).await.unwrap_err();
    assert_eq!(refused, TokenError::Invalid);
}

async fn futures_of<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    futures::future::join_all(all).await
}
