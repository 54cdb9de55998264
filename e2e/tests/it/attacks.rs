//! What somebody might try who means harm, each through the router. Forged and expired tokens are tried in the router's own
//! tests, which have a signing key; refresh tokens in `identity`.

use std::time::{Duration, Instant};

use futures::{StreamExt, future::join_all};
use polyphony_e2e::{Client, Platform, eventually};
use serde_json::{Value, json};

const LOGIN: &str = "mutation($input: LoginInput!) { login(input: $input) { tokens { accessToken } userErrors { code message path } } }";
/// A field of each subgraph that a token opens.
const EVERYWHERE: &str = "{ viewer { id role playlists(first: 1) { totalCount } uploads(first: 1) { totalCount } } }";

/// Waits until the router and, asked past it, every subgraph refuse the token.
async fn refused_everywhere(platform: &Platform, client: &Client) {
    let refused = || async {
        let (status, answer) = client.raw(EVERYWHERE, json!({})).await;
        (status == 401 && answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED").then_some(())
    };
    eventually("the router's refusal", Duration::from_secs(5), refused).await;
    let secrets: Value = serde_json::from_slice(&std::fs::read(platform.data().join("secrets.json")).unwrap()).unwrap();
    let secret = secrets["router_secret"].as_str().unwrap();
    for subgraph in ["accounts", "catalog", "playlists", "media"] {
        let ask = || async {
            let request = reqwest::Client::new()
                .post(format!("{}/graphql", platform.url(subgraph)))
                .header("x-router-secret", secret)
                .bearer_auth(client.token.as_ref().unwrap());
            let answer = request.json(&json!({ "query": "{ __typename }" })).send().await.unwrap();
            (answer.status() == 401).then_some(())
        };
        eventually(subgraph, Duration::from_secs(5), ask).await;
    }
}

#[tokio::test]
async fn a_token_of_a_revoked_session_opens_nothing_and_its_socket_is_closed() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    let mut changes = client.subscribe("subscription { libraryChanged { __typename } }", json!({})).await;
    client.mutate("mutation { logout { ok userErrors { code } } }", json!({})).await;
    let ended = async { while changes.next().await.is_some_and(|frame| frame["errors"].is_null()) {} };
    tokio::time::timeout(Duration::from_secs(5), ended).await.expect("the socket is closed in time");
    refused_everywhere(&platform, &client).await;
}

#[tokio::test]
async fn a_token_of_a_suspended_person_opens_nothing() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    let admin = Client::login(&platform, platform.admin()).await;
    let suspend = "mutation($id: ID!) { setUserSuspended(userId: $id, suspended: true) { userErrors { code } } }";
    admin.mutate(suspend, json!({ "id": client.viewer["user"]["id"] })).await;
    refused_everywhere(&platform, &client).await;
}

#[tokio::test]
async fn a_token_of_a_deleted_person_opens_nothing() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    let delete = "mutation($password: String!) { deleteAccount(password: $password) { ok userErrors { code } } }";
    client.mutate(delete, json!({ "password": client.credentials().1 })).await;
    refused_everywhere(&platform, &client).await;
}

#[tokio::test]
async fn an_api_key_does_what_its_scopes_say_until_it_is_revoked() {
    let platform = Platform::shared();
    let owner = Client::creator(&platform).await;
    let create = "mutation($scopes: [String!]!) { createApiKey(name: \"test\", scopes: $scopes) {
        apiKey { id } secret userErrors { code } } }";
    let reading = owner.mutate(create, json!({ "scopes": ["read"] })).await;
    let key = owner.with_token(reading["secret"].as_str().unwrap());
    assert_eq!(key.query("{ viewer { id } }", json!({})).await["viewer"]["id"], owner.viewer["id"]);
    for mutation in [
        "mutation { createPlaylist(input: { title: \"x\" }) { userErrors { code } } }",
        "mutation { createUpload(input: { filename: \"a.flac\", sizeBytes: 1000 }) { userErrors { code } } }",
        "mutation { updateProfile(input: { displayName: \"x\" }) { userErrors { code } } }",
    ] {
        assert_eq!(key.refusals(mutation, json!({})).await, ["FORBIDDEN"], "{mutation}");
    }
    let writing = owner.mutate(create, json!({ "scopes": ["write"] })).await;
    let key = owner.with_token(writing["secret"].as_str().unwrap());
    key.mutate("mutation { createPlaylist(input: { title: \"x\" }) { userErrors { code } } }", json!({})).await;
    let upload = "mutation { createUpload(input: { filename: \"a.flac\", sizeBytes: 1000 }) { userErrors { code } } }";
    assert_eq!(key.refusals(upload, json!({})).await, ["FORBIDDEN"], "it lacks `upload`");

    let revoke = "mutation($id: ID!) { revokeApiKey(id: $id) { ok userErrors { code } } }";
    owner.mutate(revoke, json!({ "id": writing["apiKey"]["id"] })).await;
    let refused = || async {
        let (status, _) = key.raw("{ viewer { id } }", json!({})).await;
        (status == 401).then_some(())
    };
    eventually("the key's refusal", Duration::from_secs(5), refused).await;
    let made_up = owner.with_token("ppk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(made_up.raw("{ viewer { id } }", json!({})).await.0, 401);
}

#[tokio::test]
async fn nobody_learns_which_addresses_have_accounts() {
    let platform = Platform::shared();
    let known = Client::register(&platform, "ear").await;
    let nobody = Client::anonymous(&platform);
    let wrong = |email: &str| json!({ "input": { "email": email, "password": "certainly wrong" } });
    let (email, _) = known.credentials();
    let (unknown, reset) =
        (format!("no-{email}"), "mutation($e: String!) { requestPasswordReset(email: $e) { ok userErrors { code } } }");
    assert_eq!(nobody.raw(LOGIN, wrong(&email)).await, nobody.raw(LOGIN, wrong(&unknown)).await);
    assert_eq!(nobody.raw(reset, json!({ "e": email })).await, nobody.raw(reset, json!({ "e": unknown })).await);

    // Nor by how long it takes: where there is no account a password is checked all the same, asked in turn here.
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..9 {
        for (email, times) in [&email, &unknown].into_iter().zip(&mut times) {
            let asked = Instant::now();
            nobody.raw(LOGIN, wrong(email)).await;
            times.push(asked.elapsed().as_secs_f64());
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    assert!((0.5..2.0).contains(&(known / unknown)), "{known} s and {unknown} s");
}

#[tokio::test]
async fn a_password_cannot_be_guessed_for_long() {
    let platform = Platform::shared();
    let victim = Client::register(&platform, "ear").await;
    let nobody = Client::anonymous(&platform);
    let (email, _) = victim.credentials();
    let guess = |password: String| {
        let (nobody, email) = (&nobody, &email);
        async move { nobody.raw(LOGIN, json!({ "input": { "email": email, "password": password } })).await.1 }
    };
    let answers = join_all((0..75).map(|number| guess(format!("guess {number}")))).await;
    let limited: Vec<_> =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED").collect();
    assert!(limited.len() >= 5, "{} of 75 guesses were let through", 75 - limited.len());
    assert!(limited[0]["errors"][0]["extensions"]["retryAfterMs"].as_u64().is_some_and(|ms| ms > 0));
    // Other accounts are not locked out.
    assert_eq!(
        nobody.refusals(LOGIN, json!({ "input": { "email": format!("x{email}"), "password": "x" } })).await,
        ["INVALID_CREDENTIALS"]
    );
}

#[tokio::test]
async fn a_password_that_is_right_is_no_guess() {
    let platform = Platform::shared();
    let person = Client::register(&platform, "ear").await;
    let (email, password) = person.credentials();
    let nobody = Client::anonymous(&platform);
    for _ in 0..16 {
        join_all((0..5).map(|_| async {
            let variables = json!({ "input": { "email": email, "password": password } });
            assert_eq!(nobody.refusals(LOGIN, variables).await, [""; 0]);
        }))
        .await;
    }
}

#[tokio::test]
async fn aliases_and_batches_are_no_way_around() {
    let platform = Platform::shared();
    let victim = Client::register(&platform, "ear").await;
    let (email, _) = victim.credentials();
    let guesses: Vec<String> = (0..40)
        .map(|n| {
            format!("a{n}: login(input: {{ email: \"{email}\", password: \"guess {n}\" }}) {{ userErrors {{ code }} }}")
        })
        .collect();
    let nobody = Client::anonymous(&platform);
    let flood = format!("mutation {{ {} }}", guesses.join(" "));
    nobody.raw(&flood, json!({})).await;
    let (_, answer) = nobody.raw(&flood, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED", "{answer:#}");
    assert!(answer["data"].is_null(), "none was tried");

    let one = json!({ "query": "{ viewer { id } }" });
    let batch = reqwest::Client::new().post(format!("{}/graphql", platform.url("router"))).json(&[&one, &one]);
    assert!(batch.send().await.unwrap().status().is_client_error());
}

#[tokio::test]
async fn a_form_on_another_site_changes_nothing() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    let body = json!({ "query": "mutation { createPlaylist(input: { title: \"forged\" }) { userErrors { code } } }" });
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = reqwest::Client::new()
            .post(format!("{}/graphql", platform.url("router")))
            .bearer_auth(client.token.as_ref().unwrap())
            .header("content-type", kind)
            .body(body.to_string());
        assert!(request.send().await.unwrap().status().is_client_error(), "{kind}");
    }
    let seen = client.query("{ viewer { playlists(first: 5) { totalCount } } }", json!({})).await;
    assert_eq!(seen["viewer"]["playlists"]["totalCount"], json!(0));
}

#[tokio::test]
async fn headers_that_a_client_may_not_set_are_not_believed() {
    let platform = Platform::shared();
    let url = format!("{}/graphql", platform.url("router"));
    let handle = format!("ear{}", polyphony_e2e::unique());
    let input = json!({ "email": format!("{handle}@example.org"), "password": polyphony_e2e::unique(),
        "handle": handle, "displayName": "Ear" });
    let register = "mutation($i: RegisterInput!) { register(input: $i) { tokens { accessToken } } }";
    let request = reqwest::Client::new()
        .post(&url)
        .header("x-forwarded-for", "203.0.113.66")
        .header("x-real-ip", "203.0.113.66")
        .header("forwarded", "for=203.0.113.66")
        .json(&json!({ "query": register, "variables": { "i": input } }));
    let registered: Value = request.send().await.unwrap().json().await.unwrap();
    let token = registered["data"]["register"]["tokens"]["accessToken"].as_str().unwrap();
    let ask = |name: &'static str, value: &'static str| {
        let query = "{ viewer { sessions { ipAddress } rateLimit { limit remaining } users: id } }";
        let request = reqwest::Client::new().post(&url).bearer_auth(token).header(name, value);
        request.json(&json!({ "query": query })).send()
    };
    for (name, value) in [("x-router-secret", "guessed"), ("x-request-budget", "9 9 9"), ("x-viewer-role", "ADMIN")] {
        let answer: Value = ask(name, value).await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["viewer"]["sessions"][0]["ipAddress"], "127.0.0.1", "{answer:#}");
        assert!(answer["data"]["viewer"]["rateLimit"]["limit"].as_i64().is_some_and(|limit| limit > 9), "{answer:#}");
    }
}

#[tokio::test]
async fn two_people_with_the_same_query_two_thousand_times_never_see_each_other() {
    let platform = Platform::shared();
    let (one, other) = (Client::register(&platform, "one").await, Client::register(&platform, "other").await);
    // 1,000 times each, as fast as the limits allow: who is told to wait does.
    for _ in 0..10 {
        join_all((0..200).map(|turn| {
            let client = if turn % 2 == 0 { &one } else { &other };
            async move {
                loop {
                    let (_, answer) = client.raw("{ viewer { id email } }", json!({})).await;
                    if let Some(wait) = answer["errors"][0]["extensions"]["retryAfterMs"].as_u64() {
                        tokio::time::sleep(Duration::from_millis(wait)).await;
                        continue;
                    }
                    assert_eq!(answer["data"]["viewer"]["id"], client.viewer["id"], "{answer:#}");
                    return;
                }
            }
        }))
        .await;
    }
}

#[tokio::test]
async fn a_query_that_would_come_to_too_much_is_refused() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    let query = "{ artists(first: 100) { edges { node { albums(first: 100) { edges { node {
        tracks(first: 100) { edges { node { id } } } } } } } } } }";
    let (_, answer) = client.raw(query, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "COST_ESTIMATED_TOO_EXPENSIVE", "{answer:#}");
    let usual =
        "{ albums(first: 20) { edges { node { id tracks(first: 50) { edges { node { id artists { id } } } } } } } }";
    assert!(client.raw(usual, json!({})).await.1["errors"].is_null());
}
