//! What browsers and proxies are told of every response, and whom to tell of a vulnerability.

use polyphony_router_it::router::Platform;
use reqwest::{Client, Response, StatusCode};

fn header<'answer>(answer: &'answer Response, name: &str) -> &'answer str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn every_response_says_what_must_not_be_done_with_it() {
    let platform = Platform::start().await;
    let client = Client::new();
    let url = platform.router.url("/graphql");
    let answers = [
        platform.router.post("{ person { name } }").send().await,
        platform.router.post("{ nothing }").send().await,
        platform.router.post("{ person { name } }").bearer_auth("nonsense").send().await,
        platform.router.post(&"x".repeat(2_000_000)).send().await,
        client.get(&url).send().await,
        client.get(platform.router.url("/nothing.txt")).send().await,
    ];
    for answer in answers.map(|answer| answer.expect("an answer")) {
        let status = answer.status();
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{status}");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer", "{status}");
        assert_eq!(header(&answer, "cache-control"), "no-store", "{status}");
        let policy = header(&answer, "content-security-policy");
        assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(header(&answer, "strict-transport-security"), "", "nobody said that it came over TLS");
    }
}

#[tokio::test]
async fn browsers_are_told_to_keep_to_tls_when_a_proxy_of_ours_says_that_they_use_it() {
    let query = "{ person { name } }";
    let trusting = Platform::start_with(&[("TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let answer = trusting.router.post(query).header("x-forwarded-proto", "https").send().await.expect("an answer");
    assert!(header(&answer, "strict-transport-security").starts_with("max-age="));
    let plain = trusting.router.post(query).header("x-forwarded-proto", "http").send().await.expect("an answer");
    assert_eq!(header(&plain, "strict-transport-security"), "");

    let direct = Platform::start().await;
    let answer = direct.router.post(query).header("x-forwarded-proto", "https").send().await.expect("an answer");
    assert_eq!(header(&answer, "strict-transport-security"), "");
}

#[tokio::test]
async fn a_vulnerability_is_reported_to_whom_the_operator_names() {
    let path = "/.well-known/security.txt";
    for (contact, line) in [
        ("security@music.example", "Contact: mailto:security@music.example"),
        ("https://music.example/report", "Contact: https://music.example/report"),
    ] {
        let platform = Platform::start_with(&[("SECURITY_CONTACT", contact)]).await;
        let answer = reqwest::get(platform.router.url(path)).await.expect("an answer");
        assert_eq!((answer.status(), header(&answer, "content-type")), (StatusCode::OK, "text/plain; charset=utf-8"));
        let text = answer.text().await.expect("text");
        assert!(text.lines().any(|each| each == line) && text.contains("Expires: 20"), "{text}");
    }
    for platform in [Platform::start().await, Platform::start_with(&[("SECURITY_CONTACT", "")]).await] {
        let answer = reqwest::get(platform.router.url(path)).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}
