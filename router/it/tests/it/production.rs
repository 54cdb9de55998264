//! What `POLYPHONY_ENV=production` switches.

use futures::future::join_all;
use polyphony_router_it::{client::json_of, router::Platform};
use reqwest::StatusCode;
use serde_json::Value;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest},
};

async fn production(more: &[(&str, &str)]) -> Platform {
    Platform::start_with(&[&[("POLYPHONY_ENV", "production")], more].concat()).await
}

#[tokio::test]
async fn a_wrong_query_tells_nothing_of_the_schema() {
    let platform = production(&[]).await;
    let queries = ["{ persom { name } }", "{ person }", "{ person { nam } }", "{ header }", "{ header(nam: \"x\") }"];
    let answers = join_all(queries.map(|query| platform.router.query(query))).await;
    for (query, answer) in queries.iter().zip(answers) {
        let text = answer.to_string();
        let tells = ["Did you mean", "type \\\"", "Query", "person", "name", "String", "selection"];
        assert!(!tells.iter().any(|word| text.contains(word)), "{query}: {text}");
    }
    let schema = platform.router.query("{ __schema { types { name } } }").await;
    assert!(schema["errors"].is_array() && schema["data"].is_null(), "{schema}");
    let named = platform.router.query("{ __type(name: \"Query\") { name } }").await;
    assert_eq!(named, serde_json::json!({ "data": { "__type": null } }));
    let many = platform.router.query("{ a b c __typename @d @e @f }").await;
    assert_eq!(many["errors"].as_array().map(Vec::len), Some(1), "{many}");
    let page = reqwest::Client::new().get(platform.router.url("/graphql")).header("accept", "text/html").send().await;
    assert!(!page.expect("an answer").text().await.expect("a body").contains("<html"));
}

#[tokio::test]
async fn a_form_of_another_site_executes_nothing() {
    for (platform, is_production) in [(production(&[]).await, true), (Platform::start().await, false)] {
        let body = r#"{"query":"{ person { name } }"}"#;
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let request = reqwest::Client::new().post(platform.router.url("/graphql")).header("content-type", kind);
            let answer = request.body(body).send().await.expect("an answer");
            assert!(answer.status().is_client_error(), "{kind}: {}", answer.status());
        }
        let bare = reqwest::Client::new().post(platform.router.url("/graphql")).body(body).send().await;
        assert!(bare.expect("an answer").status().is_client_error());
        if is_production {
            let url = platform.router.url("/graphql?query={person{name}}");
            assert_eq!(reqwest::get(&url).await.expect("an answer").status(), 403, "a link, an image");
        }
        let list = reqwest::Client::new().post(platform.router.url("/graphql")).json(&[body, body]).send().await;
        assert!(list.expect("an answer").status().is_client_error(), "batches are not taken");
    }
}

#[tokio::test]
async fn only_listed_sites_open_sockets_and_read_answers() {
    let platform = production(&[("CORS_ORIGINS", "https://music.example")]).await;
    for (origin, admitted) in
        [(None, true), (Some("https://music.example"), true), (Some("https://evil.example"), false)]
    {
        let mut request = format!("ws://{}/graphql", platform.router.address).into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a header"));
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().expect("a header"));
        }
        let status = match connect_async(request).await {
            Ok(_) => StatusCode::SWITCHING_PROTOCOLS.as_u16(),
            Err(Error::Http(answer)) => answer.status().as_u16(),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(status, if admitted { 101 } else { 403 }, "{origin:?}");
    }
    let answer = platform.router.post("{ person { name } }").header("origin", "https://evil.example").send().await;
    let allowed = answer.expect("an answer").headers().get("access-control-allow-origin").cloned();
    assert!(allowed.is_none_or(|value| value == "null" || value.is_empty()));
}

#[tokio::test]
async fn only_known_documents_are_executed_where_that_is_wanted() {
    let mut documents = tempfile::NamedTempFile::with_suffix(".json").expect("a temporary file");
    std::io::Write::write_all(&mut documents, br#"{ "one": "{ person { name } }" }"#).expect("written");
    let path = documents.path().to_str().expect("a path");
    let platform = production(&[("PERSISTED_DOCUMENTS", path), ("PERSISTED_DOCUMENTS_ONLY", "true")]).await;
    let request = reqwest::Client::new().post(platform.router.url("/graphql"));
    let known = request.json(&serde_json::json!({ "documentId": "one" })).send().await.expect("an answer");
    assert_eq!(json_of(known).await["data"]["person"]["name"], "Ada");
    let by_path =
        reqwest::Client::new().post(platform.router.url("/graphql/one")).json(&serde_json::json!({})).send().await;
    assert_eq!(json_of(by_path.expect("an answer")).await["data"]["person"]["name"], "Ada");
    for path in ["/graphql/", "/graphql/one/two", "/graphql/%6fne"] {
        let answer = reqwest::Client::new().post(platform.router.url(path)).json(&serde_json::json!({})).send().await;
        assert_eq!(answer.expect("an answer").status(), StatusCode::NOT_FOUND, "{path}");
    }
    let other: Value = platform.router.query("{ person { name } }").await;
    assert!(other["errors"].is_array() && other["data"].is_null(), "{other}");
}
