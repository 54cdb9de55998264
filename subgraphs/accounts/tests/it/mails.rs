//! Mails that can be asked for: how often they go out, and that none makes another one useless.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Person, TestApp, codes};

const NEW: &str = "a loud morning in June";
const RESEND: &str = "mutation { resendVerificationEmail { ok userErrors { code message } } }";
const REQUEST: &str = "mutation { requestPasswordReset(email: \"nina@example.org\") { ok } }";

async fn reset(t: &TestApp, token: &str) -> Value {
    let query = "mutation($token: String!, $new: String!) {
        resetPassword(token: $token, newPassword: $new) { ok userErrors { code } } }";
    t.query(None, query, json!({ "token": token, "new": NEW })).await["resetPassword"].take()
}

async fn verify(t: &TestApp, token: &str) -> Value {
    let query = "mutation($token: String!) { verifyEmail(token: $token) { ok userErrors { code } } }";
    t.query(None, query, json!({ "token": token })).await["verifyEmail"].take()
}

async fn resend(t: &TestApp, person: &Person) -> Value {
    t.query(Some(&person.access), RESEND, json!({})).await["resendVerificationEmail"].take()
}

/// Asks for a reset every minute for so long; gives the tokens that were sent.
async fn ask_every_minute(t: &TestApp, minutes: i64) -> Vec<String> {
    let mut tokens = Vec::new();
    for _ in 0..minutes {
        t.query(None, REQUEST, json!({})).await;
        tokens.extend(mailed_tokens(t).await);
        t.wait(60);
    }
    tokens
}

/// The tokens of the mails that were asked for since.
async fn mailed_tokens(t: &TestApp) -> Vec<String> {
    t.events().await.iter().filter_map(|event| t.opened(event)).collect()
}

#[sqlx::test(migrations = false)]
async fn who_asks_every_minute_neither_floods_a_mailbox_nor_spoils_the_mail_that_is_there(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    let tokens = ask_every_minute(&t, 60).await;
    assert_eq!(tokens.len(), 2);
    // The first has expired by now, the second works until the third can be had.
    assert_eq!(codes(&reset(&t, &tokens[0]).await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&reset(&t, &tokens[1]).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn the_first_mail_works_though_others_were_asked_for_and_using_it_ends_them(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    let tokens = ask_every_minute(&t, 59).await;
    assert_eq!(tokens.len(), 2);
    assert_eq!(codes(&reset(&t, &tokens[0]).await), [""; 0]);
    assert_eq!(codes(&reset(&t, &tokens[1]).await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn at_every_time_of_an_attack_there_is_a_mail_that_works(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    let mut tokens = Vec::new();
    for step in [0, 59, 1, 1800, 1799, 1, 3600, 80_000, 2799, 1, 86_399] {
        t.wait(step);
        t.query(None, REQUEST, json!({})).await;
        tokens.extend(mailed_tokens(&t).await);
        let valid: i64 =
            sqlx::query_scalar("select count(*) from sent_tokens where purpose = 'RESET_PASSWORD' and expires_at > $1")
                .bind(t.app.clock.now())
                .fetch_one(&t.pool)
                .await
                .unwrap();
        assert!((1..=3).contains(&valid), "{valid} valid tokens after {} mails", tokens.len());
    }
    assert_eq!(tokens.len(), 4);
    assert_eq!(codes(&reset(&t, tokens.last().unwrap()).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn the_verification_mail_is_sent_again_less_and_less_often_and_each_of_them_works(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let refused = resend(&t, &nina).await;
    assert_eq!((codes(&refused), &refused["ok"]), (vec!["TOO_SOON"], &json!(false)));
    let mut tokens = Vec::new();
    for (wait, sent) in [(59, 0), (1, 1), (599, 0), (1, 1)] {
        t.wait(wait);
        let sent_again = resend(&t, &nina).await;
        assert_eq!(codes(&sent_again).len(), 1 - sent, "after {wait}");
        let fresh = mailed_tokens(&t).await;
        assert_eq!(fresh.len(), sent);
        tokens.extend(fresh);
    }
    assert_eq!(codes(&verify(&t, &tokens[0]).await), [""; 0]);
    assert_eq!(codes(&verify(&t, &tokens[1]).await), ["INVALID_TOKEN"]);
    // Who is verified gets no more of them.
    assert_eq!(resend(&t, &nina).await["ok"], json!(true));
    assert_eq!(t.events().await, []);
    assert_eq!(t.code(None, RESEND, json!({})).await, "UNAUTHENTICATED");
}

#[sqlx::test(migrations = false)]
async fn making_an_account_again_and_again_sends_no_more_mails_to_its_address(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let delete = "mutation { deleteAccount(password: \"a quiet evening in May\") { ok } }";
    t.query(Some(&nina.access), delete, json!({})).await;
    t.events().await;
    let register = "mutation { register(input: { email: \"nina@example.org\", password: \"a quiet evening in May\",
        handle: \"nina\", displayName: \"Nina\" }) { tokens { accessToken } userErrors { code } } }";
    let again = t.query(None, register, json!({})).await;
    assert_eq!(codes(&again["register"]), [""; 0]);
    assert!(!t.event_types().await.contains(&"EmailVerificationRequested".to_owned()));
}

#[sqlx::test(migrations = false)]
async fn of_many_requests_at_once_one_sends_a_mail(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    futures::future::join_all((0..10).map(|_| t.query(None, REQUEST, json!({})))).await;
    assert_eq!(t.event_types().await, ["PasswordResetRequested"]);
}
