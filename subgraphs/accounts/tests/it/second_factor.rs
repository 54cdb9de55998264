//! One-time codes and recovery codes as second factors, and proofs before dangerous changes.

use serde_json::{Value, json};
use sqlx::PgPool;
use totp_rs::{Builder, Secret, Totp};

use crate::app::{PASSWORD, Person, TestApp, codes, person};

const CREATE_KEY: &str = "mutation { createApiKey(name: \"x\", scopes: []) { secret userErrors { code } } }";
const STEP_UP: &str = "mutation($input: StepUpInput!) { stepUp(input: $input) { expiresAt userErrors { code } } }";
const COMPLETE: &str = "mutation($input: CompleteSecondFactorInput!) { completeSecondFactor(input: $input) {
    tokens { accessToken refreshToken } viewer { id email } secondFactorRequired { token } userErrors { code } } }";

/// An authenticator app.
pub(crate) struct App {
    totp: Totp,
    pub(crate) recovery_codes: Vec<String>,
}

impl App {
    pub(crate) fn code(&self, t: &TestApp) -> String {
        self.totp.generate(t.app.clock.now().timestamp() as u64).to_string()
    }

    /// The next code, once its time has come: each is good once.
    pub(crate) fn next_code(&self, t: &TestApp) -> String {
        t.wait(30);
        self.code(t)
    }
}

async fn begin(t: &TestApp, who: &Person) -> App {
    let begun =
        t.query(Some(&who.access), "mutation { beginTotp { secret otpauthUrl userErrors { code } } }", json!({})).await;
    let begun = &begun["beginTotp"];
    let secret = begun["secret"].as_str().unwrap();
    assert!(begun["otpauthUrl"].as_str().unwrap().contains(secret));
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    App { totp, recovery_codes: Vec::new() }
}

async fn confirm(t: &TestApp, who: &Person, code: &str) -> Value {
    let query = "mutation($code: String!) { confirmTotp(code: $code) { recoveryCodes userErrors { code } } }";
    t.query(Some(&who.access), query, json!({ "code": code })).await["confirmTotp"].take()
}

/// Turns one-time codes on.
pub(crate) async fn enrol(t: &TestApp, who: &Person) -> App {
    let mut app = begin(t, who).await;
    let confirmed = confirm(t, who, &app.code(t)).await;
    assert_eq!(confirmed["userErrors"], json!([]));
    app.recovery_codes = serde_json::from_value(confirmed["recoveryCodes"].clone()).unwrap_or_default();
    app
}

/// Signs in with the password; gives the challenge that comes of it.
pub(crate) async fn challenge(t: &TestApp, email: &str) -> String {
    let query = "mutation($input: LoginInput!) { login(input: $input) { tokens { accessToken } viewer { id }
        secondFactorRequired { token methods } userErrors { code } } }";
    let input = json!({ "email": email, "password": PASSWORD, "deviceName": "Tablet" });
    let answer = t.query(None, query, json!({ "input": input })).await["login"].take();
    assert_eq!((&answer["tokens"], &answer["viewer"], &answer["userErrors"]), (&Value::Null, &Value::Null, &json!([])));
    answer["secondFactorRequired"]["token"].as_str().unwrap().to_owned()
}

pub(crate) async fn complete(t: &TestApp, challenge: &str, factor: &str, value: impl Into<Value>) -> Value {
    let input = json!({ "challenge": challenge, factor: value.into() });
    t.query(None, COMPLETE, json!({ "input": input })).await["completeSecondFactor"].take()
}

async fn step_up(t: &TestApp, who: &Person, factor: &str, value: &str) -> Vec<String> {
    let payload = t.query(Some(&who.access), STEP_UP, json!({ "input": { factor: value } })).await;
    codes(&payload["stepUp"]).into_iter().map(str::to_owned).collect()
}

async fn create_key(t: &TestApp, who: &Person) -> Vec<String> {
    let payload = t.query(Some(&who.access), CREATE_KEY, json!({})).await;
    codes(&payload["createApiKey"]).into_iter().map(str::to_owned).collect()
}

#[sqlx::test(migrations = false)]
async fn a_password_alone_signs_nobody_in_who_has_codes_on(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let app = enrol(&t, &nina).await;
    assert_eq!(app.recovery_codes.len(), 10);
    let stored: String = sqlx::query_scalar("select secret from totps").fetch_one(&t.pool).await.unwrap();
    assert!(stored.starts_with("sealed"), "{stored}");

    let challenge = challenge(&t, &nina.email).await;
    let signed_in = complete(&t, &challenge, "totpCode", app.next_code(&t)).await;
    let again = person(&signed_in);
    let query = "{ viewer { sessions { deviceName current } secondFactors { totp { enabledAt } recoveryCodesLeft required passkeys { id } } } }";
    let viewer = t.query(Some(&again.access), query, json!({})).await["viewer"].take();
    assert!(viewer["secondFactors"]["totp"]["enabledAt"].is_string());
    assert_eq!(viewer["secondFactors"]["recoveryCodesLeft"], json!(10));
    assert_eq!(viewer["sessions"][0], json!({ "deviceName": "Tablet", "current": true }));
    // The challenge is over.
    assert_eq!(codes(&complete(&t, &challenge, "totpCode", app.next_code(&t)).await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn a_code_is_good_once(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let app = enrol(&t, &nina).await;
    // Not even the code that turned them on.
    let first = challenge(&t, &nina.email).await;
    assert_eq!(codes(&complete(&t, &first, "totpCode", app.code(&t)).await), ["INVALID_CODE"]);
    let code = app.next_code(&t);
    person(&complete(&t, &first, "totpCode", code.clone()).await);
    let second = challenge(&t, &nina.email).await;
    assert_eq!(codes(&complete(&t, &second, "totpCode", code.clone()).await), ["INVALID_CODE"]);
    assert_eq!(step_up(&t, &nina, "totpCode", &code).await, ["INVALID_CODE"]);
}

#[sqlx::test(migrations = false)]
async fn of_two_who_race_with_one_code_one_is_let_in(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let app = enrol(&t, &nina).await;
    for round in 0..3 {
        // By one challenge, and by two.
        let one = challenge(&t, &nina.email).await;
        let other = if round == 0 { one.clone() } else { challenge(&t, &nina.email).await };
        let code = app.next_code(&t);
        let (left, right) =
            tokio::join!(complete(&t, &one, "totpCode", code.clone()), complete(&t, &other, "totpCode", code.clone()));
        let let_in = [left, right].iter().filter(|answer| answer["tokens"].is_object()).count();
        assert_eq!(let_in, 1, "round {round}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_recovery_code_is_good_once_and_its_owner_is_told(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let app = enrol(&t, &nina).await;
    t.events().await;
    let code = app.recovery_codes[3].to_uppercase();
    let signed_in = person(&complete(&t, &challenge(&t, &nina.email).await, "recoveryCode", code.clone()).await);
    assert!(t.event_types().await.contains(&"SecurityNotice".to_owned()));
    let again = complete(&t, &challenge(&t, &nina.email).await, "recoveryCode", code).await;
    assert_eq!(codes(&again), ["INVALID_CODE"]);

    let query = "mutation { regenerateRecoveryCodes { recoveryCodes userErrors { code } } }";
    let fresh = t.query(Some(&signed_in.access), query, json!({})).await["regenerateRecoveryCodes"].take();
    assert_eq!(fresh["recoveryCodes"].as_array().unwrap().len(), 10);
    let old = complete(&t, &challenge(&t, &nina.email).await, "recoveryCode", app.recovery_codes[4].clone()).await;
    assert_eq!(codes(&old), ["INVALID_CODE"]);
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("select hash from recovery_codes").fetch_all(&t.pool).await.unwrap();
    assert!(stored.len() == 10 && stored.iter().all(|hash| hash.len() == 32));
}

#[sqlx::test(migrations = false)]
async fn codes_cannot_be_guessed_at_length(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let app = enrol(&t, &nina).await;
    t.events().await;
    let wrong = |code: &str| if code == "000000" { "000001" } else { "000000" };
    // A challenge takes five attempts.
    let first = challenge(&t, &nina.email).await;
    for _ in 0..5 {
        assert_eq!(codes(&complete(&t, &first, "totpCode", wrong(&app.code(&t))).await), ["INVALID_CODE"]);
    }
    assert_eq!(codes(&complete(&t, &first, "totpCode", app.next_code(&t)).await), ["INVALID_TOKEN"]);
    // The account takes ten, over all challenges.
    let second = challenge(&t, &nina.email).await;
    for _ in 0..5 {
        assert_eq!(codes(&complete(&t, &second, "totpCode", wrong(&app.code(&t))).await), ["INVALID_CODE"]);
    }
    let third = challenge(&t, &nina.email).await;
    assert_eq!(codes(&complete(&t, &third, "totpCode", app.next_code(&t)).await), ["TOO_MANY_ATTEMPTS"]);
    assert_eq!(step_up(&t, &nina, "totpCode", &app.next_code(&t)).await, ["TOO_MANY_ATTEMPTS"]);
    // Its owner is told once and is not locked out.
    assert_eq!(t.event_types().await.iter().filter(|kind| *kind == "SecurityNotice").count(), 1);
    let back = person(&complete(&t, &third, "recoveryCode", app.recovery_codes[0].clone()).await);
    let query = "{ viewer { securityEvents { kind } } }";
    let log = t.query(Some(&back.access), query, json!({})).await["viewer"].take();
    assert!(log.to_string().contains("SECOND_FACTOR_FAILED"), "{log:#}");
    t.wait(15 * 60);
    let fourth = challenge(&t, &nina.email).await;
    assert!(complete(&t, &fourth, "totpCode", app.next_code(&t)).await["tokens"].is_object());
}

#[sqlx::test(migrations = false)]
async fn a_challenge_ends_with_its_time_and_with_every_change_of_the_account(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let app = enrol(&t, &nina).await;
    let late = challenge(&t, &nina.email).await;
    t.wait(5 * 60);
    assert_eq!(codes(&complete(&t, &late, "totpCode", app.next_code(&t)).await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&complete(&t, "plyc_nonsense", "totpCode", app.next_code(&t)).await), ["INVALID_TOKEN"]);

    let before = challenge(&t, &nina.email).await;
    let change =
        "mutation($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) { ok } }";
    let passwords = json!({ "old": PASSWORD, "new": "a loud morning in June" });
    t.query(Some(&nina.access), change, passwords).await;
    assert_eq!(codes(&complete(&t, &before, "totpCode", app.next_code(&t)).await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn a_reset_of_the_password_and_a_refresh_are_no_way_around(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    sqlx::query("update users set email_verified_at = created_at").execute(&t.pool).await.unwrap();
    let app = enrol(&t, &nina).await;
    t.wait(8 * 24 * 60 * 60);
    let refreshed = t.refresh(&nina.refresh).await;
    assert!(refreshed["tokens"].is_object(), "who is signed in stays so");
    t.events().await;

    let ask = "mutation($email: String!) { requestPasswordReset(email: $email) { ok } }";
    t.query(None, ask, json!({ "email": nina.email })).await;
    let token = t.mailed_token().await;
    let reset = "mutation($t: String!, $p: String!) { resetPassword(token: $t, newPassword: $p) { ok } }";
    t.query(None, reset, json!({ "t": token, "p": PASSWORD })).await;
    // The login after it asks, and who was signed in is not.
    let asked = challenge(&t, &nina.email).await;
    assert_eq!(codes(&t.refresh(refreshed["tokens"]["refreshToken"].as_str().unwrap()).await), ["INVALID_TOKEN"]);
    assert!(complete(&t, &asked, "totpCode", app.next_code(&t)).await["tokens"].is_object());
}

#[sqlx::test(migrations = false)]
async fn whoever_registered_somebodys_address_does_not_lock_its_owner_out_with_codes(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let squatter = t.register("nina").await;
    enrol(&t, &squatter).await;
    t.events().await;
    let ask = "mutation($email: String!) { requestPasswordReset(email: $email) { ok } }";
    t.query(None, ask, json!({ "email": squatter.email })).await;
    let token = t.mailed_token().await;
    let reset = "mutation($t: String!, $p: String!) { resetPassword(token: $t, newPassword: $p) { ok } }";
    t.query(None, reset, json!({ "t": token, "p": "a loud morning in June" })).await;
    person(&t.login(&squatter.email, "a loud morning in June").await);
}

#[sqlx::test(migrations = false)]
async fn a_thief_of_the_password_does_not_lock_its_owner_out_with_codes(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let thief = t.register("nina").await;
    sqlx::query("update users set email_verified_at = created_at").execute(&t.pool).await.unwrap();
    enrol(&t, &thief).await;
    t.wait(6 * 24 * 60 * 60);
    t.events().await;
    let ask = "mutation($email: String!) { requestPasswordReset(email: $email) { ok } }";
    t.query(None, ask, json!({ "email": thief.email })).await;
    let token = t.mailed_token().await;
    let reset = "mutation($t: String!, $p: String!) { resetPassword(token: $t, newPassword: $p) { ok } }";
    t.query(None, reset, json!({ "t": token, "p": "a loud morning in June" })).await;
    person(&t.login(&thief.email, "a loud morning in June").await);
}

#[sqlx::test(migrations = false)]
async fn a_proof_is_good_for_ten_minutes(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    assert_eq!(create_key(&t, &nina).await, [""; 0]);
    t.wait(9 * 60 + 59);
    assert_eq!(create_key(&t, &nina).await, [""; 0]);
    t.wait(1);
    assert_eq!(create_key(&t, &nina).await, ["STEP_UP_REQUIRED"]);
    assert_eq!(step_up(&t, &nina, "password", "wrong").await, ["INVALID_CREDENTIALS"]);
    assert_eq!(create_key(&t, &nina).await, ["STEP_UP_REQUIRED"]);
    assert_eq!(step_up(&t, &nina, "password", PASSWORD).await, [""; 0]);
    assert_eq!(create_key(&t, &nina).await, [""; 0]);

    let both = json!({ "input": { "password": PASSWORD, "totpCode": "000000" } });
    for input in [both, json!({ "input": {} })] {
        let payload = t.query(Some(&nina.access), STEP_UP, input).await;
        assert_eq!(codes(&payload["stepUp"]), ["INVALID_INPUT"]);
    }
}

#[sqlx::test(migrations = false)]
async fn whoever_has_codes_on_proves_themselves_with_one(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let elsewhere = t.sign_in(&nina.email).await;
    let app = enrol(&t, &nina).await;
    assert_eq!(create_key(&t, &nina).await, [""; 0], "the first code was a proof");
    // What the other session has proved was a password.
    assert_eq!(create_key(&t, &elsewhere).await, ["STEP_UP_REQUIRED"]);
    assert_eq!(step_up(&t, &elsewhere, "password", PASSWORD).await, ["SECOND_FACTOR_REQUIRED"]);
    assert_eq!(step_up(&t, &elsewhere, "recoveryCode", "0000-0000-0000-0000").await, ["INVALID_CODE"]);
    let delete = "mutation($p: String!) { deleteAccount(password: $p) { ok userErrors { code } } }";
    let refused = t.query(Some(&elsewhere.access), delete, json!({ "p": PASSWORD })).await;
    assert_eq!(codes(&refused["deleteAccount"]), ["STEP_UP_REQUIRED"]);
    let change = "mutation($p: String!) { changePassword(currentPassword: $p, newPassword: \"seventeen green herons\") { userErrors { code } } }";
    let refused = t.query(Some(&elsewhere.access), change, json!({ "p": PASSWORD })).await;
    assert_eq!(codes(&refused["changePassword"]), ["STEP_UP_REQUIRED"]);
    for mutation in [
        "disableTotp { userErrors { code } }",
        "beginTotp { userErrors { code } }",
        "beginPasskeyRegistration { userErrors { code } }",
        "regenerateRecoveryCodes { userErrors { code } }",
    ] {
        let payload = t.query(Some(&elsewhere.access), &format!("mutation {{ it: {mutation} }}"), json!({})).await;
        assert_eq!(codes(&payload["it"]), ["STEP_UP_REQUIRED"], "{mutation}");
    }
    assert_eq!(step_up(&t, &elsewhere, "totpCode", &app.next_code(&t)).await, [""; 0]);
    assert_eq!(create_key(&t, &elsewhere).await, [""; 0]);

    let disable = "mutation { disableTotp { ok userErrors { code } } }";
    assert_eq!(t.query(Some(&elsewhere.access), disable, json!({})).await["disableTotp"]["ok"], json!(true));
    person(&t.login(&nina.email, PASSWORD).await);
    let left: i64 = sqlx::query_scalar("select count(*) from recovery_codes").fetch_one(&t.pool).await.unwrap();
    assert_eq!(left, 0, "there is nothing to recover");
}

#[sqlx::test(migrations = false)]
async fn a_new_phone_replaces_the_old_one_when_it_shows_its_first_code(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let old = enrol(&t, &nina).await;
    let new = begin(&t, &nina).await;
    let wrong = if new.code(&t) == "123456" { "654321" } else { "123456" };
    assert_eq!(codes(&confirm(&t, &nina, wrong).await), ["INVALID_CODE"]);
    assert!(complete(&t, &challenge(&t, &nina.email).await, "totpCode", old.next_code(&t)).await["tokens"].is_object());
    let confirmed = confirm(&t, &nina, &new.code(&t)).await;
    assert_eq!((&confirmed["recoveryCodes"], &confirmed["userErrors"]), (&Value::Null, &json!([])));
    assert_eq!(
        codes(&complete(&t, &challenge(&t, &nina.email).await, "totpCode", old.next_code(&t)).await),
        ["INVALID_CODE"]
    );
    assert!(complete(&t, &challenge(&t, &nina.email).await, "totpCode", new.next_code(&t)).await["tokens"].is_object());
}

#[sqlx::test(migrations = false)]
async fn an_account_without_a_password_is_deleted_by_whoever_has_just_signed_in(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    sqlx::query("update users set password_hash = null").execute(&t.pool).await.unwrap();
    let delete = "mutation { deleteAccount { ok userErrors { code } } }";
    t.wait(10 * 60);
    assert_eq!(codes(&t.query(Some(&nina.access), delete, json!({})).await["deleteAccount"]), ["STEP_UP_REQUIRED"]);
    sqlx::query("update sessions set proved_at = $1").bind(t.app.clock.now()).execute(&t.pool).await.unwrap();
    assert_eq!(t.query(Some(&nina.access), delete, json!({})).await["deleteAccount"]["ok"], json!(true));
}
