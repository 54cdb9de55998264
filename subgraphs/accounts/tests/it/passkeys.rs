//! Passkeys: registering them, signing in with them, and proving oneself with them.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Person, TestApp, codes, person},
    authenticator::Authenticator,
    second_factor::{challenge, complete},
};

/// A ceremony that has begun: what it is completed with, and its options.
struct Begun {
    ceremony: String,
    options: String,
}

async fn begin(t: &TestApp, who: Option<&Person>, mutation: &str, variables: Value) -> Begun {
    let (name, arguments, declared) = match mutation {
        "challenged" => ("beginPasskeyAssertion", "(challenge: $c)", "($c: String)"),
        other => (other, "", ""),
    };
    let query = format!("mutation{declared} {{ it: {name}{arguments} {{ ceremony options userErrors {{ code }} }} }}");
    let begun = t.query(who.map(|who| who.access.as_str()), &query, variables).await["it"].take();
    assert_eq!(begun["userErrors"], json!([]));
    let text = |field: &str| begun[field].as_str().unwrap().to_owned();
    Begun { ceremony: text("ceremony"), options: text("options") }
}

async fn complete_registration(t: &TestApp, who: &Person, ceremony: &str, credential: String) -> Value {
    let query = "mutation($input: CompletePasskeyRegistrationInput!) { completePasskeyRegistration(input: $input) {
        passkey { id name backedUp lastUsedAt } recoveryCodes userErrors { code } } }";
    let input = json!({ "ceremony": ceremony, "credential": credential, "name": "Laptop" });
    t.query(Some(&who.access), query, json!({ "input": input })).await["completePasskeyRegistration"].take()
}

/// Registers a passkey; gives it with the answer.
async fn register_passkey(t: &TestApp, who: &Person) -> (Authenticator, Value) {
    let mut key = Authenticator::new();
    let begun = begin(t, Some(who), "beginPasskeyRegistration", json!({})).await;
    let answer = complete_registration(t, who, &begun.ceremony, key.create(&begun.options)).await;
    assert_eq!(answer["userErrors"], json!([]));
    (key, answer)
}

async fn complete_login(t: &TestApp, ceremony: &str, credential: String) -> Value {
    let query = "mutation($input: CompletePasskeyLoginInput!) { completePasskeyLogin(input: $input) {
        tokens { accessToken refreshToken } viewer { id email } userErrors { code } } }";
    let input = json!({ "ceremony": ceremony, "credential": credential, "deviceName": "Watch" });
    t.query(None, query, json!({ "input": input })).await["completePasskeyLogin"].take()
}

async fn log_in(t: &TestApp, key: &mut Authenticator) -> Value {
    let begun = begin(t, None, "beginPasskeyLogin", json!({})).await;
    complete_login(t, &begun.ceremony, key.get(&begun.options)).await
}

#[sqlx::test(migrations = false)]
async fn a_passkey_signs_its_owner_in_by_itself(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let (mut key, answer) = register_passkey(&t, &nina).await;
    register_passkey(&t, &miles).await;
    assert_eq!(answer["recoveryCodes"].as_array().unwrap().len(), 10);

    let begun = begin(&t, None, "beginPasskeyLogin", json!({})).await;
    let options: Value = serde_json::from_str(&begun.options).unwrap();
    assert_eq!((&options["allowCredentials"], &options["rpId"]), (&json!([]), &json!("localhost")));
    let signed_in = person(&complete_login(&t, &begun.ceremony, key.get(&begun.options)).await);
    assert_eq!(signed_in.id, nina.id);
    let query = "{ viewer { secondFactors { passkeys { name lastUsedAt } totp { enabledAt } } } }";
    let viewer = t.query(Some(&signed_in.access), query, json!({})).await["viewer"].take();
    assert_eq!(viewer["secondFactors"]["passkeys"][0]["name"], json!("Laptop"));
    assert!(viewer["secondFactors"]["passkeys"][0]["lastUsedAt"].is_string());
    // It is a proof for dangerous changes, too.
    let create = "mutation { createApiKey(name: \"x\", scopes: []) { secret userErrors { code } } }";
    assert_eq!(codes(&t.query(Some(&signed_in.access), create, json!({})).await["createApiKey"]), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn what_was_signed_for_another_site_or_ceremony_or_by_nobody_is_refused(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let (mut key, _) = register_passkey(&t, &nina).await;

    for origin in ["http://localhost:4001", "https://localhost.example.org", "http://example.org"] {
        let mut phished = Authenticator { origin: origin.to_owned(), ..key.clone() };
        assert_eq!(codes(&log_in(&t, &mut phished).await), ["INVALID_CREDENTIALS"], "{origin}");
    }
    let mut unverified = Authenticator { verifies: false, ..key.clone() };
    assert_eq!(codes(&log_in(&t, &mut unverified).await), ["INVALID_CREDENTIALS"]);
    // Somebody else's handle, and none.
    let (other, _) = register_passkey(&t, &miles).await;
    for user_handle in [other.user_handle.clone(), None] {
        let mut renamed = Authenticator { user_handle, ..key.clone() };
        assert_eq!(codes(&log_in(&t, &mut renamed).await), ["INVALID_CREDENTIALS"]);
    }
    // Another ceremony's challenge; and a ceremony is good once, whatever came of it.
    let (one, two) =
        (begin(&t, None, "beginPasskeyLogin", json!({})).await, begin(&t, None, "beginPasskeyLogin", json!({})).await);
    assert_eq!(codes(&complete_login(&t, &one.ceremony, key.get(&two.options)).await), ["INVALID_CREDENTIALS"]);
    assert_eq!(codes(&complete_login(&t, &one.ceremony, key.get(&one.options)).await), ["INVALID_TOKEN"]);
    let signed = key.get(&two.options);
    person(&complete_login(&t, &two.ceremony, signed.clone()).await);
    assert_eq!(codes(&complete_login(&t, &two.ceremony, signed).await), ["INVALID_TOKEN"]);
    // A key that nobody has registered, nonsense, and too late.
    assert_eq!(codes(&log_in(&t, &mut Authenticator::new()).await), ["INVALID_CREDENTIALS"]);
    let begun = begin(&t, None, "beginPasskeyLogin", json!({})).await;
    assert_eq!(codes(&complete_login(&t, &begun.ceremony, "nonsense".to_owned()).await), ["INVALID_CREDENTIALS"]);
    let begun = begin(&t, None, "beginPasskeyLogin", json!({})).await;
    t.wait(5 * 60);
    assert_eq!(codes(&complete_login(&t, &begun.ceremony, key.get(&begun.options)).await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn a_registration_is_of_this_site_of_this_person_and_of_a_new_key(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let mut phished = Authenticator { origin: "http://example.org".to_owned(), ..Authenticator::new() };
    let begun = begin(&t, Some(&nina), "beginPasskeyRegistration", json!({})).await;
    let answer = complete_registration(&t, &nina, &begun.ceremony, phished.create(&begun.options)).await;
    assert_eq!(codes(&answer), ["INVALID_CREDENTIALS"]);
    let mut unverified = Authenticator { verifies: false, ..Authenticator::new() };
    let begun = begin(&t, Some(&nina), "beginPasskeyRegistration", json!({})).await;
    let answer = complete_registration(&t, &nina, &begun.ceremony, unverified.create(&begun.options)).await;
    assert_eq!(codes(&answer), ["INVALID_CREDENTIALS"]);

    let mut key = Authenticator::new();
    let begun = begin(&t, Some(&nina), "beginPasskeyRegistration", json!({})).await;
    let made = key.create(&begun.options);
    assert_eq!(codes(&complete_registration(&t, &miles, &begun.ceremony, made).await), ["INVALID_TOKEN"]);
    // A key of nina's is no key of miles'.
    let (mut key, _) = register_passkey(&t, &nina).await;
    let begun = begin(&t, Some(&miles), "beginPasskeyRegistration", json!({})).await;
    let answer = complete_registration(&t, &miles, &begun.ceremony, key.create(&begun.options)).await;
    assert_eq!(codes(&answer), ["INVALID_CREDENTIALS"]);
    let begun = begin(&t, Some(&nina), "beginPasskeyRegistration", json!({})).await;
    let options: Value = serde_json::from_str(&begun.options).unwrap();
    assert_eq!(options["excludeCredentials"][0]["id"], json!(key.id()));
    assert_eq!(options["authenticatorSelection"]["residentKey"], json!("preferred"));
    assert_eq!(options["authenticatorSelection"]["userVerification"], json!("required"));
}

#[sqlx::test(migrations = false)]
async fn a_copy_of_a_passkey_is_noticed_by_its_counter(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let (mut key, _) = register_passkey(&t, &nina).await;
    let mut copy = key.clone();
    person(&log_in(&t, &mut key).await);
    t.events().await;
    assert_eq!(codes(&log_in(&t, &mut copy).await), ["INVALID_CREDENTIALS"]);
    assert_eq!(t.event_types().await, ["SecurityNotice"]);
    let log: Vec<String> = sqlx::query_scalar("select kind from security_events").fetch_all(&t.pool).await.unwrap();
    assert!(log.contains(&"PASSKEY_CLONED".to_owned()), "{log:?}");
    // A ceremony that began before a use does not bring its counter back.
    let challenge = challenge(&t, &nina.email).await;
    let variables = json!({ "c": challenge });
    let early = begin(&t, None, "challenged", variables.clone()).await;
    let late = begin(&t, None, "challenged", variables).await;
    let mut copy = key.clone();
    let input = json!({ "ceremony": late.ceremony, "credential": key.get(&late.options) });
    person(&complete(&t, &challenge, "passkey", input).await);
    let challenge = self::challenge(&t, &nina.email).await;
    let input = json!({ "ceremony": early.ceremony, "credential": copy.get(&early.options) });
    assert_eq!(codes(&complete(&t, &challenge, "passkey", input).await), ["INVALID_CREDENTIALS"]);
}

#[sqlx::test(migrations = false)]
async fn a_passkey_is_a_second_factor_and_a_proof(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let (mut key, _) = register_passkey(&t, &nina).await;
    let (mut others, _) = register_passkey(&t, &miles).await;
    let challenge = challenge(&t, &nina.email).await;
    let begun = begin(&t, None, "challenged", json!({ "c": challenge })).await;
    let options: Value = serde_json::from_str(&begun.options).unwrap();
    assert_eq!(options["allowCredentials"], json!([{ "type": "public-key", "id": key.id() }]));
    let input = json!({ "ceremony": begun.ceremony, "credential": others.get(&begun.options) });
    assert_eq!(codes(&complete(&t, &challenge, "passkey", input).await), ["INVALID_CREDENTIALS"]);
    // An authenticator that names nobody is good for it: it is known who is asked.
    let begun = begin(&t, None, "challenged", json!({ "c": challenge })).await;
    let mut unnamed = Authenticator { user_handle: None, ..key.clone() };
    let input = json!({ "ceremony": begun.ceremony, "credential": unnamed.get(&begun.options) });
    let signed_in = person(&complete(&t, &challenge, "passkey", input).await);
    key.counter = unnamed.counter;

    t.wait(10 * 60);
    let step_up = "mutation($input: StepUpInput!) { stepUp(input: $input) { expiresAt userErrors { code } } }";
    let begun = begin(&t, Some(&signed_in), "beginPasskeyAssertion", json!({})).await;
    // What one signs for a proof signs nobody in.
    assert_eq!(codes(&complete_login(&t, &begun.ceremony, key.get(&begun.options)).await), ["INVALID_TOKEN"]);
    let begun = begin(&t, Some(&signed_in), "beginPasskeyAssertion", json!({})).await;
    let input = json!({ "passkey": { "ceremony": begun.ceremony, "credential": key.get(&begun.options) } });
    let proved = t.query(Some(&signed_in.access), step_up, json!({ "input": input })).await["stepUp"].take();
    assert_eq!((codes(&proved), proved["expiresAt"].is_string()), (vec![], true));
}

#[sqlx::test(migrations = false)]
async fn passkeys_are_renamed_and_deleted_by_their_owner(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let (mut key, made) = register_passkey(&t, &nina).await;
    let id = made["passkey"]["id"].clone();
    let rename = "mutation($id: ID!, $name: String!) { renamePasskey(id: $id, name: $name) { passkey { name } userErrors { code } } }";
    let delete = "mutation($id: ID!) { deletePasskey(id: $id) { ok userErrors { code } } }";
    let named = json!({ "id": id, "name": "Desk" });
    assert_eq!(codes(&t.query(Some(&miles.access), rename, named.clone()).await["renamePasskey"]), ["NOT_FOUND"]);
    assert_eq!(codes(&t.query(Some(&miles.access), delete, json!({ "id": id })).await["deletePasskey"]), ["NOT_FOUND"]);
    let renamed = t.query(Some(&nina.access), rename, named).await["renamePasskey"].take();
    assert_eq!(renamed["passkey"]["name"], json!("Desk"));
    let begun = begin(&t, None, "beginPasskeyLogin", json!({})).await;
    let deleted = t.query(Some(&nina.access), delete, json!({ "id": id })).await["deletePasskey"].take();
    assert_eq!(deleted["ok"], json!(true));
    assert_eq!(codes(&complete_login(&t, &begun.ceremony, key.get(&begun.options)).await), ["INVALID_CREDENTIALS"]);
    person(&t.login(&nina.email, crate::app::PASSWORD).await);
}

#[sqlx::test(migrations = false)]
async fn a_passkey_is_a_way_in_and_the_last_one_stays(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let (_, made) = register_passkey(&t, &nina).await;
    let link =
        "insert into identities (provider, subject, user_id, created_at) select 'test', '1', id, now() from users";
    for statement in ["update users set password_hash = null", link] {
        sqlx::query(statement).execute(&t.pool).await.unwrap();
    }
    let linked = t.query(Some(&nina.access), "{ viewer { identities { id } } }", json!({})).await;
    let identity = json!({ "id": linked["viewer"]["identities"][0]["id"] });
    let unlink = "mutation($id: ID!) { unlinkIdentity(id: $id) { ok userErrors { code } } }";
    assert_eq!(t.query(Some(&nina.access), unlink, identity).await["unlinkIdentity"]["ok"], json!(true));
    let delete = "mutation($id: ID!) { deletePasskey(id: $id) { ok userErrors { code } } }";
    let passkey = json!({ "id": made["passkey"]["id"] });
    assert_eq!(codes(&t.query(Some(&nina.access), delete, passkey).await["deletePasskey"]), ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn a_suspended_person_signs_in_by_no_passkey(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let (mut key, _) = register_passkey(&t, &nina).await;
    sqlx::query("update users set suspended_at = now()").execute(&t.pool).await.unwrap();
    assert_eq!(codes(&log_in(&t, &mut key).await), ["ACCOUNT_SUSPENDED"]);
}

#[sqlx::test(migrations = false)]
async fn whoever_registered_somebodys_address_keeps_no_passkey_when_its_owner_resets(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let squatter = t.register("nina").await;
    let (mut key, _) = register_passkey(&t, &squatter).await;
    t.events().await;
    let ask = "mutation($email: String!) { requestPasswordReset(email: $email) { ok } }";
    t.query(None, ask, json!({ "email": squatter.email })).await;
    let token = t.mailed_token().await;
    let reset = "mutation($t: String!, $p: String!) { resetPassword(token: $t, newPassword: $p) { ok } }";
    t.query(None, reset, json!({ "t": token, "p": "a loud morning in June" })).await;
    assert_eq!(codes(&log_in(&t, &mut key).await), ["INVALID_CREDENTIALS"]);
    person(&t.login(&squatter.email, "a loud morning in June").await);
}
