//! Leases: how long what was opened with a token may go on. A subscription ends with its token, or sooner with its session,
//! unless the client shows a newer token or its API key is still good.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::{
    identity::{Caller, Refusal, unix_now},
    state::{Authenticated, EdgeState},
};

/// How long after its token's end something goes on: the client may be about to show the next one.
const GRACE: Duration = Duration::from_secs(5);
/// So long before its token's end an API key is exchanged again.
const RENEW_BEFORE: Duration = Duration::from_mins(1);
/// How often that is tried.
const RENEW_INTERVAL: Duration = Duration::from_secs(5);

/// Why something long-lived ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaseEnd {
    /// Its token has expired and no newer one was shown.
    TokenExpired,
    /// Its session has ended, or what its person may do has changed.
    SessionEnded,
}

/// The right to go on, of a person or a program.
pub(crate) struct Lease {
    state: Arc<EdgeState>,
    /// Exchanged again before the token ends.
    api_key: Option<Arc<str>>,
    held: Mutex<Held>,
}

struct Held {
    caller: Arc<Caller>,
    renews_at: Instant,
    /// The API key is none any more.
    is_revoked: bool,
}

impl Lease {
    /// Begins with the credential that was accepted.
    pub(crate) fn new(state: Arc<EdgeState>, accepted: Authenticated) -> Self {
        let held = Held { caller: accepted.caller, renews_at: Instant::now(), is_revoked: false };
        Self { state, api_key: accepted.exchanged.map(|exchanged| exchanged.key), held: Mutex::new(held) }
    }

    /// Who holds it.
    pub(crate) fn caller(&self) -> Arc<Caller> {
        Arc::clone(&self.held.lock().caller)
    }

    /// Why it has ended, if it has.
    pub(crate) fn end(&self) -> Option<LeaseEnd> {
        let held = self.held.lock();
        if held.is_revoked || self.state.identity.has_ended(&held.caller) {
            return Some(LeaseEnd::SessionEnded);
        }
        (unix_now() >= held.caller.expires_at + GRACE).then_some(LeaseEnd::TokenExpired)
    }

    /// Whether [`Lease::renew`] has something to do.
    pub(crate) fn is_due(&self) -> bool {
        let held = self.held.lock();
        self.api_key.is_some()
            && held.renews_at <= Instant::now()
            && unix_now() + RENEW_BEFORE >= held.caller.expires_at
    }

    /// Goes on for as long as the API key's next token is good.
    pub(crate) async fn renew(&self) {
        let Some(key) = &self.api_key else { return };
        self.held.lock().renews_at = Instant::now() + RENEW_INTERVAL;
        let renewed = self.state.renew_key(key, RENEW_BEFORE).await;
        let mut held = self.held.lock();
        match renewed {
            Ok(Authenticated { caller, .. }) => held.caller = caller,
            Err(Refusal::Invalid | Refusal::Revoked) => held.is_revoked = true,
            // It goes on until the token that it has ends.
            Err(_) => {}
        }
    }

    /// Goes on with a newer token of the same person; an older one changes nothing. Whether it was newer.
    pub(crate) fn extend(&self, newer: Arc<Caller>) -> Result<bool, Refusal> {
        let mut held = self.held.lock();
        if newer.user != held.caller.user || self.api_key.is_some() || newer.is_key {
            return Err(Refusal::OtherCaller);
        }
        let is_newer = newer.expires_at > held.caller.expires_at && newer.version >= held.caller.version;
        if is_newer {
            held.caller = newer;
        }
        Ok(is_newer)
    }
}
