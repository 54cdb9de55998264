//! What a client learns when something is wrong behind the router.

use polyphony_router_it::{client::code, router::Platform};
use serde_json::json;

#[tokio::test]
async fn what_the_others_own_comes_back_without_a_subgraph() {
    let mut platform = Platform::start().await;
    let query = "{ person { name favourite { id title } } }";
    assert_eq!(platform.router.query(query).await["data"]["person"]["favourite"]["title"], "Here");

    let address = platform.catalog.take().expect("a catalog").address;
    let result = platform.router.query(query).await;
    let person = json!({ "name": "Ada", "favourite": { "id": "t1", "title": null } });
    assert_eq!(result["data"]["person"], person, "{result}");
    assert_eq!(code(&result), "UNAVAILABLE", "{result}");
    assert!(!result.to_string().contains(&address.port().to_string()), "{result}");
}

#[tokio::test]
async fn messages_meant_for_clients_pass_and_others_do_not() {
    let platform = Platform::start_with(&[("POLYPHONY_ENV", "production")]).await;
    let limited = platform.router.query("{ limited }").await;
    assert_eq!(limited["errors"][0]["message"], "Slow down.");
    assert_eq!(code(&limited), "RATE_LIMITED");
    assert_eq!(limited["errors"][0]["extensions"]["retryAfterMs"], 1_500);

    let broken = platform.router.query("{ broken }").await;
    assert_eq!(broken["errors"][0]["message"], "Something went wrong.");
}

#[tokio::test]
async fn mistakes_in_a_query_are_named() {
    let platform = Platform::start().await;
    let unknown_variable = "query($a: String!) { header(name: $b) }";
    let missing_variable = "query($a: String!) { header(name: $a) }";
    for query in ["{ nothing }", "{ person { name }", "", unknown_variable, missing_variable] {
        let result = platform.router.query(query).await;
        assert_eq!(code(&result), "BAD_USER_INPUT", "{query}: {result}");
    }
}
