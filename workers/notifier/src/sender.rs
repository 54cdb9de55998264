//! The sender: takes up mails that are due, sends them, and marks them. Any number of processes may run one.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use polyphony_kit::Clock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{Mail, mail::RETRY_WINDOW},
    mailer::{Mailer, SendError},
    outage::Outage,
    store::Store,
};

/// How many mails are on their way at once.
const BATCH: i64 = 10;
/// How long a mail is nobody else's; longer than sending one and looking for the mail server may take.
const LEASE: TimeDelta = TimeDelta::seconds(120);
/// The longest sleep: for mail of processes that died, and for news that another process stopped writing.
const FALLBACK_POLL_INTERVAL: Duration = Duration::from_secs(30);
/// The shortest sleep, for what is due but in the hands of another process, and while the database is away.
const MIN_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How long mails are kept, longer than the inbox remembers their events.
const RETENTION: TimeDelta = TimeDelta::days(30);
/// How often old mails are forgotten.
const PRUNE_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Sends what consumers wrote.
pub struct Sender {
    /// Where the mails are.
    pub store: Store,
    /// Tells what is due.
    pub clock: Clock,
    /// How they leave.
    pub mailer: Mailer,
    /// Whether the mail server is away.
    pub outage: Outage,
    /// Told when a mail was written.
    pub written: Arc<Notify>,
}

impl Sender {
    /// Sends until `stop`; the database and the mail server may go and come back. With nothing to do it sleeps until something is
    /// due or was written.
    pub async fn run(self, stop: CancellationToken) {
        let mut prune_at = self.clock.now();
        while !stop.is_cancelled() {
            let more = self.work().await;
            if let Err(error) = &more {
                tracing::warn!(error = format!("{error:#}"), "the sender pauses");
            }
            if self.clock.now() >= prune_at {
                prune_at = self.clock.now() + PRUNE_INTERVAL;
                self.forget_old().await;
            }
            if more.is_ok_and(|more| more) {
                continue;
            }
            let idle = self.idle_time().await;
            tokio::select! {
                () = self.written.notified() => {}
                () = tokio::time::sleep(idle) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Sends a batch, and writes digests and news when there is room for them; gives whether there may be more to do. News wait
    /// until nothing else does: a new code must not stand behind a hundred thousand followers.
    async fn work(&self) -> anyhow::Result<bool> {
        Ok(self.send_batch().await?.is_full() || self.write_due_digest().await? || self.tell_followers().await?)
    }

    /// How long there is nothing to do, as far as is known.
    async fn idle_time(&self) -> Duration {
        let due = match self.outage.retry_at() {
            Some(retry_at) => Ok(Some(retry_at)),
            None => self.store.next_due().await,
        };
        let due = due.unwrap_or_else(|error| {
            tracing::warn!(%error, "the sender does not know what is due next");
            Some(self.clock.now())
        });
        let wait = due.map(|due| (due - self.clock.now()).to_std().unwrap_or_default());
        wait.unwrap_or(FALLBACK_POLL_INTERVAL).clamp(MIN_POLL_INTERVAL, FALLBACK_POLL_INTERVAL)
    }

    /// Writes to some of those who follow the artists of a new album, and gives whether there was one.
    pub async fn tell_followers(&self) -> anyhow::Result<bool> {
        self.store.tell_some_followers(self.clock.now()).await.context("tell followers of an album")
    }

    /// Writes the mail of one digest that is due, and gives whether there was one.
    pub async fn write_due_digest(&self) -> anyhow::Result<bool> {
        self.store.write_due_digest(self.clock.now()).await.context("write a digest")
    }

    /// Sends one batch of mails that are due, and gives how many it took up.
    pub async fn send_due(&self) -> anyhow::Result<usize> {
        Ok(self.send_batch().await?.taken)
    }

    async fn send_batch(&self) -> anyhow::Result<Batch> {
        let now = self.clock.now();
        let allowed = self.outage.allows(BATCH, now);
        if allowed == 0 {
            return Ok(Batch { taken: 0, allowed });
        }
        let mails = self.store.take_mails(allowed, now, now + LEASE).await.context("take up mails")?;
        let outcomes = join_all(mails.iter().map(|mail| self.send(mail))).await;
        let is_away = self.look_for_server(&outcomes).await;
        for (mail, outcome) in mails.iter().zip(outcomes) {
            self.settle(mail, outcome, is_away).await?;
        }
        Ok(Batch { taken: mails.len(), allowed })
    }

    /// Whether mails failed because the mail server is away, or will take none of ours: that is no mail's fault.
    async fn look_for_server(&self, outcomes: &[Result<(), SendError>]) -> bool {
        let failed = outcomes.iter().any(|outcome| outcome.as_ref().is_err_and(SendError::may_be_an_outage));
        if failed && !self.mailer.is_reachable().await {
            self.outage.begin(self.clock.now());
            metrics::counter!("mail_server_outages_total").increment(1);
            return true;
        }
        if failed || outcomes.iter().any(Result::is_ok) {
            self.outage.end();
        }
        false
    }

    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        if mail.letter.is_stale(self.clock.now()) {
            return Err(SendError::Stale);
        }
        self.mailer.send(mail).await
    }

    async fn settle(&self, mail: &Mail, outcome: Result<(), SendError>, is_away: bool) -> anyhow::Result<()> {
        let (kind, now) = (mail.letter.kind(), self.clock.now());
        let Err(error) = outcome else {
            metrics::counter!("mails_sent_total", "kind" => kind).increment(1);
            tracing::info!(mail.event = %mail.event_id, kind, "a mail was sent");
            return self.store.mark_sent(mail.event_id, now).await.context("mark a mail as sent");
        };
        let (is_away, reason) = (is_away && error.may_be_an_outage(), error.reason());
        if is_away && now < mail.created_at + RETRY_WINDOW {
            tracing::warn!(mail.event = %mail.event_id, kind, reason, "the mail server is away, a mail waits for it");
            return self.store.release(mail.event_id, &reason, now).await.context("give a mail back");
        }
        let next = if error.is_permanent() && !is_away { None } else { mail.next_attempt(now) };
        report(mail, &reason, next);
        self.store.mark_failed(mail.event_id, &reason, next, now).await.context("mark a mail as failed")
    }

    async fn forget_old(&self) {
        match self.store.forget_mails_before(self.clock.now() - RETENTION).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "old mails are forgotten"),
            Err(error) => tracing::warn!(%error, "old mails were not forgotten"),
        }
    }
}

/// What one round of sending came to.
#[derive(Clone, Copy, Debug)]
struct Batch {
    taken: usize,
    allowed: i64,
}

impl Batch {
    /// Whether more may be due.
    fn is_full(self) -> bool {
        self.allowed > 0 && self.taken == self.allowed as usize
    }
}

/// Counts and logs a failure. Of the address a log knows the domain alone.
fn report(mail: &Mail, reason: &str, next: Option<DateTime<Utc>>) {
    let (kind, domain) = (mail.letter.kind(), mail.domain());
    if next.is_some() {
        metrics::counter!("mails_failed_total", "kind" => kind).increment(1);
        tracing::warn!(mail.event = %mail.event_id, kind, domain, attempt = mail.attempt, reason, "a mail waits for its next attempt");
    } else {
        metrics::counter!("mails_given_up_total", "kind" => kind).increment(1);
        tracing::error!(mail.event = %mail.event_id, kind, domain, attempt = mail.attempt, reason, "a mail is given up");
    }
}
