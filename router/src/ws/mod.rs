//! The WebSocket door: graphql-transport-ws on `/graphql`.
//!
//! hive-router has one too, but it sees nothing of the request that opens a socket: not the token of a native client,
//! not its address. Here each operation becomes a request to the same endpoint that HTTP clients call.

mod connection;
mod protocol;

use std::{
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use hive_router::ntex::{
    chain,
    http::{
        HeaderMap,
        header::{HOST, ORIGIN, RETRY_AFTER},
    },
    service::{fn_factory_with_config, fn_service, fn_shutdown},
    web::{self, HttpRequest, HttpResponse, guard, ws},
};

use crate::{
    config::{Config, Environment},
    graphql::GraphQl,
    render::GRAPHQL_PATH,
    routes::is_websocket_upgrade,
    state::EdgeState,
};

use self::connection::Connection;

/// What all sockets of one worker thread share.
#[derive(Clone)]
pub(crate) struct Sockets {
    /// Where operations are executed.
    pub(crate) graphql: Rc<GraphQl>,
    /// Knows whose sessions have ended.
    pub(crate) state: Arc<EdgeState>,
    /// Sites that may open sockets.
    pub(crate) origins: Rc<Origins>,
    /// Places for sockets, shared by all workers.
    pub(crate) places: Places,
    /// Bytes of the longest message.
    pub(crate) longest_message: usize,
}

impl Sockets {
    /// Serves sockets at the GraphQL path; requests that are no upgrade fall through to HTTP.
    pub(crate) fn serve(self, config: &mut web::ServiceConfig) {
        let is_upgrade = guard::fn_guard(|head| is_websocket_upgrade(&head.method, head.headers()));
        config.state(self).service(web::resource(GRAPHQL_PATH).guard(is_upgrade).route(web::get().to(open)));
    }
}

/// How many sockets may be open at once.
#[derive(Clone)]
pub(crate) struct Places {
    taken: Arc<AtomicUsize>,
    total: usize,
}

/// A socket's place, given back when it is dropped.
pub(crate) struct Place(Arc<AtomicUsize>);

impl Places {
    /// `total` places, all free.
    pub(crate) fn new(total: usize) -> Self {
        Self { taken: Arc::default(), total }
    }

    fn take(&self) -> Option<Place> {
        let more = |taken| (taken < self.total).then_some(taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Place(Arc::clone(&self.taken)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The sites whose scripts may open sockets. A browser names the site, and no script can change that; other clients name none.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    listed: Vec<String>,
    any: bool,
}

impl Origins {
    /// As CORS has them: any in development when none is listed.
    pub(crate) fn of(config: &Config) -> Self {
        let listed = config.origins();
        let open = listed.is_empty() && config.environment == Environment::Development;
        Self { any: open || listed.iter().any(|origin| origin == "*"), listed }
    }

    /// Whether the request may open a socket: its site is listed, or is the router's own.
    fn admits(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(origin) = headers.get(ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return self.any };
        let own = text(HOST).zip(origin.split_once("://")).is_some_and(|(host, (_, site))| host == site);
        self.any || own || self.listed.iter().any(|listed| listed == origin)
    }
}

async fn open(request: HttpRequest, sockets: web::types::State<Sockets>) -> Result<HttpResponse, web::Error> {
    if !sockets.origins.admits(request.headers()) {
        return Ok(HttpResponse::Forbidden().body("this site may not open sockets"));
    }
    let Some(place) = sockets.places.take() else {
        return Ok(HttpResponse::ServiceUnavailable().header(RETRY_AFTER, "5").body("too many open sockets"));
    };
    // A socket without our protocol is opened and closed with a reason, because a browser shows none of a refusal.
    let protocol = ws::subprotocols(&request).find(|name| *name == protocol::NAME).map(|_| protocol::NAME);
    let sockets = sockets.get_ref().clone();
    // Taken by the first socket, which is the only one of this request.
    let place = std::cell::Cell::new(Some(place));
    let opened_with = request.headers().clone();

    let factory = fn_factory_with_config(move |sink: ws::WsSink| {
        let connection = Connection::open(sink, sockets.clone(), &opened_with, protocol.is_some(), place.take());
        async move {
            let frames = Rc::clone(&connection);
            let frames = fn_service(move |frame| {
                let connection = Rc::clone(&frames);
                async move { Ok::<_, std::io::Error>(connection.hear(frame)) }
            });
            let closed = fn_shutdown(async move || connection.closed());
            Ok::<_, web::Error>(chain(frames).and_then(closed))
        }
    });
    ws::start(request, protocol, factory).await
}

#[cfg(test)]
mod tests {
    use hive_router::ntex::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_listed_sites_and_our_own_open_sockets() {
        let origins = Origins { listed: vec!["https://music.example".to_owned()], any: false };
        let admits = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("api.example:4000"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            origins.admits(&headers)
        };
        assert!(admits(None) && admits(Some("https://music.example")) && admits(Some("https://api.example:4000")));
        assert!(!admits(Some("https://evil.example")) && !admits(Some("null")));
        assert!(!admits(Some("https://music.example.evil.example")));
    }

    #[test]
    fn a_place_is_free_again_when_its_socket_is_gone() {
        let places = Places::new(1);
        let place = places.take();
        assert!(place.is_some() && places.take().is_none());
        drop(place);
        assert!(places.take().is_some());
    }
}
