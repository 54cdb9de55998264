//! The notifier as a test has it: a migrated database, a clock that stands still, and events as they come from Kafka.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{
    JobId, UploadId, UserId,
    accounts::UserRegistered,
    media::{MediaReady, Tags, TranscodeFailed},
};
use polyphony_kit::{Clock, Envelope, Event, consumer, db, request_id::Origin, seal::Sealer};
use polyphony_notifier::{
    MIGRATOR, app::GROUP, config::MailArgs, consumers::Events, mailer::Mailer, outage::Outage, sender::Sender,
    store::Store,
};
use sqlx::PgPool;
use tokio::sync::Notify;
use uuid::Uuid;

/// The notifier around a database.
pub(crate) struct Rig {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    events: Events,
}

impl Rig {
    pub(crate) async fn new(pool: PgPool) -> Self {
        db::migrate(&pool, &MIGRATOR).await.unwrap();
        let now: DateTime<Utc> = "2026-11-20T08:00:00Z".parse().unwrap();
        let clock = Clock::standing_at(now);
        let events = Events { clock: clock.clone(), sealer: sealer(), written: Arc::new(Notify::new()) };
        Self { pool, clock, events }
    }

    /// An event as it comes from Kafka.
    pub(crate) fn event<E: Event>(&self, event: &E) -> Envelope {
        Envelope {
            id: Uuid::now_v7(),
            kind: E::TYPE.to_owned(),
            key: event.key(),
            time: self.clock.now(),
            origin: Origin::fresh(),
            data: serde_json::to_vec(event).unwrap(),
            headers: BTreeMap::default(),
        }
    }

    pub(crate) async fn hear(&self, event: &Envelope) {
        consumer::handle_once(&self.pool, GROUP, &self.events, event).await.unwrap();
    }

    /// A sender that writes into this folder.
    pub(crate) async fn sender_to(&self, folder: &Path) -> Sender {
        self.sender(MailArgs { mail_dir: Some(folder.to_owned()), ..mail_args() }).await
    }

    /// A sender that speaks to the mail server at this URL.
    pub(crate) async fn sender_over(&self, smtp_url: &str) -> Sender {
        self.sender(MailArgs { smtp_url: Some(smtp_url.to_owned()), ..mail_args() }).await
    }

    async fn sender(&self, args: MailArgs) -> Sender {
        Sender {
            store: Store::new(self.pool.clone()),
            clock: self.clock.clone(),
            mailer: Mailer::new(&args, sealer()).await.unwrap(),
            outage: Outage::default(),
            written: Arc::new(Notify::new()),
        }
    }

    /// What the owner is told of uploads is collected for a while: lets that while pass, and writes the digests.
    pub(crate) async fn digest(&self) {
        self.advance(2 * 60);
        let folder = tempfile::tempdir().unwrap();
        let sender = self.sender_to(folder.path()).await;
        while sender.write_due_digest().await.unwrap() {}
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }
}

fn mail_args() -> MailArgs {
    MailArgs {
        smtp_url: None,
        mail_dir: None,
        mail_from: "Polyphony <music@example.org>".parse().unwrap(),
        web_url: Some("https://music.example.org/".to_owned()),
    }
}

/// What accounts seals with.
pub(crate) fn sealer() -> Sealer {
    Sealer::new(&["the sealing key of these tests, long".to_owned()]).unwrap()
}

/// Somebody with this name has registered.
pub(crate) fn registered(user_id: UserId, display_name: &str) -> UserRegistered {
    UserRegistered {
        user_id,
        email: "ann@example.org".to_owned(),
        handle: "ann".to_owned(),
        display_name: display_name.to_owned(),
        locale: "en".to_owned(),
        version: 1,
    }
}

/// A track of theirs is ready.
pub(crate) fn ready(owner_id: UserId, title: &str) -> MediaReady {
    MediaReady {
        upload_id: UploadId::new(),
        job_id: JobId::new(),
        owner_id,
        filename: "01.flac".to_owned(),
        track_id: None,
        duplicate_of: None,
        retags: None,
        replaces: None,
        recording: None,
        quality: None,
        folder: None,
        catalog_from_tags: true,
        tags: Tags { title: Some(title.to_owned()), ..Tags::default() },
        duration_ms: 187_000,
        loudness: None,
        renditions: Vec::new(),
        cover_url: None,
    }
}

/// A file of theirs could not be processed.
pub(crate) fn failed(owner_id: UserId) -> TranscodeFailed {
    TranscodeFailed {
        upload_id: UploadId::new(),
        job_id: JobId::new(),
        owner_id,
        filename: "notes.mp3".to_owned(),
        rejected: true,
        reason: "the file holds no sound".to_owned(),
    }
}

/// The mails in a folder, by name.
pub(crate) fn mails_in(folder: &Path) -> Vec<(String, String)> {
    let mut mails: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    mails.sort();
    mails
}
