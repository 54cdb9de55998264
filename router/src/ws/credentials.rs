//! Whose a socket is: what the client shows when it begins, and the newer access tokens that it shows later, so that the socket
//! outlives the first one.

use std::{rc::Rc, sync::Arc, time::Duration};

use hive_router::ntex::{
    http::header::{AUTHORIZATION, HeaderValue},
    rt,
    web::ws,
};
use serde_json::{Map, Value};

use crate::{
    api_keys::ApiKeys,
    connections::{Holder, TooManyConnections},
    identity::{self, Refusal, unix_now},
    lease::Lease,
    limits::Verdict,
    state::{API_KEY, Authenticated},
};

use super::{
    connection::{Connection, message_of},
    protocol::{self, Closing},
};

/// When a client may try again that has too many connections: nobody knows when one ends.
const CAPACITY_RETRY_AFTER_MS: u64 = 5_000;

impl Connection {
    /// Begins. A credential that is given here counts instead of one in the request that opened the socket.
    pub(super) fn initialise(self: &Rc<Self>, payload: &Map<String, Value>) -> Option<ws::Message> {
        if self.is_initialised.replace(true) {
            return Some(Closing::TooManyInitialisations.into());
        }
        let given = [(AUTHORIZATION, protocol::authorization(payload)), (API_KEY, protocol::api_key(payload))];
        if given.iter().any(|(_, credential)| credential.is_some()) {
            self.lease.take();
            let mut headers = self.headers.borrow_mut();
            headers.remove(AUTHORIZATION);
            headers.remove(API_KEY);
            for (name, credential) in given {
                // What cannot be a header is no token either, but must be refused and not forgotten.
                let value = credential.map(|credential| {
                    HeaderValue::try_from(credential).unwrap_or_else(|_| HeaderValue::from_static("Bearer"))
                });
                if let Some(value) = value {
                    headers.insert(name, value);
                }
            }
        }
        let connection = Rc::clone(self);
        rt::spawn(async move { connection.acknowledge().await });
        None
    }

    /// Finds out whose the socket is. A credential that is refused is told with each operation, where clients expect it.
    async fn acknowledge(&self) {
        let is_anonymous = match self.authorize().await {
            Ok(()) => self.lease.borrow().is_none(),
            Err(Refusal::RateLimited { .. }) => return self.close(Closing::TooManyConnections),
            Err(_) => true,
        };
        if is_anonymous && self.change_holder(Holder::Anonymous).is_err() {
            return self.close(Closing::TooManyConnections);
        }
        self.send(protocol::acknowledged());
    }

    /// Makes sure that somebody who has shown a credential has a lease.
    async fn authorize(&self) -> Result<(), Refusal> {
        if self.lease.borrow().is_some() {
            return Ok(());
        }
        let headers = self.headers.borrow().clone();
        match self.sockets.state.authenticate(&headers, self.address).await? {
            Some(authenticated) => self.begin_lease(authenticated),
            None => Ok(()),
        }
    }

    /// Looks at who starts an operation. Its extensions may show a newer access token, which subgraphs need not see.
    pub(super) async fn authorize_operation(&self, payload: &mut Map<String, Value>) -> Result<(), Refusal> {
        let extensions = payload.get_mut("extensions").and_then(Value::as_object_mut);
        if let Some(extensions) = extensions
            && let Some(token) = protocol::authorization(extensions).map(str::to_owned)
        {
            extensions.retain(|name, _| !name.eq_ignore_ascii_case("authorization"));
            return self.show(&token).await.map(drop);
        }
        let refused = self.authorize().await;
        if refused.is_err() {
            // What is executed is counted at the edge; this is not.
            self.count().await?;
        }
        refused
    }

    /// Answers a ping, with which the client may show a newer access token.
    pub(super) fn on_ping(self: &Rc<Self>, payload: &Map<String, Value>) -> Option<ws::Message> {
        let Some(token) = protocol::authorization(payload) else { return Some(message_of(protocol::pong())) };
        if self.is_renewing.replace(true) {
            let too_soon = Refusal::RateLimited { retry_after_ms: CAPACITY_RETRY_AFTER_MS };
            return Some(message_of(protocol::authorized(Err(too_soon))));
        }
        let (connection, token) = (Rc::clone(self), token.to_owned());
        rt::spawn(async move {
            let shown = connection.show(&token).await;
            connection.is_renewing.set(false);
            connection.send(protocol::authorized(shown));
        });
        None
    }

    /// Goes on with a newer access token of the same person, and says for how long. Who was nobody becomes that person.
    async fn show(&self, authorization: &str) -> Result<Duration, Refusal> {
        self.count().await?;
        let token = identity::bearer(authorization).filter(|token| !ApiKeys::is_key(token)).ok_or(Refusal::Invalid)?;
        let caller = self.sockets.state.check(token).await?;
        let expires_at = caller.expires_at;
        let lease = self.lease.borrow().clone();
        let is_newer = match lease {
            Some(lease) => lease.extend(caller)?,
            None => self.begin_lease(Authenticated { caller, exchanged: None }).map(|()| true)?,
        };
        if is_newer && let Ok(value) = HeaderValue::try_from(format!("Bearer {token}")) {
            let mut headers = self.headers.borrow_mut();
            headers.remove(API_KEY);
            headers.insert(AUTHORIZATION, value);
        }
        let lease = self.lease.borrow().clone();
        let held = lease.map_or(expires_at, |lease| lease.caller().expires_at);
        Ok(held.saturating_sub(unix_now()))
    }

    fn begin_lease(&self, authenticated: Authenticated) -> Result<(), Refusal> {
        if self.lease.borrow().is_some() {
            // A newer token was shown while this credential was looked at.
            return Ok(());
        }
        let holder = Holder::User(authenticated.caller.user.clone());
        let too_many = |TooManyConnections| Refusal::RateLimited { retry_after_ms: CAPACITY_RETRY_AFTER_MS };
        self.change_holder(holder).map_err(too_many)?;
        self.lease.replace(Some(Rc::new(Lease::new(Arc::clone(&self.sockets.state), authenticated))));
        Ok(())
    }

    fn change_holder(&self, holder: Holder) -> Result<(), TooManyConnections> {
        self.slot.borrow_mut().change_holder(holder)
    }

    /// Counts like a request what is no operation and costs a look at a token.
    async fn count(&self) -> Result<(), Refusal> {
        let caller = self.lease.borrow().as_ref().map(|lease| lease.caller());
        let limiter = &self.sockets.state.limiter;
        match limiter.take(&limiter.buckets_of(caller.as_deref(), self.address)).await {
            Verdict::Pass(_) => Ok(()),
            Verdict::Wait(retry_after_ms) => Err(Refusal::RateLimited { retry_after_ms }),
        }
    }
}
