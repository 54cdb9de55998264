//! Uploads are told of by one mail for an import, with what failed on top; security is not, and whoever it concerns hears at once.

use polyphony_events::{UserId, accounts::SecurityNotice};
use sqlx::PgPool;

use crate::rig::{Rig, failed, mails_in, ready, registered};

impl Rig {
    async fn import(&self, owner: UserId, count: usize) {
        for number in 0..count {
            self.hear(&self.event(&ready(owner, &format!("Track {number}")))).await;
        }
    }

    /// The mails on uploads that have been written so far.
    async fn told_of_uploads(&self) -> i64 {
        self.count("select count(*) from mails where letter ->> 'kind' in ('uploads', 'track_ready', 'track_failed')")
            .await
    }
}

#[sqlx::test(migrations = false)]
async fn an_import_of_five_hundred_is_one_mail_with_its_failures_on_top(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = UserId::new();
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    rig.import(ann, 250).await;
    for _ in 0..3 {
        rig.hear(&rig.event(&failed(ann))).await;
    }
    rig.import(ann, 250).await;
    // Written by two processes at once.
    rig.advance(2 * 60);
    let (one, other) = (rig.sender_to(folder.path()).await, rig.sender_to(folder.path()).await);
    let (first, second) = tokio::join!(one.write_due_digest(), other.write_due_digest());
    assert!(first.unwrap() | second.unwrap());
    while one.write_due_digest().await.unwrap() || one.send_due().await.unwrap() > 0 {}

    let mails: Vec<_> = mails_in(folder.path()).into_iter().filter(|(_, mail)| !mail.contains("Welcome")).collect();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0].1;
    assert!(mail.contains("Subject: 3 of 503 tracks could not be processed\r\n"), "{mail}");
    let at = |text: &str| mail.find(text).unwrap_or_else(|| panic!("{text} is not in {mail}"));
    assert_eq!(mail.matches("- notes.mp3: the file holds no sound\r\n").count(), 3);
    assert!(at("- notes.mp3") < at("500 tracks are ready to be played:") && at("- Track 0") < at("- and 480 more"));
    assert_eq!(rig.count("select (select count(*) from digests) + (select count(*) from finished_uploads)").await, 0);
}

#[sqlx::test(migrations = false)]
async fn a_single_upload_is_told_of_as_itself_when_it_stays_alone(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = UserId::new();
    rig.hear(&rig.event(&registered(ann, "Ann"))).await;
    let event = rig.event(&ready(ann, "Slow River"));
    rig.hear(&event).await;
    rig.digest().await;
    while rig.sender_to(folder.path()).await.send_due().await.unwrap() > 0 {}
    let mail = std::fs::read_to_string(folder.path().join(format!("{}.eml", event.id))).unwrap();
    assert!(mail.contains("Subject: Your track is ready: Slow River\r\n"), "{mail}");
}

#[sqlx::test(migrations = false)]
async fn a_digest_waits_for_quiet_but_not_for_ever_and_for_each_person_alone(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let sender = rig.sender_to(folder.path()).await;
    let (ann, bob) = (UserId::new(), UserId::new());
    rig.import(bob, 2).await;
    // Ann's import goes on and on, a track a minute.
    for minute in 0..15 {
        assert!(rig.told_of_uploads().await <= 1, "after {minute} minutes");
        rig.import(ann, 1).await;
        rig.advance(60);
        while sender.write_due_digest().await.unwrap() {}
    }
    assert_eq!(rig.told_of_uploads().await, 2, "Bob's after two minutes, and Ann's after fifteen");
    // What comes later is in the next one, and what came twice is told once.
    let event = rig.event(&ready(ann, "Late"));
    rig.hear(&event).await;
    rig.hear(&event).await;
    rig.digest().await;
    assert_eq!(rig.told_of_uploads().await, 3);
}

#[sqlx::test(migrations = false)]
async fn security_is_told_at_once_and_to_who_wants_no_news(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let folder = tempfile::tempdir().unwrap();
    let ann = UserId::new();
    let kinds = ["PASSWORD_CHANGED", "API_KEY_CREATED", "SOMETHING_NEW"];
    sqlx::query("insert into preferences (user_id, wants_news, version) values ($1, false, 9)")
        .bind(ann.0)
        .execute(&rig.pool)
        .await
        .unwrap();
    for kind in kinds {
        let notice = SecurityNotice {
            user_id: ann,
            email: "ann@example.org".to_owned(),
            display_name: "Ann".to_owned(),
            locale: "en".to_owned(),
            kind: kind.to_owned(),
            detail: Some("backup".to_owned()),
            session_id: None,
            device_name: None,
            user_agent: Some("tests/1.0".to_owned()),
            ip_address: Some("203.0.113.7".to_owned()),
            at: rig.clock.now(),
        };
        rig.hear(&rig.event(&notice)).await;
    }
    assert_eq!(rig.sender_to(folder.path()).await.send_due().await.unwrap(), 3);
    let all: String = mails_in(folder.path()).into_iter().map(|(_, mail)| mail).collect();
    for subject in
        ["Your password was changed", "A new API key was made", "The security of your account: something new"]
    {
        assert!(all.contains(&format!("Subject: {subject}\r\n")), "{subject} is not in {all}");
    }
    assert!(all.contains("Device: tests/1.0\r\nAddress: 203.0.113.7\r\n"), "{all}");
    assert!(!all.contains("List-Unsubscribe"), "{all}");
}
