//! What a token must say.

use std::sync::Arc;

use polyphony_revocations::{Revocation, Revoked};
use polyphony_tokens::{Claims, KeySet, TokenError, Verifier};

use crate::accounts::{Key, claims, set};

fn verifier(keys: &[&Key]) -> Verifier {
    let verifier = Verifier::new(Arc::new(KeySet::local()), "polyphony", "polyphony", Revoked::default());
    verifier.replace_keys(&set(keys));
    verifier
}

#[tokio::test]
async fn times_are_judged_with_clocks_that_are_a_little_apart() {
    let key = Key::new("k1", 1);
    let verifier = verifier(&[&key]);
    let now = claims().iat;
    let judged = async |change: fn(&mut Claims, i64)| {
        let mut claims = claims();
        change(&mut claims, now);
        verifier.verify(&key.sign(&claims)).await.err()
    };
    assert_eq!(judged(|_, _| {}).await, None);
    assert_eq!(judged(|claims, now| claims.nbf = now + 30).await, None, "the clock of accounts is ahead");
    assert_eq!(judged(|claims, now| claims.nbf = now + 120).await, Some(TokenError::Invalid));
    assert_eq!(judged(|claims, now| claims.exp = now - 30).await, Some(TokenError::Expired));
}

#[tokio::test]
async fn a_token_is_for_this_platform_by_this_platform() {
    let key = Key::new("k1", 1);
    let verifier = verifier(&[&key]);
    for change in
        [(|claims| claims.iss = "another".to_owned()) as fn(&mut Claims), |claims| claims.aud = "another".to_owned()]
    {
        let mut claims = claims();
        change(&mut claims);
        assert_eq!(verifier.verify(&key.sign(&claims)).await.unwrap_err(), TokenError::Invalid);
    }
}

#[tokio::test]
async fn what_was_verified_is_refused_as_soon_as_it_is_revoked_or_its_key_is_gone() {
    let (key, other) = (Key::new("k1", 1), Key::new("k2", 2));
    let verifier = verifier(&[&key]);
    let token = key.sign(&claims());
    assert!(verifier.verify(&token).await.is_ok());
    verifier.replace_keys(&set(&[&other]));
    assert_eq!(verifier.verify(&token).await.unwrap_err(), TokenError::Invalid);
    verifier.replace_keys(&set(&[&key]));
    assert!(verifier.verify(&token).await.is_ok());
    verifier.revoked().add(Revocation::Session("ses_1".to_owned()));
    assert_eq!(verifier.verify(&token).await.unwrap_err(), TokenError::Revoked);
}

#[tokio::test]
async fn tokens_of_a_signing_key_that_was_retired_at_once_are_revoked() {
    let key = Key::new("k1", 1);
    let verifier = verifier(&[&key]);
    let token = key.sign(&claims());
    assert!(verifier.verify(&token).await.is_ok());
    verifier.revoked().add(Revocation::Session("k1".to_owned()));
    assert_eq!(verifier.verify(&token).await.unwrap_err(), TokenError::Revoked);
}

#[tokio::test]
async fn a_token_of_ours_is_short() {
    let key = Key::new("k1", 1);
    let long = Claims { scope: "x".repeat(5_000), ..claims() };
    assert_eq!(verifier(&[&key]).verify(&key.sign(&long)).await.unwrap_err(), TokenError::Invalid);
}
