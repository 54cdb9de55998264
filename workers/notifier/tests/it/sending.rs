//! Mails leave: over SMTP, with the identity of their event, once.

use polyphony_events::UserId;
use sqlx::PgPool;

use crate::{
    rig::{Rig, mails_in, registered},
    smtp::MailServer,
};

#[sqlx::test(migrations = false)]
async fn a_mail_goes_over_smtp_with_the_identity_of_its_event(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    let event = rig.event(&registered(UserId::new(), "Änne"));
    rig.hear(&event).await;
    rig.sender_over(&server.url).await.send_due().await.unwrap();
    let arrived = server.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].to, "ann@example.org");
    assert!(arrived[0].data.contains(&format!("Message-ID: <{}@example.org>\r\n", event.id)), "{}", arrived[0].data);
    assert!(arrived[0].data.contains("Auto-Submitted: auto-generated\r\n"));
    assert!(arrived[0].data.contains("=?utf-8?b?"), "{}", arrived[0].data);
}

#[sqlx::test(migrations = false)]
async fn an_address_that_is_none_is_given_up_at_once(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let mut nobody = registered(UserId::new(), "Ann");
    nobody.email = "ann@example.org\r\nRCPT TO:<all@example.org>".to_owned();
    rig.hear(&rig.event(&nobody)).await;
    rig.sender_to(folder.path()).await.send_due().await.unwrap();
    assert!(mails_in(folder.path()).is_empty());
    assert_eq!(rig.count("select count(*) from mails where given_up_at is not null").await, 1);
}

#[sqlx::test(migrations = false)]
async fn a_sender_that_died_loses_its_mail_to_another_which_writes_the_same_file(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    rig.hear(&rig.event(&registered(UserId::new(), "Ann"))).await;
    let sender = rig.sender_to(folder.path()).await;
    sender.send_due().await.unwrap();
    // As if it had died between sending and marking.
    sqlx::query("update mails set sent_at = null").execute(&rig.pool).await.unwrap();
    assert_eq!(sender.send_due().await.unwrap(), 0);
    let before = mails_in(folder.path());
    rig.advance(121);
    assert_eq!(sender.send_due().await.unwrap(), 1);
    assert_eq!(mails_in(folder.path()), before);
}

#[sqlx::test(migrations = false)]
async fn two_senders_at_once_send_each_mail_once(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    let ann = UserId::new();
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    for number in 0..30 {
        let other = UserId::new();
        rig.hear(&rig.event(&registered(other, &format!("Person {number}")))).await;
    }
    let (one, other) = (rig.sender_over(&server.url).await, rig.sender_over(&server.url).await);
    for _ in 0..4 {
        let (first, second) = tokio::join!(one.send_due(), other.send_due());
        first.unwrap();
        second.unwrap();
    }
    assert_eq!(server.arrived().len(), 31);
}
