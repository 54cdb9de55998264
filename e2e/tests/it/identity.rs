//! Nobody ever sees another's answers, and made-up tokens open nothing.

use futures::{StreamExt, future::join_all};
use polyphony_e2e::{Client, Platform, upload};
use serde_json::json;

#[tokio::test]
async fn two_people_with_the_same_query_at_once_each_see_themselves() {
    let platform = Platform::shared();
    let (one, other) = (Client::register(&platform, "one").await, Client::register(&platform, "other").await);
    for _ in 0..10 {
        let asked = (0..50).map(|turn| {
            let client = if turn % 2 == 0 { &one } else { &other };
            async move { (client, client.query("{ viewer { id email } }", json!({})).await) }
        });
        for (client, data) in join_all(asked).await {
            assert_eq!(data["viewer"]["id"], client.viewer["id"]);
        }
    }
}

#[tokio::test]
async fn a_subscription_shows_only_to_whom_it_belongs() {
    let platform = Platform::shared();
    let (owner, stranger) = (Client::creator(&platform).await, Client::creator(&platform).await);
    let begun = upload::begin(&owner, "mine.flac", b"not yet complete", json!({})).await;
    let query = "subscription($upload: ID!) { uploadChanged(uploadId: $upload) { id state } }";
    let variables = json!({ "upload": begun.id });
    let (mut mine, mut theirs) =
        tokio::join!(owner.subscribe(query, variables.clone()), stranger.subscribe(query, variables));
    let first = mine.next().await.expect("the owner's first frame");
    assert_eq!(first["data"]["uploadChanged"]["id"], begun.id, "{first:#}");
    let refused = theirs.next().await;
    assert!(refused.as_ref().is_none_or(|frame| frame["data"]["uploadChanged"]["id"].is_null()), "{refused:#?}");
}

#[tokio::test]
async fn made_up_tokens_open_nothing() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    let token = client.token.clone().unwrap();
    let (header_and_claims, signature) = token.rsplit_once('.').unwrap();
    let (_, claims) = header_and_claims.split_once('.').unwrap();
    // {"alg":"none","typ":"at+jwt"} and {"alg":"HS256","typ":"at+jwt"}
    let (none, hs256) = ("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0", "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9");
    let swapped: String = signature.chars().rev().collect();
    let tokens = [
        "nonsense".to_owned(),
        format!("{none}.{claims}."),
        format!("{hs256}.{claims}.{signature}"),
        format!("{header_and_claims}.{swapped}"),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.".to_owned(),
    ];
    for token in tokens {
        let (status, answer) = client.with_token(&token).raw("{ viewer { id } }", json!({})).await;
        assert!(answer["errors"].is_array() && answer["data"]["viewer"].is_null(), "{token}: {status} {answer:#}");
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_for_one_successor() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    let refresh = "mutation($token: String!) { refreshTokens(refreshToken: $token) { tokens { accessToken refreshToken } userErrors { code } } }";
    let anonymous = Client::anonymous(&platform);
    let first = client.tokens["refreshToken"].clone();
    let second = anonymous.mutate(refresh, json!({ "token": first })).await["tokens"].clone();
    let third = anonymous.mutate(refresh, json!({ "token": second["refreshToken"] })).await["tokens"].clone();
    let refreshed = client.with_token(third["accessToken"].as_str().unwrap());
    assert_eq!(refreshed.query("{ viewer { id } }", json!({})).await["viewer"]["id"], client.viewer["id"]);
    assert_eq!(anonymous.refusals(refresh, json!({ "token": first })).await, ["TOKEN_REUSED"]);
    assert!(
        !anonymous.refusals(refresh, json!({ "token": third["refreshToken"] })).await.is_empty(),
        "the session is revoked"
    );
}
