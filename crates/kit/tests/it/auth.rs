//! Tokens that must not be accepted, each made as an attacker would.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use polyphony_kit::{Role, auth::TokenError};
use polyphony_revocations::Revocation;
use polyphony_testkit::{Keys, keys::viewer};
use serde_json::{Value, json};

fn forged(header: &Value, of: &str, signature: &str) -> String {
    let claims = of.split('.').nth(1).unwrap();
    format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[tokio::test]
async fn a_token_of_ours_names_its_viewer() {
    let keys = Keys::new();
    let somebody = viewer(Role::Creator);
    assert_eq!(keys.verifier().verify(&keys.token(&somebody)).await.unwrap(), somebody);
}

#[tokio::test]
async fn tokens_that_are_not_ours_are_refused() {
    let keys = Keys::new();
    let verifier = keys.verifier();
    let token = keys.token(&viewer(Role::Admin));
    let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
    let signature = token.rsplit('.').next().unwrap().to_owned();
    #[expect(clippy::disallowed_methods, reason = "tokens are checked against the machine's clock")]
    let now = Utc::now();
    let other_signature = Keys::new().token(&viewer(Role::Admin)).rsplit('.').next().unwrap().to_owned();
    let attacks = [
        ("nonsense", "nonsense".to_owned()),
        ("alg none", forged(&json!({ "alg": "none", "typ": "at+jwt", "kid": kid }), &token, "")),
        ("alg HS256", forged(&json!({ "alg": "HS256", "typ": "at+jwt", "kid": kid }), &token, &signature)),
        ("another typ", forged(&json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid }), &token, &signature)),
        ("no kid", forged(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &token, &signature)),
        (
            "a foreign kid",
            forged(&json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "../../etc/passwd" }), &token, &signature),
        ),
        ("another key's token", Keys::new().token(&viewer(Role::Admin))),
        ("another key's signature", format!("{}.{other_signature}", token.rsplit_once('.').unwrap().0)),
        ("expired", keys.token_at(&viewer(Role::Admin), now - TimeDelta::hours(1))),
        ("not yet valid", keys.token_at(&viewer(Role::Admin), now + TimeDelta::hours(1))),
    ];
    for (attack, token) in attacks {
        assert!(matches!(verifier.verify(&token).await, Err(TokenError::Invalid)), "{attack} was accepted");
    }
}

#[tokio::test]
async fn what_is_revoked_is_refused_and_nothing_else() {
    let keys = Keys::new();
    let verifier = keys.verifier();
    let (ended, demoted, other) = (viewer(Role::Creator), viewer(Role::Admin), viewer(Role::Listener));
    verifier.revoked().add(Revocation::Session(ended.session.to_string()));
    verifier.revoked().add(Revocation::User { id: demoted.user.to_string(), version: 1 });
    for viewer in [&ended, &demoted] {
        assert!(matches!(verifier.verify(&keys.token(viewer)).await, Err(TokenError::Invalid)));
    }
    assert_eq!(verifier.verify(&keys.token(&other)).await.unwrap(), other);
}

#[tokio::test]
async fn no_authorization_is_nobody_and_another_scheme_is_refused() {
    let verifier = Keys::new().verifier();
    assert_eq!(verifier.verify_header(None).await.unwrap(), None);
    assert!(verifier.verify_header(Some("Basic dXNlcjpwYXNz")).await.is_err());
    assert!(verifier.verify_header(Some("Bearer")).await.is_err());
}

#[tokio::test]
async fn only_the_exact_secret_is_the_routers() {
    let verifier = Keys::new().verifier();
    assert!(verifier.is_router(Some(polyphony_testkit::keys::ROUTER_SECRET)));
    assert!(!verifier.is_router(Some("the router's secret in test")));
    assert!(!verifier.is_router(Some("")));
    assert!(!verifier.is_router(None));
}
