//! The WebSocket door: graphql-transport-ws on `/graphql`.
//!
//! hive-router has one too, but it sees nothing of the request that opens a socket: not the token of a native client,
//! not its address. Here each operation becomes a request to the same endpoint that HTTP clients call.

mod connection;
mod credentials;
mod protocol;

use std::{cell::Cell, net::IpAddr, rc::Rc, sync::Arc};

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
    connections::{Holder, Slot},
    graphql::GraphQl,
    lease::Lease,
    limits::Verdict,
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
    /// Knows who may open sockets, and whose tokens and sessions have ended.
    pub(crate) state: Arc<EdgeState>,
    /// Sites that may open sockets.
    pub(crate) origins: Rc<Origins>,
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
    let opening = match admit(request.headers(), &sockets).await {
        Ok(opening) => opening,
        Err(refused) => return Ok(refused),
    };
    // A socket without our protocol is opened and closed with a reason, because a browser shows none of a refusal.
    let protocol = ws::subprotocols(&request).find(|name| *name == protocol::NAME).map(|_| protocol::NAME);
    let sockets = sockets.get_ref().clone();
    // Taken by the first socket, which is the only one of this request.
    let opening = Cell::new(Some(opening));

    let factory = fn_factory_with_config(move |sink: ws::WsSink| {
        let connection =
            opening.take().map(|opening| Connection::open(sink, sockets.clone(), opening, protocol.is_some()));
        async move {
            let connection = connection.ok_or_else(|| std::io::Error::other("a request opens one socket"))?;
            let frames = Rc::clone(&connection);
            let frames = fn_service(move |frame| {
                let connection = Rc::clone(&frames);
                async move { Ok::<_, std::io::Error>(connection.on_frame(frame)) }
            });
            let closed = fn_shutdown(async move || connection.on_closed());
            Ok::<_, web::Error>(chain(frames).and_then(closed))
        }
    });
    ws::start(request, protocol, factory).await
}

/// A request that may open a socket.
struct Opening {
    headers: HeaderMap,
    address: Option<IpAddr>,
    slot: Slot,
    /// Of a token that came with the request; a browser's comes in `connection_init`.
    lease: Option<Lease>,
}

/// Whether a request with these headers may open a socket.
async fn admit(headers: &HeaderMap, sockets: &Sockets) -> Result<Opening, HttpResponse> {
    if !sockets.origins.admits(headers) {
        return Err(HttpResponse::Forbidden().body("this site may not open sockets"));
    }
    let state = &sockets.state;
    // The edge has written there who the client is.
    let address = headers.get("x-forwarded-for").and_then(|address| address.to_str().ok()?.parse().ok());
    if let Verdict::Wait(wait_ms) = state.limiter.take(&state.limiter.socket_buckets(address)).await {
        let retry_after = wait_ms.div_ceil(1_000).to_string();
        return Err(HttpResponse::TooManyRequests().header(RETRY_AFTER, retry_after).body("too many new sockets"));
    }
    let authenticated = state.authenticate(headers, address).await.ok().flatten();
    let user = authenticated.as_ref().map(|authenticated| authenticated.caller.user.clone());
    let holder = user.map_or(Holder::Opening, Holder::User);
    let Ok(slot) = state.connections.acquire(address, holder) else {
        return Err(HttpResponse::ServiceUnavailable().header(RETRY_AFTER, "5").body("too many open sockets"));
    };
    let lease = authenticated.map(|authenticated| Lease::new(Arc::clone(state), authenticated));
    Ok(Opening { headers: headers.clone(), address, slot, lease })
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
}
