//! The web player at the public port: what `polyphony_site` answers, as answers of this server.

use std::borrow::Cow;

use hive_router::{
    http::{HeaderName as PlainHeaderName, Method, StatusCode},
    ntex::http::{
        HeaderMap, Response,
        header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER},
    },
};
use polyphony_site::{Bytes, Request, Site};

use crate::config::Config;

/// The web player.
pub(crate) struct Served(Site);

impl Served {
    /// As configured.
    pub(crate) fn of(config: &Config) -> Self {
        Self(Site::new(config.into()))
    }

    /// The answer to a request for a file or a screen.
    pub(crate) fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response {
        response(self.0.answer(&request(method, path, headers)))
    }

    /// The page of GraphiQL.
    pub(crate) fn explorer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response {
        response(self.0.explorer(&request(method, path, headers)))
    }
}

fn request<'a>(method: &'a Method, path: &'a str, headers: &'a HeaderMap) -> Request<'a> {
    Request::of(method, path, |name: PlainHeaderName| headers.get(name.as_str())?.to_str().ok())
}

fn response(answer: polyphony_site::Response<Bytes>) -> Response {
    let (head, body) = answer.into_parts();
    let mut builder = Response::build(head.status);
    for (name, value) in &head.headers {
        let name = HeaderName::try_from(name.as_str());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            builder.header(name, value);
        }
    }
    match body {
        Cow::Borrowed(bytes) => builder.body(bytes),
        Cow::Owned(bytes) => builder.body(bytes),
    }
}

/// The answer to a client that fetches too many files.
pub(crate) fn too_many(retry_after_ms: u64) -> Response {
    Response::build(StatusCode::TOO_MANY_REQUESTS)
        .header(RETRY_AFTER, retry_after_ms.div_ceil(1_000).to_string())
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body("Too many requests.\n")
}
