//! A server that can be read by whoever is signed in, and by nobody else.

use polyphony_router_it::{
    client::{code, json_of},
    router::Platform,
};
use serde_json::json;

async fn private() -> Platform {
    Platform::start_with(&[("PRIVATE_SERVER", "true")]).await
}

#[tokio::test]
async fn without_signing_in_only_public_fields_are_executed() {
    let platform = private().await;
    let login = r#"mutation { login(input: { email: "a@b.c", password: "x" }) }"#;
    for query in ["{ server }", "{ __typename }", "{ a: server __typename }", login] {
        let result = platform.router.query(query).await;
        assert!(result.get("errors").is_none(), "{query}: {result}");
    }
    let before = platform.accounts.executed.lock().expect("the queries").len();
    for query in [
        "{ person { name } }",
        "{ titles }",
        "{ server person { name } }",
        "{ server: person { name } }",
        "{ ...a } fragment a on Query { person { name } }",
        "{ ... on Query { person { name } } }",
        "query A { server } query B { person { name } }",
        "mutation { logout }",
        "{ __schema { types { name } } }",
        "{ server __type(name: \"Person\") { name } }",
        "{ ...a } fragment a on Query { __schema { types { name } } }",
    ] {
        let body = json!({ "query": query, "operationName": query.contains("query B").then_some("B") });
        let request = reqwest::Client::new().post(platform.router.url("/graphql")).json(&body);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_client_error(), "{query}: {}", answer.status());
        let result = json_of(answer).await;
        assert_eq!(code(&result), "UNAUTHENTICATED", "{query}: {result}");
        assert!(result.get("data").is_none_or(serde_json::Value::is_null), "{query}: {result}");
    }
    assert_eq!(platform.accounts.executed.lock().expect("the queries").len(), before);
}

#[tokio::test]
async fn who_is_signed_in_reads_as_ever() {
    let platform = private().await;
    let token = platform.key.token("usr_1");
    assert_eq!(platform.router.query_as(&token, "{ person { name } }").await["data"]["person"]["name"], "Ada");
    assert!(platform.router.query_as(&token, "{ __schema { types { name } } }").await["data"].is_object());
    let refused = platform.router.query_as("nonsense", "{ person { name } }").await;
    assert_eq!(code(&refused), "UNAUTHENTICATED");
}

#[tokio::test]
async fn subscriptions_are_private_over_every_transport() {
    let platform = private().await;
    let heard = r#"subscription { heard(name: "accept", every: 20) { count } }"#;
    let mut socket = platform.router.socket(&[], json!({})).await;
    socket.subscribe("1", heard).await;
    let refused = socket.hear().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "UNAUTHENTICATED", "{refused}");
    let answer = platform.router.post(heard).header("accept", "text/event-stream").send().await.expect("an answer");
    let text = answer.text().await.expect("a body");
    assert!(text.contains("UNAUTHENTICATED") && !text.contains("count"), "{text}");

    let bearer = format!("Bearer {}", platform.key.token("usr_1"));
    let mut socket = platform.router.socket(&[], json!({ "Authorization": bearer })).await;
    socket.subscribe("1", heard).await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn an_open_server_is_read_by_everybody() {
    let platform = Platform::start().await;
    assert_eq!(platform.router.query("{ person { name } }").await["data"]["person"]["name"], "Ada");
}
