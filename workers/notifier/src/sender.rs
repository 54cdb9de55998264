//! The sender: takes up mails that are due, sends them, and marks them. Any number of processes may run one.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::TimeDelta;
use futures::future::join_all;
use polyphony_kit::Clock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{Mail, mail},
    mailer::{Mailer, SendError},
    store::Store,
};

/// How many mails are on their way at once.
const BATCH: i64 = 10;
/// How long a mail is nobody else's; longer than the mail server may take.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// The sender looks by itself this often, for what others wrote and for what is due again.
const POLL: Duration = Duration::from_secs(1);
/// How long mails are kept, longer than the inbox remembers their events.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How often old mails are forgotten.
const FORGET_EVERY: TimeDelta = TimeDelta::hours(1);

/// Sends what consumers wrote.
pub struct Sender {
    /// Where the mails are.
    pub store: Store,
    /// Tells what is due.
    pub clock: Clock,
    /// How they leave.
    pub mailer: Mailer,
    /// Told when a mail was written.
    pub written: Arc<Notify>,
}

impl Sender {
    /// Sends until `stop`; the database and the mail server may go and come back.
    pub async fn run(self, stop: CancellationToken) {
        let mut forget_at = self.clock.now();
        while !stop.is_cancelled() {
            let more = self.work().await;
            if let Err(error) = &more {
                tracing::warn!(error = format!("{error:#}"), "the sender pauses");
            }
            if self.clock.now() >= forget_at {
                forget_at = self.clock.now() + FORGET_EVERY;
                self.forget_old().await;
            }
            if more.is_ok_and(|more| more) {
                continue;
            }
            tokio::select! {
                () = self.written.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Sends a batch, and writes news when there is room for it; gives whether there may be more to do. News wait until
    /// nothing else does: a new code must not stand behind a hundred thousand followers.
    async fn work(&self) -> anyhow::Result<bool> {
        Ok(self.send_due().await? == BATCH as usize || self.tell_followers().await?)
    }

    /// Writes to some of those who follow the artists of a new album, and gives whether there was one.
    pub async fn tell_followers(&self) -> anyhow::Result<bool> {
        self.store.tell_some_followers(self.clock.now()).await.context("tell followers of an album")
    }

    /// Sends one batch of mails that are due, and gives how many it took up.
    pub async fn send_due(&self) -> anyhow::Result<usize> {
        let now = self.clock.now();
        let mails = self.store.take_mails(BATCH, now, now + LEASE).await.context("take up mails")?;
        let outcomes = join_all(mails.iter().map(|mail| self.send(mail))).await;
        outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
        Ok(mails.len())
    }

    async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        let kind = mail.letter.kind();
        let outcome =
            if mail.letter.is_stale(self.clock.now()) { Err(SendError::Stale) } else { self.mailer.send(mail).await };
        let Err(error) = outcome else {
            metrics::counter!("mails_sent_total", "kind" => kind).increment(1);
            tracing::info!(mail.event = %mail.event_id, kind, "a mail was sent");
            return self.store.mark_sent(mail.event_id, self.clock.now()).await.context("mark a mail as sent");
        };
        let now = self.clock.now();
        let next = match &error {
            SendError::NotSent(_) => mail::next_attempt(mail.attempt, now),
            SendError::Unwritable(_) | SendError::Stale => None,
        };
        let reason = format!("{:#}", anyhow::Error::from(error));
        if next.is_some() {
            metrics::counter!("mails_failed_total", "kind" => kind).increment(1);
            tracing::warn!(mail.event = %mail.event_id, kind, attempt = mail.attempt, reason, "a mail waits for its next attempt");
        } else {
            metrics::counter!("mails_given_up_total", "kind" => kind).increment(1);
            tracing::error!(mail.event = %mail.event_id, kind, attempt = mail.attempt, reason, "a mail is given up");
        }
        self.store.mark_failed(mail.event_id, &reason, next, now).await.context("mark a mail as failed")
    }

    async fn forget_old(&self) {
        match self.store.forget_mails_before(self.clock.now() - KEPT).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "old mails are forgotten"),
            Err(error) => tracing::warn!(%error, "old mails were not forgotten"),
        }
    }
}
