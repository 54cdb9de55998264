//! The web player at the address that `up` prints: its page, its files, and what the page may fetch from.

use polyphony_e2e::{Client, Platform};
use reqwest::{Method, Response, StatusCode};

async fn get(client: &Client, url: &str) -> Response {
    client.http(Method::GET, url, Vec::new()).await
}

fn header<'answer>(answer: &'answer Response, name: &str) -> &'answer str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

/// The addresses of scripts and styles in a page.
fn files(page: &str) -> Vec<&str> {
    let named = page.split(['"', '\'']).filter(|text| text.starts_with("/assets/"));
    named.collect()
}

#[tokio::test]
async fn the_player_is_served_with_all_that_its_page_names() {
    let platform = Platform::shared();
    let client = Client::anonymous(&platform);
    let player = platform.address("player");
    let page = get(&client, &format!("{player}/")).await;
    assert_eq!(page.status(), StatusCode::OK, "cargo xtask test builds the player");
    let policy = header(&page, "content-security-policy").to_owned();
    assert!(policy.contains(&platform.address("media")) && !policy.contains("unsafe-inline"), "{policy}");
    let text = page.text().await.expect("text");
    assert!(!files(&text).is_empty(), "{text}");
    for file in files(&text) {
        let answer = get(&client, &format!("{player}{file}")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{file}");
        assert!(header(&answer, "cache-control").contains("immutable"), "{file}");
    }
    assert_eq!(get(&client, &format!("{player}/album/alb_1")).await.text().await.expect("text"), text);
    assert_eq!(get(&client, &format!("{player}/assets/none.js")).await.status(), StatusCode::NOT_FOUND);
}
