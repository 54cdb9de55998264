//! The web player beside the API: what is a page, what is not, and that neither is ever the other.

use std::fs;

use polyphony_router_it::router::Platform;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::json;
use tempfile::TempDir;

const PAGE: &str = "<!doctype html><title>Polyphony</title>";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A built player.
fn player() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("index.html", PAGE);
    write("assets/app-1.js", "code");
    write("assets/app-1.js.br", "br");
    write("graphiql/index.html", "GraphiQL");
    write("graphiql/assets/editor-1.js", "editor");
    write("persisted_queries.json", r#"{"0a1b": "{ person { name } }"}"#);
    folder
}

async fn serving(folder: &TempDir, more: &[(&str, &str)]) -> Platform {
    let folder = folder.path().to_str().expect("a path");
    Platform::start_with(&[&[("WEB_DIR", folder)], more].concat()).await
}

async fn ask(platform: &Platform, method: Method, path: &str, accept: &str) -> Response {
    let request = Client::new().request(method, platform.router.url(path)).header("accept", accept);
    request.send().await.expect("an answer")
}

fn header<'answer>(answer: &'answer Response, name: &str) -> &'answer str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn screens_are_answered_with_the_page_and_missing_files_are_not() {
    let folder = player();
    let more = [("MEDIA_PUBLIC_URL", "https://media.example/x"), ("S3_PUBLIC_ENDPOINT", "http://127.0.0.1:4190")];
    let platform = serving(&folder, &more).await;
    for path in ["/", "/album/alb_1?tab=lyrics", "/join/ABC-123"] {
        let answer = ask(&platform, Method::GET, path, BROWSER).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&answer, "cache-control"), "no-cache");
        assert_eq!(answer.headers().get_all("x-content-type-options").iter().count(), 1);
        let policy = header(&answer, "content-security-policy");
        assert!(policy.contains("connect-src 'self' https://media.example http://127.0.0.1:4190;"), "{policy}");
        assert_eq!(answer.text().await.expect("text"), PAGE);
    }
    for path in ["/none.js", "/assets/none", "/persisted_queries.json", "/metrics", "/health/live", "/x/../graphql%2f"]
    {
        assert_eq!(ask(&platform, Method::GET, path, BROWSER).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(ask(&platform, Method::POST, "/", BROWSER).await.status(), StatusCode::NOT_FOUND);

    let head = ask(&platform, Method::HEAD, "/", BROWSER).await;
    assert_eq!(header(&head, "content-length"), PAGE.len().to_string());
    let tag = header(&head, "etag").to_owned();
    let known = Client::new().get(platform.router.url("/")).header("if-none-match", tag).send().await;
    assert_eq!(known.expect("an answer").status(), StatusCode::NOT_MODIFIED);
    let encoded =
        Client::new().get(platform.router.url("/assets/app-1.js")).header("accept-encoding", "br").send().await;
    let encoded = encoded.expect("an answer");
    assert_eq!((header(&encoded, "content-encoding"), header(&encoded, "content-length")), ("br", "2"));
    assert!(header(&encoded, "cache-control").ends_with("immutable"));
}

#[tokio::test]
async fn no_spelling_of_the_api_is_a_page_and_no_page_is_executed() {
    let folder = player();
    let platform = serving(&folder, &[]).await;
    let query = "?query=%7Bperson%7Bname%7D%7D";
    for path in ["/graphql/", "//graphql", "/%67raphql", "/GRAPHQL", "/graphql/x", "/graphql/0a1b", "/graphql%2f"] {
        for method in [Method::GET, Method::HEAD, Method::POST] {
            let answer = ask(&platform, method.clone(), &format!("{path}{query}"), BROWSER).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
    assert_eq!(
        ask(&platform, Method::GET, &format!("/{query}"), "application/json").await.text().await.expect("text"),
        PAGE
    );
    assert!(platform.accounts.executed.lock().expect("the queries").is_empty());
}

#[tokio::test]
async fn graphiql_is_there_for_browsers_in_development_alone() {
    let folder = player();
    let platform = serving(&folder, &[]).await;
    let page = ask(&platform, Method::GET, "/graphql", BROWSER).await;
    let policy = header(&page, "content-security-policy").to_owned();
    assert!(policy.contains("script-src 'self';") && !policy.contains("http"), "{policy}");
    assert_eq!(page.text().await.expect("text"), "GraphiQL");
    assert_eq!(ask(&platform, Method::GET, "/graphiql/assets/editor-1.js", "*/*").await.status(), StatusCode::OK);
    let query = ask(&platform, Method::GET, "/graphql?query=%7Bperson%7Bname%7D%7D", "application/json").await;
    assert!(query.text().await.expect("text").contains("Ada"));

    let platform = serving(&folder, &[("POLYPHONY_ENV", "production")]).await;
    assert_ne!(ask(&platform, Method::GET, "/graphql", BROWSER).await.text().await.expect("text"), "GraphiQL");
    let file = ask(&platform, Method::GET, "/graphiql/assets/editor-1.js", "*/*").await;
    assert_eq!(file.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn files_are_counted_per_network_and_apart_from_operations() {
    let folder = player();
    let platform = serving(&folder, &[("RATE_LIMIT_FILE", "1/3"), ("PRIVATE_SERVER", "true")]).await;
    for _ in 0..3 {
        assert_eq!(ask(&platform, Method::GET, "/", BROWSER).await.status(), StatusCode::OK);
    }
    let refused = ask(&platform, Method::GET, "/", BROWSER).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(header(&refused, "retry-after").parse::<u64>().is_ok_and(|seconds| (1..=60).contains(&seconds)));
    let answer = platform.router.post("{ __typename }").send().await.expect("an answer");
    assert_ne!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_players_documents_are_known_by_their_ids() {
    let folder = player();
    let only = [("POLYPHONY_ENV", "production"), ("PERSISTED_DOCUMENTS_ONLY", "true")];
    let platform = serving(&folder, &only).await;
    let known = Client::new().post(platform.router.url("/graphql")).json(&json!({ "documentId": "0a1b" })).send().await;
    assert!(known.expect("an answer").text().await.expect("text").contains("Ada"));
    let other = platform.router.query("{ person { name } }").await;
    assert!(other["errors"].is_array() && other["data"].is_null(), "{other}");
}
