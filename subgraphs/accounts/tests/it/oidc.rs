//! Signing in at another provider: npm's `oidc-provider`, which each test starts. Where there is no npm the tests say so and
//! check nothing.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use polyphony_accounts::oidc::{ProviderConfig, Providers};
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
    authorizationUrl state userErrors { code path } } }";
const COMPLETE: &str = "mutation($state: String!, $code: String!) { completeOidcLogin(state: $state, code: $code) {
    tokens { accessToken refreshToken } viewer { id email emailVerified user { handle displayName } } userErrors { code } } }";

struct There {
    t: TestApp,
    _process: Child,
    /// The provider ends when nobody reads what it says.
    _said: Lines<BufReader<ChildStdout>>,
}

/// The tool, installed once below cargo's target folder, and so outside of git.
fn installed() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    for name in ["package.json", "package-lock.json", "provider.mjs"] {
        std::fs::copy(source.join(name), folder.join(name)).unwrap();
    }
    if folder.join("node_modules/.package-lock.json").exists() {
        return Some(folder);
    }
    let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    let done = Command::new("npm").args(arguments).current_dir(&folder).stdout(Stdio::null()).status();
    done.is_ok_and(|status| status.success()).then_some(folder)
}

/// Accounts with a provider beside it; `None` when it cannot be had.
async fn start(pool: PgPool) -> Option<There> {
    let Some(folder) = tokio::task::spawn_blocking(installed).await.unwrap() else {
        eprintln!("SKIPPED: npm's oidc-provider cannot be installed, so signing in at a provider was not tested");
        return None;
    };
    let mut process = tokio::process::Command::new("node")
        .arg(folder.join("provider.mjs"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
    let port = said.next_line().await.unwrap().unwrap();
    let mut t = TestApp::new(pool).await;
    let config = ProviderConfig {
        id: "test".to_owned(),
        name: "Test".to_owned(),
        issuer: format!("http://127.0.0.1:{port}"),
        client_id: "polyphony".to_owned(),
        client_secret: Some("a-secret-of-tests".to_owned()),
        redirect_uris: vec![BACK.to_owned()],
    };
    t.provide(Providers::new(vec![config]).unwrap());
    Some(There { t, _process: process, _said: said })
}

impl There {
    /// Begins to sign in: the provider's page and the state.
    async fn begin(&self) -> (String, String) {
        let begun = self.t.query(None, BEGIN, json!({ "provider": "test", "back": BACK })).await;
        let text = |name: &str| begun["beginOidcLogin"][name].as_str().unwrap().to_owned();
        (text("authorizationUrl"), text("state"))
    }

    /// Signs in as this person; gives the payload.
    async fn sign_in(&self, who: &str) -> Value {
        let (page, state) = self.begin().await;
        let (came_with, code) = visit(&format!("{page}&login_hint={who}")).await;
        assert_eq!(came_with, state);
        self.complete(&state, &code).await
    }

    async fn complete(&self, state: &str, code: &str) -> Value {
        self.t.query(None, COMPLETE, json!({ "state": state, "code": code })).await["completeOidcLogin"].take()
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
    let Some(there) = start(pool).await else { return };
    let first = there.sign_in("verified:zoe@example.org").await;
    let zoe = person(&first);
    assert_eq!(
        (&first["viewer"]["email"], &first["viewer"]["emailVerified"]),
        (&json!("zoe@example.org"), &json!(true))
    );
    assert_eq!(first["viewer"]["user"], json!({ "handle": "zoe", "displayName": "Somebody From There" }));
    let seen = there.t.query(Some(&zoe.access), "{ viewer { id } authProviders { id name } }", json!({})).await;
    assert_eq!(seen["viewer"]["id"], json!(zoe.id));
    assert_eq!(seen["authProviders"], json!([{ "id": "test", "name": "Test" }]));
    assert_eq!(there.sign_in("verified:zoe@example.org").await["viewer"]["id"], json!(zoe.id));
    // Another person with the same beginning of their address.
    assert_eq!(there.sign_in("verified:zoe@example.com").await["viewer"]["user"]["handle"], json!("zoe1"));
}

#[sqlx::test(migrations = false)]
async fn an_account_is_linked_by_a_verified_address_only(pool: PgPool) {
    let Some(there) = start(pool).await else { return };
    let nina = there.t.register("nina").await;
    sqlx::query("update users set email_verified_at = now()").execute(&there.t.pool).await.unwrap();
    assert_eq!(codes(&there.sign_in("unverified:nina@example.org").await), ["NOT_ALLOWED"]);
    assert_eq!(there.sign_in("verified:nina@example.org").await["viewer"]["id"], json!(nina.id));
    // Her password is good as before.
    assert_eq!(there.t.sign_in("nina@example.org").await.id, nina.id);
}

#[sqlx::test(migrations = false)]
async fn who_made_an_account_with_anothers_address_is_put_out_of_it(pool: PgPool) {
    let Some(there) = start(pool).await else { return };
    let squatter = there.t.register("nina").await;
    let owner = there.sign_in("verified:nina@example.org").await;
    assert_eq!(owner["viewer"]["id"], json!(squatter.id));
    assert_eq!(codes(&there.t.login("nina@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
    assert_eq!(codes(&there.t.refresh(&squatter.refresh).await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn a_state_is_good_once_and_a_code_only_for_its_own(pool: PgPool) {
    let Some(there) = start(pool).await else { return };
    let (page, state) = there.begin().await;
    let (_, code) = visit(&format!("{page}&login_hint=verified:a@example.org")).await;
    assert_eq!(codes(&there.complete("made up", &code).await), ["INVALID_TOKEN"]);
    // A code that somebody else's browser was given: its challenge and nonce are not those of this sign-in.
    let (_, other) = there.begin().await;
    assert_eq!(codes(&there.complete(&other, &code).await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&there.complete(&state, "made up").await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&there.complete(&state, &code).await), ["INVALID_TOKEN"], "the state was used");
    let people: i64 = sqlx::query_scalar("select count(*) from users").fetch_one(&there.t.pool).await.unwrap();
    assert_eq!(people, 0);
}

#[sqlx::test(migrations = false)]
async fn nobody_is_sent_where_the_operator_did_not_say(pool: PgPool) {
    let Some(there) = start(pool).await else { return };
    for (provider, back, code) in
        [("test", "http://127.0.0.1/elsewhere", "INVALID_INPUT"), ("other", BACK, "NOT_FOUND")]
    {
        let begun = there.t.query(None, BEGIN, json!({ "provider": provider, "back": back })).await;
        assert_eq!(codes(&begun["beginOidcLogin"]), [code]);
    }
}
