//! Signing in at another provider: npm's `oidc-provider`, which each test starts, in the shapes that real providers have.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use polyphony_accounts::oidc::Providers;
use polyphony_kit::Role;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
};

use crate::app::{PASSWORD, TestApp, codes, person};

const BACK: &str = "http://127.0.0.1/back";
const BEGIN: &str =
    "mutation($provider: String!, $back: Url!) { beginOidcLogin(provider: $provider, redirectUri: $back) {
    authorizationUrl state verifier userErrors { code path } } }";
const COMPLETE: &str = "mutation($state: String!, $code: String!, $verifier: String) {
    completeOidcLogin(state: $state, code: $code, verifier: $verifier) {
    tokens { accessToken refreshToken } viewer { id email emailVerified role user { handle displayName } }
    userErrors { code message } } }";

struct There {
    t: TestApp,
    _process: Child,
    /// The provider ends when nobody reads what it says.
    _said: Lines<BufReader<ChildStdout>>,
}

/// The tool, installed once below cargo's target folder, and so outside of git.
fn installed() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    for name in ["package.json", "package-lock.json", "provider.mjs"] {
        std::fs::copy(source.join(name), folder.join(name)).unwrap();
    }
    if !folder.join("node_modules/.package-lock.json").exists() {
        let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
        let done = Command::new("npm").args(arguments).current_dir(&folder).stdout(Stdio::null()).status();
        let is_done = done.is_ok_and(|status| status.success());
        assert!(is_done, "npm's oidc-provider cannot be installed; `cargo xtask prepare` installs npm");
    }
    folder
}

/// Accounts with a provider beside it.
async fn start(pool: PgPool) -> There {
    start_with(pool, json!({}), json!({ "link_by_email": true })).await
}

/// The same with a provider of this shape (see `provider.mjs`), and these lines in its configuration.
async fn start_with(pool: PgPool, shape: Value, lines: Value) -> There {
    let folder = tokio::task::spawn_blocking(installed).await.unwrap();
    let mut process = tokio::process::Command::new("node")
        .arg(folder.join("provider.mjs"))
        .arg(shape.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
    let port = said.next_line().await.unwrap().unwrap();
    let mut t = TestApp::new(pool).await;
    let mut config = json!({
        "id": "test",
        "name": "Test",
        "issuer": format!("http://127.0.0.1:{port}"),
        "client_id": "polyphony",
        "client_secret": "a-secret-of-tests-that-is-long-enough",
        "redirect_uris": [BACK],
    });
    config.as_object_mut().unwrap().extend(lines.as_object().unwrap().clone());
    t.provide(Providers::from_json(&json!([config]).to_string()).unwrap());
    There { t, _process: process, _said: said }
}

/// A sign-in that has begun.
struct Begun {
    page: String,
    state: String,
    verifier: String,
}

impl There {
    async fn begin(&self) -> Begun {
        let begun = self.t.query(None, BEGIN, json!({ "provider": "test", "back": BACK })).await;
        let text = |name: &str| begun["beginOidcLogin"][name].as_str().unwrap().to_owned();
        Begun { page: text("authorizationUrl"), state: text("state"), verifier: text("verifier") }
    }

    /// Signs in as this person; gives the payload.
    async fn sign_in(&self, who: &str) -> Value {
        let begun = self.begin().await;
        let (came_with, code) = visit(&format!("{}&login_hint={who}", begun.page)).await;
        assert_eq!(came_with, begun.state);
        self.complete(&begun.state, &code, Some(&begun.verifier)).await
    }

    async fn complete(&self, state: &str, code: &str, verifier: Option<&str>) -> Value {
        let variables = json!({ "state": state, "code": code, "verifier": verifier });
        self.t.query(None, COMPLETE, variables).await["completeOidcLogin"].take()
    }

    /// Links this person's identity with the account of the token; gives the payload.
    async fn link(&self, token: &str, who: &str) -> Value {
        let begun = self.begin().await;
        let (state, code) = visit(&format!("{}&login_hint={who}", begun.page)).await;
        let query = "mutation($state: String!, $code: String!, $verifier: String!) {
            linkIdentity(state: $state, code: $code, verifier: $verifier) { userErrors { code } } }";
        let variables = json!({ "state": state, "code": code, "verifier": begun.verifier });
        self.t.query(Some(token), query, variables).await["linkIdentity"].take()
    }
}

/// What a browser does: follows redirects with cookies, until it is sent back. Gives state and code.
async fn visit(page: &str) -> (String, String) {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut cookies: BTreeMap<String, String> = BTreeMap::new();
    let mut url = url::Url::parse(page).unwrap();
    while !url.as_str().starts_with(BACK) {
        let jar: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = http.get(url.clone()).header("cookie", jar.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get("location").unwrap_or_else(|| panic!("{} at {url}", answer.status()));
        url = url.join(location.to_str().unwrap()).unwrap();
    }
    let sent: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    (sent["state"].clone(), sent["code"].clone())
}

#[sqlx::test(migrations = false)]
async fn who_comes_for_the_first_time_gets_an_account_and_the_same_one_the_next_time(pool: PgPool) {
    let there = start(pool).await;
    let first = there.sign_in("verified:zoe@example.org").await;
    let zoe = person(&first);
    assert_eq!(
        (&first["viewer"]["email"], &first["viewer"]["emailVerified"]),
        (&json!("zoe@example.org"), &json!(true))
    );
    assert_eq!(first["viewer"]["user"], json!({ "handle": "zoe", "displayName": "Somebody From There" }));
    let seen = there.t.query(Some(&zoe.access), "{ viewer { id } authProviders { id name } }", json!({})).await;
    assert_eq!(seen["viewer"]["id"], json!(zoe.viewer));
    assert_eq!(seen["authProviders"], json!([{ "id": "test", "name": "Test" }]));
    assert_eq!(there.sign_in("verified:zoe@example.org").await["viewer"]["id"], json!(zoe.viewer));
    // Another person with the same beginning of their address.
    assert_eq!(there.sign_in("verified:zoe@example.com").await["viewer"]["user"]["handle"], json!("zoe1"));
}

#[sqlx::test(migrations = false)]
async fn an_account_is_linked_by_a_verified_address_only(pool: PgPool) {
    let there = start(pool).await;
    let nina = there.t.register("nina").await;
    sqlx::query("update users set email_verified_at = now()").execute(&there.t.pool).await.unwrap();
    assert_eq!(codes(&there.sign_in("unverified:nina@example.org").await), ["NOT_ALLOWED"]);
    assert_eq!(there.sign_in("verified:nina@example.org").await["viewer"]["id"], json!(nina.viewer));
    // Her password is good as before.
    assert_eq!(there.t.sign_in("nina@example.org").await.id, nina.id);
}

#[sqlx::test(migrations = false)]
async fn who_made_an_account_with_anothers_address_is_put_out_of_it(pool: PgPool) {
    let there = start(pool).await;
    let squatter = there.t.register("nina").await;
    let owner = there.sign_in("verified:nina@example.org").await;
    assert_eq!(owner["viewer"]["id"], json!(squatter.viewer));
    assert_eq!(codes(&there.t.login("nina@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
    assert_eq!(codes(&there.t.refresh(&squatter.refresh).await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn a_state_is_good_once_and_a_code_only_for_its_own(pool: PgPool) {
    let there = start(pool).await;
    let begun = there.begin().await;
    let (_, code) = visit(&format!("{}&login_hint=verified:a@example.org", begun.page)).await;
    let verifier = Some(begun.verifier.as_str());
    assert_eq!(codes(&there.complete("made up", &code, verifier).await), ["INVALID_TOKEN"]);
    // A code that somebody else's browser was given: its challenge and nonce are not those of this sign-in.
    let other = there.begin().await;
    assert_eq!(codes(&there.complete(&other.state, &code, Some(&other.verifier)).await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&there.complete(&begun.state, "made up", verifier).await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&there.complete(&begun.state, &code, verifier).await), ["INVALID_TOKEN"], "the state was used");
    let people: i64 = sqlx::query_scalar("select count(*) from users").fetch_one(&there.t.pool).await.unwrap();
    assert_eq!(people, 0);
}

#[sqlx::test(migrations = false)]
async fn nobody_is_sent_where_the_operator_did_not_say(pool: PgPool) {
    let there = start(pool).await;
    for (provider, back, code) in
        [("test", "http://127.0.0.1/elsewhere", "INVALID_INPUT"), ("other", BACK, "NOT_FOUND")]
    {
        let begun = there.t.query(None, BEGIN, json!({ "provider": provider, "back": back })).await;
        assert_eq!(codes(&begun["beginOidcLogin"]), [code]);
    }
}

#[sqlx::test(migrations = false)]
async fn who_has_seen_the_url_alone_signs_in_nobody_and_hinders_nobody(pool: PgPool) {
    let there = start(pool).await;
    let begun = there.begin().await;
    let (state, code) = visit(&format!("{}&login_hint=verified:a@example.org", begun.page)).await;
    let other = there.begin().await.verifier;
    for verifier in [None, Some(""), Some("plyv_made-up"), Some(other.as_str())] {
        assert_eq!(codes(&there.complete(&state, &code, verifier).await), ["INVALID_TOKEN"], "{verifier:?}");
    }
    assert!(!begun.page.contains(&begun.verifier));
    person(&there.complete(&state, &code, Some(&begun.verifier)).await);
}

#[sqlx::test(migrations = false)]
async fn by_default_an_address_opens_no_account_but_its_owner_can_link(pool: PgPool) {
    let there = start_with(pool, json!({}), json!({})).await;
    let nina = there.t.register("nina").await;
    sqlx::query("update users set email_verified_at = now()").execute(&there.t.pool).await.unwrap();
    assert_eq!(codes(&there.sign_in("verified:nina@example.org").await), ["EMAIL_TAKEN"]);

    // Another address there: who is signed in says which account is meant.
    assert_eq!(there.link(&nina.access, "verified:other@example.com").await["userErrors"], json!([]));
    assert_eq!(there.sign_in("verified:other@example.com").await["viewer"]["id"], json!(nina.viewer));
    let query = "{ viewer { identities { id provider email linkedAt lastUsedAt } } }";
    let seen = there.t.query(Some(&nina.access), query, json!({})).await;
    let identity = &seen["viewer"]["identities"][0];
    assert_eq!((&identity["provider"], &identity["email"]), (&json!("test"), &json!("other@example.com")));
    assert!(identity["lastUsedAt"].is_string());

    // It signs in one person only.
    let zoe = there.t.register("zoe").await;
    assert_eq!(codes(&there.link(&zoe.access, "verified:other@example.com").await), ["NOT_ALLOWED"]);

    let unlink = "mutation($id: ID!) { unlinkIdentity(id: $id) { userErrors { code } } }";
    let by = async |token: &str| {
        there.t.query(Some(token), unlink, json!({ "id": identity["id"] })).await["unlinkIdentity"].take()
    };
    assert_eq!(codes(&by(&zoe.access).await), ["NOT_FOUND"]);
    there.t.wait(10 * 60);
    assert_eq!(codes(&by(&nina.access).await), ["STEP_UP_REQUIRED"]);
    let step_up = "mutation($input: StepUpInput!) { stepUp(input: $input) { userErrors { code } } }";
    there.t.query(Some(&nina.access), step_up, json!({ "input": { "password": PASSWORD } })).await;
    assert_eq!(by(&nina.access).await["userErrors"], json!([]));
    assert_ne!(there.sign_in("verified:other@example.com").await["viewer"]["id"], json!(nina.viewer));
}

#[sqlx::test(migrations = false)]
async fn the_only_way_to_sign_in_stays(pool: PgPool) {
    let there = start(pool).await;
    let zoe = person(&there.sign_in("verified:zoe@example.org").await);
    let seen = there.t.query(Some(&zoe.access), "{ viewer { identities { id } } }", json!({})).await;
    let unlink = "mutation($id: ID!) { unlinkIdentity(id: $id) { userErrors { code } } }";
    let unlinked =
        there.t.query(Some(&zoe.access), unlink, json!({ "id": seen["viewer"]["identities"][0]["id"] })).await;
    assert_eq!(codes(&unlinked["unlinkIdentity"]), ["NOT_ALLOWED"]);
    assert_eq!(there.sign_in("verified:zoe@example.org").await["viewer"]["id"], json!(zoe.viewer));
}

#[sqlx::test(migrations = false)]
async fn an_admin_is_never_linked_by_an_address(pool: PgPool) {
    let there = start(pool).await;
    there.t.register_as("boss", Role::Admin).await;
    sqlx::query("update users set email_verified_at = now()").execute(&there.t.pool).await.unwrap();
    assert_eq!(codes(&there.sign_in("verified:boss@example.org").await), ["EMAIL_TAKEN"]);
}

#[sqlx::test(migrations = false)]
async fn what_the_id_token_leaves_out_is_asked_for_in_every_shape_of_provider(pool: PgPool) {
    let shapes = [
        (json!({ "userinfoOnly": true }), json!({})),
        (json!({ "clientAuth": "client_secret_post" }), json!({})),
        (json!({ "clientAuth": "client_secret_post" }), json!({ "client_auth": "client_secret_post" })),
        (json!({ "keysWithoutIds": true }), json!({})),
        (json!({ "idTokenAlg": "ES256" }), json!({})),
        (json!({ "idTokenAlg": "ES256", "keysWithoutIds": true, "userinfoOnly": true }), json!({})),
        (json!({ "idTokenAlg": "HS256" }), json!({ "allow_hs256": true })),
    ];
    for (number, (shape, lines)) in shapes.into_iter().enumerate() {
        let there = start_with(pool.clone(), shape.clone(), lines).await;
        let signed_in = there.sign_in(&format!("verified:zoe{number}@example.org")).await;
        assert_eq!(signed_in["viewer"]["emailVerified"], json!(true), "{shape}: {signed_in}");
        assert_eq!(signed_in["viewer"]["user"]["displayName"], json!("Somebody From There"), "{shape}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_token_signed_with_the_shared_secret_is_refused_unless_that_was_allowed(pool: PgPool) {
    let there = start_with(pool, json!({ "idTokenAlg": "HS256" }), json!({})).await;
    assert_eq!(codes(&there.sign_in("verified:zoe@example.org").await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn a_provider_that_never_says_verified_is_believed_only_where_its_operator_says_so(pool: PgPool) {
    let there = start_with(pool.clone(), json!({}), json!({})).await;
    assert_eq!(codes(&there.sign_in("silent:zoe@example.org").await), ["NOT_ALLOWED"]);
    let there = start_with(pool, json!({}), json!({ "assume_email_verified": true })).await;
    person(&there.sign_in("silent:zoe@example.org").await);
    // What it calls unverified stays so.
    assert_eq!(codes(&there.sign_in("unverified:max@example.org").await), ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn domains_and_groups_decide_who_comes_in_and_as_what(pool: PgPool) {
    let lines = json!({
        "allowed_domains": ["example.org"], "allowed_groups": ["choir", "staff"], "roles": { "staff": "CREATOR", "it": "ADMIN" },
    });
    let there = start_with(pool, json!({ "userinfoOnly": true }), lines).await;
    for who in ["verified:zoe@example.com:choir", "verified:zoe@example.org:band", "verified:zoe@example.org"] {
        assert_eq!(codes(&there.sign_in(who).await), ["NOT_ALLOWED"], "{who}");
    }
    let role = async |who: &str| there.sign_in(who).await["viewer"]["role"].take();
    assert_eq!(role("verified:zoe@example.org:choir").await, json!("LISTENER"));
    assert_eq!(role("verified:max@example.org:choir,staff").await, json!("CREATOR"));
    assert_eq!(role("verified:ada@example.org:staff,it").await, json!("ADMIN"));
    // Somebody who is in another group by now has the role of that, but the last admin stays one.
    let regroup = async |from: &str, to: &str| {
        sqlx::query("update identities set subject = $2 where subject = $1")
            .bind(from)
            .bind(to)
            .execute(&there.t.pool)
            .await
            .unwrap();
    };
    regroup("verified:max@example.org:choir,staff", "verified:max@example.org:choir").await;
    assert_eq!(role("verified:max@example.org:choir").await, json!("LISTENER"));
    regroup("verified:ada@example.org:staff,it", "verified:ada@example.org:staff").await;
    assert_eq!(role("verified:ada@example.org:staff").await, json!("ADMIN"));
}
