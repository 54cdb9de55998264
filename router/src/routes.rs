//! What the public port serves. It is a list of what is allowed: a request that is on it is dealt with as it says, every other
//! one is answered 404 before anything behind the edge sees it. The path is compared as the client has sent it, without
//! decoding: `/%67raphql` is not `/graphql`.

use hive_router::{
    http::Method,
    ntex::http::{
        HeaderMap,
        header::{CONNECTION, UPGRADE},
    },
};

use crate::{
    config::{Config, Environment},
    render::GRAPHQL_PATH,
};

/// Where researchers read how to report a vulnerability (RFC 9116).
const SECURITY_TXT_PATH: &str = "/.well-known/security.txt";

/// Longest id of a persisted document in a path, in bytes.
const MAX_DOCUMENT_ID_BYTES: usize = 128;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// A GraphQL operation over HTTP, or the explorer's page, which the same handler serves.
    Operation,
    /// Opens a WebSocket.
    Socket,
    /// A browser asks whether a page may send an operation. It can execute nothing.
    Preflight,
    /// The root, which leads to the explorer.
    Root,
    /// How to report a vulnerability.
    SecurityTxt,
}

/// The routes of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Routes {
    has_explorer: bool,
    has_persisted_documents: bool,
    has_security_contact: bool,
}

impl Routes {
    /// The routes that the configuration switches on.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            has_explorer: config.environment == Environment::Development,
            has_persisted_documents: config.persisted_documents.is_some(),
            has_security_contact: config.security_contact().is_some(),
        }
    }

    /// What the request is for; `None` when nothing is served there.
    pub(crate) fn find(self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Route> {
        let reads = *method == Method::GET || *method == Method::HEAD;
        match path {
            GRAPHQL_PATH if is_websocket_upgrade(method, headers) => Some(Route::Socket),
            GRAPHQL_PATH => Some(operation(method)),
            "/" if self.has_explorer && reads => Some(Route::Root),
            SECURITY_TXT_PATH if self.has_security_contact && reads => Some(Route::SecurityTxt),
            _ if self.has_persisted_documents && is_document(path) => Some(operation(method)),
            _ => None,
        }
    }
}

fn operation(method: &Method) -> Route {
    if *method == Method::OPTIONS { Route::Preflight } else { Route::Operation }
}

/// Whether this is `/graphql/<id of a persisted document>`.
fn is_document(path: &str) -> bool {
    let id = path.strip_prefix(GRAPHQL_PATH).and_then(|rest| rest.strip_prefix('/'));
    id.is_some_and(|id| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'~');
        (1..=MAX_DOCUMENT_ID_BYTES).contains(&id.len()) && id.bytes().all(is_plain)
    })
}

/// Whether the request opens a WebSocket (RFC 6455, 4.1): a GET with `Upgrade: websocket` and `Connection: upgrade`. Anything
/// less, an `Upgrade: h2c` say, is a plain request.
pub(crate) fn is_websocket_upgrade(method: &Method, headers: &HeaderMap) -> bool {
    let names = |header, wanted: &str| {
        let values = headers.get_all(header).filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|token| token.trim().eq_ignore_ascii_case(wanted))
    };
    *method == Method::GET && names(UPGRADE, "websocket") && names(CONNECTION, "upgrade")
}

#[cfg(test)]
mod tests {
    use hive_router::ntex::http::header::{HeaderName, HeaderValue};

    use super::*;

    const ALL: Routes = Routes { has_explorer: true, has_persisted_documents: true, has_security_contact: true };
    const NONE: Routes = Routes { has_explorer: false, has_persisted_documents: false, has_security_contact: false };

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_the_graphql_path_itself_serves_operations() {
        for path in
            ["/graphql/", "//graphql", "/%67raphql", "/GRAPHQL", "/graphql/x", "/graphql;x", "/", "", "/metrics"]
        {
            assert_eq!(NONE.find(&Method::POST, path, &HeaderMap::new()), None, "{path}");
        }
        assert_eq!(NONE.find(&Method::POST, "/graphql", &HeaderMap::new()), Some(Route::Operation));
        assert_eq!(NONE.find(&Method::PUT, "/graphql", &HeaderMap::new()), Some(Route::Operation));
        assert_eq!(NONE.find(&Method::OPTIONS, "/graphql", &HeaderMap::new()), Some(Route::Preflight));
    }

    #[test]
    fn a_persisted_document_has_a_plain_id() {
        let find = |path: &str| ALL.find(&Method::GET, path, &HeaderMap::new());
        assert_eq!(find("/graphql/sha256:0a1b"), Some(Route::Operation));
        for path in ["/graphql/", "/graphql/a/b", "/graphql/%61", "/graphql/..", "/graphql//a", "/graphqla"] {
            assert_eq!(find(path), None, "{path}");
        }
        assert_eq!(find(&format!("/graphql/{}", "a".repeat(MAX_DOCUMENT_ID_BYTES + 1))), None);
    }

    #[test]
    fn an_upgrade_is_one_to_a_websocket_and_nothing_else() {
        let full = [(UPGRADE, "WebSocket"), (CONNECTION, "keep-alive, Upgrade")];
        assert!(is_websocket_upgrade(&Method::GET, &headers(&full)));
        assert!(!is_websocket_upgrade(&Method::POST, &headers(&full)));
        for less in [
            &[(UPGRADE, "websocket")][..],
            &[(CONNECTION, "upgrade")],
            &[(UPGRADE, "h2c"), (CONNECTION, "upgrade")],
            &[(UPGRADE, "x"), (CONNECTION, "upgrade")],
        ] {
            assert!(!is_websocket_upgrade(&Method::GET, &headers(less)));
        }
    }
}
