//! What is too much.

use polyphony_router_it::{
    client::{code, json_of},
    router::Platform,
};
use serde_json::json;

#[tokio::test]
async fn a_query_may_be_deep_but_not_without_end() {
    let platform = Platform::start().await;
    let nested =
        |levels: usize| format!("{{ person {{ {} name {} }} }}", "friend {".repeat(levels), "}".repeat(levels));
    let deep = platform.router.query(&nested(12)).await;
    assert_eq!(deep.get("errors"), None);
    for levels in [30, 45, 100, 20_000] {
        let refused = platform.router.query(&nested(levels)).await;
        assert!(refused["errors"].is_array() && refused.get("data").is_none(), "{levels} levels: {refused}");
    }
    let hidden = "{ person { ...a } } fragment a on Person { friend { friend { friend { friend { ...b } } } } } \
                  fragment b on Person { friend { friend { friend { friend { ...c } } } } } \
                  fragment c on Person { friend { friend { friend { friend { friend { friend { name } } } } } } }";
    assert_eq!(code(&platform.router.query(hidden).await), "MAX_DEPTH_EXCEEDED");
    assert_eq!(platform.router.query("{ person { name } }").await["data"]["person"]["name"], "Ada");
}

#[tokio::test]
async fn a_body_may_be_long_but_not_two_megabytes() {
    let platform = Platform::start().await;
    let query = format!("{{ person {{ name }} }} # {}", "x".repeat(2_000_000));
    let answer = platform.router.post(&query).send().await.expect("an answer");
    assert_eq!(answer.status(), 413);
    assert!(code(&json_of(answer).await).starts_with("PAYLOAD_TOO_LARGE"));

    let long = format!("{{ person {{ name }} }} # {}", "x".repeat(900_000));
    assert_eq!(platform.router.query(&long).await["data"]["person"]["name"], "Ada");
}

#[tokio::test]
async fn aliases_tokens_and_directives_are_counted() {
    let platform = Platform::start().await;
    let aliases: Vec<_> = (0..60).map(|number| format!("a{number}: person {{ name }}")).collect();
    let aliases = format!("{{ {} }}", aliases.join(" "));
    assert_eq!(code(&platform.router.query(&aliases).await), "MAX_ALIASES_EXCEEDED");
    let fields = "name ".repeat(6_000);
    assert_eq!(code(&platform.router.query(&format!("{{ person {{ {fields} }} }}")).await), "TOKEN_LIMIT_EXCEEDED");
    let directives = "@include(if: true) ".repeat(60);
    let directives = platform.router.query(&format!("{{ person {directives} {{ name }} }}")).await;
    assert!(directives["errors"].is_array());
}

#[tokio::test]
async fn introspection_is_for_development() {
    let introspection =
        "{ __schema { types { fields { type { ofType { ofType { ofType { ofType { name } } } } } } } } }";
    let development = Platform::start().await;
    assert!(development.router.query(introspection).await["data"]["__schema"].is_object());

    let production = Platform::start_with(&[("POLYPHONY_ENV", "production")]).await;
    assert_eq!(code(&production.router.query(introspection).await), "INTROSPECTION_DISABLED");
}

#[tokio::test]
async fn sockets_beyond_the_limit_are_turned_away() {
    let platform = Platform::start_with(&[("MAX_LONG_LIVED_CLIENTS", "1")]).await;
    let held = platform.router.socket(&[], json!({})).await;
    let url = format!("ws://{}/graphql", platform.router.address);
    let refused = tokio_tungstenite::connect_async(url).await.expect_err("no second socket");
    assert!(refused.to_string().contains("503"), "{refused}");
    held.close().await;
}
