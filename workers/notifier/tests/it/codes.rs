//! Codes in mails: they stand in the mail and nowhere else.

use polyphony_events::{
    UserId,
    accounts::{PasswordResetRequested, seal_context},
};
use polyphony_kit::{Event, seal::Sealer};
use sqlx::PgPool;

use crate::{
    rig::{Rig, mails_in, sealer},
    smtp::MailServer,
};

const CODE: &str = "plym_sesame-opens";

fn requested(rig: &Rig, sealed_token: Option<String>, token: &str) -> PasswordResetRequested {
    PasswordResetRequested {
        user_id: UserId::new(),
        email: "old@example.org".to_owned(),
        display_name: "Ann".to_owned(),
        locale: "en".to_owned(),
        sealed_token,
        token: token.to_owned(),
        expires_at: rig.clock.now() + chrono::TimeDelta::minutes(30),
        sign_in_providers: Vec::new(),
    }
}

fn sealed(email: &str) -> String {
    sealer().seal(CODE, &seal_context(PasswordResetRequested::TYPE, email)).unwrap()
}

/// How many rows of any table hold the code.
async fn rows_with_code(rig: &Rig) -> i64 {
    rig.count(
        "select (select count(*) from mails m where m::text like '%sesame%')
            + (select count(*) from inbox i where i::text like '%sesame%')",
    )
    .await
}

#[sqlx::test(migrations = false)]
async fn a_reset_code_goes_sealed_to_the_mail_of_its_event(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let event = rig.event(&requested(&rig, Some(sealed("old@example.org")), ""));
    assert!(!String::from_utf8_lossy(&event.data).contains("sesame"));
    rig.hear(&event).await;
    assert_eq!(rows_with_code(&rig).await, 0, "while the mail waits");
    assert_eq!(rig.sender_to(folder.path()).await.send_due().await.unwrap(), 1);
    let mails = mails_in(folder.path());
    assert!(mails[0].1.contains("To: Ann <old@example.org>\r\n"), "{}", mails[0].1);
    assert!(mails[0].1.contains(&format!("\r\n{CODE}\r\n")), "{}", mails[0].1);
    assert_eq!(rows_with_code(&rig).await, 0);
    assert_eq!(rig.count("select count(*) from mails where letter ?| array['sealed', 'token']").await, 0);
}

#[sqlx::test(migrations = false)]
async fn a_code_that_comes_in_the_clear_is_sealed_on_arrival(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    // As accounts of the release before wrote it.
    let mut event = rig.event(&requested(&rig, None, CODE));
    let mut data: serde_json::Value = serde_json::from_slice(&event.data).unwrap();
    data.as_object_mut().unwrap().retain(|name, _| name != "sealed_token" && name != "sign_in_providers");
    event.data = serde_json::to_vec(&data).unwrap();
    rig.hear(&event).await;
    assert_eq!(rows_with_code(&rig).await, 0);
    assert_eq!(rig.sender_to(folder.path()).await.send_due().await.unwrap(), 1);
    assert!(mails_in(folder.path())[0].1.contains(&format!("\r\n{CODE}\r\n")));
}

#[sqlx::test(migrations = false)]
async fn a_mail_that_was_written_before_codes_were_sealed_still_goes(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let letter = serde_json::json!({ "kind": "reset_password", "token": CODE, "expires_at": "2026-11-20T09:00:00Z" });
    let insert = "insert into mails (event_id, user_id, email, display_name, letter, created_at, next_attempt_at)
        values (gen_random_uuid(), gen_random_uuid(), 'ann@example.org', 'Ann', $1, $2, $2)";
    sqlx::query(insert).bind(letter).bind(rig.clock.now()).execute(&rig.pool).await.unwrap();
    assert_eq!(rig.sender_to(folder.path()).await.send_due().await.unwrap(), 1);
    assert!(mails_in(folder.path())[0].1.contains(CODE));
    assert_eq!(rows_with_code(&rig).await, 0);
}

#[sqlx::test(migrations = false)]
async fn a_sealed_code_that_was_moved_to_another_address_is_not_sent(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    rig.hear(&rig.event(&requested(&rig, Some(sealed("admin@example.org")), ""))).await;
    let stranger = Sealer::new(&["some other key that is long enough, too".to_owned()]).unwrap();
    let theirs = stranger.seal(CODE, &seal_context(PasswordResetRequested::TYPE, "old@example.org")).unwrap();
    rig.hear(&rig.event(&requested(&rig, Some(theirs), ""))).await;
    assert_eq!(rig.sender_over(&server.url).await.send_due().await.unwrap(), 2);
    assert_eq!(server.arrived().len(), 0);
    assert_eq!(rig.count("select count(*) from mails where last_error like '%does not open%'").await, 2);
}

#[sqlx::test(migrations = false)]
async fn a_code_that_has_expired_is_not_sent(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    rig.hear(&rig.event(&requested(&rig, Some(sealed("old@example.org")), ""))).await;
    rig.advance(30 * 60);
    rig.sender_over(&server.url).await.send_due().await.unwrap();
    assert_eq!(server.arrived().len(), 0);
    assert_eq!(rig.count("select count(*) from mails where given_up_at is not null").await, 1);
}
