//! The id that follows a request from the router through subgraphs and Kafka to the workers, and its trace parent.

use std::future::Future;

use http::HeaderMap;
use uuid::Uuid;

/// The header that carries the request's id.
pub const HEADER: &str = "x-request-id";
/// The W3C trace context header.
pub const TRACEPARENT: &str = "traceparent";

/// What identifies the work in hand across processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The request's id.
    pub request_id: String,
    /// The W3C trace parent, when the caller sent one.
    pub traceparent: Option<String>,
}

tokio::task_local! {
    static ORIGIN: Origin;
}

impl Origin {
    /// Takes the origin from a request's headers; makes an id when there is none that is fit to log.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { request_id: text(HEADER).filter(|id| is_fit(id)).unwrap_or_else(fresh), traceparent: text(TRACEPARENT) }
    }

    /// An origin for work that no request caused.
    pub fn fresh() -> Self {
        Self { request_id: fresh(), traceparent: None }
    }
}

/// The request id of the work in hand.
pub fn current() -> Option<String> {
    ORIGIN.try_with(|origin| origin.request_id.clone()).ok()
}

/// The origin of the work in hand.
pub fn origin() -> Option<Origin> {
    ORIGIN.try_with(Clone::clone).ok()
}

/// Runs `work` as caused by `origin`.
pub async fn scope<F: Future>(origin: Origin, work: F) -> F::Output {
    ORIGIN.scope(origin, work).await
}

fn fresh() -> String {
    Uuid::now_v7().simple().to_string()
}

fn is_fit(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
