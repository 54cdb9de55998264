//! Events become mails: one each, whatever comes twice or in another order.

use chrono::{DateTime, TimeDelta};
use polyphony_events::{
    DataExportId, UserId,
    accounts::{EmailChangeRequested, UserDeleted, UserEmailChanged, seal_context},
    media::DataExportEnded,
};
use polyphony_kit::{Envelope, Event};
use sqlx::PgPool;

use crate::rig::{Rig, failed, mails_in, ready, registered, sealer};

#[sqlx::test(migrations = false)]
async fn an_event_that_comes_twice_is_one_mail(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let event = rig.event(&registered(UserId::new(), "Ann"));
    rig.hear(&event).await;
    rig.hear(&event).await;
    let sender = rig.sender_to(folder.path()).await;
    assert_eq!(sender.send_due().await.unwrap(), 1);
    assert_eq!(sender.send_due().await.unwrap(), 0);

    let mails = mails_in(folder.path());
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].0, format!("{}.eml", event.id));
    assert!(mails[0].1.contains("To: Ann <ann@example.org>\r\n"), "{}", mails[0].1);
    assert!(mails[0].1.contains("Subject: Welcome to Polyphony\r\n"));
    assert!(mails[0].1.contains(&format!("Message-ID: <{}@example.org>\r\n", event.id)));
}

#[sqlx::test(migrations = false)]
async fn a_mail_waits_for_the_account_that_it_goes_to(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let sender = rig.sender_to(folder.path()).await;
    let ann = UserId::new();
    rig.hear(&rig.event(&ready(ann, "Slow River"))).await;
    rig.digest().await;
    assert_eq!(sender.send_due().await.unwrap(), 0);
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    assert_eq!(sender.send_due().await.unwrap(), 2);
    let all: String = mails_in(folder.path()).into_iter().map(|(_, mail)| mail).collect();
    assert!(all.contains("Subject: Your track is ready: Slow River\r\n") && all.contains("(3:07)"), "{all}");
}

#[sqlx::test(migrations = false)]
async fn a_failure_is_told_with_its_reason(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = UserId::new();
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    let event = rig.event(&failed(ann));
    rig.hear(&event).await;
    rig.digest().await;
    rig.sender_to(folder.path()).await.send_due().await.unwrap();
    let mail = std::fs::read_to_string(folder.path().join(format!("{}.eml", event.id))).unwrap();
    assert!(mail.contains("Subject: Your track could not be processed: notes.mp3\r\n"), "{mail}");
    assert!(mail.contains("Reason: the file holds no sound\r\n"));
}

#[sqlx::test(migrations = false)]
async fn whoever_asked_for_their_data_is_told_where_it_waits_and_no_mail_has_its_url(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = UserId::new();
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    let ended = |failed_because: Option<&str>| DataExportEnded {
        user_id: ann,
        export_id: DataExportId::new(),
        expires_at: failed_because.is_none().then(|| DateTime::from_timestamp(1_800_000_000, 0).unwrap()),
        failed_because: failed_because.map(str::to_owned),
    };
    let (ready, failed) = (rig.event(&ended(None)), rig.event(&ended(Some("Nobody answered."))));
    rig.hear(&ready).await;
    rig.hear(&failed).await;
    let sender = rig.sender_to(folder.path()).await;
    while sender.send_due().await.unwrap() > 0 {}
    let read = |id| std::fs::read_to_string(folder.path().join(format!("{id}.eml"))).unwrap();
    let mail = read(ready.id);
    assert!(mail.contains("Subject: The copy of your data is ready\r\n"), "{mail}");
    let text = mail.replace("\r\n", " ");
    assert!(text.contains("15 January 2027") && !text.contains("X-Amz"), "{mail}");
    let mail = read(failed.id);
    assert!(mail.contains("Subject: The copy of your data could not be made\r\n"), "{mail}");
    assert!(mail.contains("Reason: Nobody answered."), "{mail}");
}

#[sqlx::test(migrations = false)]
async fn a_name_cannot_write_a_header_and_keeps_its_letters(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = UserId::new();
    rig.hear(&rig.event(&registered(ann, "Ann\r\nBcc: everybody@example.org"))).await;
    rig.hear(&rig.event(&ready(ann, "Jóga\r\nX-Evil: 1 \u{1f3b5}"))).await;
    rig.digest().await;
    rig.sender_to(folder.path()).await.send_due().await.unwrap();
    let mails = mails_in(folder.path());
    assert_eq!(mails.len(), 2);
    for (_, mail) in &mails {
        let head = mail.split("\r\n\r\n").next().unwrap();
        assert!(head.is_ascii());
        let names: Vec<_> =
            head.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_once(':')).collect();
        assert!(names.iter().all(|(name, _)| !matches!(*name, "Bcc" | "X-Evil")), "{head}");
    }
}

#[sqlx::test(migrations = false)]
async fn mail_follows_to_a_new_address_that_both_addresses_were_asked_about(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = UserId::new();
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    let asked = |email: &str, is_current| EmailChangeRequested {
        user_id: ann,
        email: email.to_owned(),
        new_email: "ann@new.example".to_owned(),
        is_current,
        display_name: "Ann".to_owned(),
        locale: "en".to_owned(),
        sealed_token: sealer()
            .seal(&format!("token-for-{email}"), &seal_context(EmailChangeRequested::TYPE, email))
            .unwrap(),
        expires_at: rig.clock.now() + TimeDelta::days(3),
    };
    let (old, new) = (rig.event(&asked("ann@example.org", true)), rig.event(&asked("ann@new.example", false)));
    rig.hear(&old).await;
    rig.hear(&new).await;
    let changed = UserEmailChanged {
        user_id: ann,
        email: "ann@new.example".to_owned(),
        display_name: "Ann".to_owned(),
        locale: "en".to_owned(),
        version: 2,
    };
    rig.hear(&rig.event(&changed)).await;
    let song = rig.event(&ready(ann, "Slow River"));
    rig.hear(&song).await;
    rig.sender_to(folder.path()).await.send_due().await.unwrap();
    rig.digest().await;
    rig.sender_to(folder.path()).await.send_due().await.unwrap();
    let mail = |event: &Envelope| std::fs::read_to_string(folder.path().join(format!("{}.eml", event.id))).unwrap();
    let (old, new, song) = (mail(&old), mail(&new), mail(&song));
    assert!(old.contains("To: Ann <ann@example.org>\r\n") && old.contains("token-for-ann@example.org"), "{old}");
    assert!(old.contains("ann@new.example") && old.contains("refuses it"), "{old}");
    assert!(new.contains("To: Ann <ann@new.example>\r\n") && new.contains("token-for-ann@new.example"), "{new}");
    assert!(song.contains("To: Ann <ann@new.example>\r\n"), "{song}");
}

#[sqlx::test(migrations = false)]
async fn an_older_account_event_does_not_undo_a_newer_one(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let ann = UserId::new();
    let newer = polyphony_events::accounts::UserRegistered { version: 2, ..registered(ann, "Ann the Second") };
    rig.hear(&rig.event(&newer)).await;
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    assert_eq!(rig.count("select count(*) from people where display_name = 'Ann the Second'").await, 1);
}

#[sqlx::test(migrations = false)]
async fn who_has_deleted_their_account_gets_no_more_mail(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = UserId::new();
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    rig.hear(&rig.event(&UserDeleted { user_id: ann, version: 2 })).await;
    rig.hear(&rig.event(&ready(ann, "Slow River"))).await;
    rig.digest().await;
    assert_eq!(rig.sender_to(folder.path()).await.send_due().await.unwrap(), 0);
    assert_eq!(rig.count("select count(*) from people").await, 0);
}
