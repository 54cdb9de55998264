//! What the public port serves. It is a list of what is allowed: a request that is on it is dealt with as it says, every other
//! one is answered 404 before anything behind the edge sees it. The path is compared as the client has sent it, without
//! decoding: `/%67raphql` is not `/graphql`.

use hive_router::{
    http::Method,
    ntex::http::{
        HeaderMap,
        header::{ACCEPT, CONNECTION, UPGRADE},
    },
};
use polyphony_site::is_of_site;

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
    /// A GraphQL operation over HTTP.
    Operation,
    /// Opens a WebSocket.
    Socket,
    /// A browser asks whether a page may send an operation. It can execute nothing.
    Preflight,
    /// GraphiQL, where a browser opens the endpoint. It is a file.
    Explorer,
    /// The web player: a file, or its page. Nothing of it is ever executed, so it is counted apart.
    Site,
    /// How to report a vulnerability.
    SecurityTxt,
}

/// The routes of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Routes {
    has_explorer: bool,
    /// The operator's own: the player's are named in a body alone, so that they open no further paths.
    has_persisted_documents: bool,
    has_security_contact: bool,
}

impl Routes {
    /// The routes that the configuration switches on.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            has_explorer: config.environment == Environment::Development,
            has_persisted_documents: config.persisted_documents().is_some(),
            has_security_contact: config.security_contact().is_some(),
        }
    }

    /// What the request is for; `None` when nothing is served there.
    pub(crate) fn find(self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Route> {
        let reads = *method == Method::GET || *method == Method::HEAD;
        match path {
            GRAPHQL_PATH if is_websocket_upgrade(method, headers) => Some(Route::Socket),
            GRAPHQL_PATH if self.has_explorer && reads && wants_page(headers) => Some(Route::Explorer),
            GRAPHQL_PATH => Some(operation(method)),
            SECURITY_TXT_PATH if self.has_security_contact && reads => Some(Route::SecurityTxt),
            _ if self.has_persisted_documents && is_document(path) => Some(operation(method)),
            // Last, and never a spelling of what is above.
            _ if reads && is_of_site(path) => Some(Route::Site),
            _ => None,
        }
    }
}

fn operation(method: &Method) -> Route {
    if *method == Method::OPTIONS { Route::Preflight } else { Route::Operation }
}

/// Whether a browser opens this address: it names HTML first, and no form of an operation's answer.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let mut kinds =
        accepted.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or(kind).trim());
    kinds.next().is_some_and(|first| first.eq_ignore_ascii_case("text/html"))
        && !kinds.any(|kind| kind.to_ascii_lowercase().ends_with("json"))
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
    fn no_spelling_of_the_graphql_path_is_a_page() {
        let odd = [
            "/graphql/",
            "//graphql",
            "/%67raphql",
            "/GRAPHQL",
            "/graphql/x",
            "/graphql;x",
            "/graphql%2f",
            "/./graphql",
        ];
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::OPTIONS] {
            for path in odd.iter().chain(&["/metrics", "/health/live", "/readiness", "", "*"]) {
                assert_eq!(NONE.find(&method, path, &HeaderMap::new()), None, "{method} {path}");
            }
        }
    }

    #[test]
    fn pages_are_read_and_nothing_else_is_done_with_them() {
        for path in ["/", "/album/alb_1", "/sw.js", "/graphiql/assets/a.js"] {
            for method in [Method::GET, Method::HEAD] {
                assert_eq!(NONE.find(&method, path, &HeaderMap::new()), Some(Route::Site), "{method} {path}");
            }
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
                assert_eq!(NONE.find(&method, path, &HeaderMap::new()), None, "{method} {path}");
            }
        }
    }

    #[test]
    fn a_browser_finds_the_explorer_in_development_and_a_client_never() {
        let browser = headers(&[(ACCEPT, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")]);
        assert_eq!(ALL.find(&Method::GET, "/graphql", &browser), Some(Route::Explorer));
        assert_eq!(ALL.find(&Method::POST, "/graphql", &browser), Some(Route::Operation));
        assert_eq!(NONE.find(&Method::GET, "/graphql", &browser), Some(Route::Operation));
        for accepted in ["*/*", "application/json", "text/html, application/json", "multipart/mixed, text/html"] {
            assert_eq!(ALL.find(&Method::GET, "/graphql", &headers(&[(ACCEPT, accepted)])), Some(Route::Operation));
        }
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
