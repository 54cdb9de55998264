//! Who is believed, and who is not.

use futures::future::join_all;
use polyphony_router_it::{
    client::{code, json_of},
    router::Platform,
    tokens::{Key, claims, now, signing_input},
};
use serde_json::{Value, json};

const WHO: &str = r#"{ header(name: "authorization") }"#;

#[tokio::test]
async fn only_tokens_of_accounts_are_believed() {
    let platform = Platform::start().await;
    let key = &platform.key;
    let with = |field: &str, value: Value| {
        let mut claims = claims("usr_1");
        claims[field] = value;
        key.sign(&key.header(), &claims)
    };
    let header = |alg: &str, typ: &str, kid: &str| json!({ "alg": alg, "typ": typ, "kid": kid });
    let none = header("none", "at+jwt", "k1");
    // What a library that trusts the header would check as an HMAC with the public key.
    let confused = header("HS256", "at+jwt", "k1");
    let stranger = Key::new("k1", 8);

    let bad = [
        ("no algorithm, no signature", format!("{}.", signing_input(&none, &claims("usr_1")))),
        ("no algorithm, a signature", key.sign(&none, &claims("usr_1"))),
        ("another algorithm", key.sign(&confused, &claims("usr_1"))),
        ("another key with the same id", stranger.token("usr_1")),
        ("a key that is not published", Key::new("k2", 9).token("usr_1")),
        ("a key in the token itself", {
            let mut header = header("EdDSA", "at+jwt", "k9");
            header["jwk"] = Key::new("k9", 9).public();
            Key::new("k9", 9).sign(&header, &claims("usr_1"))
        }),
        ("a key at the attacker's", {
            let mut header = header("EdDSA", "at+jwt", "k9");
            header["jku"] = "http://127.0.0.1:1/keys".into();
            Key::new("k9", 9).sign(&header, &claims("usr_1"))
        }),
        ("a path for a key id", key.sign(&header("EdDSA", "at+jwt", "../../../../dev/null"), &claims("usr_1"))),
        ("a query for a key id", key.sign(&header("EdDSA", "at+jwt", "' or 1=1 --"), &claims("usr_1"))),
        ("RSA", key.sign(&header("RS256", "at+jwt", "k1"), &claims("usr_1"))),
        ("no key id", key.sign(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &claims("usr_1"))),
        ("another kind of token", key.sign(&header("EdDSA", "JWT", "k1"), &claims("usr_1"))),
        ("expired", with("exp", (now() - 30).into())),
        ("without an end", with("exp", Value::Null)),
        ("not yet valid", with("nbf", (now() + 300).into())),
        ("another audience", with("aud", "somebody".into())),
        ("another issuer", with("iss", "somebody".into())),
        ("without a user", with("sub", Value::Null)),
        ("changed afterwards", key.token("usr_1").replace('.', "a.")),
        ("no token at all", "nonsense".to_owned()),
    ];
    for (name, token) in bad {
        let answer = platform.router.post(WHO).bearer_auth(token).send().await.expect("an answer");
        assert_eq!(answer.status(), 401, "{name}");
        let result = json_of(answer).await;
        assert_eq!(code(&result), "UNAUTHENTICATED", "{name}");
        assert_eq!(result.get("data"), None, "{name}");
    }
    let basic = platform.router.post(WHO).basic_auth("ada", Some("secret")).send().await.expect("an answer");
    assert_eq!(basic.status(), 401);
    let two = platform.router.post(WHO).bearer_auth(key.token("a")).bearer_auth(key.token("b")).send().await;
    assert_eq!(two.expect("an answer").status(), 401);
}

#[tokio::test]
async fn a_good_token_reaches_the_subgraph_and_none_is_needed() {
    let platform = Platform::start().await;
    let token = platform.key.token("usr_1");
    let known = platform.router.query_as(&token, WHO).await;
    assert_eq!(known, json!({ "data": { "header": format!("Bearer {token}") } }));
    assert_eq!(platform.router.query(WHO).await, json!({ "data": { "header": null } }));
}

#[tokio::test]
async fn a_token_of_a_machine_whose_clock_is_ahead_is_good_at_once() {
    let platform = Platform::start().await;
    for seconds in [6, 30] {
        let mut claims = claims("usr_1");
        claims["iat"] = (now() + seconds).into();
        claims["nbf"] = (now() + seconds).into();
        let token = platform.key.sign(&platform.key.header(), &claims);
        let result = platform.router.query_as(&token, "{ person { name } }").await;
        assert_eq!(result["data"]["person"]["name"], "Ada", "{seconds} s ahead: {result}");
    }
}

#[tokio::test]
async fn a_new_key_is_believed_at_once() {
    let platform = Platform::start().await;
    let key = Key::new("k2", 9);
    platform.accounts.publish(&key);
    // Somebody with a made-up key id may have caused a fetch within the last second, not so here.
    let result = platform.router.query_as(&key.token("usr_1"), "{ person { name } }").await;
    assert_eq!(result["data"]["person"]["name"], "Ada");
}

#[tokio::test]
async fn many_who_ask_the_same_at_once_are_each_themselves() {
    let platform = Platform::start().await;
    let ask = async |user: usize| {
        let token = platform.key.token(&format!("usr_{user}"));
        let result = platform.router.query_as(&token, r#"{ slowHeader(name: "authorization") }"#).await;
        assert_eq!(result["data"]["slowHeader"], format!("Bearer {token}"));
    };
    join_all((0..60).map(|number| ask(number % 2))).await;
}
